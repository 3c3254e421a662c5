import type { OverCall } from '../../plan/windows.ts';
import { eachPartition, type FrameBounds, type Positions } from './frames.ts';
import type { OrderedRows } from './ordered-rows.ts';

/** Functions whose value is that of another row: by position, the row's address, or 0 where there is none. */
export type Picks = Uint32Array;

/** Which rows a call looks at: those its filter lets pass and whose argument is not NULL. */
export function passing(
  positions: Positions,
  ordered: OrderedRows,
  argument: number | undefined,
  filter: number | undefined,
): Uint8Array {
  const passes = new Uint8Array(positions.count).fill(1);
  if (argument !== undefined) {
    const isNull = ordered.isNull(argument);
    for (let position = 0; position < positions.count; position++) if (isNull(positions.rows[position]!)) passes[position] = 0;
  }
  if (filter !== undefined) {
    const isNull = ordered.isNull(filter);
    const booleanOf = ordered.timeOf(filter);
    for (let position = 0; position < positions.count; position++) {
      const row = positions.rows[position]!;
      if (isNull(row) || booleanOf(row) === 0) passes[position] = 0;
    }
  }
  return passes;
}

/** LAG and LEAD: the row so many before or after. */
export function shiftedRows(positions: Positions, by: number): Picks {
  const picks = new Uint32Array(positions.count);
  eachPartition(positions.partitions, (from, to) => {
    for (let position = from; position < to; position++) {
      const other = position + by;
      if (other >= from && other < to) picks[position] = positions.rows[other]!;
    }
  });
  return picks;
}

/** FIRST_VALUE and LAST_VALUE: the first or last row of the frame that passes. */
export function edgeRows(positions: Positions, { start, end }: FrameBounds, passes: Uint8Array, first: boolean): Picks {
  const { rows, count } = positions;
  const picks = new Uint32Array(count);
  const nearest = new Int32Array(count);
  if (first) {
    let next = count;
    for (let position = count - 1; position >= 0; position--) {
      if (passes[position] === 1) next = position;
      nearest[position] = next;
    }
  } else {
    let last = -1;
    for (let position = 0; position < count; position++) {
      if (passes[position] === 1) last = position;
      nearest[position] = last;
    }
  }
  for (let position = 0; position < count; position++) {
    if (end[position]! <= start[position]!) continue;
    const found = nearest[first ? start[position]! : end[position]! - 1]!;
    if (found >= start[position]! && found < end[position]!) picks[position] = rows[found]!;
  }
  return picks;
}

/** MIN and MAX over frames whose bounds only go forward: candidates wait in a queue, each better than those behind it. */
export function extremeRows(
  positions: Positions,
  { start, end }: FrameBounds,
  passes: Uint8Array,
  compare: (left: number, right: number) => number,
  max: boolean,
): Picks {
  const { rows, count } = positions;
  const picks = new Uint32Array(count);
  const queue = new Int32Array(count);
  eachPartition(positions.partitions, (from, to) => {
    let head = 0;
    let tail = 0;
    let taken = from;
    for (let position = from; position < to; position++) {
      for (; taken < end[position]!; taken++) {
        if (passes[taken] === 0) continue;
        const row = rows[taken]!;
        while (tail > head) {
          const order = compare(row, rows[queue[tail - 1]!]!);
          if (max ? order <= 0 : order >= 0) break;
          tail--;
        }
        queue[tail++] = taken;
      }
      while (head < tail && queue[head]! < start[position]!) head++;
      if (head < tail) picks[position] = rows[queue[head]!]!;
    }
  });
  return picks;
}

/** Places in the order, as numbers. */
export function placeNumbers(positions: Positions, call: OverCall): Float64Array {
  const { peerStart, peerEnd, count } = positions;
  const numbers = new Float64Array(count);
  const tiles = call.name === 'ntile' && call.arguments[0]?.kind === 'literal' ? Number(call.arguments[0].value) : 1;
  eachPartition(positions.partitions, (from, to) => {
    let group = 0;
    for (let position = from; position < to; position++) {
      if (peerStart[position] === position) group++;
      numbers[position] = placeNumber(
        call.name,
        position - from,
        peerStart[position]! - from,
        peerEnd[position]! - from,
        group,
        to - from,
        tiles,
      );
    }
  });
  return numbers;
}

function placeNumber(
  name: string,
  position: number,
  peerStart: number,
  peerEnd: number,
  group: number,
  size: number,
  tiles: number,
): number {
  switch (name) {
    case 'rank':
      return peerStart + 1;
    case 'dense-rank':
      return group;
    case 'percent-rank':
      return size === 1 ? 0 : peerStart / (size - 1);
    case 'cume-dist':
      return peerEnd / size;
    case 'ntile': {
      // the first tiles are one row longer
      const short = Math.floor(size / tiles);
      const longTiles = size % tiles;
      const longRows = longTiles * (short + 1);
      return position < longRows
        ? Math.floor(position / (short + 1)) + 1
        : longTiles + Math.floor((position - longRows) / short) + 1;
    }
    default:
      return position + 1;
  }
}
