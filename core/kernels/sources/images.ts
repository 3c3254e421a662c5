// Images of state rows (core/state/row-image.ts): which rows of a table go into one, how they are copied without addresses, and how they come back.
import {
  EPOCH,
  FLAG_LIVE,
  HEAP_CURSOR,
  HEAP_END,
  HEAP_NEEDED,
  heapCopy,
  heap_store_view,
  KEY_BYTES,
  KIND_VIEW,
  KINDS,
  ROW_BYTES,
  ROW_CURSOR,
  ROW_END,
  rowHeapBytes,
  STOP,
  STOP_HEAP,
  STOP_ROWS,
  VIEWS,
} from "./group-table";
import { hashKeyRow } from "./hash";

// What is found for an image, in a block of u32: addresses of the lists of rows, of their positions, and of positions of rows that have gone, and how many
// rows and positions there are.
const FOUND_ROWS: usize = 0;
const FOUND_POSITIONS: usize = 4;
const FOUND_GONE: usize = 8;
const FOUND_COUNT: usize = 12;
const FOUND_GONE_COUNT: usize = 16;

/** Adds a row to what was found, as it was when the epoch `barrier` ended, if it changed after the epoch `since`; one that has gone only when since > 0. */
// @ts-ignore: decorator
@inline
function collect(row: usize, keyBytes: usize, number: u32, barrier: u32, since: u32, found: usize): void {
  const epoch = load<u32>(row + keyBytes);
  if (epoch > barrier || epoch <= since) return;
  if (load<u32>(row + keyBytes, 4) & FLAG_LIVE) {
    const at = <usize>load<u32>(found, FOUND_COUNT);
    store<u32>(<usize>load<u32>(found, FOUND_ROWS) + (at << 2), <u32>row);
    store<u32>(<usize>load<u32>(found, FOUND_POSITIONS) + (at << 2), number);
    store<u32>(found, <u32>at + 1, FOUND_COUNT);
  } else if (since != 0) {
    const at = <usize>load<u32>(found, FOUND_GONE_COUNT);
    store<u32>(<usize>load<u32>(found, FOUND_GONE) + (at << 2), number);
    store<u32>(found, <u32>at + 1, FOUND_GONE_COUNT);
  }
}

/** The rows of [from, end) that belong to an image. Positions count from `start`, which has `position`. */
export function image_collect(table: usize, start: usize, position: u32, from: usize, end: usize, barrier: u32, since: u32, found: usize): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  let number = position + <u32>((from - start) / rowBytes);
  for (let row = from; row + rowBytes <= end; row += rowBytes, number++) collect(row, keyBytes, number, barrier, since, found);
}

/** The same of logged rows {u32 address, 0, bytes} in [from, end); `segments`: {u32 address, end, start, position} by address. */
export function image_collect_log(
  table: usize, segments: usize, segmentCount: u32, from: usize, end: usize, barrier: u32, since: u32, found: usize,
): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  for (let entry = from; entry < end; entry += rowBytes + 8) {
    const address = load<u32>(entry);
    let low: u32 = 0;
    let high = segmentCount;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (load<u32>(segments + (<usize>middle << 4)) <= address) low = middle;
      else high = middle;
    }
    const segment = segments + (<usize>low << 4);
    const number = load<u32>(segment, 12) + <u32>(<usize>(address - load<u32>(segment, 8)) / rowBytes);
    collect(entry + 8, keyBytes, number, barrier, since, found);
  }
}

/** Copies rows to `out`, side by side, and their long strings to `heap`; views get offsets from `image`. Returns the heap's end. */
export function image_write(table: usize, count: u32, rows: usize, image: usize, out: usize, heap: usize): usize {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    let offset: usize = 0;
    for (; offset + 16 <= rowBytes; offset += 16) v128.store(out + offset, v128.load(row + offset));
    if (offset < rowBytes) store<u64>(out + offset, load<u64>(row + offset));
    if (views) {
      for (offset = 8; offset < rowBytes; offset += 8) {
        if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
        const length = load<u32>(row + offset - 8);
        if (length <= 12) continue;
        memory.copy(heap, <usize>load<u32>(row + offset), length);
        store<u64>(out + offset, <u64>(heap - image));
        heap += (length + 7) & ~7;
      }
    }
    out += rowBytes;
  }
  return heap;
}

/** Zeroes the u32 at `offset` of rows that stand side by side. */
export function image_clear(count: u32, rows: usize, rowBytes: usize, offset: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(rows + <usize>i * rowBytes + offset, 0);
}

/** Makes addresses of the views' offsets again; `kinds` by word of the row. */
export function image_relocate(count: u32, rows: usize, rowBytes: usize, kinds: usize, image: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rows + <usize>i * rowBytes;
    for (let offset: usize = 8; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) == KIND_VIEW && load<u32>(row + offset - 8) > 12)
        store<u64>(row + offset, <u64>(<usize>load<u32>(row + offset) + image));
    }
  }
}

/**
 * Image rows, images[from..count), as new rows of a table that has none of their keys; addresses to `rows`. Returns the position it stopped at: `count`, or
 * the first one not done for want of what STOP says.
 */
export function image_place(table: usize, from: u32, count: u32, images: usize, rows: usize): u32 {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  const epoch = load<u32>(table, EPOCH);
  const end = <usize>load<u32>(table, ROW_END);
  let row = <usize>load<u32>(table, ROW_CURSOR);
  let stop: u32 = 0;
  let i = from;
  for (; i < count; i++) {
    const image = <usize>load<u32>(images + (<usize>i << 2));
    if (row + rowBytes > end) {
      stop = STOP_ROWS;
      break;
    }
    const needed = views ? rowHeapBytes(image, rowBytes, kinds) : 0;
    if (needed != 0 && load<u32>(table, HEAP_CURSOR) + needed > load<u32>(table, HEAP_END)) {
      store<u32>(table, needed, HEAP_NEEDED);
      stop = STOP_HEAP;
      break;
    }
    let offset: usize = 0;
    for (; offset + 16 <= rowBytes; offset += 16) v128.store(row + offset, v128.load(image + offset));
    if (offset < rowBytes) store<u64>(row + offset, load<u64>(image + offset));
    if (needed != 0) {
      for (offset = 8; offset < rowBytes; offset += 8) {
        if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
        const length = load<u32>(row + offset - 8);
        if (length > 12) store<u64>(row + offset, <u64>heapCopy(table, <usize>load<u32>(row + offset), length));
      }
    }
    store<u32>(row + keyBytes, epoch);
    store<u32>(rows + (<usize>i << 2), <u32>row);
    row += rowBytes;
  }
  store<u32>(table, <u32>row, ROW_CURSOR);
  store<u32>(table, stop, STOP);
  return i;
}

/** Flags and payloads from image rows to rows; the heap has room for long strings. */
export function image_fill(table: usize, count: u32, rows: usize, images: usize): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const from = <usize>load<u32>(images + (<usize>i << 2));
    store<u32>(row + keyBytes, load<u32>(from + keyBytes, 4), 4);
    for (let offset = keyBytes + 8; offset < rowBytes; offset += 8) {
      if (views && offset + 8 < rowBytes && load<u8>(kinds + ((offset + 8) >> 3)) == KIND_VIEW) {
        store<u64>(row + offset, 0);
        heap_store_view(table, row + offset, from + offset);
        offset += 8;
      } else store<u64>(row + offset, load<u64>(from + offset));
    }
  }
}

/** Heap bytes that the payloads of image rows take. */
export function image_heap_bytes(table: usize, count: u32, images: usize): u32 {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const from = <usize>load<u32>(images + (<usize>i << 2));
    for (let offset = keyBytes + 16; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
      const length = load<u32>(from + offset - 8);
      if (length > 12) bytes += (length + 7) & ~7;
    }
  }
  return bytes;
}

/** Copies `words` words from an offset of rows to an offset of others. */
export function image_move(count: u32, rows: usize, offset: usize, targets: usize, targetOffset: usize, words: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const from = <usize>load<u32>(rows + (<usize>i << 2)) + offset;
    const to = <usize>load<u32>(targets + (<usize>i << 2)) + targetOffset;
    store<u64>(to, load<u64>(from));
    if (words == 2) store<u64>(to, load<u64>(from, 8), 8);
  }
}

/** The same with a view, whose long bytes go to the heap of the target rows' table, which has room for them. */
export function image_move_view(table: usize, count: u32, rows: usize, offset: usize, targets: usize, targetOffset: usize): void {
  for (let i: u32 = 0; i < count; i++)
    heap_store_view(table, <usize>load<u32>(targets + (<usize>i << 2)) + targetOffset, <usize>load<u32>(rows + (<usize>i << 2)) + offset);
}

/** Heap bytes that the views at an offset of rows take. */
export function image_view_bytes(count: u32, rows: usize, offset: usize): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(<usize>load<u32>(rows + (<usize>i << 2)) + offset);
    if (length > 12) bytes += (length + 7) & ~7;
  }
  return bytes;
}

/** The greatest of some positions, or `least`. */
export function image_most(count: u32, positions: usize, least: u32): u32 {
  for (let i: u32 = 0; i < count; i++) least = max(least, load<u32>(positions + (<usize>i << 2)));
  return least;
}

/** keep[i] = whether nobody had positions[i] in the bitmap, which gets it; keep 0: only that. How many nobody had. */
export function image_claim(count: u32, positions: usize, bits: usize, keep: usize): u32 {
  let fresh: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const position = load<u32>(positions + (<usize>i << 2));
    const place = bits + (position >> 3);
    const bit = <u8>(<u32>1 << (position & 7));
    const byte = load<u8>(place);
    if (keep != 0) store<u8>(keep + i, (byte & bit) == 0 ? 1 : 0);
    if ((byte & bit) == 0) fresh++;
    store<u8>(place, byte | bit);
  }
  return fresh;
}

/** Takes the flag of rows away whose hash is not of a key group in [first, end); groups are the hash's top `bits`. */
export function image_own(count: u32, hashes: usize, bits: u32, first: u32, end: u32, keep: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const group = load<u32>(hashes + (<usize>i << 2)) >> (32 - bits);
    if (group < first || group >= end) store<u8>(keep + i, 0);
  }
}

/** Hashes of the first `words` words of rows, with views as in hash_key_rows. */
export function image_hashes(count: u32, rows: usize, words: u32, views: u64, out: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + (<usize>i << 2), hashKeyRow(<usize>load<u32>(rows + (<usize>i << 2)), words, views));
}
