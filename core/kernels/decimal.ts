/**
 * DECIMAL arithmetic beyond 64 bits. Values are two words (low, high) and a scale; results are 16 bytes at `out`. Functions that give an i32
 * status give 0 when the result has more than `precision` digits. Rounding is half away from zero.
 */
export interface DecimalKernels {
  decimal_rescale(low: bigint, high: bigint, from: number, to: number, precision: number, out: number): number;
  decimal_add: DecimalBinary;
  decimal_subtract: DecimalBinary;
  decimal_multiply: DecimalBinary;
  /** Rounded to 38 significant digits first, as in Java. The divisor is not 0. */
  decimal_divide: DecimalBinary;
  decimal_remainder: DecimalBinary;
  /** −1, 0 or 1. */
  decimal_compare(lowA: bigint, highA: bigint, scaleA: number, lowB: bigint, highB: bigint, scaleB: number): number;
  /** mode 0: cut to a whole number; 1: up; 2: down. */
  decimal_whole(low: bigint, high: bigint, scale: number, mode: number, precision: number, out: number): number;
  /** mode 0: half up; 1: cut. */
  decimal_round(
    low: bigint,
    high: bigint,
    from: number,
    digits: number,
    mode: number,
    scale: number,
    precision: number,
    out: number,
  ): number;
  /** The exact value of a double, rounded to the scale. */
  decimal_from_f64(value: number, scale: number, precision: number, out: number): number;
  f64_remainder(x: number, y: number): number;
}
export type DecimalBinary = (
  lowA: bigint,
  highA: bigint,
  scaleA: number,
  lowB: bigint,
  highB: bigint,
  scaleB: number,
  scale: number,
  precision: number,
  out: number,
) => number;
