/** Offsets (bytes) of a group table's control block; sources/group-table.ts has the same. */
export const groupControl = {
  slots: 0,
  mask: 4,
  live: 8,
  limit: 12,
  rowCursor: 16,
  rowEnd: 20,
  free: 24,
  rowBytes: 28,
  keyBytes: 32,
  kinds: 36,
  template: 40,
  heap: 44,
  epoch: 48,
  stop: 52,
  found: 56,
  bytes: 64,
} as const;

/** Offsets of the heap block that the shards of a table share. */
export const heapControl = { cursor: 0, end: 4, needed: 8, garbage: 12, bytes: 16 } as const;

/** Why group_find_or_insert stopped. */
export const stopReason = { none: 0, slots: 1, rows: 2, heap: 3 } as const;

/** Bits of a row's flags word. */
export const rowFlags = { live: 1, touched: 2, new: 4 } as const;

/**
 * Tables from keys to rows `[key words | u32 epoch, u32 flags | payload]`. `table` is the address of a {@link groupControl} block; `order`
 * an array of u32 row numbers or 0 for 0, 1, 2 …; `rows` an array of u32 addresses by row number. Nothing here allocates.
 */
export interface GroupTableKernels {
  bytes_equal(left: number, right: number, length: number): number;
  /** `shape`: 8, 16 or 24 for keys of as many bytes without strings, 0 for all others. Returns the position it stopped at. */
  group_find_or_insert(
    table: number,
    shape: number,
    from: number,
    to: number,
    order: number,
    hashes: number,
    keys: number,
    rows: number,
  ): number;
  group_find(table: number, from: number, to: number, order: number, hashes: number, keys: number, rows: number): void;
  group_rehash(table: number, newSlots: number, newCapacity: number): void;
  group_remove(table: number, from: number, to: number, order: number, hashes: number, rows: number): void;
  group_scan_slots(table: number, from: number, max: number, rows: number, hashes: number): number;
  group_scan_rows(table: number, from: number, end: number, max: number, rows: number): number;
  group_touch(
    count: number,
    rows: number,
    keyBytes: number,
    rowBytes: number,
    touched: number,
    indexes: number,
    before: number,
  ): number;
  group_untouch(count: number, rows: number, keyBytes: number): void;
  group_stamp(count: number, rows: number, keyBytes: number, epoch: number): void;
  group_heap_bytes(table: number, count: number, rows: number): number;
  group_heap_move(table: number, count: number, rows: number): void;
  /** Heap bytes of a column of `count` views. */
  view_heap_bytes(count: number, views: number): number;
  heap_store_view(heap: number, to: number, from: number): void;
  /** Byte order of two views: negative, 0 or positive. */
  view_compare(left: number, right: number): number;
}
