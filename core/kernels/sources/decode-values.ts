// Text to numbers, dates and timestamps. A parser gets the place of a text and returns the place behind it, or 0; the value is in `integer`,
// `float` or `wideLow`/`wideHigh`.

export let integer: i64 = 0;
export function setInteger(value: i64): void {
  integer = value;
}
export let float: f64 = 0;
export let wideLow: u64 = 0;
export let wideHigh: u64 = 0;
/** Set with 0: the text has the right form but the value does not fit. */
export let outOfRange: bool = false;
/** Set by parseFloat64: a neighbour of `float` may be nearer; the text decides. */
export let inexact: bool = false;
export function exact(): void {
  inexact = false;
}

const TENS: StaticArray<u64> = [1, 10, 100, 1000, 10000, 100000, 1000000, 10000000];
const EXACT: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
// 128-bit powers of five for 10^-342 … 10^308, high word first; filled in once by the loader.
const POWERS = memory.data(651 * 16, 16);
export function decode_powers(): usize {
  return POWERS;
}

// @ts-ignore: decorator
@inline
function eightDigits(w: u64): u64 {
  w -= 0x3030303030303030;
  w = w * 10 + (w >> 8);
  return (((w & 0x000000ff000000ff) * 0x000f424000000064) + (((w >> 16) & 0x000000ff000000ff) * 0x0000271000000001)) >> 32;
}
/** High bits set in the bytes that are no digits. */
// @ts-ignore: decorator
@inline
function nonDigits(w: u64): u64 {
  const t = w ^ 0x3030303030303030;
  return (((t & 0x7f7f7f7f7f7f7f7f) + 0x7676767676767676) | t) & 0x8080808080808080;
}
// @ts-ignore: decorator
@inline
export function isDigit(c: u32): bool {
  return c - 48 < 10;
}

/** [+-]digits within 64 bits. */
// @ts-ignore: decorator
@inline
export function parseInteger(p: usize): usize {
  const sign = <u32>load<u8>(p);
  const negative = sign == 45;
  if (negative || sign == 43) p++;
  const start = p;
  const w = load<u64>(p);
  const other = nonDigits(w);
  if (other) {
    // Up to 7 digits, the common case: shifted to the right end of a word of zeros.
    const count = <u32>(ctz(other) >> 3);
    if (count == 0) return 0;
    const value = eightDigits((w << (64 - ((<u64>count) << 3))) | (0x3030303030303030 >> ((<u64>count) << 3)));
    integer = negative ? -<i64>value : <i64>value;
    return start + <usize>count;
  }
  return longInteger(start, negative);
}
function longInteger(p: usize, negative: bool): usize {
  while (load<u8>(p) == 48 && isDigit(load<u8>(p, 1))) p++;
  let value: u64 = 0;
  let digits: u32 = 0;
  while (true) {
    const w = load<u64>(p);
    const other = nonDigits(w);
    if (other) {
      const count = <u32>(ctz(other) >> 3);
      if (count) {
        if (digits + count > 19) break;
        value = value * unchecked(TENS[count]) + eightDigits((w << (64 - ((<u64>count) << 3))) | (0x3030303030303030 >> ((<u64>count) << 3)));
        digits += count;
        p += <usize>count;
      }
      if (digits == 19 && value > <u64>i64.MAX_VALUE + <u64>negative) break;
      integer = negative ? -<i64>value : <i64>value;
      return p;
    }
    if (digits + 8 > 19) break;
    value = value * 100000000 + eightDigits(w);
    digits += 8;
    p += 8;
  }
  outOfRange = true;
  return 0;
}

// @ts-ignore: decorator
@inline
function mulHigh(x: u64, y: u64): u64 {
  const xl = x & 0xffffffff, xh = x >> 32, yl = y & 0xffffffff, yh = y >> 32;
  const middle = xh * yl + ((xl * yl) >> 32);
  const other = xl * yh + (middle & 0xffffffff);
  return xh * yh + (middle >> 32) + (other >> 32);
}
/** The double nearest to w × 10^q. Source: Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 2021. */
function scaleDouble(w: u64, q: i32): f64 {
  if (w == 0 || q < -342) return 0;
  if (q > 308) return Infinity;
  const zeros = clz(w);
  w <<= zeros;
  const power = POWERS + (<usize>(q + 342) << 4);
  const factor = load<u64>(power);
  let low = w * factor, high = mulHigh(w, factor);
  if ((high & 0x1ff) == 0x1ff) {
    const second = mulHigh(w, load<u64>(power, 8));
    low += second;
    if (second > low) high++;
  }
  const upper = high >> 63;
  const shift = upper + 9;
  let mantissa = high >> shift;
  let exponent = <i64>((217706 * q) >> 16) + 63 + <i64>upper - <i64>zeros + 1023;
  if (exponent <= 0) {
    if (1 - exponent >= 64) return 0;
    mantissa >>= <u64>(1 - exponent);
    mantissa += mantissa & 1;
    mantissa >>= 1;
    exponent = mantissa < 0x10000000000000 ? 0 : 1;
    return reinterpret<f64>((mantissa & 0xfffffffffffff) | (<u64>exponent << 52));
  }
  if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) mantissa &= ~1;
  mantissa += mantissa & 1;
  mantissa >>= 1;
  if (mantissa >= 0x20000000000000) {
    mantissa = 0x10000000000000;
    exponent++;
  }
  if (exponent >= 2047) return Infinity;
  return reinterpret<f64>((mantissa & 0xfffffffffffff) | (<u64>exponent << 52));
}

/** A decimal number with fraction and exponent, to the nearest double. */
export function parseFloat64(p: usize): usize {
  const sign = <u32>load<u8>(p);
  const negative = sign == 45;
  if (negative || sign == 43) p++;
  let mantissa: u64 = 0, digits: u32 = 0, exponent: i32 = 0, any = false, dropped = false;
  let c = <u32>load<u8>(p);
  for (; isDigit(c); c = <u32>load<u8>(++p)) {
    any = true;
    if (digits < 19) {
      mantissa = mantissa * 10 + <u64>(c - 48);
      if (mantissa) digits++;
    } else {
      exponent++;
      dropped = dropped || c != 48;
    }
  }
  if (c == 46) {
    c = <u32>load<u8>(++p);
    for (; isDigit(c); c = <u32>load<u8>(++p)) {
      any = true;
      if (digits < 19) {
        mantissa = mantissa * 10 + <u64>(c - 48);
        if (mantissa) digits++;
        exponent--;
      } else dropped = dropped || c != 48;
    }
  }
  if (!any) return special(p, negative);
  if ((c | 32) == 101) {
    let q = p + 1;
    const expSign = <u32>load<u8>(q);
    if (expSign == 45 || expSign == 43) q++;
    if (!isDigit(load<u8>(q))) return 0;
    let value: i32 = 0;
    for (; isDigit(load<u8>(q)); q++) if (value < 100000) value = value * 10 + <i32>load<u8>(q) - 48;
    exponent += expSign == 45 ? -value : value;
    p = q;
  }
  let result: f64;
  if (mantissa < 9007199254740992 && exponent >= -22 && exponent <= 22) {
    result = exponent < 0 ? <f64>mantissa / unchecked(EXACT[-exponent]) : <f64>mantissa * unchecked(EXACT[exponent]);
  } else {
    result = scaleDouble(mantissa, exponent);
    // More digits than a word holds: right unless the next larger mantissa gives another double.
    if (dropped && result != scaleDouble(mantissa + 1, exponent)) inexact = true;
  }
  float = negative ? -result : result;
  return p;
}
function special(p: usize, negative: bool): usize {
  if (load<u16>(p) == 0x614e && load<u8>(p, 2) == 78) {
    float = NaN;
    return p + 3;
  }
  if (load<u64>(p) == 0x7974696e69666e49) {
    float = negative ? -Infinity : Infinity;
    return p + 8;
  }
  return 0;
}

/** (wide × 10 + digit) in 128 bits; false on overflow of 127. */
function wideDigit(digit: u32): bool {
  if (wideHigh > 0x0ccccccccccccccc) return false;
  const carry = mulHigh(wideLow, 10);
  const low = wideLow * 10;
  wideHigh = wideHigh * 10 + carry;
  wideLow = low + <u64>digit;
  if (wideLow < low) wideHigh++;
  return wideHigh >> 63 == 0;
}
const WIDE_TENS = memory.data(39 * 16, 16);
let wideTensReady = false;
function wideTens(power: u32): usize {
  if (!wideTensReady) {
    wideTensReady = true;
    const low = wideLow, high = wideHigh;
    wideLow = 1;
    wideHigh = 0;
    for (let i: usize = 0; i < 39; i++) {
      store<u64>(WIDE_TENS + (i << 4), wideLow);
      store<u64>(WIDE_TENS + (i << 4), wideHigh, 8);
      wideDigit(0);
    }
    wideLow = low;
    wideHigh = high;
  }
  return WIDE_TENS + (<usize>power << 4);
}
/**
 * A decimal number rounded half up to `scale` places, unscaled, in wideLow and wideHigh (two's complement). `outOfRange` with a place behind
 * it: more than `precision` digits, which is NULL.
 */
export function parseDecimal(p: usize, precision: u32, scale: u32): usize {
  const sign = <u32>load<u8>(p);
  const negative = sign == 45;
  if (negative || sign == 43) p++;
  const start = p;
  let any = false;
  while (isDigit(load<u8>(p))) {
    p++;
    any = true;
  }
  let point = p;
  if (load<u8>(p) == 46) {
    p++;
    while (isDigit(load<u8>(p))) {
      p++;
      any = true;
    }
  }
  if (!any) return 0;
  const end = p;
  let exponent: i32 = 0;
  if ((<u32>load<u8>(p) | 32) == 101) {
    const expSign = <u32>load<u8>(++p);
    if (expSign == 45 || expSign == 43) p++;
    if (!isDigit(load<u8>(p))) return 0;
    for (; isDigit(load<u8>(p)); p++) if (exponent < 100000) exponent = exponent * 10 + <i32>load<u8>(p) - 48;
    if (expSign == 45) exponent = -exponent;
  }
  // Places before the point once the exponent has moved it; digits after `keep` of them only round.
  const keep = <i32>(point - start) + exponent + <i32>scale;
  wideLow = wideHigh = 0;
  outOfRange = false;
  let place: i32 = 0;
  let up = false;
  for (let q = start; q < end; q++) {
    const c = <u32>load<u8>(q);
    if (c == 46) continue;
    if (place < keep) {
      if (!wideDigit(c - 48)) outOfRange = true;
    } else if (place == keep) up = c >= 53;
    place++;
  }
  for (; place < keep && !outOfRange && (wideLow | wideHigh) != 0; place++) if (!wideDigit(0)) outOfRange = true;
  if (up) {
    wideLow++;
    if (wideLow == 0) wideHigh++;
  }
  const most = wideTens(min<u32>(precision, 38));
  if (wideHigh > load<u64>(most, 8) || (wideHigh == load<u64>(most, 8) && wideLow >= load<u64>(most))) outOfRange = true;
  if (negative) {
    wideLow = ~wideLow + 1;
    wideHigh = ~wideHigh + <u64>(wideLow == 0);
  }
  return p;
}

function daysOf(y: i32, m: i32, d: i32): i32 {
  if (m <= 2) y--;
  const era = (y >= 0 ? y : y - 399) / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}
// @ts-ignore: decorator
@inline
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 48, ones = <u32>load<u8>(p, 1) - 48;
  return (tens < 10) && (ones < 10) ? tens * 10 + ones : 100;
}
let dateWord: u64 = 0;
let dateTail: u32 = 0;
let dateDays: i32 = 0;
/** yyyy-MM-dd; days since 1970-01-01 in `integer`. */
// @ts-ignore: decorator
@inline
export function parseDate(p: usize): usize {
  // Rows of a file are mostly of the same day.
  if (load<u64>(p) == dateWord && <u32>load<u16>(p, 8) == dateTail) {
    integer = dateDays;
    return p + 10;
  }
  return newDate(p);
}
function newDate(p: usize): usize {
  const century = two(p), year = two(p + 2), month = two(p + 5), day = two(p + 8);
  if (century > 99 || year > 99 || load<u8>(p, 4) != 45 || load<u8>(p, 7) != 45 || month > 12 || month < 1 || day < 1) return 0;
  const y = <i32>(century * 100 + year);
  const leap = (y & 3) == 0 && (y % 100 != 0 || y % 400 == 0);
  const last: u32 = month == 2 ? (leap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  if (day > last) return 0;
  dateDays = daysOf(y, <i32>month, <i32>day);
  dateWord = load<u64>(p);
  dateTail = <u32>load<u16>(p, 8);
  integer = dateDays;
  return p + 10;
}
let timeSeconds: i64 = 0;
let timeNanos: i64 = 0;
/** HH:mm:ss and up to 9 digits of a fraction. */
// @ts-ignore: decorator
@inline
function clock(p: usize): usize {
  const hour = two(p), minute = two(p + 3), second = two(p + 6);
  if (hour > 23 || minute > 59 || second > 59 || load<u8>(p, 2) != 58 || load<u8>(p, 5) != 58) return 0;
  timeSeconds = <i64>(hour * 3600 + minute * 60 + second);
  timeNanos = 0;
  p += 8;
  if (load<u8>(p) != 46) return p;
  return fraction(p + 1);
}
function fraction(p: usize): usize {
  const start = p;
  let value: i64 = 0;
  while (isDigit(load<u8>(p)) && p - start < 9) value = value * 10 + <i64>load<u8>(p++) - 48;
  if (p == start || isDigit(load<u8>(p))) return 0;
  for (let digits = p - start; digits < 9; digits++) value *= 10;
  timeNanos = value;
  return p;
}
/** HH:mm:ss[.fraction]; milliseconds of the day in `integer`. */
export function parseTime(p: usize): usize {
  p = clock(p);
  if (p) integer = timeSeconds * 1000 + timeNanos / 1000000;
  return p;
}
/** yyyy-MM-dd, `separator` (0: blank or T), HH:mm:ss[.fraction]; µs or ns since 1970-01-01, cut to `precision` digits, in `integer`. */
// @ts-ignore: decorator
@inline
export function parseTimestamp(p: usize, separator: u32, precision: u32): usize {
  p = parseDate(p);
  if (!p) return 0;
  const between = <u32>load<u8>(p);
  if (separator == 0 ? between != 32 && between != 84 : between != separator) return 0;
  p = clock(p + 1);
  if (!p) return 0;
  const seconds = integer * 86400 + timeSeconds;
  if (precision <= 6) {
    integer = seconds * 1000000;
    if (timeNanos) integer += cut(timeNanos, precision) / 1000;
  } else {
    if (seconds < -9223372036 || seconds > 9223372035) {
      outOfRange = true;
      return 0;
    }
    integer = seconds * 1000000000 + cut(timeNanos, precision);
  }
  return p;
}
function cut(nanos: i64, precision: u32): i64 {
  let unit: i64 = 1;
  for (let i = precision; i < 9; i++) unit *= 10;
  return nanos - nanos % unit;
}
export function noRangeError(): void {
  outOfRange = false;
}
