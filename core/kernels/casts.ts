/** CAST between strings and other types, as Flink writes and reads them. Status 0: refused; 1: done; 2: does not fit (NULL). */
export interface CastKernels {
  i64_to_text(value: bigint, out: number): void;
  decimal_to_text(low: bigint, high: bigint, scale: number, out: number): void;
  f64_to_text(value: number, single: number, out: number): void;
  text_to_i64(view: number, bits: number, out: number): number;
  /** 1 TRUE, 0 FALSE, 2 refused. */
  text_to_boolean(view: number): number;
  text_to_f64(view: number, out: number): number;
  text_to_decimal(view: number, scale: number, precision: number, out: number): number;
  text_to_date(view: number, out: number): number;
  text_to_time(view: number, out: number): number;
  /** Days, ms of the day, nanoseconds: three i32s. */
  text_to_timestamp(view: number, out: number): number;
  decimal_to_f64(low: bigint, high: bigint, scale: number): number;
  /** mode 0: ROUND half up; 1: TRUNCATE; on the shortest decimal. */
  f64_round(value: number, digits: number, mode: number): number;
}
