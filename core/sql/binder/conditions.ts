import { types } from '../../columnar/types.ts';
import { call, type Expression } from '../../plan/expressions.ts';

/** The conditions that AND joins, in order. */
export function conjunctsOf(condition: Expression): Expression[] {
  return condition.kind === 'call' && condition.name === 'and' ? condition.arguments.flatMap(conjunctsOf) : [condition];
}

/** AND of conditions; undefined for none. */
export function conjunctionOf(conditions: readonly Expression[]): Expression | undefined {
  if (conditions.length === 0) return undefined;
  return conditions.reduce((left, right) => call('and', [left, right], types.boolean(left.type.nullable || right.type.nullable)));
}
