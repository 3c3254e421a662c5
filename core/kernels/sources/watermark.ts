// The running watermark over a batch, row by row.

/**
 * before[i] = the watermark that stands before row i: the lesser of `others` (the least of the other splits) and the greatest of `own` and
 * the watermarks of the rows before it. The greatest after the last row to `out` (i64). Returns how many rows are behind: time <= before.
 */
export function running_watermarks(
  count: u32, watermarks: usize, validity: usize, times: usize, own: i64, others: i64, before: usize, out: usize,
): u32 {
  let running = own;
  let behind: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>i << 3;
    const standing = min(running, others);
    store<i64>(before + at, standing);
    behind += u32(load<i64>(times + at) <= standing);
    const watermark = load<i64>(watermarks + at);
    const isValid = validity == 0 || ((load<u8>(validity + (i >> 3)) >> <u8>(i & 7)) & 1) != 0;
    if (isValid && watermark > running) running = watermark;
  }
  store<i64>(out, running);
  return behind;
}

/** Rows whose validity bit is 0. */
export function count_nulls(count: u32, validity: usize): u32 {
  let valid: u32 = 0;
  let i: u32 = 0;
  for (; i + 64 <= count; i += 64) valid += <u32>popcnt<u64>(load<u64>(validity + (i >> 3)));
  for (; i < count; i++) valid += (load<u8>(validity + (i >> 3)) >> <u8>(i & 7)) & 1;
  return count - valid;
}
