import { typeToString, withoutTimeAttribute } from '../columnar/types.ts';
import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import type { OptimizerContext, Rule } from './rule.ts';
import { aggregateOfJoinedKeys } from './rules/aggregate-of-joined-keys.ts';
import { booleanSimplification } from './rules/boolean-simplification.ts';
import { columnPruning } from './rules/column-pruning.ts';
import { constantFolding } from './rules/constant-folding.ts';
import { filterIntoScan } from './rules/filter-into-scan.ts';
import { filterMerge } from './rules/filter-merge.ts';
import { filterPushDown } from './rules/filter-push-down.ts';
import { joinConditions } from './rules/join-conditions.ts';
import { joinOrder } from './rules/join-order.ts';
import { limitIntoScan } from './rules/limit-into-scan.ts';
import { limitPushDown } from './rules/limit-push-down.ts';
import { nestedPruning } from './rules/nested-pruning.ts';
import { orFactoring } from './rules/or-factoring.ts';
import { outerToInner } from './rules/outer-to-inner.ts';
import { projectMerge } from './rules/project-merge.ts';
import { semiJoinPushDown } from './rules/semi-join-push-down.ts';
import { trivialFilter } from './rules/trivial-filter.ts';
import { unusedWatermark } from './rules/unused-watermark.ts';

/** Rules of a phase run in order, again and again until none changes the plan. */
export const phases: readonly { readonly name: string; readonly rules: readonly Rule[] }[] = [
  { name: 'expressions', rules: [constantFolding, booleanSimplification, trivialFilter] },
  { name: 'time', rules: [unusedWatermark] },
  {
    name: 'rows',
    rules: [
      filterMerge,
      outerToInner,
      filterPushDown,
      joinConditions,
      orFactoring,
      projectMerge,
      limitPushDown,
      constantFolding,
      booleanSimplification,
      trivialFilter,
    ],
  },
  { name: 'semi-joins', rules: [semiJoinPushDown, filterMerge, filterPushDown, joinConditions, projectMerge] },
  { name: 'joins', rules: [joinOrder] },
  {
    name: 'semi-joins over ordered joins',
    rules: [aggregateOfJoinedKeys, semiJoinPushDown, filterMerge, filterPushDown, joinConditions, projectMerge],
  },
  { name: 'columns', rules: [columnPruning, projectMerge] },
  { name: 'sources', rules: [filterMerge, filterIntoScan, limitIntoScan, nestedPruning] },
];

/**
 * Rewrites a plan so that it gives the same rows with less work. Every rule's result is checked to have the schema it began with.
 *
 * @example
 * const better = optimize(plan, { connectors, evaluation, isDeterministicUserFunction: () => true });
 */
export function optimize(plan: LogicalNode, context: OptimizerContext): LogicalNode {
  let current = plan;
  for (const phase of phases) current = runPhase(current, phase, context);
  return current;
}

function runPhase(plan: LogicalNode, phase: (typeof phases)[number], context: OptimizerContext): LogicalNode {
  let current = plan;
  for (let round = 0; round < limits.optimizerRoundsMax; round++) {
    const before = current;
    for (const rule of phase.rules) current = applyChecked(rule, current, context);
    if (current === before) break;
  }
  return current;
}

/** One rule, with the check that it kept the schema: names, types and nullability (that a result column was a time attribute, nobody reads any more). */
export function applyChecked(rule: Rule, plan: LogicalNode, context: OptimizerContext): LogicalNode {
  const next = rule.apply(plan, context);
  if (next === plan) return plan;
  const before = describeSchema(plan);
  const after = describeSchema(next);
  if (before !== after)
    throw internalError(`the optimizer's rule ${rule.name} changed the schema from (${before}) to (${after})`);
  return next;
}

const describeSchema = (plan: LogicalNode): string =>
  schemaOf(plan)
    .map(field => `${field.name} ${typeToString(withoutTimeAttribute(field.type))}`)
    .join(', ');
