import type { Clock } from '../../common/environment.ts';
import { internalError, TidemillError } from '../../common/errors.ts';
import type { CheckpointOutcome } from '../checkpoint-coordinator.ts';
import type { Job, StopOptions } from '../job.ts';
import type { JobMetrics } from '../metrics.ts';
import type { RestartBackoff } from '../restart-strategy.ts';
import type { TaskFailure } from '../task.ts';
import type { JobState } from '../task-state.ts';
import type { UserFunctionEntry } from '../user-functions.ts';

export interface RestartWiring {
  /** Starts the job anew, from its last checkpoint; with other functions from now on, when some are given. */
  readonly start: (functions?: readonly UserFunctionEntry[]) => Promise<Job>;
  readonly backoff: RestartBackoff;
  /** Why a failure is one that no restart mends; undefined: it may be restarted. */
  readonly isFinal: (error: TidemillError) => string | undefined;
  readonly clock: Clock;
  /** Told of every failure, and of what comes of it. */
  readonly notice: (text: string) => void;
  /** Told of every job that runs, the first one included. */
  readonly started?: ((job: Job) => void) | undefined;
}

/**
 * A job that starts again when it fails: what callers hold stays the same while jobs come and go beneath. For jobs that write to tables and make
 * checkpoints: what was prepared before a failure is settled by the start after it, so that rows are neither lost nor doubled.
 * Source: Flink docs, "Task Failure Recovery".
 */
export class RestartingJob implements Job {
  readonly done: Promise<void>;
  readonly results = undefined;
  readonly #wiring: RestartWiring;
  #job: Job;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  #failure: TaskFailure | undefined;
  /** Somebody ends the job: no more restarts. */
  #ending = false;
  /** The job beneath ends in order to go on with other functions. */
  #replacing = false;
  #wakeUp: (() => void) | undefined;
  #restarts = 0;

  constructor(first: Job, wiring: RestartWiring) {
    this.#wiring = wiring;
    this.#job = first;
    this.done = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.done.catch(() => undefined);
    this.#watch(first);
  }

  get failure(): TaskFailure | undefined {
    return this.#failure;
  }

  /** How often it has been started again. */
  get restarts(): number {
    return this.#restarts;
  }

  async stop(options?: StopOptions): Promise<void> {
    if (this.#wakeUp !== undefined && options?.savepoint === undefined) return this.cancel();
    this.#ending = true;
    try {
      await this.#job.stop(options);
    } catch (error) {
      // a savepoint that could not be made ends nothing by itself
      if (options?.savepoint !== undefined) this.#ending = false;
      throw error;
    }
    await this.done;
  }

  async suspend(): Promise<void> {
    this.#end();
    await this.#job.suspend();
  }

  async replaceFunctions(functions: readonly UserFunctionEntry[]): Promise<void> {
    if (this.#ending || this.#replacing || this.#wakeUp !== undefined)
      throw new TidemillError('no-savepoint', 'the job is not running: it ends, or starts again');
    const before = this.#job;
    this.#replacing = true;
    try {
      await before.suspend();
      await before.done;
    } catch (error) {
      // it failed on the way, and is restarted as it was
      this.#replacing = false;
      if (this.#job === before) void this.#failed(error);
      throw error;
    }
    try {
      const next = await this.#wiring.start(functions);
      this.#replacing = false;
      this.#watch(next);
      if (this.#ending) await next.cancel();
    } catch (error) {
      this.#replacing = false;
      void this.#failed(error);
      throw error;
    }
  }

  async cancel(): Promise<void> {
    this.#end();
    await this.#job.cancel();
  }

  barrier(): Promise<void> {
    return this.#job.barrier();
  }
  checkpoint(): Promise<CheckpointOutcome> {
    return this.#job.checkpoint();
  }
  savepoint(directory: string): Promise<void> {
    return this.#job.savepoint(directory);
  }
  expireCheckpoint(error: TidemillError): void {
    this.#job.expireCheckpoint(error);
  }
  metrics(): JobMetrics {
    return this.#job.metrics();
  }
  describe(timeoutMs: number): Promise<JobState> {
    return this.#job.describe(timeoutMs);
  }

  #end(): void {
    this.#ending = true;
    this.#wakeUp?.();
  }

  #watch(job: Job): void {
    this.#job = job;
    this.#wiring.started?.(job);
    job.done.then(
      () => {
        if (!this.#replacing) this.#resolve();
      },
      (error: unknown) => {
        if (!this.#replacing) void this.#failed(error);
      },
    );
  }

  async #failed(error: unknown): Promise<void> {
    const { backoff, isFinal, clock, notice, start } = this.#wiring;
    this.#failure = this.#job.failure;
    let known = asKnown(error);
    while (!this.#ending) {
      const final = isFinal(known);
      const next = final === undefined ? backoff.failed(clock.monotonicMs()) : { reason: final };
      if ('reason' in next) {
        if (this.#restarts > 0 || final === undefined) notice(`the job is not restarted: ${next.reason}`);
        break;
      }
      notice(`the job failed (${known.code}: ${known.message}); it goes on from its last checkpoint in ${seconds(next.delayMs)}`);
      await this.#sleep(next.delayMs);
      if (this.#ending) break;
      try {
        const job = await start();
        this.#restarts++;
        this.#watch(job);
        if (this.#ending) await job.cancel();
        return;
      } catch (thrown) {
        known = asKnown(thrown);
      }
    }
    this.#reject(known);
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise(resolve => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#wakeUp = undefined;
        resolve();
      };
      const timer = setTimeout(settle, delayMs);
      this.#wakeUp = settle;
    });
  }
}

const asKnown = (error: unknown): TidemillError =>
  error instanceof TidemillError ? error : internalError('a job failed', error);

const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`);
