import { TidemillError } from '../common/errors.ts';
import { copyBytes } from '../wasm/copy-bytes.ts';
import type { ArrowPlace } from './arrow-place.ts';
import type { Batch, Column } from './batch.ts';
import { type Storage, storageBytes, storageOf } from './types.ts';

/** A record batch as Arrow IPC has it: the flatbuffer of its message, and the buffers of its body, which still lie where they are. */
export interface ArrowMessage {
  readonly header: Uint8Array;
  readonly bodyBytes: number;
  /** Copies the body; `target` must be as it was given out, padding is written too. Only while the batch's memory is unchanged. */
  writeBody(target: Uint8Array, at: number): void;
}

/**
 * A batch as the record batch of Arrow IPC, straight from its columns: fixed-width columns are not touched before {@link ArrowMessage.writeBody} copies
 * them; texts are laid one behind the other in the arena. Types are those of `arrowTypeOf`; weights are left out. `before`: columns that go first and are not in task memory.
 * Source: arrow.apache.org, "Serialization and Interprocess Communication".
 */
export function arrowMessageOf(place: ArrowPlace, batch: Batch, before: readonly ArrowBuffers[] = []): ArrowMessage {
  const parts = new Parts();
  for (const { nullCount, buffers } of before) {
    parts.node(batch.length, nullCount);
    for (const buffer of buffers) parts.buffer(buffer);
  }
  for (const column of batch.columns) addColumn(parts, place, column, 0, batch.length);
  return parts.message(batch.length);
}

/** A column of one Arrow node. */
export interface ArrowBuffers {
  readonly nullCount: number;
  readonly buffers: readonly Uint8Array[];
}

const noBytes = new Uint8Array(0);
const padded = (bytes: number): number => (bytes + 7) & ~7;

class Parts {
  readonly #nodes: number[] = [];
  readonly #buffers: Uint8Array[] = [];

  node(length: number, nullCount: number): void {
    this.#nodes.push(length, nullCount);
  }

  buffer(bytes: Uint8Array): void {
    this.#buffers.push(bytes);
  }

  message(rows: number): ArrowMessage {
    const buffers = this.#buffers;
    let bodyBytes = 0;
    for (const buffer of buffers) bodyBytes += padded(buffer.length);
    return {
      header: recordBatchHeader(rows, this.#nodes, buffers, bodyBytes),
      bodyBytes,
      writeBody(target, at) {
        let place = at;
        for (const buffer of buffers) {
          copyBytes(buffer, 0, buffer.length, target, place);
          place += buffer.length;
          for (const end = at + padded(place - at); place < end; place++) target[place] = 0;
        }
      },
    };
  }
}

/**
 * The flatbuffer Message of a record batch: its tables and vectors have the same places every time, but for how many nodes and buffers there are.
 * Source: the schemas Message.fbs and Schema.fbs of Apache Arrow; flatbuffers.dev, "Internals".
 */
function recordBatchHeader(
  rows: number,
  nodes: readonly number[],
  buffers: readonly Uint8Array[],
  bodyBytes: number,
): Uint8Array {
  const nodesAt = 80;
  const buffersAt = nodesAt + nodes.length * 8 + 8;
  const bytes = new Uint8Array(buffersAt + buffers.length * 16);
  const view = new DataView(bytes.buffer);
  const long = (at: number, value: number): void => {
    view.setUint32(at, value, true);
    view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
  };
  const shorts = (at: number, values: readonly number[]): void => {
    for (const [index, value] of values.entries()) view.setUint16(at + index * 2, value, true);
  };
  // where the message's table is; its vtable: version, kind of header, header, length of the body
  view.setUint32(0, 16, true);
  shorts(4, [12, 24, 16, 18, 4, 8]);
  view.setInt32(16, 12, true);
  view.setUint32(20, 52 - 20, true);
  long(24, bodyBytes);
  // version 5, a record batch
  view.setInt16(32, 4, true);
  view.setUint8(34, 3);
  // the record batch's vtable: rows, nodes, buffers
  shorts(40, [10, 20, 4, 12, 16]);
  view.setInt32(52, 12, true);
  long(56, rows);
  view.setUint32(64, nodesAt - 4 - 64, true);
  view.setUint32(68, buffersAt - 4 - 68, true);
  view.setUint32(nodesAt - 4, nodes.length / 2, true);
  for (let index = 0; index < nodes.length; index++) long(nodesAt + index * 8, nodes[index]!);
  view.setUint32(buffersAt - 4, buffers.length, true);
  let place = 0;
  for (let index = 0; index < buffers.length; index++) {
    const { length } = buffers[index]!;
    long(buffersAt + index * 16, place);
    long(buffersAt + index * 16 + 8, length);
    place += padded(length);
  }
  return bytes;
}

function addColumn(parts: Parts, place: ArrowPlace, column: Column, from: number, length: number): void {
  const { kind } = column.type;
  if (kind === 'NULL') {
    parts.node(length, length);
    return;
  }
  addValidity(parts, place, column.validity, from, length);
  const storage = storageOf(column.type);
  switch (storage) {
    case 'view':
      addText(parts, place, column, from, length);
      return;
    case 'struct':
      for (const child of column.children!) addColumn(parts, place, child, from, length);
      return;
    case 'list': {
      const { memory } = place;
      const offsets = memory.i32.slice((column.data >>> 2) + from, (column.data >>> 2) + from + length + 1);
      const first = offsets[0]!;
      const items = offsets[length]! - first;
      if (first !== 0) for (let index = 0; index <= length; index++) offsets[index]! -= first;
      parts.buffer(new Uint8Array(offsets.buffer));
      // entries of a map are rows that are never NULL
      if (kind !== 'ARRAY') addValidity(parts, place, 0, 0, items);
      for (const child of column.children!) addColumn(parts, place, child, first, items);
      return;
    }
    default:
      addFixed(parts, place, column, storage, from, length);
  }
}

function addValidity(parts: Parts, { memory }: ArrowPlace, validity: number, from: number, length: number): void {
  const nullCount = validity === 0 ? 0 : length - countBits(memory, validity, from, length);
  parts.node(length, nullCount);
  parts.buffer(nullCount === 0 ? noBytes : bitsOf(memory, validity, from, length));
}

function countBits(memory: ArrowPlace['memory'], bits: number, from: number, length: number): number {
  const { u8, u32 } = memory;
  let count = 0;
  let row = from;
  const end = from + length;
  for (; row < end && (row & 31) !== 0; row++) count += (u8[bits + (row >> 3)]! >> (row & 7)) & 1;
  for (; row + 32 <= end; row += 32) {
    let word = u32[(bits >>> 2) + (row >> 5)]!;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  for (; row < end; row++) count += (u8[bits + (row >> 3)]! >> (row & 7)) & 1;
  return count;
}

function bitsOf(memory: ArrowPlace['memory'], bits: number, from: number, length: number): Uint8Array {
  const source = memory.u8;
  if ((from & 7) === 0) return source.subarray(bits + (from >> 3), bits + (from >> 3) + ((length + 7) >> 3));
  const target = new Uint8Array((length + 7) >> 3);
  for (let row = 0; row < length; row++) {
    const at = from + row;
    if ((source[bits + (at >> 3)]! & (1 << (at & 7))) !== 0) target[row >> 3]! |= 1 << (row & 7);
  }
  return target;
}

function addFixed(
  parts: Parts,
  { memory, kernels }: ArrowPlace,
  column: Column,
  storage: Exclude<Storage, 'view' | 'list' | 'struct'>,
  from: number,
  length: number,
): void {
  const { kind } = column.type;
  const width = storageBytes(storage);
  const start = column.data + from * width;
  const made = (bytes: number, make: (address: number) => void): void => {
    const address = memory.arena.allocate(bytes);
    make(address);
    parts.buffer(memory.u8.subarray(address, address + bytes));
  };
  if (kind === 'BOOLEAN') made((length + 7) >> 3, address => kernels.arrow_bits(length, start, address));
  else if (kind === 'DECIMAL' && storage === 'i64') made(length * 16, address => kernels.arrow_decimals(length, start, address));
  else if (kind === 'INTERVAL_YEAR_MONTH') {
    const words = new Int32Array(length * 4);
    for (let row = 0; row < length; row++) words[row * 4] = memory.i32[(start >>> 2) + row]!;
    parts.buffer(new Uint8Array(words.buffer));
  } else parts.buffer(memory.u8.subarray(start, start + length * width));
}

function addText(parts: Parts, { memory, kernels }: ArrowPlace, column: Column, from: number, length: number): void {
  const offsets = memory.arena.allocate((length + 1) * 4);
  // a NULL row's view is not ours to trust in what others read
  const bytes = kernels.arrow_offsets(length, column.data, column.validity, from, offsets);
  if (bytes < 0)
    throw new TidemillError('not-supported', 'a column of a batch has more than 2 GiB of text, which Arrow cannot say', {
      domain: 'external',
    });
  const text = memory.arena.allocate(bytes);
  kernels.arrow_text(length, column.data, from, offsets, text);
  parts.buffer(memory.u8.subarray(offsets, offsets + (length + 1) * 4));
  parts.buffer(memory.u8.subarray(text, text + bytes));
}
