import { borrowBuffer } from './answer-buffers.ts';

const lengthBytes = 4;
const scratchBytes = 1 << 14;

/**
 * Cuts what a broker sends into its answers. A long one is read by the socket straight into the buffer it is handed over in: nothing is gathered and
 * put together, and buffers that were given back are used again.
 *
 * @example
 * connect({ port, onread: { buffer: () => answers.room(), callback: count => (answers.received(count), true) } });
 */
export class AnswerReader {
  readonly #deliver: (answer: Buffer) => void;
  readonly #arriving: ((part: Buffer) => void) | undefined;
  /** Where bytes go while no long answer is under way. */
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  #scratchUsed = 0;
  #answer: Buffer | undefined;
  #answerBytes = 0;
  #answerUsed = 0;

  /** `deliver` is given an answer without its length; `arriving`, each time there is more of one, what is there so far. */
  constructor(deliver: (answer: Buffer) => void, arriving?: (part: Buffer) => void) {
    this.#deliver = deliver;
    this.#arriving = arriving;
  }

  /** Where the next bytes are to be put. */
  room(): Buffer {
    if (this.#answer !== undefined) return this.#answer.subarray(this.#answerUsed, this.#answerBytes);
    return this.#scratch.subarray(this.#scratchUsed);
  }

  /** So many bytes were put into the {@link room}. */
  received(count: number): void {
    if (this.#answer !== undefined) {
      this.#answerUsed += count;
      if (this.#answerUsed === this.#answerBytes) this.#done();
      else this.#arriving?.(this.#answer.subarray(0, this.#answerUsed));
      return;
    }
    const end = this.#scratchUsed + count;
    let at = 0;
    while (end - at >= lengthBytes) {
      const bytes = Math.max(this.#scratch.readInt32BE(at), 0);
      at += lengthBytes;
      const there = Math.min(bytes, end - at);
      this.#answer = borrowBuffer(bytes);
      this.#answerBytes = bytes;
      this.#answerUsed = there;
      this.#scratch.copy(this.#answer, 0, at, at + there);
      at += there;
      if (there === bytes) this.#done();
      else break;
    }
    this.#scratch.copyWithin(0, at, end);
    this.#scratchUsed = end - at;
  }

  #done(): void {
    const answer = this.#answer!.subarray(0, this.#answerBytes);
    this.#answer = undefined;
    this.#deliver(answer);
  }
}
