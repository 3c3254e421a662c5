import type { Batch } from '../columnar/batch.ts';
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

  /** The batches that come next, up to so many rows but at least one; their slots are freed by {@link taken}. */
  collect(rowsMax: number, into: SealedBuffer[], messages: number): void {
    let rows = 0;
    for (let ahead = 0; ahead < messages; ahead++) {
      const message = this.#ring.peek(ahead);
      if (message?.kind !== 'batch' || (ahead > 0 && rows + message.rows > rowsMax)) break;
      into.push({ producer: this.#producer, address: message.address });
      rows += message.rows;
    }
  }

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
 * What the channels of one port have ready, up to so many rows, as one batch; the first has some. All get an equal share, so that rows of
 * one time come together. Signals stay where they are: nothing that comes after one is taken.
 */
export function takeTogether(inputs: readonly ExchangeInput[], rowsMax: number): Batch {
  const buffers: SealedBuffer[] = [];
  const first = inputs[0]!;
  const most = first.combines ? Number.POSITIVE_INFINITY : 1;
  const share = rowsMax / inputs.length;
  const counts = inputs.map(input => {
    const before = buffers.length;
    if (before < most) input.collect(share, buffers, most);
    return buffers.length - before;
  });
  const batch = first.read(buffers);
  for (const [index, input] of inputs.entries()) input.taken(counts[index]!);
  return batch;
}
