/** The one hash of keys (version 1); see sources/hash.ts and codegen/hash.ts. All arguments are addresses or plain numbers. */
export interface HashKernels {
  /** 64-bit hash of `length` ≥ 8 bytes. */
  hash_bytes(address: number, length: number): bigint;
  /** One u32 hash per key row (layout.strideBytes / 8 `words` each) at `out`; bit i of `views`: word i starts a view. */
  hash_key_rows(rows: number, count: number, words: number, views: bigint, out: number): void;
}
