import { TidemillError } from '../common/errors.ts';
import { guarded } from '../wasm/guards.ts';
import type { UdfLimits } from './load-udf.ts';

/**
 * What fuel does not hold: every batch of rows and every timer has fuel of its own, so that a call that always gives more rows, and timers that always set
 * others, would go on for ever.
 */
export class EndlessWork {
  readonly #name: string;
  readonly #limits: UdfLimits;
  /** Of the call that is open. */
  #rows = 0;
  /** Of the watermark: timers that were there, and those that have fired. */
  #timers = 0;
  #fired = 0;

  constructor(functionName: string, limits: UdfLimits) {
    this.#name = functionName;
    this.#limits = limits;
  }

  /** Rows were made; `ended`: the call they are of is over, or others have ended meanwhile. @throws TidemillError `udf-fuel`. */
  made(rows: number, ended: boolean): void {
    this.#rows = ended ? 0 : this.#rows + rows;
    const most = this.#limits.rowsPerCallMax;
    if (this.#rows > most && guarded('rows-per-call'))
      throw this.#endless(`made more than ${most.toLocaleString('en')} rows in one call`, 'It may give rows without end.');
  }

  /** Timers begin to fire, with so many set. */
  beginTimers(set: number): void {
    this.#timers = set;
    this.#fired = 0;
  }

  /** A timer is about to fire. @throws TidemillError `udf-fuel`. */
  fires(): void {
    this.#fired++;
    const most = this.#limits.timerChainMax * Math.max(this.#timers, 1);
    if (this.#fired <= most || !guarded('timer-chain')) return;
    throw this.#endless(
      `fired ${most.toLocaleString('en')} timers at one watermark, of which ${this.#timers.toLocaleString('en')} had been set before`,
      'Its timers set others that are due at once. At the end of the input all are due: set one only while there is something to wait for.',
    );
  }

  #endless(what: string, hint: string): TidemillError {
    return new TidemillError('udf-fuel', `'${this.#name}' ${what}`, { hint });
  }
}
