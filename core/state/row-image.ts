import { internalError } from '../common/errors.ts';
import type { RowStore, StoreSegment } from './row-store.ts';

/**
 * The form of rows: what a task copies out of its tables. A header of u32 {magic, rows, gone, key bytes, payload bytes, heap bytes}, the positions of the
 * rows and of those that have gone since the image before (u32 each), then from the next 8 bytes on the rows, and the long strings they point into.
 */
export const rowImageMagic = 0x32524d54;
const headerBytes = 24;

/** Which rows: as they were when the epoch `barrier` ended, and changed after `since` (0: all). */
export interface ImageSpan {
  readonly barrier: number;
  readonly since: number;
}

/** Rows of one image: of `gone` positions there is no row any more. */
export interface RowImage {
  readonly rows: number;
  readonly gone: number;
  readonly bytes: Uint8Array<ArrayBuffer | SharedArrayBuffer>;
}

/** Where bytes that leave the task go; shared ones cross threads without a copy. */
export type AllocateBytes = (bytes: number) => Uint8Array<ArrayBuffer | SharedArrayBuffer>;

const ownBytes: AllocateBytes = bytes => new Uint8Array(bytes);

/** The rows of [from, end) of a segment; undefined when nothing changed there. */
export function imageOfSegment(
  store: RowStore,
  segment: StoreSegment,
  range: { readonly from: number; readonly end: number },
  span: ImageSpan,
  allocate: AllocateBytes = ownBytes,
): RowImage | undefined {
  const { memory, kernels, form } = store;
  const most = Math.floor((range.end - range.from) / form.rowBytes);
  const mark = memory.arena.mark();
  const [rows, positions, gone] = [
    memory.arena.allocate(4 * most),
    memory.arena.allocate(4 * most),
    memory.arena.allocate(4 * most),
  ];
  const counts = memory.arena.allocate(8);
  const { start, position } = segment;
  const { from, end } = range;
  kernels.image_collect(store.block, start, position, from, end, span.barrier, span.since, rows, positions, gone, counts);
  const image = writeImage(store, { rows, positions, gone, counts }, allocate);
  memory.arena.release(mark);
  return image;
}

/** The rows that were logged in [from, end) before they changed. */
export function imageOfLog(
  store: RowStore,
  range: { readonly from: number; readonly end: number },
  span: ImageSpan,
  allocate: AllocateBytes = ownBytes,
): RowImage | undefined {
  const { memory, kernels, form } = store;
  const most = Math.floor((range.end - range.from) / (form.rowBytes + 8));
  const mark = memory.arena.mark();
  const [rows, positions, gone] = [
    memory.arena.allocate(4 * most),
    memory.arena.allocate(4 * most),
    memory.arena.allocate(4 * most),
  ];
  const counts = memory.arena.allocate(8);
  const segments = [...store.segments()].sort((a, b) => a.address - b.address);
  const table = memory.arena.allocate(16 * segments.length);
  memory.u32.set(
    segments.flatMap(({ address, end, start, position }) => [address, end, start, position]),
    table >>> 2,
  );
  const { from, end } = range;
  const { barrier, since } = span;
  kernels.image_collect_log(store.block, table, segments.length, from, end, barrier, since, rows, positions, gone, counts);
  const image = writeImage(store, { rows, positions, gone, counts }, allocate);
  memory.arena.release(mark);
  return image;
}

/** Rows that do not lie in the store's segments; `position`: what the first is called, the others follow. */
export function imageOfRows(store: RowStore, count: number, rows: number, position: number): RowImage | undefined {
  const { memory, kernels } = store;
  const mark = memory.arena.mark();
  const positions = memory.arena.allocate(4 * count);
  kernels.rows_addresses(count, position, 1, positions);
  const counts = memory.arena.allocate(8);
  memory.u32[counts >>> 2] = count;
  memory.u32[(counts + 4) >>> 2] = 0;
  const image = writeImage(store, { rows, positions, gone: positions, counts }, ownBytes);
  memory.arena.release(mark);
  return image;
}

interface Collected {
  readonly rows: number;
  readonly positions: number;
  readonly gone: number;
  readonly counts: number;
}

function writeImage(store: RowStore, collected: Collected, allocate: AllocateBytes): RowImage | undefined {
  const { memory, kernels, form, block } = store;
  const count = memory.u32[collected.counts >>> 2]!;
  const gone = memory.u32[(collected.counts + 4) >>> 2]!;
  if (count === 0 && gone === 0) return undefined;
  const heapBytes = form.viewOffsets.length === 0 ? 0 : kernels.store_heap_bytes(block, count, collected.rows) >>> 0;
  const rowsAt = (headerBytes + 4 * (count + gone) + 7) & ~7;
  const heapAt = rowsAt + count * form.rowBytes;
  const total = heapAt + heapBytes;
  const image = memory.arena.allocate(total);
  kernels.image_write(block, count, collected.rows, image, image + rowsAt, image + heapAt);
  for (const offset of form.linkOffsets) kernels.image_clear(count, image + rowsAt, form.rowBytes, offset);
  const { u32, u8 } = memory;
  u32.set([rowImageMagic, count, gone, form.keyBytes, form.payloadBytes, heapBytes], image >>> 2);
  u8.copyWithin(image + headerBytes, collected.positions, collected.positions + 4 * count);
  u8.copyWithin(image + headerBytes + 4 * count, collected.gone, collected.gone + 4 * gone);
  const bytes = allocate(total);
  bytes.set(u8.subarray(image, image + total));
  return { rows: count, gone, bytes };
}

/** An image in a task's memory: rows side by side, their views pointing at readable bytes. All are addresses. */
export interface LoadedImage {
  readonly count: number;
  readonly rows: number;
  /** u32 each. */
  readonly positions: number;
  readonly goneCount: number;
  readonly gone: number;
}

export function isRowImage(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === rowImageMagic;
}

/** How many rows a row image says have gone, and their positions and those of its rows, without loading it. */
export function positionsOfRowImage(bytes: Uint8Array): { readonly positions: Uint32Array; readonly gone: Uint32Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [count, gone] = [view.getUint32(4, true), view.getUint32(8, true)];
  const words = (at: number, length: number): Uint32Array => new Uint32Array(bytes.slice(at, at + 4 * length).buffer);
  return { positions: words(headerBytes, count), gone: words(headerBytes + 4 * count, gone) };
}

/** Puts a row image into the arena. */
export function loadRowImage(store: RowStore, bytes: Uint8Array): LoadedImage {
  const { form, memory, kernels } = store;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = (index: number): number => header.getUint32(4 * index, true);
  if (field(0) !== rowImageMagic || field(3) !== form.keyBytes || field(4) !== form.payloadBytes)
    throw internalError('a state image does not have the form of its table');
  const [count, goneCount] = [field(1), field(2)];
  const image = memory.arena.allocate(bytes.length + 8);
  memory.u8.set(bytes, image);
  const rows = image + ((headerBytes + 4 * (count + goneCount) + 7) & ~7);
  if (form.viewOffsets.length > 0) kernels.image_relocate(count, rows, form.rowBytes, store.kinds, image);
  const positions = image + headerBytes;
  return { count, rows, positions, goneCount, gone: positions + 4 * count };
}
