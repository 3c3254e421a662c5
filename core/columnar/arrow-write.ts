import { type Data, type DataType, type List, type Map_, makeData, type Struct } from 'apache-arrow';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { arrowTypeOf } from './arrow-types.ts';
import type { Column } from './batch.ts';
import { type Storage, storageBytes, storageOf } from './types.ts';

/** Rows `from` to `from + length` of a column as Arrow data with buffers of its own. */
export function arrowDataOf(memory: TaskMemory, column: Column, from: number, length: number): Data {
  return dataOf(memory, column, from, length, arrowTypeOf(column.type));
}

// makeData's overloads take one Arrow type each; the type here was made to fit the buffers
const make = makeData as unknown as (props: Record<string, unknown>) => Data;

function dataOf(memory: TaskMemory, column: Column, from: number, length: number, type: DataType): Data {
  const { kind } = column.type;
  if (kind === 'NULL') return make({ type, length });
  const nullBitmap = column.validity === 0 ? undefined : bitsOf(memory, column.validity, from, length);
  const storage = storageOf(column.type);
  switch (storage) {
    case 'view':
      return make({ type, length, nullBitmap, ...textOf(memory, column, from, length) });
    case 'struct': {
      const fields = (type as Struct).children;
      const children = column.children!.map((child, index) =>
        dataOf(memory, child, from, length, fields[index]!.type as DataType),
      );
      return make({ type, length, nullBitmap, children });
    }
    case 'list': {
      const offsets = memory.i32.slice((column.data >>> 2) + from, (column.data >>> 2) + from + length + 1);
      const first = offsets[0]!;
      const items = offsets[length]! - first;
      const valueOffsets = Int32Array.from(offsets, offset => offset - first);
      const item = ((type as List | Map_).children[0]!.type ?? type) as DataType;
      if (kind === 'ARRAY') {
        return make({ type, length, nullBitmap, valueOffsets, child: dataOf(memory, column.children![0]!, first, items, item) });
      }
      const entryTypes = (item as Struct).children;
      const entries = column.children!.map((child, index) =>
        dataOf(memory, child, first, items, entryTypes[index]!.type as DataType),
      );
      return make({ type, length, nullBitmap, valueOffsets, child: make({ type: item, length: items, children: entries }) });
    }
    default:
      return make({ type, length, nullBitmap, data: fixedOf(memory, column, storage, from, length) });
  }
}

function bitsOf(memory: TaskMemory, bits: number, from: number, length: number): Uint8Array {
  const target = new Uint8Array(((length + 63) >> 6) * 8);
  const source = memory.u8;
  if ((from & 7) === 0) {
    target.set(source.subarray(bits + (from >> 3), bits + (from >> 3) + ((length + 7) >> 3)));
    return target;
  }
  for (let row = 0; row < length; row++) {
    const at = from + row;
    if ((source[bits + (at >> 3)]! & (1 << (at & 7))) !== 0) target[row >> 3]! |= 1 << (row & 7);
  }
  return target;
}

function fixedOf(
  memory: TaskMemory,
  column: Column,
  storage: Exclude<Storage, 'view' | 'list' | 'struct'>,
  from: number,
  length: number,
) {
  const { kind } = column.type;
  const width = storageBytes(storage);
  const start = column.data + from * width;
  if (kind === 'BOOLEAN') {
    const bits = new Uint8Array(((length + 63) >> 6) * 8);
    for (let row = 0; row < length; row++) if (memory.u8[start + row] !== 0) bits[row >> 3]! |= 1 << (row & 7);
    return bits;
  }
  if (kind === 'DECIMAL' && storage === 'i64') {
    const words = new Int32Array(length * 4);
    for (let row = 0; row < length; row++) {
      const low = memory.i32[(start >>> 2) + row * 2]!;
      const high = memory.i32[(start >>> 2) + row * 2 + 1]!;
      words.set([low, high, high >> 31, high >> 31], row * 4);
    }
    return new Uint32Array(words.buffer);
  }
  if (kind === 'INTERVAL_YEAR_MONTH') {
    const words = new Int32Array(length * 4);
    for (let row = 0; row < length; row++) words[row * 4] = memory.i32[(start >>> 2) + row]!;
    return words;
  }
  const bytes = new Uint8Array(length * width);
  bytes.set(memory.u8.subarray(start, start + bytes.length));
  switch (storage) {
    case 'i8':
      return new Int8Array(bytes.buffer);
    case 'i16':
      return new Int16Array(bytes.buffer);
    case 'i32':
      return new Int32Array(bytes.buffer);
    case 'i64':
      return new BigInt64Array(bytes.buffer);
    case 'i128':
      return new Uint32Array(bytes.buffer);
    case 'f32':
      return new Float32Array(bytes.buffer);
    case 'f64':
      return new Float64Array(bytes.buffer);
  }
}

function textOf(
  memory: TaskMemory,
  column: Column,
  from: number,
  length: number,
): { valueOffsets: Int32Array; data: Uint8Array } {
  const words = memory.u32;
  const bytes = memory.u8;
  const first = (column.data >>> 2) + from * 4;
  const valueOffsets = new Int32Array(length + 1);
  let total = 0;
  for (let row = 0; row < length; row++) {
    const at = from + row;
    // a NULL row's view is not ours to trust in what others read
    const present = column.validity === 0 || (bytes[column.validity + (at >> 3)]! & (1 << (at & 7))) !== 0;
    if (present) total += words[first + row * 4]!;
    valueOffsets[row + 1] = total;
  }
  const data = new Uint8Array(total);
  for (let row = 0; row < length; row++) {
    const start = valueOffsets[row]!;
    const size = valueOffsets[row + 1]! - start;
    if (size === 0) continue;
    const view = first + row * 4;
    const address = size <= limits.stringInlineBytes ? (view + 1) * 4 : words[view + 2]!;
    if (size > 32) data.set(bytes.subarray(address, address + size), start);
    else for (let index = 0; index < size; index++) data[start + index] = bytes[address + index]!;
  }
  return { valueOffsets, data };
}
