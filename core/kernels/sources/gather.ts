// Columns by row number: dst[i] = src[index[i]].
import { view_compare } from "./group-table";

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

/** flags[j] |= rows 2j and 2j + 1 of the column differ; `width` is the bytes of a value, 17 stands for views, 6 for f32 and 9 for f64 (NaN equals NaN). */
export function pairs_differ(pairs: u32, width: u32, src: usize, validity: usize, flags: usize): void {
  for (let j: u32 = 0; j < pairs; j++) {
    const first = bit(validity, 2 * j);
    if (first != bit(validity, 2 * j + 1)) {
      store<u8>(flags + j, 1);
      continue;
    }
    if (!first) continue;
    if (valuesDiffer(width, src, <usize>j << 1)) store<u8>(flags + j, 1);
  }
}

// @ts-ignore: decorator
@inline
function valuesDiffer(width: u32, src: usize, i: usize): bool {
  switch (width) {
    case 1:
      return load<u8>(src + i) != load<u8>(src + i, 1);
    case 2:
      return load<u16>(src + (i << 1)) != load<u16>(src + (i << 1), 2);
    case 4:
      return load<u32>(src + (i << 2)) != load<u32>(src + (i << 2), 4);
    case 8:
      return load<u64>(src + (i << 3)) != load<u64>(src + (i << 3), 8);
    case 6: {
      const a = load<f32>(src + (i << 2));
      const b = load<f32>(src + (i << 2), 4);
      return a != b && (a == a || b == b);
    }
    case 9: {
      const a = load<f64>(src + (i << 3));
      const b = load<f64>(src + (i << 3), 8);
      return a != b && (a == a || b == b);
    }
    case 16:
      return load<u64>(src + (i << 4)) != load<u64>(src + (i << 4), 16) || load<u64>(src + (i << 4), 8) != load<u64>(src + (i << 4), 24);
    default:
      return view_compare(src + (i << 4), src + (i << 4) + 16) != 0;
  }
}
