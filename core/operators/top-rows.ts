import { sortEntryBytes } from '../kernels/sort.ts';
import type { GroupTable } from '../state/index.ts';
import type { OperatorTask } from './contract.ts';
import type { RowSorter } from './row-order.ts';

/** Offsets in a row of its payload (i64 each): how often it is there, how often it was sent, whether it is at hand. */
export interface BagPlaces {
  readonly count: number;
  readonly sent: number;
  readonly mark: number;
}

/**
 * The best rows of a bag, at hand and sortable without looking at the others: all with a prefix up to a limit. Derived from the bag; found
 * again by a scan when too many of them have gone, or after a rebuild.
 */
export class TopRows {
  readonly places: BagPlaces;
  readonly #wanted: number;
  readonly #keepsAll: boolean;
  readonly #bag: GroupTable;
  readonly #sorter: RowSorter;
  readonly #task: OperatorTask;
  #segment = { address: 0, bytes: 0 };
  #count = 0;
  /** Greatest prefix of rows at hand; undefined: all rows are. */
  #limit: bigint | undefined;
  #prepared = false;

  /** `wanted`: places that must be filled from these rows; `keepsAll`: the bag has rows that are not at hand. */
  constructor(
    bag: GroupTable,
    sorter: RowSorter,
    task: OperatorTask,
    options: { readonly wanted: number; readonly keepsAll: boolean },
  ) {
    this.#bag = bag;
    this.#sorter = sorter;
    this.#task = task;
    this.#wanted = options.wanted;
    this.#keepsAll = options.keepsAll;
    const payload = sorter.order.row.strideBytes + 8;
    this.places = { count: payload, sent: payload + 8, mark: payload + 16 };
  }

  get count(): number {
    return this.#count;
  }
  /** Address of the rows' addresses; in order after {@link sort}. */
  get rows(): number {
    return this.#segment.address;
  }

  prepare(): void {
    if (!this.#prepared) this.#refill();
    this.#prepared = true;
  }

  /** Numbers of those of these rows (u32 addresses) that may be among the best, to `numbers`; returns how many. */
  within(count: number, rows: number, numbers: number): number {
    const { memory, kernels } = this.#task;
    const entries = memory.arena.allocate(sortEntryBytes * count);
    this.#sorter.entries(count, rows, entries);
    const limit = memory.arena.allocate(8);
    memory.i64[limit >> 3] = BigInt.asIntN(64, this.#limit ?? -1n);
    return kernels.sort_within(count, entries, limit, numbers);
  }

  /** Takes in rows of the bag that came or changed. */
  changed(count: number, rows: number): void {
    const { memory, kernels } = this.#task;
    this.#reserve(this.#count + count);
    const numbers = memory.arena.allocate(4 * count);
    const near = this.within(count, rows, numbers);
    const addresses = memory.arena.allocate(4 * near);
    kernels.gather_32(near, numbers, rows, addresses);
    this.#count += kernels.marked_add(near, addresses, this.places.mark, this.rows + 4 * this.#count);
  }

  /** Sorts the rows at hand, after making sure that they fill the wanted places as far as the bag can. */
  sort(): void {
    const { kernels } = this.#task;
    if (this.#limit !== undefined && this.#keepsAll) {
      const copies = kernels.top_copies(this.#count, this.rows, this.places.count);
      if (copies < this.#wanted) {
        this.#refill();
        return;
      }
    }
    this.#sortAll(this.#count);
  }

  /** After {@link sort}: lets go of rows far from the best; returns how many, from {@link count} on, left the rows at hand. */
  trim(): number {
    const { memory, kernels } = this.#task;
    const most = this.#keepsAll ? 4 * this.#wanted + 4096 : this.#wanted;
    if (this.#count <= most) return 0;
    const wanted = this.#keepsAll ? 2 * this.#wanted + 1024 : this.#wanted;
    const needed = kernels.top_needed(this.#count, this.rows, this.places.count, BigInt(wanted));
    if (needed === this.#count) return 0;
    this.#limit = this.#prefixOf(needed - 1);
    let kept = needed;
    if (this.#keepsAll && this.#sorter.order.keys.length > 0) {
      // all rows of one prefix stay together, or one left out could be better than one at hand
      const rest = this.#count - needed;
      kept += this.within(rest, this.rows + 4 * needed, memory.arena.allocate(4 * rest));
    }
    const gone = this.#count - kept;
    kernels.mark_rows(gone, this.rows + 4 * kept, this.places.mark, 0n);
    this.#count = kept;
    return gone;
  }

  /** Takes rows out that leave the bag. */
  forget(count: number, rows: number): void {
    const { kernels } = this.#task;
    kernels.mark_rows(count, rows, this.places.mark, 0n);
    this.#count = kernels.marked_keep(this.#count, this.rows, this.places.mark);
  }

  close(): void {
    if (this.#segment.bytes > 0) this.#task.memory.freeSegment(this.#segment.address, this.#segment.bytes);
    this.#segment = { address: 0, bytes: 0 };
    this.#count = 0;
    this.#prepared = false;
  }

  /** Rows sent must stay at hand, or nothing could take them back; sorted order keeps them before those that were not. */
  #refill(): void {
    const { kernels } = this.#task;
    const all = this.#bag.rowCount();
    this.#reserve(all);
    this.#bag.scanRows(this.#bag.store.cursor(), all, this.rows);
    kernels.mark_rows(all, this.rows, this.places.mark, 1n);
    this.#limit = undefined;
    this.#count = all;
    this.#sortAll(all);
  }

  #prefixOf(index: number): bigint {
    const { memory } = this.#task;
    const entry = memory.arena.allocate(sortEntryBytes);
    this.#sorter.entries(1, this.rows + 4 * index, entry);
    return BigInt.asUintN(64, memory.i64[entry >> 3]!);
  }

  #sortAll(count: number): void {
    const { memory } = this.#task;
    const mark = memory.arena.mark();
    this.#sorter.sort(count, this.rows, memory.arena.allocate(2 * sortEntryBytes * count));
    memory.arena.release(mark);
  }

  #reserve(rows: number): void {
    const { memory } = this.#task;
    if (4 * rows <= this.#segment.bytes) return;
    const bytes = Math.max(8 * rows, 65_536);
    const address = memory.allocateSegment(bytes);
    if (this.#segment.bytes > 0) {
      memory.u8.copyWithin(address, this.#segment.address, this.#segment.address + 4 * this.#count);
      memory.freeSegment(this.#segment.address, this.#segment.bytes);
    }
    this.#segment = { address, bytes };
  }
}
