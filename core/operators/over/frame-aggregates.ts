import { AggregateCode, type AggregateLayout, layoutAggregates } from '../../codegen/aggregates/index.ts';
import { keyLayoutOf } from '../../columnar/key-layout.ts';
import { type SqlType, storageBytes, storageOf, withoutTimeAttribute } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import { type AggregateCall, column } from '../../plan/expressions.ts';
import type { OverCall } from '../../plan/windows.ts';
import type { FrameBounds, Positions } from './frames.ts';
import type { OrderedRows } from './ordered-rows.ts';

/** Results of an aggregate by position: values side by side, and a byte each that says whether there is one. */
export interface FixedResults {
  readonly type: SqlType;
  readonly data: Uint8Array;
  readonly valid: Uint8Array;
}

/** Calls over one frame, and what their accumulators look like. */
interface Accumulation {
  readonly layout: AggregateLayout;
  /** Columns of the kept rows that the accumulators read, in the order they are numbered. */
  readonly columns: readonly number[];
  /** Two accumulators can be put together. */
  readonly merges: boolean;
}

const columnOf = (call: OverCall, index: number): number => {
  const argument = call.arguments[index]!;
  return argument.kind === 'column' ? argument.index : -1;
};

/** Accumulators for aggregates whose results have a fixed width; undefined for others, which go by their reference. */
export function accumulationOf(calls: readonly OverCall[]): Accumulation | undefined {
  const columns: number[] = [];
  const inputTypes: SqlType[] = [];
  const toColumn = (index: number, type: SqlType) => {
    let place = columns.indexOf(index);
    if (place < 0) {
      place = columns.push(index) - 1;
      inputTypes.push(withoutTimeAttribute(type));
    }
    return column(place, { name: `argument ${place}`, type: inputTypes[place]! });
  };
  if (calls.some(call => call.distinct || !isFixed(call.type))) return undefined;
  const aggregates = calls.map(
    (call): AggregateCall => ({
      name: call.name,
      user: call.user,
      distinct: false,
      type: call.type,
      arguments: call.arguments.map((argument, index) => toColumn(columnOf(call, index), argument.type)),
      ...(call.filter?.kind === 'column' && { filter: toColumn(call.filter.index, call.filter.type) }),
    }),
  );
  try {
    const layout = layoutAggregates(aggregates, inputTypes, keyLayoutOf([]), { retracting: false });
    const simple = layout.sets.length === 0 && layout.payload.viewOffsets.length === 0;
    const merges = calls.every(call => call.user === undefined || call.user.canMerge);
    return simple ? { layout, columns, merges } : undefined;
  } catch {
    // an aggregate that has no accumulator: its reference does it
    return undefined;
  }
}

function isFixed(type: SqlType): boolean {
  const storage = storageOf(type);
  return storage !== 'view' && storage !== 'list' && storage !== 'struct';
}

/** Aggregates over frames, partition by partition, in generated accumulators. */
export class FrameAggregates {
  readonly #code: AggregateCode;
  readonly #accumulation: Accumulation;
  readonly #ordered: OrderedRows;
  readonly #rowBytes: number;
  readonly #base: number;

  constructor(accumulation: Accumulation, ordered: OrderedRows) {
    this.#accumulation = accumulation;
    this.#ordered = ordered;
    this.#code = new AggregateCode(accumulation.layout, ordered.task);
    const { plan, payload } = accumulation.layout;
    this.#base = plan.keyBytes + 8;
    this.#rowBytes = this.#base + payload.bytes;
  }

  run(positions: Positions, bounds: FrameBounds, calls: readonly OverCall[]): FixedResults[] {
    const results = calls.map((call): FixedResults => {
      const type = withoutTimeAttribute(call.type);
      return {
        type,
        data: new Uint8Array(positions.count * storageBytes(storageOf(type))),
        valid: new Uint8Array(positions.count).fill(1),
      };
    });
    // whole partitions, as many as make a batch
    const { partitions } = positions;
    for (let first = 0; first + 1 < partitions.length; ) {
      let last = first + 1;
      while (last + 1 < partitions.length && partitions[last]! - partitions[first]! < limits.batchRows) last++;
      this.#runPartitions(positions, bounds, partitions.slice(first, last + 1), results);
      first = last;
    }
    return results;
  }

  #runPartitions(
    positions: Positions,
    bounds: FrameBounds,
    partitions: readonly number[],
    results: readonly FixedResults[],
  ): void {
    const { task } = this.#ordered;
    const { memory } = task;
    const mark = memory.arena.mark();
    const origin = partitions[0]!;
    const count = partitions[partitions.length - 1]! - origin;
    const address = positions.address + 4 * origin;
    const columns = this.#accumulation.columns.map(index => this.#ordered.column(index, count, address));
    const frame = this.#code.frame(columns, [], count);
    const accumulators = memory.arena.allocate(this.#rowBytes * count);
    const targets = memory.arena.allocate(4 * count);
    const addresses = memory.arena.allocate(4 * count);
    const accumulate = (from: number, to: number, row: number): void => {
      if (from >= to) return;
      memory.u32.fill(row, (targets >> 2) + from, (targets >> 2) + to);
      this.#code.accumulate({ from, to, order: 0, rows: targets, weights: 0, frame, block: 0 });
    };
    for (let index = 0; index + 1 < partitions.length; index++) {
      const from = partitions[index]! - origin;
      const to = partitions[index + 1]! - origin;
      this.#partition({ from, to, origin, bounds, accumulators, addresses, accumulate });
    }
    for (const [index, result] of results.entries()) {
      const finished = this.#code.finish(index, count, addresses);
      const bytes = storageBytes(storageOf(result.type));
      result.data.set(memory.u8.subarray(finished.data, finished.data + bytes * count), bytes * origin);
      if (finished.validity === 0) continue;
      for (let row = 0; row < count; row++)
        if (((memory.u8[finished.validity + (row >> 3)]! >> (row & 7)) & 1) === 0) result.valid[origin + row] = 0;
    }
    memory.arena.release(mark);
  }

  /** Positions are relative to `origin`; writes the address of each row's accumulator. */
  #partition(work: PartitionWork): void {
    const { from, to, origin, bounds, accumulators, addresses, accumulate } = work;
    const { memory } = this.#ordered.task;
    const words = memory.u32;
    const startOf = (position: number): number => bounds.start[origin + position]! - origin;
    const endOf = (position: number): number => bounds.end[origin + position]! - origin;
    let longest = 0;
    for (let position = from; position < to; position++) longest = Math.max(longest, endOf(position) - startOf(position));
    const running = startOf(to - 1) === from;
    if (!running && this.#accumulation.merges && longest > limits.overFrameRescannedRows) {
      this.#slide(work, startOf, endOf);
      return;
    }
    for (let position = from; position < to; position++) {
      const before = position - 1;
      if (position > from && startOf(before) === startOf(position) && endOf(before) === endOf(position)) {
        words[(addresses >> 2) + position] = words[(addresses >> 2) + before]!;
        continue;
      }
      const row = accumulators + this.#rowBytes * position;
      if (running && position > from) {
        const last = words[(addresses >> 2) + before]!;
        memory.u8.copyWithin(row, last, last + this.#rowBytes);
        accumulate(endOf(before), endOf(position), row);
      } else {
        this.#clear(row);
        accumulate(startOf(position), endOf(position), row);
      }
      words[(addresses >> 2) + position] = row;
    }
  }

  /** Long frames: what lies before a middle is added up backwards once, what lies behind it forwards; each frame is one of each. */
  #slide(work: PartitionWork, startOf: (position: number) => number, endOf: (position: number) => number): void {
    const { from, to, accumulators, addresses, accumulate } = work;
    const { memory } = this.#ordered.task;
    const { arena } = memory;
    const count = to - from;
    const suffixes = arena.allocate(this.#rowBytes * (count + 1));
    const prefix = arena.allocate(this.#rowBytes);
    const pair = arena.allocate(8);
    const suffixAt = (position: number): number => suffixes + this.#rowBytes * (position - from);
    let middle = from;
    let taken = from;
    this.#clear(prefix);
    this.#clear(suffixAt(from));
    for (let position = from; position < to; position++) {
      const start = startOf(position);
      const end = endOf(position);
      if (start >= middle) {
        middle = Math.max(end, start);
        taken = middle;
        this.#clear(prefix);
        this.#clear(suffixAt(middle));
        for (let row = middle - 1; row >= start; row--) {
          const next = suffixAt(row + 1);
          memory.u8.copyWithin(suffixAt(row), next, next + this.#rowBytes);
          accumulate(row, row + 1, suffixAt(row));
        }
      }
      accumulate(taken, end, prefix);
      taken = Math.max(taken, end);
      const row = accumulators + this.#rowBytes * position;
      const suffix = suffixAt(Math.min(start, middle));
      memory.u8.copyWithin(row, suffix, suffix + this.#rowBytes);
      memory.u32[pair >> 2] = row;
      memory.u32[(pair >> 2) + 1] = prefix;
      this.#code.merge(1, pair, pair + 4, 0);
      memory.u32[(addresses >> 2) + position] = row;
    }
  }

  #clear(row: number): void {
    const { memory } = this.#ordered.task;
    memory.u8.fill(0, row, row + this.#rowBytes);
    memory.u8.set(this.#accumulation.layout.payload.initial, row + this.#base);
  }
}

interface PartitionWork {
  readonly from: number;
  readonly to: number;
  readonly origin: number;
  readonly bounds: FrameBounds;
  readonly accumulators: number;
  readonly addresses: number;
  readonly accumulate: (from: number, to: number, row: number) => void;
}
