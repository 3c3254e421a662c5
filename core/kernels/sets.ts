/** Rows of value sets (DISTINCT, retracted MIN and MAX), and the division of decimal averages. Offsets are in rows. */
export interface SetKernels {
  set_link(count: number, groups: number, rows: number, head: number, links: number, flags: number): void;
  set_dead(
    count: number,
    groups: number,
    rows: number,
    hashes: number,
    payload: number,
    counts: number,
    flags: number,
    head: number,
    links: number,
    outRows: number,
    outHashes: number,
    forgets: number,
  ): number;
  decimal_average(low: bigint, high: bigint, count: bigint, scale: number, out: number, wide: number): number;
}
