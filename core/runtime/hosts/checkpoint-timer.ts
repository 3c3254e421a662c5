import { TidemillError } from '../../common/errors.ts';
import type { CheckpointOutcome } from '../checkpoint-coordinator.ts';

export interface CheckpointSchedule {
  /** From the begin of one to the begin of the next. */
  readonly intervalMs: number;
  /** Least time between the end of one and the begin of the next; default 0. */
  readonly minPauseMs?: number | undefined;
  /** One that takes longer is given up; default: never. */
  readonly timeoutMs?: number | undefined;
}

/** The part of a job that is asked for checkpoints. */
export interface CheckpointedJob {
  checkpoint(): Promise<CheckpointOutcome>;
  expireCheckpoint(error: TidemillError): void;
}

/** Asks for checkpoints at an interval, as Flink does; never for two at a time. */
export class CheckpointTimer {
  readonly #schedule: CheckpointSchedule;
  readonly #job: CheckpointedJob;
  readonly #nowMs: () => number;
  readonly #told: ((outcome: CheckpointOutcome) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** `told` hears what came of each. */
  constructor(
    schedule: CheckpointSchedule,
    job: CheckpointedJob,
    nowMs: () => number,
    told?: (outcome: CheckpointOutcome) => void,
  ) {
    this.#schedule = schedule;
    this.#job = job;
    this.#nowMs = nowMs;
    this.#told = told;
    this.#after(schedule.intervalMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #after(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#ask(), delayMs);
    // a job that has ended does not wait for it
    this.#timer.unref();
  }

  async #ask(): Promise<void> {
    const { intervalMs, minPauseMs = 0, timeoutMs } = this.#schedule;
    const startMs = this.#nowMs();
    const deadline =
      timeoutMs === undefined ? undefined : setTimeout(() => this.#job.expireCheckpoint(tookTooLong(timeoutMs)), timeoutMs);
    deadline?.unref();
    const outcome = await this.#job.checkpoint();
    clearTimeout(deadline);
    this.#told?.(outcome);
    const endMs = this.#nowMs();
    this.#after(Math.max(startMs + intervalMs - endMs, minPauseMs, 0));
  }
}

const tookTooLong = (timeoutMs: number): TidemillError =>
  new TidemillError('checkpoint-timeout', `a checkpoint was not made within ${timeoutMs / 1000} s`, {
    domain: 'external',
    hint: "a longer 'execution.checkpointing.timeout', or fewer rows on their way: a barrier waits behind them",
  });
