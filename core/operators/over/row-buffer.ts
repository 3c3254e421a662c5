import { gatherColumn } from '../../codegen/gather.ts';
import { type Batch, batchOf } from '../../columnar/batch.ts';
import { isTimestamp, timestampUnitsPerSecond } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { ListTable, type RecordTable, type StateTable, type TableSpec } from '../../state/index.ts';
import type { OperatorContext, OperatorTask, Waiting } from '../contract.ts';
import { recordTable } from '../record-table.ts';
import { type OrderedRows, orderedLayout, type RowOrdering } from './ordered-rows.ts';

/** Which time says when a row may be worked on: once the watermark has passed it. Without: when the input ends. */
export interface ReleaseTime {
  readonly column: number;
  /** A window's end passes with the millisecond before it. */
  readonly exclusive: boolean;
}

/** Addresses of rows in a segment of their own, in order. */
export interface TakenRows {
  readonly address: number;
  readonly count: number;
  free(): void;
}

/** Moments that are remembered with the number of rows that had come by then; an eighth of the time to live lies between two. */
const moments = 16;
const momentsPerTtl = 8;
const momentFields = Array.from({ length: moments }, (_, index) => [`momentMs${index}`, `momentRows${index}`]).flat();

/** Tables of a {@link RowBuffer}. */
export const rowBufferTables = (spec: RowOrdering): TableSpec[] => [
  {
    kind: 'list',
    name: 'rows',
    row: orderedLayout(spec).row,
    owner: { kind: 'key-group', fields: spec.partition },
    names: [...spec.schema.map(field => field.name), '$sequence'],
  },
  {
    kind: 'record',
    name: 'progress',
    fields: ['sequence', 'leastMs', 'passedMs', 'moment', ...momentFields],
    // a task without rows that were due has not looked at the time the others have reached: their rows would be worked on twice
    merge: { leastMs: 'least', passedMs: 'greatest' },
  },
];

/** Rows that wait for the watermark, and those that are kept after it; all of them in state tables. */
export class RowBuffer {
  readonly #ordered: OrderedRows;
  readonly #release: ReleaseTime | undefined;
  readonly #rows: ListTable;
  readonly #progress: RecordTable;
  readonly #task: OperatorTask;
  readonly #unitsPerMs: number;
  readonly #ttlMs: number | undefined;

  /** `ttlMs`: rows that were worked on are forgotten when none came to their partition for so long. */
  constructor(
    ordered: OrderedRows,
    release: ReleaseTime | undefined,
    tables: ReadonlyMap<string, StateTable>,
    task: OperatorTask,
    ttlMs?: number,
  ) {
    const rows = tables.get('rows');
    if (!(rows instanceof ListTable)) throw internalError("the list table 'rows' is missing");
    this.#ordered = ordered;
    this.#release = release;
    this.#rows = rows;
    this.#progress = recordTable(tables, 'progress');
    this.#task = task;
    this.#ttlMs = ttlMs;
    const type = release && ordered.schema[release.column]!.type;
    this.#unitsPerMs = type !== undefined && isTimestamp(type) ? timestampUnitsPerSecond(type.precision) / 1000 : 1000;
  }

  /** Time up to which rows were worked on; those after it are new. */
  get passedMs(): number {
    return this.#progress.get('passedMs') ?? Number.NEGATIVE_INFINITY;
  }
  set passedMs(value: number) {
    this.#progress.set('passedMs', value);
  }

  /** Milliseconds of a row's time, less one for the end of a window. */
  timeMs(): (row: number) => number {
    const { column, exclusive } = this.#release!;
    const timeOf = this.#ordered.timeOf(column);
    return row => Math.floor(timeOf(row) / this.#unitsPerMs) - (exclusive ? 1 : 0);
  }

  /** Keeps a batch's rows; those that come behind the watermark are counted and left out. */
  add(batch: Batch, context: OperatorContext): void {
    const inTime = this.#release === undefined ? batch : this.#inTime(batch, context);
    if (inTime.length > 0) this.keep(inTime, context);
  }

  /** Keeps all rows of a batch; gives their addresses, in the arena. */
  keep(batch: Batch, context: OperatorContext): number {
    const { memory } = this.#task;
    this.#rows.store.collectGarbage();
    const sequence = this.#progress.get('sequence') ?? 0;
    const packed = this.#ordered.pack(batch, sequence);
    this.#progress.set('sequence', sequence + batch.length);
    this.#remember(context.processingTimeMs);
    const rows = memory.arena.allocate(4 * batch.length);
    this.#rows.append(batch.length, packed, rows);
    return rows;
  }

  #inTime(batch: Batch, context: OperatorContext): Batch {
    const { memory, kernels } = this.#task;
    const { column, exclusive } = this.#release!;
    const { data, validity } = batch.columns[column]!;
    const units = this.#unitsPerMs;
    const kept: number[] = [];
    let least = this.#progress.get('leastMs') ?? Number.POSITIVE_INFINITY;
    for (let row = 0; row < batch.length; row++) {
      if (validity !== 0 && ((memory.u8[validity + (row >> 3)]! >> (row & 7)) & 1) === 0) continue;
      const timeMs = Math.floor(wordAt(memory, data, row) / units) - (exclusive ? 1 : 0);
      const before =
        batch.watermarkBefore === 0
          ? context.watermarkMs
          : Math.max(context.watermarkMs, Math.floor(wordAt(memory, batch.watermarkBefore, row) / units));
      if (timeMs <= before) continue;
      kept.push(row);
      if (timeMs < least) least = timeMs;
    }
    if (kept.length < batch.length) context.count('lateRows', batch.length - kept.length);
    this.#progress.set('leastMs', least);
    if (kept.length === batch.length) return batch;
    const numbers = memory.arena.allocate(4 * kept.length);
    memory.u32.set(kept, numbers >> 2);
    return batchOf(
      kept.length,
      batch.columns.map(inner => gatherColumn({ memory, kernels }, inner, numbers, kept.length)),
    );
  }

  /** Time of the earliest row that waits. */
  get leastMs(): number {
    return this.#progress.get('leastMs') ?? Number.POSITIVE_INFINITY;
  }

  /** What the rows that wait wait for. */
  waiting(): Waiting | undefined {
    if (!Number.isFinite(this.leastMs)) return undefined;
    return { what: 'rows', endMs: this.leastMs, neededMs: this.leastMs };
  }

  /** All rows in no order, a batch of them at a time: their addresses, in the arena. */
  eachChunk(use: (count: number, rows: number) => void): void {
    const { arena } = this.#task.memory;
    for (const cursor = this.#rows.store.cursor(); ; ) {
      const mark = arena.mark();
      const rows = arena.allocate(4 * limits.batchRows);
      const count = this.#rows.scan(cursor, limits.batchRows, rows);
      if (count > 0) use(count, rows);
      arena.release(mark);
      if (count < limits.batchRows) return;
    }
  }

  /** Whether a row waits that the watermark has passed. */
  isDue(watermarkMs: number): boolean {
    return this.leastMs <= watermarkMs;
  }

  /**
   * Rows up to the watermark, in order, kept ones included; the others go on waiting. With `keptMs` only those of partitions that have new rows;
   * kept rows of the others that are older go.
   */
  take(watermarkMs: number, keptMs?: number, nowMs = 0): TakenRows {
    const { memory } = this.#task;
    const all = this.#rows.rowCount();
    const bytes = Math.max(4 * all, 4);
    const address = memory.allocateSegment(bytes);
    this.#rows.scan(this.#rows.store.cursor(), all, address);
    let count = all;
    if (this.#release !== undefined && Number.isFinite(watermarkMs)) {
      const timeOf = this.timeMs();
      const words = memory.u32;
      let least = Number.POSITIVE_INFINITY;
      count = 0;
      for (let index = 0; index < all; index++) {
        const row = words[(address >> 2) + index]!;
        const time = timeOf(row);
        if (time <= watermarkMs) words[(address >> 2) + count++] = row;
        else if (time < least) least = time;
      }
      this.#progress.set('leastMs', least);
    } else this.#progress.set('leastMs', Number.POSITIVE_INFINITY);
    if (keptMs !== undefined && this.#ttlMs !== undefined) count = this.#unexpired(count, address, this.#expiredRows(nowMs));
    if (keptMs !== undefined && this.#ordered.hasPartitions) count = this.#touched(count, address, watermarkMs - keptMs);
    this.#ordered.sort(count, address);
    return { address, count, free: () => memory.freeSegment(address, bytes) };
  }

  /** Notes how many rows have come by now, unless that was noted a moment ago. */
  #remember(nowMs: number): void {
    if (this.#ttlMs === undefined) return;
    const last = this.#progress.get('moment') ?? -1;
    const lastMs = last < 0 ? undefined : this.#progress.get(`momentMs${last}`);
    if (lastMs !== undefined && nowMs - lastMs < this.#ttlMs / momentsPerTtl) return;
    const next = (last + 1) % moments;
    this.#progress.set('moment', next);
    this.#progress.set(`momentMs${next}`, nowMs);
    this.#progress.set(`momentRows${next}`, this.#progress.get('sequence') ?? 0);
  }

  /** Rows with a smaller number than this came so long ago that they have expired. */
  #expiredRows(nowMs: number): number {
    this.#remember(nowMs);
    let rows = 0;
    for (let index = 0; index < moments; index++) {
      const timeMs = this.#progress.get(`momentMs${index}`);
      if (timeMs !== undefined && timeMs <= nowMs - this.#ttlMs!)
        rows = Math.max(rows, this.#progress.get(`momentRows${index}`)!);
    }
    return rows;
  }

  /** Moves all rows to the front but those that were worked on in partitions whose last such row has a number below `expired`; how many. */
  #unexpired(count: number, address: number, expired: number): number {
    if (expired === 0) return count;
    const { memory } = this.#task;
    const { passedMs } = this;
    const timeOf = this.timeMs();
    const numberOf = this.#ordered.timeOf(this.#ordered.schema.length);
    const all = memory.u32.slice(address >> 2, (address >> 2) + count);
    const hashes = this.#ordered.hasPartitions ? this.#ordered.partitionHashes(count, address) : new Uint32Array(count);
    const latest = new Map<number, number>();
    for (let index = 0; index < count; index++) {
      const row = all[index]!;
      if (timeOf(row) > passedMs) continue;
      latest.set(hashes[index]!, Math.max(latest.get(hashes[index]!) ?? 0, numberOf(row)));
    }
    const gone: number[] = [];
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const row = all[index]!;
      if (timeOf(row) <= passedMs && latest.get(hashes[index]!)! < expired) gone.push(row);
      else memory.u32[(address >> 2) + kept++] = row;
    }
    this.drop(gone);
    return kept;
  }

  /** Moves the rows of partitions with new rows to the front; how many. Rows of other partitions from `untilMs` back are dropped. */
  #touched(count: number, address: number, untilMs: number): number {
    const { memory } = this.#task;
    const { passedMs } = this;
    const timeOf = this.timeMs();
    const all = memory.u32.slice(address >> 2, (address >> 2) + count);
    const hashes = this.#ordered.partitionHashes(count, address);
    const touched = new Set<number>();
    for (let index = 0; index < count; index++) if (timeOf(all[index]!) > passedMs) touched.add(hashes[index]!);
    const gone: number[] = [];
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const row = all[index]!;
      if (touched.has(hashes[index]!)) memory.u32[(address >> 2) + kept++] = row;
      else if (timeOf(row) <= untilMs) gone.push(row);
    }
    this.drop(gone);
    return kept;
  }

  /** Lets rows go. */
  drop(rows: readonly number[] | Uint32Array): void {
    if (rows.length === 0) return;
    const { memory } = this.#task;
    const addresses = memory.arena.allocate(4 * rows.length);
    memory.u32.set(rows, addresses >> 2);
    this.#rows.release(rows.length, addresses);
  }
}

const wordAt = (memory: OperatorTask['memory'], data: number, row: number): number =>
  memory.i32[(data >> 2) + 2 * row + 1]! * 4294967296 + memory.u32[(data >> 2) + 2 * row]!;
