import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Batch, Column } from './batch.ts';
import { isBinary, storageOf } from './types.ts';
import type { Value } from './values.ts';

/** Whether a row of a column is NULL. */
export function isNull(memory: TaskMemory, column: Column, row: number): boolean {
  return column.validity !== 0 && (memory.u8[column.validity + (row >> 3)]! & (1 << (row & 7))) === 0;
}

/** One value of a column, for results, errors and tests; never on a hot path. Bytes are copied out. */
export function readValue(memory: TaskMemory, column: Column, row: number): Value {
  return isNull(memory, column, row) ? null : readerOf(memory, column)(row);
}

/** All values of a column's first `length` rows. */
export function readColumn(memory: TaskMemory, column: Column, length: number): Value[] {
  const read = readerOf(memory, column);
  const values = new Array<Value>(length);
  if (column.validity === 0) {
    for (let row = 0; row < length; row++) values[row] = read(row);
  } else {
    const bits = memory.u8;
    const { validity } = column;
    for (let row = 0; row < length; row++)
      values[row] = (bits[validity + (row >> 3)]! & (1 << (row & 7))) === 0 ? null : read(row);
  }
  return values;
}

/** The rows of a batch, an array of values each; weights are left out (see {@link readWeights}). */
export function readRows(memory: TaskMemory, batch: Batch): Value[][] {
  const columns = batch.columns.map(column => readColumn(memory, column, batch.length));
  const rows = new Array<Value[]>(batch.length);
  for (let row = 0; row < batch.length; row++) {
    const values = new Array<Value>(columns.length);
    for (let index = 0; index < columns.length; index++) values[index] = columns[index]![row]!;
    rows[row] = values;
  }
  return rows;
}

/** +1 or −1 per row of a batch. */
export function readWeights(memory: TaskMemory, batch: Batch): number[] {
  if (batch.weights === 0) return new Array<number>(batch.length).fill(1);
  return Array.from(memory.i8.subarray(batch.weights, batch.weights + batch.length));
}

/** Where the bytes of a 16-byte view lie: [address, length]. */
export function viewBytes(memory: TaskMemory, view: number): readonly [number, number] {
  const length = memory.u32[view >>> 2]!;
  return length <= limits.stringInlineBytes ? [view + 4, length] : [memory.u32[(view + 8) >>> 2]!, length];
}

/** Reads values of rows that are not NULL; valid until the memory grows. */
function readerOf(memory: TaskMemory, column: Column): (row: number) => Value {
  const { type, data } = column;
  const storage = storageOf(type);
  switch (storage) {
    case 'i8': {
      const source = memory.i8;
      if (type.kind === 'NULL') return () => null;
      return type.kind === 'BOOLEAN' ? row => source[data + row] !== 0 : row => source[data + row]!;
    }
    case 'i16':
    case 'i32':
    case 'f32':
    case 'f64': {
      const source = memory[storage];
      const first = data / source.BYTES_PER_ELEMENT;
      return row => source[first + row]!;
    }
    case 'i64': {
      const source = memory.i64;
      return row => source[data / 8 + row]!;
    }
    case 'i128': {
      const source = memory.i64;
      return row => (source[data / 8 + row * 2 + 1]! << 64n) | BigInt.asUintN(64, source[data / 8 + row * 2]!);
    }
    case 'view': {
      const bytes = memory.u8;
      const words = memory.u32;
      const place = (row: number): [number, number] => {
        const view = data + row * 16;
        const length = words[view >>> 2]!;
        return [length <= limits.stringInlineBytes ? view + 4 : words[(view + 8) >>> 2]!, length];
      };
      if (isBinary(type) || type.kind === 'BITMAP') {
        return row => {
          const [address, length] = place(row);
          return Uint8Array.from(bytes.subarray(address, address + length));
        };
      }
      // Node's way is several times quicker; browsers have none, and do not decode shared memory
      if (typeof Buffer === 'undefined') {
        const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
        return row => {
          const [address, length] = place(row);
          return decoder.decode(bytes.slice(address, address + length));
        };
      }
      const text = Buffer.from(bytes.buffer);
      return row => {
        const [address, length] = place(row);
        return text.toString('utf8', address, address + length);
      };
    }
    case 'list': {
      const offsets = memory.i32;
      const children = column.children ?? [];
      const first = data >>> 2;
      if (children.length === 1) {
        const element = children[0]!;
        return row => range(offsets[first + row]!, offsets[first + row + 1]!, index => readValue(memory, element, index));
      }
      return row =>
        range(offsets[first + row]!, offsets[first + row + 1]!, index => children.map(child => readValue(memory, child, index)));
    }
    case 'struct': {
      const children = column.children ?? [];
      return row => children.map(child => readValue(memory, child, row));
    }
  }
}

function range(from: number, to: number, read: (index: number) => Value): Value[] {
  const values: Value[] = [];
  for (let index = from; index < to; index++) values.push(read(index));
  return values;
}
