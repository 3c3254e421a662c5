import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { Signal } from '../operators/contract.ts';

/** Words (32 bits) of a ring: head, tail and the closed flag on cache lines of their own, then the slots. */
const headWord = 0;
const tailWord = 16;
const closedWord = 32;
const slotsWord = 48;
const slotWords = 8;
/** A power of two, so that the counters may wrap. */
const slots = 32;
export const ringWords = slotsWord + slots * slotWords;

const kinds = { batch: 1, watermark: 2, barrier: 3, idle: 4, active: 5, end: 6 } as const;

/** One message of a channel: a packed batch in the producer's memory, with the watermark that follows it, or a signal. */
export type RingMessage =
  | {
      readonly kind: 'batch';
      readonly address: number;
      readonly bytes: number;
      readonly rows: number;
      readonly watermarkMs: number;
    }
  | Signal;

/**
 * A ring of descriptors in shared memory, for one producer and one consumer, on any threads. Head and tail are the credits: at most
 * {@link limits.channelSlots} batches are under way, and a few slots more are kept for signals.
 */
export class Ring {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #doubles: Float64Array<SharedArrayBuffer>;
  readonly #base: number;

  /** `base`: index of the ring's first word, even. */
  constructor(words: Int32Array<SharedArrayBuffer>, base: number) {
    this.#words = words;
    this.#doubles = new Float64Array(words.buffer);
    this.#base = base;
    if (base % 2 !== 0) throw internalError('a ring must start at an even word');
  }

  /** Number of messages ever written, modulo 2³². */
  head(): number {
    return Atomics.load(this.#words, this.#base + headWord);
  }
  /** Number of messages ever freed, modulo 2³²; what lies before it may be overwritten. */
  tail(): number {
    return Atomics.load(this.#words, this.#base + tailWord);
  }
  used(): number {
    return (this.head() - this.tail()) | 0;
  }

  hasRoom(kind: 'batch' | 'signal'): boolean {
    return this.used() < limits.channelSlots + (kind === 'signal' ? limits.channelSignalSlots : 0);
  }

  /** The caller has asked {@link hasRoom}. Wake the consumer afterwards. */
  write(message: RingMessage): void {
    const head = this.head();
    const slot = this.#slot(head);
    const words = this.#words;
    switch (message.kind) {
      case 'batch':
        words[slot] = kinds.batch;
        words[slot + 1] = message.address;
        words[slot + 2] = message.bytes;
        words[slot + 3] = message.rows;
        this.#doubles[(slot + 4) >> 1] = message.watermarkMs;
        break;
      case 'watermark':
        words[slot] = kinds.watermark;
        this.#doubles[(slot + 4) >> 1] = message.watermarkMs;
        break;
      case 'barrier':
        words[slot] = kinds.barrier;
        this.#doubles[(slot + 4) >> 1] = message.barrier.checkpointId;
        break;
      case 'idle':
        words[slot] = message.idle ? kinds.idle : kinds.active;
        break;
      case 'end':
        words[slot] = kinds.end;
    }
    Atomics.store(words, this.#base + headWord, (head + 1) | 0);
  }

  /** The oldest message not yet freed, or the one so many after it. */
  peek(ahead = 0): RingMessage | undefined {
    if (this.used() <= ahead) return undefined;
    const tail = (this.tail() + ahead) | 0;
    const slot = this.#slot(tail);
    const words = this.#words;
    switch (words[slot]) {
      case kinds.batch:
        return {
          kind: 'batch',
          address: words[slot + 1]! >>> 0,
          bytes: words[slot + 2]! >>> 0,
          rows: words[slot + 3]!,
          watermarkMs: this.#doubles[(slot + 4) >> 1]!,
        };
      case kinds.watermark:
        return { kind: 'watermark', watermarkMs: this.#doubles[(slot + 4) >> 1]! };
      case kinds.barrier:
        return { kind: 'barrier', barrier: { checkpointId: this.#doubles[(slot + 4) >> 1]! } };
      case kinds.idle:
        return { kind: 'idle', idle: true };
      case kinds.active:
        return { kind: 'idle', idle: false };
      case kinds.end:
        return { kind: 'end' };
      default:
        throw internalError(`a channel holds a message of unknown kind ${words[slot]}`);
    }
  }

  /** Gives the oldest slot and its buffer back to the producer. Wake it afterwards. */
  free(): void {
    Atomics.store(this.#words, this.#base + tailWord, (this.tail() + 1) | 0);
  }

  /** The consumer wants no more. */
  close(): void {
    Atomics.store(this.#words, this.#base + closedWord, 1);
  }
  get closed(): boolean {
    return Atomics.load(this.#words, this.#base + closedWord) === 1;
  }

  #slot(count: number): number {
    return this.#base + slotsWord + (count & (slots - 1)) * slotWords;
  }
}
