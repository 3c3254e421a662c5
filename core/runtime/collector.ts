import type { Collector, ResultBatch } from './services.ts';

/**
 * Hands results from a collecting task to the caller without a copy: the task's chain stands still until the caller asks for the next
 * batch, which is the back-pressure.
 */
export class ResultStream implements Collector, AsyncIterableIterator<ResultBatch, undefined> {
  #state: 'empty' | 'full' | 'reading' | 'read' = 'empty';
  #batch: ResultBatch | undefined;
  #ended = false;
  #error: unknown;
  #waiting: (() => void) | undefined;
  readonly #wake: () => void;
  readonly #left: () => void;

  /** `wake`: the collecting task may go on; `left`: the caller broke out of its loop. */
  constructor(wake: () => void, left: () => void) {
    this.#wake = wake;
    this.#left = left;
  }

  offer(batch: ResultBatch): boolean {
    if (this.#ended) return true;
    if (this.#state === 'read') {
      this.#state = 'empty';
      return true;
    }
    if (this.#state === 'empty') {
      this.#batch = batch;
      this.#state = 'full';
      this.#notify();
    }
    return false;
  }

  /** No more batches; with an error, the caller's loop throws it. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#notify();
  }

  async next(): Promise<IteratorResult<ResultBatch, undefined>> {
    if (this.#state === 'reading') {
      this.#state = 'read';
      this.#batch = undefined;
      this.#wake();
    }
    while (this.#state !== 'full') {
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return { done: true, value: undefined };
      }
      await new Promise<void>(resolve => {
        this.#waiting = resolve;
      });
    }
    if (this.#error !== undefined) throw this.#error;
    this.#state = 'reading';
    return { done: false, value: this.#batch! };
  }

  async return(): Promise<IteratorResult<ResultBatch, undefined>> {
    this.end();
    this.#left();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
