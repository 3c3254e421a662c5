import { types } from '../../columnar/types.ts';
import { call, type Expression } from '../../plan/expressions.ts';
import { filter } from '../../plan/nodes.ts';
import { nodeRule } from '../rule.ts';

/** Two filters in a row become one; the lower condition stays first. */
export const filterMerge = nodeRule('filter-merge', node => {
  if (node.kind !== 'filter' || node.input.kind !== 'filter') return node;
  return filter(node.input.input, conjunction([...conjunctsOf(node.input.condition), ...conjunctsOf(node.condition)])!);
});

/** The conditions that AND joins, in order. */
export function conjunctsOf(condition: Expression): Expression[] {
  return condition.kind === 'call' && condition.name === 'and' ? condition.arguments.flatMap(conjunctsOf) : [condition];
}

export function conjunction(conditions: readonly Expression[]): Expression | undefined {
  if (conditions.length === 0) return undefined;
  return conditions.reduce((left, right) => call('and', [left, right], types.boolean(left.type.nullable || right.type.nullable)));
}
