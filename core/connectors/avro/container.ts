import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { type AvroCodec, avroCodec } from './codec.ts';
import { type AvroType, parseAvroSchema } from './schema.ts';

const magic = Buffer.from('Obj\u0001', 'latin1');
export const syncBytes = 16;
const headerBytesMax = 16 << 20;

/** What the head of an Avro file says. */
export interface AvroHeader {
  readonly schema: AvroType;
  readonly codec: AvroCodec;
  readonly codecName: string;
  readonly sync: Buffer;
  /** Where the first block begins. */
  readonly endOffset: number;
}

/** A block of records, as it was before it was compressed. */
export interface AvroBlock {
  readonly records: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly endOffset: number;
}

/** An Avro object container file, read block by block. Source: Apache Avro specification 1.12, "Object Container Files". */
export class AvroFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #file: number;
  #header: AvroHeader | undefined;
  #open = true;

  /** @throws TidemillError `file-not-found`, `io`. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, 'r');
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      throw new TidemillError(missing ? 'file-not-found' : 'io', `${path}: ${(cause as Error).message}`, {
        domain: missing ? 'user' : 'external',
        cause,
      });
    }
    this.sizeBytes = fstatSync(this.#file).size;
  }

  /** @throws TidemillError `bad-file` when it is no Avro file, `not-supported` for its codec. */
  get header(): AvroHeader {
    this.#header ??= this.#readHeader();
    return this.#header;
  }

  /** The first block that begins at `offset` or behind; `between`: a block may have begun before. */
  blockStart(offset: number, between: boolean): number {
    const { sync, endOffset } = this.header;
    if (offset <= endOffset) return endOffset;
    if (!between) return offset;
    const piece = Buffer.alloc(1 << 18);
    // The mark that ends the block before may lie across the offset.
    for (let at = Math.max(endOffset - syncBytes, offset - syncBytes); at < this.sizeBytes; at += piece.length - syncBytes) {
      const read = readSync(this.#file, piece, 0, piece.length, at);
      const found = piece.subarray(0, read).indexOf(sync);
      if (found >= 0) return at + found + syncBytes;
      if (read < piece.length) break;
    }
    return this.sizeBytes;
  }

  /** The block at `offset`, or undefined at the file's end; `packed`: as it lies in the file. @throws TidemillError `bad-file` with its place. */
  readBlock(offset: number, packed = false): AvroBlock | undefined {
    if (offset >= this.sizeBytes) return undefined;
    const { codec, sync } = this.header;
    const head = this.#read(offset, Math.min(20, this.sizeBytes - offset));
    const count = varint(head, 0);
    const size = count && varint(head, count.next);
    if (count === undefined || size === undefined || count.value < 0 || size.value < 0)
      throw this.damaged(offset, 'its head is wrong');
    const from = offset + size.next;
    if (size.value > limits.recordBytesMax || from + size.value + syncBytes > this.sizeBytes)
      throw this.damaged(offset, 'it goes on behind the end of the file');
    const bytes = this.#read(from, size.value + syncBytes);
    if (!bytes.subarray(size.value).equals(sync)) throw this.damaged(offset, 'its end is not marked');
    let plain: Uint8Array;
    try {
      const block = bytes.subarray(0, size.value);
      plain = packed ? block : codec.decompress(block, limits.recordBytesMax);
    } catch (cause) {
      throw this.damaged(offset, (cause as Error).message, cause);
    }
    return { records: count.value, bytes: plain, offset, endOffset: from + size.value + syncBytes };
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }

  #readHeader(): AvroHeader {
    const none = (cause?: unknown): TidemillError =>
      new TidemillError('bad-file', `${this.path} is no Avro file`, {
        domain: 'external',
        hint: 'Files that begin with "Obj" and the byte 1 are.',
        cause,
      });
    const bytes = this.#read(0, Math.min(headerBytesMax, this.sizeBytes, 1 << 16));
    if (!bytes.subarray(0, 4).equals(magic)) throw none();
    const found = readMeta(bytes) ?? readMeta(this.#read(0, Math.min(headerBytesMax, this.sizeBytes)));
    const schema = found?.meta.get('avro.schema');
    if (found === undefined || schema === undefined) throw none();
    const codecName = found.meta.get('avro.codec')?.toString() || 'null';
    return {
      schema: parseAvroSchema(schema.toString(), this.path),
      codec: avroCodec(codecName),
      codecName,
      sync: Buffer.from(found.sync),
      endOffset: found.endOffset,
    };
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const read = readSync(this.#file, bytes, done, length - done, offset + done);
      if (read === 0) throw this.damaged(offset, 'the file has become shorter');
      done += read;
    }
    return bytes;
  }

  /** What is wrong with the block at `offset`. */
  damaged(offset: number, what: string, cause?: unknown): TidemillError {
    return new TidemillError('bad-file', `${this.path}: the Avro block at byte ${offset} is damaged: ${what}`, {
      domain: 'external',
      cause,
    });
  }
}

function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let shift = 0; shift < 10; shift++) {
    const byte = bytes[at++];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 128 ** shift;
    if (byte < 128) return { value: value % 2 === 0 ? value / 2 : -(value + 1) / 2, next: at };
  }
  return undefined;
}

/** The file's own map of names and bytes, and its mark; undefined when there is less than the whole. */
function readMeta(
  bytes: Buffer,
): { readonly meta: ReadonlyMap<string, Buffer>; readonly sync: Buffer; readonly endOffset: number } | undefined {
  const meta = new Map<string, Buffer>();
  let at = magic.length;
  const text = (): Buffer | undefined => {
    const length = varint(bytes, at);
    if (length === undefined || length.value < 0 || length.next + length.value > bytes.length) return undefined;
    at = length.next + length.value;
    return bytes.subarray(length.next, at);
  };
  for (;;) {
    const run = varint(bytes, at);
    if (run === undefined) return undefined;
    at = run.next;
    if (run.value === 0) break;
    if (run.value < 0) {
      const size = varint(bytes, at);
      if (size === undefined) return undefined;
      at = size.next;
    }
    for (let left = Math.abs(run.value); left > 0; left--) {
      const key = text();
      const value = key && text();
      if (key === undefined || value === undefined) return undefined;
      meta.set(key.toString(), value);
    }
  }
  if (at + syncBytes > bytes.length) return undefined;
  return { meta, sync: bytes.subarray(at, at + syncBytes), endOffset: at + syncBytes };
}

/** The head of a file to write. `sync` marks the ends of its blocks. */
export function avroHeaderBytes(schema: string, codec: string, sync: Uint8Array): Buffer {
  const text = (value: string): Buffer => Buffer.concat([varintBytes(Buffer.byteLength(value)), Buffer.from(value)]);
  return Buffer.concat([
    magic,
    varintBytes(2),
    text('avro.schema'),
    text(schema),
    text('avro.codec'),
    text(codec),
    Buffer.from([0]),
    sync,
  ]);
}

export function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
