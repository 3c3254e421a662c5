import { quoteIdentifier } from '../columnar/types.ts';
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

/** The same with every column's name in backticks, as Flink keeps the expressions of tables. */
export const unparseQuoted = (expression: Expression): string => quotingPrinter.expression(expression);

const quotingPrinter: Printer = {
  expression: (expression, least) =>
    expression.kind === 'column'
      ? expression.parts.map(part => quoteIdentifier(part.name)).join('.')
      : expressionToSql(expression, quotingPrinter, least),
  query: query => queryToSql(query, quotingPrinter),
};
