/** Asks for a checkpoint so long after the one before stood; never for two at a time. */
export class CheckpointTimer {
  readonly #intervalMs: number;
  readonly #checkpoint: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(intervalMs: number, checkpoint: () => Promise<void>) {
    this.#intervalMs = intervalMs;
    this.#checkpoint = checkpoint;
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#checkpoint().finally(() => this.#schedule()), this.#intervalMs);
    // a job that has ended does not wait for it
    this.#timer.unref();
  }
}
