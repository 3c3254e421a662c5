// Values of a group kept one by one (DISTINCT, retracted MIN and MAX): links between the rows of a group, and rows that have gone.

const FLAG_TOUCHED: u32 = 2;
const FLAG_NEW: u32 = 4;

/**
 * Links the rows of a set that are new into the lists of their groups. `head`: offset in a group's row of the u32 head; `links`: offset in a set's
 * row of u32 next and u32 previous; `flags`: offset of its flags.
 */
export function set_link(count: u32, groups: usize, rows: usize, head: usize, links: usize, flags: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row == 0) continue;
    const bits = load<u32>(row + flags);
    if (!(bits & FLAG_NEW)) continue;
    store<u32>(row + flags, bits & ~FLAG_NEW);
    const group = <usize>load<u32>(groups + (<usize>i << 2));
    const next = <usize>load<u32>(group + head);
    store<u32>(row + links, <u32>next);
    store<u32>(row + links, 0, 4);
    if (next != 0) store<u32>(next + links, <u32>row, 4);
    store<u32>(group + head, <u32>row);
  }
}

/**
 * Rows of a set whose `counts` counts (i64 at `payload`) are all 0 (not above 0 when it `forgets`), each once: addresses, hashes and groups' addresses to the last three arrays;
 * they are unlinked when `links` is not 0. Returns how many.
 */
export function set_dead(
  count: u32, groups: usize, rows: usize, hashes: usize, payload: usize, counts: u32, flags: usize, head: usize, links: usize,
  outRows: usize, outHashes: usize, forgets: u32,
): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row == 0) continue;
    let any: u64 = 0;
    for (let k: u32 = 0; k < counts; k++) {
      const count = load<i64>(row + payload + (<usize>k << 3));
      any |= forgets ? <u64>(count > 0) : <u64>count;
    }
    if (any != 0) continue;
    const bits = load<u32>(row + flags);
    if (bits & FLAG_TOUCHED) continue;
    store<u32>(row + flags, bits | FLAG_TOUCHED);
    store<u32>(outRows + (<usize>found << 2), <u32>row);
    store<u32>(outHashes + (<usize>found << 2), load<u32>(hashes + (<usize>i << 2)));
    found++;
    if (links == 0) continue;
    const next = <usize>load<u32>(row + links);
    const previous = <usize>load<u32>(row + links, 4);
    if (next != 0) store<u32>(next + links, <u32>previous, 4);
    if (previous != 0) store<u32>(previous + links, <u32>next);
    else store<u32>(<usize>load<u32>(groups + (<usize>i << 2)) + head, <u32>next);
  }
  return found;
}

/**
 * The average of a sum (two words) over a count > 0, with `scale` more digits, rounded half up away from zero, to `out`: 16 bytes when `wide`, else 8.
 * Returns 0 when it has more than 38 digits (18 when not wide). Digit by digit, so that nothing wider than 128 bits is needed.
 */
export function decimal_average(low: u64, high: u64, count: u64, scale: u32, out: usize, wide: u32): u32 {
  const negative = <i64>high < 0;
  if (negative) {
    high = ~high + <u64>(low == 0);
    low = 0 - low;
  }
  // 128 by 64 bits, bit by bit; count < 2^63
  let quotientLow: u64 = 0;
  let quotientHigh: u64 = 0;
  let rest: u64 = 0;
  if (high == 0) {
    quotientLow = low / count;
    rest = low % count;
  } else {
    for (let bit = 127; bit >= 0; bit--) {
      rest = (rest << 1) | (bit >= 64 ? (high >> <u64>(bit - 64)) & 1 : (low >> <u64>bit) & 1);
      quotientHigh = (quotientHigh << 1) | (quotientLow >> 63);
      quotientLow <<= 1;
      if (rest >= count) {
        rest -= count;
        quotientLow |= 1;
      }
    }
  }
  for (let digit: u32 = 0; digit < scale; digit++) {
    // rest * 10 may pass 64 bits: ten additions instead
    let next: u64 = 0;
    let remainder: u64 = 0;
    for (let k = 0; k < 10; k++) {
      remainder += rest;
      if (remainder >= count) {
        remainder -= count;
        next++;
      }
    }
    rest = remainder;
    if (quotientHigh > 0x0785ee10d5da46d9) return 0;
    // quotient * 10 + next
    const eightLow = quotientLow << 3;
    const eightHigh = (quotientHigh << 3) | (quotientLow >> 61);
    const twoLow = quotientLow << 1;
    const twoHigh = (quotientHigh << 1) | (quotientLow >> 63);
    let sumLow = eightLow + twoLow;
    quotientHigh = eightHigh + twoHigh + <u64>(sumLow < eightLow);
    quotientLow = sumLow + next;
    quotientHigh += <u64>(quotientLow < next);
  }
  if (rest >= count - rest) {
    quotientLow++;
    quotientHigh += <u64>(quotientLow == 0);
  }
  if (quotientHigh > 0x4b3b4ca85a86c47a || (quotientHigh == 0x4b3b4ca85a86c47a && quotientLow >= 0x098a224000000000)) return 0;
  if (!wide && (quotientHigh != 0 || quotientLow >= 1000000000000000000)) return 0;
  if (negative) {
    quotientHigh = ~quotientHigh + <u64>(quotientLow == 0);
    quotientLow = 0 - quotientLow;
  }
  store<u64>(out, quotientLow);
  if (wide) store<u64>(out, quotientHigh, 8);
  return 1;
}
