import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { TidemillError } from '../../../common/errors.ts';
import { limits } from '../../../common/limits.ts';
import type { Kernels } from '../../../kernels/index.ts';
import { batchAttributes, kafkaReadBlock, kafkaReadStatus } from '../../../kernels/kafka-decode.ts';
import type { TaskMemory } from '../../../wasm/memory.ts';
import type { AbortedTransaction } from './fetch-protocol.ts';
import type { FetchedChunk } from './fetcher.ts';

/** Kernels read whole vectors behind the end. */
const slackBytes = 64;
const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);

/** Records as runs; all addresses are of arrays with one entry a row, valid until the next read. */
export interface RecordRuns {
  readonly rows: number;
  /** u32 address and length; 2³² − 1: NULL. */
  readonly values: number;
  readonly keys: number;
  /** u32 address and length of the bytes that hold a record's headers. */
  readonly headers: number;
  /** i64. */
  readonly offsets: number;
  /** i64, µs. */
  readonly times: number;
  /** i32. */
  readonly epochs: number;
  /** u8: 1 when the broker gave the time. */
  readonly kinds: number;
}

/** Record batches of one partition, in a task's memory, read by the kernel: no object a record. */
export class RecordBatchReader {
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  /** For messages: topic and partition. */
  readonly #place: string;
  readonly #block: number;
  #arrays = { address: 0, sizeBytes: 0, rows: 0 };
  #chunk = { address: 0, sizeBytes: 0 };
  /** What packed batches were unpacked to, one behind the other as far as there is room: rows of this read point there. */
  #unpacked = { address: 0, sizeBytes: 0 };
  #unpackedUsed = 0;
  /** The batch under way has not been looked at: there was no room to unpack it beside what rows point to. */
  #waiting = false;
  #aborted: readonly AbortedTransaction[] = [];
  #abortedAt = 0;
  readonly #abortedProducers = new Set<bigint>();
  #stopped = false;
  #empty = true;

  constructor(
    memory: TaskMemory,
    kernels: Kernels,
    place: string,
    options: { readonly from: number; readonly stop: number; readonly checksums: boolean },
  ) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#place = place;
    this.#block = memory.allocateSegment(kafkaReadBlock.sizeBytes);
    memory.u8.fill(0, this.#block, this.#block + kafkaReadBlock.sizeBytes);
    this.#set(kafkaReadBlock.check, options.checksums ? 1 : 0);
    this.#setLong(kafkaReadBlock.from, options.from);
    this.#setLong(kafkaReadBlock.next, options.from);
    this.#setLong(kafkaReadBlock.stop, Math.min(options.stop, Number.MAX_SAFE_INTEGER));
  }

  /** Offset behind what was read. */
  get nextOffset(): number {
    return Number(this.#memory.i64[(this.#block + kafkaReadBlock.next) >> 3]!);
  }
  /** The stop offset is reached. */
  get stopped(): boolean {
    return this.#stopped;
  }
  /** All of the chunk has been read. */
  get empty(): boolean {
    return this.#empty;
  }

  /** The next chunk, when the one before is empty; reads on at `from` if that is given. */
  feed(chunk: FetchedChunk): void {
    const bytes = chunk.records.length;
    this.#chunk = this.#room(this.#chunk, bytes + slackBytes);
    copyIn(this.#memory, this.#chunk.address, chunk.records);
    chunk.release?.();
    this.#memory.u8.fill(0, this.#chunk.address + bytes, this.#chunk.address + bytes + slackBytes);
    this.#set(kafkaReadBlock.position, this.#chunk.address);
    this.#set(kafkaReadBlock.end, this.#chunk.address + bytes);
    this.#set(kafkaReadBlock.remaining, 0);
    if (chunk.aborted !== undefined) {
      this.#aborted = [...chunk.aborted].sort((left, right) => left.firstOffset - right.firstOffset);
      this.#abortedAt = 0;
      this.#abortedProducers.clear();
    }
    this.#empty = false;
  }

  /** Moves to another offset: what is there is given up. */
  seek(offset: number): void {
    this.#setLong(kafkaReadBlock.from, offset);
    this.#setLong(kafkaReadBlock.next, offset);
    this.#set(kafkaReadBlock.remaining, 0);
    this.#waiting = false;
    this.#empty = true;
  }

  /**
   * Up to `rowsMax` more records of the chunk.
   * @throws TidemillError `kafka-damaged`, `not-supported` for message sets of before Kafka 0.11.
   */
  read(rowsMax: number): RecordRuns {
    this.#makeArrays(rowsMax);
    this.#set(kafkaReadBlock.rows, 0);
    this.#set(kafkaReadBlock.rowsMax, rowsMax);
    if (this.#waiting || this.#get(kafkaReadBlock.remaining) === 0) this.#unpackedUsed = 0;
    if (this.#waiting) {
      this.#waiting = false;
      this.#attend();
    }
    for (;;) {
      const status = this.#kernels.kafka_read(this.#block) >>> 0;
      switch (status) {
        case kafkaReadStatus.attention:
          if (this.#attend()) continue;
          this.#waiting = true;
          return this.#runs();
        case kafkaReadStatus.stopped:
          this.#stopped = true;
          this.#empty = true;
          return this.#runs();
        case kafkaReadStatus.more:
          this.#empty = true;
          return this.#runs();
        case kafkaReadStatus.full:
          return this.#runs();
        case kafkaReadStatus.old:
          throw new TidemillError('not-supported', `${this.#place} holds messages in the form of before Kafka 0.11`, {
            domain: 'external',
            hint: 'Kafka 4 cannot hold them any more: copy the topic with a newer broker.',
          });
        default:
          throw this.#damaged(status === kafkaReadStatus.checksum ? 'its checksum is wrong' : 'it does not follow the format');
      }
    }
  }

  close(): void {
    this.#memory.freeSegment(this.#block, kafkaReadBlock.sizeBytes);
    for (const segment of [this.#arrays, this.#chunk, this.#unpacked])
      if (segment.sizeBytes > 0) this.#memory.freeSegment(segment.address, segment.sizeBytes);
  }

  /** A batch under way that is packed, of a transaction, or a control batch. False: it cannot be unpacked beside what rows point to. */
  #attend(): boolean {
    const attributes = this.#get(kafkaReadBlock.attributes);
    const { i64 } = this.#memory;
    const producer = i64[(this.#block + kafkaReadBlock.producer) >> 3]!;
    const lastOffset = Number(i64[(this.#block + kafkaReadBlock.lastOffset) >> 3]!);
    while (this.#abortedAt < this.#aborted.length && this.#aborted[this.#abortedAt]!.firstOffset <= lastOffset)
      this.#abortedProducers.add(this.#aborted[this.#abortedAt++]!.producer);
    if ((attributes & batchAttributes.control) !== 0) {
      if (this.#isAbortMarker()) this.#abortedProducers.delete(producer);
      this.#skip(lastOffset);
    } else if ((attributes & batchAttributes.transactional) !== 0 && this.#abortedProducers.has(producer)) this.#skip(lastOffset);
    else if ((attributes & batchAttributes.codec) !== 0) return this.#unpack(attributes & batchAttributes.codec, lastOffset);
    else if (this.#get(kafkaReadBlock.remaining) === 0) this.#skip(lastOffset);
    return true;
  }

  /** A marker's key is a version and a type, of which 0 is an abort. */
  #isAbortMarker(): boolean {
    const { u8 } = this.#memory;
    let at = this.#get(kafkaReadBlock.recordAt);
    const varint = (): number => {
      let value = 0;
      for (let shift = 0; shift < 35; shift += 7) {
        const byte = u8[at++]!;
        value |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      return (value >>> 1) ^ -(value & 1);
    };
    varint();
    at++;
    varint();
    varint();
    return varint() >= 4 && ((u8[at + 2]! << 8) | u8[at + 3]!) === 0;
  }

  #skip(lastOffset: number): void {
    this.#set(kafkaReadBlock.remaining, 0);
    this.#setLong(kafkaReadBlock.next, Math.max(lastOffset + 1, this.nextOffset));
  }

  #unpack(codec: number, lastOffset: number): boolean {
    const from = this.#get(kafkaReadBlock.recordAt);
    const end = this.#get(kafkaReadBlock.recordEnd);
    const length =
      codec === codecs.snappy
        ? this.#snappy(from, end)
        : codec === codecs.lz4
          ? this.#lz4(from, end)
          : this.#zlib(codec, from, end);
    if (length === undefined) return false;
    const at = this.#unpacked.address + this.#unpackedUsed;
    this.#unpackedUsed += (length + slackBytes) & ~15;
    this.#set(kafkaReadBlock.recordAt, at);
    this.#set(kafkaReadBlock.recordEnd, at + length);
    if (this.#get(kafkaReadBlock.remaining) === 0) this.#skip(lastOffset);
    return true;
  }

  #zlib(codec: number, from: number, end: number): number | undefined {
    // zlib takes no shared memory
    const packed = Buffer.from(this.#memory.u8.slice(from, end));
    let bytes: Buffer;
    try {
      const options = { maxOutputLength: limits.kafkaUnpackedBytesMax };
      if (codec === codecs.gzip) bytes = gunzipSync(packed, options);
      else if (codec === codecs.zstd) bytes = zstdDecompressSync(packed, options);
      else throw this.#damaged(`compression ${codec} is not known`);
    } catch (error) {
      throw error instanceof TidemillError ? error : this.#damaged(`it cannot be unpacked: ${(error as Error).message}`);
    }
    const to = this.#unpackTo(bytes.length);
    if (to === undefined) return undefined;
    this.#memory.u8.set(bytes, to);
    return bytes.length;
  }

  /** LZ4 frames need not say how long they become. */
  #lz4(from: number, end: number): number | undefined {
    for (let room = Math.max(4 * (end - from), 1 << 16); ; room *= 2) {
      const to = this.#unpackTo(room);
      if (to === undefined) return undefined;
      const length = this.#kernels.lz4_decompress(from, end, to, room) >>> 0;
      if (length < 0xfffffffe) return length;
      if (length === 0xffffffff) throw this.#damaged('it cannot be unpacked (lz4)');
      if (room > limits.kafkaUnpackedBytesMax) throw this.#tooLarge();
    }
  }

  /** One block, as librdkafka writes it, or Java's: a head and blocks with their lengths. */
  #snappy(from: number, end: number): number | undefined {
    const packed = Buffer.from(this.#memory.u8.buffer, from, end - from);
    const blocks: { from: number; end: number; length: number }[] = [];
    let total = 0;
    const add = (start: number, stop: number): void => {
      let at = start;
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = at < stop && shift < 35 ? packed[at++]! : undefined;
        if (byte === undefined) throw this.#damaged('it cannot be unpacked (snappy)');
        length += (byte & 127) * 2 ** shift;
        if (byte < 128) break;
      }
      total += length;
      if (total > limits.kafkaUnpackedBytesMax) throw this.#tooLarge();
      blocks.push({ from: from + at, end: from + stop, length });
    };
    if (packed.length > 16 && packed.subarray(0, 8).equals(xerialMagic)) {
      for (let at = 16; at < packed.length; ) {
        const size = at + 4 <= packed.length ? packed.readUInt32BE(at) : packed.length;
        if (at + 4 + size > packed.length) throw this.#damaged('it cannot be unpacked (snappy)');
        add(at + 4, at + 4 + size);
        at += 4 + size;
      }
    } else add(0, packed.length);
    let to = this.#unpackTo(total);
    if (to === undefined) return undefined;
    for (const block of blocks) {
      if (this.#kernels.snappy_decompress(block.from, block.end, to, block.length) >>> 0 === 0)
        throw this.#damaged('it cannot be unpacked (snappy)');
      to += block.length;
    }
    return total;
  }

  /** Room for `bytes`; undefined when rows of this read point to what would have to be moved. */
  #unpackTo(bytes: number): number | undefined {
    const needed = bytes + 2 * slackBytes;
    if (this.#unpackedUsed + needed > this.#unpacked.sizeBytes) {
      if (this.#unpackedUsed > 0 && this.#get(kafkaReadBlock.rows) > 0) return undefined;
      this.#unpackedUsed = 0;
      this.#unpacked = this.#room(this.#unpacked, Math.max(needed, limits.kafkaUnpackedBytesMin));
    }
    return this.#unpacked.address + this.#unpackedUsed;
  }

  #makeArrays(rows: number): void {
    if (rows <= this.#arrays.rows) return;
    // three of places, two of i64, one of i32, one of u8
    const room = this.#room(this.#arrays, rows * (3 * 8 + 2 * 8 + 4 + 1) + 64);
    this.#arrays = { ...room, rows };
    let at = room.address;
    for (const [field, bytes] of [
      [kafkaReadBlock.values, 8],
      [kafkaReadBlock.keys, 8],
      [kafkaReadBlock.headers, 8],
      [kafkaReadBlock.offsets, 8],
      [kafkaReadBlock.times, 8],
      [kafkaReadBlock.epochs, 4],
      [kafkaReadBlock.kinds, 1],
    ] as const) {
      this.#set(field, at);
      at += rows * bytes;
    }
  }

  #room(segment: { address: number; sizeBytes: number }, bytes: number): { address: number; sizeBytes: number } {
    if (bytes <= segment.sizeBytes) return segment;
    if (segment.sizeBytes > 0) this.#memory.freeSegment(segment.address, segment.sizeBytes);
    const sizeBytes = Math.max(bytes, Math.min(2 * segment.sizeBytes, bytes + (1 << 20)));
    return { address: this.#memory.allocateSegment(sizeBytes), sizeBytes };
  }

  #runs(): RecordRuns {
    return {
      rows: this.#get(kafkaReadBlock.rows),
      values: this.#get(kafkaReadBlock.values),
      keys: this.#get(kafkaReadBlock.keys),
      headers: this.#get(kafkaReadBlock.headers),
      offsets: this.#get(kafkaReadBlock.offsets),
      times: this.#get(kafkaReadBlock.times),
      epochs: this.#get(kafkaReadBlock.epochs),
      kinds: this.#get(kafkaReadBlock.kinds),
    };
  }

  #damaged(how: string): TidemillError {
    return new TidemillError(
      'kafka-damaged',
      `${this.#place}: the record batch behind offset ${this.nextOffset} is damaged: ${how}`,
      {
        domain: 'external',
        hint: "Start behind it with 'scan.startup.mode' = 'specific-offsets', or look at the broker's disk.",
      },
    );
  }
  #tooLarge(): TidemillError {
    return this.#damaged(`unpacked it has more than ${limits.kafkaUnpackedBytesMax} bytes`);
  }
  #set(offset: number, value: number): void {
    this.#memory.u32[(this.#block + offset) >> 2] = value;
  }
  #get(offset: number): number {
    return this.#memory.u32[(this.#block + offset) >> 2]!;
  }
  #setLong(offset: number, value: number): void {
    this.#memory.i64[(this.#block + offset) >> 3] = BigInt(value);
  }
}

/** Copies bytes into a task's memory. To a shared array `set` goes byte by byte where addresses are not aligned alike; a part of a Buffer is copied at once. */
function copyIn(memory: TaskMemory, address: number, bytes: Buffer): void {
  const whole = Buffer.from(bytes.buffer);
  whole.copy(memory.u8, address, bytes.byteOffset, bytes.byteOffset + bytes.length);
}
