import type { SqlType } from '../../columnar/types.ts';
import { type ColumnReference, column, type Expression, visitExpression } from '../../plan/expressions.ts';
import { expressionsOf } from '../../plan/node-expressions.ts';
import type { LogicalNode } from '../../plan/nodes.ts';
import { nodesOf } from '../../plan/properties.ts';

/**
 * While a query is bound, columns beyond every input's stand for what is not there yet: values of the query around a sub-query, results of
 * sub-queries, and OVER's and aggregates' too. None is left in a bound plan.
 */
export const standInFrom = { subquery: 1 << 27, outer: 1 << 28 } as const;

export const isStandIn = (expression: Expression): boolean =>
  expression.kind === 'column' && expression.index >= standInFrom.subquery;

/** Stands for value `index` of the query around. */
export const outerColumn = (index: number, name: string, type: SqlType): ColumnReference =>
  column(standInFrom.outer + index, { name, type });

export const isOuter = (expression: Expression): boolean => expression.kind === 'column' && expression.index >= standInFrom.outer;

export function hasOuter(expression: Expression): boolean {
  let found = false;
  visitExpression(expression, inner => {
    if (isOuter(inner)) found = true;
  });
  return found;
}

const correlated = new WeakMap<LogicalNode, boolean>();

/** Whether a plan, somewhere, needs values of the query around it. */
export function isCorrelated(node: LogicalNode): boolean {
  let known = correlated.get(node);
  if (known === undefined) {
    known = false;
    for (const inner of nodesOf(node)) if (expressionsOf(inner).some(hasOuter)) known = true;
    correlated.set(node, known);
  }
  return known;
}
