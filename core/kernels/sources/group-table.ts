// Group tables: open addressing from a key's hash to the address of its row. Slots are {tag32 = the whole hash, row32}; row 0 is empty; load <= 1/2,
// less in small tables.
// Rows are [key words | u32 epoch, u32 flags | payload], never move, and lie in segments that JavaScript hands over; kernels never allocate: they stop
// and say what they need (STOP), and are called again from where they stopped.

// The block of a shard: its slots, and the table they belong to. core/kernels/group-table.ts has the same offsets.
const SLOTS: usize = 0;
const MASK: usize = 4;
const LIVE: usize = 8;
const LIMIT: usize = 12;
const TABLE: usize = 16;

// The block of a table: where rows and their long strings go.
export const ROW_CURSOR: usize = 0;
export const ROW_END: usize = 4;
const FREE: usize = 8;
export const ROW_BYTES: usize = 12;
export const KEY_BYTES: usize = 16;
export const KINDS: usize = 20;
const TEMPLATE: usize = 24;
export const VIEWS: usize = 28;
export const EPOCH: usize = 32;
export const STOP: usize = 36;
const FOUND: usize = 40;
export const HEAP_CURSOR: usize = 44;
export const HEAP_END: usize = 48;
export const HEAP_NEEDED: usize = 52;
const HEAP_GARBAGE: usize = 56;
const PENDING: usize = 60;
const LOG_CURSOR: usize = 64;

/** Up to so many slots only an eighth is filled: that few keys stand beside their place saves more time than the memory costs. */
const SPARSE_SLOTS: u32 = 16384;

const STOP_SLOTS: u32 = 1;
export const STOP_ROWS: u32 = 2;
export const STOP_HEAP: u32 = 3;

/** Flags of a row. */
export const FLAG_LIVE: u32 = 1;
const FLAG_TOUCHED: u32 = 2;
const FLAG_NEW: u32 = 4;
/** Used since it was last looked at: it stays in memory. */
const FLAG_HOT: u32 = 8;

export const KIND_VIEW: u8 = 1;

/**
 * To be called before a row is changed: it belongs to the table's epoch from now on. While a snapshot is being copied, PENDING is a map of a byte per
 * 64 KiB page that says where rows are still to be copied; those that change before are logged as they were: {row, 0, its bytes}. JavaScript has made
 * room for that.
 */
// @ts-ignore: decorator
@inline
function touch(table: usize, row: usize, keyBytes: usize, epoch: u32): void {
  if (load<u32>(row + keyBytes) != epoch) stampRow(table, row, keyBytes, epoch);
}
function stampRow(table: usize, row: usize, keyBytes: usize, epoch: u32): void {
  const pending = <usize>load<u32>(table, PENDING);
  if (pending != 0 && load<u8>(pending + (row >> 16)) != 0) {
    const rowBytes = <usize>load<u32>(table, ROW_BYTES);
    const entry = <usize>load<u32>(table, LOG_CURSOR);
    store<u32>(entry, <u32>row);
    store<u32>(entry, 0, 4);
    memory.copy(entry + 8, row, rowBytes);
    store<u32>(table, <u32>(entry + 8 + rowBytes), LOG_CURSOR);
  }
  store<u32>(row + keyBytes, epoch);
}

/** {@link touch} of one row. */
export function touchRow(table: usize, row: usize): void {
  touch(table, row, <usize>load<u32>(table, KEY_BYTES), load<u32>(table, EPOCH));
}

/** {@link touch} of rows[0..count); 0 = none. For whoever changes rows without looking them up. */
export function rows_touch(table: usize, count: u32, rows: usize): void {
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const epoch = load<u32>(table, EPOCH);
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row != 0) touch(table, row, keyBytes, epoch);
  }
}

/** Equal bytes; reads no byte outside. */
export function bytes_equal(a: usize, b: usize, length: u32): bool {
  const end = a + length;
  while (a + 8 <= end) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
  }
  while (a < end) {
    if (load<u8>(a) != load<u8>(b)) return false;
    a++;
    b++;
  }
  return true;
}

function genericEqual(a: usize, b: usize, keyBytes: usize, kinds: usize): bool {
  for (let offset: usize = 0; offset < keyBytes; offset += 8) {
    if (load<u64>(a + offset) == load<u64>(b + offset)) continue;
    if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) return false;
    // the word before it, length and prefix, is equal
    const length = load<u32>(a + offset - 8);
    if (length <= 12 || !bytes_equal(load<u32>(a + offset), load<u32>(b + offset), length)) return false;
  }
  return true;
}

// Words are compared first: only long strings can differ in their words and still be equal.
// @ts-ignore: decorator
@inline
function equal(shape: u32, a: usize, b: usize, keyBytes: usize, kinds: usize, views: bool): bool {
  if (shape == 8) return load<u64>(a) == load<u64>(b);
  if (shape == 16) {
    if (((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a, 8) ^ load<u64>(b, 8))) == 0) return true;
  } else if (shape == 24) {
    if (((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a, 8) ^ load<u64>(b, 8)) | (load<u64>(a, 16) ^ load<u64>(b, 16))) == 0) return true;
  } else {
    let offset: usize = 0;
    while (offset < keyBytes && load<u64>(a + offset) == load<u64>(b + offset)) offset += 8;
    if (offset == keyBytes) return true;
  }
  return views && genericEqual(a, b, keyBytes, kinds);
}

/** Copies `length` bytes to the heap; 0 when there is no room. */
// @ts-ignore: decorator
@inline
export function heapCopy(table: usize, from: usize, length: u32): usize {
  const to = <usize>load<u32>(table, HEAP_CURSOR);
  const next = to + ((length + 7) & ~7);
  if (next > <usize>load<u32>(table, HEAP_END)) return 0;
  memory.copy(to, from, length);
  store<u32>(table, <u32>next, HEAP_CURSOR);
  return to;
}

/** Heap bytes that the long strings among the first `bytes` of a row take. */
export function rowHeapBytes(row: usize, bytes: usize, kinds: usize): u32 {
  let total: u32 = 0;
  for (let offset: usize = 8; offset < bytes; offset += 8) {
    if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
    const length = load<u32>(row + offset - 8);
    if (length > 12) total += (length + 7) & ~7;
  }
  return total;
}

// @ts-ignore: decorator
@inline
function reuse(table: usize, free: usize, keyBytes: usize, epoch: u32): void {
  store<u32>(table, load<u32>(free), FREE);
  touch(table, free, keyBytes, epoch);
}

/** A row with the words of `key`, its payload as the template; 0 when there is no room. */
function newRow(table: usize, key: usize): usize {
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const free = <usize>load<u32>(table, FREE);
  let row = free;
  if (row == 0) {
    row = load<u32>(table, ROW_CURSOR);
    if (row + rowBytes > <usize>load<u32>(table, ROW_END)) {
      store<u32>(table, STOP_ROWS, STOP);
      return 0;
    }
  }
  const epoch = load<u32>(table, EPOCH);
  if (load<u32>(table, VIEWS) != 0) {
    const kinds = <usize>load<u32>(table, KINDS);
    const needed = rowHeapBytes(key, keyBytes, kinds);
    if (needed != 0 && load<u32>(table, HEAP_CURSOR) + needed > load<u32>(table, HEAP_END)) {
      store<u32>(table, needed, HEAP_NEEDED);
      store<u32>(table, STOP_HEAP, STOP);
      return 0;
    }
    if (free == 0) store<u32>(table, <u32>(row + rowBytes), ROW_CURSOR);
    else reuse(table, free, keyBytes, epoch);
    for (let offset: usize = 0; offset < keyBytes; offset += 8) {
      let word = load<u64>(key + offset);
      if (needed != 0 && load<u8>(kinds + (offset >> 3)) == KIND_VIEW && load<u32>(key + offset - 8) > 12)
        word = <u64>heapCopy(table, <usize><u32>word, load<u32>(key + offset - 8));
      store<u64>(row + offset, word);
    }
  } else {
    if (free == 0) store<u32>(table, <u32>(row + rowBytes), ROW_CURSOR);
    else reuse(table, free, keyBytes, epoch);
    for (let offset: usize = 0; offset < keyBytes; offset += 8) store<u64>(row + offset, load<u64>(key + offset));
  }
  store<u32>(row + keyBytes, epoch);
  store<u32>(row + keyBytes, FLAG_LIVE | FLAG_NEW, 4);
  const template = <usize>load<u32>(table, TEMPLATE);
  for (let offset = keyBytes + 8; offset < rowBytes; offset += 8)
    store<u64>(row + offset, load<u64>(template + offset - keyBytes - 8));
  return row;
}

/** A new row for `key`, its slot filled; 0 when something is missing. */
function insertRow(t: usize, slot: usize, hash: u32, key: usize): usize {
  const live = load<u32>(t, LIVE);
  const table = <usize>load<u32>(t, TABLE);
  if (live >= load<u32>(t, LIMIT)) {
    store<u32>(table, STOP_SLOTS, STOP);
    return 0;
  }
  const row = newRow(table, key);
  if (row == 0) return 0;
  store<u32>(slot, hash);
  store<u32>(slot, <u32>row, 4);
  store<u32>(t, live + 1, LIVE);
  return row;
}

/** Appends packed rows `from`..`to` that stand side by side at `packed`, their addresses to rows[i]; returns where it stopped (STOP). */
export function store_append(table: usize, from: u32, to: u32, packed: usize, rows: usize): u32 {
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  store<u32>(table, 0, STOP);
  for (let i = from; i < to; i++) {
    const row = newRow(table, packed + <usize>i * keyBytes);
    if (row == 0) return i;
    store<u32>(rows + (<usize>i << 2), <u32>row);
  }
  return to;
}

/** Gives the rows rows[0..count) back for reuse. */
export function store_release(table: usize, count: u32, rows: usize): void {
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  for (let i: u32 = 0; i < count; i++) releaseRow(table, <usize>load<u32>(rows + (<usize>i << 2)), keyBytes);
}

// @ts-ignore: decorator
@inline
function releaseRow(table: usize, row: usize, keyBytes: usize): void {
  if (load<u32>(table, VIEWS) != 0) {
    const garbage = rowHeapBytes(row, load<u32>(table, ROW_BYTES), load<u32>(table, KINDS));
    store<u32>(table, load<u32>(table, HEAP_GARBAGE) + garbage, HEAP_GARBAGE);
  }
  touch(table, row, keyBytes, load<u32>(table, EPOCH));
  store<u32>(row + keyBytes, 0, 4);
  store<u32>(row, load<u32>(table, FREE));
  store<u32>(table, <u32>row, FREE);
}

// Two passes: candidates by tag (independent loads, so misses overlap), then verification with probing for the few that need it.
// @ts-ignore: decorator
@inline
function findOrInsert(t: usize, shape: u32, ordered: bool, insert: bool, from: u32, to: u32, order: usize, hashes: usize, keys: usize, rows: usize): u32 {
  const slots = <usize>load<u32>(t, SLOTS);
  const mask = load<u32>(t, MASK);
  const table = <usize>load<u32>(t, TABLE);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const stride = shape == 0 ? keyBytes : <usize>shape;
  const views = load<u32>(table, VIEWS) != 0;
  const epoch = load<u32>(table, EPOCH);
  for (let j = from; j < to; j++) {
    const i = ordered ? <usize>load<u32>(order + (<usize>j << 2)) : <usize>j;
    const hash = load<u32>(hashes + (i << 2));
    const slot = load<u64>(slots + (<usize>(hash & mask) << 3));
    store<u32>(rows + (i << 2), select<u32>(<u32>(slot >> 32), 0, <u32>slot == hash));
  }
  for (let j = from; j < to; j++) {
    const i = ordered ? <usize>load<u32>(order + (<usize>j << 2)) : <usize>j;
    const key = keys + i * stride;
    let row = <usize>load<u32>(rows + (i << 2));
    if (row != 0 && equal(shape, row, key, keyBytes, kinds, views)) {
      touch(table, row, keyBytes, epoch);
      continue;
    }
    const hash = load<u32>(hashes + (i << 2));
    let p = hash & mask;
    while (true) {
      const place = slots + (<usize>p << 3);
      const slot = load<u64>(place);
      row = <usize>(slot >> 32);
      if (row == 0) {
        if (insert) {
          row = insertRow(t, place, hash, key);
          if (row == 0) return j;
        }
        break;
      }
      if (<u32>slot == hash && equal(shape, row, key, keyBytes, kinds, views)) {
        touch(table, row, keyBytes, epoch);
        break;
      }
      p = (p + 1) & mask;
    }
    store<u32>(rows + (i << 2), <u32>row);
  }
  return to;
}

function findOrInsert8(t: usize, ordered: bool, from: u32, to: u32, order: usize, hashes: usize, keys: usize, rows: usize): u32 {
  return ordered ? findOrInsert(t, 8, true, true, from, to, order, hashes, keys, rows) : findOrInsert(t, 8, false, true, from, to, order, hashes, keys, rows);
}
function findOrInsert16(t: usize, ordered: bool, from: u32, to: u32, order: usize, hashes: usize, keys: usize, rows: usize): u32 {
  return ordered ? findOrInsert(t, 16, true, true, from, to, order, hashes, keys, rows) : findOrInsert(t, 16, false, true, from, to, order, hashes, keys, rows);
}
function findOrInsert24(t: usize, ordered: bool, from: u32, to: u32, order: usize, hashes: usize, keys: usize, rows: usize): u32 {
  return ordered ? findOrInsert(t, 24, true, true, from, to, order, hashes, keys, rows) : findOrInsert(t, 24, false, true, from, to, order, hashes, keys, rows);
}
function findOrInsertAny(t: usize, ordered: bool, from: u32, to: u32, order: usize, hashes: usize, keys: usize, rows: usize): u32 {
  return ordered ? findOrInsert(t, 0, true, true, from, to, order, hashes, keys, rows) : findOrInsert(t, 0, false, true, from, to, order, hashes, keys, rows);
}

/**
 * Writes to rows[i] the row of key i, made when there is none, for i = order[from..to) (or from..to when order is 0). Returns where it stopped:
 * `to`, or the first position not done, for want of what STOP says.
 */
export function group_find_or_insert(t: usize, shape: u32, from: u32, to: u32, order: usize, hashes: usize, keys: usize, rows: usize): u32 {
  store<u32>(<usize>load<u32>(t, TABLE), 0, STOP);
  if (shape == 8) return findOrInsert8(t, order != 0, from, to, order, hashes, keys, rows);
  if (shape == 16) return findOrInsert16(t, order != 0, from, to, order, hashes, keys, rows);
  if (shape == 24) return findOrInsert24(t, order != 0, from, to, order, hashes, keys, rows);
  return findOrInsertAny(t, order != 0, from, to, order, hashes, keys, rows);
}

/** The row of one key; 0 when there is none, or, with `insert`, when one cannot be made for want of what STOP says. */
export function rowOf(t: usize, hash: u32, key: usize, insert: bool): usize {
  const slots = <usize>load<u32>(t, SLOTS);
  const mask = load<u32>(t, MASK);
  const table = <usize>load<u32>(t, TABLE);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const views = load<u32>(table, VIEWS) != 0;
  let p = hash & mask;
  while (true) {
    const place = slots + (<usize>p << 3);
    const row = <usize>load<u32>(place, 4);
    if (row == 0) return insert ? insertRow(t, place, hash, key) : 0;
    if (load<u32>(place) == hash && equal(0, row, key, keyBytes, <usize>load<u32>(table, KINDS), views)) return row;
    p = (p + 1) & mask;
  }
}

const ADOPTED_AT_A_TIME: u32 = 256;
/** Only so that looking is not left out. */
let looked: u32 = 0;

/**
 * Fills slots with rows[from..count), whose keys no shard has. `map`: from a hash's top byte to the shard; `shards`: addresses of their blocks. Returns the
 * position it stopped at: `count`, or the first whose shard has no slot left.
 */
export function group_adopt(map: usize, shards: usize, from: u32, count: u32, hashes: usize, rows: usize): u32 {
  for (let start = from; start < count; start += ADOPTED_AT_A_TIME) {
    const end = min(start + ADOPTED_AT_A_TIME, count);
    // the slots that some rows will look at come from memory side by side, because nothing waits for any of them
    let seen: u32 = 0;
    for (let i = start; i < end; i++) {
      const hash = load<u32>(hashes + (<usize>i << 2));
      const t = <usize>load<u32>(shards + (<usize>load<u8>(map + <usize>(hash >> 24)) << 2));
      seen |= load<u32>(<usize>load<u32>(t, SLOTS) + (<usize>(hash & load<u32>(t, MASK)) << 3));
    }
    looked = seen;
    for (let i = start; i < end; i++) {
      const hash = load<u32>(hashes + (<usize>i << 2));
      const t = <usize>load<u32>(shards + (<usize>load<u8>(map + <usize>(hash >> 24)) << 2));
      const live = load<u32>(t, LIVE);
      if (live >= load<u32>(t, LIMIT)) return i;
      const slots = <usize>load<u32>(t, SLOTS);
      const mask = load<u32>(t, MASK);
      let p = hash & mask;
      while (load<u32>(slots + (<usize>p << 3), 4) != 0) p = (p + 1) & mask;
      store<u64>(slots + (<usize>p << 3), (<u64>load<u32>(rows + (<usize>i << 2)) << 32) | <u64>hash);
      store<u32>(t, live + 1, LIVE);
    }
  }
  return count;
}

/** Like group_find_or_insert, but a key without a row gets 0. */
export function group_find(t: usize, from: u32, to: u32, order: usize, hashes: usize, keys: usize, rows: usize): void {
  if (order != 0) findOrInsert(t, 0, true, false, from, to, order, hashes, keys, rows);
  else findOrInsert(t, 0, false, false, from, to, order, hashes, keys, rows);
}

/** Moves all slots into a new, larger array; rows stay where they are. */
export function group_rehash(t: usize, newSlots: usize, newCapacity: u32): void {
  const slots = <usize>load<u32>(t, SLOTS);
  const end = slots + ((<usize>load<u32>(t, MASK) + 1) << 3);
  const mask = newCapacity - 1;
  memory.fill(newSlots, 0, <usize>newCapacity << 3);
  for (let place = slots; place < end; place += 8) {
    const slot = load<u64>(place);
    if (slot >> 32 == 0) continue;
    let p = <u32>slot & mask;
    while (load<u32>(newSlots + (<usize>p << 3), 4) != 0) p = (p + 1) & mask;
    store<u64>(newSlots + (<usize>p << 3), slot);
  }
  store<u32>(t, <u32>newSlots, SLOTS);
  store<u32>(t, mask, MASK);
  store<u32>(t, newCapacity >> (newCapacity <= SPARSE_SLOTS ? 3 : 1), LIMIT);
}

/** Divides the slots of a shard between two new ones by the top byte of the hash: below `boundary` to `left`. Rows stay where they are. */
export function group_split(t: usize, boundary: u32, left: usize, right: usize): void {
  const slots = <usize>load<u32>(t, SLOTS);
  const end = slots + ((<usize>load<u32>(t, MASK) + 1) << 3);
  for (let place = slots; place < end; place += 8) {
    const slot = load<u64>(place);
    if (slot >> 32 == 0) continue;
    const target = <u32>slot >> 24 < boundary ? left : right;
    const targetSlots = <usize>load<u32>(target, SLOTS);
    const mask = load<u32>(target, MASK);
    let p = <u32>slot & mask;
    while (load<u32>(targetSlots + (<usize>p << 3), 4) != 0) p = (p + 1) & mask;
    store<u64>(targetSlots + (<usize>p << 3), slot);
    store<u32>(target, load<u32>(target, LIVE) + 1, LIVE);
  }
}

/** Takes the rows at `rows[order[from..to)]` out; their memory is reused for later keys, their heap bytes stay readable till the heap is compacted. */
export function group_remove(t: usize, from: u32, to: u32, order: usize, hashes: usize, rows: usize): void {
  const slots = <usize>load<u32>(t, SLOTS);
  const mask = load<u32>(t, MASK);
  const table = <usize>load<u32>(t, TABLE);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  for (let j = from; j < to; j++) {
    const i = order != 0 ? <usize>load<u32>(order + (<usize>j << 2)) : <usize>j;
    const row = <usize>load<u32>(rows + (i << 2));
    let p = load<u32>(hashes + (i << 2)) & mask;
    while (<usize>load<u32>(slots + (<usize>p << 3), 4) != row) {
      if (load<u32>(slots + (<usize>p << 3), 4) == 0) break;
      p = (p + 1) & mask;
    }
    if (load<u32>(slots + (<usize>p << 3), 4) == 0) continue;
    closeGap(slots, mask, p);
    releaseRow(table, row, keyBytes);
    store<u32>(t, load<u32>(t, LIVE) - 1, LIVE);
  }
}

/** Backward shift: no tombstones, so probes stay short however many rows come and go. */
function closeGap(slots: usize, mask: u32, gap: u32): void {
  let p = gap;
  while (true) {
    p = (p + 1) & mask;
    const slot = load<u64>(slots + (<usize>p << 3));
    if (slot >> 32 == 0) break;
    const home = <u32>slot & mask;
    if (((p - home) & mask) >= ((p - gap) & mask)) {
      store<u64>(slots + (<usize>gap << 3), slot);
      gap = p;
    }
  }
  store<u64>(slots + (<usize>gap << 3), 0);
}

/** Addresses and hashes of up to `max` rows in slot order, from slot `from` on. Returns the slot to go on from; how many is in FOUND. */
export function group_scan_slots(t: usize, from: u32, max: u32, rows: usize, hashes: usize): u32 {
  const slots = <usize>load<u32>(t, SLOTS);
  const capacity = load<u32>(t, MASK) + 1;
  let found: u32 = 0;
  let p = from;
  for (; p < capacity && found < max; p++) {
    const slot = load<u64>(slots + (<usize>p << 3));
    if (slot >> 32 == 0) continue;
    store<u32>(rows + (<usize>found << 2), <u32>(slot >> 32));
    store<u32>(hashes + (<usize>found << 2), <u32>slot);
    found++;
  }
  store<u32>(<usize>load<u32>(t, TABLE), found, FOUND);
  return p;
}

/** Addresses of up to `max` rows of the segment part [from, end) in memory order; returns the address to go on from; how many is in FOUND. */
export function group_scan_rows(table: usize, from: usize, end: usize, max: u32, rows: usize): usize {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  let found: u32 = 0;
  let row = from;
  for (; row + rowBytes <= end && found < max; row += rowBytes) {
    store<u32>(rows + (<usize>found << 2), <u32>row);
    found += load<u32>(row + keyBytes, 4) & FLAG_LIVE;
  }
  store<u32>(table, found, FOUND);
  return row;
}

/**
 * The distinct rows among rows[from..to) (0 = none), in order of first appearance: their addresses to `touched`, the index of their first appearance to
 * `indexes`, and a whole copy of each, as it stands, to `before` (0: no copies). Marks them; group_untouch takes the marks off. Returns how many.
 */
export function group_touch(from: u32, to: u32, rows: usize, keyBytes: usize, rowBytes: usize, touched: usize, indexes: usize, before: usize): u32 {
  let found: u32 = 0;
  for (let i = from; i < to; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row == 0) continue;
    const flags = load<u32>(row + keyBytes, 4);
    if (flags & FLAG_TOUCHED) continue;
    store<u32>(row + keyBytes, flags | FLAG_TOUCHED, 4);
    store<u32>(touched + (<usize>found << 2), <u32>row);
    store<u32>(indexes + (<usize>found << 2), i);
    if (before != 0) {
      const copy = before + <usize>found * rowBytes;
      let offset: usize = 0;
      for (; offset + 16 <= rowBytes; offset += 16) v128.store(copy + offset, v128.load(row + offset));
      if (offset < rowBytes) store<u64>(copy + offset, load<u64>(row + offset));
    }
    found++;
  }
  return found;
}

/** Takes the marks of group_touch off; rows are no longer new. */
export function group_untouch(count: u32, rows: usize, keyBytes: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    store<u32>(row + keyBytes, load<u32>(row + keyBytes, 4) & (FLAG_LIVE | FLAG_HOT), 4);
  }
}

/** Stamps rows as changed in an epoch. */
export function group_stamp(count: u32, rows: usize, keyBytes: usize, epoch: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row != 0) store<u32>(row + keyBytes, epoch);
  }
}

/** Moves all long strings of the rows at `rows` to the heap's current chunk, which has room for them. */
export function store_heap_move(table: usize, count: u32, rows: usize): void {
  const kinds = <usize>load<u32>(table, KINDS);
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    for (let offset: usize = 8; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
      const length = load<u32>(row + offset - 8);
      if (length > 12) store<u64>(row + offset, <u64>heapCopy(table, <usize>load<u32>(row + offset), length));
    }
  }
}

/** Heap bytes that the long strings of these rows take. */
export function store_heap_bytes(table: usize, count: u32, rows: usize): u32 {
  const kinds = <usize>load<u32>(table, KINDS);
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) bytes += rowHeapBytes(<usize>load<u32>(rows + (<usize>i << 2)), rowBytes, kinds);
  return bytes;
}

/** Heap bytes that the long strings of a view column take. */
export function view_heap_bytes(count: u32, views: usize): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(views + (<usize>i << 4));
    if (length > 12) bytes += (length + 7) & ~7;
  }
  return bytes;
}

/** Puts the view at `from` into state at `to`, long bytes into the heap, which has room; what stood at `to` becomes garbage. */
export function heap_store_view(table: usize, to: usize, from: usize): void {
  const old = load<u32>(to);
  if (old > 12) store<u32>(table, load<u32>(table, HEAP_GARBAGE) + ((old + 7) & ~7), HEAP_GARBAGE);
  const length = load<u32>(from);
  const word = load<u64>(from, 8);
  store<u64>(to, load<u64>(from));
  store<u64>(to, length > 12 ? <u64>heapCopy(table, <usize><u32>word, length) : word, 8);
}

/** Byte order of two views: negative, 0 or positive. */
export function view_compare(a: usize, b: usize): i32 {
  const lengthA = load<u32>(a);
  const lengthB = load<u32>(b);
  // zero-padded prefixes: a difference in them decides
  const prefixA = bswap<u32>(load<u32>(a, 4));
  const prefixB = bswap<u32>(load<u32>(b, 4));
  if (prefixA != prefixB) return prefixA < prefixB ? -1 : 1;
  const bytesA = lengthA > 12 ? <usize>load<u32>(a, 8) : a + 4;
  const bytesB = lengthB > 12 ? <usize>load<u32>(b, 8) : b + 4;
  const shorter = min(lengthA, lengthB);
  let i: u32 = 0;
  while (i + 8 <= shorter) {
    const wordA = load<u64>(bytesA + i);
    const wordB = load<u64>(bytesB + i);
    if (wordA != wordB) return bswap<u64>(wordA) < bswap<u64>(wordB) ? -1 : 1;
    i += 8;
  }
  while (i < shorter) {
    const byteA = load<u8>(bytesA + i);
    const byteB = load<u8>(bytesB + i);
    if (byteA != byteB) return <i32>byteA - <i32>byteB;
    i++;
  }
  return <i32>(lengthA > lengthB) - <i32>(lengthA < lengthB);
}
