/** Writes the body of a request of Kafka's protocol, big-endian. Strings and arrays exist in two spellings: classic and compact (flexible versions). */
export class WireWriter {
  #buffer: Buffer;
  #length = 0;
  /** What stands before the rest of the buffer. */
  readonly #parts: Buffer[] = [];
  #from = 0;

  constructor(sizeBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(sizeBytes);
  }

  /** What has been written; valid until more is. */
  get bytes(): Buffer {
    return this.#parts.length === 0 ? this.#buffer.subarray(0, this.#length) : Buffer.concat(this.parts);
  }
  /** The same, with what {@link compactPart} was given as it is. */
  get parts(): readonly Buffer[] {
    return [...this.#parts, this.#buffer.subarray(this.#from, this.#length)];
  }

  int8(value: number): this {
    this.#need(1);
    this.#buffer[this.#length++] = value & 255;
    return this;
  }
  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }
  int16(value: number): this {
    this.#need(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
    return this;
  }
  int32(value: number): this {
    this.#need(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
    return this;
  }
  int64(value: number | bigint): this {
    this.#need(8);
    this.#length = this.#buffer.writeBigInt64BE(BigInt(value), this.#length);
    return this;
  }
  unsignedVarint(value: number): this {
    let rest = value >>> 0;
    while (rest > 127) {
      this.int8((rest & 127) | 128);
      rest >>>= 7;
    }
    return this.int8(rest);
  }
  raw(bytes: Uint8Array): this {
    this.#need(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
  /** A classic string; undefined is null. */
  string(text: string | undefined): this {
    if (text === undefined) return this.int16(-1);
    const bytes = Buffer.from(text);
    return this.int16(bytes.length).raw(bytes);
  }
  compactString(text: string | undefined): this {
    if (text === undefined) return this.unsignedVarint(0);
    const bytes = Buffer.from(text);
    return this.unsignedVarint(bytes.length + 1).raw(bytes);
  }
  bytesOf(bytes: Uint8Array | undefined): this {
    return bytes === undefined ? this.int32(-1) : this.int32(bytes.length).raw(bytes);
  }
  compactBytes(bytes: Uint8Array | undefined): this {
    return bytes === undefined ? this.unsignedVarint(0) : this.unsignedVarint(bytes.length + 1).raw(bytes);
  }
  /** Bytes with their length before them, not copied. */
  compactPart(bytes: Buffer): this {
    this.unsignedVarint(bytes.length + 1);
    this.#parts.push(this.#buffer.subarray(this.#from, this.#length), bytes);
    this.#from = this.#length;
    return this;
  }
  /** A classic array; undefined is null. */
  array<T>(items: readonly T[] | undefined, write: (item: T) => void): this {
    if (items === undefined) return this.int32(-1);
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }
  compactArray<T>(items: readonly T[] | undefined, write: (item: T) => void): this {
    if (items === undefined) return this.unsignedVarint(0);
    this.unsignedVarint(items.length + 1);
    for (const item of items) write(item);
    return this;
  }
  /** No tagged fields. */
  tags(): this {
    return this.int8(0);
  }

  #need(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** Reads the body of a response. @throws RangeError behind the end: the broker sent less than the version of the protocol says. */
export class WireReader {
  readonly buffer: Buffer;
  position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  int8(): number {
    return this.buffer.readInt8(this.#pass(1));
  }
  boolean(): boolean {
    return this.int8() !== 0;
  }
  int16(): number {
    return this.buffer.readInt16BE(this.#pass(2));
  }
  int32(): number {
    return this.buffer.readInt32BE(this.#pass(4));
  }
  int64(): bigint {
    return this.buffer.readBigInt64BE(this.#pass(8));
  }
  /** An int64 that is an offset or a time: exact up to 2^53. */
  long(): number {
    return Number(this.int64());
  }
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.int8();
      value |= (byte & 127) << shift;
      if ((byte & 128) === 0) return value >>> 0;
    }
    throw new RangeError('a varint has more than five bytes');
  }
  string(): string | undefined {
    return this.#text(this.int16());
  }
  compactString(): string | undefined {
    return this.#text(this.unsignedVarint() - 1);
  }
  bytes(): Buffer | undefined {
    return this.#bytes(this.int32());
  }
  compactBytes(): Buffer | undefined {
    return this.#bytes(this.unsignedVarint() - 1);
  }
  array<T>(read: () => T): T[] {
    return this.#items(this.int32(), read);
  }
  compactArray<T>(read: () => T): T[] {
    return this.#items(this.unsignedVarint() - 1, read);
  }
  /** Passes over tagged fields; `read` is given those it may want. */
  tags(read?: (tag: number, field: WireReader) => void): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      const tag = this.unsignedVarint();
      const length = this.unsignedVarint();
      const at = this.#pass(length);
      read?.(tag, new WireReader(this.buffer.subarray(0, at + length), at));
    }
  }

  #text(length: number): string | undefined {
    if (length < 0) return undefined;
    const at = this.#pass(length);
    return this.buffer.toString('utf8', at, at + length);
  }
  #bytes(length: number): Buffer | undefined {
    if (length < 0) return undefined;
    const at = this.#pass(length);
    return this.buffer.subarray(at, at + length);
  }
  #items<T>(count: number, read: () => T): T[] {
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }
  #pass(bytes: number): number {
    const at = this.position;
    if (bytes < 0 || at + bytes > this.buffer.length) throw new RangeError('the response ends too early');
    this.position = at + bytes;
    return at;
  }
}
