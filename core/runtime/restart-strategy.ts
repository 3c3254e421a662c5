import type { Random } from '../common/environment.ts';

/** What becomes of a job that fails. Source: Flink docs, "Task Failure Recovery". */
export type RestartStrategy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed-delay'; readonly attempts: number; readonly delayMs: number }
  /** The job fails for good when more than `failuresMax` failures come within `intervalMs`. */
  | { readonly kind: 'failure-rate'; readonly delayMs: number; readonly intervalMs: number; readonly failuresMax: number }
  | {
      readonly kind: 'exponential-delay';
      readonly initialMs: number;
      readonly maxMs: number;
      readonly multiplier: number;
      /** Without a failure for so long the pause starts over. */
      readonly resetMs: number;
      /** Share of the pause that is at random. */
      readonly jitter: number;
      readonly attempts: number;
    };

/**
 * Counts a job's failures and says how long to wait before each restart.
 *
 * @example
 * const restarts = new RestartBackoff({ kind: 'fixed-delay', attempts: 2, delayMs: 1000 }, random);
 * restarts.failed(nowMs); // { delayMs: 1000 }, the third time { reason: 'it has been restarted 2 times' }
 */
export class RestartBackoff {
  readonly #strategy: RestartStrategy;
  readonly #random: Random;
  #attempts = 0;
  #delayMs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #failuresMs: number[] = [];

  constructor(strategy: RestartStrategy, random: Random) {
    this.#strategy = strategy;
    this.#random = random;
  }

  /** A failure now: the pause before the restart, or why there is none. */
  failed(nowMs: number): { readonly delayMs: number } | { readonly reason: string } {
    const strategy = this.#strategy;
    switch (strategy.kind) {
      case 'none':
        return { reason: "'restart-strategy.type' is none" };
      case 'fixed-delay':
        if (this.#attempts >= strategy.attempts) return { reason: restarted(this.#attempts) };
        this.#attempts++;
        return { delayMs: strategy.delayMs };
      case 'failure-rate': {
        this.#failuresMs = [...this.#failuresMs.filter(time => time > nowMs - strategy.intervalMs), nowMs];
        const failures = this.#failuresMs.length;
        if (failures > strategy.failuresMax)
          return { reason: `it has failed ${failures} times in ${strategy.intervalMs / 1000} s` };
        return { delayMs: strategy.delayMs };
      }
      case 'exponential-delay': {
        const since = nowMs - this.#lastMs;
        if (since >= strategy.resetMs + this.#delayMs) {
          this.#attempts = 0;
          this.#delayMs = strategy.initialMs;
        } else this.#delayMs = Math.min(this.#delayMs * strategy.multiplier, strategy.maxMs);
        this.#lastMs = nowMs;
        if (this.#attempts >= strategy.attempts) return { reason: restarted(this.#attempts) };
        this.#attempts++;
        const share = (this.#random.next32() / 2 ** 31 - 1) * strategy.jitter;
        return { delayMs: Math.min(Math.max(this.#delayMs * (1 + share), 0), strategy.maxMs) };
      }
    }
  }
}

const restarted = (times: number): string => `it has been restarted ${times} ${times === 1 ? 'time' : 'times'}`;
