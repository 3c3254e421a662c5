/** Check sums of record batches. */
export interface ChecksumKernels {
  /** CRC-32C (Castagnoli) of `bytes` bytes at `from`; signed: `>>> 0`. */
  crc32c(from: number, bytes: number): number;
}
