/** Row numbers by slice and by shard; times are i64 in the units of their column. */
export interface PartitionKernels {
  /** Least and greatest time to two i64 at `out`; returns how many are not NULL. */
  time_bounds(count: number, times: number, validity: number, out: number): number;
  slice_ordinals(count: number, times: number, base: bigint, size: bigint, ordinals: number): void;
  /**
   * Rows behind the watermark: ordinal 0xffffffff when their last window has fired, else that of a pane for the windows still to come.
   * Returns how many are late.
   */
  place_late(
    count: number,
    ordinals: number,
    slices: number,
    firstEnd: bigint,
    interval: bigint,
    ratio: number,
    cumulate: number,
    phase: number,
    unit: bigint,
    watermarks: number,
    watermark: bigint,
  ): number;
  /** Ordinal 0xffffffff for rows that are NULL. */
  skip_nulls(count: number, validity: number, ordinals: number): void;
  /** Stable counting sort by ordinals[row] < parts; writes parts + 1 offsets (u32) and the rows' order. */
  partition_by_ordinal(
    from: number,
    to: number,
    order: number,
    ordinals: number,
    parts: number,
    offsets: number,
    out: number,
  ): void;
  /** ordinals[row] = map[top byte of its hash]. */
  hash_ordinals(from: number, to: number, order: number, hashes: number, map: number, ordinals: number): void;
  /** Hashes of (group, value words at `offset` of rows of `stride` bytes) that keep the group's top byte. */
  combine_hashes(
    count: number,
    groupHashes: number,
    rows: number,
    words: number,
    views: bigint,
    offset: number,
    stride: number,
    out: number,
  ): void;
}
