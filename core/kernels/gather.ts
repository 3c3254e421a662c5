/** target[i] = source[index[i]]; `index` is an array of u32. */
export interface GatherKernels {
  gather_8(count: number, index: number, source: number, target: number): void;
  gather_16(count: number, index: number, source: number, target: number): void;
  gather_32(count: number, index: number, source: number, target: number): void;
  gather_64(count: number, index: number, source: number, target: number): void;
  gather_128(count: number, index: number, source: number, target: number): void;
  gather_bits(count: number, index: number, source: number, target: number): void;
  fill_64(count: number, value: bigint, target: number): void;
  /** flags[j] |= values updates[j] and the next one differ; width: bytes of a value, 6 f32, 9 f64, 17 view. Returns how many are 0. */
  pairs_differ(pairs: number, updates: number, width: number, source: number, validity: number, flags: number): number;
  /** The changelog of touched groups: row addresses and i8 weights; places of updates; the u32 before them is their number. */
  change_rows(
    count: number,
    touched: number,
    before: number,
    rowBytes: number,
    flagsAt: number,
    countAt: number,
    addresses: number,
    weights: number,
    updates: number,
  ): number;
  /** Numbers of the rows that stay when updates whose flag is 0 go. */
  keep_changed(count: number, updates: number, pairs: number, flags: number, target: number): number;
}
