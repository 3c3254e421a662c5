// JSON lines to columns, in one pass and without an index: the next key is predicted from the record before (its literal `"key":` is compared
// as vectors), and whatever does not come as predicted takes the general way for that key only.
import {
  ARRAY, BOOLEAN, BYTES, CHILD_COUNT, CHILDREN, DATA, E_ARRAY_END, E_COLON, E_ESCAPE, E_KEY, E_MISSING, E_OBJECT, E_OBJECT_END, E_STRING,
  E_SYNTAX, E_TRAILING, BAD_MAX, badAdd, badRecords, badReset, E_UTF8, E_VALUE, FIELD_BYTES, I64, I8, KIND, LITERAL, LITERAL_LENGTH, LITERAL_MAX, MAP, MULTISET, NEXT, PRECISION, ROW, SIBLING, SKIP,
  STAMP, TEXT, TIME, TIMESTAMP, TIMESTAMP_LTZ, DATE, UNKNOWN, USED, ensureRow, errorAt, errorCode, errorField, fail, heapCommit, heapReserve, heapReset,
  isValueError, prepareField, putNull, putView, rewind, setNull,
} from "./decode-fields";
import { PATCHES_FULL, patch, patches, patchesForget, patchesReset, patchesTo, putBase64, putBooleanText, putNumber, putTemporal, putText } from "./decode-cells";
import { integer, isDigit, noRangeError, parseInteger, parseTimestamp } from "./decode-values";
import { utf8_validate } from "./decode-utf8";
import { hex4, isCompact, lineEnd, plainEnd, putCodePoint, skipBlanks, skipValue, tokenEnd } from "./json-text";

// The parameter block; core/kernels/decode.ts describes it.
const POSITION: usize = 0, END: usize = 4, ROWS: usize = 8, ROOT: usize = 12, FLAGS: usize = 16, SPARE: usize = 20, SPARE_COUNT: usize = 24,
  ERROR: usize = 28, ERROR_AT: usize = 32, ERROR_FIELD: usize = 36, SKIPPED: usize = 40, NULLED: usize = 44, PATCH_COUNT: usize = 48,
  VALID_UNTIL: usize = 52, RECORD_AT: usize = 56, LINES: usize = 60, BAD_COUNT: usize = 96, IN_ARRAY: usize = 100;
const SKIP_ERRORS: u32 = 1, FAIL_ON_MISSING: u32 = 2, ISO: u32 = 4, COLLECT_BAD: u32 = 64;

let flags: u32 = 0;
let separator: u32 = 32;
let serial: u32 = 0;
let nulled: u32 = 0;
let spare: usize = 0;
let spareCount: u32 = 0;
let decodedAt: usize = 0;
let decodedLength: u32 = 0;

/** A string with escapes from `p` (behind its quote) on: its text at decodedAt, the place behind the closing quote, or 0. */
function unescape(p: usize, field: usize): usize {
  // The longest an unescaped text can be: find the closing quote first.
  let close = p;
  while (true) {
    close = plainEnd(close);
    const c = <u32>load<u8>(close);
    if (c == 34) break;
    if (c != 92) return fail(E_STRING, close, field);
    close += load<u8>(close, 1) >= 32 ? 2 : 1;
  }
  const out = heapReserve(<u32>(close - p) + 16);
  let at = out;
  while (p < close) {
    const plain = plainEnd(p);
    memory.copy(at, p, plain - p);
    at += plain - p;
    p = plain;
    if (p >= close) break;
    const c = <u32>load<u8>(p, 1);
    p += 2;
    switch (c) {
      case 34:
      case 92:
      case 47: store<u8>(at++, <u8>c); break;
      case 98: store<u8>(at++, 8); break;
      case 102: store<u8>(at++, 12); break;
      case 110: store<u8>(at++, 10); break;
      case 114: store<u8>(at++, 13); break;
      case 116: store<u8>(at++, 9); break;
      case 117: {
        let code = hex4(p);
        if (code < 0) return fail(E_ESCAPE, p - 2, field);
        p += 4;
        if (code >= 0xd800 && code < 0xdc00 && load<u16>(p) == 0x755c) {
          const second = hex4(p + 2);
          if (second >= 0xdc00 && second < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
            p += 6;
          }
        }
        // Half of a pair is no character: U+FFFD stands for it.
        at = putCodePoint(at, code >= 0xd800 && code < 0xe000 ? 0xfffd : <u32>code);
        break;
      }
      default: return fail(E_ESCAPE, p - 2, field);
    }
  }
  // A number is parsed up to the first byte that is no digit.
  store<u8>(at, 0);
  heapCommit(at);
  decodedAt = out;
  decodedLength = <u32>(at - out);
  return close + 1;
}
/** A string's text as it stands or unescaped, at decodedAt; `p` behind its opening quote. */
// @ts-ignore: decorator
@inline
function stringAt(p: usize, field: usize): usize {
  const end = plainEnd(p);
  if (load<u8>(end) == 34) {
    decodedAt = p;
    decodedLength = <u32>(end - p);
    return end + 1;
  }
  return unescape(p, field);
}

// @ts-ignore: decorator
@inline
function isNullWord(p: usize): bool {
  return load<u32>(p) == 0x6c6c756e;
}

/** A value that is a string, for a field that is none: its trimmed text is parsed. */
function textValue(field: usize, kind: u32, row: u32, p: usize): usize {
  const after = stringAt(p + 1, field);
  if (!after) return 0;
  let from = decodedAt, to = decodedAt + <usize>decodedLength;
  if (kind == BYTES) return putBase64(field, row, from, to) ? after : 0;
  while (from < to && load<u8>(from) <= 32) from++;
  while (from < to && load<u8>(to - 1) <= 32) to--;
  if (putText(field, row, from, to, separator)) return after;
  // The text may lie in the heap; the error belongs to the input.
  fail(errorCode, p, field);
  return 0;
}

function arrayValue(field: usize, row: u32, p: usize): usize {
  if (load<u8>(p) != 91) return fail(E_VALUE, p, field);
  const element = <usize>load<u32>(field, CHILDREN);
  p = skipBlanks(p + 1);
  let used = load<u32>(field, USED);
  if (load<u8>(p) == 93) p++;
  else {
    while (true) {
      ensureRow(element, used);
      p = value(element, used, p);
      if (!p) {
        store<u32>(field, used, USED);
        return 0;
      }
      used++;
      store<u32>(field, used, USED);
      p = skipBlanks(p);
      const c = <u32>load<u8>(p);
      if (c != 44 && c != 93) return fail(E_ARRAY_END, p, field);
      p++;
      if (c == 93) break;
      p = skipBlanks(p);
    }
  }
  store<u32>(<usize>load<u32>(field, DATA) + (<usize>row << 2), used, 4);
  return p;
}
/** The place of a text key among those from `from` on, or `used` when it is the first of its kind. */
function sameKey(keys: usize, from: u32, used: u32): u32 {
  const views = <usize>load<u32>(keys, DATA), view = views + (<usize>used << 4);
  const head = load<u64>(view), length = load<u32>(view);
  for (let i = max<i32>(<i32>from, <i32>used - 1024); <u32>i < used; i++) {
    const other = views + (<usize>i << 4);
    if (load<u64>(other) != head) continue;
    if (length <= 12 ? load<u64>(other, 8) == load<u64>(view, 8) : memory.compare(<usize>load<u32>(other, 8), <usize>load<u32>(view, 8), length) == 0) return i;
  }
  return used;
}
function mapValue(field: usize, row: u32, p: usize): usize {
  if (load<u8>(p) != 123) return fail(E_VALUE, p, field);
  const keys = <usize>load<u32>(field, CHILDREN), values = keys + FIELD_BYTES;
  p = skipBlanks(p + 1);
  let used = load<u32>(field, USED);
  const from = used;
  if (load<u8>(p) == 125) p++;
  else {
    while (true) {
      ensureRow(keys, used);
      ensureRow(values, used);
      store<u32>(field, used, USED);
      if (load<u8>(p) != 34) return fail(E_KEY, p, field);
      if (load<u32>(keys, KIND) == TEXT) {
        p = stringAt(p + 1, keys);
        if (!p) return 0;
        putView(<usize>load<u32>(keys, DATA) + (<usize>used << 4), decodedAt, decodedLength);
      } else {
        p = textValue(keys, load<u32>(keys, KIND), used, p);
        if (!p) return 0;
      }
      p = skipBlanks(p);
      if (load<u8>(p) != 58) return fail(E_COLON, p, field);
      // A key that comes again gets the last of its values, where that can be put in the first one's place.
      const before = load<u32>(keys, KIND) == TEXT && load<u32>(values, KIND) < ARRAY ? sameKey(keys, from, used) : used;
      if (before < used) rewind(values, before);
      p = value(values, before, skipBlanks(p + 1));
      if (!p) return 0;
      if (before == used) used++;
      store<u32>(field, used, USED);
      p = skipBlanks(p);
      const c = <u32>load<u8>(p);
      if (c != 44 && c != 125) return fail(E_OBJECT_END, p, field);
      p++;
      if (c == 125) break;
      p = skipBlanks(p);
    }
  }
  store<u32>(<usize>load<u32>(field, DATA) + (<usize>row << 2), used, 4);
  return p;
}

/** The text of anything that is no string, for a text field: numbers and words as they stand, objects and arrays as written. */
function rawText(field: usize, row: u32, p: usize): usize {
  const end = skipValue(p);
  if (!end) return 0;
  putView(<usize>load<u32>(field, DATA) + (<usize>row << 4), p, <u32>(end - p));
  const c = <u32>load<u8>(p);
  if ((c == 123 || c == 91) && !isCompact(p, end)) patch(field, row, p, end);
  return end;
}
function typed(field: usize, row: u32, p: usize): usize {
  const kind = load<u32>(field, KIND);
  const c = <u32>load<u8>(p);
  if (kind == TEXT) {
    if (c == 34) {
      const end = plainEnd(p + 1);
      if (load<u8>(end) == 34) {
        putView(<usize>load<u32>(field, DATA) + (<usize>row << 4), p + 1, <u32>(end - p - 1));
        return end + 1;
      }
      const after = unescape(p + 1, field);
      if (after) putView(<usize>load<u32>(field, DATA) + (<usize>row << 4), decodedAt, decodedLength);
      return after;
    }
    if (isNullWord(p)) return putNull(field, row, p) ? p + 4 : 0;
    return rawText(field, row, p);
  }
  if (c == 110 && isNullWord(p)) return putNull(field, row, p) ? p + 4 : 0;
  if (kind >= DATE && kind <= TIMESTAMP_LTZ) {
    if (c != 34) return fail(E_VALUE, p, field);
    const q = putTemporal(field, kind, row, p + 1, separator);
    if (q && load<u8>(q) == 34) return q + 1;
    return textValue(field, kind, row, p);
  }
  if (kind >= ARRAY) {
    if (kind == ROW) return c == 123 ? objectValue(field, row, p + 1) : fail(E_VALUE, p, field);
    return kind == ARRAY ? arrayValue(field, row, p) : mapValue(field, row, p);
  }
  if (c == 34) return textValue(field, kind, row, p);
  if (kind == BOOLEAN) {
    const end = tokenEnd(p);
    const word = load<u32>(p);
    if ((end - p == 4 && word == 0x65757274) || (end - p == 5 && word == 0x736c6166 && load<u8>(p, 4) == 101)) {
      return putBooleanText(field, row, p, end);
    }
    // A number is a text that is not true. As Java's Boolean.parseBoolean.
    if (c == 45 || isDigit(c)) return putBooleanText(field, row, p, end);
    return fail(E_VALUE, p, field);
  }
  if (kind == BYTES) return fail(E_VALUE, p, field);
  // JSON has no leading zeros.
  if ((c == 48 && isDigit(load<u8>(p, 1))) || c == 43) return fail(E_VALUE, p, field);
  const q = putNumber(field, kind, row, p);
  if (!q) return 0;
  const next = <u32>load<u8>(q);
  return next == 44 || next == 125 || next == 93 || next <= 32 ? q : fail(E_VALUE, p, field);
}
function value(field: usize, row: u32, p: usize): usize {
  const q = typed(field, row, p);
  if (q || !(flags & SKIP_ERRORS) || !isValueError() || !load<u32>(field, 44)) return q;
  rewind(field, row);
  setNull(field, row);
  nulled++;
  return skipValue(p);
}

// @ts-ignore: decorator
@inline
function literalMatches(p: usize, field: usize): bool {
  const length = load<u32>(field, LITERAL_LENGTH);
  if (!length) return false;
  let hits = i8x16.bitmask(i8x16.eq(v128.load(p), v128.load(field, LITERAL)));
  if (length <= 16) {
    const want = (1 << <i32>length) - 1;
    return (hits & want) == want;
  }
  if (hits != 0xffff) return false;
  hits = i8x16.bitmask(i8x16.eq(v128.load(p, 16), v128.load(field, LITERAL + 16)));
  if (length <= 32) {
    const want = (1 << <i32>(length - 16)) - 1;
    return (hits & want) == want;
  }
  if (hits != 0xffff) return false;
  hits = i8x16.bitmask(i8x16.eq(v128.load(p, 32), v128.load(field, LITERAL + 32)));
  const want = (1 << <i32>(length - 32)) - 1;
  return (hits & want) == want;
}

/** Whether a field's key is the text at `at`; names too long for the literal are compared where the loader put them. */
function isKey(field: usize, at: usize, length: u32): bool {
  const literal = load<u32>(field, LITERAL_LENGTH);
  let key: usize;
  if (literal) {
    if (literal != length + 3) return false;
    key = field + LITERAL + 1;
  } else {
    if (load<u32>(field, LITERAL + 4) != length) return false;
    key = <usize>load<u32>(field, LITERAL);
  }
  return memory.compare(at, key, length) == 0;
}
/** The field of a key, found the long way; a key nobody asked for gets a descriptor too, so that it is predicted next time. */
function lookUp(row: usize, at: usize, length: u32): usize {
  let field = <usize>load<u32>(row, CHILDREN);
  for (let i = load<u32>(row, CHILD_COUNT); i > 0; i--, field += FIELD_BYTES) if (isKey(field, at, length)) return field;
  for (field = <usize>load<u32>(row, UNKNOWN); field; field = <usize>load<u32>(field, SIBLING)) if (isKey(field, at, length)) return field;
  if (!spareCount || length + 3 > LITERAL_MAX) return 0;
  spareCount--;
  field = spare;
  spare += FIELD_BYTES;
  memory.fill(field, 0, FIELD_BYTES);
  store<u32>(field, length + 3, LITERAL_LENGTH);
  store<u8>(field, 34, LITERAL);
  memory.copy(field + LITERAL + 1, at, length);
  store<u16>(field + LITERAL + 1 + <usize>length, 0x3a22);
  store<u32>(field, load<u32>(row, UNKNOWN), SIBLING);
  store<u32>(row, <u32>field, UNKNOWN);
  return field;
}

/** An object for a ROW; `p` behind its brace. */
function objectValue(row: usize, index: u32, p: usize): usize {
  const stamp = ++serial;
  let left = load<u32>(row, CHILD_COUNT);
  let prediction = row + NEXT;
  p = skipBlanks(p);
  if (load<u8>(p) == 125) p++;
  else {
    while (true) {
      let field = <usize>load<u32>(prediction);
      if (field && literalMatches(p, field)) p += <usize>load<u32>(field, LITERAL_LENGTH);
      else {
        if (load<u8>(p) != 34) return fail(E_KEY, p, row);
        const after = stringAt(p + 1, row);
        if (!after) return 0;
        const plain = decodedAt == p + 1;
        field = lookUp(row, decodedAt, decodedLength);
        p = skipBlanks(after);
        if (load<u8>(p) != 58) return fail(E_COLON, p, row);
        p++;
        if (field && plain) store<u32>(prediction, <u32>field);
      }
      let c = <u32>load<u8>(p);
      if (c <= 32) {
        p = skipBlanks(p);
        c = <u32>load<u8>(p);
      }
      const kind = field ? load<u32>(field, KIND) : SKIP;
      if (kind == SKIP) p = skipValue(p);
      else {
        if (load<u32>(field, STAMP) == stamp) {
          rewind(field, index);
          patchesForget(field, index);
        } else {
          store<u32>(field, stamp, STAMP);
          left--;
        }
        // The commonest values right here, everything else by `value`.
        let q: usize = 0;
        if (kind == TEXT) {
          if (c == 34) {
            const close = plainEnd(p + 1);
            if (load<u8>(close) == 34) {
              putView(<usize>load<u32>(field, DATA) + (<usize>index << 4), p + 1, <u32>(close - p - 1));
              q = close + 1;
            }
          }
        } else if (kind == I64) {
          // Begins with 1 to 9 and ends at a comma or brace: a plain number.
          if (c - 49 < 9) {
            q = parseInteger(p);
            const next = q ? <u32>load<u8>(q) : 0;
            if (next == 44 || next == 125) store<i64>(<usize>load<u32>(field, DATA) + (<usize>index << 3), integer);
            else {
              q = 0;
              noRangeError();
            }
          }
        }
        else if (kind == TIMESTAMP && c == 34) {
          q = parseTimestamp(p + 1, separator, load<u32>(field, PRECISION));
          if (q && load<u8>(q) == 34) {
            store<i64>(<usize>load<u32>(field, DATA) + (<usize>index << 3), integer);
            q++;
          } else {
            q = 0;
            noRangeError();
          }
        }
        p = q ? q : value(field, index, p);
      }
      if (!p) return 0;
      c = <u32>load<u8>(p);
      if (c <= 32) {
        p = skipBlanks(p);
        c = <u32>load<u8>(p);
      }
      p++;
      if (c == 125) break;
      if (c != 44) return fail(E_OBJECT_END, p - 1, row);
      if (load<u8>(p) <= 32) p = skipBlanks(p);
      if (field) prediction = field + NEXT;
    }
  }
  return left ? missing(row, index, stamp, p) : p;
}
function missing(row: usize, index: u32, stamp: u32, p: usize): usize {
  let field = <usize>load<u32>(row, CHILDREN);
  for (let i = load<u32>(row, CHILD_COUNT); i > 0; i--, field += FIELD_BYTES) {
    if (load<u32>(field, STAMP) == stamp) continue;
    if ((flags & FAIL_ON_MISSING) || !load<u32>(field, 44)) {
      if (!(flags & SKIP_ERRORS) || !load<u32>(field, 44)) return fail(E_MISSING, p - 1, field);
      nulled++;
    }
    setNull(field, index);
  }
  return p;
}

function begin(block: usize): void {
  flags = load<u32>(block, FLAGS);
  separator = flags & ISO ? 84 : 32;
  spare = <usize>load<u32>(block, SPARE);
  spareCount = load<u32>(block, SPARE_COUNT);
  nulled = 0;
  serial = 0;
  heapReset();
  patchesReset();
  prepareField(<usize>load<u32>(block, ROOT), load<u32>(block, ROWS));
}
/** What was learned of keys, and what JavaScript has to look at. */
function keep(block: usize): void {
  store<u32>(block, <u32>spare, SPARE);
  store<u32>(block, spareCount, SPARE_COUNT);
  store<u32>(block, nulled, NULLED);
  store<u32>(block, patches, PATCH_COUNT);
}

/**
 * Decodes whole lines from POSITION to END (behind a line's end) into at most ROWS rows. On a bad record without SKIP_ERRORS it stops with
 * ERROR set; the rows before it stand. Returns the number of rows.
 */
export function json_decode(block: usize): u32 {
  const root = <usize>load<u32>(block, ROOT);
  const rowsMax = load<u32>(block, ROWS);
  const end = <usize>load<u32>(block, END);
  let p = <usize>load<u32>(block, POSITION);
  begin(block);
  badReset();
  let valid = <usize>load<u32>(block, VALID_UNTIL);
  let row: u32 = 0, skipped: u32 = 0, lines: u32 = 0;
  store<u32>(block, 0, ERROR);
  let inArray = load<u32>(block, IN_ARRAY) != 0;
  while (p < end && row < rowsMax && patches < PATCHES_FULL && badRecords < BAD_MAX) {
    const record = p, patchesBefore = patches;
    p = skipBlanks(p);
    if (!inArray) {
      if (load<u8>(p) == 10) {
        p++;
        lines++;
        continue;
      }
      // An array's elements are records, as Flink reads them.
      if (load<u8>(p) == 91) {
        const first = skipBlanks(p + 1);
        inArray = load<u8>(first) != 93;
        p = inArray ? first : first + 1;
        if (!inArray) {
          p = skipBlanks(p);
          if (load<u8>(p) == 10) continue;
        }
      }
    }
    let q: usize = 0;
    if (load<u8>(p) != 123) fail(E_OBJECT, p, root);
    else {
      q = objectValue(root, row, p + 1);
      if (q) {
        if (load<u8>(q) != 10) {
          let after = skipBlanks(q);
          if (inArray) {
            const c = <u32>load<u8>(after);
            if (c == 44) q = after;
            else if (c == 93) {
              inArray = false;
              after = skipBlanks(after + 1);
              q = load<u8>(after) == 10 ? after : fail(E_TRAILING, after, root);
            } else q = fail(E_ARRAY_END, after, root);
          } else q = load<u8>(after) == 10 ? after : fail(E_TRAILING, after, root);
        } else if (inArray) q = fail(E_ARRAY_END, q, root);
        // The record reaches behind the first byte that is not UTF-8.
        if (q > valid) q = fail(E_UTF8, valid, root);
      }
    }
    if (!q) {
      patchesTo(patchesBefore);
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
      inArray = false;
      q = lineEnd(record);
      if (q >= valid && valid < end) valid = utf8_validate(q, end);
    } else row++;
    p = q + 1;
    if (!inArray) lines++;
  }
  store<u32>(block, inArray ? 1 : 0, IN_ARRAY);
  store<u32>(block, badRecords, BAD_COUNT);
  store<u32>(block, <u32>p, POSITION);
  keep(block);
  store<u32>(block, skipped, SKIPPED);
  store<u32>(block, <u32>valid, VALID_UNTIL);
  store<u32>(block, lines, LINES);
  return row;
}

/**
 * Decodes ROWS records where they lie (POSITION: of each its address and length), when each is one object in UTF-8 on one line: the number of rows. Where
 * a record is not, it stops, and its number is returned: the rows before it do not count. The byte behind a record is a line's end meanwhile.
 */
export function json_decode_places(block: usize): u32 {
  const root = <usize>load<u32>(block, ROOT), places = <usize>load<u32>(block, POSITION);
  const count = load<u32>(block, ROWS);
  begin(block);
  let row: u32 = 0;
  for (; row < count && patches < PATCHES_FULL; row++) {
    const at = <usize>load<u32>(places + (<usize>row << 3)), length = load<u32>(places + (<usize>row << 3), 4);
    // also NULL
    if (<i32>length <= 0 || load<u8>(at) != 123) break;
    const end = at + <usize>length, behind = load<u8>(end);
    store<u8>(end, 10);
    let p = objectValue(root, row, at + 1);
    if (p && p < end) p = skipBlanks(p);
    store<u8>(end, behind);
    if (p != end || !isUtf8(at, end)) break;
  }
  keep(block);
  return row;
}

/** Mostly ASCII: whole vectors, the last of which may hold what lies before the text. */
function isUtf8(from: usize, end: usize): bool {
  let high = i8x16.splat(0);
  let p = from;
  for (; p + 16 <= end; p += 16) high = v128.or(high, v128.load(p));
  let mask = i8x16.bitmask(high);
  if (p < end) mask |= i8x16.bitmask(v128.load(p)) & ((1 << <i32>(end - p)) - 1);
  return mask == 0 || utf8_validate(from, end) == end;
}
