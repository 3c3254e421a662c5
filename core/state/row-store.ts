import { limits } from '../common/limits.ts';
import { rowFlags, stopReason, tableBlock } from '../kernels/group-table.ts';
import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** How the rows of a table lie: `[key words | u32 epoch, u32 flags | payload]`, all in 8-byte words. */
export interface RowForm {
  readonly keyBytes: number;
  readonly payloadBytes: number;
  readonly rowBytes: number;
  /** Offsets in the row of 16-byte views whose long bytes live in the heap. */
  readonly viewOffsets: readonly number[];
  /** Offsets in the row of u32 row addresses. */
  readonly linkOffsets: readonly number[];
  /** Payload of a new row. */
  readonly initial: readonly number[];
}

export function rowForm(
  keyBytes: number,
  keyViews: readonly number[],
  payload: {
    readonly bytes: number;
    readonly viewOffsets: readonly number[];
    readonly initial?: readonly number[] | undefined;
    readonly linkOffsets?: readonly number[] | undefined;
  },
): RowForm {
  const payloadAt = keyBytes + 8;
  return {
    keyBytes,
    payloadBytes: payload.bytes,
    rowBytes: payloadAt + payload.bytes,
    viewOffsets: [...keyViews, ...payload.viewOffsets.map(offset => payloadAt + offset)],
    linkOffsets: (payload.linkOffsets ?? []).map(offset => payloadAt + offset),
    initial: payload.initial ?? [],
  };
}

interface Segment {
  readonly address: number;
  readonly bytes: number;
  /** Where rows start in it. */
  readonly start: number;
  /** Number of its first row among all places for rows of the store. */
  readonly position: number;
}

/** A segment as images see it: rows lie in [start, end). */
export interface StoreSegment {
  readonly address: number;
  readonly start: number;
  readonly end: number;
  readonly position: number;
}

/**
 * The rows of one table and their long strings. Rows lie in segments that double in size and never move, so a row is named by its address.
 * The heap is append-only; when half of it is garbage it is written anew between two inputs (design §3: freed bytes stay readable
 * until then).
 */
export class RowStore {
  readonly form: RowForm;
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
  /** Address of the table block that kernels take. */
  readonly block: number;
  /** Free bytes of the first page, for the table that owns this store. */
  readonly spare: number;
  readonly #firstPage: number;
  readonly #firstBytes: number;
  #segments: Segment[] = [];
  #heap: { address: number; bytes: number }[] = [];
  #heapUsedBytes = 0;
  /** Pieces of the log of rows that changed while a snapshot was being copied. */
  #log: { readonly address: number; readonly bytes: number; end: number }[] = [];
  #closing = false;
  /** What checkpoints hold of it. */
  saved: SavedRows | undefined;

  /** `spareBytes` of the first page are left to the owner. */
  constructor(memory: TaskMemory, kernels: Kernels, form: RowForm, spareBytes = 0) {
    this.memory = memory;
    this.kernels = kernels;
    this.form = form;
    const words = form.rowBytes >> 3;
    const kindsBytes = (words + 7) & ~7;
    // a row of thousands of accumulators needs more than a page for what new rows begin with alone
    this.#firstBytes = Math.max(limits.wasmPageBytes, tableBlock.bytes + kindsBytes + form.payloadBytes + spareBytes + 16);
    const page = memory.allocateSegment(this.#firstBytes);
    this.#firstPage = page;
    this.block = page;
    const kinds = page + tableBlock.bytes;
    const template = kinds + kindsBytes;
    this.spare = template + form.payloadBytes;
    const start = (this.spare + spareBytes + 7) & ~7;
    memory.u8.fill(0, page, this.spare);
    for (const offset of form.viewOffsets) memory.u8[kinds + ((offset + 8) >> 3)] = 1;
    memory.u8.set(form.initial, template);
    this.#set(tableBlock.rowBytes, form.rowBytes);
    this.#set(tableBlock.keyBytes, form.keyBytes);
    this.#set(tableBlock.kinds, kinds);
    this.#set(tableBlock.template, template);
    this.#set(tableBlock.views, form.viewOffsets.length > 0 ? 1 : 0);
    this.#set(tableBlock.epoch, 1);
    this.#addSegment({ address: page, bytes: this.#firstBytes, start, position: 0 });
  }

  /** Address of the payload of the row at `row`. */
  payload(row: number): number {
    return row + this.form.keyBytes + 8;
  }

  /** Rows that change belong to this epoch; it is over when a snapshot begins. */
  get epoch(): number {
    return this.#get(tableBlock.epoch);
  }

  /** Where rows lie, in the order they were put there. */
  segments(): StoreSegment[] {
    const last = this.#segments.length - 1;
    return this.#segments.map(({ address, bytes, start, position }, index) => ({
      address,
      start,
      end: index === last ? this.#get(tableBlock.rowCursor) : address + bytes,
      position,
    }));
  }

  /** Address of the bytes that say which words of a row are the second of a view. */
  get kinds(): number {
    return this.#get(tableBlock.kinds);
  }

  /** A snapshot begins: rows that change from now on belong to the next epoch, and are logged where `pendingPages` (a byte per 64 KiB) says so. */
  beginCopy(pendingPages: number): void {
    const { u8 } = this.memory;
    for (const { address, end } of this.segments())
      u8.fill(1, pendingPages + Math.floor(address / limits.wasmPageBytes), pendingPages + Math.ceil(end / limits.wasmPageBytes));
    this.#set(tableBlock.epoch, this.epoch + 1);
    this.#set(tableBlock.pending, pendingPages);
  }

  /** All rows have been copied, or nobody wants them any more. */
  endCopy(): void {
    this.#set(tableBlock.pending, 0);
    this.#set(tableBlock.logCursor, 0);
    for (const { address, bytes } of this.#log) this.memory.freeSegment(address, bytes);
    this.#log = [];
    if (this.#closing) this.#free();
  }

  get copying(): boolean {
    return this.#get(tableBlock.pending) !== 0;
  }

  /** The pieces of the log. */
  log(): readonly { readonly from: number; readonly end: number }[] {
    const last = this.#log.length - 1;
    return this.#log.map(({ address, end }, index) => ({
      from: address,
      end: index === last ? this.#get(tableBlock.logCursor) : end,
    }));
  }

  logBytes(): number {
    return this.#log.reduce((sum, piece) => sum + piece.bytes, 0);
  }

  /** To be called before up to so many rows change: makes room in the log. */
  ensureLog(rows: number): void {
    if (this.#get(tableBlock.pending) === 0) return;
    const needed = rows * (this.form.rowBytes + 8);
    const last = this.#log.at(-1);
    const cursor = this.#get(tableBlock.logCursor);
    if (last !== undefined && cursor + needed <= last.address + last.bytes) return;
    if (last !== undefined) last.end = cursor;
    const bytes = Math.max(
      needed,
      Math.min(limits.stateSegmentBytesMax, last === undefined ? limits.wasmPageBytes : 2 * last.bytes),
    );
    const address = this.memory.allocateSegment(bytes);
    this.#log.push({ address, bytes, end: address });
    this.#set(tableBlock.logCursor, address);
  }

  /** To be called before rows (u32 addresses) are changed that were not looked up since the last input. */
  touchRows(count: number, rows: number): void {
    this.ensureLog(count);
    this.kernels.rows_touch(this.block, count, rows);
  }

  /** {@link touchRows} of one. */
  touch(row: number): void {
    if (this.memory.u32[(row + this.form.keyBytes) >> 2] === this.epoch) return;
    this.ensureLog(1);
    const mark = this.memory.arena.mark();
    const rows = this.memory.arena.allocate(4);
    this.memory.u32[rows >> 2] = row;
    this.kernels.rows_touch(this.block, 1, rows);
    this.memory.arena.release(mark);
  }

  /** Provides what a kernel stopped for, if it is this store's to give. */
  provide(): void {
    switch (this.#get(tableBlock.stop)) {
      case stopReason.rows:
        this.#grow();
        break;
      case stopReason.heap:
        this.ensureHeap(this.#get(tableBlock.heapNeeded));
        break;
    }
  }

  stopped(): number {
    return this.#get(tableBlock.stop);
  }

  /** Makes room for `bytes` of long strings in the heap's current chunk. */
  ensureHeap(bytes: number): void {
    const cursor = this.#get(tableBlock.heapCursor);
    if (bytes === 0 || cursor + bytes <= this.#get(tableBlock.heapEnd)) return;
    const last = this.#heap.at(-1);
    if (last !== undefined) this.#heapUsedBytes += cursor - last.address;
    const size = Math.max(
      bytes,
      Math.min(limits.stateSegmentBytesMax, last === undefined ? limits.wasmPageBytes : last.bytes * 2),
    );
    const address = this.memory.allocateSegment(size);
    this.#heap.push({ address, bytes: size });
    this.#set(tableBlock.heapCursor, address);
    this.#set(tableBlock.heapEnd, address + size);
  }

  /** Bytes of long strings that were put into the heap, garbage included. */
  heapBytes(): number {
    const current = this.#heap.at(-1);
    return current === undefined ? 0 : this.#heapUsedBytes + this.#get(tableBlock.heapCursor) - current.address;
  }

  /** Room for a bound that is seldom used up: twice of it at a time, so that it is not made anew for every input. */
  ensureHeapFor(bytesMax: number): void {
    if (this.#get(tableBlock.heapCursor) + bytesMax > this.#get(tableBlock.heapEnd)) this.ensureHeap(2 * bytesMax);
  }

  /** Between two inputs: writes the heap anew when most of it is garbage. */
  collectGarbage(): void {
    // logged rows point into the heap as it is
    if (this.copying) return;
    const garbage = this.#get(tableBlock.heapGarbage);
    const current = this.#heap.at(-1);
    if (current === undefined || garbage < limits.wasmPageBytes) return;
    const used = this.#heapUsedBytes + this.#get(tableBlock.heapCursor) - current.address;
    if (garbage * 2 < used) return;
    const old = this.#heap;
    this.#heap = [];
    this.#heapUsedBytes = 0;
    this.#set(tableBlock.heapCursor, 0);
    this.#set(tableBlock.heapEnd, 0);
    this.#set(tableBlock.heapGarbage, 0);
    const mark = this.memory.arena.mark();
    const rows = this.memory.arena.allocate(4 * limits.batchRows);
    for (const cursor = this.cursor(); ; ) {
      const found = this.scan(cursor, limits.batchRows, rows);
      if (found === 0) break;
      this.ensureHeap(this.kernels.store_heap_bytes(this.block, found, rows) >>> 0);
      this.kernels.store_heap_move(this.block, found, rows);
    }
    this.memory.arena.release(mark);
    for (const chunk of old) this.memory.freeSegment(chunk.address, chunk.bytes);
  }

  /** Appends packed rows that stand side by side; their addresses to `rows`. */
  append(count: number, packed: number, rows: number): void {
    this.ensureLog(count);
    let from = 0;
    while ((from = this.kernels.store_append(this.block, from, count, packed, rows)) < count) this.provide();
  }

  /** Whole rows of an image (u32 addresses) as new rows, in a store that has none with their keys; their addresses to `rows`. */
  place(count: number, images: number, rows: number): void {
    let from = 0;
    while ((from = this.kernels.image_place(this.block, from, count, images, rows)) < count) this.provide();
  }

  /** A place to start {@link scan} at. */
  cursor(): RowCursor {
    return { segment: 0, address: 0 };
  }

  /** Addresses of up to `most` further rows, in memory order; 0 at the end. */
  scan(cursor: RowCursor, most: number, rows: number): number {
    let found = 0;
    while (found < most && cursor.segment < this.#segments.length) {
      const segment = this.#segments[cursor.segment]!;
      const last = cursor.segment === this.#segments.length - 1;
      const end = last ? this.#get(tableBlock.rowCursor) : segment.address + segment.bytes;
      const from = cursor.address === 0 ? segment.start : cursor.address;
      const next = this.kernels.group_scan_rows(this.block, from, end, most - found, rows + 4 * found) >>> 0;
      found += this.#get(tableBlock.found);
      if (next + this.form.rowBytes > end && found < most) {
        cursor.segment++;
        cursor.address = 0;
      } else cursor.address = next;
    }
    return found;
  }

  /** Gives rows back for reuse. */
  release(count: number, rows: number): void {
    this.ensureLog(count);
    this.kernels.store_release(this.block, count, rows);
  }

  isLive(row: number): boolean {
    return (this.memory.u32[(row + this.form.keyBytes + 4) >> 2]! & rowFlags.live) !== 0;
  }

  sizeBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.bytes;
    for (const chunk of this.#heap) bytes += chunk.bytes;
    return bytes;
  }

  /** Forgets all rows and gives their memory back, but for the first page; not while a snapshot is being copied. */
  reset(): void {
    for (const segment of this.#segments.slice(1)) this.memory.freeSegment(segment.address, segment.bytes);
    for (const chunk of this.#heap) this.memory.freeSegment(chunk.address, chunk.bytes);
    const first = this.#segments[0]!;
    this.#segments = [];
    this.#heap = [];
    this.#heapUsedBytes = 0;
    for (const place of [tableBlock.heapCursor, tableBlock.heapEnd, tableBlock.heapGarbage, tableBlock.free]) this.#set(place, 0);
    this.#addSegment(first);
    this.saved = undefined;
  }

  /** Gives all memory back; while a snapshot is being copied, once that is done. */
  close(): void {
    this.#closing = true;
    if (!this.copying) this.#free();
  }

  #free(): void {
    for (const segment of this.#segments) this.memory.freeSegment(segment.address, segment.bytes);
    for (const chunk of this.#heap) this.memory.freeSegment(chunk.address, chunk.bytes);
    if (this.#segments.length === 0) this.memory.freeSegment(this.#firstPage, this.#firstBytes);
    this.#segments = [];
    this.#heap = [];
  }

  #grow(): void {
    const wanted = this.#segments.at(-1)!.bytes * 2;
    const bytes = Math.max(Math.min(wanted, limits.stateSegmentBytesMax), limits.wasmPageBytes, this.form.rowBytes);
    const address = this.memory.allocateSegment(bytes);
    const last = this.#segments.at(-1)!;
    const position = last.position + Math.floor((last.address + last.bytes - last.start) / this.form.rowBytes);
    this.#addSegment({ address, bytes, start: address, position });
  }

  #addSegment(segment: Segment): void {
    this.#segments.push(segment);
    this.#set(tableBlock.rowCursor, segment.start);
    this.#set(tableBlock.rowEnd, segment.address + segment.bytes);
  }

  #get(offset: number): number {
    return this.memory.u32[(this.block + offset) >> 2]!;
  }
  #set(offset: number, value: number): void {
    this.memory.u32[(this.block + offset) >> 2] = value;
  }
}

/** What stands in checkpoints of a store: images up to an epoch. */
export interface SavedRows {
  readonly epoch: number;
  /** Bytes of the first image of all rows, and of those of changes since. */
  readonly wholeBytes: number;
  readonly changeBytes: number;
  readonly changes: number;
}

/** Where a scan of rows on disk goes on. */
export interface ColdCursor {
  run: number;
  block: number;
  /** Rows of the block that were given already. */
  skip: number;
}

export interface RowCursor {
  segment: number;
  address: number;
  cold?: ColdCursor;
}
