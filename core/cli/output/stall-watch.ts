import { limits } from '../../common/limits.ts';
import type { RunningJob } from '../../session/contract.ts';
import type { ProgressKind } from './progress.ts';

/**
 * Says why an endless job is silent: once nothing has come out of it for {@link limits.silentMs}, again when the reason is another, and at
 * growing intervals while it stays the same.
 */
export class StallWatch {
  readonly #job: () => RunningJob | undefined;
  readonly #say: (text: string) => unknown;
  readonly #timer: NodeJS.Timeout | undefined;
  #rows = 0;
  #asking = false;
  #last = '';
  #ticksToSkip = 0;
  #repeats = 0;

  constructor(kind: ProgressKind, job: () => RunningJob | undefined, say: (text: string) => unknown) {
    this.#job = job;
    this.#say = say;
    if (kind === 'none') return;
    this.#timer = setInterval(() => void this.#tick(), limits.silentMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    const job = this.#job();
    if (job === undefined || job.bounded || this.#asking) return;
    const { rowsWritten } = job.progress();
    if (rowsWritten !== this.#rows) {
      this.#rows = rowsWritten;
      this.#last = '';
      return;
    }
    this.#asking = true;
    try {
      const { held, reason } = await job.explainStall();
      // times and counts change all the while; what they are of is the reason
      const kind = reason.replaceAll(/\d+/g, '#');
      if (kind !== this.#last) this.#repeats = this.#ticksToSkip = 0;
      else if (this.#ticksToSkip-- > 0) return;
      this.#last = kind;
      this.#ticksToSkip = 2 ** ++this.#repeats;
      if (held) await this.#say(`no output: ${reason} (tidemill why '${job.name}')`);
    } finally {
      this.#asking = false;
    }
  }
}
