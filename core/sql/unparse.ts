import type { Expression, Query } from './ast/query.ts';
import type { Statement } from './ast/statement.ts';
import { expressionToSql } from './unparser/expressions.ts';
import { queryToSql } from './unparser/queries.ts';
import { statementToSql } from './unparser/statements.ts';
import type { Printer } from './unparser/text.ts';

const printer: Printer = {
  expression: (expression, least) => expressionToSql(expression, printer, least),
  query: query => queryToSql(query, printer),
};

/**
 * Flink SQL of a statement, without ';': canonical, names in backticks only where they must be. Parsing it gives the same tree, spans apart.
 *
 * @example
 * unparseStatement(parseStatement('select  `a`, (b+c) from t')); // SELECT a, b + c FROM t
 */
export const unparseStatement = (statement: Statement): string => statementToSql(statement, printer);

export const unparseQuery = (query: Query): string => printer.query(query);

export const unparseExpression = (expression: Expression): string => printer.expression(expression);
