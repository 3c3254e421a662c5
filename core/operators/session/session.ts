import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import { isTimestamp, type Schema, timestampUnitsPerSecond } from '../../columnar/types.ts';
import { notSupported } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { offsetSeconds, type ZoneOffsets, zoneOffsets } from '../../functions/time-zone.ts';
import { column, type SortKey } from '../../plan/expressions.ts';
import type { StateTable } from '../../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, Waiting } from '../contract.ts';
import { eachPartition, positionsOf } from '../over/frames.ts';
import { OrderedRows, type RowOrdering } from '../over/ordered-rows.ts';
import { RowBuffer, rowBufferTables, type TakenRows } from '../over/row-buffer.ts';
import { shardsByColumns } from '../sharded/shard-rules.ts';

/**
 * SESSION: rows of a partition whose times are at most `gapMs` apart are one window, from the first to `gapMs` after the last. Rows are sent when
 * their session has closed, with window_start, window_end and window_time behind their columns. Source: Flink docs, "Windowing TVF", "SESSION".
 */
export interface SessionSpec {
  readonly kind: 'session';
  readonly input: Schema;
  readonly partition: readonly number[];
  readonly timeColumn: number;
  readonly gapMs: number;
  readonly schema: Schema;
}

/** Rows of closed sessions, by position among those taken. */
interface Closed {
  readonly taken: TakenRows;
  readonly rows: Uint32Array;
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  next: number;
}

class Session implements Operator {
  readonly #spec: SessionSpec;
  readonly #task: OperatorTask;
  readonly #ordered: OrderedRows;
  readonly #buffer: RowBuffer;
  /** Set when the time column is TIMESTAMP_LTZ: bounds are shown in the session's time zone. */
  readonly #zone: ZoneOffsets | undefined;
  /** What is being sent; only while a call returns `more`. */
  #closed: Closed | undefined;

  constructor(spec: SessionSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    const { type } = spec.input[spec.timeColumn]!;
    if (!isTimestamp(type) || timestampUnitsPerSecond(type.precision) !== 1_000_000)
      throw notSupported('windows over timestamps of more than 6 digits');
    this.#spec = spec;
    this.#task = task;
    this.#ordered = new OrderedRows(orderingOf(spec), task);
    this.#buffer = new RowBuffer(this.#ordered, { column: spec.timeColumn, exclusive: false }, tables, task);
    this.#zone = type.kind === 'TIMESTAMP_LTZ' ? zoneOffsets(task.localTimeZone) : undefined;
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const { gapMs } = this.#spec;
    let joins: ((row: number, timeMs: number) => boolean) | undefined;
    // a row behind the watermark counts as long as its own window is open, or one that it belongs to
    this.#buffer.add(batch, context, (row, timeMs, watermarkMs) => {
      if (timeMs + gapMs - 1 > watermarkMs) return true;
      joins ??= this.#joiner(batch);
      return joins(row, timeMs);
    });
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    if (this.#closed === undefined) {
      if (this.#buffer.leastMs + this.#spec.gapMs - 1 > watermarkMs) return 'done';
      this.#closed = this.#close(watermarkMs);
    }
    const { rows, next, taken } = this.#closed;
    const count = Math.min(limits.batchRows, rows.length - next);
    if (count > 0) context.emit(this.#windows(this.#closed, next, count));
    this.#closed.next += count;
    if (next + count < rows.length) return 'more';
    this.#buffer.drop(rows);
    taken.free();
    this.#closed = undefined;
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    return this.onWatermark(Number.POSITIVE_INFINITY, context);
  }

  waitsFor(): Waiting | undefined {
    return this.#buffer.waiting(this.#spec.gapMs - 1);
  }

  close(): void {
    this.#closed?.taken.free();
    this.#closed = undefined;
  }

  /** Puts all rows in order, and takes the sessions that have closed. */
  #close(watermarkMs: number): Closed {
    const { gapMs } = this.#spec;
    const taken = this.#buffer.take(Number.POSITIVE_INFINITY);
    const positions = positionsOf(this.#ordered, taken.count, taken.address);
    const timeOf = this.#buffer.timeMs();
    const rows: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let leastMs = Number.POSITIVE_INFINITY;
    eachPartition(positions.partitions, (from, to) => {
      let first = from;
      for (let position = from; position < to; position++) {
        const timeMs = timeOf(positions.rows[position]!);
        if (position + 1 < to && timeOf(positions.rows[position + 1]!) - timeMs <= gapMs) continue;
        const endMs = timeMs + gapMs;
        const startMs = timeOf(positions.rows[first]!);
        if (endMs - 1 <= watermarkMs)
          for (let row = first; row <= position; row++) {
            rows.push(positions.rows[row]!);
            starts.push(startMs);
            ends.push(endMs);
          }
        else leastMs = Math.min(leastMs, timeMs);
        first = position + 1;
      }
    });
    this.#buffer.leastMs = leastMs;
    return { taken, rows: Uint32Array.from(rows), startMs: Float64Array.from(starts), endMs: Float64Array.from(ends), next: 0 };
  }

  /** Whether a row that came late lies at most a gap from one that waits. */
  #joiner(batch: Batch): (row: number, timeMs: number) => boolean {
    const packed = this.#ordered.pack(batch, 0);
    const stride = this.#ordered.layout.row.strideBytes;
    const waiting = this.#buffer.addresses();
    const timeOf = this.#buffer.timeMs();
    const otherPartition = this.#ordered.comparator('partition');
    const { gapMs } = this.#spec;
    return (row, timeMs) =>
      waiting.some(other => Math.abs(timeOf(other) - timeMs) <= gapMs && otherPartition(packed + stride * row, other) === 0);
  }

  #windows(closed: Closed, from: number, count: number): Batch {
    const { memory } = this.#task;
    const rows = memory.arena.allocate(4 * count);
    memory.u32.set(closed.rows.subarray(from, from + count), rows >> 2);
    const { columns } = this.#ordered.unpack(count, rows);
    const width = this.#spec.input.length;
    const times = (index: number, milliseconds: (row: number) => number): Column => {
      const data = memory.arena.allocate(8 * count);
      for (let row = 0; row < count; row++) {
        const micros = milliseconds(from + row) * 1000;
        const high = Math.floor(micros / 4294967296);
        memory.u32[(data >> 2) + 2 * row] = micros - high * 4294967296;
        memory.i32[(data >> 2) + 2 * row + 1] = high;
      }
      return { type: this.#spec.schema[width + index]!.type, validity: 0, data };
    };
    return batchOf(count, [
      ...columns,
      times(0, row => this.#local(closed.startMs[row]!)),
      times(1, row => this.#local(closed.endMs[row]!)),
      times(2, row => closed.endMs[row]! - 1),
    ]);
  }

  #local(epochMs: number): number {
    return this.#zone === undefined ? epochMs : epochMs + 1000 * offsetSeconds(this.#zone, Math.floor(epochMs / 1000));
  }
}

const orderings = new WeakMap<SessionSpec, RowOrdering>();
function orderingOf(spec: SessionSpec): RowOrdering {
  let ordering = orderings.get(spec);
  if (ordering === undefined) {
    const expression = column(spec.timeColumn, spec.input[spec.timeColumn]!);
    const order: SortKey[] = [{ expression, descending: false, nullsFirst: true }];
    orderings.set(spec, (ordering = { schema: spec.input, partition: spec.partition, order }));
  }
  return ordering;
}

export const sessionDefinition: OperatorDefinition<SessionSpec> = {
  tables: spec => rowBufferTables(orderingOf(spec)),
  create: (spec, tables, task) => new Session(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards: spec => shardsByColumns(spec.input, spec.partition, false),
};
