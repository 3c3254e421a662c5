import { isCharacter, isInteger, type SqlType } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import type { DuckdbVerdict } from '../../functions/contract.ts';
import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import type { AggregateCall, Call, Cast, Expression } from '../../plan/expressions.ts';
import { dateToString, decimalToString, timestampToString, timeToString } from '../../plan/print-expression.ts';
import { duckdbString, duckdbType, typeText } from './duckdb-types.ts';

/** Thrown inside this folder when a plan cannot be said in DuckDB's SQL; the message says why, for EXPLAIN. */
export class NotForDuckdb extends Error {}

export function requireType(type: SqlType): string {
  const text = duckdbType(type);
  if (text === undefined) throw new NotForDuckdb(`DuckDB has no type that is exactly ${typeText(type)}`);
  return text;
}

/** DuckDB's text of an expression whose value there is exactly ours; columns are named by `columnText`. */
export function duckdbExpression(expression: Expression, columnText: (index: number) => string): string {
  const show = (inner: Expression): string => duckdbExpression(inner, columnText);
  switch (expression.kind) {
    case 'column':
      requireType(expression.type);
      return columnText(expression.index);
    case 'literal':
      return duckdbLiteral(expression.value, expression.type);
    case 'call': {
      const { text } = callOf(expression, columnText);
      return expression.type.kind === 'BOOLEAN' ? text : `CAST(${text} AS ${requireType(expression.type)})`;
    }
    case 'user-call':
      throw new NotForDuckdb(`the user function ${expression.name} runs on our operators`);
    case 'case':
      return `CASE ${expression.branches.map(branch => `WHEN ${show(branch.when)} THEN ${show(branch.result)}`).join(' ')} ELSE ${show(expression.otherwise)} END`;
    case 'cast':
      return duckdbCast(expression, show(expression.input));
    case 'field':
      throw new NotForDuckdb('ROW values stay on our operators');
  }
}

function callOf(expression: Call, columnText: (index: number) => string): { readonly text: string; readonly sameScale: boolean } {
  const types = expression.arguments.map(argument => argument.type);
  const verdict = scalarFunctions.get(expression.name)?.duckdb(types) ?? 'never';
  const sameScale = isSameScale(verdict);
  const show = (inner: Expression): string => (sameScale ? uncast(inner, columnText) : duckdbExpression(inner, columnText));
  const text = applyVerdict(verdict, expression.arguments, types, show);
  if (text === undefined) throw new NotForDuckdb(`${shownName(expression.name)} is not proven the same in DuckDB`);
  return { text, sameScale };
}

const isSameScale = (verdict: DuckdbVerdict): boolean =>
  verdict !== 'never' && 'rewrite' in verdict && verdict.sameScale === true;

/** For where only a decimal's scale matters: casting 128 bits to another precision costs as much as multiplying them. */
function uncast(expression: Expression, columnText: (index: number) => string): string {
  if (expression.kind === 'call' && expression.type.kind === 'DECIMAL') {
    const { text, sameScale } = callOf(expression, columnText);
    if (sameScale) return text;
  }
  return duckdbExpression(expression, columnText);
}

const shownName = (name: string): string => name.toUpperCase().replaceAll('-', '_');

/** Arguments are rendered only when the verdict allows the call, because a literal may only have a meaning inside its function. */
function applyVerdict(
  verdict: DuckdbVerdict,
  args: readonly Expression[],
  types: readonly SqlType[],
  show: (inner: Expression) => string,
): string | undefined {
  if (verdict === 'never') return undefined;
  const texts = args.map(show);
  if ('same' in verdict) return callText(verdict.same, texts);
  return verdict.rewrite(texts, types);
}

/** `same` may be a function's name or an operator. */
function callText(name: string, args: readonly string[]): string {
  if (/^\w+$/.test(name) && !/^(and|or|not|like)$/i.test(name)) return `${name}(${args.join(', ')})`;
  return args.length === 1 ? `(${name} ${args[0]})` : `(${args.join(` ${name} `)})`;
}

export function duckdbAggregate(call: AggregateCall, columnText: (index: number) => string): string {
  const types = call.arguments.map(argument => argument.type);
  const verdict = aggregateFunctions.get(call.name)?.duckdb(types) ?? 'never';
  const show = (inner: Expression): string =>
    call.name === 'sum' ? uncast(inner, columnText) : duckdbExpression(inner, columnText);
  if (verdict === 'never')
    throw new NotForDuckdb(`${shownName(call.name)} over ${types.map(typeText).join(', ')} is not proven the same in DuckDB`);
  const distinct = call.distinct ? 'DISTINCT ' : '';
  if ('same' in verdict) {
    const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${show(call.filter)})`;
    const args = call.arguments.length === 0 ? '*' : call.arguments.map(show).join(', ');
    return `CAST(${verdict.same}(${distinct}${args})${filter} AS ${requireType(call.type)})`;
  }
  // a rewrite is an expression around aggregates of its argument: the filter makes the argument NULL, which they all skip
  const condition = call.filter === undefined ? undefined : show(call.filter);
  const args = call.arguments.map(argument => {
    const text = show(argument);
    return `${distinct}${condition === undefined ? text : `CASE WHEN ${condition} THEN ${text} END`}`;
  });
  const text = verdict.rewrite(args, types);
  if (text === undefined) throw new NotForDuckdb(`${shownName(call.name)} is not proven the same in DuckDB`);
  return `CAST(${text} AS ${requireType(call.type)})`;
}

/** Only casts that do not round or format in different ways. An integer that does not fit is an error of the row, and the stage runs on operators. */
function duckdbCast(expression: Cast, input: string): string {
  const from = expression.input.type;
  const to = expression.type;
  if (!sameInDuckdb(from, to))
    throw new NotForDuckdb(`CAST(${typeText(from)} AS ${typeText(to)}) is not proven the same in DuckDB`);
  const text = `CAST(${input} AS ${requireType(to)})`;
  // DuckDB's optimizer takes a cast out of a comparison, and with it the error; it cannot see through greatest(), which costs nothing
  return narrows(from, to) ? `greatest(${text})` : text;
}

const narrows = (from: SqlType, to: SqlType): boolean =>
  isInteger(from) && isInteger(to) && integerDigits[to.kind]! < integerDigits[from.kind]!;
const integerDigits: Readonly<Record<string, number>> = { TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19 };
function sameInDuckdb(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'NULL') return true;
  if (isCharacter(from)) return to.kind === 'VARCHAR' && (from.length <= to.length || to.length === 2147483647);
  if (isInteger(from)) {
    if (isInteger(to)) return true;
    if (to.kind === 'DECIMAL') return to.precision - to.scale >= integerDigits[from.kind]!;
    return to.kind === 'DOUBLE';
  }
  if (from.kind === 'DECIMAL' && to.kind === 'DECIMAL')
    return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
  if (from.kind === 'FLOAT') return to.kind === 'DOUBLE' || to.kind === 'FLOAT';
  if (from.kind === 'TIMESTAMP' && to.kind === 'TIMESTAMP') return to.precision >= from.precision && to.precision <= 6;
  if (from.kind === 'DATE' && to.kind === 'TIMESTAMP') return to.precision <= 6;
  return from.kind === to.kind && (from.kind === 'BOOLEAN' || from.kind === 'DOUBLE' || from.kind === 'DATE');
}

export function duckdbLiteral(value: Value, type: SqlType): string {
  const target = requireType(type);
  if (value === null) return `CAST(NULL AS ${target})`;
  switch (type.kind) {
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'DECIMAL':
      return `CAST(${duckdbString(decimalToString(value as bigint, type.scale))} AS ${target})`;
    case 'CHAR':
    case 'VARCHAR':
      if ((value as string).includes('\0')) throw new NotForDuckdb('a text with a NUL character');
      return duckdbString(value as string);
    case 'BINARY':
    case 'VARBINARY':
      return `from_hex('${Buffer.from(value as Uint8Array).toString('hex')}')`;
    case 'DATE':
      return `DATE ${duckdbString(dateToString(value as number))}`;
    case 'TIMESTAMP':
      return `CAST(${duckdbString(timestampToString(value as bigint, type.precision))} AS ${target})`;
    case 'TIME':
      return `TIME ${duckdbString(timeToString(value as number))}`;
    case 'TIMESTAMP_LTZ':
      throw new NotForDuckdb('TIMESTAMP_LTZ values are written in the session’s time zone');
    default:
      return `CAST(${duckdbString(String(value))} AS ${target})`;
  }
}
