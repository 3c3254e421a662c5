export interface WatermarkKernels {
  /** Rows whose validity bit is 0. */
  count_nulls(count: number, validity: number): number;
  /**
   * The watermark before each row (i64, the lesser of `others` and the running one, which starts at `own`) to `before`, the running one
   * after the last row to `out`; returns how many rows are behind: time ≤ before.
   */
  running_watermarks(
    count: number,
    watermarks: number,
    validity: number,
    times: number,
    own: bigint,
    others: bigint,
    before: number,
    out: number,
  ): number;
}
