// Counting sorts of row numbers by slice and by shard, and the arithmetic of window slices over whole batches.
import { hashFinish, hashKeyRow, hashRound } from "./hash";

const NONE: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function valid(validity: usize, i: u32): bool {
  return validity == 0 || ((load<u8>(validity + (i >> 3)) >> <u8>(i & 7)) & 1) != 0;
}

/** Least and greatest of the times that are not NULL to out[0], out[1] (i64); returns how many are not NULL. */
export function time_bounds(count: u32, times: usize, validity: usize, out: usize): u32 {
  let least = i64.MAX_VALUE;
  let greatest = i64.MIN_VALUE;
  let found: u32 = 0;
  if (validity == 0) {
    for (let i: u32 = 0; i < count; i++) {
      const time = load<i64>(times + (<usize>i << 3));
      least = min(least, time);
      greatest = max(greatest, time);
    }
    found = count;
  } else {
    for (let i: u32 = 0; i < count; i++) {
      if (!valid(validity, i)) continue;
      const time = load<i64>(times + (<usize>i << 3));
      least = min(least, time);
      greatest = max(greatest, time);
      found++;
    }
  }
  store<i64>(out, least);
  store<i64>(out, greatest, 8);
  return found;
}

/** ordinals[i] = (times[i] - base) / size, for times that are not before base. Neighbours mostly share a slice, so a division is rare. */
export function slice_ordinals(count: u32, times: usize, base: i64, size: i64, ordinals: usize): void {
  let start = base;
  let ordinal: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const time = load<i64>(times + (<usize>i << 3));
    if (<u64>(time - start) >= <u64>size) {
      ordinal = <u32>(<u64>(time - base) / <u64>size);
      start = base + <i64>ordinal * size;
    }
    store<u32>(ordinals + (<usize>i << 2), ordinal);
  }
}

/**
 * Rows whose slice has been fired, its end - unit <= watermark, get another ordinal: none when the last window they belong to has been fired too, else
 * that of a pane that starts with the first window not fired, j windows on: ordinal + j * slices (HOP), or ordinal + j (CUMULATE, whose window number
 * (ordinal + phase) % ratio of ratio it is). `ratio` is how many windows a slice belongs to at most. `watermarks` has the watermark before each row, or is
 * 0; `watermark` stands for all at least. Returns how many rows are late.
 */
export function place_late(
  count: u32, ordinals: usize, slices: u32, firstEnd: i64, interval: i64, ratio: u32, cumulate: bool, phase: u32, unit: i64, watermarks: usize,
  watermark: i64,
): u32 {
  let late: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const place = ordinals + (<usize>i << 2);
    const ordinal = load<u32>(place);
    if (ordinal == NONE) continue;
    const before = watermarks != 0 ? max(watermark, load<i64>(watermarks + (<usize>i << 3))) : watermark;
    const behind = before - (firstEnd + <i64>ordinal * interval - unit);
    if (behind < 0) continue;
    const windows = <u64>behind / <u64>interval + 1;
    if (windows + (cumulate ? <u64>((ordinal + phase) % ratio) : 0) >= <u64>ratio) {
      store<u32>(place, NONE);
      late++;
    } else store<u32>(place, ordinal + <u32>windows * (cumulate ? 1 : slices));
  }
  return late;
}

/** Marks rows that are NULL as none. */
export function skip_nulls(count: u32, validity: usize, ordinals: usize): void {
  for (let i: u32 = 0; i < count; i++) if (!valid(validity, i)) store<u32>(ordinals + (<usize>i << 2), NONE);
}

/**
 * Counting sort: row numbers order[from..to) (from..to when order is 0) by ordinals[row] to `out` from `from` on, in a stable way; rows marked as none
 * are left out. offsets[0..parts] become positions in `out`.
 */
export function partition_by_ordinal(from: u32, to: u32, order: usize, ordinals: usize, parts: u32, offsets: usize, out: usize): void {
  memory.fill(offsets, 0, (<usize>parts + 1) << 2);
  for (let j = from; j < to; j++) {
    const i = order != 0 ? load<u32>(order + (<usize>j << 2)) : j;
    const ordinal = load<u32>(ordinals + (<usize>i << 2));
    if (ordinal == NONE) continue;
    const place = offsets + (<usize>ordinal << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let total = from;
  for (let part: u32 = 0; part <= parts; part++) {
    const place = offsets + (<usize>part << 2);
    const size = load<u32>(place);
    store<u32>(place, total);
    total += size;
  }
  for (let j = from; j < to; j++) {
    const i = order != 0 ? load<u32>(order + (<usize>j << 2)) : j;
    const ordinal = load<u32>(ordinals + (<usize>i << 2));
    if (ordinal == NONE) continue;
    const place = offsets + (<usize>ordinal << 2);
    const position = load<u32>(place);
    store<u32>(place, position + 1);
    store<u32>(out + (<usize>position << 2), i);
  }
  // each offset now stands at its end: shift them back
  for (let part = parts; part > 0; part--) store<u32>(offsets + (<usize>part << 2), load<u32>(offsets + (<usize>(part - 1) << 2)));
  store<u32>(offsets, from);
}

/** ordinals[row] = map[hash >> 24] (u8) for the rows of order[from..to). */
export function hash_ordinals(from: u32, to: u32, order: usize, hashes: usize, map: usize, ordinals: usize): void {
  for (let j = from; j < to; j++) {
    const i = order != 0 ? load<u32>(order + (<usize>j << 2)) : j;
    store<u32>(ordinals + (<usize>i << 2), load<u8>(map + (load<u32>(hashes + (<usize>i << 2)) >> 24)));
  }
}

/** Hashes of an auxiliary key (group, value words): the top byte is the group's, so that both share key groups. */
export function combine_hashes(count: u32, groupHashes: usize, rows: usize, words: u32, views: u64, offset: usize, stride: usize, out: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const group = load<u32>(groupHashes + (<usize>i << 2));
    const value = hashKeyRow(rows + <usize>i * stride + offset, words, views);
    const mixed = hashFinish(hashRound(<u64>group, <u64>value));
    store<u32>(out + (<usize>i << 2), (group & 0xff000000) | (mixed & 0x00ffffff));
  }
}
