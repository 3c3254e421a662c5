import { type AggregateCall, column, type Expression } from '../plan/expressions.ts';

/**
 * Aggregates are written before the node that computes them exists: until `agg` places them, a column with an index that no table has stands
 * for each.
 */
const firstPendingIndex = 1 << 20;
const pending: AggregateCall[] = [];

/** A stand-in for an aggregate that `agg` will place. */
export function pendingColumn(aggregate: AggregateCall): Expression {
  pending.push(aggregate);
  return column(firstPendingIndex + pending.length - 1, { name: aggregate.name, type: aggregate.type });
}

/** The aggregate an expression stands for, if it does. */
export function pendingAggregateOf(expression: Expression): AggregateCall | undefined {
  if (expression.kind !== 'column') return undefined;
  return pending[expression.index - firstPendingIndex];
}
