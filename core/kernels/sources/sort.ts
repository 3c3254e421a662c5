// Sorting of packed rows (core/columnar/key-layout.ts) by keys described in memory, 16 bytes each: u32 offset of the key's words in a row, u32 form
// (0 integer, 1 float, 2 128 bits, 3 view), u32 bit in the row's NULL mask or NONE, u32 flags (1 descending, 2 NULLs first).
// Entries are 16 bytes: u64 prefix whose order agrees with the rows' order as far as it goes, u32 row address, u32 unused.
import { view_compare } from "./group-table";

const NONE: u32 = 0xffffffff;
const DESCENDING: u32 = 1;
const NULLS_FIRST: u32 = 2;
const RUN: u32 = 12;

// @ts-ignore: decorator
@inline
function isNull(row: usize, bit: u32): bool {
  return bit != NONE && ((load<u64>(row) >> bit) & 1) != 0;
}

// @ts-ignore: decorator
@inline
function orderedFloat(bits: u64): u64 {
  return <i64>bits < 0 ? ~bits : bits ^ 0x8000000000000000;
}

function prefixOf(row: usize, key: usize): u64 {
  const place = row + load<u32>(key);
  const form = load<u32>(key, 4);
  const bit = load<u32>(key, 8);
  const flags = load<u32>(key, 12);
  const nullsFirst = (flags & NULLS_FIRST) != 0;
  if (isNull(row, bit)) return nullsFirst ? 0 : ~(<u64>0);
  let value: u64;
  if (form == 0) value = load<u64>(place) ^ 0x8000000000000000;
  else if (form == 1) value = orderedFloat(load<u64>(place));
  else if (form == 2) value = load<u64>(place, 8) ^ 0x8000000000000000;
  else {
    const length = load<u32>(place);
    const bytes = length > 12 ? <usize>load<u32>(place, 8) : place + 4;
    // views are zero-padded up to 12 bytes
    value = bswap<u64>(load<u64>(bytes));
  }
  if (flags & DESCENDING) value = ~value;
  if (bit != NONE) value = (value >> 1) | (nullsFirst ? 0x8000000000000000 : 0);
  return value;
}

/** Order of two rows by all keys: negative, 0 or positive. */
export function compare_rows(a: usize, b: usize, keys: usize, keyCount: u32): i32 {
  for (let k: u32 = 0; k < keyCount; k++) {
    const key = keys + (<usize>k << 4);
    const offset = <usize>load<u32>(key);
    const form = load<u32>(key, 4);
    const bit = load<u32>(key, 8);
    const flags = load<u32>(key, 12);
    const nullA = isNull(a, bit);
    const nullB = isNull(b, bit);
    if (nullA || nullB) {
      if (nullA && nullB) continue;
      return nullA == ((flags & NULLS_FIRST) != 0) ? -1 : 1;
    }
    let order: i32 = 0;
    if (form == 0) {
      const x = load<i64>(a + offset);
      const y = load<i64>(b + offset);
      order = <i32>(x > y) - <i32>(x < y);
    } else if (form == 1) {
      const x = orderedFloat(load<u64>(a + offset));
      const y = orderedFloat(load<u64>(b + offset));
      order = <i32>(x > y) - <i32>(x < y);
    } else if (form == 2) {
      const x = load<i64>(a + offset, 8);
      const y = load<i64>(b + offset, 8);
      if (x != y) order = x > y ? 1 : -1;
      else {
        const lowX = load<u64>(a + offset);
        const lowY = load<u64>(b + offset);
        order = <i32>(lowX > lowY) - <i32>(lowX < lowY);
      }
    } else order = view_compare(a + offset, b + offset);
    if (order != 0) return flags & DESCENDING ? -order : order;
  }
  return 0;
}

/** An entry for each row. */
export function sort_entries(count: u32, rows: usize, keys: usize, keyCount: u32, entries: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const entry = entries + (<usize>i << 4);
    store<u64>(entry, keyCount == 0 ? 0 : prefixOf(row, keys));
    store<u64>(entry, <u64>row, 8);
  }
}

// @ts-ignore: decorator
@inline
function after(prefixA: u64, rowA: usize, prefixB: u64, rowB: usize, keys: usize, keyCount: u32, exact: bool): bool {
  if (prefixA != prefixB) return prefixA > prefixB;
  return !exact && compare_rows(rowA, rowB, keys, keyCount) > 0;
}

/** Stable merge sort. `exact`: equal prefixes are equal rows. Returns where the sorted entries are: `entries` or `scratch`, of the same size. */
export function sort_merge(count: u32, entries: usize, scratch: usize, keys: usize, keyCount: u32, exact: bool): usize {
  for (let start: u32 = 0; start < count; start += RUN) {
    const end = min(start + RUN, count);
    for (let i = start + 1; i < end; i++) {
      const at = entries + (<usize>i << 4);
      const prefix = load<u64>(at);
      const rest = load<u64>(at, 8);
      let p = at;
      const first = entries + (<usize>start << 4);
      while (p > first && after(load<u64>(p - 16), load<u32>(p - 16, 8), prefix, <usize><u32>rest, keys, keyCount, exact)) {
        v128.store(p, v128.load(p - 16));
        p -= 16;
      }
      store<u64>(p, prefix);
      store<u64>(p, rest, 8);
    }
  }
  let from = entries;
  let to = scratch;
  for (let width: u32 = RUN; width < count; width <<= 1) {
    for (let start: u32 = 0; start < count; start += width << 1) {
      const middle = min(start + width, count);
      const end = min(middle + width, count);
      let left = from + (<usize>start << 4);
      const leftEnd = from + (<usize>middle << 4);
      let right = leftEnd;
      const rightEnd = from + (<usize>end << 4);
      let out = to + (<usize>start << 4);
      while (left < leftEnd && right < rightEnd) {
        const takeRight = after(load<u64>(left), load<u32>(left, 8), load<u64>(right), load<u32>(right, 8), keys, keyCount, exact);
        v128.store(out, v128.load(takeRight ? right : left));
        if (takeRight) right += 16;
        else left += 16;
        out += 16;
      }
      memory.copy(out, left, leftEnd - left);
      out += leftEnd - left;
      memory.copy(out, right, rightEnd - right);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  return from;
}

/** Row addresses of entries. */
export function sort_rows(count: u32, entries: usize, rows: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(rows + (<usize>i << 2), load<u32>(entries + (<usize>i << 4), 8));
}

/** Numbers of the entries whose prefix is not above the one at `limit`; returns how many. */
export function sort_within(count: u32, entries: usize, limit: usize, numbers: usize): u32 {
  const most = load<u64>(limit);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(numbers + (<usize>found << 2), i);
    found += <u32>(load<u64>(entries + (<usize>i << 4)) <= most);
  }
  return found;
}

/** Adds weights (i8, or 0: all 1) to the i64 at `at` of each row. */
export function bag_add(count: u32, rows: usize, weights: usize, at: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const place = <usize>load<u32>(rows + (<usize>i << 2)) + at;
    store<i64>(place, load<i64>(place) + (weights == 0 ? 1 : <i64>load<i8>(weights + i)));
  }
}

/**
 * How often each sorted row shows in the places [from, to): into the i64 at visibleAt, given its count at countAt. Changes go to `rows` and `weights`, a
 * row and its weight (+1 or -1) as often as it changed, at most `room`; returns how many. Rows after place `to` show 0 times.
 */
export function top_changes(
  count: u32, sorted: usize, countAt: usize, visibleAt: usize, from: i64, to: i64, rows: usize, weights: usize, room: u32,
): u32 {
  let place: i64 = 0;
  let out: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(sorted + (<usize>i << 2));
    const copies = max<i64>(load<i64>(row + countAt), 0);
    const next = place + copies;
    const visible = max<i64>(min(next, to) - max(place, from), 0);
    place = next;
    let change = visible - load<i64>(row + visibleAt);
    const weight: i8 = change < 0 ? -1 : 1;
    if (change < 0) change = -change;
    if (<i64>out + change > <i64>room) change = <i64>room - <i64>out;
    store<i64>(row + visibleAt, load<i64>(row + visibleAt) + change * <i64>weight);
    for (; change > 0; change--) {
      store<u32>(rows + (<usize>out << 2), <u32>row);
      store<i8>(weights + out, weight);
      out++;
    }
  }
  return out;
}

/** How many of the first sorted rows are needed for `wanted` places. */
export function top_needed(count: u32, sorted: usize, countAt: usize, wanted: i64): u32 {
  let place: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (place >= wanted) return i;
    place += max<i64>(load<i64>(<usize>load<u32>(sorted + (<usize>i << 2)) + countAt), 0);
  }
  return count;
}

/** Copies and places sent of all these rows, for how much room changes may need. */
export function top_places(count: u32, rows: usize, countAt: usize, visibleAt: usize): f64 {
  let places: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    places += max<i64>(load<i64>(row + countAt), 0) + load<i64>(row + visibleAt);
  }
  return <f64>places;
}

/** Copies of all these rows. */
export function top_copies(count: u32, rows: usize, countAt: usize): f64 {
  let copies: i64 = 0;
  for (let i: u32 = 0; i < count; i++) copies += max<i64>(load<i64>(<usize>load<u32>(rows + (<usize>i << 2)) + countAt), 0);
  return <f64>copies;
}

/** Adds the rows whose mark (i64 at markAt) is 0 to `target`, marked; returns how many. */
export function marked_add(count: u32, rows: usize, markAt: usize, target: usize): u32 {
  let added: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    if (load<i64>(<usize>row + markAt) != 0) continue;
    store<i64>(<usize>row + markAt, 1);
    store<u32>(target + (<usize>(added++) << 2), row);
  }
  return added;
}

/** Sets the marks of rows. */
export function mark_rows(count: u32, rows: usize, markAt: usize, mark: i64): void {
  for (let i: u32 = 0; i < count; i++) store<i64>(<usize>load<u32>(rows + (<usize>i << 2)) + markAt, mark);
}

/** Leaves the marked rows in `rows`; returns how many. */
export function marked_keep(count: u32, rows: usize, markAt: usize): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    store<u32>(rows + (<usize>kept << 2), row);
    kept += <u32>(load<i64>(<usize>row + markAt) != 0);
  }
  return kept;
}

/** flags[i] = the i64 at `at` of row i is 0. */
export function zero_rows(count: u32, rows: usize, at: usize, flags: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(flags + i, <u8>(load<i64>(<usize>load<u32>(rows + (<usize>i << 2)) + at) == 0));
}

/** Row numbers with weight -1, then those with weight +1. */
export function retractions_first(count: u32, weights: usize, out: usize): void {
  let at = out;
  for (let sign: i32 = -1; sign <= 1; sign += 2) {
    for (let i: u32 = 0; i < count; i++) {
      if (<i32>load<i8>(weights + i) != sign) continue;
      store<u32>(at, i);
      at += 4;
    }
  }
}

/**
 * Merges sorted lists of rows: at `lists` two words each, the address of the next u32 row address and of the list's end, which go on. Equal rows come from
 * the first list. Stops when a list is used up or `most` rows are at `out`; returns how many.
 */
export function merge_sorted(count: u32, lists: usize, keys: usize, keyCount: u32, out: usize, most: u32): u32 {
  let found: u32 = 0;
  while (found < most) {
    let best: usize = 0;
    let least: usize = 0;
    for (let list: u32 = 0; list < count; list++) {
      const at = lists + (<usize>list << 3);
      const row = <usize>load<u32>(<usize>load<u32>(at));
      if (best == 0 || compare_rows(row, least, keys, keyCount) < 0) {
        best = at;
        least = row;
      }
    }
    store<u32>(out + (<usize>found << 2), <u32>least);
    found++;
    const next = load<u32>(best) + 4;
    store<u32>(best, next);
    if (next == load<u32>(best, 4)) break;
  }
  return found;
}
