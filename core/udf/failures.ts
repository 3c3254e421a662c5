/** What happens to a row for which a function traps, runs out of fuel or says that the row has an error: the job fails, or the row goes without. */
export type OnError = 'fail' | 'null';

/**
 * Rows that went without the result of a function, because its policy says so: counted for the operator that called it, and with the last reason for whoever asks.
 *
 * @example
 * failures.note('risk', 1, () => "'risk' trapped: divide by zero in row 3 of the batch");
 * failures.take(); // 1
 * failures.lines(); // ["1 row without a result of risk: 'risk' trapped: …"]
 */
export class FunctionFailures {
  #rows = 0;
  readonly #functions = new Map<string, { rows: number; said: number; last: string }>();

  /** `message` is asked for the first time, and then ever more rarely: a row that fails must not cost much more than one that does not. */
  note(name: string, rows: number, message: () => string): void {
    this.#rows += rows;
    const found = this.#functions.get(name);
    if (found === undefined) {
      this.#functions.set(name, { rows, said: rows, last: message() });
      return;
    }
    found.rows += rows;
    if (found.rows < 2 * found.said) return;
    found.said = found.rows;
    found.last = message();
  }

  /** Rows since this was last called. */
  take(): number {
    const rows = this.#rows;
    this.#rows = 0;
    return rows;
  }

  /** A line for each function that failed, with one of the reasons. */
  lines(): string[] {
    return [...this.#functions].map(
      ([name, { rows, last }]) =>
        `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'} without a result of ${name}: ${last}`,
    );
  }
}
