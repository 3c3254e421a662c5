/**
 * Rows of group tables that wait on disk (core/state/cold-rows.ts): `table` and `shard` are addresses of blocks as group-table.ts says, `pairs`
 * arrays of u64 (hash << 32 | row address), `block` one block of a run in memory.
 */
export interface ColdKernels {
  cold_mark(from: number, to: number, order: number, rows: number, keyBytes: number): void;
  cold_collect(shard: number, from: number, most: number, keyBytes: number, pairs: number, count: number): number;
  cold_sort(count: number, pairs: number, scratch: number, counts: number): void;
  cold_unzip(count: number, pairs: number, rows: number, hashes: number): void;
  cold_block_bytes(table: number, count: number, pairs: number): number;
  cold_zip(count: number, rows: number, hashes: number, low: number, high: number, pairs: number): number;
  cold_pack(table: number, count: number, pairs: number, block: number): number;
  cold_open(table: number, block: number): void;
  cold_rows(table: number, block: number, taken: number, rows: number, hashes: number): number;
  cold_find(table: number, block: number, taken: number, hash: number, key: number): number;
  cold_payload_bytes(table: number, count: number, sources: number): number;
  cold_adopt(table: number, count: number, numbers: number, rows: number, sources: number): void;
  filter_add(count: number, hashes: number, filter: number, mask: number): void;
  filter_missing(
    from: number,
    to: number,
    order: number,
    hashes: number,
    rows: number,
    filter: number,
    mask: number,
    out: number,
  ): number;
}
