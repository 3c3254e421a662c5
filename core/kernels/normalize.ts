/** Kernels that keep the last row of each key. */
export interface NormalizeKernels {
  /** u32 values, the last first. */
  reversed_rows(count: number, rows: number, target: number): void;
  /** Takes the last row of each touched key into its table; how many rows change. See {@link normalizeBlock}. */
  normalize_rows(block: number): number;
}

/**
 * Byte offsets in the parameter block of normalize_rows, all u32. Of `count` touched rows (addresses at `touched`, copies as they were, `rowBytes` each, at
 * `before`) the new payload is row number `last[i]` of those packed at `packed`, `stride` bytes each; where `weights` (0: none) is negative the key is
 * deleted. `views`: the `viewCount` offsets of views in a payload. Rows that leave and come are put to `addresses` and `signs` (i8), an update next to
 * each other; numbers of touched rows that are deleted to `gone`, their count to `goneCount`. `all`: updates that change nothing count, too.
 */
export const normalizeBlock = {
  count: 0,
  touched: 4,
  before: 8,
  last: 12,
  weights: 16,
  packed: 20,
  stride: 24,
  table: 28,
  rowBytes: 32,
  keyBytes: 36,
  views: 40,
  viewCount: 44,
  addresses: 48,
  signs: 52,
  gone: 56,
  goneCount: 60,
  all: 64,
  sizeBytes: 72,
} as const;
