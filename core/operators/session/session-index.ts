import { keyWords } from '../../codegen/hash.ts';
import type { Column } from '../../columnar/batch.ts';
import type { KeyLayout } from '../../columnar/key-layout.ts';
import { types } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import { type Expression, literal } from '../../plan/expressions.ts';
import type { PayloadLayout } from '../../state/contract.ts';
import type { GroupTable } from '../../state/index.ts';
import type { OperatorTask } from '../contract.ts';

/** The last field of a key of sessions: which of those that are open at a time. Rows are looked up as number 0. */
export const sessionNumber: Expression = literal(0n, types.bigint(false));

const startBytes = 8;
const sessionBytes = 24;
const timerBytes = 16;
const timersInitial = 1024;
/** The words of a row without a session: start, end (the least there is), the greatest number. */
const none = [255, 255, 255, 255, 255, 255, 255, 127, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/** A payload with a session's bounds behind it. `hangs`: rows hang on sessions. */
export function withSession<Payload extends PayloadLayout>(
  payload: Payload,
  hangs = false,
): Payload & { readonly initial: readonly number[] } {
  const initial = payload.initial ?? [];
  const zeros = new Array<number>(payload.bytes - initial.length).fill(0);
  const at = payload.bytes;
  const columns = payload.columns && [
    ...payload.columns,
    { name: 'session start', type: types.bigint(false), offsetBytes: at },
    { name: 'session end', type: types.bigint(false), offsetBytes: at + startBytes },
    { name: 'session numbers', type: types.bigint(false), offsetBytes: at + 2 * startBytes },
  ];
  return {
    ...payload,
    bytes: at + sessionBytes + (hangs ? 8 : 0),
    initial: [...initial, ...zeros, ...none],
    ...(columns && { columns }),
  };
}

/** What became of the rows of a batch; arrays are in the arena. */
export interface Assigned {
  /** Row of each row's session; 0: it came too late. */
  readonly rows: number;
  readonly late: number;
  /** Sessions that became one: pairs of the one that stays and the one that goes. */
  readonly joined: number;
  readonly pairs: number;
}

/**
 * The open sessions of keys, as rows of a group table that end with {@link withSession}: rows extend, join and begin sessions as they come, and the watermark ends those
 * it has passed. Sessions of a key never touch. Times at which they may end are found again from the table when the index is made anew.
 *
 * @example
 * const { rows, joined, pairs } = index.assign({ count, keys, hashes, times, watermarkBefore: 0, watermarkMs });
 * for (let due = index.due(watermarkMs); due.count > 0; due = index.due(watermarkMs)) index.end(due.count, due.rows);
 */
export class SessionIndex {
  readonly #table: GroupTable;
  readonly #task: OperatorTask;
  readonly #gapMs: number;
  /** Offset of the bounds in a row. */
  readonly #at: number;
  readonly #words: number;
  readonly #views: bigint;
  #timers = { address: 0, bytes: 0, count: 0 };

  /** `layout`: of the key with its number; `payloadBytes`: what stands before the session in the payload. */
  constructor(table: GroupTable, layout: KeyLayout, payloadBytes: number, gapMs: number, task: OperatorTask) {
    this.#table = table;
    this.#task = task;
    this.#gapMs = gapMs;
    this.#at = layout.strideBytes + 8 + payloadBytes;
    const { words, views } = keyWords(layout);
    this.#words = words;
    this.#views = views;
    this.#findTimers();
  }

  /** Offset of the bounds in a row: i64 start and i64 end, ms. */
  get at(): number {
    return this.#at;
  }

  /**
   * Puts rows into sessions. A row that came behind the watermark counts as long as its own window is open, or a session that it touches. `times` and
   * `watermarkBefore`: µs.
   */
  assign(input: {
    readonly count: number;
    readonly keys: number;
    readonly hashes: number;
    readonly times: Column;
    readonly watermarkBefore: number;
    readonly watermarkMs: number;
  }): Assigned {
    const { memory, kernels } = this.#task;
    const { count, keys, hashes, times } = input;
    const table = this.#table;
    if (this.#timers.count > limits.timersStaleMin + 2 * table.rowCount()) this.#findTimers();
    const { arena } = memory;
    const rows = arena.allocate(4 * count);
    const out = arena.allocateZeroed(16);
    const [begun, pairs, late] = [arena.allocate(4 * count), arena.allocate(8 * count), arena.allocate(4 * count)];
    table.findOrInsert(hashes, keys, rows, 0, count);
    table.runOverShards(0, count, hashes, 3 * count, (map, shards, from) =>
      kernels.session_assign(
        map,
        shards,
        from,
        count,
        hashes,
        keys,
        this.#words,
        this.#views,
        rows,
        times.data,
        times.validity,
        input.watermarkBefore,
        wordOf(input.watermarkMs),
        BigInt(this.#gapMs),
        this.#at,
        out,
        begun,
        pairs,
        late,
      ),
    );
    const [begunCount, joined, lateCount] = memory.u32.subarray(out >>> 2, (out >>> 2) + 3);
    if (lateCount! > 0) {
      table.store.ensureLog(lateCount!);
      const unused = kernels.session_unused(table.store.block, lateCount!, late, this.#at);
      this.#remove(unused, late);
    }
    this.#addTimers(begunCount!, begun);
    return { rows, late: lateCount!, joined: joined!, pairs };
  }

  /** Up to a batch of sessions that the watermark has passed, those that ended first first: to be ended before anything else comes. */
  due(watermarkMs: number): { readonly count: number; readonly rows: number } {
    const { memory, kernels } = this.#task;
    const timers = this.#timers;
    if (timers.count === 0) return { count: 0, rows: 0 };
    const rows = memory.arena.allocate(4 * limits.batchRows);
    const out = memory.arena.allocate(4);
    timers.count = kernels.session_timers_due(
      timers.address,
      timers.count,
      wordOf(watermarkMs),
      limits.batchRows,
      this.#at,
      this.#table.store.form.keyBytes,
      rows,
      out,
    );
    return { count: memory.u32[out >>> 2]!, rows };
  }

  /** Takes sessions out that have been sent, or that became part of others. */
  end(count: number, rows: number): void {
    if (count === 0) return;
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const table = this.#table;
    const { block, form } = table.store;
    const gone = arena.allocate(4 * count);
    const further = arena.allocate(4 * count);
    const out = arena.allocate(8);
    table.store.ensureLog(count);
    kernels.session_end(block, count, rows, this.#at, gone, further, out);
    const [goneCount, furtherCount] = memory.u32.subarray(out >>> 2, (out >>> 2) + 2);
    const keys = arena.allocate(form.keyBytes * furtherCount!);
    if (furtherCount! > 0) kernels.rows_copy(furtherCount!, further, form.keyBytes, keys);
    this.#remove(goneCount!, gone);
    if (furtherCount! > 0) this.#renumber(furtherCount!, keys, gone);
  }

  /** The end of the session that ends first, and its start. */
  next(): { readonly startMs: number; readonly endMs: number } | undefined {
    const timers = this.#timers;
    const { memory, kernels } = this.#task;
    timers.count = kernels.session_timers_next(timers.address, timers.count, this.#at, this.#table.store.form.keyBytes);
    if (timers.count === 0) return undefined;
    const row = memory.u32[(timers.address >>> 2) + 2]!;
    return { startMs: this.startMs(row), endMs: this.endMs(row) };
  }

  startMs(row: number): number {
    return this.#wordAt(row + this.#at);
  }
  endMs(row: number): number {
    return this.#wordAt(row + this.#at + startBytes);
  }

  close(): void {
    if (this.#timers.bytes > 0) this.#task.memory.freeSegment(this.#timers.address, this.#timers.bytes);
    this.#timers = { address: 0, bytes: 0, count: 0 };
  }

  /** Keys whose further sessions have gone: how many may be left. */
  #renumber(count: number, keys: number, gone: number): void {
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const table = this.#table;
    const heads = arena.allocate(4 * count);
    const hashes = arena.allocate(4 * count);
    const stride = table.store.form.keyBytes;
    for (let index = 1; index <= count; index++) memory.u32[(keys + index * stride - 8) >>> 2] = 0;
    kernels.hash_key_rows(keys, count, this.#words, this.#views, hashes);
    table.find(hashes, keys, heads, 0, count);
    const scratch = arena.allocate(4);
    let found = 0;
    table.runOverShards(0, count, hashes, count, (map, shards) => {
      found = kernels.session_renumber(map, shards, count, heads, keys, this.#words, this.#views, this.#at, scratch, gone);
      return count;
    });
    this.#remove(found, gone);
  }

  #remove(count: number, rows: number): void {
    if (count === 0) return;
    const { memory, kernels } = this.#task;
    const hashes = memory.arena.allocate(4 * count);
    kernels.image_hashes(count, rows, this.#words, this.#views, hashes);
    this.#table.remove(count, rows, hashes);
  }

  #addTimers(count: number, rows: number): void {
    if (count === 0) return;
    const { memory, kernels } = this.#task;
    const needed = timerBytes * (this.#timers.count + count);
    if (needed > this.#timers.bytes) {
      const old = this.#timers;
      const bytes = Math.max(2 * old.bytes, needed, timerBytes * timersInitial);
      const address = memory.allocateSegment(bytes);
      memory.u8.copyWithin(address, old.address, old.address + timerBytes * old.count);
      if (old.bytes > 0) memory.freeSegment(old.address, old.bytes);
      this.#timers = { address, bytes, count: old.count };
    }
    this.#timers.count = kernels.session_timers_add(this.#timers.address, this.#timers.count, count, rows, this.#at);
  }

  /** The ends of all sessions of the table. */
  #findTimers(): void {
    this.#timers.count = 0;
    const { arena } = this.#task.memory;
    const mark = arena.mark();
    const rows = arena.allocate(4 * limits.batchRows);
    for (const cursor = this.#table.store.cursor(); ; ) {
      const found = this.#table.scanRows(cursor, limits.batchRows, rows);
      this.#addTimers(found, rows);
      if (found < limits.batchRows) break;
    }
    arena.release(mark);
  }

  #wordAt(address: number): number {
    const { u32, i32 } = this.#task.memory;
    return i32[(address >>> 2) + 1]! * 4294967296 + u32[address >>> 2]!;
  }
}

/** Milliseconds, or what is before and after all of them, as an i64. */
function wordOf(timeMs: number): bigint {
  if (timeMs === Number.POSITIVE_INFINITY) return 0x7fff_ffff_ffff_ffffn;
  return timeMs === Number.NEGATIVE_INFINITY ? -0x8000_0000_0000_0000n : BigInt(Math.floor(timeMs));
}
