/** Offsets (bytes) of a shard's block; sources/group-table.ts has the same. */
export const shardBlock = { slots: 0, mask: 4, live: 8, limit: 12, table: 16, bytes: 32 } as const;

/** Offsets of a table's block: where rows and their long strings go. */
export const tableBlock = {
  rowCursor: 0,
  rowEnd: 4,
  free: 8,
  rowBytes: 12,
  keyBytes: 16,
  kinds: 20,
  template: 24,
  views: 28,
  epoch: 32,
  stop: 36,
  found: 40,
  heapCursor: 44,
  heapEnd: 48,
  heapNeeded: 52,
  heapGarbage: 56,
  pending: 60,
  logCursor: 64,
  bytes: 72,
} as const;

/** Why group_find_or_insert stopped. */
export const stopReason = { none: 0, slots: 1, rows: 2, heap: 3 } as const;

/** Bits of a row's flags word. */
export const rowFlags = { live: 1, touched: 2, new: 4 } as const;

/**
 * Tables from keys to rows `[key words | u32 epoch, u32 flags | payload]`. `shard` is the address of a
 * {@link shardBlock}, `table` of a {@link tableBlock}; `order` an array of u32 row numbers or 0 for 0, 1, 2 …; `rows` an array of u32 addresses by row number. Nothing here allocates.
 */
export interface GroupTableKernels {
  bytes_equal(left: number, right: number, length: number): number;
  /** `shape`: 8, 16 or 24 for keys of as many bytes, 0 for all others. Returns the position it stopped at. */
  group_find_or_insert(
    shard: number,
    shape: number,
    from: number,
    to: number,
    order: number,
    hashes: number,
    keys: number,
    rows: number,
  ): number;
  /**
   * Rows whose keys the table does not have get slots. `map`: by the hash's top byte, `shards`: addresses of their blocks. Returns the position it stopped at:
   * that row's shard is full.
   */
  group_adopt(map: number, shards: number, from: number, count: number, hashes: number, rows: number): number;
  group_find(shard: number, from: number, to: number, order: number, hashes: number, keys: number, rows: number): void;
  group_rehash(shard: number, newSlots: number, newCapacity: number): void;
  group_split(shard: number, boundary: number, left: number, right: number): void;
  group_remove(shard: number, from: number, to: number, order: number, hashes: number, rows: number): void;
  group_scan_slots(shard: number, from: number, max: number, rows: number, hashes: number): number;
  group_scan_rows(table: number, from: number, end: number, max: number, rows: number): number;
  group_touch(
    from: number,
    to: number,
    rows: number,
    keyBytes: number,
    rowBytes: number,
    touched: number,
    indexes: number,
    before: number,
  ): number;
  /** To be called before rows[0..count) are changed, by whoever did not look them up: they belong to the table's epoch from now on. */
  rows_touch(table: number, count: number, rows: number): void;
  group_untouch(count: number, rows: number, keyBytes: number): void;
  group_stamp(count: number, rows: number, keyBytes: number, epoch: number): void;
  /** Packed rows side by side to new rows; returns the position it stopped at. */
  store_append(table: number, from: number, to: number, packed: number, rows: number): number;
  store_release(table: number, count: number, rows: number): void;
  store_heap_bytes(table: number, count: number, rows: number): number;
  store_heap_move(table: number, count: number, rows: number): void;
  /** Heap bytes of a column of `count` views. */
  view_heap_bytes(count: number, views: number): number;
  heap_store_view(table: number, to: number, from: number): void;
  /** Byte order of two views: negative, 0 or positive. */
  view_compare(left: number, right: number): number;
}
