// CSV to columns, in one pass: a plain field is parsed where it stands and its end looked at afterwards; quotes, blanks and NULLs go the long way.
import {
  ARRAY, BYTES, CAPACITY, CHILDREN, CHILD_COUNT, DATA, E_AFTER_QUOTE, E_NULL, E_QUOTE, E_TOO_FEW, E_TOO_MANY, E_UTF8, BAD_MAX, badAdd, badRecords, badReset, E_VALUE, F32, I64, I8, KIND, ROW, SKIP, TEXT, USED,
  DATE, TIMESTAMP_LTZ, BOOLEAN, DECIMAL128, ensureRow, errorAt, errorCode, errorField, fail, heapCommit, heapReserve, heapReset, isValueError, prepareField,
  putNull, putView, rewind, setNull, FIELD_BYTES, NULLABLE,
} from "./decode-fields";
import { PATCHES_FULL, patches, patchesReset, patchesTo, putNumber, putTemporal, putText } from "./decode-cells";
import { utf8_validate } from "./decode-utf8";

// The parameter block; core/kernels/decode.ts describes it.
const POSITION: usize = 0, END: usize = 4, ROWS: usize = 8, ROOT: usize = 12, FLAGS: usize = 16, ERROR: usize = 28, ERROR_AT: usize = 32,
  ERROR_FIELD: usize = 36, SKIPPED: usize = 40, NULLED: usize = 44, PATCH_COUNT: usize = 48, VALID_UNTIL: usize = 52, RECORD_AT: usize = 56,
  LINES: usize = 60, DELIMITER: usize = 64, QUOTE: usize = 68, ESCAPE: usize = 72, ARRAY_DELIMITER: usize = 76, COLUMNS: usize = 80,
  COLUMN_COUNT: usize = 84, NULL_TEXT: usize = 88, NULL_LENGTH: usize = 92, BAD_COUNT: usize = 96;
const SKIP_ERRORS: u32 = 1, COMMENTS: u32 = 8, LAST: u32 = 16, COLLECT_BAD: u32 = 64;

let flags: u32 = 0;
let delimiter: u32 = 44;
let quote: u32 = 34;
let escape: u32 = 0;
let arrayDelimiter: u32 = 59;
let nullText: usize = 0;
let nullLength: u32 = 0;
let nullSet = false;
let textEnd: usize = 0;
let nulled: u32 = 0;
/** A quoted field goes on behind the text there is. */
let needsMore = false;
let fieldAt: usize = 0;
let fieldLength: u32 = 0;

/** The next delimiter or line's end. */
// @ts-ignore: decorator
@inline
function plainEnd(p: usize): usize {
  const d = i8x16.splat(<i8>delimiter), n = i8x16.splat(10);
  while (true) {
    const x = v128.load(p);
    const hits = i8x16.bitmask(v128.or(i8x16.eq(x, d), i8x16.eq(x, n)));
    if (hits) return p + <usize>ctz(hits);
    p += 16;
  }
}
function quotedEnd(p: usize): usize {
  const q = i8x16.splat(<i8>quote), e = i8x16.splat(<i8>(escape ? escape : quote));
  while (p < textEnd) {
    const x = v128.load(p);
    const hits = i8x16.bitmask(v128.or(i8x16.eq(x, q), i8x16.eq(x, e)));
    if (hits) return p + <usize>ctz(hits);
    p += 16;
  }
  return textEnd;
}

/** A quoted field from behind its quote: its text at fieldAt, the place behind the closing quote, or 0. */
function quotedField(p: usize, field: usize): usize {
  const start = p;
  let out: usize = 0, at: usize = 0;
  while (true) {
    const stop = quotedEnd(p);
    if (stop >= textEnd) {
      needsMore = true;
      return fail(E_QUOTE, start - 1, field);
    }
    if (at) {
      memory.copy(at, p, stop - p);
      at += stop - p;
    }
    const c = <u32>load<u8>(stop), d = <u32>load<u8>(stop, 1);
    const escaped = escape && c == escape && stop + 1 < textEnd;
    if (!escaped && !(c == quote && d == quote)) {
      fieldAt = at ? out : start;
      fieldLength = at ? <u32>(at - out) : <u32>(stop - start);
      if (at) {
        // A number is parsed up to the first byte that is no digit.
        store<u8>(at, 0);
        heapCommit(at);
      }
      return stop + 1;
    }
    if (!at) {
      // As long as the text that is left in the record, whose end is not known yet: what is left of the field is found first.
      let last = stop;
      while (true) {
        last = quotedEnd(last);
        if (last >= textEnd) {
          needsMore = true;
          return fail(E_QUOTE, start - 1, field);
        }
        const x = <u32>load<u8>(last);
        if ((escape && x == escape) || (x == quote && <u32>load<u8>(last, 1) == quote)) last += 2;
        else break;
      }
      out = heapReserve(<u32>(last - start) + 16);
      memory.copy(out, start, stop - start);
      at = out + (stop - start);
    }
    store<u8>(at++, <u8>(escaped ? unescaped(d) : d));
    p = stop + 2;
  }
}

// @ts-ignore: decorator
@inline
function isNullText(at: usize, length: u32): bool {
  return nullSet && length == nullLength && memory.compare(at, nullText, length) == 0;
}
/** The text [from, from + length) into a field; 0 with an error at `p`. */
function putFieldText(field: usize, row: u32, from: usize, length: u32, p: usize, quoted: bool): bool {
  const kind = load<u32>(field, KIND);
  // Of a list it is an element that the text for NULL stands for.
  if (kind == ARRAY) return putArray(field, row, from, length, p);
  if (isNullText(from, length)) return nullValue(field, row, p);
  if (kind == TEXT) {
    putView(<usize>load<u32>(field, DATA) + (<usize>row << 4), from, length);
    return true;
  }
  if (kind == ROW) return putRow(field, row, from, length, p);
  if (kind > ARRAY) return fail(E_VALUE, p, field) != 0;
  let to = from + <usize>length;
  while (from < to && load<u8>(from) <= 32) from++;
  while (from < to && load<u8>(to - 1) <= 32) to--;
  if (from == to && kind != BYTES) return nullValue(field, row, p);
  // A text is parsed up to its end, but a number that ends at the text's end must not run on into what lies behind.
  if (putText(field, row, from, to, 0)) return true;
  fail(errorCode, p, field);
  return false;
}
function nullValue(field: usize, row: u32, p: usize): bool {
  return putNull(field, row, p) != 0;
}
function putArray(field: usize, row: u32, from: usize, length: u32, p: usize): bool {
  const element = <usize>load<u32>(field, CHILDREN);
  const end = from + <usize>length;
  let used = load<u32>(field, USED);
  while (length > 0) {
    let to = from;
    while (to < end && <u32>load<u8>(to) != arrayDelimiter) to++;
    ensureRow(element, used);
    store<u32>(field, used, USED);
    if (!putFieldText(element, used, from, <u32>(to - from), p, false)) return false;
    used++;
    store<u32>(field, used, USED);
    if (to >= end) break;
    from = to + 1;
  }
  store<u32>(<usize>load<u32>(field, DATA) + (<usize>row << 2), used, 4);
  return true;
}

/** The fields of a ROW stand one behind the other, as the elements of an array do. */
function putRow(field: usize, row: u32, from: usize, length: u32, p: usize): bool {
  if (length == 0) return nullValue(field, row, p);
  const count = load<u32>(field, CHILD_COUNT);
  const end = from + <usize>length;
  let child = <usize>load<u32>(field, CHILDREN), index: u32 = 0;
  while (true) {
    if (index == count) return fail(E_VALUE, p, field) != 0;
    let to = from;
    while (to < end && <u32>load<u8>(to) != arrayDelimiter) to++;
    if (!putFieldText(child, row, from, <u32>(to - from), p, false)) return false;
    index++;
    child += FIELD_BYTES;
    if (to >= end) break;
    from = to + 1;
  }
  if (index < count && !(flags & SKIP_ERRORS)) return fail(E_VALUE, p, field) != 0;
  for (; index < count; index++, child += FIELD_BYTES) {
    if (!nullValue(child, row, p)) return false;
  }
  return true;
}

/** One field at `p`; the place of the delimiter or line's end behind it, or 0. */
function longField(field: usize, row: u32, p: usize): usize {
  let end: usize, from = p, length: u32, quoted = false;
  if (quote && <u32>load<u8>(p) == quote) {
    end = quotedField(p + 1, field);
    if (!end) return 0;
    quoted = true;
    from = fieldAt;
    length = fieldLength;
    const c = <u32>load<u8>(end);
    if (c != delimiter && c != 10) {
      if (c == 13 && load<u8>(end, 1) == 10) end++;
      else {
        while (load<u8>(end) == 32) end++;
        if (<u32>load<u8>(end) != delimiter && load<u8>(end) != 10) return fail(E_AFTER_QUOTE, end, field);
      }
    }
  } else {
    end = escape ? escapedEnd(p) : plainEnd(p);
    length = <u32>(end - p);
    if (load<u8>(end) == 10 && length > 0 && load<u8>(end - 1) == 13) length--;
    if (escape && unescapePlain(p, length)) {
      from = fieldAt;
      length = fieldLength;
    }
  }
  if (load<u32>(field, KIND) == SKIP) return end;
  if (putFieldText(field, row, from, length, p, quoted)) return end;
  if (!(flags & SKIP_ERRORS) || !isValueError() || !load<u32>(field, NULLABLE)) return 0;
  rewind(field, row);
  setNull(field, row);
  nulled++;
  return end;
}
/** The next delimiter or line's end that no escape character stands before. */
function escapedEnd(p: usize): usize {
  while (true) {
    const c = <u32>load<u8>(p);
    if (c == delimiter || c == 10) return p;
    p += c == escape && load<u8>(p, 1) != 10 ? 2 : 1;
  }
}
/** What an escaped character stands for. Source: Jackson's CSV decoder, which Flink uses. */
function unescaped(c: u32): u32 {
  return c == 110 ? 10 : c == 114 ? 13 : c == 116 ? 9 : c == 48 ? 0 : c;
}
/** Takes the escapes out of an unquoted field; its text then is at fieldAt. */
function unescapePlain(p: usize, length: u32): bool {
  const stop = p + <usize>length;
  let any = false;
  for (let q = p; q < stop; q++) any = any || <u32>load<u8>(q) == escape;
  if (!any) return false;
  const out = heapReserve(length + 16);
  let at = out;
  for (let q = p; q < stop; q++) {
    let c = <u32>load<u8>(q);
    if (c == escape && q + 1 < stop) c = unescaped(load<u8>(++q));
    store<u8>(at++, <u8>c);
  }
  store<u8>(at, 0);
  heapCommit(at);
  fieldAt = out;
  fieldLength = <u32>(at - out);
  return true;
}

/** A field at `p` the short way when it is plain; the place of the delimiter or line's end behind it, or 0. */
// @ts-ignore: decorator
@inline
function shortField(field: usize, row: u32, p: usize): usize {
  const kind = load<u32>(field, KIND);
  if (kind == TEXT) {
    if (nullSet || escape || (quote && <u32>load<u8>(p) == quote)) return longField(field, row, p);
    const end = plainEnd(p);
    let length = <u32>(end - p);
    if (load<u8>(end) == 10 && length > 0 && load<u8>(end - 1) == 13) length--;
    putView(<usize>load<u32>(field, DATA) + (<usize>row << 4), p, length);
    return end;
  }
  if (!nullSet) {
    let q: usize = 0;
    if (kind - I8 <= DECIMAL128 - I8) q = putNumber(field, kind, row, p);
    else if (kind >= DATE && kind <= TIMESTAMP_LTZ) q = putTemporal(field, kind, row, p, 0);
    if (q) {
      const c = <u32>load<u8>(q);
      // An integer field takes no fraction here, unlike JSON's: the long way says so.
      if (c == delimiter || c == 10) {
        if (kind > I64 || plainInteger(p, q)) return q;
      } else if (c == 13 && load<u8>(q, 1) == 10 && (kind > I64 || plainInteger(p, q))) return q + 1;
      rewind(field, row);
    }
  }
  return longField(field, row, p);
}
// @ts-ignore: decorator
@inline
function plainInteger(p: usize, q: usize): bool {
  for (let at = q - 1; at > p; at--) {
    if (<u32>load<u8>(at) - 48 > 9) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function skipField(p: usize): usize {
  if ((quote && <u32>load<u8>(p) == quote) || escape) {
    return longField(SKIPPER, 0, p);
  }
  return plainEnd(p);
}
/** A descriptor of kind SKIP. */
const SKIPPER = memory.data(128, 8);

function lineEnd(p: usize): usize {
  while (true) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(10)));
    if (hits) return p + <usize>ctz(hits);
    p += 16;
  }
}

/**
 * Decodes whole records from POSITION to END (behind a line's end) into at most ROWS rows. A record whose quoted field goes on behind END is left
 * unless LAST. On a bad record without SKIP_ERRORS it stops with ERROR set. Returns the number of rows.
 */
export function csv_decode(block: usize): u32 {
  const root = <usize>load<u32>(block, ROOT);
  const rowsMax = load<u32>(block, ROWS);
  const end = <usize>load<u32>(block, END);
  const columns = <usize>load<u32>(block, COLUMNS), columnCount = load<u32>(block, COLUMN_COUNT);
  let p = <usize>load<u32>(block, POSITION);
  flags = load<u32>(block, FLAGS);
  delimiter = load<u32>(block, DELIMITER);
  quote = load<u32>(block, QUOTE);
  escape = load<u32>(block, ESCAPE);
  arrayDelimiter = load<u32>(block, ARRAY_DELIMITER);
  nullText = <usize>load<u32>(block, NULL_TEXT);
  nullLength = load<u32>(block, NULL_LENGTH);
  nullSet = nullText != 0;
  textEnd = end;
  nulled = 0;
  heapReset();
  patchesReset();
  badReset();
  prepareField(root, rowsMax);
  let valid = <usize>load<u32>(block, VALID_UNTIL);
  let row: u32 = 0, skipped: u32 = 0;
  store<u32>(block, 0, ERROR);
  while (p < end && row < rowsMax && patches < PATCHES_FULL && badRecords < BAD_MAX) {
    const record = p, patchesBefore = patches;
    const first = <u32>load<u8>(p);
    if (flags & COMMENTS) {
      // Where there may be comments, empty lines are none either.
      if (first == 10 || (first == 13 && load<u8>(p, 1) == 10)) {
        p += first == 10 ? 1 : 2;
        continue;
      }
      if (first == 35) {
        p = lineEnd(p) + 1;
        continue;
      }
    }
    needsMore = false;
    let index: u32 = 0;
    let q: usize = 0;
    while (true) {
      const field = <usize>load<u32>(columns + (<usize>index << 2));
      q = field ? shortField(field, row, p) : skipField(p);
      if (!q) break;
      index++;
      if (load<u8>(q) == 10) break;
      p = q + 1;
      if (index == columnCount) {
        q = fail(E_TOO_MANY, p, root);
        break;
      }
    }
    if (q) {
      if (index < columnCount && !(flags & SKIP_ERRORS)) q = fail(E_TOO_FEW, q, root);
      // What a short record lacks is NULL.
      for (; index < columnCount && q; index++) {
        const field = <usize>load<u32>(columns + (<usize>index << 2));
        if (field && !putNull(field, row, q)) q = 0;
      }
      if (q > valid) q = fail(E_UTF8, valid, root);
    }
    if (!q) {
      patchesTo(patchesBefore);
      if (needsMore && !(flags & LAST)) {
        rewind(root, row);
        p = record;
        break;
      }
      if (flags & COLLECT_BAD) badAdd(record, lineEnd(record));
      else if (!(flags & SKIP_ERRORS)) {
        rewind(root, row);
        store<u32>(block, errorCode, ERROR);
        store<u32>(block, <u32>errorAt, ERROR_AT);
        store<u32>(block, <u32>errorField, ERROR_FIELD);
        store<u32>(block, <u32>record, RECORD_AT);
        p = record;
        break;
      }
      rewind(root, row);
      skipped++;
      q = lineEnd(record);
      if (q >= valid && valid < end) valid = utf8_validate(q, end);
    } else row++;
    p = q + 1;
  }
  store<u32>(block, <u32>p, POSITION);
  store<u32>(block, skipped, SKIPPED);
  store<u32>(block, nulled, NULLED);
  store<u32>(block, patches, PATCH_COUNT);
  store<u32>(block, badRecords, BAD_COUNT);
  store<u32>(block, <u32>valid, VALID_UNTIL);
  return row;
}
