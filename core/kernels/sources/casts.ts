// CAST between strings and other types. Texts are written and read as Flink does; status 0: the text is refused; 2: the value does not fit (NULL).
import { decimalDigits, digitsAdd, digitsBegin, digitsFinish } from "./decimal";
import { daysInMonth, daysOf } from "./temporal";
import { copyText, makeView, moveBytes, textAllocate, viewBytes, viewLength } from "./text";

// @ts-ignore: decorator
@external("env", "shortestText")
declare function shortestText(value: f64, single: i32, address: usize): i32;
// @ts-ignore: decorator
@external("env", "nearestDouble")
declare function nearestDouble(address: usize, length: u32): f64;

const SCRATCH: usize = memory.data(128, 16);
/** 10^0 … 10^22, exact. */
const EXACT: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);
// @ts-ignore: decorator
@inline
function power(exponent: i32): f64 {
  return load<f64>(EXACT + (<usize>exponent << 3));
}

/** Copies finished text from the scratch into a view. */
function finishText(from: usize, length: u32, out: usize): void {
  if (length <= 12) return makeView(out, from, length);
  const target = textAllocate(length);
  copyText(target, from, length);
  makeView(out, target, length);
}

export function i64_to_text(value: i64, out: usize): void {
  const end = SCRATCH + 32;
  let at = end;
  let rest: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  do {
    at--;
    store<u8>(at, <u8>(48 + rest % 10));
    rest /= 10;
  } while (rest);
  if (value < 0) store<u8>(--at, 45);
  finishText(at, <u32>(end - at), out);
}

/** Plain notation with all digits of the scale. */
export function decimal_to_text(low: u64, high: u64, scale: i32, out: usize): void {
  const end = SCRATCH + 96;
  let length = <i32>decimalDigits(low, high, end);
  while (length <= scale) {
    length++;
    store<u8>(end - length, 48);
  }
  let at = end - length;
  if (scale > 0) {
    // the whole digits move one to the left, the point takes their last place
    moveBytes(at - 1, at, length - scale);
    store<u8>(end - scale - 1, 46);
    at--;
  }
  if (<i64>high < 0) store<u8>(--at, 45);
  finishText(at, <u32>(end - at), out);
}

/** As Java's Double.toString, or Float.toString for a single. */
export function f64_to_text(value: f64, single: i32, out: usize): void {
  const start = SCRATCH;
  let at = start;
  if (value != value) {
    store<u32>(out, 3);
    store<u64>(out, 0x4e614e, 4);
    store<u32>(out, 0, 12);
    return;
  }
  if (<i64>reinterpret<u64>(value) < 0) store<u8>(at++, 45);
  const size = abs(value);
  if (size == f64.POSITIVE_INFINITY) {
    store<u64>(at, 0x7974696e69666e49);
    return finishText(start, <u32>(at - start) + 8, out);
  }
  if (size == 0) {
    store<u32>(at, 0x302e30);
    return finishText(start, <u32>(at - start) + 3, out);
  }
  // digits of a decimal with few places that reads back to the same number are the shortest
  let mantissa: u64 = 0;
  let places: i32 = -1;
  if (size < 1e15 && size >= 1e-3) {
    const most = single ? 1e6 : 1e15;
    for (let k = 0; k <= 9; k++) {
      const scaled = nearest(size * power(k));
      if (scaled >= most) break;
      const back = scaled / power(k);
      if (single ? <f64>(<f32>back) == size : back == size) {
        mantissa = <u64>scaled;
        places = k;
        break;
      }
    }
  }
  const digits = SCRATCH + 48;
  let count: i32 = 0;
  // the value is 0.digits × 10^point
  let point: i32 = 0;
  if (places >= 0) {
    const end = SCRATCH + 96;
    let p = end;
    do {
      store<u8>(--p, <u8>(48 + mantissa % 10));
      mantissa /= 10;
    } while (mantissa);
    count = <i32>(end - p);
    moveBytes(digits, p, count);
    point = count - places;
  } else {
    const text = SCRATCH + 80;
    const length = shortestText(size, single, text);
    let exponent: i32 = 0;
    let seenPoint = false;
    for (let i = 0; i < length; i++) {
      const character = load<u8>(text + i);
      if (character == 46) {
        seenPoint = true;
        point = count;
      } else if (character == 101) {
        let sign = 1;
        i++;
        if (load<u8>(text + i) == 45) {
          sign = -1;
          i++;
        } else if (load<u8>(text + i) == 43) i++;
        for (; i < length; i++) exponent = exponent * 10 + <i32>(load<u8>(text + i) - 48);
        exponent *= sign;
      } else store<u8>(digits + count++, character);
    }
    if (!seenPoint) point = count;
    point += exponent;
  }
  // no zeros at either end
  let first = digits;
  while (count > 1 && load<u8>(first) == 48) {
    first++;
    count--;
    point--;
  }
  while (count > 1 && load<u8>(first + count - 1) == 48) count--;
  if (size >= 1e-3 && size < 1e7) {
    if (point <= 0) {
      store<u16>(at, 0x2e30);
      at += 2;
      for (let i = point; i < 0; i++) store<u8>(at++, 48);
      moveBytes(at, first, count);
      at += count;
    } else {
      for (let i = 0; i < point; i++) store<u8>(at++, i < count ? load<u8>(first + i) : 48);
      store<u8>(at++, 46);
      if (count <= point) store<u8>(at++, 48);
      else {
        moveBytes(at, first + point, count - point);
        at += count - point;
      }
    }
  } else {
    store<u8>(at++, load<u8>(first));
    store<u8>(at++, 46);
    if (count == 1) store<u8>(at++, 48);
    else {
      moveBytes(at, first + 1, count - 1);
      at += count - 1;
    }
    store<u8>(at++, 69);
    let exponent = point - 1;
    if (exponent < 0) {
      store<u8>(at++, 45);
      exponent = -exponent;
    }
    if (exponent >= 100) store<u8>(at++, <u8>(48 + exponent / 100));
    if (exponent >= 10) store<u8>(at++, <u8>(48 + (exponent / 10) % 10));
    store<u8>(at++, <u8>(48 + exponent % 10));
  }
  finishText(start, <u32>(at - start), out);
}

// Reading: a cursor over a text without its spaces at both ends.
let cursor: usize = 0;
let last: usize = 0;

function begin(view: usize): void {
  trim(view, 32);
}
/** Without the characters from `least` to the space at both ends: 32 for Flink's trim, 0 for Java's. */
function trim(view: usize, least: u32): void {
  cursor = viewBytes(view);
  last = cursor + viewLength(view);
  while (cursor < last && <u32>load<u8>(cursor) - least <= 32 - least) cursor++;
  while (last > cursor && <u32>load<u8>(last - 1) - least <= 32 - least) last--;
}
// @ts-ignore: decorator
@inline
function peek(): u32 {
  return cursor < last ? load<u8>(cursor) : 0;
}
// @ts-ignore: decorator
@inline
function isDigit(character: u32): bool {
  return character - 48 < 10;
}

/** An integer of so many bits at `out`; a fraction is cut. */
export function text_to_i64(view: usize, bits: i32, out: usize): i32 {
  begin(view);
  const negative = peek() == 45;
  if (negative || peek() == 43) cursor++;
  if (!isDigit(peek()) && peek() != 46) return 0;
  let value: u64 = 0;
  while (isDigit(peek())) {
    const digit = <u64>(peek() - 48);
    if (value > 922337203685477580 || (value == 922337203685477580 && digit > 8)) return 0;
    value = value * 10 + digit;
    cursor++;
  }
  if (peek() == 46) {
    cursor++;
    while (isDigit(peek())) cursor++;
  }
  if (cursor != last) return 0;
  const most: u64 = (<u64>1 << <u64>(bits - 1)) - <u64>!negative;
  if (value > most) return 0;
  store<i64>(out, negative ? 0 - <i64>value : <i64>value);
  return 1;
}

/** 1: TRUE, 0: FALSE, 2: neither. */
export function text_to_boolean(view: usize): i32 {
  cursor = viewBytes(view);
  last = cursor + viewLength(view);
  const length = <u32>(last - cursor);
  if (length == 0 || length > 5) return 2;
  let word: u64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const character = load<u8>(cursor + i);
    word |= <u64>(character - 65 < 26 ? character | 32 : character) << (i << 3);
  }
  switch (<u32>length) {
    case 1:
      if (word == 0x74 || word == 0x79 || word == 0x31) return 1;
      return word == 0x66 || word == 0x6e || word == 0x30 ? 0 : 2;
    case 2:
      return word == 0x6f6e ? 0 : 2;
    case 3:
      return word == 0x736579 ? 1 : 2;
    case 4:
      return word == 0x65757274 ? 1 : 2;
    default:
      return word == 0x65736c6166 ? 0 : 2;
  }
}

export function text_to_f64(view: usize, out: usize): i32 {
  trim(view, 0);
  const start = cursor;
  const negative = peek() == 45;
  if (negative || peek() == 43) cursor++;
  const size = <u32>(last - cursor);
  if (size == 3 && load<u16>(cursor) == 0x614e && load<u8>(cursor, 2) == 0x4e) {
    store<f64>(out, NaN);
    return 1;
  }
  if (size == 8 && load<u64>(cursor) == 0x7974696e69666e49) {
    store<f64>(out, negative ? -Infinity : Infinity);
    return 1;
  }
  let mantissa: u64 = 0;
  let digits = 0;
  let significant = 0;
  let places = 0;
  for (;;) {
    const character = peek();
    if (isDigit(character)) {
      digits++;
      if (mantissa != 0 || character != 48) significant++;
      if (significant <= 18) mantissa = mantissa * 10 + <u64>(character - 48);
      if (places < 0) places--;
      cursor++;
    } else if (character == 46 && places == 0) {
      places = -1;
      cursor++;
    } else break;
  }
  if (digits == 0) return 0;
  let exponent = places < 0 ? places + 1 : 0;
  let end = cursor;
  if ((peek() | 32) == 101) {
    cursor++;
    const down = peek() == 45;
    if (down || peek() == 43) cursor++;
    if (!isDigit(peek())) return 0;
    let given = 0;
    while (isDigit(peek())) {
      if (given < 100000) given = given * 10 + <i32>(peek() - 48);
      cursor++;
    }
    exponent += down ? -given : given;
    end = cursor;
  }
  const suffix = peek() | 32;
  if (suffix == 100 || suffix == 102) cursor++;
  if (cursor != last) return 0;
  let value: f64;
  if (significant <= 15 && exponent >= -22 && exponent <= 22) {
    // both are exact, so that one rounding is right
    value = exponent < 0 ? <f64>mantissa / power(-exponent) : <f64>mantissa * power(exponent);
    if (negative) value = -value;
  } else value = nearestDouble(start, <u32>(end - start));
  store<f64>(out, value);
  return 1;
}

export function text_to_decimal(view: usize, scale: i32, precision: i32, out: usize): i32 {
  trim(view, 0);
  const negative = peek() == 45;
  if (negative || peek() == 43) cursor++;
  digitsBegin();
  let digits = 0;
  let kept = 0;
  let point = false;
  let places = 0;
  let fits = true;
  for (;;) {
    const character = peek();
    if (isDigit(character)) {
      digits++;
      // digits far behind the point cannot matter but for the first of them
      if (!point || places < 76) {
        if (kept > 0 || character != 48) kept++;
        if (kept <= 76) fits = digitsAdd(character - 48) && fits;
        else fits = false;
        if (point) places++;
      }
      cursor++;
    } else if (character == 46 && !point) {
      point = true;
      cursor++;
    } else break;
  }
  if (digits == 0) return 0;
  if ((peek() | 32) == 101) {
    cursor++;
    const down = peek() == 45;
    if (down || peek() == 43) cursor++;
    let given = 0;
    let count = 0;
    while (isDigit(peek())) {
      given = given * 10 + <i32>(peek() - 48);
      cursor++;
      count++;
    }
    if (count == 0 || count > 4) return 0;
    places += down ? given : -given;
  }
  if (cursor != last) return 0;
  if (!fits) return 2;
  return digitsFinish(negative, places, scale, precision, out) ? 1 : 2;
}

/** Digits as a number, at most `most` of them; −1 when there is none. */
function number(most: i32): i32 {
  let value = 0;
  let count = 0;
  while (count < most && isDigit(peek())) {
    value = value * 10 + <i32>(peek() - 48);
    cursor++;
    count++;
  }
  return count == 0 ? -1 : value;
}

let parsedDays: i32 = 0;
let parsedMs: i32 = 0;

/** Year[-month[-day]]. */
function readDate(): bool {
  const y = number(9);
  if (y < 0 || y > 9999) return false;
  let m = 1;
  let d = 1;
  if (peek() == 45) {
    cursor++;
    m = number(9);
    if (peek() == 45) {
      cursor++;
      d = number(9);
    }
  }
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) return false;
  parsedDays = daysOf(y, m, d);
  return true;
}

/** Digits behind the point of a second, at most `most` of them, as nanoseconds. */
function readFraction(most: i32): i32 {
  let nanos = 0;
  let count = 0;
  while (count < most && isDigit(peek())) {
    if (count < 9) nanos = nanos * 10 + <i32>(peek() - 48);
    count++;
    cursor++;
  }
  for (; count < 9; count++) nanos *= 10;
  return nanos;
}

/** Hour[:minute[:second[.fraction]]]. */
function readClock(): bool {
  const hour = number(2);
  let minute = 0;
  let second = 0;
  let nanos = 0;
  if (hour < 0 || hour > 23) return false;
  if (peek() == 58) {
    cursor++;
    minute = number(2);
    if (minute < 0 || minute > 59) return false;
    if (peek() == 58) {
      cursor++;
      second = number(2);
      if (second < 0 || second > 59) return false;
      if (peek() == 46) {
        cursor++;
        nanos = readFraction(i32.MAX_VALUE);
      }
    }
  }
  parsedMs = ((hour * 60 + minute) * 60 + second) * 1000 + nanos / 1000000;
  return true;
}

export function text_to_date(view: usize, out: usize): i32 {
  trim(view, 0);
  // what stands behind a space is not looked at, unless the text begins with one
  if (cursor == viewBytes(view) || load<u8>(viewBytes(view)) != 32) {
    let at = cursor;
    while (at < last && load<u8>(at) != 32) at++;
    last = at;
  }
  if (!readDate() || cursor != last) return 0;
  store<i32>(out, parsedDays);
  return 1;
}

export function text_to_time(view: usize, out: usize): i32 {
  begin(view);
  if (!readClock() || cursor != last) return 0;
  store<i32>(out, parsedMs);
  return 1;
}

/** One or two digits, between `least` and `most`; −1 otherwise. */
function field(least: i32, most: i32): i32 {
  const value = number(2);
  return value < least || value > most ? -1 : value;
}

/** Writes days (i32), ms of the day (i32) and nanoseconds below them (i32). */
export function text_to_timestamp(view: usize, out: usize): i32 {
  cursor = viewBytes(view);
  last = cursor + viewLength(view);
  const start = cursor;
  const y = number(4);
  if (y < 1 || cursor - start != 4 || peek() != 45) return 0;
  cursor++;
  const m = field(1, 12);
  if (m < 0 || peek() != 45) return 0;
  cursor++;
  const d = field(1, 31);
  if (d < 0) return 0;
  // a day that the month does not have is its last one
  let days = daysOf(y, m, min(d, daysInMonth(y, m)));
  let ms = 0;
  let nanos = 0;
  if (cursor != last) {
    if (peek() != 32) return 0;
    cursor++;
    const hour = field(0, 24);
    if (hour < 0 || peek() != 58) return 0;
    cursor++;
    const minute = field(0, 59);
    if (minute < 0 || peek() != 58) return 0;
    cursor++;
    const second = field(0, 59);
    if (second < 0) return 0;
    if (peek() == 46) {
      cursor++;
      nanos = readFraction(9);
    }
    if (cursor != last) return 0;
    ms = ((hour * 60 + minute) * 60 + second) * 1000 + nanos / 1000000;
    nanos %= 1000000;
    if (hour == 24) {
      // midnight of the next day, and nothing after it
      if (ms != 86400000 || nanos != 0) return 0;
      ms = 0;
      days++;
    }
  }
  store<i32>(out, days);
  store<i32>(out, ms, 4);
  store<i32>(out, nanos, 8);
  return 1;
}

/**
 * ROUND (mode 0) and TRUNCATE (1) of a double to digits after the point, on its shortest decimal, as Java's BigDecimal.valueOf does.
 */
export function f64_round(value: f64, digits: i32, mode: i32): f64 {
  const size = abs(value);
  digits = max(digits, -400);
  // decimals have no negative zero
  if (size == 0) return 0;
  if (!(size < f64.POSITIVE_INFINITY)) return value;
  if (digits >= 0 && size < 1e15) {
    const most: f64 = 1e15;
    for (let k = 0; k <= 12; k++) {
      const scaled = nearest(size * power(k));
      if (scaled >= most) break;
      if (scaled / power(k) != size) continue;
      if (digits >= k) return value;
      const unit = <u64>power(k - digits);
      const mantissa = <u64>scaled;
      const rounded = mode == 0 ? (mantissa + unit / 2) / unit : mantissa / unit;
      return rounded == 0 ? 0 : copysign(<f64>rounded / power(digits), value);
    }
  }
  // through the shortest text, rounded by hand
  const text = SCRATCH;
  const length = shortestText(size, 0, text);
  let places = 0;
  let point = false;
  let exponent = 0;
  let count = 0;
  const mantissaText = SCRATCH + 48;
  for (let i = 0; i < length; i++) {
    const character = load<u8>(text + i);
    if (character == 46) point = true;
    else if (character == 101) {
      const down = load<u8>(text + i + 1) == 45;
      i += 2;
      for (; i < length; i++) exponent = exponent * 10 + <i32>(load<u8>(text + i) - 48);
      if (down) exponent = -exponent;
    } else {
      store<u8>(mantissaText + count++, character);
      if (point) places++;
    }
  }
  places -= exponent;
  // without zeros at the end there are at most 17 digits
  while (count > 1 && load<u8>(mantissaText + count - 1) == 48) {
    count--;
    places--;
  }
  if (digits >= places) return value;
  // the digits that stay, and the first that goes
  const keep = count - (places - digits);
  if (keep < 0) return 0;
  let mantissa: u64 = 0;
  for (let i = 0; i < keep; i++) mantissa = mantissa * 10 + <u64>(load<u8>(mantissaText + i) - 48);
  if (mode == 0 && load<u8>(mantissaText + keep) >= 53) mantissa++;
  if (mantissa == 0) return 0;
  i64_to_text(<i64>mantissa, SCRATCH + 96);
  const size2 = load<u32>(SCRATCH + 96);
  const from = size2 > 12 ? <usize>load<u32>(SCRATCH + 96, 8) : SCRATCH + 100;
  const target = SCRATCH + 48;
  moveBytes(target, from, size2);
  let at = target + size2;
  store<u8>(at++, 101);
  let shift = -digits;
  if (shift < 0) {
    store<u8>(at++, 45);
    shift = -shift;
  }
  at = writeNumber(at, shift);
  return copysign(nearestDouble(target, <u32>(at - target)), value);
}

function writeNumber(at: usize, value: i32): usize {
  let unit = 1;
  while (value / unit >= 10) unit *= 10;
  for (; unit > 0; unit /= 10) store<u8>(at++, <u8>(48 + (value / unit) % 10));
  return at;
}

/** A decimal as the nearest double. */
export function decimal_to_f64(low: u64, high: u64, scale: i32): f64 {
  const end = SCRATCH + 64;
  const length = decimalDigits(low, high, end);
  let at = end - length;
  if (<i64>high < 0) store<u8>(--at, 45);
  store<u16>(end, 0x2d65);
  return nearestDouble(at, <u32>(writeNumber(end + 2, scale) - at));
}
