/** Columns into and out of exchange buffers. `index`: address of u32 row numbers, or 0 for 0, 1, 2, … */
export interface ExchangeKernels {
  copy_bytes(source: number, target: number, bytes: number): void;
  /** Bits target[at + i] = source[index[i]]; source 0: ones. */
  append_bits(count: number, index: number, source: number, target: number, at: number): void;
  /** Bytes of the views' values longer than 12. */
  long_view_bytes(count: number, index: number, source: number): number;
  /** Views to target, long values to heap + used; returns the bytes then used. */
  append_views(count: number, index: number, source: number, target: number, heap: number, used: number): number;
  rebase_views(count: number, views: number, heap: number): void;
  /** count + 1 offsets from 0; returns the number of elements. */
  append_offsets(count: number, index: number, source: number, target: number): number;
  /** Row numbers of the lists' elements. */
  list_elements(count: number, index: number, source: number, target: number): void;
  /**
   * Row numbers by consumer, in order: those of consumer t from out + t · stride on (room for one more than `count` each), how many to
   * counts. A consumer has a contiguous range of key groups, the top `bits` of a hash.
   */
  route_rows(count: number, hashes: number, bits: number, targets: number, out: number, stride: number, counts: number): void;
}
