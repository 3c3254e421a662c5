import type { WindowOutput, WindowTime } from '../operators/index.ts';
import { type AggregateCall, column, type Expression, referencedColumns, substituteColumns } from '../plan/expressions.ts';
import type { Aggregate, AlignedWindow, LogicalNode, WindowTable } from '../plan/nodes.ts';
import { isWindowAggregate, type RuntimeMode, timeAttributeOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { windowKeysOf } from '../plan/window-properties.ts';
import { mapCall, operandsOf } from './aggregate-calls.ts';
import { conjunctionOf } from './conditions.ts';

/** An aggregation by window, with everything bound to `input`. */
export interface WindowShape {
  readonly input: LogicalNode;
  readonly window: AlignedWindow;
  readonly time: WindowTime;
  readonly filter?: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly outputs: readonly WindowOutput[];
}

/**
 * Recognises GROUP BY window_start, window_end. When only filters and projections that leave the window columns alone stand between, the window
 * table function itself disappears and rows are assigned to slices; rows that went through an aggregation already carry their window.
 */
export function windowShapeOf(node: Aggregate, mode: RuntimeMode): WindowShape | undefined {
  const properties = windowKeysOf(node);
  if (properties === undefined || (mode === 'streaming' && !isWindowAggregate(node))) return undefined;
  const { window } = properties.table;
  if (window.kind === 'session') return undefined;
  const isWindowKey = (index: number): boolean =>
    properties.start.includes(index) || properties.end.includes(index) || properties.time.includes(index);
  const outputs = outputsOf(node, properties, isWindowKey);
  const keys = node.keys.filter((_, index) => !isWindowKey(index));
  const common = { window, outputs };
  const below = belowWindow(node, properties.table);
  if (below !== undefined) {
    const assigned = assignedShape(node, keys, below, mode);
    if (assigned !== undefined) return { ...common, ...assigned };
  }
  const end = node.keys[properties.end[0]!]!;
  if (end.kind !== 'column') return undefined;
  return { ...common, input: node.input, time: { kind: 'attached', endColumn: end.index }, keys, aggregates: node.aggregates };
}

function outputsOf(
  node: Aggregate,
  properties: { readonly start: readonly number[]; readonly end: readonly number[] },
  isWindowKey: (index: number) => boolean,
): WindowOutput[] {
  let key = 0;
  const ofKeys = node.keys.map((_, index): WindowOutput => {
    if (!isWindowKey(index)) return { kind: 'key', index: key++ };
    const property = properties.start.includes(index) ? 'start' : properties.end.includes(index) ? 'end' : 'time';
    return { kind: 'window', property };
  });
  return [...ofKeys, ...node.aggregates.map((_, index): WindowOutput => ({ kind: 'aggregate', index }))];
}

/** An aggregation by the bounds of sessions whose keys are what tells sessions apart, bound to the input of the window table function. */
export interface SessionShape {
  readonly table: WindowTable;
  readonly gapMs: number;
  /** Columns of the input; keys among `outputs` are positions in it. */
  readonly partition: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  readonly outputs: readonly WindowOutput[];
}

/**
 * Recognises GROUP BY the partition columns, window_start and window_end of SESSION, with nothing but projections between: a session is one group then, which can be made
 * as its rows come.
 */
export function sessionShapeOf(node: Aggregate): SessionShape | undefined {
  const properties = windowKeysOf(node);
  if (properties === undefined) return undefined;
  const { table } = properties;
  if (table.window.kind !== 'session') return undefined;
  const below = belowWindow(node, table);
  if (below === undefined || below.conditions.length > 0) return undefined;
  const isWindowKey = (index: number): boolean =>
    properties.start.includes(index) || properties.end.includes(index) || properties.time.includes(index);
  const keys = node.keys.filter((_, index) => !isWindowKey(index)).map(key => through(below, key));
  const partition = [...new Set(table.partitionBy ?? [])];
  const columns = keys.flatMap(key => (key.kind === 'column' && partition.includes(key.index) ? [key.index] : []));
  if (columns.length < keys.length || partition.some(index => !columns.includes(index))) return undefined;
  const aggregates = aggregatesThrough(node, below);
  const width = schemaOf(table.input).length;
  if ([...referencedColumns(aggregates.flatMap(operandsOf))].some(index => index >= width)) return undefined;
  const outputs = outputsOf(node, properties, isWindowKey).map(
    (output): WindowOutput =>
      output.kind === 'key' ? { kind: 'key', index: partition.indexOf(columns[output.index]!) } : output,
  );
  return { table, gapMs: table.window.gapMs, partition, aggregates, outputs };
}

/** Filter and output expressions between a window table function and a node, over the function's own columns. */
interface Between {
  readonly table: WindowTable;
  readonly conditions: readonly Expression[];
  readonly outputs: readonly Expression[];
}

function belowWindow(node: Aggregate, table: WindowTable): Between | undefined {
  const visit = (inner: LogicalNode): Between | undefined => {
    switch (inner.kind) {
      case 'window-table': {
        if (inner !== table) return undefined;
        const outputs = schemaOf(inner).map((field, index) => column(index, field));
        return { table: inner, conditions: [], outputs };
      }
      case 'filter': {
        const below = visit(inner.input);
        return below && { ...below, conditions: [...below.conditions, through(below, inner.condition)] };
      }
      case 'project': {
        const below = visit(inner.input);
        return below && { ...below, outputs: inner.expressions.map(expression => through(below, expression)) };
      }
      default:
        return undefined;
    }
  };
  return visit(node.input);
}

const through = (below: Between, expression: Expression): Expression =>
  substituteColumns(expression, reference => below.outputs[reference.index]!);

function assignedShape(
  node: Aggregate,
  keys: readonly Expression[],
  below: Between,
  mode: RuntimeMode,
): Omit<WindowShape, 'window' | 'outputs'> | undefined {
  const width = schemaOf(below.table.input).length;
  const ownKeys = keys.map(key => through(below, key));
  const aggregates = aggregatesThrough(node, below);
  const used = referencedColumns([...below.conditions, ...ownKeys, ...aggregates.flatMap(operandsOf)]);
  if ([...used].some(index => index >= width)) return undefined;
  const attribute = timeAttributeOf(below.table);
  const time: WindowTime =
    attribute === 'proctime' && mode === 'streaming' ? { kind: 'proctime' } : { kind: 'rowtime', column: below.table.timeColumn };
  return { input: below.table.input, time, filter: conjunctionOf(below.conditions), keys: ownKeys, aggregates };
}

const aggregatesThrough = (node: Aggregate, below: Between): AggregateCall[] =>
  node.aggregates.map(call => mapCall(call, argument => through(below, argument)));

/** The column that says which window a row belongs to. */
export function timeColumnOf(time: WindowTime): number | undefined {
  switch (time.kind) {
    case 'rowtime':
      return time.column;
    case 'attached':
      return time.endColumn;
    case 'proctime':
      return undefined;
  }
}
