// Hash joins: an index over rows that stay where they are, in an order of its own. `offsets` has a u32 per bucket and one more: where the bucket's entries
// begin; entries are {u32 row address, u32 hash}, so that most of those that do not match are refused without a look at their row.
import { bytes_equal } from "./group-table";
import { hashKeyRow } from "./hash";

/** Set in the flags of a row that has matched. */
const FLAG_MATCHED: u32 = 8;

/** Entries for rows whose key may match: hashes them; those with a NULL in a field of `reject` (bits of the mask word) are left out. Returns how many. */
export function join_entries(count: u32, rows: usize, words: u32, views: u64, reject: u64, entries: usize): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    if (reject != 0 && (load<u64>(row) & reject) != 0) continue;
    const entry = entries + (<usize>kept << 3);
    store<u32>(entry, row);
    store<u32>(entry, words == 0 ? 0 : hashKeyRow(row, words, views), 4);
    kept++;
  }
  return kept;
}

/** Counting sort of entries by bucket (hash & mask), stable; `offsets` (mask + 2 words) must be zero. */
export function join_index(count: u32, entries: usize, mask: u32, offsets: usize, sorted: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = offsets + (<usize>(load<u32>(entries + (<usize>i << 3), 4) & mask) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let bucket: u32 = 0; bucket <= mask; bucket++) {
    const at = offsets + (<usize>bucket << 2);
    sum += load<u32>(at);
    store<u32>(at, sum);
  }
  store<u32>(offsets + ((<usize>mask + 1) << 2), sum);
  // from the back, so that each bucket's end moves down to its beginning
  for (let i: u32 = count; i > 0; i--) {
    const entry = load<u64>(entries + (<usize>(i - 1) << 3));
    const at = offsets + (<usize>(<u32>(entry >> 32) & mask) << 2);
    const place = load<u32>(at) - 1;
    store<u32>(at, place);
    store<u64>(sorted + (<usize>place << 3), entry);
  }
}

// @ts-ignore: decorator
@inline
function keysEqual(a: usize, b: usize, words: u32, views: u64): bool {
  for (let i: u32 = 0; i < words; i++) {
    const offset = <usize>i << 3;
    if (load<u64>(a + offset) == load<u64>(b + offset)) continue;
    // the second word of a view: the first, length and prefix, was equal
    if (i == 0 || ((views >> (i - 1)) & 1) == 0) return false;
    const length = load<u32>(a + offset - 8);
    if (length <= 12 || !bytes_equal(load<u32>(a + offset), load<u32>(b + offset), length)) return false;
  }
  return true;
}

/**
 * Pairs of rows with equal keys, at most `max`: numbers of probing rows to `probes`, addresses of indexed rows to `builds`. `state` has the row to go on
 * with and how many of its bucket's entries are done, and is moved on; the row is `count` at the end. Returns how many pairs.
 */
export function join_pairs(
  count: u32, keys: usize, words: u32, views: u64, reject: u64, hashes: usize, offsets: usize, entries: usize, mask: u32, max: u32, state: usize, probes: usize, builds: usize,
): u32 {
  let found: u32 = 0;
  let i = load<u32>(state);
  let done = load<u32>(state, 4);
  const stride = <usize>words << 3;
  for (; i < count; i++, done = 0) {
    const key = keys + <usize>i * stride;
    if (reject != 0 && (load<u64>(key) & reject) != 0) continue;
    const hash = load<u32>(hashes + (<usize>i << 2));
    const bucket = offsets + (<usize>(hash & mask) << 2);
    const first = load<u32>(bucket);
    const end = load<u32>(bucket, 4);
    for (let e = first + done; e < end; e++) {
      const entry = load<u64>(entries + (<usize>e << 3));
      if (<u32>(entry >> 32) != hash) continue;
      const row = <usize><u32>entry;
      if (words == 1 ? load<u64>(row) != load<u64>(key) : !keysEqual(row, key, words, views)) continue;
      if (found == max) {
        store<u32>(state, i);
        store<u32>(state, e - first, 4);
        return found;
      }
      store<u32>(probes + (<usize>found << 2), i);
      store<u32>(builds + (<usize>found << 2), <u32>row);
      found++;
    }
  }
  store<u32>(state, count);
  store<u32>(state, 0, 4);
  return found;
}

/** flags[i] = 1 for each probing row that has a match. */
export function join_found(
  count: u32, keys: usize, words: u32, views: u64, reject: u64, hashes: usize, offsets: usize, entries: usize, mask: u32, flags: usize,
): void {
  const stride = <usize>words << 3;
  for (let i: u32 = 0; i < count; i++) {
    const key = keys + <usize>i * stride;
    if (reject != 0 && (load<u64>(key) & reject) != 0) continue;
    const hash = load<u32>(hashes + (<usize>i << 2));
    const bucket = offsets + (<usize>(hash & mask) << 2);
    const end = load<u32>(bucket, 4);
    for (let e = load<u32>(bucket); e < end; e++) {
      const entry = load<u64>(entries + (<usize>e << 3));
      if (<u32>(entry >> 32) != hash || !keysEqual(<usize><u32>entry, key, words, views)) continue;
      store<u8>(flags + i, 1);
      break;
    }
  }
}

/** Marks all indexed rows that some probing row matches. */
export function join_mark(
  count: u32, keys: usize, words: u32, views: u64, reject: u64, hashes: usize, offsets: usize, entries: usize, mask: u32, flagsAt: usize,
): void {
  const stride = <usize>words << 3;
  for (let i: u32 = 0; i < count; i++) {
    const key = keys + <usize>i * stride;
    if (reject != 0 && (load<u64>(key) & reject) != 0) continue;
    const hash = load<u32>(hashes + (<usize>i << 2));
    const bucket = offsets + (<usize>(hash & mask) << 2);
    const end = load<u32>(bucket, 4);
    for (let e = load<u32>(bucket); e < end; e++) {
      const entry = load<u64>(entries + (<usize>e << 3));
      if (<u32>(entry >> 32) != hash || !keysEqual(<usize><u32>entry, key, words, views)) continue;
      const row = <usize><u32>entry;
      store<u32>(row + flagsAt, load<u32>(row + flagsAt) | FLAG_MATCHED);
    }
  }
}

/** Marks rows as matched. */
export function join_mark_rows(count: u32, rows: usize, flagsAt: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    store<u32>(row + flagsAt, load<u32>(row + flagsAt) | FLAG_MATCHED);
  }
}

/** flags[numbers[i]] = 1. */
export function join_flag(count: u32, numbers: usize, flags: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(flags + load<u32>(numbers + (<usize>i << 2)), 1);
}

/** Numbers of flags that are `wanted` (0 or 1); returns how many. */
export function join_flagged(count: u32, flags: usize, wanted: u32, out: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(out + (<usize>found << 2), i);
    found += <u32>(load<u8>(flags + i) == wanted);
  }
  return found;
}

/** Leaves in `rows` those that have matched (`wanted` 1) or not (0); returns how many. */
export function join_rows(count: u32, rows: usize, flagsAt: usize, wanted: u32): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    store<u32>(rows + (<usize>kept << 2), row);
    kept += <u32>((load<u32>(<usize>row + flagsAt) >> 3 & 1) == wanted);
  }
  return kept;
}

/** values[i] = 1 where rows[i] has matched, else 0. */
export function join_matched(count: u32, rows: usize, flagsAt: usize, values: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(values + i, <u8>(load<u32>(<usize>load<u32>(rows + (<usize>i << 2)) + flagsAt) >> 3 & 1));
}

/** The same u32 `count` times. */
export function fill_32(count: u32, value: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + (<usize>i << 2), value);
}
