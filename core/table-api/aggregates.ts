import { resolveAggregate } from '../sql/binder/builtins.ts';
import { ExpressionBuilder, nowhere } from './expression.ts';
import type { Expr, Kind, Numeric } from './expression-types.ts';
import { pendingColumn } from './pending-aggregates.ts';

function aggregate<K extends Kind, N extends null>(spelling: string, args: readonly unknown[], distinct = false): Expr<K, N> {
  const plans = args.map(argument => (argument as ExpressionBuilder).plan);
  const built = new ExpressionBuilder(pendingColumn(resolveAggregate(spelling, plans, distinct, nowhere)));
  return built as unknown as Expr<K, N>;
}

/** Rows of the group, or those where `x` is not NULL. SQL: COUNT(*), COUNT(x). */
export function count(x?: Expr<Kind, null>): Expr<'COUNT'> {
  return aggregate('COUNT', x === undefined ? [] : [x]);
}
/** Different values of `x`. SQL: COUNT(DISTINCT x). */
export function countDistinct(x: Expr<Kind, null>): Expr<'COUNT'> {
  return aggregate('COUNT', [x], true);
}
/** SQL: SUM(x), of x's own type; integers wrap. */
export function sum<K extends Numeric, N extends null>(x: Expr<K, N>): Expr<K, N> {
  return aggregate('SUM', [x]);
}
/** SQL: AVG(x), of x's own type, as Flink has it: the average of integers is an integer. */
export function avg<K extends Numeric, N extends null>(x: Expr<K, N>): Expr<K, N> {
  return aggregate('AVG', [x]);
}
/** SQL: MIN(x). */
export function min<K extends Kind, N extends null>(x: Expr<K, N>): Expr<K, N> {
  return aggregate('MIN', [x]);
}
/** SQL: MAX(x). */
export function max<K extends Kind, N extends null>(x: Expr<K, N>): Expr<K, N> {
  return aggregate('MAX', [x]);
}
