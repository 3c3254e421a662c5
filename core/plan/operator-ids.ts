import { createHash } from 'node:crypto';
import { inputsOf, type LogicalNode, withInputs } from './nodes.ts';
import { patternToString } from './patterns.ts';
import { aggregateToString, expressionToString, sortKeyToString } from './print-expression.ts';
import { windowKeysOf } from './window-properties.ts';

/**
 * Gives every node that keeps state or a position its stable id: a hash of kind, keys, window, the ids below it and, among equals, its ordinal.
 * Called once per plan before optimisation, so that state survives changes of the optimizer and edits elsewhere in the query.
 */
export function withOperatorIds(plan: LogicalNode): LogicalNode {
  const seen = new Map<string, number>();
  const ids = new Map<LogicalNode, string>();
  const visit = (node: LogicalNode): LogicalNode => {
    const inputs = inputsOf(node).map(visit);
    const next = withInputs(node, inputs);
    const below = inputs.map(input => ids.get(input)!).join(',');
    const own = describe(node);
    if (own === undefined) {
      ids.set(next, below);
      return next;
    }
    const text = `${own}|${below}`;
    const ordinal = seen.get(text) ?? 0;
    seen.set(text, ordinal + 1);
    const id = `${node.kind}-${createHash('sha256').update(`${text}|${ordinal}`).digest('hex').slice(0, 12)}`;
    const named = Object.freeze({ ...next, id }) as LogicalNode;
    ids.set(named, id);
    return named;
  };
  return visit(plan);
}

/** Canonical text of what a node's state depends on; undefined for nodes without state. Aggregates match by their own text in any order. */
function describe(node: LogicalNode): string | undefined {
  switch (node.kind) {
    case 'scan':
      return `scan ${node.source.name} ${node.source.connector}`;
    case 'watermark':
      return `watermark ${expressionToString(node.watermark)}`;
    case 'aggregate': {
      const window = windowKeysOf(node);
      const keys = node.keys.map(key => expressionToString(key)).join(', ');
      const distinct = node.aggregates.filter(call => call.distinct).map(call => aggregateToString(call));
      return `aggregate ${keys} ${window === undefined ? '' : JSON.stringify(window.table.window)} ${distinct.sort().join(', ')}`;
    }
    case 'sort':
      return `sort ${node.keys.map(key => sortKeyToString(key)).join(', ')}`;
    case 'limit':
      return `limit ${node.offset} ${node.count ?? 'all'}`;
    case 'join':
      return `join ${node.join} ${node.condition === undefined ? '' : expressionToString(node.condition)}`;
    case 'set-operation':
      return `${node.operator} ${node.all ? 'all' : 'distinct'}`;
    case 'over': {
      const keys = node.partitionBy.map(key => expressionToString(key)).join(', ');
      return `over ${keys} ${node.orderBy.map(key => sortKeyToString(key)).join(', ')}`;
    }
    case 'match-recognize':
      return `match ${patternToString(node.pattern)}`;
    case 'insert':
      return `insert ${node.sink.name}`;
    case 'values':
    case 'filter':
    case 'project':
    case 'window-table':
    case 'expand':
    case 'unnest':
    case 'union':
      return undefined;
  }
}
