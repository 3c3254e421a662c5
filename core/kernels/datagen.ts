/** Kernels of the datagen source: values are functions of a key and the row's number. `block`: see {@link datagenBlock}. */
export interface DatagenKernels {
  /** Integers of `width` bytes (1, 2, 4, 8, 16), uniform in [low, low + span), times factor. */
  datagen_integers(block: number, data: number, width: number): void;
  /** (low + row number) × factor. */
  datagen_sequence(block: number, data: number, width: number): void;
  /** Floats of 4 or 8 bytes, uniform in [lowFloat, lowFloat + widthFloat), or lowFloat + row number. */
  datagen_floats(block: number, data: number, width: number, sequential: number): void;
  /** Clears validity bits where a draw is below `threshold` (of 2³²). */
  datagen_nulls(block: number, bitmap: number, threshold: number): void;
  /** Views of random hex digits (or bytes) of `length`, or of 1 to `length`. */
  datagen_text(block: number, views: number, length: number, variable: number, binary: number): void;
  datagen_sequence_text(block: number, views: number): void;
}

/**
 * Byte offsets in the parameter block. `first` (f64), `step`, `rows`, `perRow` (u32): value i has the number
 * (first + step × ⌊i / perRow⌋) × perRow + i mod perRow. `salt` (u32) and `key` (u64) choose the stream of draws; `low` (i64), `span` (u64, 0 = 2⁶⁴),
 * `factor` (i64), `lowFloat`, `widthFloat` (f64) shape the values.
 */
export const datagenBlock = {
  first: 0,
  step: 8,
  rows: 12,
  perRow: 16,
  salt: 20,
  key: 24,
  low: 32,
  span: 40,
  factor: 48,
  lowFloat: 56,
  widthFloat: 64,
  sizeBytes: 72,
} as const;
