import { TidemillError } from '../../common/errors.ts';

export function malformed(what: string): TidemillError {
  return new TidemillError('wasm-malformed', `not a well-formed WebAssembly module: ${what}`);
}

/** Reads the integer and string encodings of the wasm binary format; never past its end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  u8(): number {
    if (this.position >= this.end) throw malformed(`it ends at byte ${this.end} inside a construct`);
    return this.bytes[this.position++]!;
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed(`a number at byte ${this.position} is too long`);
  }

  /** Passes over a LEB128 of any width up to 64 bits. */
  skipNumber(): void {
    for (let count = 0; count < 10; count++) if (this.u8() < 0x80) return;
    throw malformed(`a number at byte ${this.position} is too long`);
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.position) throw malformed(`it ends at byte ${this.end} inside a construct`);
    this.position += bytes;
  }

  /** A view of the next bytes. */
  take(bytes: number): Uint8Array {
    const start = this.position;
    this.skip(bytes);
    return this.bytes.subarray(start, this.position);
  }

  sized(): Uint8Array {
    return this.take(this.u32());
  }

  name(): string {
    const bytes = this.sized();
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw malformed(`the name at byte ${this.position - bytes.length} is not UTF-8`);
    }
  }

  rest(): Uint8Array {
    return this.take(this.end - this.position);
  }
}
