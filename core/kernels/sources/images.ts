// Images of state rows (core/state/row-image.ts): which rows of a table go into one, how they are copied without addresses, and how they come back.
import { heap_store_view } from "./group-table";
import { hashKeyRow } from "./hash";

const ROW_BYTES: usize = 12;
const KEY_BYTES: usize = 16;
const KINDS: usize = 20;
const FLAG_LIVE: u32 = 1;
const KIND_VIEW: u8 = 1;

/**
 * The rows of [from, end) as they were when the epoch `barrier` ended and that changed after the epoch `since`: addresses and positions of live ones, positions
 * of those that have gone (only when since > 0). Positions count from `start`, which has `position`. counts[0], counts[1]: how many of each.
 */
export function image_collect(
  table: usize, start: usize, position: u32, from: usize, end: usize, barrier: u32, since: u32, rows: usize, positions: usize, gone: usize, counts: usize,
): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  let number = position + <u32>((from - start) / rowBytes);
  let found: u32 = 0;
  let lost: u32 = 0;
  for (let row = from; row + rowBytes <= end; row += rowBytes, number++) {
    const epoch = load<u32>(row + keyBytes);
    if (epoch > barrier || epoch <= since) continue;
    if (load<u32>(row + keyBytes, 4) & FLAG_LIVE) {
      store<u32>(rows + (<usize>found << 2), <u32>row);
      store<u32>(positions + (<usize>found << 2), number);
      found++;
    } else if (since != 0) {
      store<u32>(gone + (<usize>lost << 2), number);
      lost++;
    }
  }
  store<u32>(counts, found);
  store<u32>(counts, lost, 4);
}

/** The same of logged rows {u32 address, 0, bytes} in [from, end); `segments`: {u32 address, end, start, position} by address. */
export function image_collect_log(
  table: usize, segments: usize, segmentCount: u32, from: usize, end: usize, barrier: u32, since: u32, rows: usize, positions: usize, gone: usize, counts: usize,
): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  let found: u32 = 0;
  let lost: u32 = 0;
  for (let entry = from; entry < end; entry += rowBytes + 8) {
    const row = entry + 8;
    const epoch = load<u32>(row + keyBytes);
    if (epoch > barrier || epoch <= since) continue;
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
    if (load<u32>(row + keyBytes, 4) & FLAG_LIVE) {
      store<u32>(rows + (<usize>found << 2), <u32>row);
      store<u32>(positions + (<usize>found << 2), number);
      found++;
    } else if (since != 0) {
      store<u32>(gone + (<usize>lost << 2), number);
      lost++;
    }
  }
  store<u32>(counts, found);
  store<u32>(counts, lost, 4);
}

/** Copies rows to `out`, side by side, and their long strings to `heap`; views get offsets from `image`. Returns the heap's end. */
export function image_write(table: usize, count: u32, rows: usize, image: usize, out: usize, heap: usize): usize {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, 28) != 0;
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

/** Flags and payloads from image rows to rows; the heap has room for long strings. */
export function image_fill(table: usize, count: u32, rows: usize, images: usize): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, 28) != 0;
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

/** keep[i] = whether nobody had positions[i] in the bitmap, which gets it; keep 0: only that. */
export function image_claim(count: u32, positions: usize, bits: usize, keep: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const position = load<u32>(positions + (<usize>i << 2));
    const place = bits + (position >> 3);
    const bit = <u8>(<u32>1 << (position & 7));
    const byte = load<u8>(place);
    if (keep != 0) store<u8>(keep + i, (byte & bit) == 0 ? 1 : 0);
    store<u8>(place, byte | bit);
  }
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
