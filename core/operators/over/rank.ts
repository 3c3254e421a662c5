import { keyWords } from '../../codegen/hash.ts';
import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import { type KeyLayout, keyLayoutOf } from '../../columnar/key-layout.ts';
import { type Schema, types, withoutTimeAttribute } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { SortKey } from '../../plan/expressions.ts';
import { emptyPayload, type GroupTable, type PayloadLayout, type StateTable, ValueTable } from '../../state/index.ts';
import { packRows, unpackField } from '../../state/packed-rows.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from '../contract.ts';
import { rowOrder } from '../row-order.ts';
import { shardsByColumns } from '../sharded/shard-rules.ts';

/**
 * ROW_NUMBER of an endless input, of which only the numbers `from` to `to` are wanted: a changelog of the first `width` columns and the number.
 * `retracting`: input rows may have weights, so that all rows are kept; else only the first `to` of each partition.
 */
export interface RankSpec {
  readonly kind: 'rank';
  readonly input: Schema;
  readonly width: number;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly from: number;
  readonly to: number;
  readonly retracting: boolean;
  /** Nobody reads the numbers: rows that only get another one are not sent again. */
  readonly unnumbered?: boolean | undefined;
  /** Rows that did not come again for so long are forgotten, without a word to those who were sent them (`table.exec.state.ttl`). */
  readonly ttlMs?: number | undefined;
  /**
   * With `ttlMs`, of rows that are only added: a partition's rows are looked through when that was not done for so long, and live till then; rows that
   * the order does not tell apart live as long as the last of them. So does Flink's Top-N, which keeps partitions in a cache; its deduplication does not.
   */
  readonly byPartition?: boolean | undefined;
  readonly schema: Schema;
}

/**
 * i64 each, behind a row's key: how often it is there, the first number it was sent with, how many, whether it is in its partition's list, and
 * the time (f64, ms) it came last.
 */
const payload: PayloadLayout = { bytes: 40, viewOffsets: [] };
const places = { count: 0, sentFrom: 8, sentCount: 16, listed: 24, touchedMs: 32 } as const;

/** i64 (ms) behind a partition's key with `byPartition`: when its rows were looked through; 0 for a new one. */
const partitionPayload: PayloadLayout = { bytes: 8, viewOffsets: [] };

interface Change {
  readonly rows: number[];
  readonly ranks: number[];
  readonly weights: number[];
}

class Rank implements Operator {
  readonly #spec: RankSpec;
  readonly #task: OperatorTask;
  readonly #row: KeyLayout;
  readonly #partition: KeyLayout;
  readonly #bag: GroupTable;
  readonly #partitions: GroupTable;
  /** Rows of each partition (by its address) in order; derived from the tables. */
  #lists: Map<number, number[]> | undefined;
  /** Where looking for expired rows goes on. */
  #swept: Iterator<[number, number[]]> | undefined;
  /** What is being sent; only while a call returns `more`. */
  #sending: { readonly changes: Change; readonly gone: readonly number[]; next: number } | undefined;

  constructor(spec: RankSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    const [rows, partitions] = ['rows', 'partitions'].map(name => tables.get(name));
    if (!(rows instanceof ValueTable) || !(partitions instanceof ValueTable)) throw internalError('tables of rank are missing');
    this.#spec = spec;
    this.#task = task;
    this.#row = orderOf(spec).row;
    this.#partition = partitionLayout(spec);
    this.#bag = rows.groups;
    this.#partitions = partitions.groups;
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    if (this.#sending === undefined) {
      this.#bag.store.collectGarbage();
      this.#sending = { ...this.#take(batch, context.processingTimeMs), next: 0 };
    }
    const { changes, gone, next } = this.#sending;
    const count = Math.min(limits.batchRows, changes.rows.length - next);
    if (count > 0) context.emit(this.#changed(changes, next, count));
    this.#sending.next += count;
    if (next + count < changes.rows.length) return 'more';
    this.#remove(gone);
    this.#sending = undefined;
    return 'done';
  }

  /** Takes a batch into the lists; the changes of what is shown, retractions first, and the rows that go. */
  #take(batch: Batch, nowMs: number): { readonly changes: Change; readonly gone: readonly number[] } {
    const { memory } = this.#task;
    this.#lists ??= this.#listAll();
    const rows = this.#find(this.#bag, this.#row, batch.columns, batch.length);
    const keys = this.#spec.partition.map(index => batch.columns[index]!);
    const partitions = this.#find(this.#partitions, this.#partition, keys, batch.length);
    const expired = this.#spec.byPartition === true ? this.#lookThrough(new Set(partitions), nowMs) : [];
    const added = new Map<number, number[]>();
    for (let index = 0; index < batch.length; index++) {
      const row = rows[index]!;
      const partition = partitions[index]!;
      const weight = batch.weights === 0 ? 1 : memory.i8[batch.weights + index]!;
      if (this.#isExpired(row, nowMs))
        for (const place of [places.count, places.sentFrom, places.sentCount]) this.#put(row, place, 0);
      this.#put(row, places.count, this.#get(row, places.count) + weight);
      memory.f64[this.#touchedAt(row)] = nowMs;
      let fresh = added.get(partition);
      if (fresh === undefined) added.set(partition, (fresh = []));
      if (this.#get(row, places.listed) === 0) {
        this.#put(row, places.listed, 1);
        fresh.push(row);
      }
    }
    const out: Change = { rows: [], ranks: [], weights: [] };
    const into: Change = { rows: [], ranks: [], weights: [] };
    const gone: number[] = [];
    const emptied: number[] = [];
    const compare = this.#comparator();
    for (const row of expired) if (this.#get(row, places.listed) === 0) gone.push(row);
    if (this.#spec.ttlMs !== undefined) this.#sweep(batch.length, nowMs, added, gone);
    for (const [partition, fresh] of added) {
      const before = this.#lists.get(partition) ?? [];
      const list = [...(this.#spec.byPartition === true ? before : this.#living(before, nowMs, gone)), ...fresh].sort(compare);
      const kept = this.#renumber(list, out, into, gone);
      if (this.#spec.byPartition === true) this.#touchEquals(kept, nowMs, compare);
      if (kept.length > 0) this.#lists.set(partition, kept);
      else {
        this.#lists.delete(partition);
        emptied.push(partition);
      }
    }
    this.#removeRows(this.#partitions, this.#partition, emptied);
    const changes = {
      rows: [...out.rows, ...into.rows],
      ranks: [...out.ranks, ...into.ranks],
      weights: [...out.weights, ...into.weights],
    };
    return { changes, gone };
  }

  /** Numbers a partition's rows anew; gives those that stay in its list. */
  #renumber(list: readonly number[], out: Change, into: Change, gone: number[]): number[] {
    const { from, to, retracting, unnumbered } = this.#spec;
    const kept: number[] = [];
    let number = 1;
    for (const row of list) {
      const count = this.#get(row, places.count);
      const first = Math.max(number, from);
      const end = Math.max(first, Math.min(number + Math.max(count, 0), to + 1));
      const sentFrom = this.#get(row, places.sentFrom);
      const sentEnd = sentFrom + this.#get(row, places.sentCount);
      if (unnumbered === true) {
        const more = end - first - (sentEnd - sentFrom);
        for (let times = more; times < 0; times++) push(out, row, sentFrom, -1);
        for (let times = more; times > 0; times--) push(into, row, first, 1);
      } else {
        for (let rank = sentFrom; rank < sentEnd; rank++) if (rank < first || rank >= end) push(out, row, rank, -1);
        for (let rank = first; rank < end; rank++) if (rank < sentFrom || rank >= sentEnd) push(into, row, rank, 1);
      }
      this.#put(row, places.sentFrom, first);
      this.#put(row, places.sentCount, end - first);
      if (count === 0 || (count < 0 && this.#spec.ttlMs !== undefined) || (!retracting && number > to)) {
        this.#put(row, places.listed, 0);
        gone.push(row);
      } else kept.push(row);
      number += Math.max(count, 0);
    }
    return kept;
  }

  /** With `byPartition`: partitions whose turn it is lose their expired rows, which are given back; the others have new numbers, which nobody is told. */
  #lookThrough(partitions: ReadonlySet<number>, nowMs: number): readonly number[] {
    const { from, to } = this.#spec;
    const expired: number[] = [];
    const compare = this.#comparator();
    for (const partition of partitions) {
      if (!this.#isDue(partition, nowMs)) continue;
      this.#partitions.store.touch(partition);
      this.#task.memory.f64[this.#lookedAt(partition)] = nowMs;
      const list = this.#lists!.get(partition);
      if (list === undefined) continue;
      const living = list.filter(row => !this.#hasEnded(row, nowMs)).sort(compare);
      for (const row of list) {
        if (!this.#hasEnded(row, nowMs)) continue;
        for (const place of [places.count, places.sentFrom, places.sentCount, places.listed]) this.#put(row, place, 0);
        expired.push(row);
      }
      this.#lists!.set(partition, living);
      let number = 1;
      for (const row of living) {
        const first = Math.max(number, from);
        number += this.#get(row, places.count);
        this.#put(row, places.sentFrom, first);
        this.#put(row, places.sentCount, Math.max(0, Math.min(number, to + 1) - first));
      }
    }
    return expired;
  }

  /** Rows that the order does not tell apart from one that came now. */
  #touchEquals(list: readonly number[], nowMs: number, compare: (left: number, right: number) => number): void {
    for (let from = 0, to = 0; from < list.length; from = to) {
      for (to = from + 1; to < list.length && compare(list[from]!, list[to]!) === 0; ) to++;
      const equals = list.slice(from, to);
      if (equals.length < 2 || !equals.some(row => this.#task.memory.f64[this.#touchedAt(row)] === nowMs)) continue;
      for (const row of equals) {
        this.#bag.store.touch(row);
        this.#task.memory.f64[this.#touchedAt(row)] = nowMs;
      }
    }
  }

  #lookedAt(partition: number): number {
    return (partition + this.#partition.strideBytes + 8) >> 3;
  }
  #touchedAt(row: number): number {
    return (row + this.#row.strideBytes + 8 + places.touchedMs) >> 3;
  }

  /** Whether a partition's expired rows go when the next row comes. */
  #isDue(partition: number, nowMs: number): boolean {
    return this.#task.memory.f64[this.#lookedAt(partition)]! + this.#spec.ttlMs! <= nowMs;
  }

  #hasEnded(row: number, nowMs: number): boolean {
    return this.#task.memory.f64[this.#touchedAt(row)]! + this.#spec.ttlMs! <= nowMs;
  }

  #isExpired(row: number, nowMs: number): boolean {
    const { ttlMs, byPartition } = this.#spec;
    return ttlMs !== undefined && byPartition !== true && this.#get(row, places.listed) !== 0 && this.#hasEnded(row, nowMs);
  }

  /** Those of a list that have not expired; the others go. */
  #living(list: readonly number[], nowMs: number, gone: number[]): readonly number[] {
    if (this.#spec.ttlMs === undefined) return list;
    return list.filter(row => {
      if (!this.#hasEnded(row, nowMs)) return true;
      this.#put(row, places.listed, 0);
      gone.push(row);
      return false;
    });
  }

  /** Looks at the next partitions in turn, but for those that have new rows: expired rows go, and partitions without any. */
  #sweep(incoming: number, nowMs: number, touched: ReadonlyMap<number, unknown>, gone: number[]): void {
    const lists = this.#lists!;
    const empty: number[] = [];
    for (let left = Math.max(limits.ttlRowsSweptMin, incoming >> 1); left > 0; ) {
      this.#swept ??= lists.entries();
      const next = this.#swept.next();
      if (next.done === true) {
        this.#swept = undefined;
        break;
      }
      const [partition, list] = next.value;
      left -= list.length;
      if (touched.has(partition)) continue;
      if (this.#spec.byPartition === true && !this.#isDue(partition, nowMs)) continue;
      const living = this.#living(list, nowMs, gone);
      if (living.length === list.length) continue;
      if (living.length > 0) lists.set(partition, [...living]);
      else {
        lists.delete(partition);
        empty.push(partition);
      }
    }
    this.#removeRows(this.#partitions, this.#partition, empty);
  }

  #changed(changes: Change, from: number, count: number): Batch {
    const { memory, kernels } = this.#task;
    const rows = memory.arena.allocate(4 * count);
    const weights = memory.arena.allocate(count);
    const ranks = memory.arena.allocate(8 * count);
    for (let index = 0; index < count; index++) {
      memory.u32[(rows >> 2) + index] = changes.rows[from + index]!;
      memory.i8[weights + index] = changes.weights[from + index]!;
      memory.u32[(ranks >> 2) + 2 * index] = changes.ranks[from + index]!;
      memory.u32[(ranks >> 2) + 2 * index + 1] = 0;
    }
    const columns = Array.from({ length: this.#spec.width }, (_, index): Column => {
      const unpacked = unpackField(memory, kernels, this.#row, index, count, rows);
      return { ...unpacked, type: this.#spec.schema[index]!.type };
    });
    return batchOf(count, [...columns, { type: types.bigint(false), validity: 0, data: ranks }], weights);
  }

  /** Addresses of the rows of these columns in a table, made where there are none. */
  #find(table: GroupTable, layout: KeyLayout, columns: readonly Column[], count: number): Uint32Array {
    const { memory, kernels } = this.#task;
    const packed = packRows(memory, kernels, layout, columns, count);
    const hashes = this.#hash(layout, packed, count);
    const rows = memory.arena.allocateZeroed(4 * count);
    table.findOrInsert(hashes, packed, rows, 0, count);
    return memory.u32.slice(rows >> 2, (rows >> 2) + count);
  }

  #hash(layout: KeyLayout, packed: number, count: number): number {
    const { memory, kernels } = this.#task;
    if (layout.types.length === 0) return memory.arena.allocateZeroed(4 * count);
    const { words, views } = keyWords(layout);
    const hashes = memory.arena.allocate(4 * count);
    kernels.hash_key_rows(packed, count, words, views, hashes);
    return hashes;
  }

  #remove(gone: readonly number[]): void {
    this.#removeRows(this.#bag, this.#row, gone);
  }

  #removeRows(table: GroupTable, layout: KeyLayout, gone: readonly number[]): void {
    if (gone.length === 0) return;
    const { memory, kernels } = this.#task;
    const rows = memory.arena.allocate(4 * gone.length);
    memory.u32.set(gone, rows >> 2);
    const packed = memory.arena.allocate(layout.strideBytes * gone.length);
    kernels.rows_copy(gone.length, rows, layout.strideBytes, packed);
    table.remove(gone.length, rows, this.#hash(layout, packed, gone.length));
  }

  /** All lists anew, after a rebuild. */
  #listAll(): Map<number, number[]> {
    const { memory, kernels } = this.#task;
    const lists = new Map<number, number[]>();
    const count = this.#bag.rowCount();
    if (count === 0) return lists;
    const rows = memory.arena.allocate(4 * count);
    this.#bag.scanRows(this.#bag.store.cursor(), count, rows);
    const keys = this.#spec.partition.map(index => unpackField(memory, kernels, this.#row, index, count, rows));
    const addresses = memory.u32.slice(rows >> 2, (rows >> 2) + count);
    const partitions = this.#find(this.#partitions, this.#partition, keys, count);
    for (let index = 0; index < count; index++) {
      const list = lists.get(partitions[index]!);
      if (list === undefined) lists.set(partitions[index]!, [addresses[index]!]);
      else list.push(addresses[index]!);
    }
    return lists;
  }

  #comparator(): (left: number, right: number) => number {
    const { memory, kernels } = this.#task;
    const { keys } = orderOf(this.#spec);
    const address = memory.arena.allocate(4 * Math.max(keys.length, 1));
    memory.u32.set(keys, address >> 2);
    return (left, right) => kernels.compare_rows(left, right, address, this.#spec.order.length);
  }

  #get(row: number, place: number): number {
    return this.#task.memory.i32[(row + this.#row.strideBytes + 8 + place) >> 2]!;
  }

  #put(row: number, place: number, value: number): void {
    this.#bag.store.touch(row);
    this.#task.memory.i32[(row + this.#row.strideBytes + 8 + place) >> 2] = value;
  }
}

function push(change: Change, row: number, rank: number, weight: number): void {
  change.rows.push(row);
  change.ranks.push(rank);
  change.weights.push(weight);
}

const orders = new WeakMap<RankSpec, { readonly schema: Schema; readonly keys: readonly SortKey[] }>();
function orderOf(spec: RankSpec) {
  let order = orders.get(spec);
  if (order === undefined) orders.set(spec, (order = { schema: spec.input, keys: spec.order }));
  return rowOrder(order);
}

const partitionLayout = (spec: RankSpec): KeyLayout =>
  keyLayoutOf(spec.partition.map(index => withoutTimeAttribute(spec.input[index]!.type)));

export const rankDefinition: OperatorDefinition<RankSpec> = {
  tables: spec => [
    {
      kind: 'value',
      name: 'rows',
      key: orderOf(spec).row,
      payload,
      owner: { kind: 'key-group', fields: spec.partition },
    },
    {
      kind: 'value',
      name: 'partitions',
      key: partitionLayout(spec),
      payload: spec.byPartition === true ? partitionPayload : emptyPayload,
    },
  ],
  create: (spec, tables, task) => new Rank(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards: spec => shardsByColumns(spec.input, spec.partition, false),
};
