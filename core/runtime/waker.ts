/** States of a host's word: at work, or asleep and to be notified. */
const awake = 0;
const asleep = 1;

/**
 * The word a host sleeps on, in shared memory. Whoever changes something a host may be waiting for changes it first and then calls
 * {@link wake}; the host announces its sleep, looks at everything once more, and only then waits: so no wake is lost.
 */
export class Waker {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #index: number;

  constructor(words: Int32Array<SharedArrayBuffer>, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** Cheap while the host is awake: one atomic read. */
  wake(): void {
    if (Atomics.load(this.#words, this.#index) === awake) return;
    if (Atomics.exchange(this.#words, this.#index, awake) === asleep) Atomics.notify(this.#words, this.#index);
  }

  announceSleep(): void {
    Atomics.store(this.#words, this.#index, asleep);
  }

  stayAwake(): void {
    Atomics.store(this.#words, this.#index, awake);
  }

  /** Blocks the thread until woken, at most so long. */
  sleep(timeoutMs: number): void {
    Atomics.wait(this.#words, this.#index, asleep, timeoutMs);
    this.stayAwake();
  }

  /** The same without blocking; undefined when it has been woken already. */
  sleepAsync(timeoutMs: number): Promise<unknown> | undefined {
    const waiting = Atomics.waitAsync(this.#words, this.#index, asleep, timeoutMs);
    return waiting.async ? waiting.value : undefined;
  }
}
