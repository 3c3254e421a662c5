// Fields of packed fixed-width rows (core/columnar/key-layout.ts) from and to columns. A row's NULL mask word has bit f set when field f is NULL.

/** dst[i] = the 64-bit word at rows[i] + offset. */
export function rows_read_64(count: u32, rows: usize, offset: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(dst + (<usize>i << 3), load<u64>(<usize>load<u32>(rows + (<usize>i << 2)) + offset));
}
export function rows_read_32(count: u32, rows: usize, offset: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(dst + (<usize>i << 2), load<u32>(<usize>load<u32>(rows + (<usize>i << 2)) + offset));
}
export function rows_read_16(count: u32, rows: usize, offset: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u16>(dst + (<usize>i << 1), load<u16>(<usize>load<u32>(rows + (<usize>i << 2)) + offset));
}
export function rows_read_8(count: u32, rows: usize, offset: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(dst + i, load<u8>(<usize>load<u32>(rows + (<usize>i << 2)) + offset));
}
export function rows_read_128(count: u32, rows: usize, offset: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) v128.store(dst + (<usize>i << 4), v128.load(<usize>load<u32>(rows + (<usize>i << 2)) + offset));
}
/** FLOAT from the double that stands for it. */
export function rows_read_f32(count: u32, rows: usize, offset: usize, dst: usize): void {
  for (let i: u32 = 0; i < count; i++) store<f32>(dst + (<usize>i << 2), <f32>load<f64>(<usize>load<u32>(rows + (<usize>i << 2)) + offset));
}

/** A validity bitmap of field `bit`, from the mask word at rows[i] + maskOffset; returns how many are NULL. Whole bytes are written. */
export function rows_read_validity(count: u32, rows: usize, maskOffset: usize, bit: u64, dst: usize): u32 {
  let nulls: u32 = 0;
  for (let i: u32 = 0; i < count; i += 8) {
    let byte: u32 = 0xff;
    const end = min<u32>(8, count - i);
    for (let k: u32 = 0; k < end; k++) {
      const isNull = <u32>((load<u64>(<usize>load<u32>(rows + (<usize>(i + k) << 2)) + maskOffset) >> bit) & 1);
      byte ^= isNull << k;
      nulls += isNull;
    }
    store<u8>(dst + (i >> 3), <u8>byte);
  }
  return nulls;
}

/** Copies the first `bytes` (a multiple of 8) of each row to dst, side by side. */
export function rows_copy(count: u32, rows: usize, bytes: usize, dst: usize): void {
  if (bytes == 8) {
    rows_read_64(count, rows, 0, dst);
    return;
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const to = dst + <usize>i * bytes;
    for (let offset: usize = 0; offset < bytes; offset += 8) store<u64>(to + offset, load<u64>(row + offset));
  }
}

/** addresses[i] = base + i * stride. */
export function rows_addresses(count: u32, base: usize, stride: usize, addresses: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(addresses + (<usize>i << 2), <u32>(base + <usize>i * stride));
}

/** Widens a column's values into the words of rows that stand side by side; `form`: see core/kernels/rows.ts. NULLs become zero words and a mask bit. */
export function rows_write(count: u32, form: u32, src: usize, validity: usize, base: usize, stride: usize, offset: usize, maskOffset: usize, bit: u64): void {
  let to = base + offset;
  switch (form) {
    case 0:
      for (let i: u32 = 0; i < count; i++, to += stride) store<i64>(to, <i64>load<i8>(src + i));
      break;
    case 1:
      for (let i: u32 = 0; i < count; i++, to += stride) store<i64>(to, <i64>load<i16>(src + (<usize>i << 1)));
      break;
    case 2:
      for (let i: u32 = 0; i < count; i++, to += stride) store<i64>(to, <i64>load<i32>(src + (<usize>i << 2)));
      break;
    case 3:
      for (let i: u32 = 0; i < count; i++, to += stride) store<i64>(to, load<i64>(src + (<usize>i << 3)));
      break;
    case 4:
      for (let i: u32 = 0; i < count; i++, to += stride) v128.store(to, v128.load(src + (<usize>i << 4)));
      break;
    case 5:
      for (let i: u32 = 0; i < count; i++, to += stride) store<f64>(to, canonical(<f64>load<f32>(src + (<usize>i << 2))));
      break;
    case 6:
      for (let i: u32 = 0; i < count; i++, to += stride) store<f64>(to, canonical(load<f64>(src + (<usize>i << 3))));
      break;
    default:
      for (let i: u32 = 0; i < count; i++, to += stride) {
        const view = src + (<usize>i << 4);
        const length = load<u32>(view);
        store<u64>(to, load<u64>(view));
        store<u64>(to, length > 12 ? <u64>load<u32>(view, 8) : load<u64>(view, 8), 8);
      }
  }
  if (validity == 0) return;
  const wide = form == 4 || form == 7;
  for (let i: u32 = 0; i < count; i++) {
    if ((load<u8>(validity + (i >> 3)) >> <u8>(i & 7)) & 1) continue;
    const row = base + <usize>i * stride;
    store<u64>(row + offset, 0);
    if (wide) store<u64>(row + offset, 0, 8);
    store<u64>(row + maskOffset, load<u64>(row + maskOffset) | (<u64>1 << bit));
  }
}

// @ts-ignore: decorator
@inline
function canonical(value: f64): f64 {
  return value == value ? value : NaN;
}

/** Copies `bytes` (a multiple of 8) from each of the rows side by side at `src` to rows of `stride` bytes at `dst`. */
export function rows_spread(count: u32, src: usize, srcStride: usize, bytes: usize, dst: usize, stride: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const from = src + <usize>i * srcStride;
    const to = dst + <usize>i * stride;
    for (let offset: usize = 0; offset < bytes; offset += 8) store<u64>(to + offset, load<u64>(from + offset));
  }
}

/** Marks rows as new, so that they are linked again. */
export function rows_set_flags(count: u32, rows: usize, flagsAt: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    store<u32>(row + flagsAt, load<u32>(row + flagsAt) | 4);
  }
}

/** Leaves in `rows` those whose count (i64 at countAt) is above 0; returns how many. */
export function rows_with_count(count: u32, rows: usize, countAt: usize): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    store<u32>(rows + (<usize>kept << 2), row);
    kept += <u32>(load<i64>(<usize>row + countAt) > 0);
  }
  return kept;
}

/** Numbers i with flags[i] != 0 to `out`; returns how many. */
export function flagged_rows(count: u32, flags: usize, out: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(out + (<usize>found << 2), i);
    found += <u32>(load<u8>(flags + i) != 0);
  }
  return found;
}
