import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { Transform } from 'node:stream';
import {
  constants,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';

/** Bytes of a text, in order. */
export interface TextInput {
  /** Undefined while nobody knows: packed text. */
  readonly sizeBytes: number | undefined;
  /**
   * Up to `length` bytes from `offset` on to `at`; how many, 0 at the end, or undefined when they are still to come (`wake` tells). Packed text is read
   * on from where it was left.
   */
  read(target: Uint8Array, at: number, length: number, offset: number): number | undefined;
  close(): void;
}

type Packing = 'gzip' | 'deflate' | 'zstd';
const endings: Readonly<Record<string, Packing>> = { gz: 'gzip', gzip: 'gzip', deflate: 'deflate', zst: 'zstd' };

/**
 * How a file is packed, by its ending, as Flink tells it.
 * @throws TidemillError `not-supported` for bzip2 and xz, which Node cannot unpack.
 */
export function packingOf(path: string): Packing | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(basename(path))?.[1]?.toLowerCase() ?? '';
  if (['bz2', 'xz', 'lz4', 'snappy', 'lzo'].includes(ending))
    throw notSupported(`text packed as .${ending} (${path})`, undefined, 'Unpack it, or pack it with gzip or zstd.');
  return endings[ending];
}

/** @throws TidemillError `file-not-found`, `io`. */
export function openText(path: string, wake: () => void): TextInput {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new TidemillError(
      missing ? 'file-not-found' : 'io',
      missing ? `there is no file ${path}` : `${path}: ${(cause as Error).message}`,
      { domain: missing ? 'user' : 'external', cause },
    );
  }
  const packing = packingOf(path);
  if (packing !== undefined) return new PackedText(path, file, packing, wake);
  return {
    sizeBytes: fstatSync(file).size,
    read: (target, at, length, offset) => readSync(file, target, at, length, offset),
    close: () => closeSync(file),
  };
}

/** Text that is unpacked beside the task, a few pieces ahead. */
class PackedText implements TextInput {
  readonly sizeBytes = undefined;
  readonly #path: string;
  readonly #stream: Transform;
  readonly #source: ReturnType<typeof createReadStream>;
  readonly #wake: () => void;
  #pieces: Buffer[] = [];
  #waiting = 0;
  /** Place in the unpacked text of the first byte that is there. */
  #offset = 0;
  #ended = false;
  #failure: unknown;

  constructor(path: string, file: number, packing: Packing, wake: () => void) {
    this.#path = path;
    this.#wake = wake;
    this.#source = createReadStream(path, { fd: file });
    this.#stream = packing === 'gzip' ? createGunzip() : packing === 'zstd' ? createZstdDecompress() : createInflate();
    this.#source.on('error', error => this.#fail(error));
    this.#stream.on('error', error => this.#fail(error));
    this.#stream.on('end', () => {
      this.#ended = true;
      wake();
    });
    this.#stream.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#waiting += piece.length;
      if (this.#waiting >= limits.unpackedAheadBytes) this.#stream.pause();
      wake();
    });
    this.#source.pipe(this.#stream);
  }

  read(target: Uint8Array, at: number, length: number, offset: number): number | undefined {
    // What was read before a restart is passed over.
    while (this.#offset < offset && this.#pieces.length > 0) this.#take(Math.min(offset - this.#offset, this.#pieces[0]!.length));
    let done = 0;
    while (done < length && this.#pieces.length > 0) {
      const piece = this.#pieces[0]!;
      const taken = Math.min(piece.length, length - done);
      target.set(piece.subarray(0, taken), at + done);
      this.#take(taken);
      done += taken;
    }
    if (done > 0) return done;
    if (this.#failure !== undefined)
      throw new TidemillError('bad-file', `${this.#path} cannot be unpacked: ${(this.#failure as Error).message}`, {
        domain: 'external',
        cause: this.#failure,
      });
    return this.#ended ? 0 : undefined;
  }

  close(): void {
    this.#source.destroy();
    this.#stream.destroy();
    this.#pieces = [];
  }

  #take(bytes: number): void {
    const piece = this.#pieces[0]!;
    if (bytes < piece.length) this.#pieces[0] = piece.subarray(bytes);
    else this.#pieces.shift();
    this.#offset += bytes;
    this.#waiting -= bytes;
    if (this.#waiting < limits.unpackedAheadBytes / 2) this.#stream.resume();
  }
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
  }
}

/** The beginning of a packed text from the beginning of its bytes. */
export function unpackedStart(path: string, bytes: Buffer): Buffer {
  const packing = packingOf(path);
  try {
    if (packing === 'gzip') return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    if (packing === 'deflate') return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    if (packing === 'zstd') return zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_flush });
  } catch (cause) {
    throw new TidemillError('bad-file', `${path} cannot be unpacked: ${(cause as Error).message}`, { domain: 'external', cause });
  }
  return bytes;
}
