// Source: Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte", Software: Practice and Experience 2021. Each byte and the
// one before it are looked up by nibbles; what two bytes can have wrong is a bit that all three tables must agree on.
const SHORT: u8 = 1, LONG: u8 = 2, OVERLONG_3: u8 = 4, LARGE: u8 = 8, SURROGATE: u8 = 16, OVERLONG_2: u8 = 32, LARGE_1000: u8 = 64, TWO: u8 = 128;
const OVERLONG_4: u8 = 64;
const CARRY: u8 = SHORT | LONG | TWO;

// @ts-ignore: decorator
@inline
function wrong(input: v128, before: v128): v128 {
  const low = i8x16.splat(15);
  const one = i8x16.shuffle(before, input, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  const firstHigh = i8x16(
    LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, <i8>TWO, <i8>TWO, <i8>TWO, <i8>TWO, SHORT | OVERLONG_2, SHORT, SHORT | OVERLONG_3 | SURROGATE,
    SHORT | LARGE | LARGE_1000 | OVERLONG_4,
  );
  const firstLow = i8x16(
    <i8>(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), <i8>(CARRY | OVERLONG_2), <i8>CARRY, <i8>CARRY, <i8>(CARRY | LARGE), <i8>(CARRY | LARGE | LARGE_1000),
    <i8>(CARRY | LARGE | LARGE_1000), <i8>(CARRY | LARGE | LARGE_1000), <i8>(CARRY | LARGE | LARGE_1000), <i8>(CARRY | LARGE | LARGE_1000),
    <i8>(CARRY | LARGE | LARGE_1000), <i8>(CARRY | LARGE | LARGE_1000), <i8>(CARRY | LARGE | LARGE_1000),
    <i8>(CARRY | LARGE | LARGE_1000 | SURROGATE), <i8>(CARRY | LARGE | LARGE_1000), <i8>(CARRY | LARGE | LARGE_1000),
  );
  const secondHigh = i8x16(
    SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, <i8>(LONG | OVERLONG_2 | TWO | OVERLONG_3 | LARGE_1000 | OVERLONG_4),
    <i8>(LONG | OVERLONG_2 | TWO | OVERLONG_3 | LARGE), <i8>(LONG | OVERLONG_2 | TWO | SURROGATE | LARGE), <i8>(LONG | OVERLONG_2 | TWO | SURROGATE | LARGE),
    SHORT, SHORT, SHORT, SHORT,
  );
  const pairs = v128.and(
    v128.and(i8x16.swizzle(firstHigh, i8x16.shr_u(one, 4)), i8x16.swizzle(firstLow, v128.and(one, low))),
    i8x16.swizzle(secondHigh, i8x16.shr_u(input, 4)),
  );
  const two = i8x16.shuffle(before, input, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  const three = i8x16.shuffle(before, input, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  // Third and fourth bytes must be, and else may not be, a second continuation in a row.
  const must = v128.and(
    v128.or(i8x16.sub_sat_u(two, i8x16.splat(0x60)), i8x16.sub_sat_u(three, i8x16.splat(0x70))),
    i8x16.splat(<i8>0x80),
  );
  return v128.xor(must, pairs);
}

/** Whether text is UTF-8: the place of the first character that is not, or `end`. Readable for 64 bytes past the end. */
export function utf8_validate(p: usize, end: usize): usize {
  while (p < end) {
    // Mostly ASCII: four vectors at a time.
    while (p + 64 <= end) {
      const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
      if (!i8x16.bitmask(v128.or(v128.or(a, b), v128.or(c, d)))) {
        p += 64;
        continue;
      }
      const errors = v128.or(v128.or(wrong(a, i8x16.splat(0)), wrong(b, a)), v128.or(wrong(c, b), wrong(d, c)));
      if (v128.any_true(errors)) break;
      // A character that the block cuts begins the next one.
      p += 64;
      if (load<u8>(p - 1) >= 0xc0) p -= 1;
      else if (load<u8>(p - 2) >= 0xe0) p -= 2;
      else if (load<u8>(p - 3) >= 0xf0) p -= 3;
    }
    const stop = min(p + 64, end);
    while (p < stop) {
      const c = <u32>load<u8>(p);
      if (c < 0x80) {
        p++;
        continue;
      }
      const d = <u32>load<u8>(p, 1);
      if (c < 0xe0) {
        if (c < 0xc2 || p + 2 > end || (d & 0xc0) != 0x80) return p;
        p += 2;
      } else if (c < 0xf0) {
        const e = <u32>load<u8>(p, 2);
        if (p + 3 > end || (d & 0xc0) != 0x80 || (e & 0xc0) != 0x80) return p;
        if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f)) return p;
        p += 3;
      } else {
        const e = <u32>load<u8>(p, 2), f = <u32>load<u8>(p, 3);
        if (c > 0xf4 || p + 4 > end || (d & 0xc0) != 0x80 || (e & 0xc0) != 0x80 || (f & 0xc0) != 0x80) return p;
        if ((c == 0xf0 && d < 0x90) || (c == 0xf4 && d > 0x8f)) return p;
        p += 4;
      }
    }
  }
  return end;
}

/** Number of the first of `rows` views (16 bytes each) whose text is not UTF-8, or `rows`. */
export function utf8_first_bad_view(rows: i32, views: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const view = views + (<usize>row << 4);
    const bytes = load<u32>(view);
    if (bytes <= 12) {
      if (((load<u64>(view, 4) | load<u32>(view, 12)) & 0x8080808080808080) == 0) continue;
      if (utf8_validate(view + 4, view + 4 + bytes) != view + 4 + bytes) return row;
    } else {
      const from = <usize>load<u32>(view, 8);
      if (utf8_validate(from, from + bytes) != from + bytes) return row;
    }
  }
  return rows;
}
