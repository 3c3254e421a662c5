import type { MatchRecognize, Over } from './nodes.ts';
import { patternToString } from './patterns.ts';
import { aggregateToString, expressionToString, sortKeyToString } from './print-expression.ts';
import type { FrameBound, OverCall } from './windows.ts';

/** The calls of an OVER node with their window, as EXPLAIN shows them. */
export function overToString(node: Pick<Over, 'partitionBy' | 'orderBy' | 'calls'>): string {
  const partition = node.partitionBy.map(key => expressionToString(key)).join(', ');
  const order = node.orderBy.map(key => sortKeyToString(key)).join(', ');
  const calls = node.calls.map(call => `${overCallToString(call)} ${frameToString(call)}`).join(', ');
  return `${calls}${partition === '' ? '' : ` by (${partition})`}${order === '' ? '' : ` order ${order}`}`;
}

export function overCallToString(call: OverCall, options: { readonly positions?: boolean } = {}): string {
  return aggregateToString(call, options);
}

export function frameToString({ frame }: OverCall): string {
  return `${frame.unit.toUpperCase()} ${boundToString(frame.start)} TO ${boundToString(frame.end)}`;
}

function boundToString(bound: FrameBound): string {
  const words = bound.kind.toUpperCase().replace('-', ' ');
  return 'offset' in bound ? `${expressionToString(bound.offset)} ${words}` : words;
}

/** Pattern, conditions and measures on one line. */
export function matchToString(node: Omit<MatchRecognize, 'kind' | 'input' | 'id'>): string {
  const order = node.orderBy.map(key => sortKeyToString(key)).join(', ');
  // term columns carry their text as name
  const conditions = Object.entries(node.conditions).map(([name, condition]) => `${name} AS ${expressionToString(condition)}`);
  const measures = node.measures.map((measure, index) => `${expressionToString(measure)} AS ${node.names[index]}`);
  const define = conditions.length === 0 ? '' : ` define ${conditions.join(', ')}`;
  return `(${patternToString(node.pattern)}) order ${order}${define} measures ${measures.join(', ')}`;
}
