import { TidemillError } from '../../common/errors.ts';

/**
 * Protocol buffers (proto3) as Flight uses them: messages are described once, and their TypeScript types follow. Numbers of 64 bits are read as JavaScript
 * numbers; none of Flight's is beyond 2⁵³. Source: protobuf.dev, "Encoding".
 */
export interface Codec<T> {
  readonly wireType: 0 | 1 | 2;
  /** What an absent field is. */
  readonly absent: () => T;
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
  isAbsent(value: T): boolean;
}

export interface FieldDescription<T> {
  readonly number: number;
  read(reader: Reader, before: T | undefined, wireType: number): T;
  write(writer: Writer, value: T): void;
  absent(): T;
}

/** A message: {@link MessageCodec.decode} gives every field, {@link MessageCodec.encode} takes those that are not the default. */
export interface MessageCodec<T> extends Codec<T> {
  decode(bytes: Uint8Array): T;
  encode(value: Partial<T>): Buffer;
}

const malformed = (): TidemillError =>
  new TidemillError('flight-protocol', 'the request is not a message of Flight SQL', {
    hint: 'use a client of Arrow Flight SQL',
  });

export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.end) throw malformed();
      const byte = this.bytes[this.at++]!;
      // ten bytes are a negative number: its bits are more than a JavaScript number holds
      if (count === 9) return this.#negative(this.at - 10);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw malformed();
  }

  #negative(start: number): number {
    let bits = 0n;
    for (let index = 0; index < 10; index++) bits |= BigInt(this.bytes[start + index]! & 127) << BigInt(7 * index);
    return Number(BigInt.asIntN(64, bits));
  }

  slice(): Uint8Array {
    const length = this.varint();
    if (length < 0 || this.at + length > this.end) throw malformed();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  fixed64(): DataView {
    if (this.at + 8 > this.end) throw malformed();
    this.at += 8;
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at - 8, 8);
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.fixed64();
    else if (wireType === 2) this.slice();
    else if (wireType === 5 && this.at + 4 <= this.end) this.at += 4;
    else throw malformed();
  }
}

export class Writer {
  readonly #parts: Uint8Array[] = [];
  lengthBytes = 0;

  bytes(part: Uint8Array): void {
    this.#parts.push(part);
    this.lengthBytes += part.length;
  }

  varint(value: number): void {
    this.bytes(varintBytes(value));
  }

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts, this.lengthBytes);
  }
}

/** The variable-length form of a whole number. */
export function varintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const noBytes = new Uint8Array(0);

export const string: Codec<string> = {
  wireType: 2,
  absent: () => '',
  read: reader => decoder.decode(reader.slice()),
  write: (writer, value) => bytes.write(writer, encoder.encode(value)),
  isAbsent: value => value === '',
};
export const bytes: Codec<Uint8Array> = {
  wireType: 2,
  absent: () => noBytes,
  read: reader => reader.slice(),
  write(writer, value) {
    writer.varint(value.length);
    writer.bytes(value);
  },
  isAbsent: value => value.length === 0,
};
/** Also enums, and both signed and unsigned numbers without zigzag. */
export const integer: Codec<number> = {
  wireType: 0,
  absent: () => 0,
  read: reader => reader.varint(),
  write: (writer, value) => writer.varint(value),
  isAbsent: value => value === 0,
};
export const bool: Codec<boolean> = {
  wireType: 0,
  absent: () => false,
  read: reader => reader.varint() !== 0,
  write: (writer, value) => writer.varint(value ? 1 : 0),
  isAbsent: value => !value,
};
export const double: Codec<number> = {
  wireType: 1,
  absent: () => 0,
  read: reader => reader.fixed64().getFloat64(0, true),
  write(writer, value) {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    writer.bytes(new Uint8Array(view.buffer));
  },
  isAbsent: value => value === 0,
};
export const fixedLong: Codec<number> = {
  wireType: 1,
  absent: () => 0,
  read: reader => Number(reader.fixed64().getBigInt64(0, true)),
  write(writer, value) {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, BigInt(value), true);
    writer.bytes(new Uint8Array(view.buffer));
  },
  isAbsent: value => value === 0,
};

/** A field; its default is what stands when it is absent, and is not written. */
export function field<T>(number: number, codec: Codec<T>): FieldDescription<T> {
  return {
    number,
    absent: codec.absent,
    read: reader => codec.read(reader),
    write(writer, value) {
      if (!codec.isAbsent(value)) writeField(writer, number, codec, value);
    },
  };
}

/** A field that may be absent: `optional`, a message, or one of a `oneof`. */
export function optional<T>(number: number, codec: Codec<T>): FieldDescription<T | undefined> {
  return {
    number,
    absent: () => undefined,
    read: reader => codec.read(reader),
    write(writer, value) {
      if (value !== undefined) writeField(writer, number, codec, value);
    },
  };
}

export function repeated<T>(number: number, codec: Codec<T>): FieldDescription<readonly T[]> {
  return {
    number,
    absent: () => [],
    read(reader, before = [], wireType) {
      if (codec.wireType === 2 || wireType !== 2) return [...before, codec.read(reader)];
      const packed = reader.slice();
      const values = new Reader(packed);
      const read = [...before];
      while (values.at < values.end) read.push(codec.read(values));
      return read;
    },
    write(writer, values) {
      for (const value of values) writeField(writer, number, codec, value);
    },
  };
}

/** A map with text keys. */
export function map<T>(number: number, codec: Codec<T>): FieldDescription<Readonly<Record<string, T>>> {
  const entry = message({ key: field(1, string), value: field(2, codec) });
  return {
    number,
    absent: () => ({}),
    read(reader, before) {
      const { key, value } = entry.read(reader);
      return { ...before, [key]: value };
    },
    write(writer, values) {
      for (const [key, value] of Object.entries(values)) writeField(writer, number, entry, { key, value });
    },
  };
}

function writeField<T>(writer: Writer, number: number, codec: Codec<T>, value: T): void {
  writer.tag(number, codec.wireType);
  codec.write(writer, value);
}

/**
 * A message from its fields.
 *
 * @throws TidemillError `flight-protocol` from `decode`, for bytes that are none.
 * @example
 * const Ticket = message({ ticket: field(1, bytes) });
 * Ticket.decode(Ticket.encode({ ticket: Buffer.from('a') })).ticket
 */
export function message<T extends object>(
  fields: { readonly [K in keyof T]: FieldDescription<T[K]> },
): MessageCodec<Readonly<T>> {
  const described = Object.entries(fields) as [string, FieldDescription<unknown>][];
  const byNumber = new Map(described.map(([name, description]) => [description.number, { name, description }]));
  const decode = (content: Uint8Array): T => {
    const value: Record<string, unknown> = {};
    for (const [name, description] of described) value[name] = description.absent();
    const reader = new Reader(content);
    while (reader.at < reader.end) {
      const tag = reader.varint();
      const wireType = tag & 7;
      const known = byNumber.get(Math.floor(tag / 8));
      if (known === undefined) reader.skip(wireType);
      else value[known.name] = known.description.read(reader, value[known.name], wireType);
    }
    return value as T;
  };
  const encode = (value: Partial<T>): Buffer => {
    const writer = new Writer();
    for (const [name, description] of described) {
      const given = (value as Readonly<Record<string, unknown>>)[name];
      if (given !== undefined) description.write(writer, given);
    }
    return writer.finish();
  };
  return {
    wireType: 2,
    absent: () => decode(noBytes),
    decode,
    encode,
    read: reader => decode(reader.slice()),
    write: (writer, value) => bytes.write(writer, encode(value)),
    isAbsent: () => false,
  };
}
