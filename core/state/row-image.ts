import { internalError } from '../common/errors.ts';
import { foundBlock } from '../kernels/images.ts';
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
  { start, position }: StoreSegment,
  { from, end }: AddressRange,
  { barrier, since }: ImageSpan,
  allocate: AllocateBytes = ownBytes,
): RowImage | undefined {
  const most = Math.floor((end - from) / store.form.rowBytes);
  return imageOfFound(store, most, allocate, found =>
    store.kernels.image_collect(store.block, start, position, from, end, barrier, since, found),
  );
}

/** The rows that were logged in [from, end) before they changed. */
export function imageOfLog(
  store: RowStore,
  { from, end }: AddressRange,
  { barrier, since }: ImageSpan,
  allocate: AllocateBytes = ownBytes,
): RowImage | undefined {
  const { memory, kernels, form, block } = store;
  return imageOfFound(store, Math.floor((end - from) / (form.rowBytes + 8)), allocate, found => {
    const segments = [...store.segments()].sort((a, b) => a.address - b.address);
    const table = memory.arena.allocate(16 * segments.length);
    memory.u32.set(
      segments.flatMap(each => [each.address, each.end, each.start, each.position]),
      table >>> 2,
    );
    kernels.image_collect_log(block, table, segments.length, from, end, barrier, since, found);
  });
}

/** Rows that do not lie in the store's segments; `position`: what the first is called, the others follow. */
export function imageOfRows(store: RowStore, count: number, rows: number, position: number): RowImage | undefined {
  return imageOfFound(store, count, ownBytes, found => {
    const words = store.memory.u32;
    store.kernels.rows_addresses(count, position, 1, words[(found + foundBlock.positions) >>> 2]!);
    words[(found + foundBlock.rows) >>> 2] = rows;
    words[(found + foundBlock.count) >>> 2] = count;
  });
}

interface AddressRange {
  readonly from: number;
  readonly end: number;
}

/** The image of rows that `collect` finds, `most` of them; it is given the address of a {@link foundBlock}. */
function imageOfFound(
  store: RowStore,
  most: number,
  allocate: AllocateBytes,
  collect: (found: number) => void,
): RowImage | undefined {
  const { arena } = store.memory;
  const mark = arena.mark();
  const lists = [arena.allocate(4 * most), arena.allocate(4 * most), arena.allocate(4 * most)];
  const found = arena.allocate(foundBlock.bytes);
  store.memory.u32.set([...lists, 0, 0], found >>> 2);
  collect(found);
  const image = writeImage(store, found, allocate);
  arena.release(mark);
  return image;
}

function writeImage(store: RowStore, found: number, allocate: AllocateBytes): RowImage | undefined {
  const { memory, kernels, form, block } = store;
  const field = (offset: number): number => memory.u32[(found + offset) >>> 2]!;
  const [rows, positions, lost] = [field(foundBlock.rows), field(foundBlock.positions), field(foundBlock.gone)];
  const [count, gone] = [field(foundBlock.count), field(foundBlock.goneCount)];
  if (count === 0 && gone === 0) return undefined;
  const heapBytes = form.viewOffsets.length === 0 ? 0 : kernels.store_heap_bytes(block, count, rows) >>> 0;
  const rowsAt = (headerBytes + 4 * (count + gone) + 7) & ~7;
  const heapAt = rowsAt + count * form.rowBytes;
  const total = heapAt + heapBytes;
  const image = memory.arena.allocate(total);
  kernels.image_write(block, count, rows, image, image + rowsAt, image + heapAt);
  for (const offset of form.linkOffsets) kernels.image_clear(count, image + rowsAt, form.rowBytes, offset);
  const { u32, u8 } = memory;
  u32.set([rowImageMagic, count, gone, form.keyBytes, form.payloadBytes, heapBytes], image >>> 2);
  u8.copyWithin(image + headerBytes, positions, positions + 4 * count);
  u8.copyWithin(image + headerBytes + 4 * count, lost, lost + 4 * gone);
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

/** Where the positions of an image's rows stand, and of those that have gone: addresses of u32s, in the arena unless the image is at `address`. */
export type ImagePositions = Omit<LoadedImage, 'rows'>;

export function imagePositions(store: RowStore, bytes: Uint8Array, address?: number): ImagePositions {
  if (bytes.length === 0) return { count: 0, positions: 0, goneCount: 0, gone: 0 };
  const { count, goneCount } = headerOf(store, bytes);
  const { arena } = store.memory;
  const length = 4 * (count + goneCount);
  const positions = address === undefined ? arena.allocate(length) : address + headerBytes;
  if (address === undefined) store.memory.u8.set(bytes.subarray(headerBytes, headerBytes + length), positions);
  return { count, positions, goneCount, gone: positions + 4 * count };
}

function headerOf({ form }: RowStore, bytes: Uint8Array): { readonly count: number; readonly goneCount: number } {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = (index: number): number => header.getUint32(4 * index, true);
  if (field(0) !== rowImageMagic || field(3) !== form.keyBytes || field(4) !== form.payloadBytes)
    throw internalError('a state image does not have the form of its table');
  return { count: field(1), goneCount: field(2) };
}

/** Puts a row image into the arena, unless it is in the store's memory already, at `address`. */
export function loadRowImage(store: RowStore, bytes: Uint8Array, address?: number): LoadedImage {
  const { form, memory, kernels } = store;
  const { count, goneCount } = headerOf(store, bytes);
  const image = address ?? memory.arena.allocate(bytes.length + 8);
  if (address === undefined) memory.u8.set(bytes, image);
  const rows = image + ((headerBytes + 4 * (count + goneCount) + 7) & ~7);
  if (form.viewOffsets.length > 0) kernels.image_relocate(count, rows, form.rowBytes, store.kinds, image);
  const positions = image + headerBytes;
  return { count, rows, positions, goneCount, gone: positions + 4 * count };
}
