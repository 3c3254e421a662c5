import { values } from '../../plan/nodes.ts';
import { boundednessOf } from '../../plan/properties.ts';
import { schemaOf } from '../../plan/schema.ts';
import { nodeRule } from '../rule.ts';

/** WHERE TRUE goes; WHERE FALSE (or NULL) over a bounded input leaves no rows to read. */
export const trivialFilter = nodeRule('trivial-filter', node => {
  if (node.kind !== 'filter' || node.condition.kind !== 'literal') return node;
  if (node.condition.value === true) return node.input;
  return boundednessOf(node.input) === 'bounded' ? values(schemaOf(node.input), []) : node;
});
