import { closeSync, openSync, readSync } from 'node:fs';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import { openText, type TextInput } from './text-input.ts';

const newline = 10;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
/** Kernels read whole vectors behind the end of the text. */
const slackBytes = 64;

/** A file's byte range in a task's memory, a piece at a time, cut at line ends. */
export class LineBuffer {
  readonly #memory: TaskMemory;
  readonly #path: string;
  readonly #input: TextInput;
  /** Not packed: places can be read again. */
  readonly #seekable: boolean;
  #endOffset: number;
  #segment: number;
  #segmentBytes: number;
  /** Address of the next byte to decode, and of the end of what was read. */
  #from: number;
  #to: number;
  /** Place in the file of the byte at #to. */
  #offset: number;
  /** Behind the last line's end; 0: not looked for yet. */
  #linesTo = 0;
  #closed = false;

  /** Lines that begin in [start, end) of the file; `start` is a line's beginning unless `cut`. */
  constructor(memory: TaskMemory, path: string, start: number, end: number, cut: boolean, wake: () => void) {
    this.#memory = memory;
    this.#path = path;
    this.#input = openText(path, wake);
    const size = this.#input.sizeBytes;
    this.#seekable = size !== undefined;
    this.#endOffset = size === undefined ? Number.POSITIVE_INFINITY : this.#lineStart(Math.min(end, size), size);
    this.#offset = cut ? this.#lineStart(start, size ?? 0) : start === 0 && this.#seekable ? this.#markBytes() : start;
    this.#segmentBytes = Math.min(limits.fileChunkBytes, Math.max(4096, this.#endOffset - this.#offset + 1)) + slackBytes;
    this.#segment = memory.allocateSegment(this.#segmentBytes);
    this.#from = this.#to = this.#segment;
  }

  /** Nothing is left behind what has been read so far. */
  get last(): boolean {
    return this.#offset >= this.#endOffset;
  }
  get from(): number {
    return this.#from;
  }
  /** Behind the last whole line; a file's last line need not end. */
  get linesTo(): number {
    if (this.#linesTo === 0) {
      const text = this.#memory.u8;
      if (this.last) {
        if (this.#to > this.#from && text[this.#to - 1] !== newline) {
          text[this.#to] = newline;
          this.#linesTo = this.#to + 1;
        } else this.#linesTo = this.#to;
      } else this.#linesTo = text.subarray(this.#from, this.#to).lastIndexOf(newline) + 1 + this.#from;
    }
    return this.#linesTo;
  }
  /** Place in the file of the next byte to decode. */
  get position(): number {
    return this.offsetOf(this.#from);
  }
  offsetOf(address: number): number {
    return Math.min(this.#offset - (this.#to - address), this.#endOffset);
  }
  /** All has been decoded. */
  get done(): boolean {
    return this.last && this.#from >= this.linesTo;
  }

  advance(to: number): void {
    this.#from = to;
  }

  /** Moves what is left to the front and reads on; text addresses from before are void. Makes room for `bytes` at least. False: nothing has come yet. */
  fill(bytes: number): boolean {
    const left = Math.max(0, this.#to - this.#from);
    const wanted = Math.min(
      Math.max(bytes, this.#segmentBytes - slackBytes, left + 1),
      left + this.#endOffset - this.#offset + 1,
    );
    if (wanted + slackBytes > this.#segmentBytes) {
      if (left >= limits.recordBytesMax)
        throw new TidemillError(
          'record-too-long',
          `${this.#path}: the record at byte ${this.position} has more than ${limits.recordBytesMax} bytes`,
        );
      const grown = Math.max(wanted + slackBytes, Math.min(this.#segmentBytes * 2, limits.recordBytesMax));
      const segment = this.#memory.allocateSegment(grown);
      this.#memory.u8.copyWithin(segment, this.#from, this.#to);
      this.#memory.freeSegment(this.#segment, this.#segmentBytes);
      this.#segment = segment;
      this.#segmentBytes = grown;
    } else this.#memory.u8.copyWithin(this.#segment, this.#from, this.#to);
    this.#from = this.#segment;
    this.#to = this.#segment + left;
    this.#linesTo = 0;
    const room = Math.min(this.#segment + this.#segmentBytes - slackBytes - this.#to, this.#endOffset - this.#offset);
    let done = 0;
    let pending = false;
    while (done < room) {
      const read = this.#input.read(this.#memory.u8, this.#to + done, room - done, this.#offset + done);
      pending = read === undefined;
      // A file that has become shorter ends there.
      if (read === undefined || read === 0) break;
      done += read;
    }
    const began = this.#offset === 0 && !this.#seekable && done > 0;
    this.#to += done;
    this.#offset += done;
    if (
      began &&
      this.#memory.u8
        .subarray(this.#from, this.#from + byteOrderMark.length)
        .every((byte, index) => byte === byteOrderMark[index])
    )
      this.#from += byteOrderMark.length;
    if (done < room && !pending) this.#endOffset = this.#offset;
    return !pending || done > 0;
  }

  /** A place for errors: the line, or the byte of packed text. */
  placeOf(offset: number): string {
    return this.#seekable ? `${this.#path}:${lineNumberOf(this.#path, offset)}` : `${this.#path}:unpacked byte ${offset}`;
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.close();
    this.#memory.freeSegment(this.#segment, this.#segmentBytes);
  }

  /** Bytes of the mark some programs put before UTF-8; Flink passes over it, too. */
  #markBytes(): number {
    const first = Buffer.alloc(byteOrderMark.length);
    this.#input.read(first, 0, first.length, 0);
    return first.equals(byteOrderMark) ? first.length : 0;
  }

  /** The first place at or behind `offset` where a line begins. */
  #lineStart(offset: number, size: number): number {
    if (offset <= 0 || offset >= size) return Math.max(0, Math.min(offset, size));
    const piece = Buffer.alloc(65536);
    for (let at = offset - 1; at < size; at += piece.length) {
      const read = this.#input.read(piece, 0, piece.length, at) ?? 0;
      const found = piece.subarray(0, read).indexOf(newline);
      if (found >= 0) return at + found + 1;
      if (read === 0) break;
    }
    return size;
  }
}

/** Line (from 1) of a byte of a file: counted when an error needs it, not while reading. */
export function lineNumberOf(path: string, offset: number): number {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(1 << 20);
    let line = 1;
    for (let at = 0; at < offset; ) {
      const read = readSync(file, piece, 0, Math.min(piece.length, offset - at), at);
      if (read === 0) break;
      for (let index = piece.indexOf(newline); index >= 0 && index < read; index = piece.indexOf(newline, index + 1)) line++;
      at += read;
    }
    return line;
  } finally {
    closeSync(file);
  }
}
