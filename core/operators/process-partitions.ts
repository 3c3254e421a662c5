import { gatherColumn } from '../codegen/gather.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import type { KeyLayout } from '../columnar/key-layout.ts';
import { isTimestamp, timestampUnitsPerSecond } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { tableBlock } from '../kernels/group-table.ts';
import { type GroupTable, type StateTable, ValueTable } from '../state/index.ts';
import { unpackField } from '../state/packed-rows.ts';
import { type ProcessedRows, type StatePayload, StateRecords, type TimerRequest } from '../udf/index.ts';
import type { OperatorContext, OperatorTask } from './contract.ts';
import { keyOf, type ProcessTableSpec, payloadOf } from './process-spec.ts';
import { type DueTimer, ProcessTimers } from './process-timers.ts';
import { repeatedRows } from './repeated-rows.ts';
import { TableTtl } from './state-ttl.ts';

/** A partition: its row in the table (0: there are no states), and its key in the arena. */
export interface Partition {
  readonly row: number;
  readonly key: number;
  readonly hash: number;
}

/** Partitions of a process table function in the engine's tables: their states, their timers, and the batches that rows made of them become. */
export class ProcessPartitions {
  readonly key: KeyLayout;
  readonly table: GroupTable | undefined;
  readonly timers: ProcessTimers | undefined;
  readonly states: StatePayload;
  readonly records: StateRecords;
  readonly unitsPerMs: number;
  readonly #spec: ProcessTableSpec;
  readonly #task: OperatorTask;
  readonly #name: string;
  readonly #expiry: TableTtl | undefined;

  constructor(spec: ProcessTableSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask, functionName: string) {
    this.#spec = spec;
    this.#task = task;
    this.#name = functionName;
    this.key = keyOf(spec);
    const groupsOf = (table: string): GroupTable | undefined => {
      const found = tables.get(table);
      return found instanceof ValueTable ? found.groups : undefined;
    };
    this.table = groupsOf('partitions');
    const timers = groupsOf('timers');
    this.timers = timers && new ProcessTimers(timers, this.key, task);
    const { states, bytes } = payloadOf(spec);
    this.states = states;
    this.records = new StateRecords(states, task.memory, task.kernels, functionName);
    const greatest = Math.max(...spec.states.map(state => state.ttlMs ?? 0));
    if (spec.ttl && this.table !== undefined && bytes > 0) this.#expiry = new TableTtl(() => this.table!, task, greatest);
    const type = spec.hasTime ? spec.schema.at(-1)!.type : undefined;
    this.unitsPerMs = type !== undefined && isTimestamp(type) ? timestampUnitsPerSecond(type.precision) / 1000 : 1;
  }

  /** Between two inputs. */
  between(rows: number, context: OperatorContext): void {
    this.table?.store.collectGarbage();
    this.timers?.collectGarbage();
    this.#expiry?.sweep(rows, context.processingTimeMs);
  }

  /** Whether a state that was written then is forgotten by now. */
  isExpired(nowMs: number): (state: number, writtenMs: number) => boolean {
    return (state, writtenMs) => {
      const ttlMs = this.#spec.states[state]!.ttlMs ?? 0;
      return ttlMs > 0 && nowMs - writtenMs >= ttlMs;
    };
  }

  /** Has a partition's states written to its row by `write`, which gets a place for long text. */
  store(
    row: number,
    nowMs: number,
    write: (payload: number, heap: (bytes: number) => number) => ReturnType<StateRecords['store']>,
  ): boolean {
    const { store } = this.table!;
    const { memory } = this.#task;
    store.touch(row);
    const payload = store.payload(row);
    const kept = write(payload, bytes => {
      store.ensureHeap(bytes);
      const at = (store.block + tableBlock.heapCursor) >> 2;
      const place = memory.u32[at]!;
      memory.u32[at] = place + bytes;
      return place;
    });
    if (kept.freedBytes > 0) memory.u32[(store.block + tableBlock.heapGarbage) >> 2]! += kept.freedBytes;
    if (this.#spec.ttl) {
      const at = payload + this.states.bytes;
      const high = Math.floor(nowMs / 4294967296);
      memory.u32[at >> 2] = nowMs - high * 4294967296;
      memory.i32[(at >> 2) + 1] = high;
    }
    return kept.some;
  }

  isEmpty(row: number): boolean {
    return this.records.isEmpty(this.table!.store.payload(row));
  }

  /** A partition without state is none. */
  drop({ row, hash }: Pick<Partition, 'row' | 'hash'>): void {
    if (row === 0) return;
    const { memory } = this.#task;
    const words = memory.arena.allocate(8);
    memory.u32.set([row, hash], words >> 2);
    this.table!.remove(1, words, words + 4);
  }

  /** @throws TidemillError `udf-result` where there can be no timers. */
  setTimers(requests: readonly TimerRequest[], { key, hash }: Pick<Partition, 'key' | 'hash'>): void {
    if (this.timers === undefined)
      throw new TidemillError('udf-result', `'${this.#name}' sets a timer, and has none here`, {
        hint: this.#spec.hasTime
          ? `It has no ${this.#name}_timer.`
          : 'Timers follow event time: call it with on_time => DESCRIPTOR(ts).',
      });
    this.timers.apply(requests, key, hash);
  }

  /** The partition of a timer. */
  ofTimer({ key, hash }: DueTimer): Partition {
    if (this.table === undefined) return { row: 0, key, hash };
    const { memory } = this.#task;
    const words = memory.arena.allocate(8);
    memory.u32.set([hash, 0], words >> 2);
    this.table.findOrInsert(words, key, words + 4, 0, 1);
    return { row: memory.u32[(words >> 2) + 1]!, key, hash };
  }

  /**
   * Rows [from, to) of a batch by partition: partitions in the order of their first rows, with the numbers of their rows. One where rows have nothing in common,
   * or nobody asks.
   */
  ofRows(
    from: number,
    to: number,
    keyRows: number,
    hashes: number,
  ): readonly { readonly partition: Partition; readonly rows: readonly number[] }[] {
    const { memory } = this.#task;
    const { arena } = memory;
    const stride = this.key.strideBytes;
    const alone = !this.#spec.keyed || this.#spec.partition.length === 0;
    const [keys, hashed] = alone ? [arena.allocateZeroed(stride * to), arena.allocateZeroed(4 * to)] : [keyRows, hashes];
    const rows = arena.allocateZeroed(4 * to);
    this.table?.findOrInsert(hashed, keys, rows, from, to);
    const words = memory.u32;
    const partitionOf = (row: number): Partition => ({
      row: words[(rows >> 2) + row]!,
      key: keys + stride * row,
      hash: words[(hashed >> 2) + row]!,
    });
    if (alone || (this.table === undefined && this.timers === undefined))
      return [{ partition: partitionOf(from), rows: Array.from({ length: to - from }, (_, index) => from + index) }];
    const members = new Map<number | string, number[]>();
    for (let row = from; row < to; row++) {
      const own = words[(rows >> 2) + row]!;
      const name = own === 0 ? this.keyText(keys + stride * row) : own;
      const found = members.get(name);
      if (found === undefined) members.set(name, [row]);
      else found.push(row);
    }
    return [...members.values()].map(list => ({ partition: partitionOf(list[0]!), rows: list }));
  }

  /** What tells a partition apart by its key alone: of a function with timers and without states. */
  keyText(key: number): string {
    const { u8, u32 } = this.#task.memory;
    const bytes = u8.slice(key, key + this.key.strideBytes);
    const longs = this.key.fields.flatMap(({ form, offsetBytes }) => {
      const length = u32[(key + offsetBytes) >> 2]!;
      if (form !== 'view' || length <= limits.stringInlineBytes) return [];
      bytes.fill(0, offsetBytes + 8, offsetBytes + 16);
      const place = u32[((key + offsetBytes) >> 2) + 2]!;
      return [u8.slice(place, place + length).join()];
    });
    return [bytes.join(), ...longs].join(';');
  }

  /** Rows that were made of those of a batch: what these carry, the function's columns, their time. */
  emitMade({ count, picks, columns }: ProcessedRows, batch: Batch, context: OperatorContext): void {
    if (count === 0) return;
    const { carriedCount, hasTime } = this.#spec;
    const added = hasTime ? [...columns, gatherColumn(this.#task, batch.columns.at(-1)!, picks, count)] : columns;
    const rows = { ...batch, weights: 0 };
    context.emit(
      this.#typed(repeatedRows(this.#task, rows, batch.columns.slice(0, carriedCount), { count, rows: picks }, added)),
    );
  }

  /** Rows that were made of timers: the partition's key, the function's columns, the timer's time. */
  emitFired(
    { count, picks, columns }: ProcessedRows,
    fired: readonly { readonly key: number; readonly timeMs: number }[],
    context: OperatorContext,
  ): void {
    if (count === 0) return;
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const keys = arena.allocate(4 * count);
    const times = arena.allocate(8 * count);
    for (let index = 0; index < count; index++) {
      const timer = fired[memory.u32[(picks >> 2) + index]!];
      if (timer === undefined) throw internalError('a row of a timer that did not fire');
      memory.u32[(keys >> 2) + index] = timer.key;
      const value = timer.timeMs * this.unitsPerMs;
      const high = Math.floor(value / 4294967296);
      memory.u32[(times >> 2) + 2 * index] = value - high * 4294967296;
      memory.i32[(times >> 2) + 2 * index + 1] = high;
    }
    const carried = this.key.types.map((_, index) => unpackField(memory, kernels, this.key, index, count, keys));
    const time: Column = { type: this.#spec.schema.at(-1)!.type, validity: 0, data: times };
    context.emit(this.#typed(batchOf(count, [...carried, ...columns, ...(this.#spec.hasTime ? [time] : [])])));
  }

  #typed(batch: Batch): Batch {
    const columns = batch.columns.map((column, index) => ({ ...column, type: this.#spec.schema[index]!.type }));
    return { ...batch, columns };
  }
}
