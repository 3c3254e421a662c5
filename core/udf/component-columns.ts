import type { Column } from '../columnar/batch.ts';
import { type SqlType, storageBytes, storageOf, withNullable } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { argumentHasFlag, isText, type ScalarSignature } from './signature.ts';
import { firstBadText, type TextKernels } from './text-check.ts';

/** A column as components take and give it: see udf-sdk/abi/wit/udf.wit. */
export interface ComponentColumn {
  readonly validity: Uint8Array;
  readonly data: Uint8Array;
  readonly text: Uint8Array;
}

const nothing = new Uint8Array();

/** A result column of zeros in the arena, whose validity says which rows are to be computed, and the numbers of these. */
export function resultFor(
  memory: TaskMemory,
  signature: ScalarSignature,
  rows: number,
  columns: readonly Column[],
  selection: number,
  canTrap: boolean,
): { readonly wanted: Int32Array; readonly column: Column } {
  const { result } = signature;
  const wanted = wantedRows(memory, rows, columns, selection, index => !argumentHasFlag(signature, index));
  const needsValidity = canTrap || result.nullable || wanted.length < rows;
  const data = memory.arena.allocateZeroed(Math.max(rows * storageBytes(storageOf(result)), 8));
  const validity = needsValidity ? memory.arena.allocate(((rows + 63) >>> 6) * 8) : 0;
  if (needsValidity) markRows(memory, validity, rows, wanted);
  return { wanted, column: { type: needsValidity ? withNullable(result, true) : result, data, validity } };
}

/** Numbers of the rows from … that a selection (a byte a row, or 0) wants and that have no NULL in columns that may have none. */
export function wantedRows(
  memory: TaskMemory,
  rows: number,
  columns: readonly Column[],
  selection: number,
  isStrict: (index: number) => boolean,
  from = 0,
): Int32Array {
  const { u8 } = memory;
  const strict = columns.filter((column, index) => column.validity !== 0 && isStrict(index));
  const wanted = new Int32Array(rows - from);
  let count = 0;
  for (let row = from; row < rows; row++) {
    if (selection !== 0 && u8[selection + row] === 0) continue;
    let whole = true;
    for (const { validity } of strict) whole &&= (u8[validity + (row >>> 3)]! & (1 << (row & 7))) !== 0;
    if (whole) wanted[count++] = row;
  }
  return wanted.subarray(0, count);
}

/** A bitmap of these rows. */
export function markRows(memory: TaskMemory, validity: number, rows: number, wanted: Int32Array): void {
  const { u8 } = memory;
  const bytes = ((rows + 63) >>> 6) * 8;
  u8.fill(wanted.length === rows ? 0xff : 0, validity, validity + bytes);
  if (wanted.length < rows) for (const row of wanted) u8[validity + (row >>> 3)]! |= 1 << (row & 7);
}

/** The given rows of a column. Data of NULL rows are zeros. */
export function toComponent(memory: TaskMemory, column: Column, rows: Int32Array): ComponentColumn {
  const count = rows.length;
  const validity = column.validity === 0 ? nothing : new Uint8Array((count + 7) >>> 3);
  const { u8 } = memory;
  const isValid = (row: number): boolean =>
    column.validity === 0 || (u8[column.validity + (row >>> 3)]! & (1 << (row & 7))) !== 0;
  if (validity.length > 0)
    for (let index = 0; index < count; index++) if (isValid(rows[index]!)) validity[index >>> 3]! |= 1 << (index & 7);
  if (isText(column.type)) return { validity, ...packText(memory, column, rows, isValid) };
  const size = storageBytes(storageOf(column.type));
  const contiguous = count > 0 && rows[count - 1]! - rows[0]! === count - 1;
  if (contiguous && validity.length === 0) {
    const start = column.data + rows[0]! * size;
    return { validity, data: u8.subarray(start, start + count * size), text: nothing };
  }
  const data = new Uint8Array(count * size);
  for (let index = 0; index < count; index++) {
    const row = rows[index]!;
    if (!isValid(row)) continue;
    const from = column.data + row * size;
    const to = index * size;
    for (let byte = 0; byte < size; byte++) data[to + byte] = u8[from + byte]!;
  }
  return { validity, data, text: nothing };
}

function packText(
  memory: TaskMemory,
  column: Column,
  rows: Int32Array,
  isValid: (row: number) => boolean,
): { readonly data: Uint8Array; readonly text: Uint8Array } {
  const { u8, u32 } = memory;
  const offsets = new Int32Array(rows.length + 1);
  let total = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    if (isValid(row)) total += u32[(column.data >>> 2) + 4 * row]!;
    offsets[index + 1] = total;
  }
  const text = new Uint8Array(total);
  for (let index = 0; index < rows.length; index++) {
    const view = column.data + 16 * rows[index]!;
    const start = offsets[index]!;
    const bytes = offsets[index + 1]! - start;
    if (bytes === 0) continue;
    const from = bytes <= limits.stringInlineBytes ? view + 4 : u32[(view >>> 2) + 2]!;
    if (bytes > 64) text.set(u8.subarray(from, from + bytes), start);
    else for (let byte = 0; byte < bytes; byte++) text[start + byte] = u8[from + byte]!;
  }
  return { data: new Uint8Array(offsets.buffer), text };
}

/**
 * Puts what a component gave into the arena: row i of it is row `rows[i]` of `total`. Says what is wrong with it, or nothing.
 */
export function fromComponent(
  memory: TaskMemory,
  kernels: TextKernels,
  type: SqlType,
  given: ComponentColumn,
  rows: Int32Array,
  total: number,
  into: { readonly data: number; readonly validity: number },
): string | undefined {
  const count = rows.length;
  const size = storageBytes(storageOf(type));
  const expected = isText(type) ? 4 * (count + 1) : count * size;
  const checked = guarded('component-columns');
  if (checked && given.data.length !== expected)
    return `returned ${given.data.length} bytes of data for ${count} rows, not ${expected}`;
  if (checked && given.validity.length !== 0 && given.validity.length !== (count + 7) >>> 3)
    return `returned ${given.validity.length} bytes of validity for ${count} rows`;
  if (into.validity !== 0) {
    const { u8 } = memory;
    for (let index = 0; index < count; index++) {
      if (given.validity.length === 0 || (given.validity[index >>> 3]! & (1 << (index & 7))) !== 0) continue;
      const place = into.validity + (rows[index]! >>> 3);
      u8[place]! &= ~(1 << (rows[index]! & 7));
    }
  } else if (checked && given.validity.length > 0 && !allSet(given.validity, count))
    return 'returned NULL, and its result is NOT NULL';
  if (isText(type)) {
    const wrong = placeText(memory, given, rows, into.data);
    if (wrong !== undefined || type.kind !== 'VARCHAR') return wrong;
    const row = firstBadText(kernels, total, into.data);
    return row === undefined ? undefined : `returned bytes that are not UTF-8 in row ${row} of the batch`;
  }
  const { u8 } = memory;
  if (count === total && type.kind !== 'BOOLEAN') u8.set(given.data, into.data);
  else
    for (let index = 0; index < count; index++) {
      const to = into.data + rows[index]! * size;
      for (let byte = 0; byte < size; byte++) u8[to + byte] = given.data[index * size + byte]!;
      if (type.kind === 'BOOLEAN') u8[to] = u8[to] === 0 ? 0 : 1;
    }
  return type.kind === 'DECIMAL' ? checkDigits(memory, type.precision, rows, into) : undefined;
}

/** Rows from … to of a column that a component gave. */
export function sliceOf(column: ComponentColumn, type: SqlType, from: number, to: number): ComponentColumn {
  const { validity, data, text } = column;
  const bits = new Uint8Array(validity.length === 0 ? 0 : (to - from + 7) >>> 3);
  if (bits.length > 0)
    for (let row = from; row < to; row++)
      if ((validity[row >>> 3]! & (1 << (row & 7))) !== 0) bits[(row - from) >>> 3]! |= 1 << ((row - from) & 7);
  if (!isText(type)) {
    const size = storageBytes(storageOf(type));
    return { validity: bits, data: data.subarray(from * size, to * size), text };
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const offsets = new Int32Array(to - from + 1);
  const start = view.getInt32(4 * from, true);
  for (let row = from; row <= to; row++) offsets[row - from] = view.getInt32(4 * row, true) - start;
  const end = start + offsets[to - from]!;
  return { validity: bits, data: new Uint8Array(offsets.buffer), text: text.subarray(Math.max(start, 0), Math.max(end, 0)) };
}

export function allSet(validity: Uint8Array, count: number): boolean {
  for (let index = 0; index < count; index++) if ((validity[index >>> 3]! & (1 << (index & 7))) === 0) return false;
  return true;
}

/** Bits of bytes that are 0 or 1, as Arrow has BOOLEAN. */
export function packBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >>> 3);
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== 0) bits[index >>> 3]! |= 1 << (index & 7);
  return bits;
}

/** The reverse. */
export function unpackBits(bits: Uint8Array, rows: number): Uint8Array {
  const bytes = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) bytes[row] = (bits[row >>> 3]! >> (row & 7)) & 1;
  return bytes;
}

/** NULLs among the rows of a bitmap. */
export function countNulls(validity: Uint8Array, rows: number): number {
  let nulls = 0;
  for (let row = 0; row < rows; row++) nulls += 1 - ((validity[row >>> 3]! >> (row & 7)) & 1);
  return nulls;
}

function placeText(memory: TaskMemory, given: ComponentColumn, rows: Int32Array, data: number): string | undefined {
  const offsets = new DataView(given.data.buffer, given.data.byteOffset, given.data.byteLength);
  const heap = memory.arena.allocate(given.text.length + 16);
  const { u8, u32 } = memory;
  u8.set(given.text, heap);
  let start = offsets.getInt32(0, true);
  const checked = guarded('component-columns');
  if (checked && start !== 0) return 'returned text whose first offset is not 0';
  for (let index = 0; index < rows.length; index++) {
    const end = offsets.getInt32(4 * index + 4, true);
    if (checked && (end < start || end > given.text.length)) return 'returned offsets that go down, or lie outside the text';
    const bytes = end - start;
    const view = data + 16 * rows[index]!;
    const word = view >>> 2;
    u32[word] = bytes;
    u32[word + 1] = 0;
    u32[word + 2] = 0;
    u32[word + 3] = 0;
    const inline = bytes <= limits.stringInlineBytes;
    for (let byte = 0; byte < (inline ? bytes : 4); byte++) u8[view + 4 + byte] = u8[heap + start + byte]!;
    if (!inline) u32[word + 2] = heap + start;
    start = end;
  }
  return undefined;
}

/** Decimals with too many digits are NULL, as in built-in arithmetic, or an error where the result is NOT NULL. */
function checkDigits(
  memory: TaskMemory,
  precision: number,
  rows: Int32Array,
  into: { readonly data: number; readonly validity: number },
): string | undefined {
  const wide = precision > limits.decimalCompactPrecisionMax;
  const largest = 10n ** BigInt(precision) - 1n;
  const view = new DataView(memory.memory.buffer);
  const { u8 } = memory;
  for (const row of rows) {
    const at = into.data + row * (wide ? 16 : 8);
    const value = wide ? (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true) : view.getBigInt64(at, true);
    if (value <= largest && value >= -largest) continue;
    if (into.validity === 0) return 'returned a decimal with more digits than its type has';
    const place = into.validity + (row >>> 3);
    u8[place]! &= ~(1 << (row & 7));
    u8.fill(0, at, at + (wide ? 16 : 8));
  }
  return undefined;
}
