import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type Batch, batchOf, type Column } from './batch.ts';
import { childTypes, type Schema, type SqlType, storageOf, typeToString } from './types.ts';
import type { Value } from './values.ts';

const textEncoder = new TextEncoder();

/**
 * A column of `values` in the task's arena, for literals, VALUES, tests and edges (a JavaScript object per value).
 * `memory` may be any memory with an arena; integers wrap to their width; lone surrogates become U+FFFD.
 *
 * @throws TidemillError `internal` when a value is not of the JavaScript kind {@link Value} asks for.
 * @example
 * columnOf(memory, types.string(), ['a', null])
 */
export function columnOf(memory: TaskMemory, type: SqlType, values: readonly Value[]): Column {
  const validity = writeValidity(memory, values);
  const storage = storageOf(type);
  switch (storage) {
    case 'i8': {
      const data = memory.arena.allocateZeroed(values.length);
      const target = memory.i8;
      if (type.kind === 'NULL') return { type, validity, data };
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        if (value !== null)
          target[data + row] = type.kind === 'BOOLEAN' ? (asBoolean(value, type) ? 1 : 0) : asNumber(value, type);
      }
      return { type, validity, data };
    }
    case 'i16':
    case 'i32':
    case 'f32':
    case 'f64': {
      const bytes = storage === 'i16' ? 2 : storage === 'f64' ? 8 : 4;
      const data = memory.arena.allocateZeroed(values.length * bytes);
      const target = memory[storage];
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        if (value !== null) target[data / bytes + row] = asNumber(value, type);
      }
      return { type, validity, data };
    }
    case 'i64': {
      const data = memory.arena.allocateZeroed(values.length * 8);
      const target = memory.i64;
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        if (value !== null) target[data / 8 + row] = asBigint(value, type);
      }
      return { type, validity, data };
    }
    case 'i128': {
      const data = memory.arena.allocateZeroed(values.length * 16);
      const target = memory.i64;
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        if (value === null) continue;
        const unscaled = asBigint(value, type);
        target[data / 8 + row * 2] = BigInt.asIntN(64, unscaled);
        target[data / 8 + row * 2 + 1] = unscaled >> 64n;
      }
      return { type, validity, data };
    }
    case 'view':
      return { type, validity, data: writeViews(memory, type, values) };
    case 'list':
      return writeList(memory, type, values, validity);
    case 'struct':
      return writeStruct(memory, type, values, validity);
  }
}

/** Rows (an array of values each, as the schema has them) as a batch in the arena; `weights` one +1 or −1 per row. */
export function valuesToBatch(
  memory: TaskMemory,
  schema: Schema,
  rows: readonly (readonly Value[])[],
  weights?: readonly number[],
): Batch {
  const columns = schema.map((field, index) =>
    columnOf(
      memory,
      field.type,
      rows.map(row => row[index] ?? null),
    ),
  );
  let weightsAddress = 0;
  if (weights !== undefined) {
    weightsAddress = memory.arena.allocate(rows.length);
    const target = memory.i8;
    for (let row = 0; row < rows.length; row++) target[weightsAddress + row] = weights[row] ?? 1;
  }
  return batchOf(rows.length, columns, weightsAddress);
}

/** Bytes of a validity bitmap: whole 8-byte words. */
export function validityBytes(rows: number): number {
  return ((rows + 63) >>> 6) * 8;
}

function writeValidity(memory: TaskMemory, values: readonly Value[]): number {
  if (!values.includes(null)) return 0;
  const validity = memory.arena.allocateZeroed(validityBytes(values.length));
  const bits = memory.u8;
  for (let row = 0; row < values.length; row++) {
    if (values[row] !== null) bits[validity + (row >> 3)]! |= 1 << (row & 7);
  }
  return validity;
}

function writeViews(memory: TaskMemory, type: SqlType, values: readonly Value[]): number {
  const binary = type.kind === 'BINARY' || type.kind === 'VARBINARY' || type.kind === 'BITMAP';
  const encoded = values.map(value =>
    value === null ? undefined : binary ? asBytes(value, type) : textEncoder.encode(asString(value, type)),
  );
  const data = memory.arena.allocateZeroed(values.length * 16);
  let longBytes = 0;
  for (const bytes of encoded) if (bytes !== undefined && bytes.length > limits.stringInlineBytes) longBytes += bytes.length;
  let text = longBytes === 0 ? 0 : memory.arena.allocate(longBytes);
  const bytes8 = memory.u8;
  const words = memory.u32;
  for (let row = 0; row < encoded.length; row++) {
    const bytes = encoded[row];
    if (bytes === undefined) continue;
    const view = data + row * 16;
    words[view >>> 2] = bytes.length;
    if (bytes.length <= limits.stringInlineBytes) bytes8.set(bytes, view + 4);
    else {
      bytes8.set(bytes.subarray(0, 4), view + 4);
      words[(view + 8) >>> 2] = text;
      bytes8.set(bytes, text);
      text += bytes.length;
    }
  }
  return data;
}

function writeList(memory: TaskMemory, type: SqlType, values: readonly Value[], validity: number): Column {
  const data = memory.arena.allocateZeroed((values.length + 1) * 4);
  const items: Value[] = [];
  const offsets = new Int32Array(values.length + 1);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value !== null) for (const item of asList(value, type)) items.push(item);
    offsets[row + 1] = items.length;
  }
  memory.i32.set(offsets, data >>> 2);
  const children = childTypes(type);
  if (children.length === 1) return { type, validity, data, children: [columnOf(memory, children[0]!, items)] };
  return {
    type,
    validity,
    data,
    children: children.map((child, index) =>
      columnOf(
        memory,
        child,
        items.map(entry => (entry === null ? null : (asList(entry, type)[index] ?? null))),
      ),
    ),
  };
}

function writeStruct(memory: TaskMemory, type: SqlType, values: readonly Value[], validity: number): Column {
  const children = childTypes(type).map((child, index) =>
    columnOf(
      memory,
      child,
      values.map(value => (value === null ? null : (asList(value, type)[index] ?? null))),
    ),
  );
  return { type, validity, data: 0, children };
}

function asNumber(value: Value, type: SqlType): number {
  if (typeof value !== 'number') throw mismatch(value, type, 'a number');
  return value;
}
function asBigint(value: Value, type: SqlType): bigint {
  if (typeof value !== 'bigint') throw mismatch(value, type, 'a bigint');
  return value;
}
function asBoolean(value: Value, type: SqlType): boolean {
  if (typeof value !== 'boolean') throw mismatch(value, type, 'a boolean');
  return value;
}
function asString(value: Value, type: SqlType): string {
  if (typeof value !== 'string') throw mismatch(value, type, 'a string');
  return value;
}
function asBytes(value: Value, type: SqlType): Uint8Array {
  if (!(value instanceof Uint8Array)) throw mismatch(value, type, 'a Uint8Array');
  return value;
}
function asList(value: Value, type: SqlType): readonly Value[] {
  if (!Array.isArray(value)) throw mismatch(value, type, 'an array');
  return value as readonly Value[];
}
function mismatch(value: Value, type: SqlType, wanted: string) {
  return internalError(`${typeToString(type)} wants ${wanted}, got ${typeof value} ${String(value)}`);
}
