import { filter } from '../../plan/nodes.ts';
import { isDeterministic } from '../determinism.ts';
import { nodeRule } from '../rule.ts';
import { conjunction, conjunctsOf } from './filter-merge.ts';

/** Conditions the source applies itself leave the plan. */
export const filterIntoScan = nodeRule('filter-into-scan', (node, context) => {
  if (node.kind !== 'filter' || node.input.kind !== 'scan' || node.input.limit !== undefined) return node;
  const scan = node.input;
  const connector = context.connectors.connectors.get(scan.source.connector);
  if (connector === undefined) return node;
  const conditions = conjunctsOf(node.condition);
  const taken = conditions.filter(
    condition => isDeterministic(condition, context) && connector.capabilities.filter(condition, scan),
  );
  if (taken.length === 0) return node;
  const scanned = Object.freeze({ ...scan, filter: conjunction([...(scan.filter ? [scan.filter] : []), ...taken])! });
  const rest = conjunction(conditions.filter(condition => !taken.includes(condition)));
  return rest === undefined ? scanned : filter(scanned, rest);
});
