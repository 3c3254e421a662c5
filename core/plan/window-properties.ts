import type { Expression } from './expressions.ts';
import type { Aggregate, Join, LogicalNode, WindowTable } from './nodes.ts';

/** Which output columns of a node carry the bounds of the window its rows belong to. */
export interface WindowProperties {
  /** The window table function they come from. */
  readonly table: WindowTable;
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly time: readonly number[];
  /** Rows went through an aggregation of this window already, so that they come once per window. */
  readonly aggregated: boolean;
}

const properties = new WeakMap<LogicalNode, WindowProperties | null>();

/** Window columns of a node's output, or undefined when its rows belong to no window. */
export function windowPropertiesOf(node: LogicalNode): WindowProperties | undefined {
  let derived = properties.get(node);
  if (derived === undefined) {
    derived = derive(node) ?? null;
    properties.set(node, derived);
  }
  return derived ?? undefined;
}

/**
 * Window columns among the keys of an aggregation, by key position, when it groups by both the start and the end of a window: it then gives
 * each window's rows once, when the window closes. Source: Flink docs, "Window Aggregation".
 */
export function windowKeysOf(node: Aggregate): WindowProperties | undefined {
  const input = windowPropertiesOf(node.input);
  if (input === undefined) return undefined;
  const mapped = throughExpressions(input, node.keys);
  return mapped.start.length > 0 && mapped.end.length > 0 ? { ...mapped, aggregated: true } : undefined;
}

function derive(node: LogicalNode): WindowProperties | undefined {
  switch (node.kind) {
    case 'scan':
    case 'values':
    case 'union':
    case 'join':
    case 'set-operation':
    case 'match-recognize':
    case 'process-table':
    case 'insert':
      return undefined;
    case 'filter':
    case 'watermark':
    case 'sort':
    case 'limit':
    case 'over':
      return windowPropertiesOf(node.input);
    case 'expand': {
      const input = windowPropertiesOf(node.input);
      return input && nonEmpty(throughAll(input, node.projections));
    }
    case 'unnest':
    case 'table-call': {
      const input = windowPropertiesOf(node.input);
      const places = (columns: readonly number[]): number[] =>
        node.kept.flatMap((index, place) => (columns.includes(index) ? [place] : []));
      return input && nonEmpty({ ...input, start: places(input.start), end: places(input.end), time: places(input.time) });
    }
    case 'project': {
      const input = windowPropertiesOf(node.input);
      return input && nonEmpty(throughExpressions(input, node.expressions));
    }
    case 'window-table': {
      const width = outputWidth(node.input);
      return { table: node, start: [width], end: [width + 1], time: [width + 2], aggregated: false };
    }
    case 'aggregate':
      return windowKeysOf(node);
  }
}

function throughExpressions(input: WindowProperties, expressions: readonly Expression[]): WindowProperties {
  const positions = (columns: readonly number[]): number[] =>
    expressions.flatMap((expression, index) =>
      expression.kind === 'column' && columns.includes(expression.index) ? [index] : [],
    );
  return { ...input, start: positions(input.start), end: positions(input.end), time: positions(input.time) };
}

/** Columns that every projection passes on. */
function throughAll(input: WindowProperties, projections: readonly (readonly Expression[])[]): WindowProperties {
  const all = projections.map(projection => throughExpressions(input, projection));
  const common = (of: (each: WindowProperties) => readonly number[]): number[] =>
    of(all[0]!).filter(index => all.every(each => of(each).includes(index)));
  return { ...all[0]!, start: common(each => each.start), end: common(each => each.end), time: common(each => each.time) };
}

const nonEmpty = (found: WindowProperties): WindowProperties | undefined =>
  found.start.length + found.end.length + found.time.length > 0 ? found : undefined;

function joinWidth(node: Join): number {
  const left = outputWidth(node.left);
  if (node.join === 'semi' || node.join === 'anti') return left;
  return node.join === 'mark' ? left + 1 : left + outputWidth(node.right);
}

/** Number of a node's columns; apart from schemas, which need the window's columns. */
function outputWidth(node: LogicalNode): number {
  switch (node.kind) {
    case 'scan':
      return node.columns.length;
    case 'values':
      return node.schema.length;
    case 'project':
    case 'aggregate':
    case 'expand':
      return node.names.length;
    case 'unnest':
    case 'table-call':
      return node.kept.length + node.names.length;
    case 'process-table':
      return node.names.length;
    case 'over':
      return outputWidth(node.input) + node.names.length;
    case 'match-recognize':
      return node.partitionBy.length + node.names.length;
    case 'union':
    case 'set-operation':
      return outputWidth(node.inputs[0]!);
    case 'join':
      return joinWidth(node);
    case 'insert':
      return 1;
    case 'window-table':
      return outputWidth(node.input) + 3;
    default:
      return outputWidth(node.input);
  }
}
