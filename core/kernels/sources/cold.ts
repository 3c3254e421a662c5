// Rows of group tables that wait on disk: blocks of rows in the order of their hashes, filters that say which hashes may be in a run, and the way out of
// and back into a table. A block is {u32 rows, u32 bytes, u32 hash a row, padding to 8, rows, long strings}; in it, views hold offsets from its start.

import { bytes_equal } from "./group-table";

const SLOTS: usize = 0;
const MASK: usize = 4;
const ROW_BYTES: usize = 12;
const KEY_BYTES: usize = 16;
const KINDS: usize = 20;
const VIEWS: usize = 28;
const HEAP_CURSOR: usize = 44;
const FLAG_LIVE: u32 = 1;
const FLAG_HOT: u32 = 8;
/** Chosen to go: it is not chosen twice. */
const FLAG_CHOSEN: u32 = 16;
const KIND_VIEW: u8 = 1;

/** Marks rows[from..to) (in `order`, 0 for none) that are there as used. */
export function cold_mark(from: u32, to: u32, order: usize, rows: usize, keyBytes: usize): void {
  for (let j = from; j < to; j++) {
    const i = order != 0 ? <usize>load<u32>(order + (<usize>j << 2)) : <usize>j;
    const row = <usize>load<u32>(rows + (i << 2));
    if (row != 0) store<u32>(row + keyBytes, load<u32>(row + keyBytes, 4) | FLAG_HOT, 4);
  }
}

/**
 * From slot `from` of a shard on: up to `most` rows that were not used since they were last looked at, as u64 (hash << 32 | address) to `pairs`; used
 * ones are no longer so. Returns the slot to go on from; how many is at `count`.
 */
export function cold_collect(shard: usize, from: u32, most: u32, keyBytes: usize, pairs: usize, count: usize): u32 {
  const slots = <usize>load<u32>(shard, SLOTS);
  const capacity = load<u32>(shard, MASK) + 1;
  let found: u32 = 0;
  let p = from;
  for (; p < capacity && found < most; p++) {
    const slot = load<u64>(slots + (<usize>p << 3));
    const row = <usize>(slot >> 32);
    if (row == 0) continue;
    const flags = load<u32>(row + keyBytes, 4);
    if (flags & FLAG_CHOSEN) continue;
    if (flags & FLAG_HOT) {
      store<u32>(row + keyBytes, flags & ~FLAG_HOT, 4);
      continue;
    }
    store<u32>(row + keyBytes, flags | FLAG_CHOSEN, 4);
    store<u64>(pairs + (<usize>found << 3), (slot << 32) | <u64>row);
    found++;
  }
  store<u32>(count, found);
  return p;
}

/** Sorts u64 by their upper halves; the result is in `pairs`. */
export function cold_sort(count: u32, pairs: usize, scratch: usize, counts: usize): void {
  for (let pass: u64 = 0; pass < 4; pass++) {
    const shift = 32 + 8 * pass;
    memory.fill(counts, 0, 1024);
    for (let i: u32 = 0; i < count; i++) {
      const at = counts + (<usize>((load<u64>(pairs + (<usize>i << 3)) >> shift) & 255) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
    let sum: u32 = 0;
    for (let k: usize = 0; k < 256; k++) {
      const own = load<u32>(counts + (k << 2));
      store<u32>(counts + (k << 2), sum);
      sum += own;
    }
    for (let i: u32 = 0; i < count; i++) {
      const pair = load<u64>(pairs + (<usize>i << 3));
      const at = counts + (<usize>((pair >> shift) & 255) << 2);
      const to = load<u32>(at);
      store<u32>(at, to + 1);
      store<u64>(scratch + (<usize>to << 3), pair);
    }
    const swap = pairs;
    pairs = scratch;
    scratch = swap;
  }
}

/** Takes pairs apart. */
export function cold_unzip(count: u32, pairs: usize, rows: usize, hashes: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const pair = load<u64>(pairs + (<usize>i << 3));
    store<u32>(rows + (<usize>i << 2), <u32>pair);
    store<u32>(hashes + (<usize>i << 2), <u32>(pair >> 32));
  }
}

/** Bytes that the block of these rows takes at most. */
export function cold_block_bytes(table: usize, count: u32, pairs: usize): u32 {
  let bytes: u32 = 8 + ((4 * count + 7) & ~7) + count * load<u32>(table, ROW_BYTES);
  if (load<u32>(table, VIEWS) == 0) return bytes;
  const kinds = <usize>load<u32>(table, KINDS);
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize><u32>load<u64>(pairs + (<usize>i << 3));
    for (let offset: usize = 8; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
      const length = load<u32>(row + offset - 8);
      if (length > 12) bytes += (length + 7) & ~7;
    }
  }
  return bytes;
}

/** Writes the block of the rows of `pairs` to `block`; returns its bytes, a multiple of 8. */
export function cold_pack(table: usize, count: u32, pairs: usize, block: usize): u32 {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  let to = block + 8 + ((4 * <usize>count + 7) & ~7);
  let heap = to + <usize>count * rowBytes;
  for (let i: u32 = 0; i < count; i++, to += rowBytes) {
    const pair = load<u64>(pairs + (<usize>i << 3));
    const row = <usize><u32>pair;
    store<u32>(block + 8 + (<usize>i << 2), <u32>(pair >> 32));
    for (let offset: usize = 0; offset < rowBytes; offset += 8) {
      let word = load<u64>(row + offset);
      if (views && offset != 0 && load<u8>(kinds + (offset >> 3)) == KIND_VIEW) {
        const length = load<u32>(row + offset - 8);
        if (length > 12) {
          memory.copy(heap, <usize><u32>word, length);
          word = <u64>(heap - block);
          heap += (length + 7) & ~7;
        }
      }
      store<u64>(to + offset, word);
    }
    store<u32>(to + keyBytes, FLAG_LIVE, 4);
  }
  store<u32>(block, count);
  store<u32>(block, <u32>(heap - block), 4);
  return <u32>(heap - block);
}

/** Views of a block that was read to `block` point to its bytes. */
export function cold_open(table: usize, block: usize): void {
  if (load<u32>(table, VIEWS) == 0) return;
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const count = load<u32>(block);
  let row = block + 8 + ((4 * <usize>count + 7) & ~7);
  for (let i: u32 = 0; i < count; i++, row += rowBytes) {
    for (let offset: usize = 8; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW || load<u32>(row + offset - 8) <= 12) continue;
      store<u64>(row + offset, load<u64>(row + offset) + <u64>block);
    }
  }
}

/** Addresses of the rows of an open block whose bit in `taken` is not set, and their hashes; returns how many. */
export function cold_rows(table: usize, block: usize, taken: u32, rows: usize, hashes: usize): u32 {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const count = load<u32>(block);
  let row = block + 8 + ((4 * <usize>count + 7) & ~7);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++, row += rowBytes) {
    if ((taken >> i) & 1) continue;
    store<u32>(rows + (<usize>found << 2), <u32>row);
    store<u32>(hashes + (<usize>found << 2), load<u32>(block + 8 + (<usize>i << 2)));
    found++;
  }
  return found;
}

/** Number in an open block of the row with this hash and key that is not taken; -1 for none. */
export function cold_find(table: usize, block: usize, taken: u32, hash: u32, key: usize): i32 {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  const count = load<u32>(block);
  const first = block + 8 + ((4 * <usize>count + 7) & ~7);
  for (let i: u32 = 0; i < count; i++) {
    if (load<u32>(block + 8 + (<usize>i << 2)) != hash || ((taken >> i) & 1) != 0) continue;
    if (equalKeys(first + <usize>i * rowBytes, key, keyBytes, kinds, views)) return <i32>i;
  }
  return -1;
}

function equalKeys(a: usize, b: usize, keyBytes: usize, kinds: usize, views: bool): bool {
  for (let offset: usize = 0; offset < keyBytes; offset += 8) {
    if (load<u64>(a + offset) == load<u64>(b + offset)) continue;
    if (!views || load<u8>(kinds + (offset >> 3)) != KIND_VIEW) return false;
    const length = load<u32>(a + offset - 8);
    if (length <= 12 || !bytes_equal(load<u32>(a + offset), load<u32>(b + offset), length)) return false;
  }
  return true;
}

/** Heap bytes that the payloads of the rows at `sources` need. */
export function cold_payload_bytes(table: usize, count: u32, sources: usize): u32 {
  if (load<u32>(table, VIEWS) == 0) return 0;
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(sources + (<usize>i << 2));
    for (let offset = keyBytes + 16; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
      const length = load<u32>(row + offset - 8);
      if (length > 12) bytes += (length + 7) & ~7;
    }
  }
  return bytes;
}

/** The payloads of `sources` become those of rows[numbers[i]], which were just made; the heap has room. */
export function cold_adopt(table: usize, count: u32, numbers: usize, rows: usize, sources: usize): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  for (let i: u32 = 0; i < count; i++) {
    const from = <usize>load<u32>(sources + (<usize>i << 2));
    const row = <usize>load<u32>(rows + (<usize>load<u32>(numbers + (<usize>i << 2)) << 2));
    store<u32>(row + keyBytes, FLAG_LIVE, 4);
    for (let offset = keyBytes + 8; offset < rowBytes; offset += 8) {
      let word = load<u64>(from + offset);
      if (views && offset >= keyBytes + 16 && load<u8>(kinds + (offset >> 3)) == KIND_VIEW) {
        const length = load<u32>(from + offset - 8);
        if (length > 12) {
          const heap = <usize>load<u32>(table, HEAP_CURSOR);
          memory.copy(heap, <usize><u32>word, length);
          store<u32>(table, <u32>(heap + ((length + 7) & ~7)), HEAP_CURSOR);
          word = <u64>heap;
        }
      }
      store<u64>(row + offset, word);
    }
  }
}

// @ts-ignore: decorator
@inline
function filterBits(hash: u32): u64 {
  const mixed = hash * 0x9e3779b1;
  return (<u64>1 << <u64>(mixed >> 26)) | (<u64>1 << <u64>((mixed >> 20) & 63)) | (<u64>1 << <u64>((mixed >> 14) & 63)) | (<u64>1 << <u64>((mixed >> 8) & 63));
}

/** Adds the hashes (u32) to a filter of mask + 1 words. */
export function filter_add(count: u32, hashes: usize, filter: usize, mask: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u32>(hashes + (<usize>i << 2));
    const at = filter + (<usize>((hash * 0x85ebca6b) >> 7 & mask) << 3);
    store<u64>(at, load<u64>(at) | filterBits(hash));
  }
}

/** Numbers of those of rows[from..to) (in `order`) that are 0 and whose hash may be in the filter, to `out`; returns how many. */
export function filter_missing(from: u32, to: u32, order: usize, hashes: usize, rows: usize, filter: usize, mask: u32, out: usize): u32 {
  let found: u32 = 0;
  for (let j = from; j < to; j++) {
    const i = order != 0 ? load<u32>(order + (<usize>j << 2)) : j;
    if (load<u32>(rows + (<usize>i << 2)) != 0) continue;
    const hash = load<u32>(hashes + (<usize>i << 2));
    const bits = filterBits(hash);
    if ((load<u64>(filter + (<usize>((hash * 0x85ebca6b) >> 7 & mask) << 3)) & bits) != bits) continue;
    store<u32>(out + (<usize>found << 2), i);
    found++;
  }
  return found;
}

/** Rows and hashes, those with a hash in [low, high], as pairs; returns how many. */
export function cold_zip(count: u32, rows: usize, hashes: usize, low: u32, high: u32, pairs: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u32>(hashes + (<usize>i << 2));
    if (hash < low || hash > high) continue;
    store<u64>(pairs + (<usize>found << 3), (<u64>hash << 32) | <u64>load<u32>(rows + (<usize>i << 2)));
    found++;
  }
  return found;
}
