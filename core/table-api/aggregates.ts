import { resolveAggregate } from '../sql/binder/builtins.ts';
import { ExpressionBuilder } from './expression.ts';
import type { Expr, Extreme, Kind, Numeric, Summed } from './expression-types.ts';
import { nowhere } from './literals.ts';
import { pendingColumn } from './pending-aggregates.ts';

function aggregate<E>(spelling: string, args: readonly unknown[], distinct = false): E {
  const plans = args.map(argument => (argument as ExpressionBuilder).plan);
  const call = resolveAggregate(spelling, plans, distinct, nowhere);
  return new ExpressionBuilder(pendingColumn(call), spelling === 'COUNT') as unknown as E;
}

/**
 * Rows of the group, or those where `x` is not NULL. SQL: COUNT(*), COUNT(x).
 *
 * @example
 * bid.groupBy('auction').agg(b => ({ bids: count(), named: count(b.channel) }));
 */
export function count(x?: Expr<Kind, null>): Expr<'COUNT'> {
  return aggregate('COUNT', x === undefined ? [] : [x]);
}
/**
 * Different values of `x` that are not NULL. SQL: COUNT(DISTINCT x).
 *
 * @example
 * bid.groupBy('auction').agg(b => ({ channels: countDistinct(b.channel) }));
 */
export function countDistinct(x: Expr<Kind, null>): Expr<'COUNT'> {
  return aggregate('COUNT', [x], true);
}
/**
 * SQL: SUM(x), of x's own type; integers wrap, a DECIMAL that does not fit is NULL.
 *
 * @example
 * bid.groupBy('auction').agg(b => ({ turnover: sum(b.price) }));
 */
export function sum<K extends Numeric, N extends null>(x: Expr<K, N>): Summed<K, N> {
  return aggregate('SUM', [x]);
}
/**
 * SQL: AVG(x), of x's own type, as Flink has it: the average of integers is an integer.
 *
 * @example
 * bid.groupBy('auction').agg(b => ({ average: avg(b.price) }));
 */
export function avg<K extends Numeric, N extends null>(x: Expr<K, N>): Summed<K, N> {
  return aggregate('AVG', [x]);
}
/**
 * SQL: MIN(x), the smallest value that is not NULL.
 *
 * @example
 * bid.groupBy('auction').agg(b => ({ lowest: min(b.price) }));
 */
export function min<K extends Kind, N extends null>(x: Expr<K, N>): Extreme<K, N> {
  return aggregate('MIN', [x]);
}
/**
 * SQL: MAX(x), the largest value that is not NULL.
 *
 * @example
 * bid.groupBy('auction').agg(b => ({ highest: max(b.price) }));
 */
export function max<K extends Kind, N extends null>(x: Expr<K, N>): Extreme<K, N> {
  return aggregate('MAX', [x]);
}
