// Avro's binary encoding to columns, along a tree of nodes that says how the writer's schema goes into the table's fields.
// Source: Apache Avro specification 1.12, "Binary Encoding".
import {
  BYTES, CHILDREN, CHILD_COUNT, DATA, DATE, DECIMAL64, E_NULL, E_RANGE, E_SYNTAX, E_UTF8, F32, F64, FIELD_BYTES, I16, I32, I64, I8, KIND,
  NULLABLE, PRECISION, TIME, TIMESTAMP, TIMESTAMP_LTZ, USED, ensureRow, errorAt, errorCode, errorField, fail, heapReset, prepareField, putNull, putView, rewind, setNull,
} from "./decode-fields";
import { utf8_validate } from "./decode-utf8";

// The parameter block's places are those of the text formats; a node's are described in core/kernels/avro.ts.
const POSITION: usize = 0, END: usize = 4, ROWS: usize = 8, ROOT: usize = 12, ERROR: usize = 28, ERROR_AT: usize = 32, ERROR_FIELD: usize = 36, RECORD_AT: usize = 56,
  NODE: usize = 80;
const OP: usize = 0, FIELD: usize = 4, SIZE: usize = 8, BRANCHES: usize = 12, BRANCH_COUNT: usize = 16, MULTIPLY: usize = 24, DIVIDE: usize = 32;
const NULL: u32 = 0, BOOL: u32 = 1, INTEGER: u32 = 2, FLOAT: u32 = 3, DOUBLE: u32 = 4, STRING: u32 = 5, FIXED: u32 = 6, DECIMAL: u32 = 7, ENUM: u32 = 8,
  LIST: u32 = 9, MAPPED: u32 = 10, RECORD: u32 = 11, UNION: u32 = 12, ABSENT: u32 = 13;
/** Elements of no bytes that a list may have: more are a file that wants to keep us busy. */
const EMPTY_ELEMENTS_MAX: u64 = 1 << 20;

let end: usize = 0;
let number: i64 = 0;

/** A zig-zag number of up to ten bytes into `number`. */
// @ts-ignore: decorator
@inline
function long(p: usize): usize {
  if (p < end) {
    const first = <u64>load<u8>(p);
    if (first < 128) {
      number = <i64>(first >> 1) ^ -<i64>(first & 1);
      return p + 1;
    }
  }
  return longTail(p);
}
function longTail(p: usize): usize {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (p >= end) return fail(E_SYNTAX, p, 0);
    const byte = <u64>load<u8>(p++);
    value |= (byte & 127) << shift;
    if (byte < 128) {
      number = <i64>(value >> 1) ^ -<i64>(value & 1);
      return p;
    }
  }
  return fail(E_SYNTAX, p, 0);
}
/** A length of what follows into `number`. */
// @ts-ignore: decorator
@inline
function size(p: usize, node: usize): usize {
  const fixed = load<u32>(node, SIZE);
  if (fixed) number = <i64>fixed - 1;
  else {
    p = long(p);
    if (!p) return 0;
  }
  return <u64>number > <u64>(end - p) ? fail(E_SYNTAX, p, load<u32>(node, FIELD)) : p;
}
// @ts-ignore: decorator
@inline
function cell(field: usize, row: u32, shift: u32): usize {
  return <usize>load<u32>(field, DATA) + (<usize>row << shift);
}

function putInteger(node: usize, field: usize, row: u32, p: usize): bool {
  const kind = load<u32>(field, KIND);
  let value = number;
  if (kind == I64) store<i64>(cell(field, row, 3), value);
  else if (kind == I32) {
    if (value != <i64><i32>value) return fail(E_RANGE, p, field) != 0;
    store<i32>(cell(field, row, 2), <i32>value);
  } else if (kind == TIMESTAMP || kind == TIMESTAMP_LTZ) {
    const multiply = load<i64>(node, MULTIPLY), divide = load<i64>(node, DIVIDE);
    if (multiply > 1) {
      if (abs(value) > i64.MAX_VALUE / multiply) return fail(E_RANGE, p, field) != 0;
      value *= multiply;
    } else if (divide > 1) value = value / divide - <i64>(value % divide < 0);
    store<i64>(cell(field, row, 3), value);
  } else if (kind == TIME) {
    value /= load<i64>(node, DIVIDE);
    if (<u64>value >= 86400000) return fail(E_RANGE, p, field) != 0;
    store<i32>(cell(field, row, 2), <i32>value);
  } else if (kind == DATE) {
    if (value != <i64><i32>value) return fail(E_RANGE, p, field) != 0;
    store<i32>(cell(field, row, 2), <i32>value);
  } else if (kind == I16) {
    if (value != <i64><i16>value) return fail(E_RANGE, p, field) != 0;
    store<i16>(cell(field, row, 1), <i16>value);
  } else if (kind == I8) {
    if (value != <i64><i8>value) return fail(E_RANGE, p, field) != 0;
    store<i8>(cell(field, row, 0), <i8>value);
  } else if (kind == F32) store<f32>(cell(field, row, 2), <f32>value);
  else store<f64>(cell(field, row, 3), <f64>value);
  return true;
}

/** Two's complement, the highest byte first; NULL when it does not fit the declared precision, as Flink's decimals. */
function putDecimal(field: usize, row: u32, p: usize, length: u32): bool {
  let low: u64 = 0, high: u64 = 0;
  const negative = length > 0 && load<i8>(p) < 0;
  if (negative) {
    low = u64.MAX_VALUE;
    high = u64.MAX_VALUE;
  }
  for (let i: u32 = 0; i < length; i++) {
    const dropped = high >> 56;
    // What is pushed out has to be the sign only.
    if (i >= 16 && dropped != (negative ? 255 : 0)) return fail(E_RANGE, p, field) != 0;
    high = (high << 8) | (low >> 56);
    low = (low << 8) | <u64>load<u8>(p + <usize>i);
  }
  if (length >= 16 && <bool>(high >> 63) != negative) return fail(E_RANGE, p, field) != 0;
  if (load<u32>(field, KIND) == DECIMAL64) {
    if (<i64>high != <i64>low >> 63) return fail(E_RANGE, p, field) != 0;
    let bound: i64 = 1;
    for (let digits = load<u32>(field, PRECISION); digits > 0; digits--) bound *= 10;
    if (<i64>low >= bound || <i64>low <= -bound) return putNull(field, row, p) != 0;
    store<u64>(cell(field, row, 3), low);
    return true;
  }
  store<u64>(cell(field, row, 4), low);
  store<u64>(cell(field, row, 4), high, 8);
  return true;
}

function putText(field: usize, row: u32, p: usize, length: u32): bool {
  const kind = load<u32>(field, KIND);
  if (kind != BYTES) {
    let q = p;
    const to = p + <usize>length;
    while (q + 16 <= to && !i8x16.bitmask(v128.load(q))) q += 16;
    // Bytes behind the text are readable, and masked away.
    if (q < to && (i8x16.bitmask(v128.load(q)) & ((1 << <i32>(to - q)) - 1)) == 0) q = to;
    if (q < to && utf8_validate(q, to) != to) return fail(E_UTF8, q, field) != 0;
  }
  putView(cell(field, row, 4), p, length);
  return true;
}

/** The next run of a list's elements: their number, or 0 at the end; negative numbers are followed by the run's bytes. */
function run(p: usize): usize {
  p = long(p);
  if (!p || number >= 0) return p;
  const count = -number;
  p = long(p);
  number = count;
  return p;
}
function list(node: usize, row: u32, p: usize, op: u32): usize {
  const field = <usize>load<u32>(node, FIELD);
  const element = <usize>load<u32>(<usize>load<u32>(node, BRANCHES));
  const first = field ? <usize>load<u32>(field, CHILDREN) : 0;
  let used = field ? load<u32>(field, USED) : 0;
  let empty: u64 = 0;
  while (true) {
    p = run(p);
    if (!p) return 0;
    const count = <u64>number;
    if (count == 0) break;
    for (let i: u64 = 0; i < count; i++) {
      const before = p;
      if (field) {
        ensureRow(first, used);
        if (op == MAPPED) ensureRow(first + FIELD_BYTES, used);
        store<u32>(field, used, USED);
      }
      if (op == MAPPED) {
        p = long(p);
        if (!p) return 0;
        if (<u64>number > <u64>(end - p)) return fail(E_SYNTAX, p, field);
        const length = <u32>number;
        if (field && !putText(first, used, p, length)) return 0;
        p += <usize>length;
      }
      p = value(element, used, p);
      if (!p) return 0;
      if (p == before && ++empty > EMPTY_ELEMENTS_MAX) return fail(E_SYNTAX, p, field);
      used++;
    }
    if (field) store<u32>(field, used, USED);
  }
  if (field) store<u32>(<usize>load<u32>(field, DATA) + (<usize>row << 2), used, 4);
  return p;
}

/** One value at `p` into row `row` of the node's field, if it has one; the place behind it, or 0 with an error. */
function value(node: usize, row: u32, p: usize): usize {
  let op = load<u32>(node, OP);
  while (op == UNION) {
    p = long(p);
    if (!p) return 0;
    if (<u64>number >= <u64>load<u32>(node, BRANCH_COUNT)) return fail(E_SYNTAX, p, load<u32>(node, FIELD));
    node = <usize>load<u32>(<usize>load<u32>(node, BRANCHES) + (<usize>number << 2));
    op = load<u32>(node, OP);
  }
  const field = <usize>load<u32>(node, FIELD);
  switch (op) {
    case NULL: return field ? putNull(field, row, p) : p;
    case BOOL: {
      if (p >= end) return fail(E_SYNTAX, p, field);
      if (field) store<u8>(cell(field, row, 0), load<u8>(p) ? 1 : 0);
      return p + 1;
    }
    case INTEGER: {
      const q = long(p);
      return !q || !field || putInteger(node, field, row, p) ? q : 0;
    }
    case FLOAT: {
      if (p + 4 > end) return fail(E_SYNTAX, p, field);
      if (field) {
        if (load<u32>(field, KIND) == F32) store<f32>(cell(field, row, 2), load<f32>(p));
        else store<f64>(cell(field, row, 3), <f64>load<f32>(p));
      }
      return p + 4;
    }
    case DOUBLE: {
      if (p + 8 > end) return fail(E_SYNTAX, p, field);
      if (field) store<f64>(cell(field, row, 3), load<f64>(p));
      return p + 8;
    }
    case STRING:
    case FIXED:
    case DECIMAL: {
      p = size(p, node);
      if (!p) return 0;
      const length = <u32>number;
      if (field && !(op == DECIMAL ? putDecimal(field, row, p, length) : putText(field, row, p, length))) return 0;
      return p + <usize>length;
    }
    case ENUM: {
      const q = long(p);
      if (!q) return 0;
      if (<u64>number >= <u64>load<u32>(node, BRANCH_COUNT)) return fail(E_SYNTAX, p, field);
      const symbol = <usize>load<u32>(node, BRANCHES) + (<usize>number << 3);
      if (field) putView(cell(field, row, 4), <usize>load<u32>(symbol), load<u32>(symbol, 4));
      return q;
    }
    case LIST:
    case MAPPED: return list(node, row, p, op);
    case RECORD: {
      const children = <usize>load<u32>(node, BRANCHES), count = load<u32>(node, BRANCH_COUNT);
      for (let i: u32 = 0; i < count; i++) {
        p = value(<usize>load<u32>(children + (<usize>i << 2)), row, p);
        if (!p) return 0;
      }
      return p;
    }
    default: {
      // A column the file does not have.
      if (!load<u32>(field, NULLABLE)) return fail(E_NULL, p, field);
      setNull(field, row);
      return p;
    }
  }
}

/**
 * Decodes ROWS records from POSITION on, which end at END at the latest, by the node NODE into the fields of ROOT. Stops at a record that is wrong,
 * with ERROR set; the rows before it stand. Returns the number of rows.
 */
export function avro_decode(block: usize): u32 {
  const root = <usize>load<u32>(block, ROOT);
  const rows = load<u32>(block, ROWS);
  const node = <usize>load<u32>(block, NODE);
  let p = <usize>load<u32>(block, POSITION);
  end = <usize>load<u32>(block, END);
  heapReset();
  prepareField(root, rows);
  store<u32>(block, 0, ERROR);
  let row: u32 = 0;
  for (; row < rows; row++) {
    const q = value(node, row, p);
    if (!q) {
      rewind(root, row);
      store<u32>(block, errorCode, ERROR);
      store<u32>(block, <u32>errorAt, ERROR_AT);
      store<u32>(block, <u32>errorField, ERROR_FIELD);
      store<u32>(block, <u32>p, RECORD_AT);
      break;
    }
    p = q;
  }
  store<u32>(block, <u32>p, POSITION);
  return row;
}
