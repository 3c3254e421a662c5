import { types } from '../columnar/types.ts';
import { call, type Expression } from '../plan/expressions.ts';

/** AND of conditions, which are evaluated in their order; undefined for none. */
export function conjunctionOf(conditions: readonly Expression[]): Expression | undefined {
  if (conditions.length === 0) return undefined;
  return conditions.reduce((left, right) => call('and', [left, right], types.boolean(left.type.nullable || right.type.nullable)));
}
