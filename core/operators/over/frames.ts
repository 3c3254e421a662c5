import { readColumn } from '../../columnar/read-values.ts';
import { isTimestamp, type SqlType, timestampUnitsPerSecond } from '../../columnar/types.ts';
import type { Frame, FrameBound } from '../../plan/windows.ts';
import type { OrderedRows } from './ordered-rows.ts';

/** Rows in order, by position: where partitions and rows of equal order begin and end. */
export interface Positions {
  readonly count: number;
  /** Address of the rows' addresses. */
  readonly address: number;
  /** The same in JavaScript; rows do not move. */
  readonly rows: Uint32Array;
  /** First position of each partition, then `count`. */
  readonly partitions: readonly number[];
  /** By position: the first and one past the last of equal order in the partition. */
  readonly peerStart: Int32Array;
  readonly peerEnd: Int32Array;
}

export function positionsOf(ordered: OrderedRows, count: number, address: number): Positions {
  const rows = new Uint32Array(ordered.task.memory.u32.subarray(address >> 2, (address >> 2) + count));
  const otherPartition = ordered.comparator('partition');
  const otherOrder = ordered.comparator('order');
  const partitions: number[] = count === 0 ? [] : [0];
  const peerStart = new Int32Array(count);
  const peerEnd = new Int32Array(count);
  let start = 0;
  for (let position = 1; position <= count; position++) {
    const partition = position === count || otherPartition(rows[position - 1]!, rows[position]!) !== 0;
    if (!partition && otherOrder(rows[position - 1]!, rows[position]!) === 0) continue;
    peerStart.fill(start, start, position);
    peerEnd.fill(position, start, position);
    start = position;
    if (partition) partitions.push(position);
  }
  return { count, address, rows, partitions, peerStart, peerEnd };
}

/** By position: the first and one past the last of its frame; neither ever goes back within a partition. */
export interface FrameBounds {
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** `order`: the column and direction that RANGE with a distance goes by. */
export function frameBounds(
  positions: Positions,
  frame: Frame,
  ordered: OrderedRows,
  order: { readonly column: number; readonly descending: boolean } | undefined,
): FrameBounds {
  const start = new Int32Array(positions.count);
  const end = new Int32Array(positions.count);
  const bounds = { start, end };
  const { partitions } = positions;
  if (frame.unit === 'rows') {
    eachPartition(partitions, (from, to) => {
      for (let position = from; position < to; position++) {
        start[position] = clamp(position + rowsAway(frame.start, from - to, 0), from, to);
        end[position] = clamp(position + 1 + rowsAway(frame.end, 0, to - from), from, to);
      }
    });
    return withoutNegative(bounds);
  }
  const { peerStart, peerEnd } = positions;
  eachPartition(partitions, (from, to) => {
    for (let position = from; position < to; position++) {
      start[position] = frame.start.kind === 'unbounded-preceding' ? from : peerStart[position]!;
      end[position] = frame.end.kind === 'unbounded-following' ? to : peerEnd[position]!;
    }
  });
  if (order === undefined) return bounds;
  const { values, scale } = orderValues(positions, ordered, order.column);
  if (order.descending) for (let position = 0; position < values.length; position++) values[position] = -values[position]!;
  if ('offset' in frame.start) moveBounds(positions, values, distance(frame.start, ordered, order.column, scale), start, true);
  if ('offset' in frame.end) moveBounds(positions, values, distance(frame.end, ordered, order.column, scale), end, false);
  return withoutNegative(bounds);
}

/** Distances of rows; unbounded ones reach out of the partition. */
function rowsAway(bound: FrameBound, least: number, greatest: number): number {
  switch (bound.kind) {
    case 'unbounded-preceding':
      return least;
    case 'unbounded-following':
      return greatest;
    case 'current-row':
      return 0;
    case 'preceding':
      return -Number(bound.offset.value);
    case 'following':
      return Number(bound.offset.value);
  }
}

/** Two pointers over the rows that are not NULL; NULLs only see each other. */
function moveBounds(
  { partitions }: Positions,
  values: Float64Array,
  distance: number,
  bounds: Int32Array,
  isStart: boolean,
): void {
  eachPartition(partitions, (from, to) => {
    let first = from;
    let last = to;
    while (first < last && Number.isNaN(values[first]!)) first++;
    while (last > first && Number.isNaN(values[last - 1]!)) last--;
    let pointer = first;
    for (let position = first; position < last; position++) {
      const limit = values[position]! + distance;
      while (pointer < last && (isStart ? values[pointer]! < limit : values[pointer]! <= limit)) pointer++;
      bounds[position] = pointer;
    }
  });
}

function withoutNegative(bounds: FrameBounds): FrameBounds {
  const { start, end } = bounds;
  for (let position = 0; position < start.length; position++)
    if (end[position]! < start[position]!) end[position] = start[position]!;
  return bounds;
}

/** Order values as numbers, NULL as NaN; decimals as whole numbers of the finer of the two scales. */
function orderValues(positions: Positions, ordered: OrderedRows, index: number): { values: Float64Array; scale: number } {
  const { memory } = ordered.task;
  const { type } = ordered.schema[index]!;
  const mark = memory.arena.mark();
  const column = ordered.column(index, positions.count, positions.address);
  const scale = type.kind === 'DECIMAL' ? type.scale : 0;
  const values = Float64Array.from(readColumn(memory, column, positions.count), value =>
    value === null ? Number.NaN : Number(value),
  );
  memory.arena.release(mark);
  return { values, scale };
}

function distance(
  bound: Extract<FrameBound, { readonly offset: unknown }>,
  ordered: OrderedRows,
  index: number,
  scale: number,
): number {
  const { value, type } = bound.offset;
  const units = unitsOf(ordered.schema[index]!.type, type, Number(value), scale);
  return bound.kind === 'preceding' ? -units : units;
}

function unitsOf(order: SqlType, offset: SqlType, value: number, scale: number): number {
  if (offset.kind === 'INTERVAL_DAY_TIME') {
    if (isTimestamp(order)) return (value * timestampUnitsPerSecond(order.precision)) / 1000;
    return order.kind === 'DATE' ? value / 86_400_000 : value;
  }
  const finer = offset.kind === 'DECIMAL' ? offset.scale : 0;
  return Math.round(value * 10 ** Math.max(scale - finer, 0)) / 10 ** Math.max(finer - scale, 0);
}

export function eachPartition(partitions: readonly number[], run: (from: number, to: number) => void): void {
  for (let index = 0; index + 1 < partitions.length; index++) run(partitions[index]!, partitions[index + 1]!);
}

const clamp = (value: number, least: number, greatest: number): number => Math.min(Math.max(value, least), greatest);
