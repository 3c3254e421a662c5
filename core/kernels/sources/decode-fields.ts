// What the text formats share: where decoded values go (field descriptors), NULLs, growing lists, errors.
// The descriptor's layout is described in core/kernels/decode.ts.
import { arenaAllocate } from "./memory";

export const KIND: usize = 0, DATA: usize = 4, VALIDITY: usize = 8, NULLS: usize = 12, PRECISION: usize = 16, SCALE: usize = 20,
  CHILDREN: usize = 24, CHILD_COUNT: usize = 28, STAMP: usize = 32, USED: usize = 36, CAPACITY: usize = 40, NULLABLE: usize = 44,
  UNKNOWN: usize = 48, NEXT: usize = 52, SIBLING: usize = 56, LITERAL_LENGTH: usize = 60, LITERAL: usize = 64;
export const FIELD_BYTES: usize = 128;
export const LITERAL_MAX: u32 = 48;

export const SKIP: u32 = 0, BOOLEAN: u32 = 1, I8: u32 = 2, I16: u32 = 3, I32: u32 = 4, I64: u32 = 5, F32: u32 = 6, F64: u32 = 7, DECIMAL64: u32 = 8,
  DECIMAL128: u32 = 9, TEXT: u32 = 10, BYTES: u32 = 11, DATE: u32 = 12, TIME: u32 = 13, TIMESTAMP: u32 = 14, TIMESTAMP_LTZ: u32 = 15,
  ARRAY: u32 = 16, MAP: u32 = 17, MULTISET: u32 = 18, ROW: u32 = 19;

export const E_OBJECT: u32 = 1, E_KEY: u32 = 2, E_COLON: u32 = 3, E_OBJECT_END: u32 = 4, E_ARRAY_END: u32 = 5, E_VALUE: u32 = 6, E_RANGE: u32 = 7,
  E_NULL: u32 = 8, E_MISSING: u32 = 9, E_STRING: u32 = 10, E_ESCAPE: u32 = 11, E_TRAILING: u32 = 12, E_TOO_MANY: u32 = 13, E_QUOTE: u32 = 14,
  E_AFTER_QUOTE: u32 = 15, E_UTF8: u32 = 16, E_SYNTAX: u32 = 17, E_TOO_FEW: u32 = 18;

export let errorCode: u32 = 0;
export let errorAt: usize = 0;
export let errorField: usize = 0;
/** Always 0, the "no place" that parsers return. */
export function fail(code: u32, at: usize, field: usize): usize {
  errorCode = code;
  errorAt = at;
  errorField = field;
  return 0;
}
/** Errors of a value, which may become NULL; all others break the record. */
export function isValueError(): bool {
  return errorCode == E_VALUE || errorCode == E_RANGE || errorCode == E_NULL || errorCode == E_ESCAPE;
}

// Records left out that somebody wants to hear of: start and end of the record, error, its place and field.
const BAD_BYTES: usize = 20;
export const BAD_MAX: u32 = 256;
const BAD = memory.data(256 * 20, 16);
export let badRecords: u32 = 0;
export function badReset(): void {
  badRecords = 0;
}
export function badAdd(record: usize, end: usize): void {
  const at = BAD + <usize>badRecords * BAD_BYTES;
  badRecords++;
  store<u32>(at, <u32>record);
  store<u32>(at, <u32>end, 4);
  store<u32>(at, errorCode, 8);
  store<u32>(at, <u32>errorAt, 12);
  store<u32>(at, <u32>errorField, 16);
}
export function decode_bad(): usize {
  return BAD;
}

// Text that is not in the input as it stands (escapes, base64) is put here, a chunk of the arena at a time.
let heap: usize = 0;
let heapEnd: usize = 0;
export function heapReset(): void {
  heap = heapEnd = 0;
}
export function heapReserve(bytes: u32): usize {
  if (heap + <usize>bytes + 16 > heapEnd) {
    const size = max<u32>(bytes + 16, 16384);
    heap = arenaAllocate(size);
    heapEnd = heap + size;
  }
  return heap;
}
export function heapCommit(end: usize): void {
  heap = end;
}

// @ts-ignore: decorator
@inline
export function putView(at: usize, source: usize, length: u32): void {
  if (length > 12) {
    store<u32>(at, length);
    store<u32>(at, load<u32>(source), 4);
    store<u64>(at, <u64>source, 8);
  } else {
    // Whole words are read and the rest masked away: the input has slack behind its end.
    const low = length >= 8 ? load<u64>(source) : load<u64>(source) & ((<u64>1 << (<u64>length << 3)) - 1);
    const high = length > 8 ? load<u32>(source, 8) & <u32>((<u64>1 << ((<u64>length - 8) << 3)) - 1) : 0;
    store<u32>(at, length);
    store<u64>(at, low, 4);
    store<u32>(at, high, 12);
  }
}

/** Log2 of a cell's bytes; 255 for ROW, 2 for the offsets of lists. */
function cellShift(kind: u32): u32 {
  switch (kind) {
    case BOOLEAN:
    case I8: return 0;
    case I16: return 1;
    case I32:
    case F32:
    case DATE:
    case TIME:
    case ARRAY:
    case MAP:
    case MULTISET: return 2;
    case I64:
    case F64:
    case DECIMAL64:
    case TIMESTAMP:
    case TIMESTAMP_LTZ: return 3;
    case DECIMAL128:
    case TEXT:
    case BYTES: return 4;
    default: return 255;
  }
}
// @ts-ignore: decorator
@inline
function isList(kind: u32): bool {
  return kind >= ARRAY && kind <= MULTISET;
}

/** Fresh buffers for `capacity` rows; nothing used yet. */
export function prepareField(field: usize, capacity: u32): void {
  const kind = load<u32>(field, KIND);
  const shift = cellShift(kind);
  store<u32>(field, capacity, CAPACITY);
  store<u32>(field, 0, NULLS);
  store<u32>(field, 0, USED);
  store<u32>(field, 0, STAMP);
  const bitmapBytes = ((capacity + 63) >> 6) << 3;
  const bitmap = arenaAllocate(bitmapBytes);
  memory.fill(bitmap, 255, bitmapBytes);
  store<u32>(field, <u32>bitmap, VALIDITY);
  if (shift < 255) store<u32>(field, <u32>arenaAllocate((capacity + 1) << shift), DATA);
  const children = <usize>load<u32>(field, CHILDREN), count = load<u32>(field, CHILD_COUNT);
  if (isList(kind)) {
    store<i32>(<usize>load<u32>(field, DATA), 0);
    for (let i: u32 = 0; i < count; i++) prepareField(children + <usize>i * FIELD_BYTES, 1024);
  } else for (let i: u32 = 0; i < count; i++) prepareField(children + <usize>i * FIELD_BYTES, capacity);
}
/** Room for element `row` of a list. */
// @ts-ignore: decorator
@inline
export function ensureRow(field: usize, row: u32): void {
  if (row >= load<u32>(field, CAPACITY)) grow(field, row + 1);
}
function grow(field: usize, least: u32): void {
  const before = load<u32>(field, CAPACITY), kind = load<u32>(field, KIND), shift = cellShift(kind);
  const capacity = max<u32>(least, before * 2);
  store<u32>(field, capacity, CAPACITY);
  const oldBytes = ((before + 63) >> 6) << 3, newBytes = ((capacity + 63) >> 6) << 3;
  const bitmap = arenaAllocate(newBytes);
  memory.copy(bitmap, <usize>load<u32>(field, VALIDITY), oldBytes);
  memory.fill(bitmap + oldBytes, 255, newBytes - oldBytes);
  store<u32>(field, <u32>bitmap, VALIDITY);
  if (shift < 255) {
    const data = arenaAllocate((capacity + 1) << shift);
    memory.copy(data, <usize>load<u32>(field, DATA), (before + 1) << shift);
    store<u32>(field, <u32>data, DATA);
  }
  if (kind == ROW) {
    const children = <usize>load<u32>(field, CHILDREN), count = load<u32>(field, CHILD_COUNT);
    for (let i: u32 = 0; i < count; i++) grow(children + <usize>i * FIELD_BYTES, capacity);
  }
}

/** NULL at a row, with harmless data, in the field and all below it. */
export function setNull(field: usize, row: u32): void {
  const at = <usize>load<u32>(field, VALIDITY) + <usize>(row >> 3);
  store<u8>(at, load<u8>(at) & ~(<u8>1 << <u8>(row & 7)));
  store<u32>(field, load<u32>(field, NULLS) + 1, NULLS);
  const kind = load<u32>(field, KIND);
  const data = <usize>load<u32>(field, DATA);
  if (kind == TEXT || kind == BYTES) v128.store(data + (<usize>row << 4), i64x2.splat(0));
  else if (isList(kind)) store<u32>(data + (<usize>row << 2), load<u32>(field, USED), 4);
  else if (kind == ROW) {
    const children = <usize>load<u32>(field, CHILDREN), count = load<u32>(field, CHILD_COUNT);
    for (let i: u32 = 0; i < count; i++) setNull(children + <usize>i * FIELD_BYTES, row);
  }
}
/** NULL from the data: `p` when the field takes it, else an error there. */
export function putNull(field: usize, row: u32, p: usize): usize {
  if (!load<u32>(field, NULLABLE)) return fail(E_NULL, p, field);
  setNull(field, row);
  return p;
}

/** Forgets what was written to a row, so that it can be written again. */
export function rewind(field: usize, row: u32): void {
  const at = <usize>load<u32>(field, VALIDITY) + <usize>(row >> 3);
  store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(row & 7)));
  const children = <usize>load<u32>(field, CHILDREN), count = load<u32>(field, CHILD_COUNT);
  if (count == 0) return;
  if (load<u32>(field, KIND) == ROW) {
    for (let i: u32 = 0; i < count; i++) rewind(children + <usize>i * FIELD_BYTES, row);
    return;
  }
  const from = load<u32>(<usize>load<u32>(field, DATA) + (<usize>row << 2)), to = load<u32>(field, USED);
  for (let element = from; element <= to; element++) {
    for (let i: u32 = 0; i < count; i++) {
      const child = children + <usize>i * FIELD_BYTES;
      if (element < load<u32>(child, CAPACITY)) rewind(child, element);
    }
  }
  store<u32>(field, from, USED);
}
