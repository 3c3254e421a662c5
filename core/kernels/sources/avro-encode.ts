// Columns to Avro's binary encoding. A row that does not fit into what is left of the buffer is taken back, and the caller empties the buffer.
// Source: Apache Avro specification 1.12, "Binary Encoding".

// The parameter block, and a column's descriptor; core/kernels/avro.ts describes them.
const FROM: usize = 0, TO: usize = 4, ROOT: usize = 8, OUT: usize = 12, OUT_END: usize = 16, ROW_ENDS: usize = 20, ENVELOPE: usize = 24;
const KIND: usize = 0, DATA: usize = 4, VALIDITY: usize = 8, NULLABLE: usize = 12, CHILDREN: usize = 16, CHILD_COUNT: usize = 20, MULTIPLY: usize = 24, DIVIDE: usize = 32;
const COLUMN_BYTES: usize = 48;
const BOOLEAN: u32 = 1, I8: u32 = 2, I16: u32 = 3, I32: u32 = 4, I64: u32 = 5, F32: u32 = 6, F64: u32 = 7, DECIMAL64: u32 = 8, DECIMAL128: u32 = 9, TEXT: u32 = 10,
  BYTES: u32 = 11, DATE: u32 = 12, TIME: u32 = 13, ARRAY: u32 = 16, MAP: u32 = 17, MULTISET: u32 = 18, ROW: u32 = 19;

let out: usize = 0;
let outEnd: usize = 0;
let full = false;

// @ts-ignore: decorator
@inline
function room(bytes: usize): bool {
  if (out + bytes <= outEnd) return true;
  full = true;
  return false;
}
/** A number as zig-zag, in up to ten bytes, for which there is room. */
function long(value: i64): void {
  let rest = <u64>(value << 1) ^ <u64>(value >> 63);
  while (rest > 127) {
    store<u8>(out++, <u8>(rest & 127) | 128);
    rest >>= 7;
  }
  store<u8>(out++, <u8>rest);
}
/** Two's complement in as few bytes as hold it, the highest first. */
function decimal(low: u64, high: u64): void {
  let bytes: u32 = 16;
  const sign = <u64>(<i64>high >> 63);
  while (bytes > 1) {
    const top = byteOf(low, high, bytes - 1), next = byteOf(low, high, bytes - 2);
    if (top != (sign & 255) || (next >> 7) != (sign & 1)) break;
    bytes--;
  }
  long(<i64>bytes);
  for (let i = bytes; i > 0; i--) store<u8>(out++, <u8>byteOf(low, high, i - 1));
}
// @ts-ignore: decorator
@inline
function byteOf(low: u64, high: u64, index: u32): u64 {
  return ((index < 8 ? low >> (<u64>index << 3) : high >> ((<u64>index - 8) << 3)) & 255);
}

function value(column: usize, row: u32): void {
  if (!room(32)) return;
  const validity = <usize>load<u32>(column, VALIDITY);
  const isNull = validity != 0 && (<u32>load<u8>(validity + <usize>(row >> 3)) & (1 << (row & 7))) == 0;
  // The union of null and the type: which of the two comes first.
  if (load<u32>(column, NULLABLE)) {
    store<u8>(out++, isNull ? 0 : 2);
    if (isNull) return;
  }
  const data = <usize>load<u32>(column, DATA);
  switch (load<u32>(column, KIND)) {
    case BOOLEAN: return store<u8>(out++, load<u8>(data + <usize>row));
    case I8: return long(<i64>load<i8>(data + <usize>row));
    case I16: return long(<i64>load<i16>(data + (<usize>row << 1)));
    case I32:
    case DATE:
    case TIME: return long(<i64>load<i32>(data + (<usize>row << 2)));
    case F32: {
      store<u32>(out, load<u32>(data + (<usize>row << 2)));
      out += 4;
      return;
    }
    case F64: {
      store<u64>(out, load<u64>(data + (<usize>row << 3)));
      out += 8;
      return;
    }
    case DECIMAL64: {
      const unscaled = load<i64>(data + (<usize>row << 3));
      return decimal(<u64>unscaled, <u64>(unscaled >> 63));
    }
    case DECIMAL128: return decimal(load<u64>(data + (<usize>row << 4)), load<u64>(data + (<usize>row << 4), 8));
    case TEXT:
    case BYTES: {
      const view = data + (<usize>row << 4);
      const length = load<u32>(view);
      if (!room(<usize>length + 16)) return;
      long(<i64>length);
      memory.copy(out, length > 12 ? <usize>load<u32>(view, 8) : view + 4, length);
      out += <usize>length;
      return;
    }
    case ARRAY:
    case MAP:
    case MULTISET: {
      const children = <usize>load<u32>(column, CHILDREN), both = load<u32>(column, KIND) != ARRAY;
      const from = load<u32>(data + (<usize>row << 2)), to = load<u32>(data + (<usize>row << 2), 4);
      if (to > from) long(<i64>(to - from));
      for (let i = from; i < to && !full; i++) {
        value(children, i);
        if (both) value(children + COLUMN_BYTES, i);
      }
      if (room(8)) store<u8>(out++, 0);
      return;
    }
    case ROW: {
      const children = <usize>load<u32>(column, CHILDREN), count = load<u32>(column, CHILD_COUNT);
      for (let i: u32 = 0; i < count && !full; i++) value(children + <usize>i * COLUMN_BYTES, row);
      return;
    }
    default: {
      const stored = load<i64>(data + (<usize>row << 3));
      const divide = load<i64>(column, DIVIDE);
      long(divide > 1 ? stored / divide - <i64>(stored % divide < 0) : stored * load<i64>(column, MULTIPLY));
    }
  }
}

/** Writes rows FROM to TO to OUT, up to OUT_END; FROM, OUT and ROW_ENDS move on. Returns 1 when the buffer was too small for the next row. */
export function avro_encode(block: usize): u32 {
  let row = load<u32>(block, FROM);
  const to = load<u32>(block, TO), root = <usize>load<u32>(block, ROOT), envelope = load<u32>(block, ENVELOPE);
  const children = <usize>load<u32>(root, CHILDREN), count = load<u32>(root, CHILD_COUNT);
  let rowEnds = <usize>load<u32>(block, ROW_ENDS);
  out = <usize>load<u32>(block, OUT);
  outEnd = <usize>load<u32>(block, OUT_END);
  full = false;
  for (; row < to; row++) {
    const start = out;
    if (envelope && room(1)) store<u8>(out++, 2);
    for (let i: u32 = 0; i < count && !full; i++) value(children + <usize>i * COLUMN_BYTES, row);
    if (full) {
      out = start;
      break;
    }
    if (rowEnds) {
      store<u32>(rowEnds, <u32>out);
      rowEnds += 4;
    }
  }
  store<u32>(block, row, FROM);
  store<u32>(block, <u32>out, OUT);
  store<u32>(block, <u32>rowEnds, ROW_ENDS);
  return full ? 1 : 0;
}
