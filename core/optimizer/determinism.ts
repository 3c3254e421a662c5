import { scalarFunctions } from '../functions/index.ts';
import { type Expression, visitExpression } from '../plan/expressions.ts';
import type { OptimizerContext } from './rule.ts';

/** Whether an expression gives the same value for the same row each time, so that it may be moved, folded or computed twice. */
export function isDeterministic(expression: Expression, context: OptimizerContext): boolean {
  let deterministic = true;
  visitExpression(expression, inner => {
    if (inner.kind === 'call' && scalarFunctions.get(inner.name)?.deterministic === false) deterministic = false;
    if (inner.kind === 'user-call' && !context.isDeterministicUserFunction(inner.name)) deterministic = false;
  });
  return deterministic;
}
