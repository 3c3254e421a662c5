import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { childTypes, type Schema, type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import type { Kernels } from '../kernels/index.ts';
import { copyBetween } from '../wasm/copy-module.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { bufferHeader } from './gather-buffer.ts';

type Copy = (to: number, from: number, bytes: number) => void;

/** Another task's memory as seen by a consumer. */
export class ProducerMemory {
  readonly copy: Copy;
  readonly #memory: WebAssembly.Memory;
  #words: Uint32Array<ArrayBufferLike>;

  constructor(consumer: WebAssembly.Memory, producer: WebAssembly.Memory) {
    this.copy = copyBetween(consumer, producer);
    this.#memory = producer;
    this.#words = new Uint32Array(producer.buffer);
  }

  get words(): Uint32Array<ArrayBufferLike> {
    // the producer may have grown its memory since
    if (this.#words.byteLength < this.#memory.buffer.byteLength) this.#words = new Uint32Array(this.#memory.buffer);
    return this.#words;
  }
}

/** A sealed gather buffer in a producer's memory. */
export interface SealedBuffer {
  readonly producer: ProducerMemory;
  readonly address: number;
}

interface Part {
  readonly words: Uint32Array<ArrayBufferLike>;
  readonly copy: Copy;
  readonly address: number;
  readonly rows: number;
  /** Row of the whole batch at which this part begins. */
  readonly first: number;
  /** Where its long strings lie in the consumer's arena. */
  readonly heap: number;
  readonly hasHeap: boolean;
  /** Header word of the column read next. */
  next: number;
}

/**
 * Pulls sealed buffers into the consumer's arena with one copy, several of them as one batch: an operator then does its work for each once.
 * Buffers with lists are read one at a time, because their offsets would have to be moved.
 */
export class BufferReader {
  readonly #schema: Schema;
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  /** More than one buffer may be read as one batch. */
  readonly combines: boolean;

  constructor(schema: Schema, memory: TaskMemory, kernels: Kernels) {
    this.#schema = schema;
    this.#memory = memory;
    this.#kernels = kernels;
    this.combines = !schema.some(field => holdsList(field.type));
  }

  read(buffers: readonly SealedBuffer[]): Batch {
    let rows = 0;
    const parts = buffers.map(({ producer, address }): Part => {
      const { words, copy } = producer;
      const header = address >>> 2;
      const first = rows;
      rows += words[header + bufferHeader.rows]!;
      const heapBytes = words[header + bufferHeader.heapBytes]!;
      const heap = heapBytes === 0 ? 0 : this.#memory.arena.allocate(heapBytes);
      if (heapBytes > 0) copy(heap, address + words[header + bufferHeader.heap]!, heapBytes);
      const next = header + bufferHeader.columns;
      return { words, copy, address, rows: rows - first, first, heap, hasHeap: heapBytes > 0, next };
    });
    const columns = this.#schema.map(field => this.#column(parts, field.type, rows));
    return batchOf(rows, columns, this.#weights(parts, rows), this.#watermarks(parts, rows));
  }

  #column(parts: readonly Part[], type: SqlType, rows: number): Column {
    const storage = storageOf(type);
    const width = storageBytes(storage);
    const isList = storage === 'list';
    const data = width === 0 ? 0 : this.#memory.arena.allocate(width * (rows + (isList ? 1 : 0)));
    const validity = this.#validity(parts, rows);
    for (const part of parts) {
      const from = part.words[part.next + 1]!;
      part.next += 2;
      if (width === 0) continue;
      // below a list a part has as many rows as the lists have elements
      const count = parts.length === 1 ? rows : part.rows;
      const to = data + width * part.first;
      part.copy(to, part.address + from, width * (count + (isList ? 1 : 0)));
      if (storage === 'view' && part.hasHeap) this.#kernels.rebase_views(count, to, part.heap);
    }
    const children = childTypes(type);
    if (children.length === 0) return { type, validity, data };
    const childRows = isList ? this.#memory.u32[(data >>> 2) + rows]! : rows;
    return { type, validity, data, children: children.map(child => this.#column(parts, child, childRows)) };
  }

  /** 0 when no part has NULLs. */
  #validity(parts: readonly Part[], rows: number): number {
    if (parts.every(part => part.words[part.next] === 0)) return 0;
    const { arena } = this.#memory;
    const bits = arena.allocate(bitmapBytes(rows));
    for (const part of parts) {
      const from = part.words[part.next]!;
      if (parts.length === 1) {
        part.copy(bits, part.address + from, bitmapBytes(rows));
        continue;
      }
      let own = 0;
      if (from !== 0) {
        own = arena.allocate(bitmapBytes(part.rows));
        part.copy(own, part.address + from, bitmapBytes(part.rows));
      }
      this.#kernels.append_bits(part.rows, 0, own, bits, part.first);
    }
    return bits;
  }

  #weights(parts: readonly Part[], rows: number): number {
    const offsetOf = (part: Part): number => part.words[(part.address >>> 2) + bufferHeader.weights]!;
    if (parts.every(part => offsetOf(part) === 0)) return 0;
    const weights = this.#memory.arena.allocate(rows);
    for (const part of parts) {
      const from = offsetOf(part);
      const to = weights + part.first;
      if (from === 0) this.#memory.i8.fill(1, to, to + part.rows);
      else part.copy(to, part.address + from, part.rows);
    }
    return weights;
  }

  #watermarks(parts: readonly Part[], rows: number): number {
    const offsetOf = (part: Part): number => part.words[(part.address >>> 2) + bufferHeader.watermarks]!;
    if (parts.every(part => offsetOf(part) === 0)) return 0;
    const watermarks = this.#memory.arena.allocate(8 * rows);
    for (const part of parts) {
      const from = offsetOf(part);
      const to = watermarks + 8 * part.first;
      // without the column no row is behind its watermark, and none is behind the least there is
      if (from === 0) this.#kernels.fill_64(part.rows, -(1n << 63n), to);
      else part.copy(to, part.address + from, 8 * part.rows);
    }
    return watermarks;
  }
}

const bitmapBytes = (rows: number): number => ((rows + 63) >>> 6) * 8;

function holdsList(type: SqlType): boolean {
  return storageOf(type) === 'list' || childTypes(type).some(holdsList);
}
