/** Columns between our form and Arrow's, for its edges. `validity`: the address of a bitmap, or 0 when all rows are there. */
export interface ArrowKernels {
  /** Views of `count` texts at text + offsets[i] − offsets[0] (i32); empty ones where there is none. 12 bytes behind the last are
   * readable, and 4 before the first. */
  arrow_views(count: number, offsets: number, text: number, validity: number, out: number): void;
  /** Offsets of 64 bits, count + 1 of them, as those of 32 from 0. */
  arrow_narrow(count: number, offsets: number, out: number): void;
  /** Offsets of the texts of rows from `from` on, count + 1 of them; gives the bytes of all, or −1 for 2 GiB and more. */
  arrow_offsets(count: number, views: number, validity: number, from: number, offsets: number): number;
  /** Those texts, one behind the other; up to 15 bytes behind the last are written. */
  arrow_text(count: number, views: number, from: number, offsets: number, out: number): void;
  /** Bits of booleans; 8 bytes behind the last are readable. */
  arrow_bits(count: number, bytes: number, out: number): void;
  /** Decimals of 64 bits as those of 128. */
  arrow_decimals(count: number, source: number, out: number): void;
}
