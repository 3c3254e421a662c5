import { quoteIdentifier } from '../../columnar/types.ts';
import type { Hint, Identifier, OptionNode, Path, StringLiteral } from '../ast/node.ts';
import type { Expression, Query } from '../ast/query.ts';
import { needsQuotes, reservedFunctionNames } from '../parser/keywords.ts';

/** The printers that call one another across files; passed along, because files must not import in circles. */
export interface Printer {
  /** In parentheses when it binds weaker than `least`. */
  expression(expression: Expression, least?: number): string;
  query(query: Query): string;
}

/** Not reserved, but somewhere read as more than a name: quoted, so that no place needs to think about it. */
const softWords = new Set(
  `ABSENT AFTER ANTI ASC CATALOG DATABASE DEFAULT DESC DESCRIPTOR FIRST FOLLOWING IF IGNORE ILIKE JOB JSON KEY LAST MAP METADATA MODEL NULLS PIVOT PLAN
  PRECEDING RESPECT SEMI SETS STALL STATEMENT TEMPORARY TIMESTAMPADD TIMESTAMPDIFF UNBOUNDED UNPIVOT`.split(/\s+/),
);

/** A name, in backticks only where it must be. */
export function nameToSql(name: string): string {
  return needsQuotes(name) || softWords.has(name.toUpperCase()) ? quoteIdentifier(name) : name;
}

export const identifierToSql = (identifier: Identifier): string => nameToSql(identifier.name);
export const pathToSql = (path: Path): string => path.map(identifierToSql).join('.');
export const namesToSql = (names: readonly Identifier[]): string => `(${names.map(identifierToSql).join(', ')})`;

/** A function's name: reserved words such as COUNT stand without backticks. */
export function functionNameToSql(path: Path): string {
  const [only, ...more] = path;
  if (only === undefined || more.length > 0) return pathToSql(path);
  const upper = only.name.toUpperCase();
  const bare = reservedFunctionNames.has(upper) || (!needsQuotes(only.name) && !barredFunctionNames.has(upper));
  return bare ? only.name : quoteIdentifier(only.name);
}

/** Names whose call would be read as something else. */
const barredFunctionNames = new Set(['TIMESTAMPADD', 'TIMESTAMPDIFF', 'DESCRIPTOR', 'PIVOT', 'UNPIVOT']);

/** A text in single quotes, its own doubled. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const stringToSql = (literal: StringLiteral): string => quoteText(literal.value);
export const optionToSql = (option: OptionNode): string => `${stringToSql(option.key)} = ${stringToSql(option.value)}`;
export const optionsToSql = (options: readonly OptionNode[]): string => `(${options.map(optionToSql).join(', ')})`;

/** The hint comment with a space before it, or nothing. */
export function hintsToSql(hints: readonly Hint[]): string {
  return hints.length === 0 ? '' : ` /*+ ${hints.map(hintToSql).join(', ')} */`;
}

function hintToSql(hint: Hint): string {
  const name = /^[A-Za-z_]\w*$/.test(hint.name.name) ? hint.name.name : quoteIdentifier(hint.name.name);
  const values = hint.values.map(value => (/^(?:[A-Za-z_]\w*|\d+(?:\.\d+)?)$/.test(value) ? value : quoteText(value)));
  const inner = [...hint.options.map(optionToSql), ...values];
  return inner.length === 0 ? name : `${name}(${inner.join(', ')})`;
}

/** Joins what is there with single spaces. */
export function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter(part => part !== undefined && part !== false && part !== '').join(' ');
}
