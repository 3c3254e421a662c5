import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Column } from './batch.ts';
import { childTypes, type SqlType, storageBytes, storageOf } from './types.ts';
import { validityBytes } from './write-values.ts';

/*
 * The packed form of one value, without gaps and without addresses:
 *   fixed width    its little-endian bytes; FLOAT and DOUBLE with one NaN
 *   string, bytes  u32 length, then the bytes
 *   ROW            a bit per field (1: value), in whole bytes; then the fields that are not NULL
 *   ARRAY          u32 count; per child (ARRAY one; MAP and MULTISET two): a bit per element, in whole bytes; then the elements that are not NULL
 * The entries of a MAP keep their order, as in Flink, where two maps in different order are different keys too.
 */

/**
 * A column of nested values as a column of bytes (16-byte views) in the arena, for state, keys, hashing and equality: two values are equal
 * exactly when their bytes are. NULL stays NULL.
 *
 * @example
 * const bytes = packColumn(memory, column, batch.length); // unpackColumn(memory, bytes, column.type, batch.length) gives it back
 */
export function packColumn(memory: TaskMemory, column: Column, length: number): Column {
  const { sizeOf } = packerOf(memory, column);
  const data = memory.arena.allocateZeroed(length * 16);
  const sizes = new Uint32Array(length);
  const present = presenceOf(memory, column);
  let total = 0;
  for (let row = 0; row < length; row++) if (present(row)) total += sizes[row] = sizeOf(row);
  let address = memory.arena.allocate(total);
  // allocating may have grown the memory: packers hold its views
  const { write } = packerOf(memory, column);
  const presentNow = presenceOf(memory, column);
  const words = memory.u32;
  const bytes = memory.u8;
  for (let row = 0; row < length; row++) {
    if (!presentNow(row)) continue;
    const size = sizes[row]!;
    write(row, address);
    const view = data + row * 16;
    words[view >>> 2] = size;
    bytes.copyWithin(view + 4, address, address + (size <= limits.stringInlineBytes ? size : 4));
    if (size > limits.stringInlineBytes) words[(view + 8) >>> 2] = address;
    address += size;
  }
  return { type: { kind: 'VARBINARY', length: 2147483647, nullable: column.type.nullable }, validity: column.validity, data };
}

/**
 * The inverse of {@link packColumn}. Long strings of the result point into the packed bytes, which must outlive it.
 * @throws TidemillError `internal` when the bytes are not of `type`.
 */
export function unpackColumn(memory: TaskMemory, packed: Column, type: SqlType, length: number): Column {
  const builder = new ColumnBuilder(type);
  const { u8, u32 } = memory;
  const view = new DataView(u8.buffer);
  for (let row = 0; row < length; row++) {
    if (packed.validity !== 0 && (u8[packed.validity + (row >> 3)]! & (1 << (row & 7))) === 0) {
      builder.appendNull();
      continue;
    }
    const place = packed.data + row * 16;
    const size = u32[place >>> 2]!;
    const address = size <= limits.stringInlineBytes ? place + 4 : u32[(place + 8) >>> 2]!;
    if (builder.append(u8, view, address) !== address + size) throw internalError(`packed ${type.kind} of ${size} bytes is torn`);
  }
  return builder.finish(memory);
}

interface Packer {
  /** Packed bytes of a row that is not NULL. */
  readonly sizeOf: (row: number) => number;
  /** Writes it; returns the address behind. */
  readonly write: (row: number, address: number) => number;
}

function presenceOf(memory: TaskMemory, column: Column): (row: number) => boolean {
  const { validity, type } = column;
  if (type.kind === 'NULL') return () => false;
  if (validity === 0) return () => true;
  const bits = memory.u8;
  return row => (bits[validity + (row >> 3)]! & (1 << (row & 7))) !== 0;
}

function packerOf(memory: TaskMemory, column: Column): Packer {
  const { type, data } = column;
  const storage = storageOf(type);
  const bytes = memory.u8;
  switch (storage) {
    case 'view': {
      const words = memory.u32;
      const view = new DataView(bytes.buffer);
      return {
        sizeOf: row => 4 + words[(data >>> 2) + row * 4]!,
        write(row, address) {
          const place = data + row * 16;
          const size = words[place >>> 2]!;
          const from = size <= limits.stringInlineBytes ? place + 4 : words[(place + 8) >>> 2]!;
          view.setUint32(address, size, true);
          bytes.copyWithin(address + 4, from, from + size);
          return address + 4 + size;
        },
      };
    }
    case 'struct': {
      const fields = column.children!.map(child => ({ ...packerOf(memory, child), present: presenceOf(memory, child) }));
      const maskBytes = (fields.length + 7) >> 3;
      return {
        sizeOf(row) {
          let size = maskBytes;
          for (const field of fields) if (field.present(row)) size += field.sizeOf(row);
          return size;
        },
        write(row, address) {
          bytes.fill(0, address, address + maskBytes);
          let at = address + maskBytes;
          for (let index = 0; index < fields.length; index++) {
            const field = fields[index]!;
            if (!field.present(row)) continue;
            bytes[address + (index >> 3)]! |= 1 << (index & 7);
            at = field.write(row, at);
          }
          return at;
        },
      };
    }
    case 'list': {
      const offsets = memory.i32;
      const view = new DataView(bytes.buffer);
      const children = column.children!.map(child => ({ ...packerOf(memory, child), present: presenceOf(memory, child) }));
      const start = (row: number): number => offsets[(data >>> 2) + row]!;
      return {
        sizeOf(row) {
          const until = start(row + 1);
          let size = 4 + children.length * ((until - start(row) + 7) >> 3);
          for (const child of children)
            for (let item = start(row); item < until; item++) if (child.present(item)) size += child.sizeOf(item);
          return size;
        },
        write(row, address) {
          const first = start(row);
          const count = start(row + 1) - first;
          view.setUint32(address, count, true);
          let at = address + 4;
          for (const child of children) {
            const mask = at;
            at += (count + 7) >> 3;
            bytes.fill(0, mask, at);
            for (let item = 0; item < count; item++) {
              if (!child.present(first + item)) continue;
              bytes[mask + (item >> 3)]! |= 1 << (item & 7);
              at = child.write(first + item, at);
            }
          }
          return at;
        },
      };
    }
    default: {
      const width = storageBytes(storage);
      const view = new DataView(bytes.buffer);
      const copy = (row: number, address: number): number => {
        const from = data + row * width;
        for (let index = 0; index < width; index++) bytes[address + index] = bytes[from + index]!;
        return address + width;
      };
      if (storage !== 'f32' && storage !== 'f64') return { sizeOf: () => width, write: copy };
      const source = memory[storage];
      return {
        sizeOf: () => width,
        write(row, address) {
          if (!Number.isNaN(source[data / width + row]!)) return copy(row, address);
          if (width === 4) view.setUint32(address, 0x7fc00000, true);
          else {
            view.setUint32(address, 0, true);
            view.setUint32(address + 4, 0x7ff80000, true);
          }
          return address + width;
        },
      };
    }
  }
}

/** Grows a column value by value outside of the task's memory, because the number of elements is known only at the end. */
class ColumnBuilder {
  readonly #type: SqlType;
  readonly #storage: ReturnType<typeof storageOf>;
  readonly #width: number;
  readonly #children: readonly ColumnBuilder[];
  #data: Uint8Array<ArrayBuffer>;
  #bits = new Uint8Array(64);
  #length = 0;
  #nulls = 0;

  constructor(type: SqlType) {
    this.#type = type;
    this.#storage = storageOf(type);
    this.#width = storageBytes(this.#storage);
    this.#children = childTypes(type).map(child => new ColumnBuilder(child));
    this.#data = new Uint8Array(64 * this.#width);
  }

  appendNull(): void {
    this.#next(false);
    if (this.#storage === 'struct') for (const child of this.#children) child.appendNull();
    if (this.#storage === 'list') this.#endList();
  }

  /** Appends the packed value at `address`; returns the address behind it. */
  append(bytes: Uint8Array<ArrayBufferLike>, view: DataView, address: number): number {
    const row = this.#next(true);
    switch (this.#storage) {
      case 'view': {
        const size = view.getUint32(address, true);
        const from = address + 4;
        const target = new DataView(this.#data.buffer, row * 16, 16);
        target.setUint32(0, size, true);
        const inline = size <= limits.stringInlineBytes ? size : 4;
        for (let index = 0; index < inline; index++) this.#data[row * 16 + 4 + index] = bytes[from + index]!;
        if (size > limits.stringInlineBytes) target.setUint32(8, from, true);
        return from + size;
      }
      case 'struct': {
        let at = address + ((this.#children.length + 7) >> 3);
        for (let index = 0; index < this.#children.length; index++) {
          const child = this.#children[index]!;
          if ((bytes[address + (index >> 3)]! & (1 << (index & 7))) === 0) child.appendNull();
          else at = child.append(bytes, view, at);
        }
        return at;
      }
      case 'list': {
        const count = view.getUint32(address, true);
        let at = address + 4;
        for (const child of this.#children) {
          const mask = at;
          at += (count + 7) >> 3;
          for (let item = 0; item < count; item++) {
            if ((bytes[mask + (item >> 3)]! & (1 << (item & 7))) === 0) child.appendNull();
            else at = child.append(bytes, view, at);
          }
        }
        this.#endList();
        return at;
      }
      default:
        for (let index = 0; index < this.#width; index++) this.#data[row * this.#width + index] = bytes[address + index]!;
        return address + this.#width;
    }
  }

  finish(memory: TaskMemory): Column {
    const type = this.#type;
    const children = this.#children.map(child => child.finish(memory));
    let validity = 0;
    if (this.#nulls > 0) {
      const size = validityBytes(this.#length);
      validity = memory.arena.allocateZeroed(size);
      memory.u8.set(this.#bits.subarray(0, (this.#length + 7) >> 3), validity);
    }
    if (this.#storage === 'struct') return { type, validity, data: 0, children };
    if (this.#storage === 'list') {
      const data = memory.arena.allocate((this.#length + 1) * 4);
      memory.i32[data >>> 2] = 0;
      memory.u8.set(this.#data.subarray(0, this.#length * 4), data + 4);
      return { type, validity, data, children };
    }
    const data = memory.arena.allocate(this.#length * this.#width);
    memory.u8.set(this.#data.subarray(0, this.#length * this.#width), data);
    return { type, validity, data };
  }

  /** The end offset of the list just appended: the start of the next. */
  #endList(): void {
    const end = this.#children[0]!.#length;
    new DataView(this.#data.buffer).setInt32((this.#length - 1) * 4, end, true);
  }

  #next(valid: boolean): number {
    const row = this.#length++;
    if (this.#length * this.#width > this.#data.length) this.#data = grown(this.#data, this.#length * this.#width);
    if (this.#length > this.#bits.length * 8) this.#bits = grown(this.#bits, this.#bits.length + 1);
    if (valid) this.#bits[row >> 3]! |= 1 << (row & 7);
    else this.#nulls++;
    return row;
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, wanted: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.max(wanted, bytes.length * 2));
  next.set(bytes);
  return next;
}
