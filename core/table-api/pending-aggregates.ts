import { withNullable } from '../columnar/types.ts';
import { type AggregateCall, column, type Expression } from '../plan/expressions.ts';

/**
 * Aggregates are written before the node that computes them exists: until `agg` places them, a column with an index that no table has stands
 * for each.
 */
const firstPendingIndex = 1 << 20;
const pending = new WeakMap<Expression, AggregateCall>();
let pendingCount = 0;

/** A stand-in for an aggregate that `agg` will place. */
export function pendingColumn(aggregate: AggregateCall): Expression {
  const standIn = column(firstPendingIndex + pendingCount++, { name: aggregate.name, type: aggregate.type });
  pending.set(standIn, aggregate);
  return standIn;
}

/** The aggregate an expression stands for, if it does. */
export const pendingAggregateOf = (expression: Expression): AggregateCall | undefined => pending.get(expression);

/** Over no rows, any aggregate but COUNT is NULL; a user's says what it is. */
export const nullableUnlessCount = (call: AggregateCall): AggregateCall =>
  call.name === 'count' || call.user !== undefined ? call : { ...call, type: withNullable(call.type, true) };
