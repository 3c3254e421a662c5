import type { Expression } from './expressions.ts';
import type { LogicalNode } from './nodes.ts';

/** A node's own expressions, each bound to its input (a join's to both). */
export function expressionsOf(node: LogicalNode): readonly Expression[] {
  switch (node.kind) {
    case 'scan':
      return node.filter === undefined ? [] : [node.filter];
    case 'filter':
      return [node.condition];
    case 'project':
      return node.expressions;
    case 'watermark':
      return [node.watermark];
    case 'aggregate':
      return [...node.keys, ...node.aggregates.flatMap(call => [...call.arguments, ...(call.filter ? [call.filter] : [])])];
    case 'sort':
      return node.keys.map(key => key.expression);
    case 'join':
      return node.condition === undefined ? [] : [node.condition];
    case 'expand':
      return node.projections.flat();
    case 'unnest':
      return node.condition === undefined ? [node.collection] : [node.collection, node.condition];
    case 'table-call':
      return node.condition === undefined ? node.arguments : [...node.arguments, node.condition];
    case 'process-table':
      return node.arguments;
    case 'over':
      return [
        ...node.partitionBy,
        ...node.orderBy.map(key => key.expression),
        ...node.calls.flatMap(call => [...call.arguments, ...(call.filter ? [call.filter] : [])]),
      ];
    case 'match-recognize':
      return [...node.orderBy.map(key => key.expression), ...Object.values(node.conditions), ...node.measures];
    case 'values':
    case 'window-table':
    case 'limit':
    case 'union':
    case 'set-operation':
    case 'insert':
      return [];
  }
}
