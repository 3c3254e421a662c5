/** target[i] = source[index[i]]; `index` is an array of u32. */
export interface GatherKernels {
  gather_8(count: number, index: number, source: number, target: number): void;
  gather_16(count: number, index: number, source: number, target: number): void;
  gather_32(count: number, index: number, source: number, target: number): void;
  gather_64(count: number, index: number, source: number, target: number): void;
  gather_128(count: number, index: number, source: number, target: number): void;
  gather_bits(count: number, index: number, source: number, target: number): void;
  fill_64(count: number, value: bigint, target: number): void;
  /** flags[j] |= values 2j and 2j + 1 differ; width: bytes of a value, 6 f32, 9 f64, 17 view. */
  pairs_differ(pairs: number, width: number, source: number, validity: number, flags: number): void;
}
