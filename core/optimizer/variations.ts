import { isProctime } from '../columnar/types.ts';
import { scalarFunctions } from '../functions/index.ts';
import { type Expression, visitExpression } from '../plan/expressions.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import { nodesOf, uniqueKeysOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import type { UserAggregate } from '../plan/user-aggregate.ts';
import { mapExpressions, type OptimizerContext } from './rule.ts';

/** Why a plan's rows may differ from run to run over the same input (law 2's exceptions), in words for EXPLAIN; empty when they may not. */
export function variationsOf(plan: LogicalNode, context: Pick<OptimizerContext, 'isDeterministicUserFunction'>): string[] {
  const reasons = new Set<string>();
  for (const node of nodesOf(plan)) {
    const ofNode = variationOf(node);
    if (ofNode !== undefined) reasons.add(ofNode);
    mapExpressions(node, expression => {
      collect(expression, context, reasons);
      return expression;
    });
  }
  return [...reasons];
}

function variationOf(node: LogicalNode): string | undefined {
  switch (node.kind) {
    case 'limit': {
      const sort = sortBelow(node.input);
      if (sort === undefined) return 'LIMIT without ORDER BY takes whichever rows come first';
      return hasTies(sort) ? 'rows of equal rank may take each other’s place in ORDER BY … LIMIT' : undefined;
    }
    case 'window-table':
      return isProctime(schemaOf(node.input)[node.timeColumn]!.type)
        ? 'windows of processing time depend on when rows are read'
        : undefined;
    case 'aggregate': {
      const ordered = node.aggregates.find(call => call.name === 'first-value' || call.name === 'last-value');
      if (ordered === undefined) return undeclared(node.aggregates);
      return `${ordered.name.toUpperCase().replace('-', '_')} depends on the order of rows`;
    }
    case 'over':
      return undeclared(node.calls);
    case 'table-call':
      return node.deterministic ? undefined : `${node.function} is not declared deterministic`;
    case 'process-table':
      return `${node.function} may depend on the order of rows and on when the watermark comes`;
    default:
      return undefined;
  }
}

function undeclared(calls: readonly { readonly name: string; readonly user?: UserAggregate | undefined }[]): string | undefined {
  const found = calls.find(({ user }) => user?.deterministic === false);
  return found && `${found.name} is not declared deterministic`;
}

/** Columns that were only needed for the order are projected away above it. */
function sortBelow(node: LogicalNode): Extract<LogicalNode, { kind: 'sort' }> | undefined {
  if (node.kind === 'project') return sortBelow(node.input);
  return node.kind === 'sort' ? node : undefined;
}

/** Unless the sort keys hold a unique key, rows may tie. */
function hasTies(node: Extract<LogicalNode, { kind: 'sort' }>): boolean {
  const columns = new Set(node.keys.flatMap(({ expression }) => (expression.kind === 'column' ? [expression.index] : [])));
  const every = schemaOf(node).every((_, index) => columns.has(index));
  return !every && !uniqueKeysOf(node.input).some(key => key.every(index => columns.has(index)));
}

function collect(
  expression: Expression,
  context: Pick<OptimizerContext, 'isDeterministicUserFunction'>,
  reasons: Set<string>,
): void {
  visitExpression(expression, inner => {
    if (inner.kind === 'call' && scalarFunctions.get(inner.name)?.deterministic === false)
      reasons.add(`${inner.name.toUpperCase().replaceAll('-', '_')} gives another value each time`);
    if (inner.kind === 'user-call' && !context.isDeterministicUserFunction(inner.name))
      reasons.add(`${inner.name} is not declared deterministic`);
  });
}
