import { limits } from '../common/limits.ts';
import { shardBlock, stopReason, tableBlock } from '../kernels/group-table.ts';
import type { Kernels } from '../kernels/index.ts';
import type { SpillFiles } from '../storage/spill-files.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { ColdRows } from './cold-rows.ts';
import { type HashesRows, RowParts } from './row-parts.ts';
import { type ColdCursor, type RowCursor, type RowForm, RowStore } from './row-store.ts';

/** Key groups as shards see them: the top byte of the hash. */
const groupBytes = 256;

interface Shard {
  /** Address of the {@link shardBlock}. */
  readonly block: number;
  slotsAddress: number;
  /** 0 while the slots lie in the store's first page. */
  slotsBytes: number;
  /** The shard holds hashes whose top byte is in [first, end). */
  readonly first: number;
  readonly end: number;
}

/** Where a {@link GroupTable.scanSlots} goes on. */
export interface SlotCursor {
  shard: number;
  slot: number;
  cold?: ColdCursor;
}

/**
 * Rows by key: one value table, or one slice of a sliced one. Hashes come from generated code or from hash_key_rows; keys are packed key
 * rows side by side. Split into shards, each a contiguous range of key groups with slots of its own, as it grows.
 */
export class GroupTable {
  readonly store: RowStore;
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #shape: number;
  readonly #shardRowsMax: number;
  /** Address of the 256-byte map from a hash's top byte to its shard. */
  readonly #map: number;
  /** Addresses of shard blocks that no shard uses. */
  readonly #freeBlocks: number[] = [];
  #shards: Shard[] = [];
  #blockPages: number[] = [];
  readonly #spill: SpillFiles | undefined;
  /** Rows that wait on disk. */
  #cold: ColdRows | undefined;
  /** Of a table whose rows of one key may be apart until they are merged ({@link KeyedTable.apart}). */
  readonly #rules: HashesRows | undefined;
  #parts: RowParts | undefined;
  /** Rows that stay in memory; the others go to disk between two inputs. */
  #hotRowsMax = Number.POSITIVE_INFINITY;
  /** Where looking for rows that were not used goes on. */
  #hand: SlotCursor = { shard: 0, slot: 0 };

  /** `rowsExpected`: how many rows there will probably be, so that slots need not grow on the way. */
  constructor(
    memory: TaskMemory,
    kernels: Kernels,
    form: RowForm,
    options: {
      readonly shardRowsMax?: number | undefined;
      readonly rowsExpected?: number | undefined;
      readonly spill?: SpillFiles | undefined;
      readonly apart?: HashesRows | undefined;
    } = {},
  ) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#shardRowsMax = options.shardRowsMax ?? limits.shardRowsMax;
    this.#spill = options.spill;
    this.#rules = options.apart;
    this.#shape = form.keyBytes <= 24 ? form.keyBytes : 0;
    const slotsBytes = limits.groupSlotsInitial * 8;
    this.store = new RowStore(memory, kernels, form, groupBytes + shardBlock.bytes + slotsBytes);
    this.#map = this.store.spare;
    memory.u8.fill(0, this.#map, this.#map + groupBytes);
    this.#freeBlocks.push(this.#map + groupBytes);
    const slots = this.#map + groupBytes + shardBlock.bytes;
    memory.f64.fill(0, slots / 8, (slots + slotsBytes) / 8);
    const expected = Math.min(options.rowsExpected ?? 0, this.#shardRowsMax);
    this.#shards.push(
      expected * 2 <= limits.groupSlotsInitial
        ? this.#newShard(0, groupBytes, slots, 0, limits.groupSlotsInitial)
        : this.#newShardWithSlots(0, groupBytes, 2 ** Math.ceil(Math.log2(expected * 2))),
    );
  }

  /** Makes slots for so many rows in an empty table, so that they need not grow on the way. */
  reserve(rows: number): void {
    if (this.rowCount() === 0) this.#reserve(rows);
  }

  #reserve(rows: number): void {
    const [only] = this.#shards;
    if (this.#shards.length !== 1 || rows * 2 <= limits.groupSlotsInitial) return;
    let shards = 1;
    while (rows / shards > this.#shardRowsMax * 0.75 && shards < groupBytes) shards *= 2;
    // key groups are not filled quite evenly
    const capacity =
      2 ** Math.ceil(Math.log2(Math.max((rows / shards) * 2 * (shards === 1 ? 1 : 1.05), limits.groupSlotsInitial)));
    this.#freeSlots(only!);
    this.#freeBlocks.push(only!.block);
    const width = groupBytes / shards;
    this.#shards = Array.from({ length: shards }, (_, index) =>
      this.#newShardWithSlots(index * width, (index + 1) * width, capacity),
    );
    for (const [ordinal, { first, end }] of this.#shards.entries())
      this.#memory.u8.fill(ordinal, this.#map + first, this.#map + end);
  }

  get shardCount(): number {
    return this.#shards.length;
  }

  /** Rows in memory and on disk; those of a key that are apart are counted each. */
  rowCount(): number {
    return this.hotRows + (this.#cold?.rowCount ?? 0) + (this.#parts?.rowCount ?? 0);
  }

  /** Rows in memory. */
  get hotRows(): number {
    let rows = 0;
    for (const shard of this.#shards) rows += this.#memory.u32[(shard.block + shardBlock.live) >> 2]!;
    return rows;
  }

  /** Whether rows wait on disk. */
  get hasCold(): boolean {
    return this.#parts !== undefined || (this.#cold?.rowCount ?? 0) > 0;
  }

  /** Rows of one key may be apart: they are to be read through MergedParts. */
  get isApart(): boolean {
    return this.#parts !== undefined;
  }

  /** Whether all rows go to disk at once, to be merged later. */
  get spillsApart(): boolean {
    return this.#rules !== undefined;
  }

  get diskBytes(): number {
    return (this.#cold?.diskBytes ?? 0) + (this.#parts?.diskBytes ?? 0);
  }

  sizeBytes(): number {
    let bytes =
      this.store.sizeBytes() +
      (this.#cold?.sizeBytes() ?? 0) +
      (this.#parts?.sizeBytes() ?? 0) +
      this.#blockPages.length * limits.wasmPageBytes;
    for (const shard of this.#shards) bytes += shard.slotsBytes;
    return bytes;
  }

  /**
   * Writes to rows[i] the address of the row of key i, made when there is none, for each i of order[from..to) (from..to when order is 0).
   * `hashes`, `keys` and `rows` are addresses of arrays by row number.
   */
  findOrInsert(hashes: number, keys: number, rows: number, from: number, to: number, order = 0): void {
    if ((this.#cold?.rowCount ?? 0) > 0) this.#warm(hashes, keys, rows, from, to, order);
    this.#findOrInsert(hashes, keys, rows, from, to, order);
  }

  #findOrInsert(hashes: number, keys: number, rows: number, from: number, to: number, order: number): void {
    this.#splitLarge(to - from);
    this.store.ensureLog(2 * (to - from));
    this.#eachShard(hashes, from, to, order, (shard, start, end, ordered) => {
      let position = start;
      while (
        (position = this.#kernels.group_find_or_insert(shard.block, this.#shape, position, end, ordered, hashes, keys, rows)) <
        end
      ) {
        if (this.store.stopped() === stopReason.slots) this.#growSlots(shard);
        else this.store.provide();
      }
    });
  }

  /** Like {@link findOrInsert}, but a key without a row gets 0. */
  find(hashes: number, keys: number, rows: number, from: number, to: number, order = 0): void {
    if ((this.#cold?.rowCount ?? 0) > 0) this.#warm(hashes, keys, rows, from, to, order);
    this.#find(hashes, keys, rows, from, to, order);
  }

  #find(hashes: number, keys: number, rows: number, from: number, to: number, order: number): void {
    this.store.ensureLog(to - from);
    this.#eachShard(hashes, from, to, order, (shard, start, end, ordered) => {
      this.#kernels.group_find(shard.block, start, end, ordered, hashes, keys, rows);
    });
  }

  /**
   * Runs a kernel that finds and makes rows by itself, with the map of shards and the addresses of their blocks, again and again from the position at which it
   * stopped till that is `to`. `hashes`: by position, of what it could not make; at most `changes` rows are changed.
   */
  runOverShards(
    from: number,
    to: number,
    hashes: number,
    changes: number,
    run: (map: number, shards: number, from: number) => number,
  ): void {
    this.#splitLarge(to - from);
    this.store.ensureLog(changes);
    const { arena } = this.#memory;
    const mark = arena.mark();
    const shards = this.#blocksOfShards();
    for (let position = from; (position = run(this.#map, shards, position)) < to; ) {
      if (this.store.stopped() === stopReason.slots) this.#growSlots(this.#shardOf(hashes, position));
      else this.store.provide();
    }
    arena.release(mark);
  }

  #blocksOfShards(): number {
    const blocks = this.#shards.map(shard => shard.block);
    const address = this.#memory.arena.allocate(4 * blocks.length);
    this.#memory.u32.set(blocks, address >>> 2);
    return address;
  }

  #shardOf(hashes: number, position: number): Shard {
    return this.#shards[this.#memory.u8[this.#map + this.#memory.u8[hashes + 4 * position + 3]!]!]!;
  }

  /** Takes rows of the store in, whose keys it does not have. */
  adopt(count: number, hashes: number, rows: number): void {
    this.#splitLarge(count);
    const { arena } = this.#memory;
    const mark = arena.mark();
    const shards = this.#blocksOfShards();
    for (let from = 0; ; ) {
      from = this.#kernels.group_adopt(this.#map, shards, from, count, hashes, rows);
      if (from >= count) break;
      this.#growSlots(this.#shardOf(hashes, from));
    }
    arena.release(mark);
  }

  /** Takes out the rows rows[0..count) with their hashes. */
  remove(count: number, rows: number, hashes: number): void {
    this.store.ensureLog(count);
    this.#eachShard(hashes, 0, count, 0, (shard, start, end, ordered) => {
      this.#kernels.group_remove(shard.block, start, end, ordered, hashes, rows);
    });
  }

  /** Addresses and hashes of up to `most` further rows in order of their hashes' low bits; 0 at the end. For merging into another table. */
  scanSlots(cursor: SlotCursor, most: number, rows: number, hashes: number): number {
    let found = 0;
    while (found < most && cursor.shard < this.#shards.length) {
      const shard = this.#shards[cursor.shard]!;
      const next = this.#kernels.group_scan_slots(shard.block, cursor.slot, most - found, rows + 4 * found, hashes + 4 * found);
      found += this.#memory.u32[(this.store.block + tableBlock.found) >> 2]!;
      if (next > this.#memory.u32[(shard.block + shardBlock.mask) >> 2]!) {
        cursor.shard++;
        cursor.slot = 0;
      } else cursor.slot = next;
    }
    return found;
  }

  /** Addresses and hashes of up to `most` further rows that wait on disk, in the arena. */
  scanCold(cursor: ColdCursor, most: number, rows: number, hashes: number): number {
    return this.#cold?.scan(cursor, most, rows, hashes) ?? 0;
  }

  /** {@link scanSlots}, and behind them rows that wait on disk, in the arena: to be looked at, not to be changed. */
  scanAll(cursor: SlotCursor, most: number, rows: number, hashes: number): number {
    const found = this.scanSlots(cursor, most, rows, hashes);
    if (found > 0 || this.#cold === undefined) return found;
    cursor.cold ??= { run: 0, block: 0, skip: 0 };
    return this.#cold.scan(cursor.cold, most, rows, hashes);
  }

  /** Addresses of up to `most` further rows, in memory order, then of those that wait on disk, in the arena; 0 at the end. */
  scanRows(cursor: RowCursor, most: number, rows: number): number {
    const found = this.store.scan(cursor, most, rows);
    if (found === most || this.#cold === undefined) return found;
    cursor.cold ??= { run: 0, block: 0, skip: 0 };
    const left = most - found;
    return found + this.#cold.scan(cursor.cold, left, rows + 4 * found, this.#memory.arena.allocate(4 * left));
  }

  /** Between two inputs: what the table may keep in memory from now on is what it has, and `rowsMin` at least. */
  limitHotRows(rowsMin: number): void {
    if (this.#hotRowsMax === Number.POSITIVE_INFINITY) this.#hotRowsMax = Math.max(rowsMin, this.hotRows);
  }

  /** Between two inputs: rows that were not used lately go to disk, when there are more than stay in memory. */
  relieve(): void {
    const rows = this.hotRows;
    if (rows <= this.#hotRowsMax || this.#spill === undefined || this.#rules !== undefined || this.store.copying) return;
    this.#evict(rows - Math.floor(this.#hotRowsMax * (1 - limits.spillShare)));
  }

  /** Between two inputs: all rows go to disk, and their memory comes back. `refills`: as many will come again. */
  spillAll(refills = false): void {
    const rows = this.hotRows;
    if (this.#spill === undefined || this.store.copying || rows === 0) return;
    if (this.#rules === undefined) this.#evict(rows, true);
    else {
      this.#parts ??= new RowParts(this.store, this.#rules, this.#spill);
      this.#parts.write(this.store);
    }
    this.clear();
    if (refills && this.#rules !== undefined) this.#reserve(rows);
  }

  /** Forgets the rows in memory; not while a snapshot is being copied. */
  clear(): void {
    for (const shard of this.#shards) {
      this.#freeSlots(shard);
      this.#freeBlocks.push(shard.block);
    }
    this.store.reset();
    this.#memory.u8.fill(0, this.#map, this.#map + groupBytes);
    this.#shards = [this.#newShardWithSlots(0, groupBytes, limits.groupSlotsInitial)];
    this.#hand = { shard: 0, slot: 0 };
  }

  /** All rows on disk, those written first first. `own`: a part of them that was written for the caller, who closes it. */
  asParts(): { readonly parts: readonly RowParts[]; readonly own?: RowParts | undefined } {
    this.spillAll();
    const parts = this.#parts === undefined ? [] : [this.#parts];
    if (this.hotRows === 0) return { parts };
    // a snapshot is being copied: the rows have to stay where they are
    const own = new RowParts(this.store, this.#rules!, this.#spill!);
    own.write(this.store);
    return { parts: [...parts, own], own };
  }

  /** Writes `count` rows to disk, those first that were not used since the last time; `keepsSlots`: the caller forgets them all. */
  #evict(count: number, keepsSlots = false): void {
    const { arena } = this.#memory;
    const mark = arena.mark();
    const pairs = arena.allocate(8 * count);
    const counted = arena.allocate(8);
    let found = 0;
    // twice around: the first time takes the marks off
    for (let turns = 0; found < count && turns <= 2 * this.#shards.length + 1; ) {
      if (this.#hand.shard >= this.#shards.length) this.#hand = { shard: 0, slot: 0 };
      const shard = this.#shards[this.#hand.shard]!;
      const next = this.#kernels.cold_collect(
        shard.block,
        this.#hand.slot,
        count - found,
        this.store.form.keyBytes,
        pairs + 8 * found,
        counted,
      );
      found += this.#memory.u32[counted >> 2]!;
      if (next > this.#memory.u32[(shard.block + shardBlock.mask) >> 2]!) {
        this.#hand = { shard: this.#hand.shard + 1, slot: 0 };
        turns++;
      } else this.#hand.slot = next;
    }
    this.#cold ??= new ColdRows(this.store, this.#spill!);
    const [rows, hashes] = [arena.allocate(4 * found), arena.allocate(4 * found)];
    this.#cold.write(found, pairs, arena.allocate(8 * found));
    this.#kernels.cold_unzip(found, pairs, rows, hashes);
    if (!keepsSlots) this.remove(found, rows, hashes);
    arena.release(mark);
  }

  /** Brings rows back that these keys find on disk. */
  #warm(hashes: number, keys: number, rows: number, from: number, to: number, order: number): void {
    const { arena } = this.#memory;
    const mark = arena.mark();
    this.#find(hashes, keys, rows, from, to, order);
    this.#kernels.cold_mark(from, to, order, rows, this.store.form.keyBytes);
    const { count, numbers, sources } = this.#cold!.fetch(hashes, keys, rows, from, to, order);
    if (count > 0) {
      this.#findOrInsert(hashes, keys, rows, 0, count, numbers);
      this.store.ensureHeap(this.#kernels.cold_payload_bytes(this.store.block, count, sources) >>> 0);
      this.#kernels.cold_adopt(this.store.block, count, numbers, rows, sources);
    }
    arena.release(mark);
  }

  close(): void {
    for (const shard of this.#shards) this.#freeSlots(shard);
    for (const page of this.#blockPages) this.#memory.freeSegment(page, limits.wasmPageBytes);
    this.#shards = [];
    this.#blockPages = [];
    this.#cold?.close();
    this.#cold = undefined;
    this.#parts?.close();
    this.#parts = undefined;
    this.store.close();
  }

  #eachShard(
    hashes: number,
    from: number,
    to: number,
    order: number,
    run: (shard: Shard, from: number, to: number, order: number) => void,
  ): void {
    if (from >= to) return;
    const shards = this.#shards;
    if (shards.length === 1) {
      run(shards[0]!, from, to, order);
      return;
    }
    const { arena } = this.#memory;
    const mark = arena.mark();
    // rows of other ranges keep their numbers, so ordinals are indexed by row number, which is below `to` or anywhere in `order`
    const ordinals = arena.allocate(4 * (order === 0 ? to : this.#greatest(order, from, to) + 1));
    const sorted = arena.allocate(4 * to);
    const offsets = arena.allocate(4 * (shards.length + 1));
    this.#kernels.hash_ordinals(from, to, order, hashes, this.#map, ordinals);
    this.#kernels.partition_by_ordinal(from, to, order, ordinals, shards.length, offsets, sorted);
    for (const [index, shard] of shards.entries()) {
      const start = this.#memory.u32[(offsets >> 2) + index]!;
      const end = this.#memory.u32[(offsets >> 2) + index + 1]!;
      if (start < end) run(shard, start, end, sorted);
    }
    arena.release(mark);
  }

  #greatest(order: number, from: number, to: number): number {
    let greatest = 0;
    const words = this.#memory.u32;
    for (let index = from; index < to; index++) greatest = Math.max(greatest, words[(order >> 2) + index]!);
    return greatest;
  }

  /** Between two inputs, so that a shard never passes its limit by more than a batch. */
  #splitLarge(incoming: number): void {
    for (let index = 0; index < this.#shards.length; index++) {
      const shard = this.#shards[index]!;
      const live = this.#memory.u32[(shard.block + shardBlock.live) >> 2]!;
      if (live + incoming <= this.#shardRowsMax || live * 2 < this.#shardRowsMax || shard.end - shard.first < 2) continue;
      const boundary = (shard.first + shard.end) >> 1;
      const capacity = this.#memory.u32[(shard.block + shardBlock.mask) >> 2]! + 1;
      const left = this.#newShardWithSlots(shard.first, boundary, capacity);
      const right = this.#newShardWithSlots(boundary, shard.end, capacity);
      this.#kernels.group_split(shard.block, boundary, left.block, right.block);
      this.#freeSlots(shard);
      this.#freeBlocks.push(shard.block);
      this.#shards.splice(index, 1, left, right);
      for (const [ordinal, { first, end }] of this.#shards.entries())
        this.#memory.u8.fill(ordinal, this.#map + first, this.#map + end);
    }
  }

  #growSlots(shard: Shard): void {
    const capacity = (this.#memory.u32[(shard.block + shardBlock.mask) >> 2]! + 1) * 2;
    const bytes = capacity * 8;
    const slots = this.#memory.allocateSegment(bytes);
    this.#kernels.group_rehash(shard.block, slots, capacity);
    this.#freeSlots(shard);
    shard.slotsAddress = slots;
    shard.slotsBytes = bytes;
  }

  #freeSlots(shard: Shard): void {
    if (shard.slotsBytes > 0) this.#memory.freeSegment(shard.slotsAddress, shard.slotsBytes);
    shard.slotsBytes = 0;
  }

  #newShardWithSlots(first: number, end: number, capacity: number): Shard {
    const slots = this.#memory.allocateSegment(capacity * 8);
    this.#memory.f64.fill(0, slots / 8, slots / 8 + capacity);
    return this.#newShard(first, end, slots, capacity * 8, capacity);
  }

  #newShard(first: number, end: number, slots: number, slotsBytes: number, capacity: number): Shard {
    if (this.#freeBlocks.length === 0) {
      const page = this.#memory.allocateSegment(limits.wasmPageBytes);
      this.#blockPages.push(page);
      for (let index = 0; index < groupBytes; index++) this.#freeBlocks.push(page + index * shardBlock.bytes);
    }
    const block = this.#freeBlocks.pop()!;
    const words = this.#memory.u32;
    words[(block + shardBlock.slots) >> 2] = slots;
    words[(block + shardBlock.mask) >> 2] = capacity - 1;
    words[(block + shardBlock.live) >> 2] = 0;
    words[(block + shardBlock.limit) >> 2] = capacity >> 1;
    words[(block + shardBlock.table) >> 2] = this.store.block;
    return { block, slotsAddress: slots, slotsBytes, first, end };
  }
}
