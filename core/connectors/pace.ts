/**
 * How many rows of a split may have been handed out by now, at a rate: rows fall due evenly from the first read on. The clock is the
 * reader's, so that the simulation replays it.
 */
export class Pace {
  readonly #rowsPerSecond: number;
  #startMs: number | undefined;
  #rows = 0;

  constructor(rowsPerSecond: number) {
    this.#rowsPerSecond = rowsPerSecond;
  }

  /** Rows due now and not taken yet. */
  due(epochMs: number): number {
    this.#startMs ??= epochMs;
    return Math.max(0, Math.floor(((epochMs - this.#startMs) * this.#rowsPerSecond) / 1000) + 1 - this.#rows);
  }

  take(rows: number): void {
    this.#rows += rows;
  }
}
