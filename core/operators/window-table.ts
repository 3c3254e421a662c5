import { gatherColumn } from '../codegen/gather.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { isTimestamp, type Schema, timestampUnitsPerSecond } from '../columnar/types.ts';
import { internalError, notSupported } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { offsetSeconds, offsetSecondsOfLocal, type ZoneOffsets, zoneOffsets } from '../functions/time-zone.ts';
import type { AlignedWindow } from '../plan/nodes.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';

/**
 * A window table function whose windows are seen as rows: each row once per window it belongs to, with window_start, window_end and window_time
 * behind its columns. Rows without a time belong to no window. Window aggregations do not need it.
 */
export interface WindowTableSpec {
  readonly kind: 'window-table';
  readonly input: Schema;
  readonly window: AlignedWindow;
  readonly time: { readonly kind: 'rowtime'; readonly column: number } | { readonly kind: 'proctime' };
  readonly schema: Schema;
}

const two32 = 2 ** 32;
const microsPerMs = 1000;

class WindowTable implements Operator {
  readonly #spec: WindowTableSpec;
  readonly #task: OperatorTask;
  /** Windows a row belongs to, at most. */
  readonly #most: number;
  /** Set when the time column is TIMESTAMP_LTZ: windows are whole hours and days of the session's time zone. */
  readonly #zone: ZoneOffsets | undefined;
  /** Where the current batch goes on; only while processBatch returns `more`. */
  #at = 0;

  constructor(spec: WindowTableSpec, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    const { window } = spec;
    this.#most =
      window.kind === 'tumble'
        ? 1
        : window.kind === 'hop'
          ? Math.ceil(window.sizeMs / window.slideMs)
          : window.sizeMs / window.stepMs;
    const type = spec.time.kind === 'rowtime' ? spec.input[spec.time.column]!.type : undefined;
    if (type !== undefined && (!isTimestamp(type) || timestampUnitsPerSecond(type.precision) !== 1_000_000))
      throw notSupported('windows over timestamps of more than 6 digits');
    this.#zone = type === undefined || type.kind === 'TIMESTAMP_LTZ' ? zoneOffsets(task.localTimeZone) : undefined;
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const rows = Math.max(1, Math.floor(limits.batchRows / this.#most));
    const from = this.#at;
    const to = Math.min(batch.length, from + rows);
    const output = this.#assign(batch, from, to, context.processingTimeMs);
    if (output !== undefined) context.emit(output);
    this.#at = to === batch.length ? 0 : to;
    return to === batch.length ? 'done' : 'more';
  }

  #assign(batch: Batch, from: number, to: number, processingTimeMs: number): Batch | undefined {
    const { memory, kernels } = this.#task;
    const capacity = (to - from) * this.#most;
    const selection = memory.arena.allocate(4 * capacity);
    const starts = memory.arena.allocate(8 * capacity);
    const ends = memory.arena.allocate(8 * capacity);
    const times = memory.arena.allocate(8 * capacity);
    const column = this.#spec.time.kind === 'rowtime' ? batch.columns[this.#spec.time.column]! : undefined;
    let count = 0;
    const add = (row: number, startMs: number, endMs: number): void => {
      memory.u32[(selection >> 2) + count] = row;
      this.#put(starts, count, startMs);
      this.#put(ends, count, endMs);
      this.#put(times, count, this.#zone === undefined ? endMs - 1 : epochOfLocal(this.#zone, endMs) - 1);
      count++;
    };
    for (let row = from; row < to; row++) {
      const timeMs = column === undefined ? processingTimeMs : this.#timeMs(column, row);
      if (timeMs === undefined) continue;
      this.#windowsOf(this.#zone === undefined ? timeMs : localOfEpoch(this.#zone, timeMs), (start, end) => add(row, start, end));
    }
    if (count === 0) return undefined;
    const input = batch.columns.map(inner => gatherColumn(this.#task, inner, selection, count));
    const added = [starts, ends, times].map((data, index) => ({
      type: this.#spec.schema[input.length + index]!.type,
      validity: 0,
      data,
    }));
    const weights = batch.weights === 0 ? 0 : memory.arena.allocate(count);
    if (weights !== 0) kernels.gather_8(count, selection, batch.weights, weights);
    const before = batch.watermarkBefore === 0 ? 0 : memory.arena.allocate(8 * count);
    if (before !== 0) kernels.gather_64(count, selection, batch.watermarkBefore, before);
    return batchOf(count, [...input, ...added], weights, before);
  }

  /** Windows of a local time, the latest first, as Flink gives them. */
  #windowsOf(timeMs: number, add: (startMs: number, endMs: number) => void): void {
    const { window } = this.#spec;
    switch (window.kind) {
      case 'tumble': {
        const start = floorTo(timeMs, window.sizeMs, window.offsetMs);
        add(start, start + window.sizeMs);
        return;
      }
      case 'hop': {
        const last = floorTo(timeMs, window.slideMs, window.offsetMs);
        for (let start = last; start > timeMs - window.sizeMs; start -= window.slideMs) add(start, start + window.sizeMs);
        return;
      }
      case 'cumulate': {
        const start = floorTo(timeMs, window.sizeMs, window.offsetMs);
        const first = floorTo(timeMs, window.stepMs, window.offsetMs) + window.stepMs;
        for (let end = first; end <= start + window.sizeMs; end += window.stepMs) add(start, end);
      }
    }
  }

  #timeMs(column: Column, row: number): number | undefined {
    const { memory } = this.#task;
    if (column.validity !== 0 && ((memory.u8[column.validity + (row >> 3)]! >> (row & 7)) & 1) === 0) return undefined;
    const at = (column.data >> 2) + 2 * row;
    return Math.floor((memory.i32[at + 1]! * two32 + memory.u32[at]!) / microsPerMs);
  }

  #put(address: number, row: number, milliseconds: number): void {
    const micros = milliseconds * microsPerMs;
    const high = Math.floor(micros / two32);
    const at = (address >> 2) + 2 * row;
    this.#task.memory.u32[at] = micros - high * two32;
    this.#task.memory.i32[at + 1] = high;
  }
}

const floorTo = (timeMs: number, sizeMs: number, offsetMs: number): number =>
  Math.floor((timeMs - offsetMs) / sizeMs) * sizeMs + offsetMs;

const localOfEpoch = (zone: ZoneOffsets, epochMs: number): number =>
  epochMs + 1000 * offsetSeconds(zone, Math.floor(epochMs / 1000));
const epochOfLocal = (zone: ZoneOffsets, localMs: number): number =>
  localMs - 1000 * offsetSecondsOfLocal(zone, Math.floor(localMs / 1000));

export const windowTableDefinition: OperatorDefinition<WindowTableSpec> = {
  tables: () => [],
  create: (spec, _tables, task) => {
    if (spec.schema.length !== spec.input.length + 3) throw internalError('a window table adds three columns');
    return new WindowTable(spec, task);
  },
  outputSchema: spec => spec.schema,
};
