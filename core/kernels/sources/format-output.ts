// Columns to JSON lines or CSV. A row that does not fit into what is left of the buffer is taken back, and the caller empties the buffer.

// A field's descriptor and the parameter block; core/kernels/format-output.ts describes them.
const KIND: usize = 0, DATA: usize = 4, VALIDITY: usize = 8, PRECISION: usize = 12, SCALE: usize = 16, CHILDREN: usize = 20, CHILD_COUNT: usize = 24,
  NAME: usize = 28, NAME_LENGTH: usize = 32;
const FIELD_BYTES: usize = 48;
const BOOLEAN: u32 = 1, I8: u32 = 2, I16: u32 = 3, I32: u32 = 4, I64: u32 = 5, DECIMAL64: u32 = 8, DECIMAL128: u32 = 9, TEXT: u32 = 10, BYTES: u32 = 11,
  DATE: u32 = 12, TIME: u32 = 13, TIMESTAMP: u32 = 14, TIMESTAMP_LTZ: u32 = 15, ARRAY: u32 = 16, MAP: u32 = 17, MULTISET: u32 = 18, ROW: u32 = 19,
  VERBATIM: u32 = 20;
const FROM: usize = 0, TO: usize = 4, FIELDS: usize = 8, FIELD_COUNT: usize = 12, OUT: usize = 16, OUT_END: usize = 20, FLAGS: usize = 24,
  DELIMITER: usize = 28, QUOTE: usize = 32, ESCAPE: usize = 36, NULL_TEXT: usize = 40, NULL_LENGTH: usize = 44,
  ELEMENT_DELIMITER: usize = 48, ROW_ENDS: usize = 52;
const CSV: u32 = 1, ISO: u32 = 2, IGNORE_NULLS: u32 = 4, STRIPPED: u32 = 8, DROP_NULL_KEYS: u32 = 16;
/** A CSV text longer than this is in quotes whatever it holds. Source: Jackson's CSV writer, which Flink uses. */
const CSV_CHECKED_MAX: u32 = 24;

let out: usize = 0;
let outEnd: usize = 0;
let full = false;
let flags: u32 = 0;
let delimiter: u32 = 44;
let quote: u32 = 34;
let escape: u32 = 0;
let elementDelimiter: u32 = 59;
let nullText: usize = 0;
let nullLength: usize = 0;
/** Characters below it put a CSV text in quotes. */
let firstPlain: u32 = 45;

// @ts-ignore: decorator
@inline
function room(bytes: usize): bool {
  if (out + bytes <= outEnd) return true;
  full = true;
  return false;
}
// @ts-ignore: decorator
@inline
function put(c: u32): void {
  store<u8>(out++, <u8>c);
}
// @ts-ignore: decorator
@inline
function isNull(field: usize, row: u32): bool {
  const validity = <usize>load<u32>(field, VALIDITY);
  return validity != 0 && (<u32>load<u8>(validity + <usize>(row >> 3)) & (1 << (row & 7))) == 0;
}
function two(value: u32): void {
  put(48 + value / 10);
  put(48 + value % 10);
}
function unsigned(value: u64): void {
  let digits: usize = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits++;
  for (let at = out + digits; at > out; value /= 10) store<u8>(--at, 48 + <u8>(value % 10));
  out += digits;
}
function signed(value: i64): void {
  if (value < 0) put(45);
  unsigned(value < 0 ? <u64>-value : <u64>value);
}
/** `digits` digits, with leading zeros. */
function padded(value: u64, digits: u32): void {
  for (let at = out + <usize>digits; at > out; value /= 10) store<u8>(--at, 48 + <u8>(value % 10));
  out += <usize>digits;
}
const DIGITS = memory.data(40);
/** A decimal's digits, the last one first; their number. */
let digitCount: u32 = 0;
function digits64(value: u64): void {
  let count: u32 = 0;
  do {
    store<u8>(DIGITS + <usize>(count++), 48 + <u8>(value % 10));
    value /= 10;
  } while (value != 0);
  digitCount = count;
}
function digits128(low: u64, high: u64): void {
  // Nine digits at a time off a number of four 32-bit words.
  let a = high >> 32, b = high & 0xffffffff, c = low >> 32, d = low & 0xffffffff;
  let count: u32 = 0;
  do {
    let rest: u64 = a % 1000000000;
    a /= 1000000000;
    b |= rest << 32;
    rest = b % 1000000000;
    b /= 1000000000;
    c |= rest << 32;
    rest = c % 1000000000;
    c /= 1000000000;
    d |= rest << 32;
    rest = d % 1000000000;
    d /= 1000000000;
    for (let i: u32 = 0; i < 9 && count < 40; i++, rest /= 10) store<u8>(DIGITS + <usize>(count++), 48 + <u8>(rest % 10));
  } while ((a | b | c | d) != 0 && count < 40);
  while (count > 1 && load<u8>(DIGITS + <usize>count - 1) == 48) count--;
  digitCount = count;
}
function decimal64(value: i64, scale: u32): void {
  if (value < 0) put(45);
  digits64(value < 0 ? <u64>-value : <u64>value);
  decimalDigits(scale);
}
function decimal128(low: u64, high: u64, scale: u32): void {
  if (high >> 63) {
    put(45);
    low = ~low + 1;
    high = ~high + <u64>(low == 0);
  }
  if (high == 0) digits64(low);
  else digits128(low, high);
  decimalDigits(scale);
}
/** With all its places, or, stripped, without zeros at the end and as Java's BigDecimal.toString then has it: 12.5, 1E-9, 1E+2. */
function decimalDigits(scale: u32): void {
  if (flags & STRIPPED) return strippedDigits(<i32>scale);
  let count = digitCount;
  while (count <= scale) store<u8>(DIGITS + <usize>(count++), 48);
  while (count > 0) {
    if (count == scale) put(46);
    put(load<u8>(DIGITS + <usize>(--count)));
  }
}
function strippedDigits(scale: i32): void {
  let first: u32 = 0;
  while (first < digitCount && load<u8>(DIGITS + <usize>first) == 48) first++;
  if (first == digitCount) return put(48);
  scale -= <i32>first;
  const count = <i32>(digitCount - first);
  const exponent = count - 1 - scale;
  if (scale < 0 || exponent < -6) {
    for (let i = count - 1; i >= 0; i--) {
      put(load<u8>(DIGITS + <usize>(<i32>first + i)));
      if (i == count - 1 && i > 0) put(46);
    }
    put(69);
    put(exponent < 0 ? 45 : 43);
    return unsigned(<u64>abs(exponent));
  }
  for (let i = max(count, scale + 1) - 1; i >= 0; i--) {
    put(i < count ? <u32>load<u8>(DIGITS + <usize>(<i32>first + i)) : 48);
    if (i == scale && i > 0) put(46);
  }
}
let cachedDay: i32 = i32.MIN_VALUE;
const DAY_TEXT = memory.data(16);
let dayLength: usize = 0;
/** yyyy-MM-dd. Source: Howard Hinnant, "chrono-compatible low-level date algorithms". */
function date(days: i32): void {
  if (days != cachedDay) {
    const before = out;
    const z = days + 719468;
    const era = (z >= 0 ? z : z - 146096) / 146097;
    const doe = <u32>(z - era * 146097);
    const yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const mp = (5 * doy + 2) / 153;
    const month = mp < 10 ? mp + 3 : mp - 9;
    const year = <i32>yoe + era * 400 + <i32>(month <= 2);
    if (year < 0) put(45);
    padded(<u64>abs(year), 4);
    put(45);
    two(month);
    put(45);
    two(doy - (153 * mp + 2) / 5 + 1);
    dayLength = out - before;
    cachedDay = days;
    memory.copy(DAY_TEXT, before, dayLength);
    return;
  }
  memory.copy(out, DAY_TEXT, dayLength);
  out += dayLength;
}
/** HH:mm:ss and what is not zero of the fraction. */
function clock(seconds: u32, nanos: u32): void {
  two(seconds / 3600);
  put(58);
  two((seconds / 60) % 60);
  put(58);
  two(seconds % 60);
  if (nanos == 0) return;
  put(46);
  padded(nanos, 9);
  while (load<u8>(out - 1) == 48) out--;
}
function timestamp(value: i64, precision: u32, zone: bool): void {
  const units: i64 = precision <= 6 ? 1000000 : 1000000000;
  const day = units * 86400;
  let days = value / day, rest = value % day;
  if (rest < 0) {
    rest += day;
    days--;
  }
  date(<i32>days);
  put(flags & ISO ? 84 : 32);
  clock(<u32>(rest / units), <u32>(rest % units) * (precision <= 6 ? 1000 : 1));
  if (zone) put(90);
}
function base64(at: usize, length: u32): void {
  const end = at + <usize>length;
  for (; at < end; at += 3) {
    const left = end - at;
    const bits = (<u32>load<u8>(at) << 16) | (left > 1 ? <u32>load<u8>(at, 1) << 8 : 0) | (left > 2 ? <u32>load<u8>(at, 2) : 0);
    put(base64Digit(bits >> 18));
    put(base64Digit((bits >> 12) & 63));
    put(left > 1 ? base64Digit((bits >> 6) & 63) : 61);
    put(left > 2 ? base64Digit(bits & 63) : 61);
  }
}
function base64Digit(v: u32): u32 {
  return v < 26 ? 65 + v : v < 52 ? 71 + v : v < 62 ? v - 4 : v == 62 ? 43 : 47;
}

/** Text with JSON's escapes, without quotes around it. */
function jsonText(at: usize, length: u32): void {
  const end = at + <usize>length;
  while (at < end) {
    let plain = at;
    while (plain < end) {
      const x = v128.load(plain);
      let hits = i8x16.bitmask(
        v128.or(v128.or(i8x16.eq(x, i8x16.splat(34)), i8x16.eq(x, i8x16.splat(92))), i8x16.lt_u(x, i8x16.splat(32))),
      );
      if (hits) {
        plain += <usize>ctz(hits);
        break;
      }
      plain += 16;
    }
    plain = min(plain, end);
    if (!room(plain - at + 16)) return;
    memory.copy(out, at, plain - at);
    out += plain - at;
    at = plain;
    if (at >= end) return;
    const c = <u32>load<u8>(at++);
    put(92);
    switch (c) {
      case 34:
      case 92: put(c); break;
      case 8: put(98); break;
      case 12: put(102); break;
      case 10: put(110); break;
      case 13: put(114); break;
      case 9: put(116); break;
      default: {
        store<u32>(out, 0x30303075);
        out += 3;
        put(48 + (c >> 4));
        const low = c & 15;
        put(low < 10 ? 48 + low : 87 + low);
      }
    }
  }
}
/** A CSV field, in quotes where Jackson's writer has them: long texts, and those with a character below the greatest that means something. */
function csvText(at: usize, length: u32): void {
  if (!room(<usize>length * 2 + 2)) return;
  const end = at + <usize>length;
  let needs = length > CSV_CHECKED_MAX;
  for (let p = at; p < end && !needs; p++) {
    const c = <u32>load<u8>(p);
    needs = c < firstPlain || c == escape;
  }
  if (!needs || quote == 0) {
    memory.copy(out, at, length);
    out += <usize>length;
    return;
  }
  put(quote);
  for (let p = at; p < end; p++) {
    const c = <u32>load<u8>(p);
    if (c == quote || (escape && c == escape)) put(c);
    put(c);
  }
  put(quote);
}
/** A list or ROW as one field: its values with a delimiter between them. */
function csvNested(field: usize, kind: u32, row: u32): void {
  const start = out;
  const children = <usize>load<u32>(field, CHILDREN);
  if (kind == ROW) {
    const count = load<u32>(field, CHILD_COUNT);
    for (let i: u32 = 0; i < count && !full; i++) csvElement(children + <usize>i * FIELD_BYTES, row, i > 0);
  } else {
    const offsets = <usize>load<u32>(field, DATA) + (<usize>row << 2);
    const from = load<u32>(offsets), to = load<u32>(offsets, 4);
    for (let i = from; i < to && !full; i++) csvElement(children, i, i > from);
  }
  if (full) return;
  // The quotes of the whole: it is written a second time, behind itself, and moved back.
  const length = <u32>(out - start);
  const from = out;
  csvText(start, length);
  if (full) return;
  const written = out - from;
  memory.copy(start, from, written);
  out = start + written;
}
function csvElement(field: usize, row: u32, delimited: bool): void {
  if (!room(nullLength + 8)) return;
  if (delimited) put(elementDelimiter);
  if (isNull(field, row)) {
    memory.copy(out, nullText, nullLength);
    out += nullLength;
    return;
  }
  flatValue(field, load<u32>(field, KIND), row);
}

// @ts-ignore: decorator
@inline
function textAt(view: usize): usize {
  return load<u32>(view) > 12 ? <usize>load<u32>(view, 8) : view + 4;
}

/** A value that is not NULL and not nested, without quotes. */
function flatValue(field: usize, kind: u32, row: u32): void {
  const data = <usize>load<u32>(field, DATA);
  if (!room(64)) return;
  switch (kind) {
    case BOOLEAN: {
      if (load<u8>(data + <usize>row)) {
        store<u32>(out, 0x65757274);
        out += 4;
      } else {
        store<u32>(out, 0x736c6166);
        store<u8>(out, 101, 4);
        out += 5;
      }
      return;
    }
    case I8: return signed(<i64>load<i8>(data + <usize>row));
    case I16: return signed(<i64>load<i16>(data + (<usize>row << 1)));
    case I32: return signed(<i64>load<i32>(data + (<usize>row << 2)));
    case I64: return signed(load<i64>(data + (<usize>row << 3)));
    case DECIMAL64: return decimal64(load<i64>(data + (<usize>row << 3)), load<u32>(field, SCALE));
    case DECIMAL128: return decimal128(load<u64>(data + (<usize>row << 4)), load<u64>(data + (<usize>row << 4), 8), load<u32>(field, SCALE));
    case DATE: return date(load<i32>(data + (<usize>row << 2)));
    case TIME: {
      const ms = load<u32>(data + (<usize>row << 2));
      return clock(ms / 1000, (ms % 1000) * 1000000);
    }
    case TIMESTAMP:
    case TIMESTAMP_LTZ: return timestamp(load<i64>(data + (<usize>row << 3)), load<u32>(field, PRECISION), kind == TIMESTAMP_LTZ);
    default: {
      const view = data + (<usize>row << 4);
      const length = load<u32>(view);
      if (kind == BYTES) {
        if (room(<usize>length * 2 + 8)) base64(textAt(view), length);
      } else if (room(<usize>length + 8)) {
        memory.copy(out, textAt(view), length);
        out += <usize>length;
      }
    }
  }
}

function jsonNull(): void {
  if (!room(8)) return;
  store<u32>(out, 0x6c6c756e);
  out += 4;
}
function jsonValue(field: usize, row: u32): void {
  if (isNull(field, row)) return jsonNull();
  const kind = load<u32>(field, KIND);
  if (kind == TEXT) {
    const view = <usize>load<u32>(field, DATA) + (<usize>row << 4);
    if (!room(8)) return;
    put(34);
    jsonText(textAt(view), load<u32>(view));
    if (!room(8)) return;
    put(34);
    return;
  }
  if (kind >= BYTES && kind <= TIMESTAMP_LTZ) {
    if (!room(8)) return;
    put(34);
    flatValue(field, kind, row);
    if (!room(8)) return;
    put(34);
    return;
  }
  if (kind < ARRAY || kind == VERBATIM) return flatValue(field, kind, row);
  const children = <usize>load<u32>(field, CHILDREN);
  if (kind == ROW) return jsonRow(children, load<u32>(field, CHILD_COUNT), row);
  const offsets = <usize>load<u32>(field, DATA) + (<usize>row << 2);
  const from = load<u32>(offsets), to = load<u32>(offsets, 4);
  if (!room(8)) return;
  put(kind == ARRAY ? 91 : 123);
  let any = false;
  for (let i = from; i < to && !full; i++) {
    if (!room(16)) return;
    if (kind != ARRAY && (flags & DROP_NULL_KEYS) && isNull(children, i)) continue;
    if (any) put(44);
    any = true;
    if (kind != ARRAY) {
      jsonKey(children, i);
      if (!room(8)) return;
      put(58);
      jsonValue(children + FIELD_BYTES, i);
    } else jsonValue(children, i);
  }
  if (!room(8)) return;
  put(kind == ARRAY ? 93 : 125);
}
/** Names are strings: what is none is put in quotes. */
function jsonKey(field: usize, row: u32): void {
  const kind = load<u32>(field, KIND);
  if (!isNull(field, row) && (kind == TEXT || (kind >= BYTES && kind <= TIMESTAMP_LTZ))) return jsonValue(field, row);
  if (!room(8)) return;
  put(34);
  if (isNull(field, row)) jsonText(nullText, <u32>nullLength);
  else flatValue(field, kind, row);
  if (!room(8)) return;
  put(34);
}
function jsonRow(fields: usize, count: u32, row: u32): void {
  if (!room(8)) return;
  put(123);
  let any = false;
  for (let i: u32 = 0; i < count && !full; i++) {
    const field = fields + <usize>i * FIELD_BYTES;
    if ((flags & IGNORE_NULLS) && isNull(field, row)) continue;
    const length = <usize>load<u32>(field, NAME_LENGTH);
    if (!room(length + 8)) return;
    if (any) put(44);
    any = true;
    memory.copy(out, <usize>load<u32>(field, NAME), length);
    out += length;
    jsonValue(field, row);
  }
  if (!room(8)) return;
  put(125);
}
function csvRow(fields: usize, count: u32, row: u32): void {
  for (let i: u32 = 0; i < count && !full; i++) {
    const field = fields + <usize>i * FIELD_BYTES;
    if (i > 0) {
      if (!room(8)) return;
      put(delimiter);
    }
    if (isNull(field, row)) {
      if (!room(nullLength + 8)) return;
      memory.copy(out, nullText, nullLength);
      out += nullLength;
      continue;
    }
    const kind = load<u32>(field, KIND);
    if (kind == TEXT) {
      const view = <usize>load<u32>(field, DATA) + (<usize>row << 4);
      csvText(textAt(view), load<u32>(view));
    } else if (kind >= ARRAY && kind <= ROW) csvNested(field, kind, row);
    else if (kind >= BYTES && kind <= TIMESTAMP_LTZ) {
      // Bytes, dates and times are texts to the writer.
      const start = out;
      flatValue(field, kind, row);
      if (full) return;
      const from = out;
      csvText(start, <u32>(from - start));
      if (full) return;
      memory.copy(start, from, out - from);
      out = start + (out - from);
    } else flatValue(field, kind, row);
  }
}

/** Writes rows FROM to TO as text to OUT, up to OUT_END; FROM and OUT move on. Returns 1 when the buffer was too small for the next row. */
export function format_rows(block: usize): u32 {
  let row = load<u32>(block, FROM);
  const to = load<u32>(block, TO);
  const fields = <usize>load<u32>(block, FIELDS), count = load<u32>(block, FIELD_COUNT);
  nullText = <usize>load<u32>(block, NULL_TEXT);
  nullLength = <usize>load<u32>(block, NULL_LENGTH);
  elementDelimiter = load<u32>(block, ELEMENT_DELIMITER);
  let rowEnds = <usize>load<u32>(block, ROW_ENDS);
  out = <usize>load<u32>(block, OUT);
  outEnd = <usize>load<u32>(block, OUT_END);
  flags = load<u32>(block, FLAGS);
  delimiter = load<u32>(block, DELIMITER);
  quote = load<u32>(block, QUOTE);
  escape = load<u32>(block, ESCAPE);
  firstPlain = max<u32>(max<u32>(delimiter, quote), 13) + 1;
  full = false;
  for (; row < to; row++) {
    const start = out;
    if (flags & CSV) csvRow(fields, count, row);
    else jsonRow(fields, count, row);
    if (full || !room(1)) {
      out = start;
      break;
    }
    put(10);
    if (rowEnds) {
      store<u32>(rowEnds, <u32>out);
      rowEnds += 4;
    }
  }
  store<u32>(block, row, FROM);
  store<u32>(block, <u32>rowEnds, ROW_ENDS);
  store<u32>(block, <u32>out, OUT);
  return full ? 1 : 0;
}
