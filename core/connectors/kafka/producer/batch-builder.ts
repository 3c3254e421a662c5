import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Kernels } from '../../../kernels/index.ts';
import { kafkaAppendBlock as block } from '../../../kernels/kafka-encode.ts';
import type { TaskMemory } from '../../../wasm/memory.ts';
import { borrowBuffer } from '../client/answer-buffers.ts';

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Codec numbers in a batch's attributes. */
const codecs: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/** Who writes a batch, and its first record's number among those it wrote to the partition; −1 without idempotence. */
export interface BatchProducer {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly sequence: number;
  readonly transactional: boolean;
}
export const noProducer: BatchProducer = Object.freeze({ producerId: -1n, epoch: -1, sequence: -1, transactional: false });

/** Records of a table's rows in task memory; addresses of places (two u32: address, and length or 2³² − 1 for NULL), 0 where there are none. */
export interface RecordPlaces {
  readonly keys: number;
  readonly values: number;
  readonly headers: number;
  /** Address of an i64 a row, ms since 1970; 0: `nowMs`. */
  readonly times: number;
  readonly nowMs: number;
}

/** Bytes of a batch before its records. */
export const batchHeadBytes = 61;
const attributesAt = 21;
const transactionalBit = 16;
const firstBytes = 1 << 16;

/**
 * One record batch (magic 2) under way in task memory: kernels append records, {@link seal} packs it and makes it bytes to send.
 * Source: Apache Kafka documentation, "Record Batch".
 */
export class BatchBuilder {
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #bytesMax: number;
  readonly #recordBytesMax: number;
  #address: number;
  #capacity: number;
  #used = batchHeadBytes;
  #records = 0;
  #baseTimeMs = 0n;
  #maxTimeMs = 0n;

  /** `bytesMax`: size at which a batch is full; a single record may be larger, up to `recordBytesMax`. */
  constructor(memory: TaskMemory, kernels: Kernels, bytesMax: number, recordBytesMax: number) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#bytesMax = Math.max(bytesMax, 1024);
    this.#recordBytesMax = recordBytesMax;
    this.#capacity = Math.min(firstBytes, this.#bytesMax);
    this.#address = memory.allocateSegment(this.#capacity);
  }

  get records(): number {
    return this.#records;
  }
  get bytes(): number {
    return this.#used;
  }

  /**
   * Appends the rows at `rows` (u32 each; 0: all) from number `from` on; the number it stopped at, because the batch is full. A record too large for
   * any batch: `tooLarge` bytes.
   */
  append(
    rows: number,
    from: number,
    count: number,
    places: RecordPlaces,
  ): { readonly taken: number; readonly tooLarge?: number } {
    const memory = this.#memory;
    const mark = memory.arena.mark();
    const at = memory.arena.allocate(block.sizeBytes);
    let taken = from;
    for (;;) {
      const { u32, i64 } = memory;
      const set = (offset: number, value: number): void => {
        u32[(at + offset) >> 2] = value;
      };
      set(block.count, count);
      set(block.rows, rows);
      set(block.keys, places.keys);
      set(block.values, places.values);
      set(block.headers, places.headers);
      set(block.times, places.times);
      set(block.out, this.#address + this.#used);
      set(block.outEnd, this.#address + this.#capacity);
      set(block.taken, taken);
      set(block.records, this.#records);
      i64[(at + block.now) >> 3] = BigInt(places.nowMs);
      i64[(at + block.baseTime) >> 3] = this.#baseTimeMs;
      i64[(at + block.maxTime) >> 3] = this.#maxTimeMs;
      this.#kernels.kafka_append(at);
      taken = u32[(at + block.taken) >> 2]!;
      this.#used = u32[(at + block.out) >> 2]! - this.#address;
      this.#records = u32[(at + block.records) >> 2]!;
      this.#baseTimeMs = i64[(at + block.baseTime) >> 3]!;
      this.#maxTimeMs = i64[(at + block.maxTime) >> 3]!;
      const needed = u32[(at + block.needed) >> 2]!;
      if (needed === 0) break;
      if (needed + batchHeadBytes > this.#recordBytesMax) {
        memory.arena.release(mark);
        return { taken, tooLarge: needed };
      }
      const wanted = this.#used + needed;
      if (wanted > this.#bytesMax && this.#records > 0) break;
      this.#grow(wanted);
    }
    memory.arena.release(mark);
    return { taken };
  }

  /** The batch as bytes of its own, which may be given back with `returnBuffer`; the builder is empty again. */
  seal(compression: Compression, producer: BatchProducer): Buffer {
    const mark = this.#memory.arena.mark();
    const packed = this.#packed(compression);
    const { address, bytes } = packed ?? { address: this.#address, bytes: this.#used };
    const head = new DataView(this.#memory.memory.buffer, address, batchHeadBytes);
    head.setBigInt64(0, 0n);
    head.setInt32(8, bytes - 12);
    head.setInt32(12, -1);
    head.setInt8(16, 2);
    head.setInt16(
      attributesAt,
      (packed === undefined ? 0 : codecs[compression]) | (producer.transactional ? transactionalBit : 0),
    );
    head.setInt32(23, this.#records - 1);
    head.setBigInt64(27, this.#baseTimeMs);
    head.setBigInt64(35, this.#maxTimeMs);
    head.setBigInt64(43, producer.producerId);
    head.setInt16(51, producer.epoch);
    head.setInt32(53, producer.sequence);
    head.setInt32(57, this.#records);
    head.setUint32(17, this.#kernels.crc32c(address + attributesAt, bytes - attributesAt) >>> 0);
    const sealed = borrowBuffer(bytes).subarray(0, bytes);
    // of shared memory a Buffer copies at once, an array byte by byte
    Buffer.from(this.#memory.memory.buffer).copy(sealed, 0, address, address + bytes);
    this.#memory.arena.release(mark);
    this.#used = batchHeadBytes;
    this.#records = 0;
    return sealed;
  }

  close(): void {
    this.#memory.freeSegment(this.#address, this.#capacity);
  }

  /** Packed records behind room for the head; undefined where that would not make them smaller. */
  #packed(compression: Compression): { readonly address: number; readonly bytes: number } | undefined {
    const memory = this.#memory;
    const from = this.#address + batchHeadBytes;
    const length = this.#used - batchHeadBytes;
    let address: number;
    let bytes: number;
    switch (compression) {
      case 'none':
        return undefined;
      case 'gzip':
      case 'zstd': {
        const plain = Buffer.from(memory.u8.subarray(from, from + length));
        const packed = compression === 'gzip' ? gzipSync(plain) : zstdCompressSync(plain);
        address = memory.arena.allocate(batchHeadBytes + packed.length);
        memory.u8.set(packed, address + batchHeadBytes);
        bytes = packed.length;
        break;
      }
      case 'snappy': {
        // in the frame that Java's clients write
        address = memory.arena.allocate(batchHeadBytes + snappyFrame.length + 4 + length + Math.ceil(length / 6) + 40);
        const block = address + batchHeadBytes + snappyFrame.length;
        const packed = this.#kernels.snappy_compress(from, length, block + 4) >>> 0;
        memory.u8.set(snappyFrame, address + batchHeadBytes);
        new DataView(memory.memory.buffer).setUint32(block, packed);
        bytes = snappyFrame.length + 4 + packed;
        break;
      }
      case 'lz4':
        address = memory.arena.allocate(batchHeadBytes + length + Math.ceil(length / 250) + 64);
        bytes = this.#kernels.lz4_compress(from, length, address + batchHeadBytes) >>> 0;
        break;
    }
    return bytes >= length ? undefined : { address, bytes: batchHeadBytes + bytes };
  }

  #grow(wanted: number): void {
    const memory = this.#memory;
    const capacity = Math.max(wanted, Math.min(this.#capacity * 2, this.#bytesMax));
    const address = memory.allocateSegment(capacity);
    this.#kernels.copy_bytes(this.#address, address, this.#used);
    memory.freeSegment(this.#address, this.#capacity);
    this.#address = address;
    this.#capacity = capacity;
  }
}

/** Magic bytes, version and lowest compatible version of snappy-java's stream. */
const snappyFrame = Uint8Array.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
