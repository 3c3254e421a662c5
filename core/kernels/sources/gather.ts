// Columns by row number: dst[i] = src[index[i]].
import { view_compare } from "./group-table";

/** Flag of a group that was made in this batch. */
const FLAG_NEW: u32 = 4;

export function gather_8(count: u32, index: usize, src: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(dst + i, load<u8>(src + load<u32>(index + (<usize>i << 2))));
}
export function gather_16(count: u32, index: usize, src: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u16>(dst + (<usize>i << 1), load<u16>(src + (<usize>load<u32>(index + (<usize>i << 2)) << 1)));
}
export function gather_32(count: u32, index: usize, src: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(dst + (<usize>i << 2), load<u32>(src + (<usize>load<u32>(index + (<usize>i << 2)) << 2)));
}
export function gather_64(count: u32, index: usize, src: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(dst + (<usize>i << 3), load<u64>(src + (<usize>load<u32>(index + (<usize>i << 2)) << 3)));
}
export function gather_128(count: u32, index: usize, src: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) v128.store(dst + (<usize>i << 4), v128.load(src + (<usize>load<u32>(index + (<usize>i << 2)) << 4)));
}
/** A validity bitmap by row number; whole bytes are written. */
export function gather_bits(count: u32, index: usize, src: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i += 8) {
    let byte: u32 = 0;
    const end = min<u32>(8, count - i);
    for (let k: u32 = 0; k < end; k++) {
      const row = load<u32>(index + (<usize>(i + k) << 2));
      byte |= ((load<u8>(src + (row >> 3)) >> <u8>(row & 7)) & 1) << k;
    }
    store<u8>(dst + (i >> 3), <u8>byte);
  }
}

/** dst[i] = value, 8 bytes each. */
export function fill_64(count: u32, value: u64, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(dst + (<usize>i << 3), value);
}

// @ts-ignore: decorator
@inline
function bit(validity: usize, i: u32): u32 {
  return validity == 0 ? 1 : (load<u8>(validity + (i >> 3)) >> <u8>(i & 7)) & 1;
}

/**
 * flags[j] |= values updates[j] and updates[j] + 1 of the column differ; returns how many flags are still 0; `width` is the bytes of a value, 17 stands for views, 6 for f32 and 9 for f64 (NaN
 * equals NaN).
 */
export function pairs_differ(pairs: u32, updates: usize, width: u32, src: usize, validity: usize, flags: usize): u32 {
  switch (width) {
    case 1:
      return pairsDiffer(1, pairs, updates, src, validity, flags);
    case 2:
      return pairsDiffer(2, pairs, updates, src, validity, flags);
    case 4:
      return pairsDiffer(4, pairs, updates, src, validity, flags);
    case 6:
      return pairsDiffer(6, pairs, updates, src, validity, flags);
    case 8:
      return pairsDiffer(8, pairs, updates, src, validity, flags);
    case 9:
      return pairsDiffer(9, pairs, updates, src, validity, flags);
    case 16:
      return pairsDiffer(16, pairs, updates, src, validity, flags);
    default:
      return pairsDiffer(17, pairs, updates, src, validity, flags);
  }
}

// @ts-ignore: decorator
@inline
function pairsDiffer(width: u32, pairs: u32, updates: usize, src: usize, validity: usize, flags: usize): u32 {
  let same: u32 = 0;
  for (let j: u32 = 0; j < pairs; j++) {
    if (load<u8>(flags + j)) continue;
    const row = load<u32>(updates + (<usize>j << 2));
    const first = bit(validity, row);
    const differ = first != bit(validity, row + 1) || (first != 0 && valuesDiffer(width, src, row));
    store<u8>(flags + j, <u8>differ);
    same += <u32>!differ;
  }
  return same;
}

// @ts-ignore: decorator
@inline
function valuesDiffer(width: u32, src: usize, i: usize): bool {
  if (width == 1) return load<u8>(src + i) != load<u8>(src + i, 1);
  if (width == 2) return load<u16>(src + (i << 1)) != load<u16>(src + (i << 1), 2);
  if (width == 4) return load<u32>(src + (i << 2)) != load<u32>(src + (i << 2), 4);
  if (width == 8) return load<u64>(src + (i << 3)) != load<u64>(src + (i << 3), 8);
  if (width == 6) {
    const a = load<f32>(src + (i << 2));
    const b = load<f32>(src + (i << 2), 4);
    return a != b && (a == a || b == b);
  }
  if (width == 9) {
    const a = load<f64>(src + (i << 3));
    const b = load<f64>(src + (i << 3), 8);
    return a != b && (a == a || b == b);
  }
  if (width == 16)
    return load<u64>(src + (i << 4)) != load<u64>(src + (i << 4), 16) || load<u64>(src + (i << 4), 8) != load<u64>(src + (i << 4), 24);
  return view_compare(src + (i << 4), src + (i << 4) + 16) != 0;
}

/**
 * The changelog of groups: for each row touched[i] with the copy of what it was at before + i * rowBytes, addresses and weights of the rows to send:
 * the copy with -1 and the row with +1 where both were and are visible (its place in the output to `updates`), else the one that is. A group is visible
 * when it was not new and its count (i64 at countAt; 0: always) is above 0. Returns how many rows; how many updates is the u32 at updates[-1].
 */
export function change_rows(
  count: u32, touched: usize, before: usize, rowBytes: usize, flagsAt: usize, countAt: usize, addresses: usize, weights: usize, updates: usize,
): u32 {
  let out: u32 = 0;
  let changed: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(touched + (<usize>i << 2));
    const copy = before + <usize>i * rowBytes;
    const was = (load<u32>(copy + flagsAt) & FLAG_NEW) == 0 && (countAt == 0 || load<i64>(copy + countAt) > 0);
    const is = countAt == 0 || load<i64>(row + countAt) > 0;
    if (was) {
      if (is) store<u32>(updates + (<usize>(changed++) << 2), out);
      store<u32>(addresses + (<usize>out << 2), <u32>copy);
      store<i8>(weights + out++, -1);
    }
    if (is) {
      store<u32>(addresses + (<usize>out << 2), <u32>row);
      store<i8>(weights + out++, 1);
    }
  }
  store<u32>(updates - 4, changed);
  return out;
}



/** Row numbers 0..count but for the pairs updates[j], updates[j] + 1 whose flag is 0; returns how many. */
export function keep_changed(count: u32, updates: usize, pairs: u32, flags: usize, out: usize): u32 {
  let kept: u32 = 0;
  let row: u32 = 0;
  for (let j: u32 = 0; j < pairs; j++) {
    const pair = load<u32>(updates + (<usize>j << 2));
    while (row < pair) store<u32>(out + (<usize>(kept++) << 2), row++);
    if (load<u8>(flags + j)) {
      store<u32>(out + (<usize>(kept++) << 2), row);
      store<u32>(out + (<usize>(kept++) << 2), row + 1);
    }
    row += 2;
  }
  while (row < count) store<u32>(out + (<usize>(kept++) << 2), row++);
  return kept;
}
