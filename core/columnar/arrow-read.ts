import { type Data, DataType, DateUnit, type Dictionary, type Vector } from 'apache-arrow';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { copyBytes } from '../wasm/copy-bytes.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { ArrowPlace } from './arrow-place.ts';
import { sqlTypeOfArrow, timeDigits } from './arrow-types.ts';
import type { Column } from './batch.ts';
import { readColumn } from './read-values.ts';
import {
  childTypes,
  type SqlType,
  type Storage,
  storageBytes,
  storageOf,
  timestampUnitsPerSecond,
  typeToString,
} from './types.ts';
import type { Value } from './values.ts';
import { columnOf, validityBytes } from './write-values.ts';

/**
 * Arrow data as a column of `type` in the arena. Integers may be narrower than the type and times of another unit (rounded down to it); else the
 * type must be the one {@link sqlTypeOfArrow} gives, but for lengths and nullability.
 *
 * @throws TidemillError `wrong-type` when it is another; `not-supported` for what has no SQL type.
 */
export function columnOfArrow(place: ArrowPlace, data: Data, type: SqlType): Column {
  const { memory } = place;
  if (DataType.isDictionary(data.type)) return columnOfDictionary(place, data as Data<Dictionary>, type);
  requireReadable(data.type, type);
  const { length } = data;
  if (type.kind === 'NULL') {
    return { type, validity: memory.arena.allocateZeroed(validityBytes(length)), data: memory.arena.allocateZeroed(length) };
  }
  const validity = validityOf(memory, data);
  const storage = storageOf(type);
  switch (storage) {
    case 'view':
      return { type, validity, data: viewsOf(place, data, validity) };
    case 'struct': {
      const kinds = childTypes(type);
      return {
        type,
        validity,
        data: 0,
        children: data.children.map((child, index) => columnOfArrow(place, child, kinds[index]!)),
      };
    }
    case 'list':
      return listOf(place, data, type, validity);
    default:
      return { type, validity, data: fixedOf(memory, data, type, storage, length) };
  }
}

function requireReadable(arrow: DataType, type: SqlType): void {
  const actual = sqlTypeOfArrow(arrow);
  const numbers = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'];
  if (numbers.includes(actual.kind) && numbers.indexOf(actual.kind) <= numbers.indexOf(type.kind)) return;
  const texts = (kind: string) =>
    kind === 'CHAR' ? 'VARCHAR' : kind === 'BINARY' ? 'VARBINARY' : kind === 'MULTISET' ? 'MAP' : kind;
  const decimalsDiffer =
    actual.kind === 'DECIMAL' && type.kind === 'DECIMAL' && (actual.scale !== type.scale || actual.precision > type.precision);
  const fieldsDiffer = actual.kind === 'ROW' && type.kind === 'ROW' && actual.fields.length !== type.fields.length;
  if (texts(actual.kind) === texts(type.kind) && !decimalsDiffer && !fieldsDiffer) return;
  throw new TidemillError('wrong-type', `Arrow's ${String(arrow)} cannot be read as ${typeToString(type)}`, {
    hint: `Declare the column as ${typeToString(actual)}, or cast it in the query.`,
  });
}

const isValid = (bits: Uint8Array, index: number): boolean => (bits[index >> 3]! & (1 << (index & 7))) !== 0;

function validityOf(memory: TaskMemory, data: Data): number {
  if (data.nullCount === 0 || data.nullBitmap === undefined || data.nullBitmap === null || data.nullBitmap.length === 0) return 0;
  const validity = memory.arena.allocateZeroed(validityBytes(data.length));
  const target = memory.u8;
  const { nullBitmap, offset, length } = data;
  if ((offset & 7) === 0) target.set(nullBitmap.subarray(offset >> 3, (offset + length + 7) >> 3), validity);
  else
    for (let row = 0; row < length; row++)
      if (isValid(nullBitmap, offset + row)) target[validity + (row >> 3)]! |= 1 << (row & 7);
  return validity;
}

function bytesOf(values: unknown): Uint8Array {
  const view = values as ArrayBufferView;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function fixedOf(
  memory: TaskMemory,
  data: Data,
  type: SqlType,
  storage: Exclude<Storage, 'view' | 'list' | 'struct'>,
  length: number,
): number {
  const bytes = storageBytes(storage);
  const arrow = data.type;
  const { values } = data as { values: ArrayLike<number> & ArrayLike<bigint> };
  // a column that is NULL all over may come without a buffer
  if (values === undefined || length === 0) return memory.arena.allocateZeroed(length * bytes);
  const target = memory.arena.allocate(length * bytes);
  if (type.kind === 'BOOLEAN') {
    const bits = bytesOf(values);
    for (let row = 0; row < length; row++) memory.u8[target + row] = isValid(bits, data.offset + row) ? 1 : 0;
    return target;
  }
  if (type.kind === 'DECIMAL') {
    const source = bytesOf(values);
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    const bits = DataType.isInt(arrow) ? 64 : DataType.isDecimal(arrow) ? arrow.bitWidth : 128;
    for (let row = 0; row < length; row++)
      writeDecimal(memory, target + row * bytes, bytes, unscaledAt(view, row, bits, DataType.isInt(arrow)));
    return target;
  }
  if (DataType.isTimestamp(arrow) && (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ')) {
    const from = 10n ** BigInt(timeDigits(arrow.unit));
    const to = BigInt(timestampUnitsPerSecond(type.precision));
    if (from !== to) return scaleLongs(memory, data, target, from, to);
  } else if (DataType.isTime(arrow)) {
    const from = 10 ** timeDigits(arrow.unit);
    for (let row = 0; row < length; row++) memory.i32[(target >>> 2) + row] = Math.floor((Number(values[row]!) * 1000) / from);
    return target;
  } else if (DataType.isDate(arrow) && arrow.unit === DateUnit.MILLISECOND) {
    const ms = values as unknown as ArrayLike<bigint>;
    for (let row = 0; row < length; row++) memory.i32[(target >>> 2) + row] = Math.floor(Number(ms[row]!) / 86_400_000);
    return target;
  } else if (DataType.isDuration(arrow)) {
    return scaleLongs(memory, data, target, 10n ** BigInt(timeDigits(arrow.unit)), 1000n);
  } else if (DataType.isInterval(arrow)) {
    readIntervals(memory, bytesOf(values), type, target, length);
    return target;
  } else if (DataType.isInt(arrow) && (!arrow.isSigned || arrow.bitWidth !== bytes * 8)) {
    for (let row = 0; row < length; row++) writeInteger(memory, target + row * bytes, bytes, Number(values[row]!));
    return target;
  }
  const source = bytesOf(values);
  if (source.length < length * bytes) throw internalError(`${typeToString(type)} with ${source.length} bytes for ${length} rows`);
  copyBytes(source, 0, length * bytes, memory.u8, target);
  return target;
}

function unscaledAt(view: DataView, row: number, bits: number, unsigned: boolean): bigint {
  if (unsigned) return view.getBigUint64(row * 8, true);
  if (bits === 32) return BigInt(view.getInt32(row * 4, true));
  if (bits === 64) return view.getBigInt64(row * 8, true);
  // of 256 bits the precision leaves the upper half as sign only
  const at = row * (bits / 8);
  return (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true);
}

function writeDecimal(memory: TaskMemory, address: number, bytes: number, unscaled: bigint): void {
  memory.i64[address / 8] = BigInt.asIntN(64, unscaled);
  if (bytes === 16) memory.i64[address / 8 + 1] = BigInt.asIntN(64, unscaled >> 64n);
}

function writeInteger(memory: TaskMemory, address: number, bytes: number, value: number): void {
  if (bytes === 2) memory.i16[address >>> 1] = value;
  else if (bytes === 4) memory.i32[address >>> 2] = value;
  else {
    memory.i32[address >>> 2] = value | 0;
    memory.i32[(address >>> 2) + 1] = Math.floor(value / 2 ** 32);
  }
}

function scaleLongs(memory: TaskMemory, data: Data, target: number, from: bigint, to: bigint): number {
  const values = data.values as BigInt64Array;
  const longs = memory.i64;
  for (let row = 0; row < data.length; row++) {
    const value = values[row]!;
    const scaled = to >= from ? value * (to / from) : (value - (((value % (from / to)) + from / to) % (from / to))) / (from / to);
    longs[target / 8 + row] = scaled;
  }
  return target;
}

/** Months, days and nanoseconds (16 bytes); days and milliseconds (8 bytes); or months (4 bytes). */
function readIntervals(memory: TaskMemory, source: Uint8Array, type: SqlType, target: number, length: number): void {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const bytes = source.length / length;
  for (let row = 0; row < length; row++) {
    const at = row * bytes;
    if (type.kind === 'INTERVAL_YEAR_MONTH') memory.i32[(target >>> 2) + row] = view.getInt32(at, true);
    else if (bytes === 8)
      memory.i64[target / 8 + row] = BigInt(view.getInt32(at, true)) * 86_400_000n + BigInt(view.getInt32(at + 4, true));
    else
      memory.i64[target / 8 + row] =
        BigInt(view.getInt32(at + 4, true)) * 86_400_000n + view.getBigInt64(at + 8, true) / 1_000_000n;
  }
}

function viewsOf({ memory, kernels }: ArrowPlace, data: Data, validity: number): number {
  const { length, type } = data;
  if (data.values === undefined || length === 0) return memory.arena.allocateZeroed(length * 16);
  const present = (row: number): boolean => validity === 0 || (memory.u8[validity + (row >> 3)]! & (1 << (row & 7))) !== 0;
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
    const target = memory.arena.allocateZeroed(length * 16);
    const heaps = data.variadicBuffers.map(buffer => {
      const address = memory.arena.allocate(buffer.length);
      copyBytes(buffer, 0, buffer.length, memory.u8, address);
      return address;
    });
    const views = bytesOf(data.values);
    const source = new DataView(views.buffer, views.byteOffset, views.byteLength);
    const words = memory.u32;
    for (let row = 0; row < length; row++) {
      if (!present(row)) continue;
      const at = (target >>> 2) + row * 4;
      for (let word = 0; word < 4; word++) words[at + word] = source.getUint32(row * 16 + word * 4, true);
      if (words[at]! <= limits.stringInlineBytes) continue;
      words[at + 2] = heaps[words[at + 2]!]! + words[at + 3]!;
      words[at + 3] = 0;
    }
    return target;
  }
  const text = bytesOf(data.values);
  const offsets = memory.arena.allocate((length + 1) * 4);
  const words = memory.i32;
  let first = 0;
  if (DataType.isFixedSizeBinary(type))
    for (let row = 0; row <= length; row++) words[(offsets >>> 2) + row] = row * type.byteWidth;
  else {
    const source = (data.valueOffsets as Int32Array | BigInt64Array).subarray(0, length + 1);
    first = Number(source[0]!);
    if (source instanceof Int32Array) copyBytes(bytesOf(source), 0, source.byteLength, memory.u8, offsets);
    else {
      const wide = memory.arena.allocate(source.byteLength);
      copyBytes(bytesOf(source), 0, source.byteLength, memory.u8, wide);
      kernels.arrow_narrow(length, wide, offsets);
    }
  }
  const bytes = memory.i32[(offsets >>> 2) + length]! - memory.i32[offsets >>> 2]!;
  const address = memory.arena.allocate(bytes + 16);
  copyBytes(text, first, bytes, memory.u8, address);
  const target = memory.arena.allocate(length * 16);
  kernels.arrow_views(length, offsets, address, validity, target);
  return target;
}

function listOf(place: ArrowPlace, data: Data, type: SqlType, validity: number): Column {
  const { memory } = place;
  const { length } = data;
  const target = memory.arena.allocateZeroed((length + 1) * 4);
  const kinds = childTypes(type);
  const item = data.children[0]!;
  const size = DataType.isFixedSizeList(data.type) ? data.type.listSize : 0;
  const offsets = data.valueOffsets as unknown as ArrayLike<number | bigint> | undefined;
  for (let row = 0; row <= length; row++) {
    memory.i32[(target >>> 2) + row] = size > 0 ? row * size : length === 0 || offsets === undefined ? 0 : Number(offsets[row]!);
  }
  const children =
    type.kind === 'ARRAY'
      ? [columnOfArrow(place, item, kinds[0]!)]
      : item.children.map((child, index) => columnOfArrow(place, child, kinds[index]!));
  return { type, validity, data: target, children };
}

function columnOfDictionary(place: ArrowPlace, data: Data<Dictionary>, type: SqlType): Column {
  const { memory } = place;
  const words: Value[] = [];
  for (const part of (data.dictionary as Vector).data)
    words.push(...readColumn(memory, columnOfArrow(place, part, type), part.length));
  const keys = data.values as ArrayLike<number | bigint>;
  const chosen = new Array<Value>(data.length);
  for (let row = 0; row < data.length; row++) chosen[row] = data.getValid(row) ? words[Number(keys[row]!)]! : null;
  return columnOf(memory, type, chosen);
}
