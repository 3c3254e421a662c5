import { note } from '../io.ts';

/** Ctrl-C and SIGTERM: the first ends jobs in order and the exit code stays 0; the second ends the process at once with 130. */
export class Interruption {
  requested = false;
  readonly #actions: (() => unknown)[] = [];
  #settle: () => void = () => undefined;
  readonly #asked = new Promise<void>(settle => {
    this.#settle = settle;
  });
  readonly #listener = (): void => {
    if (this.requested) process.exit(130);
    this.requested = true;
    note('stopping: sinks are being closed (again: at once)');
    void Promise.all(this.#actions.map(async action => action())).finally(() => this.#settle());
  };

  constructor() {
    process.on('SIGINT', this.#listener);
    process.on('SIGTERM', this.#listener);
  }

  onRequest(action: () => unknown): void {
    this.#actions.push(action);
  }

  /** The promise, or the end of an orderly stop, whichever comes first. */
  async waitFor(promise: Promise<unknown>): Promise<void> {
    await Promise.race([promise, this.#asked]);
  }

  /** Asks for the stop itself. */
  request(): void {
    if (!this.requested) this.#listener();
  }

  close(): void {
    process.off('SIGINT', this.#listener);
    process.off('SIGTERM', this.#listener);
  }
}
