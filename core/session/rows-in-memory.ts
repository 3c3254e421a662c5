import { contentRows } from '../columnar/table-content.ts';
import { limits } from '../common/limits.ts';
import { mapExpressions } from '../optimizer/rule.ts';
import { partialAggregatesOf } from '../physical/partial-aggregates.ts';
import { type Expression, visitExpression } from '../plan/expressions.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import { nodesOf } from '../plan/properties.ts';

/**
 * How many tasks are worth a bounded plan over rows that lie in memory already: each reads its part of them where they are, and what it has grouped is
 * merged. 1 where the order of rows could be seen in the result (only what is grouped has none), where a function of the user is called, or for few rows.
 */
export function tasksForRowsInMemory(plan: LogicalNode, threads: number): number {
  let rows = 0;
  for (const node of nodesOf(plan)) {
    if (callsUser(node)) return 1;
    if (node.kind !== 'scan') continue;
    if (node.source.content === undefined) return 1;
    rows += contentRows(node.source.content);
  }
  if (!isGrouped(plan)) return 1;
  return Math.max(1, Math.min(threads, limits.memoryTasksMax, Math.floor(rows / limits.memoryRowsPerTask)));
}

/** Whether all rows go through an aggregate that each task can make of its own rows, and nothing but filters and columns is on their way there. */
function isGrouped(node: LogicalNode): boolean {
  switch (node.kind) {
    case 'filter':
    case 'project':
    case 'sort':
    case 'limit':
      return isGrouped(node.input);
    case 'aggregate':
      return partialAggregatesOf(node.aggregates) !== undefined && readsOnly(node.input);
    default:
      return false;
  }
}

const readsOnly = (node: LogicalNode): boolean =>
  node.kind === 'scan' || ((node.kind === 'filter' || node.kind === 'project') && readsOnly(node.input));

function callsUser(node: LogicalNode): boolean {
  let found = node.kind === 'aggregate' && node.aggregates.some(call => call.user !== undefined);
  const look = (expression: Expression): void => {
    if (expression.kind === 'user-call') found = true;
  };
  mapExpressions(node, expression => {
    visitExpression(expression, look);
    return expression;
  });
  return found;
}
