import type { Batch } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import { type BufferReader, ProducerMemory, type SealedBuffer } from './buffer-reader.ts';
import type { Ring } from './ring.ts';
import type { InputEvent, TaskInput } from './task-input.ts';

export interface ExchangeInputOptions {
  readonly port: number;
  readonly ring: Ring;
  /** One for all channels of a port. */
  readonly reader: BufferReader;
  readonly consumerMemory: WebAssembly.Memory;
  readonly producerMemory: WebAssembly.Memory;
  readonly wakeProducer: () => void;
  /** Rows of a batch put together from several messages. */
  readonly rowsMax: number;
}

/** The consuming end of a channel: pulls batches into the task's arena with one copy and frees their slots at once. */
export class ExchangeInput implements TaskInput {
  readonly kind = 'channel';
  readonly polls = false;
  readonly port: number;
  /** Rows delivered so far, or a little less than its peers' where it has been silent. */
  rowsTaken = 0;
  readonly #ring: Ring;
  readonly #reader: BufferReader;
  readonly #producer: ProducerMemory;
  readonly #wakeProducer: () => void;
  readonly #rowsMax: number;
  /** Followed the last batch and is still to be handed out; NaN: none. */
  #watermarkMs = Number.NaN;
  #closed = false;

  constructor(options: ExchangeInputOptions) {
    this.port = options.port;
    this.#ring = options.ring;
    this.#reader = options.reader;
    this.#producer = new ProducerMemory(options.consumerMemory, options.producerMemory);
    this.#wakeProducer = options.wakeProducer;
    this.#rowsMax = options.rowsMax;
  }

  take(_rowsMax: number, peers: readonly TaskInput[] = []): InputEvent | undefined {
    if (!Number.isNaN(this.#watermarkMs)) {
      const signal: InputEvent = { kind: 'watermark', watermarkMs: this.#watermarkMs };
      this.#watermarkMs = Number.NaN;
      return signal;
    }
    const message = this.#ring.peek();
    if (message === undefined) return undefined;
    if (message.kind === 'batch') {
      const others = peers.filter(peer => peer instanceof ExchangeInput);
      return { kind: 'batch', batch: takeTogether([this, ...others], this.#rowsMax) };
    }
    this.#free();
    return message;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ring.close();
    this.#wakeProducer();
  }

  /** The batch so many messages ahead, unless a signal comes before it. */
  batchAhead(ahead: number): { readonly buffer: SealedBuffer; readonly rows: number } | undefined {
    const message = this.#ring.peek(ahead);
    return message?.kind === 'batch'
      ? { buffer: { producer: this.#producer, address: message.address }, rows: message.rows }
      : undefined;
  }

  /** Frees the slots of that many batches. */
  taken(messages: number): void {
    for (let index = 0; index < messages; index++) {
      const message = this.#ring.peek();
      // a later watermark stands for the ones before it: rows behind one carry their own
      if (message?.kind === 'batch' && !Number.isNaN(message.watermarkMs)) this.#watermarkMs = message.watermarkMs;
      this.#ring.free();
    }
    if (messages > 0) this.#wakeProducer();
  }

  read(buffers: readonly SealedBuffer[]): Batch {
    return this.#reader.read(buffers);
  }

  get combines(): boolean {
    return this.#reader.combines;
  }

  #free(): void {
    this.#ring.free();
    this.#wakeProducer();
  }
}

/**
 * What the channels of one port have ready, up to so many rows, as one batch; the first has some. The channel that has delivered least comes
 * first, so that rows of one time come together: a key then changes once and not once for every producer. Signals stay where they are, and
 * nothing that comes after one is taken.
 */
export function takeTogether(inputs: readonly ExchangeInput[], rowsMax: number): Batch {
  const most = inputs.reduce((rows, input) => Math.max(rows, input.rowsTaken), 0);
  const candidates = inputs.map(input => {
    // one that was silent for long must not keep the others waiting as long
    input.rowsTaken = Math.max(input.rowsTaken, most - limits.channelRowsBehindMax);
    return { input, messages: 0, next: input.batchAhead(0) };
  });
  const buffers: SealedBuffer[] = [];
  const combines = inputs[0]!.combines;
  for (let rows = 0; ; ) {
    let least: (typeof candidates)[number] | undefined;
    for (const candidate of candidates) {
      if (candidate.next === undefined) continue;
      if (least === undefined || candidate.input.rowsTaken < least.input.rowsTaken) least = candidate;
    }
    if (least?.next === undefined) break;
    rows += least.next.rows;
    if (buffers.length > 0 && (!combines || rows > rowsMax)) break;
    buffers.push(least.next.buffer);
    least.input.rowsTaken += least.next.rows;
    least.next = least.input.batchAhead(++least.messages);
  }
  const batch = inputs[0]!.read(buffers);
  for (const { input, messages } of candidates) input.taken(messages);
  return batch;
}
