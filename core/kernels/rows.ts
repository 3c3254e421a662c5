/** `form` of {@link RowKernels.rows_write}, by the column's storage. */
export const rowForms = { i8: 0, i16: 1, i32: 2, i64: 3, i128: 4, f32: 5, f64: 6, view: 7 } as const;

/** Fields of packed rows (columnar/key-layout.ts) from and to columns; `rows` is an array of u32 addresses. */
export interface RowKernels {
  rows_read_8(count: number, rows: number, offset: number, target: number): void;
  rows_read_16(count: number, rows: number, offset: number, target: number): void;
  rows_read_32(count: number, rows: number, offset: number, target: number): void;
  rows_read_64(count: number, rows: number, offset: number, target: number): void;
  rows_read_128(count: number, rows: number, offset: number, target: number): void;
  rows_read_f32(count: number, rows: number, offset: number, target: number): void;
  /** Writes a bitmap from bit `bit` of the mask word; returns how many are NULL. */
  rows_read_validity(count: number, rows: number, maskOffset: number, bit: bigint, target: number): number;
  rows_copy(count: number, rows: number, bytes: number, target: number): void;
  /** The first `bytes` of rows side by side, to rows of another stride. */
  rows_spread(count: number, source: number, sourceStride: number, bytes: number, target: number, stride: number): void;
  rows_set_flags(count: number, rows: number, flagsAt: number): void;
  /** Leaves in `rows` those whose i64 count is above 0; returns how many. */
  rows_with_count(count: number, rows: number, countAt: number): number;
  /** Numbers whose u8 flag is set. */
  flagged_rows(count: number, flags: number, target: number): number;
  rows_addresses(count: number, base: number, stride: number, addresses: number): void;
  /** Column values into words of rows side by side at `base`; the mask word must be zeroed before. */
  rows_write(
    count: number,
    form: number,
    source: number,
    validity: number,
    base: number,
    stride: number,
    offset: number,
    maskOffset: number,
    bit: bigint,
  ): void;
}
