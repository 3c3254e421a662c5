import { isBinary, isCharacter, type SqlType, storageOf } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError } from '../common/errors.ts';

/** Marks before an element or field; the end of an array is less than any. */
const end = 0;
const absent = 1;
const present = 2;

/**
 * Bytes whose order is that of the values of an ARRAY or ROW type: NULL elements first, element by element, a beginning before what is longer.
 * Source: the order-preserving key encodings of key-value stores, e.g. FoundationDB's tuple layer.
 *
 * @example
 * Buffer.compare(orderBytes([1], types.array(types.int())), orderBytes([1, 2], types.array(types.int()))) // -1
 */
export function orderBytes(value: Value, type: SqlType): Uint8Array {
  const out: number[] = [];
  append(out, value, type);
  return Uint8Array.from(out);
}

function append(out: number[], value: Value, type: SqlType): void {
  if (type.kind === 'ARRAY') {
    for (const item of value as readonly Value[]) marked(out, item, type.element);
    out.push(end);
    return;
  }
  if (type.kind === 'ROW') {
    for (const [index, field] of type.fields.entries()) marked(out, (value as readonly Value[])[index]!, field.type);
    return;
  }
  if (isCharacter(type) || isBinary(type)) {
    for (const byte of typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array)) {
      out.push(byte);
      if (byte === 0) out.push(0xff);
    }
    out.push(0, absent);
    return;
  }
  switch (storageOf(type)) {
    case 'i8':
    case 'i16':
    case 'i32':
      word(out, BigInt(Number(value)), 4);
      return;
    case 'i64':
      word(out, value as bigint, 8);
      return;
    case 'i128':
      word(out, value as bigint, 16);
      return;
    case 'f32':
    case 'f64': {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, value === 0 ? 0 : (value as number));
      const bits = view.getBigInt64(0);
      // negative numbers count backwards
      word(out, bits < 0n ? bits ^ 0x7fffffffffffffffn : bits, 8);
      return;
    }
    default:
      throw internalError(`${type.kind} has no order`);
  }
}

function marked(out: number[], value: Value, type: SqlType): void {
  out.push(value === null ? absent : present);
  if (value !== null) append(out, value, type);
}

/** A signed number, most significant byte first, its sign turned. */
function word(out: number[], value: bigint, bytes: number): void {
  const turned = BigInt.asUintN(bytes * 8, value) ^ (1n << BigInt(bytes * 8 - 1));
  for (let byte = bytes - 1; byte >= 0; byte--) out.push(Number((turned >> BigInt(byte * 8)) & 0xffn));
}
