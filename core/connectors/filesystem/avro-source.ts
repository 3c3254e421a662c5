import { crc32 } from 'node:zlib';
import type { Schema } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { Kernels } from '../../kernels/index.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import { type AvroBlock, AvroFile } from '../avro/container.ts';
import { AvroDecoder } from '../avro/decoder.ts';
import { legacyTimes } from '../avro/format.ts';
import { avroColumns } from '../avro/schema.ts';
import { snappyLength } from '../avro/snappy.ts';
import type { ReadContext, ReadResult, Source, Split, SplitPosition, SplitReader } from '../contract.ts';
import type { Options } from '../options.ts';
import type { FileTable } from './file-table.ts';

/** Kernels read whole vectors behind the end of the bytes. */
const slackBytes = 64;

/** The columns of an Avro file. */
export function avroFileSchema(path: string, options: Options): Schema {
  const file = new AvroFile(path);
  try {
    return avroColumns(file.header.schema, legacyTimes(options), path);
  } finally {
    file.close();
  }
}

/** Avro files: large ones are cut at blocks. */
export function avroSource({ request, files }: FileTable): Source {
  const columns = request.columns.map(index => request.source.schema[index]!);
  return {
    async discover(parallelism) {
      return (await files()).flatMap((file): Split[] => {
        const parts = Math.max(1, Math.min(parallelism, Math.floor(file.sizeBytes / limits.fileSplitBytesMin)));
        return Array.from({ length: parts }, (_, part) => {
          const start = Math.floor((file.sizeBytes * part) / parts);
          const end = Math.floor((file.sizeBytes * (part + 1)) / parts);
          return { id: parts > 1 ? `${file.path}#${start}` : file.path, data: { path: file.path, start, end } };
        });
      });
    },
    open: (split, position, context) => new AvroReader(split, columns, request.limit, position, context),
  };
}

/** Reads the blocks that begin in a byte range; strings of a batch are views into the block. */
class AvroReader implements SplitReader {
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #file: AvroFile;
  readonly #decoder: AvroDecoder;
  readonly #limit: number;
  readonly #endOffset: number;
  #segment = 0;
  #segmentBytes = 0;
  /** The block that is read: its place, the next byte to decode and the end of its bytes, records behind and before us. */
  #offset: number;
  #nextOffset: number;
  #from = 0;
  #to = 0;
  #left = 0;
  #done = 0;
  #rows: number;
  #closed = false;

  constructor(
    split: Split,
    columns: Schema,
    limit: number | undefined,
    position: SplitPosition | undefined,
    context: ReadContext,
  ) {
    const path = String(split.data['path']);
    this.#memory = context.memory;
    this.#kernels = context.kernels;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#rows = Number(position?.['rows'] ?? 0);
    this.#file = new AvroFile(path);
    try {
      if (this.#file.sizeBytes === 0)
        throw new TidemillError('bad-file', `${path} is empty, which no Avro file is`, { domain: 'external' });
      this.#decoder = new AvroDecoder(context, columns, this.#file.header.schema, path);
      const end = Number(split.data['end']);
      this.#endOffset = end >= this.#file.sizeBytes ? this.#file.sizeBytes : this.#file.blockStart(end, true);
      this.#nextOffset =
        position === undefined
          ? this.#file.blockStart(Number(split.data['start']), true)
          : this.#file.blockStart(Number(position['offset']), false);
      this.#offset = this.#nextOffset;
      const skip = Number(position?.['record'] ?? 0);
      if (skip > 0) this.#skip(skip);
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  tryRead(rowsMax: number): ReadResult {
    const wanted = Math.min(rowsMax, this.#limit - this.#rows);
    if (wanted <= 0) return { kind: 'end' };
    while (this.#left === 0) {
      if (this.#nextOffset >= this.#endOffset || !this.#nextBlock()) return { kind: 'end' };
    }
    const { batch, next, bad } = this.#decoder.decode(this.#from, this.#to, Math.min(wanted, this.#left));
    if (batch.length === 0) throw this.#error(bad ?? 'nothing can be read');
    this.#advance(batch.length, next);
    this.#rows += batch.length;
    return { kind: 'batch', batch };
  }

  position(): SplitPosition {
    return {
      offset: this.#left === 0 ? this.#nextOffset : this.#offset,
      record: this.#left === 0 ? 0 : this.#done,
      rows: this.#rows,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
    this.#decoder.close();
    if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
  }

  /** Reads on to the record of a block that was handed out last. */
  #skip(records: number): void {
    if (!this.#nextBlock()) return;
    while (records > this.#done) {
      const { batch, next, bad } = this.#decoder.decode(this.#from, this.#to, Math.min(records - this.#done, limits.batchRows));
      if (batch.length === 0) throw this.#error(bad ?? 'nothing can be read');
      this.#advance(batch.length, next);
    }
  }

  #advance(rows: number, next: number): void {
    this.#from = next;
    this.#left -= rows;
    this.#done += rows;
    if (this.#left === 0 && this.#from !== this.#to) throw this.#error('bytes are left behind its last record');
  }

  #nextBlock(): boolean {
    const isSnappy = this.#file.header.codecName === 'snappy';
    const block = this.#file.readBlock(this.#nextOffset, isSnappy);
    if (block === undefined) return false;
    const length = isSnappy ? this.#unpack(block) : this.#lay(block.bytes);
    this.#from = this.#segment;
    this.#to = this.#segment + length;
    this.#offset = block.offset;
    this.#nextOffset = block.endOffset;
    this.#left = block.records;
    this.#done = 0;
    return true;
  }

  /** Puts bytes to read from where kernels reach them. */
  #lay(bytes: Uint8Array): number {
    this.#room(bytes.length);
    this.#memory.u8.set(bytes, this.#segment);
    return bytes.length;
  }

  #room(bytes: number): void {
    if (bytes + slackBytes <= this.#segmentBytes) return;
    if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
    this.#segmentBytes = Math.max(bytes + slackBytes, 2 * this.#segmentBytes, 1 << 17);
    this.#segment = this.#memory.allocateSegment(this.#segmentBytes);
  }

  /** A Snappy block, which its checksum ends. */
  #unpack(block: AvroBlock): number {
    const packed = block.bytes.subarray(0, -4);
    const damaged = (what: string): TidemillError => this.#file.damaged(block.offset, what);
    if (block.bytes.length < 5) throw damaged('it is too short');
    const { length, behind } = snappyLength(packed, limits.recordBytesMax);
    const packedAt = (length + slackBytes + 7) & ~7;
    this.#room(packedAt + packed.length);
    const { u8 } = this.#memory;
    const from = this.#segment + packedAt;
    u8.set(packed, from);
    if (this.#kernels.snappy_decompress(from + behind, from + packed.length, this.#segment, length) === 0)
      throw damaged('what Snappy packed cannot be unpacked');
    const sum = Buffer.from(block.bytes.slice(-4)).readUInt32BE();
    if (crc32(u8.subarray(this.#segment, this.#segment + length)) !== sum) throw damaged('it has another checksum');
    return length;
  }

  #error(what: string): TidemillError {
    return new TidemillError(
      'bad-record',
      `${this.#file.path}: record ${this.#done + 1} of the Avro block at byte ${this.#offset}: ${what}`,
      { domain: 'external' },
    );
  }
}
