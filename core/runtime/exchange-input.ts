import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { childTypes, type Schema, type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import type { Kernels } from '../kernels/index.ts';
import { copyBetween } from '../wasm/copy-module.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { bufferHeader } from './gather-buffer.ts';
import type { Ring } from './ring.ts';
import type { InputEvent, TaskInput } from './task-input.ts';

export interface ExchangeInputOptions {
  readonly port: number;
  readonly ring: Ring;
  readonly schema: Schema;
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
  readonly producerMemory: WebAssembly.Memory;
  readonly wakeProducer: () => void;
}

/** The consuming end of a channel: pulls each batch into the task's arena with one copy and frees its slot at once. */
export function exchangeInput(options: ExchangeInputOptions): TaskInput {
  const { ring, wakeProducer } = options;
  const reader = new BufferReader(options);
  let watermarkMs = Number.NaN;
  let closed = false;
  return {
    kind: 'channel',
    port: options.port,
    polls: false,
    take(): InputEvent | undefined {
      if (!Number.isNaN(watermarkMs)) {
        const signal: InputEvent = { kind: 'watermark', watermarkMs };
        watermarkMs = Number.NaN;
        return signal;
      }
      const message = ring.peek();
      if (message === undefined) return undefined;
      const event: InputEvent = message.kind === 'batch' ? { kind: 'batch', batch: reader.read(message.address) } : message;
      if (message.kind === 'batch') watermarkMs = message.watermarkMs;
      ring.free();
      wakeProducer();
      return event;
    },
    close() {
      if (closed) return;
      closed = true;
      ring.close();
      wakeProducer();
    },
  };
}

/** Reads sealed gather buffers out of another task's memory; places in them are relative to their start. */
class BufferReader {
  readonly #schema: Schema;
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #producer: WebAssembly.Memory;
  readonly #copy: (to: number, from: number, bytes: number) => void;
  #words: Uint32Array<ArrayBufferLike>;

  constructor(options: ExchangeInputOptions) {
    this.#schema = options.schema;
    this.#memory = options.memory;
    this.#kernels = options.kernels;
    this.#producer = options.producerMemory;
    this.#copy = copyBetween(options.memory.memory, options.producerMemory);
    this.#words = new Uint32Array(options.producerMemory.buffer);
  }

  read(address: number): Batch {
    // the producer may have grown its memory since
    if (this.#words.byteLength < this.#producer.buffer.byteLength) this.#words = new Uint32Array(this.#producer.buffer);
    const words = this.#words;
    const header = address >> 2;
    const rows = words[header + bufferHeader.rows]!;
    const weights = words[header + bufferHeader.weights]!;
    const watermarks = words[header + bufferHeader.watermarks]!;
    const heapBytes = words[header + bufferHeader.heapBytes]!;
    const heapOffset = words[header + bufferHeader.heap]!;
    const heap = heapBytes === 0 ? 0 : this.#pull(address + heapOffset, heapBytes);
    let next = header + bufferHeader.columns;
    const columnOf = (type: SqlType, count: number): Column => {
      const validity = words[next]!;
      const data = words[next + 1]!;
      next += 2;
      const storage = storageOf(type);
      const isList = storage === 'list';
      const place = storage === 'struct' ? 0 : this.#pull(address + data, storageBytes(storage) * (count + (isList ? 1 : 0)));
      if (storage === 'view' && heapBytes > 0) this.#kernels.rebase_views(count, place, heap);
      const bits = validity === 0 ? 0 : this.#pull(address + validity, ((count + 63) >> 6) * 8);
      const children = childTypes(type);
      if (children.length === 0) return { type, validity: bits, data: place };
      const childCount = isList ? this.#memory.u32[(place >> 2) + count]! : count;
      return { type, validity: bits, data: place, children: children.map(child => columnOf(child, childCount)) };
    };
    const columns = this.#schema.map(field => columnOf(field.type, rows));
    return batchOf(
      rows,
      columns,
      weights === 0 ? 0 : this.#pull(address + weights, rows),
      watermarks === 0 ? 0 : this.#pull(address + watermarks, 8 * rows),
    );
  }

  #pull(from: number, bytes: number): number {
    const to = this.#memory.arena.allocate(bytes);
    this.#copy(to, from >>> 0, bytes);
    return to;
  }
}
