// Values of a text format into cells: the part that JSON strings and numbers, and CSV fields, have in common.
import {
  BOOLEAN, BYTES, DATA, DATE, DECIMAL64, E_RANGE, E_VALUE, F32, F64, I16, I32, I64, I8, PRECISION, SCALE, TIMESTAMP, TIMESTAMP_LTZ,
  KIND, fail, heapCommit, heapReserve, putNull, putView,
} from "./decode-fields";
import {
  exact, float, inexact, integer, noRangeError, outOfRange, parseDate, parseDecimal, parseFloat64, parseInteger, parseTime, parseTimestamp, setInteger,
  wideHigh, wideLow,
} from "./decode-values";

// Cells whose text the caller has to look at again (doubles of many digits, nested JSON as text): field, row, place and length.
const PATCHES = memory.data(4096 * 16, 16);
const PATCHES_MAX: u32 = 4096;
/** So many, and a record's may not find room any more. */
export const PATCHES_FULL: u32 = 3072;
export let patches: u32 = 0;
export function patchesReset(): void {
  patches = 0;
}
/** Forgets all behind the first `count`: the record they are of is bad. */
export function patchesTo(count: u32): void {
  patches = count;
}
/** Forgets those of a cell that is written anew. */
export function patchesForget(field: usize, row: u32): void {
  for (let i: u32 = 0; i < patches; i++) {
    const at = PATCHES + (<usize>i << 4);
    // An empty text at row 0 of no field: nothing knows it.
    if (load<u32>(at) == <u32>field && load<u32>(at, 4) == row) store<u32>(at, 0);
  }
}
export function decode_patches(): usize {
  return PATCHES;
}
export function patch(field: usize, row: u32, p: usize, end: usize): void {
  if (patches < PATCHES_MAX) {
    const at = PATCHES + (<usize>patches << 4);
    store<u32>(at, <u32>field);
    store<u32>(at, row, 4);
    store<u32>(at, <u32>p, 8);
    store<u32>(at, <u32>(end - p), 12);
    patches++;
  }
}

// @ts-ignore: decorator
@inline
function cellOf(field: usize, row: u32, shift: u32): usize {
  return <usize>load<u32>(field, DATA) + (<usize>row << shift);
}
// @ts-ignore: decorator
@inline
function storeInteger(field: usize, kind: u32, row: u32, p: usize, q: usize): usize {
  const value = integer;
  if (kind == I64) store<i64>(cellOf(field, row, 3), value);
  else if (kind == I32) {
    if (value != <i64><i32>value) return fail(E_RANGE, p, field);
    store<i32>(cellOf(field, row, 2), <i32>value);
  } else if (kind == I16) {
    if (value != <i64><i16>value) return fail(E_RANGE, p, field);
    store<i16>(cellOf(field, row, 1), <i16>value);
  } else {
    if (value != <i64><i8>value) return fail(E_RANGE, p, field);
    store<i8>(cellOf(field, row, 0), <i8>value);
  }
  return q;
}

/** A number for an integer, float or decimal field at `p`; the place behind it. */
// @ts-ignore: decorator
@inline
export function putNumber(field: usize, kind: u32, row: u32, p: usize): usize {
  if (kind <= I64) {
    let q = parseInteger(p);
    if (!q) {
      if (!outOfRange) return fail(E_VALUE, p, field);
      noRangeError();
      return fail(E_RANGE, p, field);
    }
    const next = <u32>load<u8>(q);
    if (next == 46 || (next | 32) == 101) q = truncated(p, field);
    return q ? storeInteger(field, kind, row, p, q) : 0;
  }
  return putFraction(field, kind, row, p);
}
/** A number with a fraction or exponent for an integer field is cut, as Jackson's asInt does. */
function truncated(p: usize, field: usize): usize {
  const q = parseFloat64(p);
  exact();
  if (!q) return fail(E_VALUE, p, field);
  if (!(abs(float) < 9007199254740992.0)) return fail(E_RANGE, p, field);
  setInteger(<i64>float);
  return q;
}
function putFraction(field: usize, kind: u32, row: u32, p: usize): usize {
  if (kind == F64 || kind == F32) {
    const q = parseFloat64(p);
    if (!q) return fail(E_VALUE, p, field);
    if (inexact) {
      patch(field, row, p, q);
      exact();
    }
    if (kind == F64) store<f64>(cellOf(field, row, 3), float);
    else store<f32>(cellOf(field, row, 2), <f32>float);
    return q;
  }
  const q = parseDecimal(p, load<u32>(field, PRECISION), load<u32>(field, SCALE));
  if (!q) return fail(E_VALUE, p, field);
  if (outOfRange) {
    noRangeError();
    return putNull(field, row, q);
  }
  if (kind == DECIMAL64) store<u64>(cellOf(field, row, 3), wideLow);
  else {
    store<u64>(cellOf(field, row, 4), wideLow);
    store<u64>(cellOf(field, row, 4), wideHigh, 8);
  }
  return q;
}

/** `separator` between date and time: a blank, T, or 0 for either. */
// @ts-ignore: decorator
@inline
export function putTemporal(field: usize, kind: u32, row: u32, p: usize, separator: u32): usize {
  let q: usize;
  if (kind == TIMESTAMP || kind == TIMESTAMP_LTZ) {
    q = parseTimestamp(p, separator, load<u32>(field, PRECISION));
    if (q && kind == TIMESTAMP_LTZ) q = load<u8>(q) == 90 ? q + 1 : 0;
    if (!q) {
      const code = outOfRange ? E_RANGE : E_VALUE;
      noRangeError();
      return fail(code, p, field);
    }
    store<i64>(cellOf(field, row, 3), integer);
    return q;
  }
  q = kind == DATE ? parseDate(p) : parseTime(p);
  if (!q) return fail(E_VALUE, p, field);
  store<i32>(cellOf(field, row, 2), <i32>integer);
  return q;
}

// @ts-ignore: decorator
@inline
function lower(c: u32): u32 {
  return c - 65 < 26 ? c | 32 : c;
}
/** Any text: only `true`, in any case, is true. As Java's Boolean.parseBoolean. */
export function putBooleanText(field: usize, row: u32, p: usize, end: usize): usize {
  const yes = end - p == 4 && lower(load<u8>(p)) == 116 && lower(load<u8>(p, 1)) == 114 && lower(load<u8>(p, 2)) == 117 && lower(load<u8>(p, 3)) == 101;
  store<u8>(cellOf(field, row, 0), yes ? 1 : 0);
  return end;
}

function base64Digit(c: u32): u32 {
  if (c - 65 < 26) return c - 65;
  if (c - 97 < 26) return c - 71;
  if (c - 48 < 10) return c + 4;
  return c == 43 || c == 45 ? 62 : c == 47 || c == 95 ? 63 : 64;
}
/** Base64 text as bytes. */
export function putBase64(field: usize, row: u32, p: usize, end: usize): usize {
  let last = end;
  while (last > p && load<u8>(last - 1) == 61) last--;
  const out = heapReserve(<u32>(last - p));
  let at = out, bits: u32 = 0, held: u32 = 0;
  for (let q = p; q < last; q++) {
    const digit = base64Digit(load<u8>(q));
    if (digit > 63) return fail(E_VALUE, p, field);
    bits = (bits << 6) | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      store<u8>(at++, <u8>(bits >> held));
    }
  }
  if (held >= 6) return fail(E_VALUE, p, field);
  heapCommit(at);
  putView(cellOf(field, row, 4), out, <u32>(at - out));
  return end;
}

/** A whole text [p, end), already trimmed, for a field that is neither text nor nested; `end`, or 0. */
export function putText(field: usize, row: u32, p: usize, end: usize, separator: u32): usize {
  const kind = load<u32>(field, KIND);
  let q: usize;
  if (kind == BOOLEAN) return putBooleanText(field, row, p, end);
  if (kind == BYTES) return putBase64(field, row, p, end);
  if (kind >= DATE && kind <= TIMESTAMP_LTZ) q = putTemporal(field, kind, row, p, separator);
  else if (kind >= I8 && kind <= I64) {
    q = parseInteger(p);
    if (q == end) return storeInteger(field, kind, row, p, q);
    const code = outOfRange ? E_RANGE : E_VALUE;
    noRangeError();
    return fail(code, p, field);
  } else q = putFraction(field, kind, row, p);
  if (q && q != end) return fail(E_VALUE, p, field);
  return q;
}
