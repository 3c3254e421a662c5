import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { RowStore } from './row-store.ts';

/**
 * Rows of one store as bytes without addresses: a header of u32 {magic, rows, key bytes, payload bytes, heap bytes}, one u32 hash per row,
 * the rows by key group (top byte of the hash), then the long strings they point into. A form for rebuilding operators; checkpoints have
 * their own.
 */
const magic = 0x31534d54;
const headerBytes = 20;

export function writeRowSnapshot(store: RowStore, count: number, addresses: number, hashes: number): Uint8Array {
  const { form, memory } = store;
  const words = memory.u32;
  const heapBytes = store.kernels.store_heap_bytes(store.block, count, addresses) >>> 0;
  const rowsAt = headerBytes + 4 * count;
  let heapAt = rowsAt + count * form.rowBytes;
  const bytes = new Uint8Array(heapAt + heapBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of [magic, count, form.keyBytes, form.payloadBytes, heapBytes].entries())
    view.setUint32(4 * index, value, true);
  const numbers = Uint32Array.from({ length: count }, (_, index) => index);
  const hash = (number: number): number => words[(hashes >> 2) + number]!;
  numbers.sort((a, b) => (hash(a) >>> 24) - (hash(b) >>> 24) || a - b);
  for (const [index, number] of numbers.entries()) {
    const row = words[(addresses >> 2) + number]!;
    const at = rowsAt + index * form.rowBytes;
    view.setUint32(headerBytes + 4 * index, hash(number), true);
    bytes.set(memory.u8.subarray(row, row + form.rowBytes), at);
    for (const offset of form.linkOffsets) view.setUint32(at + offset, 0, true);
    for (const offset of form.viewOffsets) {
      const length = view.getUint32(at + offset, true);
      if (length <= limits.stringInlineBytes) continue;
      const address = view.getUint32(at + offset + 8, true);
      bytes.set(memory.u8.subarray(address, address + length), heapAt);
      view.setUint32(at + offset + 8, heapAt, true);
      heapAt += (length + 7) & ~7;
    }
  }
  return bytes;
}

/**
 * Puts a snapshot's rows into a store. `place` makes `count` rows from packed keys (with their hashes) and writes their addresses; payloads,
 * epochs and long strings of payloads are filled in here.
 */
export function readRowSnapshot(
  store: RowStore,
  bytes: Uint8Array,
  place: (packed: number, hashes: number, count: number, rows: number) => void,
): void {
  const { form, memory } = store;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = (index: number): number => header.getUint32(4 * index, true);
  if (field(0) !== magic || field(2) !== form.keyBytes || field(3) !== form.payloadBytes)
    throw internalError('a state snapshot does not have the form of its table');
  const count = field(1);
  const mark = memory.arena.mark();
  const image = memory.arena.allocate(bytes.length + 8);
  memory.u8.set(bytes, image);
  const rowsAt = image + headerBytes + 4 * count;
  const hashes = memory.arena.allocate(4 * count);
  memory.u8.copyWithin(hashes, image + headerBytes, image + headerBytes + 4 * count);
  const packed = memory.arena.allocate(count * form.keyBytes);
  const rows = memory.arena.allocate(4 * count);
  const view = new DataView(memory.memory.buffer);
  for (let index = 0; index < count; index++) {
    const at = rowsAt + index * form.rowBytes;
    for (const offset of form.viewOffsets) {
      if (view.getUint32(at + offset, true) > limits.stringInlineBytes)
        view.setUint32(at + offset + 8, view.getUint32(at + offset + 8, true) + image, true);
    }
    memory.u8.copyWithin(packed + index * form.keyBytes, at, at + form.keyBytes);
  }
  place(packed, hashes, count, rows);
  const payloadViews = form.viewOffsets.filter(offset => offset >= form.keyBytes);
  for (let index = 0; index < count; index++) {
    const at = rowsAt + index * form.rowBytes;
    const row = memory.u32[(rows >> 2) + index]!;
    let heapBytes = 0;
    for (const offset of payloadViews) {
      const length = new DataView(memory.memory.buffer).getUint32(at + offset, true);
      if (length > limits.stringInlineBytes) heapBytes += (length + 7) & ~7;
    }
    store.ensureHeap(heapBytes);
    memory.u8.copyWithin(row + form.keyBytes, at + form.keyBytes, at + form.rowBytes);
    for (const offset of payloadViews) {
      memory.u8.fill(0, row + offset, row + offset + 16);
      store.kernels.heap_store_view(store.block, row + offset, at + offset);
    }
  }
  memory.arena.release(mark);
}
