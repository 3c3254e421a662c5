import type { Schema } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { type AggregateCall, column, type Expression, visitExpression } from '../plan/expressions.ts';
import { type Argument, ExpressionBuilder } from './expression.ts';
import { pendingAggregateOf } from './pending-aggregates.ts';

/** Names of the columns that count rows: BIGINT that results show as a number. */
export type Counts = ReadonlySet<string>;

export type RowCallback<R> = (row: Record<string, ExpressionBuilder>) => R;
export type Selected = Readonly<Record<string, Argument>>;

/** Which of the selected columns count rows. */
export const countsOf = (selected: Selected): Counts =>
  new Set(
    Object.entries(selected).flatMap(([name, value]) => (value instanceof ExpressionBuilder && value.counts ? [name] : [])),
  );

/** What a row callback gets, and what its answer may use. */
export interface Row {
  /** Can be spread; throws for a name it does not have (for JavaScript's sake). */
  readonly columns: Record<string, ExpressionBuilder>;
  /** @throws TidemillError `aggregate-not-allowed`, `foreign-column`. */
  check(expression: Expression, method: string): Expression;
  /** @throws TidemillError `aggregate-not-allowed` for one inside another, `foreign-column`. */
  checkAggregates(expression: Expression): Expression;
}

export function rowOf(schema: Schema, counts: Counts): Row {
  const columns: Record<string, ExpressionBuilder> = {};
  const own = new Set<Expression>();
  schema.forEach((field, index) => {
    const plan = column(index, field);
    own.add(plan);
    columns[field.name] = new ExpressionBuilder(plan, counts.has(field.name));
  });
  const check = (expression: Expression, method: string): Expression => {
    visitExpression(expression, inner => {
      const call = pendingAggregateOf(inner);
      if (call !== undefined) throw misplaced(call, method);
      if (inner.kind === 'column' && !own.has(inner)) throw foreign(inner.name);
    });
    return expression;
  };
  return {
    columns: new Proxy(columns, { get: (target, name) => property(target, name) }),
    check,
    checkAggregates(expression) {
      visitExpression(expression, inner => {
        const call = pendingAggregateOf(inner);
        if (call === undefined) {
          if (inner.kind === 'column' && !own.has(inner)) throw foreign(inner.name);
          return;
        }
        for (const argument of call.arguments) check(argument, call.name);
        if (call.filter !== undefined) check(call.filter, 'filter');
      });
      return expression;
    },
  };
}

function property(target: Record<string, ExpressionBuilder>, name: string | symbol): unknown {
  if (typeof name !== 'string' || Object.hasOwn(target, name)) return Reflect.get(target, name);
  const names = Object.keys(target);
  throw new TidemillError('unknown-column', `there is no column '${name}'`, {
    hint: didYouMean(name, names) ?? `there are ${names.join(', ')}`,
  });
}

const misplaced = (call: AggregateCall, method: string): TidemillError =>
  new TidemillError('aggregate-not-allowed', `${call.name}() is an aggregate and cannot stand in ${method}()`, {
    hint: 'aggregates go into agg(…)',
  });

const foreign = (name: string): TidemillError =>
  new TidemillError('foreign-column', `'${name}' is a column of another row than the one this callback is given`, {
    hint: 'use the row that the callback gets as its argument',
  });
