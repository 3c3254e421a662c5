import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TypeNode } from './ast/node.ts';
import type { Expression } from './ast/query.ts';
import type { Statement } from './ast/statement.ts';
import { Cursor, type Grammar } from './parser/cursor.ts';
import { parseExpressionFrom } from './parser/expressions.ts';
import { continueQuery, parseQuery } from './parser/queries.ts';
import { parseStatementRule } from './parser/statements.ts';
import { parseType as parseTypeRule } from './parser/types.ts';

const grammar: Grammar = { query: parseQuery, continueQuery, expression: parseExpressionFrom };

export interface Script {
  /** The statements that could be read, in order; spans are offsets into the whole text. */
  readonly statements: readonly Statement[];
  /** Sorted by place, at most `limits.errorsShownMax`; with a `place` when a source name was given, else with a `span` only. */
  readonly errors: readonly TidemillError[];
}

/**
 * Reads a file of statements ended by ';' (the last may go without). An error does not hide the next one: reading goes on behind the next ';'.
 *
 * @example
 * const { statements, errors } = parseScript("SELECT 1; SELEC 2; SELECT 3", 'a.sql');
 * statements.length; // 2
 * errors[0].message; // expected a statement, SELECT, … found 'SELEC'
 */
export function parseScript(text: string, sourceName?: string): Script {
  const statements: Statement[] = [];
  const errors: TidemillError[] = [];
  const cursor = new Cursor(text, grammar);
  while (!cursor.atEnd && errors.length + cursor.errors.length < limits.errorsShownMax) {
    if (cursor.acceptSymbolQuietly(';')) continue;
    try {
      const statement = parseStatementRule(cursor);
      if (!cursor.atEnd) cursor.expectSymbol(';');
      statements.push(statement);
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      errors.push(error);
      cursor.recover();
    }
  }
  const all = [...errors, ...cursor.errors].sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  if (sourceName === undefined) return { statements, errors: all };
  return {
    statements,
    errors: all.map(error => (error.span ? error.at({ source: sourceName, text, span: error.span }) : error)),
  };
}

/** One statement, with or without ';'. Throws the first error. */
export function parseStatement(text: string): Statement {
  return parseWhole(text, cursor => {
    const statement = parseStatementRule(cursor);
    cursor.acceptSymbol(';');
    return statement;
  });
}

/** One expression: for the Table API and tests. Throws the first error. */
export function parseExpression(text: string): Expression {
  return parseWhole(text, cursor => parseExpressionFrom(cursor));
}

/** One type, such as `DECIMAL(10, 2) NOT NULL`: for the Table API. Throws the first error. */
export function parseType(text: string): TypeNode {
  return parseWhole(text, parseTypeRule);
}

function parseWhole<T>(text: string, rule: (cursor: Cursor) => T): T {
  const cursor = new Cursor(text, grammar);
  const result = rule(cursor);
  if (!cursor.atEnd) cursor.fail('the end of the text');
  if (cursor.errors.length > 0) throw cursor.errors[0]!;
  return result;
}
