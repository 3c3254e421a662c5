import { type Field, type SqlType, types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Span } from '../common/errors.ts';
import type { UserAggregate } from './user-aggregate.ts';

/**
 * The typed expression IR: frozen data, bound to the columns of one input by index. Coercions are explicit casts, so that an
 * operand always has the type its function asks for. AND, OR, NOT, comparisons and all else of the catalogue are calls.
 */
export type Expression = ColumnReference | Literal | Call | UserCall | Case | Cast | FieldAccess;
export type ExpressionKind = Expression['kind'];

interface ExpressionBase {
  readonly type: SqlType;
  /** Place in the statement's text, for errors in rows and while planning; never part of equality. */
  readonly span?: Span | undefined;
}
export interface ColumnReference extends ExpressionBase {
  readonly kind: 'column';
  readonly index: number;
  readonly name: string;
}
export interface Literal extends ExpressionBase {
  readonly kind: 'literal';
  readonly value: Value;
}
/** `name` is a key of the built-in catalogue (functions/), e.g. 'plus', 'and', 'like', 'upper'. */
export interface Call extends ExpressionBase {
  readonly kind: 'call';
  readonly name: string;
  readonly arguments: readonly Expression[];
}
/** A user function, by its registered name. */
export interface UserCall extends ExpressionBase {
  readonly kind: 'user-call';
  readonly name: string;
  readonly arguments: readonly Expression[];
}
/** Searched CASE: only the branch taken is evaluated. */
export interface Case extends ExpressionBase {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise: Expression;
}
/** CAST fails the job on a bad value; with `safe` (TRY_CAST) it gives NULL. */
export interface Cast extends ExpressionBase {
  readonly kind: 'cast';
  readonly input: Expression;
  readonly safe: boolean;
}
export interface FieldAccess extends ExpressionBase {
  readonly kind: 'field';
  readonly input: Expression;
  readonly index: number;
  readonly name: string;
}

/** An aggregate over rows of a group; `arguments` and `filter` are bound to the aggregate's input. */
export interface AggregateCall {
  /** Key of the aggregate catalogue: 'count', 'sum', 'avg', 'min', 'max', … COUNT(*) has no arguments. With `user`, the function's own name. */
  readonly name: string;
  /** Not an aggregate of the catalogue, but a user's. */
  readonly user?: UserAggregate | undefined;
  readonly arguments: readonly Expression[];
  readonly distinct: boolean;
  readonly filter?: Expression | undefined;
  readonly type: SqlType;
  readonly span?: Span | undefined;
  /** What its accumulators are known by in a checkpoint; given with operator ids, carried on by rewrites. */
  readonly lineage?: AggregateLineage | undefined;
}

/** Arguments and filter as texts over the columns of tables. */
export interface AggregateLineage {
  readonly arguments: readonly string[];
  readonly filter?: string | undefined;
  /** Of a call that merges partial results: the accumulator that theirs are parts of, and what it is over. */
  readonly merges?: { readonly slot: string; readonly over: string } | undefined;
}

export interface SortKey {
  readonly expression: Expression;
  readonly descending: boolean;
  /** Flink's default: NULL is the smallest value (first ascending, last descending). */
  readonly nullsFirst: boolean;
}

export const column = (index: number, field: Field, span?: Span): ColumnReference =>
  Object.freeze({ kind: 'column', index, name: field.name, type: field.type, ...(span && { span }) });
export const literal = (value: Value, type: SqlType, span?: Span): Literal =>
  Object.freeze({ kind: 'literal', value, type, ...(span && { span }) });
export const nullLiteral = (type: SqlType): Literal => literal(null, type);
export const trueLiteral = literal(true, types.boolean(false));
export const falseLiteral = literal(false, types.boolean(false));
export const call = (name: string, args: readonly Expression[], type: SqlType, span?: Span): Call =>
  Object.freeze({ kind: 'call', name, arguments: Object.freeze([...args]), type, ...(span && { span }) });
export const userCall = (name: string, args: readonly Expression[], type: SqlType, span?: Span): UserCall =>
  Object.freeze({ kind: 'user-call', name, arguments: Object.freeze([...args]), type, ...(span && { span }) });
export const caseOf = (branches: Case['branches'], otherwise: Expression, type: SqlType, span?: Span): Case =>
  Object.freeze({ kind: 'case', branches: Object.freeze([...branches]), otherwise, type, ...(span && { span }) });
export const cast = (input: Expression, type: SqlType, safe = false, span?: Span): Cast =>
  Object.freeze({ kind: 'cast', input, safe, type, ...(span && { span }) });
export const fieldAccess = (input: Expression, index: number, field: Field, type: SqlType, span?: Span): FieldAccess =>
  Object.freeze({ kind: 'field', input, index, name: field.name, type, ...(span && { span }) });

const none: readonly Expression[] = Object.freeze([]);

/** Direct operands, in order. */
export function operands(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return none;
    case 'call':
    case 'user-call':
      return expression.arguments;
    case 'case':
      return [...expression.branches.flatMap(branch => [branch.when, branch.result]), expression.otherwise];
    case 'cast':
    case 'field':
      return [expression.input];
  }
}

/** The same expression over other operands (as {@link operands} orders them); itself when none changed. */
export function withOperands(expression: Expression, next: readonly Expression[]): Expression {
  const before = operands(expression);
  if (before.every((operand, index) => operand === next[index])) return expression;
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression;
    case 'call':
    case 'user-call':
      return Object.freeze({ ...expression, arguments: Object.freeze([...next]) });
    case 'case': {
      const branches = expression.branches.map((_, index) => ({ when: next[2 * index]!, result: next[2 * index + 1]! }));
      return Object.freeze({ ...expression, branches: Object.freeze(branches), otherwise: next[next.length - 1]! });
    }
    case 'cast':
    case 'field':
      return Object.freeze({ ...expression, input: next[0]! });
  }
}

/** Rewrites bottom-up. */
export function transformExpression(expression: Expression, rewrite: (expression: Expression) => Expression): Expression {
  const before = operands(expression);
  if (before.length === 0) return rewrite(expression);
  return rewrite(
    withOperands(
      expression,
      before.map(operand => transformExpression(operand, rewrite)),
    ),
  );
}

/** Visits an expression and all below it, outermost first. */
export function visitExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  for (const operand of operands(expression)) visitExpression(operand, visit);
}

/** Indexes of the input's columns that are read. */
export function referencedColumns(expressions: Iterable<Expression>): Set<number> {
  const used = new Set<number>();
  for (const expression of expressions) {
    visitExpression(expression, inner => {
      if (inner.kind === 'column') used.add(inner.index);
    });
  }
  return used;
}

/** Puts each column reference's replacement in its place: what pushes an expression through a projection. */
export function substituteColumns(expression: Expression, replacement: (reference: ColumnReference) => Expression): Expression {
  return transformExpression(expression, inner => (inner.kind === 'column' ? replacement(inner) : inner));
}
