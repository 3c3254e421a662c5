import { keyWords } from '../codegen/hash.ts';
import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import { types } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import { type GroupTable, type TableSpec, TimerTable } from '../state/index.ts';
import type { TimerRequest } from '../udf/index.ts';
import type { OperatorTask } from './contract.ts';

/** A timer is kept by its partition, its name, and, without a name, its time: setting one again is setting one. */
export function timerLayout(partition: KeyLayout): KeyLayout {
  return keyLayoutOf([...partition.types, types.string(false), types.bigint(false)]);
}

/** Bytes of a partition's key at the beginning of a timer's. */
const prefixBytes = (partition: KeyLayout): number => (partition.types.length === 0 ? 0 : partition.strideBytes);

/** The table of a process function's timers: the payload is the time. */
export function timerTable(partition: KeyLayout): TableSpec {
  return {
    kind: 'value',
    name: 'timers',
    key: timerLayout(partition),
    payload: { bytes: 8, viewOffsets: [], columns: [{ name: 'time', type: types.bigint(false), offsetBytes: 0 }] },
    ...(partition.types.length > 0 && { groupKey: partition }),
    owner: { kind: 'key-group', fields: partition.fields.map((_, index) => index) },
    names: [...partition.types.map((_, index) => `key ${index}`), 'name', 'unnamed at'],
  };
}

/** A timer that was due and has been taken out. */
export interface DueTimer {
  readonly timeMs: number;
  readonly name: Uint8Array;
  /** Address of its partition's key, in the arena. */
  readonly key: number;
  readonly hash: number;
}

/** Timers of a process function, in order of time. The order is found again from the table when the operator is made anew. */
export class ProcessTimers {
  readonly #table: GroupTable;
  readonly #partition: KeyLayout;
  readonly #layout: KeyLayout;
  readonly #task: OperatorTask;
  /** Addresses of rows by time; some may be moved or gone. */
  readonly #order = new TimerTable({ kind: 'timers', name: 'order' });
  /** Rows by the hash of their partition, from the first call on that clears all of one; some may be gone, or have become another's. */
  #byPartition: Map<number, number[]> | undefined;

  constructor(table: GroupTable, partition: KeyLayout, task: OperatorTask) {
    this.#table = table;
    this.#partition = partition;
    this.#layout = timerLayout(partition);
    this.#task = task;
    this.#findOrder();
  }

  #findOrder(): void {
    this.#order.close();
    this.#forEachRow(row => this.#order.add(this.#timeOf(row), row));
  }

  #forEachRow(use: (row: number) => void): void {
    const { arena } = this.#task.memory;
    const mark = arena.mark();
    const all = this.#table.rowCount();
    const rows = arena.allocate(4 * Math.max(all, 1));
    const count = this.#table.scanRows(this.#table.store.cursor(), all, rows);
    const each = arena.mark();
    for (let index = 0; index < count; index++) {
      use(this.#task.memory.u32[(rows >> 2) + index]!);
      arena.release(each);
    }
    arena.release(mark);
  }

  /** Between two inputs. What was moved or has gone does not stay in the order for ever. */
  collectGarbage(): void {
    this.#table.store.collectGarbage();
    if (this.#order.rowCount() > limits.timersStaleMin + 2 * this.#table.rowCount()) this.#findOrder();
  }

  get count(): number {
    return this.#table.rowCount();
  }
  /** The time of the earliest timer, or of one that is gone. */
  get nextMs(): number {
    return this.#order.next()?.timeMs ?? Number.POSITIVE_INFINITY;
  }

  /** Does what a call asked for its partition, whose key and hash are given. */
  apply(requests: readonly TimerRequest[], key: number, hash: number): void {
    const { arena } = this.#task.memory;
    const mark = arena.mark();
    // what was asked for before all are cleared does not count
    const from = requests.findLastIndex(request => request.kind === 'clear-all');
    for (const request of requests.slice(Math.max(from, 0))) {
      if (request.kind === 'clear-all') this.#clearAll(key, hash);
      else if (request.kind === 'set') this.#set(request, key, hash);
      else this.#clear(request, key, hash);
    }
    arena.release(mark);
  }

  /** Takes the earliest timer out that is due, unless it is not wanted now. */
  take(watermarkMs: number, isWanted: (timer: DueTimer) => boolean = () => true): DueTimer | undefined {
    for (;;) {
      const found = this.#order.takeDue(watermarkMs);
      if (found === undefined) return undefined;
      if (!this.#table.store.isLive(found.key) || this.#timeOf(found.key) !== found.timeMs) continue;
      const { memory } = this.#task;
      const stride = prefixBytes(this.#partition);
      const key = memory.arena.allocateZeroed(this.#partition.strideBytes);
      memory.u8.copyWithin(key, found.key, found.key + stride);
      const name = this.#nameOf(found.key);
      const timer = { timeMs: found.timeMs, name, key, hash: this.#partitionHash(key) };
      if (!isWanted(timer)) {
        this.#order.add(found.timeMs, found.key);
        return undefined;
      }
      this.#remove(found.key, this.#hashOf(found.key, timer.hash));
      return timer;
    }
  }

  #set({ timeMs, name }: TimerRequest, key: number, hash: number): void {
    const { memory } = this.#task;
    const packed = this.#pack(name, timeMs, key);
    const hashes = this.#words(this.#hashOf(packed, hash));
    const rows = memory.arena.allocate(4);
    this.#table.findOrInsert(hashes, packed, rows, 0, 1);
    const row = memory.u32[rows >> 2]!;
    writeMs(memory, this.#table.store.payload(row), timeMs);
    this.#order.add(timeMs, row);
    if (this.#byPartition !== undefined) this.#note(row, hash);
  }

  #clear({ timeMs, name }: TimerRequest, key: number, hash: number): void {
    const { memory } = this.#task;
    const packed = this.#pack(name, timeMs, key);
    const own = this.#hashOf(packed, hash);
    const rows = memory.arena.allocateZeroed(4);
    this.#table.find(this.#words(own), packed, rows, 0, 1);
    const row = memory.u32[rows >> 2]!;
    if (row !== 0) this.#remove(row, own);
  }

  #clearAll(key: number, hash: number): void {
    this.#byPartition ??= this.#partitions();
    const live = [...new Set(this.#byPartition.get(hash))].filter(row => this.#table.store.isLive(row));
    // partitions may share a hash
    const others = live.filter(row => !this.#isOf(row, key));
    for (const row of live) if (this.#isOf(row, key)) this.#remove(row, this.#hashOf(row, hash));
    if (others.length > 0) this.#byPartition.set(hash, others);
    else this.#byPartition.delete(hash);
  }

  /** All timers by the hash of their partition. */
  #partitions(): Map<number, number[]> {
    const found = new Map<number, number[]>();
    this.#forEachRow(row => {
      const hash = this.#partitionHash(row);
      const rows = found.get(hash);
      if (rows === undefined) found.set(hash, [row]);
      else rows.push(row);
    });
    return found;
  }

  #note(row: number, hash: number): void {
    const rows = this.#byPartition!.get(hash);
    if (rows === undefined) this.#byPartition!.set(hash, [row]);
    else if (rows.push(row) > 16 && (rows.length & (rows.length - 1)) === 0 && this.#partition.types.length > 0) {
      // those that have gone do not stay for ever; two partitions of one hash are told apart when they are looked for
      const live = [...new Set(rows)].filter(each => this.#table.store.isLive(each) && this.#partitionHash(each) === hash);
      this.#byPartition!.set(hash, live);
    }
  }

  #isOf(row: number, key: number): boolean {
    const { u8, u32 } = this.#task.memory;
    const { fields, nullable } = this.#partition;
    const isSame = (left: number, right: number, bytes: number): boolean => {
      for (let index = 0; index < bytes; index++) if (u8[left + index] !== u8[right + index]) return false;
      return true;
    };
    if (fields.length > 0 && nullable && !isSame(row, key, 8)) return false;
    return fields.every(({ form, offsetBytes }) => {
      const [left, right] = [row + offsetBytes, key + offsetBytes];
      const bytes = u32[left >> 2]!;
      if (form !== 'view' || bytes <= limits.stringInlineBytes)
        return isSame(left, right, form === 'view' || form === 'wide' ? 16 : 8);
      return isSame(left, right, 8) && isSame(u32[(left >> 2) + 2]!, u32[(right >> 2) + 2]!, bytes);
    });
  }

  #remove(row: number, hash: number): void {
    this.#table.store.touch(row);
    this.#table.remove(1, this.#words(row), this.#words(hash));
  }

  #pack(name: Uint8Array, timeMs: number, key: number): number {
    const { memory } = this.#task;
    const packed = memory.arena.allocateZeroed(this.#layout.strideBytes);
    const prefix = prefixBytes(this.#partition);
    memory.u8.copyWithin(packed, key, key + prefix);
    const [nameField, timeField] = this.#layout.fields.slice(-2);
    const view = packed + nameField!.offsetBytes;
    memory.u32[view >> 2] = name.length;
    if (name.length <= limits.stringInlineBytes) memory.u8.set(name, view + 4);
    else {
      const place = memory.arena.allocate(name.length);
      memory.u8.set(name, place);
      memory.u8.set(name.subarray(0, 4), view + 4);
      memory.u32[(view >> 2) + 2] = place;
    }
    if (name.length === 0) writeMs(memory, packed + timeField!.offsetBytes, timeMs);
    return packed;
  }

  #nameOf(row: number): Uint8Array {
    const { u8, u32 } = this.#task.memory;
    const view = row + this.#layout.fields.at(-2)!.offsetBytes;
    const bytes = u32[view >> 2]!;
    const place = bytes <= limits.stringInlineBytes ? view + 4 : u32[(view >> 2) + 2]!;
    return u8.slice(place, place + bytes);
  }

  #timeOf(row: number): number {
    const { i32, u32 } = this.#task.memory;
    const at = this.#table.store.payload(row) >> 2;
    return i32[at + 1]! * 4294967296 + u32[at]!;
  }

  #partitionHash(key: number): number {
    const { memory, kernels } = this.#task;
    if (this.#partition.types.length === 0) return 0;
    const { words, views } = keyWords(this.#partition);
    const out = memory.arena.allocate(4);
    kernels.hash_key_rows(key, 1, words, views, out);
    return memory.u32[out >> 2]!;
  }

  /** Keeps the partition's key group. */
  #hashOf(packed: number, partitionHash: number): number {
    const { memory, kernels } = this.#task;
    const from = prefixBytes(this.#partition);
    const { words, views } = keyWords(this.#layout);
    const out = memory.arena.allocate(4);
    if (this.#partition.types.length === 0) kernels.hash_key_rows(packed, 1, words, views, out);
    else
      kernels.combine_hashes(
        1,
        this.#words(partitionHash),
        packed,
        words - from / 8,
        views >> BigInt(from / 8),
        from,
        this.#layout.strideBytes,
        out,
      );
    return memory.u32[out >> 2]!;
  }

  #words(value: number): number {
    const address = this.#task.memory.arena.allocate(4);
    this.#task.memory.u32[address >> 2] = value;
    return address;
  }
}

function writeMs(memory: OperatorTask['memory'], at: number, ms: number): void {
  const high = Math.floor(ms / 4294967296);
  memory.u32[at >> 2] = ms - high * 4294967296;
  memory.i32[(at >> 2) + 1] = high;
}
