// Calendar arithmetic in the proleptic Gregorian calendar. Days count from 1970-01-01; sources: Howard Hinnant, "chrono-compatible low-level date
// algorithms", and Calcite's DateTimeUtils for rounding and months.
import { makeView, moveBytes, textAllocate, textShrink } from "./text";

let year: i32 = 0;
let month: i32 = 0;
let day: i32 = 0;

// @ts-ignore: decorator
@inline
function floorDivide(a: i32, b: i32): i32 {
  const quotient = a / b;
  return a % b != 0 && (a ^ b) < 0 ? quotient - 1 : quotient;
}
// @ts-ignore: decorator
@inline
function floorMod(a: i32, b: i32): i32 {
  const rest = a % b;
  return rest != 0 && (rest ^ b) < 0 ? rest + b : rest;
}

/** Sets year, month and day. */
function civil(days: i32): void {
  const shifted = <i64>days + 719468;
  const era = <i32>((shifted >= 0 ? shifted : shifted - 146096) / 146097);
  const dayOfEra = <i32>(shifted - <i64>era * 146097);
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shiftedMonth = (5 * dayOfYear + 2) / 153;
  day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
  month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  year = yearOfEra + era * 400 + <i32>(month <= 2);
}

export function daysOf(y: i32, m: i32, d: i32): i32 {
  const shifted = m <= 2 ? y - 1 : y;
  const era = floorDivide(shifted, 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

export function daysInMonth(y: i32, m: i32): i32 {
  if (m == 2) return (y & 3) == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28;
  return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

/** The ISO week; sets year to the week's. */
function isoWeek(days: i32): i32 {
  const thursday = days - floorMod(days + 3, 7) + 3;
  civil(thursday);
  return (thursday - daysOf(year, 1, 1)) / 7 + 1;
}

/** A field of a date; `part` as in codegen/emitters/temporal.ts. */
export function date_part(days: i32, part: i32): i32 {
  switch (part) {
    case 6:
      return floorMod(days + 4, 7) + 1;
    case 7:
      return floorMod(days + 3, 7) + 1;
    case 3:
      return isoWeek(days);
    case 8:
      isoWeek(days);
      return year;
    default:
      break;
  }
  civil(days);
  switch (part) {
    case 0:
      return year;
    case 1:
      return (month + 2) / 3;
    case 2:
      return month;
    case 4:
      return day;
    case 5:
      return days - daysOf(year, 1, 1) + 1;
    case 9:
      return floorDivide(year, 10);
    case 10:
      return year > 0 ? (year + 99) / 100 : -((99 - year) / 100);
    default:
      return year > 0 ? (year + 999) / 1000 : -((999 - year) / 1000);
  }
}

export function date_add_months(days: i32, months: i32): i32 {
  civil(days);
  const index = year * 12 + (month - 1) + months;
  const y = floorDivide(index, 12);
  const m = floorMod(index, 12) + 1;
  return daysOf(y, m, min(day, daysInMonth(y, m)));
}

/** The first day of the unit (parts as in date_part, WEEK from Sunday) a date lies in. */
function firstDay(days: i32, part: i32): i32 {
  if (part == 4) return days;
  if (part == 3) return days - floorMod(days + 4, 7);
  civil(days);
  switch (part) {
    case 2:
      return daysOf(year, month, 1);
    case 1:
      return daysOf(year, month - ((month - 1) % 3), 1);
    case 0:
      return daysOf(year, 1, 1);
    case 9:
      return daysOf(floorDivide(year, 10) * 10, 1, 1);
    case 10:
      return daysOf(floorDivide(year - 1, 100) * 100 + 1, 1, 1);
    default:
      return daysOf(floorDivide(year - 1, 1000) * 1000 + 1, 1, 1);
  }
}

/** Rounds a date to a unit; `inside`: it is behind the start of its day. */
export function date_round(days: i32, part: i32, up: i32, inside: i32): i32 {
  const first = firstDay(days, part);
  if (!up || (first == days && !inside)) return first;
  switch (part) {
    case 4:
      return first + 1;
    case 3:
      return first + 7;
    case 2:
      return date_add_months(first, 1);
    case 1:
      return date_add_months(first, 3);
    case 0:
      return date_add_months(first, 12);
    case 9:
      return date_add_months(first, 120);
    case 10:
      return date_add_months(first, 1200);
    default:
      return date_add_months(first, 12000);
  }
}

/** Whole months from one day and ms of the day to another. */
export function months_between(fromDays: i32, fromMs: i32, toDays: i32, toMs: i32): i32 {
  if (toDays < fromDays || (toDays == fromDays && toMs < fromMs)) return -months_between(toDays, toMs, fromDays, fromMs);
  civil(fromDays);
  const from = year * 12 + month;
  civil(toDays);
  let months = year * 12 + month - from;
  while (months > 0) {
    const moved = date_add_months(fromDays, months);
    if (moved < toDays || (moved == toDays && fromMs <= toMs)) break;
    months--;
  }
  return months;
}

let knownTable: usize = 0;
let knownFrom: i64 = 0;
let knownTo: i64 = 0;
let knownOffset: i32 = 0;

/** Seconds a zone adds to UTC at an instant; table: u32 count, padding, i64 starts (ascending), i32 offsets. */
export function zone_offset(table: usize, seconds: i64): i32 {
  // times next to each other mostly have the same offset
  if (table == knownTable && seconds >= knownFrom && seconds < knownTo) return knownOffset;
  const count = load<u32>(table);
  let low: u32 = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<i64>(table + 8 + (<usize>middle << 3)) <= seconds) low = middle;
    else high = middle;
  }
  knownTable = table;
  knownFrom = load<i64>(table + 8 + (<usize>low << 3));
  knownTo = low + 1 < count ? load<i64>(table + 16 + (<usize>low << 3)) : i64.MAX_VALUE;
  knownOffset = load<i32>(table + 8 + (<usize>count << 3) + (<usize>low << 2));
  return knownOffset;
}

/** The same at a local time: the earlier one of two; with the offset before where there is none. */
export function zone_offset_local(table: usize, seconds: i64): i32 {
  const before = zone_offset(table, seconds - 86400);
  const after = zone_offset(table, seconds + 86400);
  if (zone_offset(table, seconds - before) == before) return before;
  if (zone_offset(table, seconds - after) == after) return after;
  return before;
}

// Text: writes digits at a place and gives the place behind them.
// @ts-ignore: decorator
@inline
function digits2(at: usize, value: i32): usize {
  store<u8>(at, <u8>(48 + value / 10));
  store<u8>(at, <u8>(48 + value % 10), 1);
  return at + 2;
}

export function paddedNumber(at: usize, value: i32, width: i32): usize {
  if (value < 0) {
    store<u8>(at++, 45);
    value = -value;
  }
  let size = 1;
  for (let rest = value / 10; rest > 0; rest /= 10) size++;
  if (size < width) size = width;
  for (let i = size - 1; i >= 0; i--) {
    store<u8>(at + i, <u8>(48 + value % 10));
    value /= 10;
  }
  return at + size;
}

function writeDate(at: usize, days: i32): usize {
  civil(days);
  at = paddedNumber(at, year, 4);
  store<u8>(at, 45);
  at = digits2(at + 1, month);
  store<u8>(at, 45);
  return digits2(at + 1, day);
}

function writeClock(at: usize, seconds: i32): usize {
  at = digits2(at, seconds / 3600);
  store<u8>(at, 58);
  at = digits2(at + 1, (seconds / 60) % 60);
  store<u8>(at, 58);
  return digits2(at + 1, seconds % 60);
}

function done(target: usize, end: usize, out: usize): void {
  const length = <u32>(end - target);
  makeView(out, target, length);
  textShrink(target, 64, length > 12 ? length : 0);
}

/** `2026-01-31` */
export function date_to_text(days: i32, out: usize): void {
  const target = textAllocate(64);
  done(target, writeDate(target, days), out);
}

/** `23:59:59.12`, without a fraction of zero. */
export function time_to_text(ms: i32, out: usize): void {
  const target = textAllocate(64);
  let at = writeClock(target, ms / 1000);
  let fraction = ms % 1000;
  if (fraction != 0) {
    store<u8>(at++, 46);
    let width = 3;
    while (fraction % 10 == 0) {
      fraction /= 10;
      width--;
    }
    at = paddedNumber(at, fraction, width);
  }
  done(target, at, out);
}

/** `2026-01-31 23:59:59.123`: `precision` digits, or more where those are not zero; `digits` is 6 or 9, what the units are. */
export function timestamp_to_text(units: i64, digits: i32, precision: i32, out: usize): void {
  const perSecond: i64 = digits == 6 ? 1000000 : 1000000000;
  let seconds = units / perSecond;
  let part = <i32>(units - seconds * perSecond);
  if (part < 0) {
    part += <i32>perSecond;
    seconds--;
  }
  let days = seconds / 86400;
  let rest = <i32>(seconds - days * 86400);
  if (rest < 0) {
    rest += 86400;
    days--;
  }
  const target = textAllocate(64);
  let at = writeDate(target, <i32>days);
  store<u8>(at, 32);
  at = writeClock(at + 1, rest);
  let width = digits;
  while (width > precision && part % 10 == 0) {
    part /= 10;
    width--;
  }
  if (width > 0) {
    store<u8>(at, 46);
    at = paddedNumber(at + 1, part, width);
  }
  done(target, at, out);
}

/**
 * By a compiled pattern (codegen/date-pattern.ts): operations of two u32s. 1: text, its byte length, then the bytes padded to 4; else a letter and
 * its width; 0: the end.
 */
export function date_format(days: i32, ms: i32, nanos: i32, program: usize, names: usize, out: usize): void {
  const target = textAllocate(256);
  let at = target;
  civil(days);
  const y = year;
  const m = month;
  const d = day;
  const hour = ms / 3600000;
  for (;;) {
    const letter = load<u32>(program);
    const width = <i32>load<u32>(program, 4);
    if (letter == 0 || at > target + 200) break;
    program += 8;
    switch (letter) {
      case 1:
        moveBytes(at, program, width);
        at += width;
        program += <usize>((width + 3) & ~3);
        break;
      case 121: // y
        at = width == 2 ? paddedNumber(at, floorMod(y, 100), 2) : paddedNumber(at, y, width);
        break;
      case 77: // M
        if (width >= 3) at = name(at, names, m - 1, width == 3);
        else at = paddedNumber(at, m, width);
        break;
      case 100: // d
        at = paddedNumber(at, d, width);
        break;
      case 68: // D
        at = paddedNumber(at, days - daysOf(y, 1, 1) + 1, width);
        break;
      case 81: // Q
        at = paddedNumber(at, (m + 2) / 3, width);
        break;
      case 119: // w
        at = paddedNumber(at, isoWeek(days), width);
        break;
      case 69: // E
        at = name(at, names, 12 + floorMod(days + 4, 7), width < 4);
        break;
      case 71: // G
        store<u16>(at, y > 0 ? 0x4441 : 0x4342);
        at += 2;
        break;
      case 97: // a
        store<u16>(at, hour < 12 ? 0x4d41 : 0x4d50);
        at += 2;
        break;
      case 72: // H
        at = paddedNumber(at, hour, width);
        break;
      case 107: // k
        at = paddedNumber(at, hour == 0 ? 24 : hour, width);
        break;
      case 75: // K
        at = paddedNumber(at, hour % 12, width);
        break;
      case 104: // h
        at = paddedNumber(at, hour % 12 == 0 ? 12 : hour % 12, width);
        break;
      case 109: // m
        at = paddedNumber(at, (ms / 60000) % 60, width);
        break;
      case 115: // s
        at = paddedNumber(at, (ms / 1000) % 60, width);
        break;
      case 83: { // S
        const end = paddedNumber(at, (ms % 1000) * 1000000 + nanos, 9);
        for (let p = end; p < at + width; p++) store<u8>(p, 48);
        at += width;
        break;
      }
      case 110: // n
        at = paddedNumber(at, (ms % 1000) * 1000000 + nanos, width);
        break;
      default: // A
        at = paddedNumber(at, ms, width);
    }
  }
  const length = <u32>(at - target);
  makeView(out, target, length);
  textShrink(target, 256, length > 12 ? length : 0);
}

/** Name `index` of a list of 16-byte views, its first three letters when short. */
function name(at: usize, names: usize, index: i32, short: bool): usize {
  const view = names + (<usize>index << 4);
  const length = short ? 3 : load<u32>(view);
  moveBytes(at, view + 4, length);
  return at + length;
}
