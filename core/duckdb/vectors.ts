import type { Column } from '../columnar/batch.ts';
import { readColumn } from '../columnar/read-values.ts';
import { childTypes, type SqlType, storageBytes, storageOf } from '../columnar/types.ts';
import { columnOf, validityBytes } from '../columnar/write-values.ts';
import { internalError } from '../common/errors.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Bindings, Vector } from './bindings.ts';
import { placeLongStrings } from './long-strings.ts';
import type { VectorPlan } from './types.ts';

/** Rows `from` to `from + length` of a vector. */
export interface VectorPart {
  readonly vector: Vector;
  readonly from: number;
  readonly length: number;
}

/** One after the other, parts of DuckDB vectors (of one chunk each) as a column in the arena. */
export function columnOfVectors(
  bindings: Bindings,
  memory: TaskMemory,
  type: SqlType,
  plan: VectorPlan,
  parts: readonly VectorPart[],
): Column {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bitmaps = parts.map(
    part => bindings.vector_get_validity(part.vector, validityBytes(part.from + part.length)) ?? undefined,
  );
  if (plan.kind === 'null') {
    return { type, validity: memory.arena.allocateZeroed(validityBytes(length)), data: memory.arena.allocateZeroed(length) };
  }
  const validity = copyValidity(memory, parts, bitmaps, length);
  switch (plan.kind) {
    case 'fixed': {
      const { bytes } = plan;
      const data = memory.arena.allocate(length * bytes);
      let at = data;
      for (const part of parts) {
        memory.u8.set(dataOf(bindings, part, bytes), at);
        at += part.length * bytes;
      }
      return { type, validity, data };
    }
    case 'view': {
      const data = memory.arena.allocate(length * 16);
      let at = data;
      for (let index = 0; index < parts.length; index++) {
        const part = parts[index]!;
        if (part.length === 0) continue;
        const bytes = dataOf(bindings, part, 16);
        memory.u8.set(bytes, at);
        const bitmap = bitmaps[index];
        if (bitmap !== undefined) clearNullViews(memory, at, bitmap, part);
        placeLongStrings(bindings, memory, at, bytes, part.length);
        at += part.length * 16;
      }
      return { type, validity, data };
    }
    case 'widen':
    case 'huge-to-long':
    case 'time':
    case 'interval-months':
    case 'interval-ms':
      return { type, validity, data: convert(bindings, memory, type, plan, parts, length) };
    case 'struct': {
      const kinds = childTypes(type);
      const children = plan.children.map((child, index) =>
        columnOfVectors(
          bindings,
          memory,
          kinds[index]!,
          child,
          parts.map(part => ({ ...part, vector: bindings.struct_vector_get_child(part.vector, index) })),
        ),
      );
      return { type, validity, data: 0, children };
    }
    case 'array': {
      const { size } = plan;
      const data = memory.arena.allocate((length + 1) * 4);
      for (let row = 0; row <= length; row++) memory.i32[(data >>> 2) + row] = row * size;
      const items = parts.map(part => ({
        vector: bindings.array_vector_get_child(part.vector),
        from: part.from * size,
        length: part.length * size,
      }));
      return { type, validity, data, children: [columnOfVectors(bindings, memory, childTypes(type)[0]!, plan.child, items)] };
    }
    case 'list':
    case 'map':
      return listOfVectors(bindings, memory, type, plan, parts, bitmaps, validity, length);
  }
}

function dataOf(bindings: Bindings, part: VectorPart, bytes: number): Uint8Array {
  if (part.length === 0) return new Uint8Array(0);
  const all = bindings.vector_get_data(part.vector, (part.from + part.length) * bytes);
  return part.from === 0 ? all : all.subarray(part.from * bytes);
}

function isValid(bitmap: Uint8Array | undefined, row: number): boolean {
  return bitmap === undefined || (bitmap[row >> 3]! & (1 << (row & 7))) !== 0;
}

function copyValidity(
  memory: TaskMemory,
  parts: readonly VectorPart[],
  bitmaps: readonly (Uint8Array | undefined)[],
  length: number,
): number {
  if (bitmaps.every(bitmap => bitmap === undefined)) return 0;
  const validity = memory.arena.allocateZeroed(validityBytes(length));
  const target = memory.u8;
  let row = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    const bitmap = bitmaps[index];
    if (((row | part.from) & 7) === 0) {
      const bytes = (part.length + 7) >> 3;
      const to = validity + (row >> 3);
      if (bitmap === undefined) target.fill(255, to, to + bytes);
      else target.set(bitmap.subarray(part.from >> 3, (part.from >> 3) + bytes), to);
      // the last byte may hold bits of rows that are the next part's
      if ((part.length & 7) !== 0) target[to + bytes - 1]! &= (1 << (part.length & 7)) - 1;
      row += part.length;
      continue;
    }
    for (let local = part.from; local < part.from + part.length; local++, row++) {
      if (isValid(bitmap, local)) target[validity + (row >> 3)]! |= 1 << (row & 7);
    }
  }
  return validity;
}

function clearNullViews(memory: TaskMemory, views: number, bitmap: Uint8Array, part: VectorPart): void {
  const words = memory.u32;
  for (let row = 0; row < part.length; row++) {
    if (!isValid(bitmap, part.from + row)) words.fill(0, (views + row * 16) >>> 2, (views + row * 16 + 16) >>> 2);
  }
}

/** Vectors whose numbers have another form than ours. NULL rows hold anything: nothing here fails on them. */
function convert(
  bindings: Bindings,
  memory: TaskMemory,
  type: SqlType,
  plan: VectorPlan,
  parts: readonly VectorPart[],
  length: number,
): number {
  const bytes = storageBytes(storageOf(type));
  const data = memory.arena.allocate(length * bytes);
  let at = data;
  for (const part of parts) {
    const sourceBytes = plan.kind === 'widen' ? plan.bytes : plan.kind === 'time' ? 8 : 16;
    const source = dataOf(bindings, part, sourceBytes);
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    const { i32, i64 } = memory;
    for (let row = 0; row < part.length; row++, at += bytes) {
      switch (plan.kind) {
        case 'widen': {
          const value = plan.bytes === 2 ? view.getInt16(row * 2, true) : view.getInt32(row * 4, true);
          i32[at >>> 2] = value;
          i32[(at >>> 2) + 1] = value >> 31;
          break;
        }
        case 'huge-to-long':
          i32[at >>> 2] = view.getInt32(row * 16, true);
          i32[(at >>> 2) + 1] = view.getInt32(row * 16 + 4, true);
          break;
        case 'time':
          i32[at >>> 2] = Math.trunc((view.getUint32(row * 8, true) + view.getInt32(row * 8 + 4, true) * 2 ** 32) / 1000);
          break;
        case 'interval-months':
          i32[at >>> 2] = view.getInt32(row * 16, true);
          break;
        case 'interval-ms':
          i64[at / 8] = BigInt(view.getInt32(row * 16 + 4, true)) * 86_400_000n + view.getBigInt64(row * 16 + 8, true) / 1000n;
          break;
        default:
          throw internalError(`no conversion ${plan.kind}`);
      }
    }
  }
  return data;
}

function listOfVectors(
  bindings: Bindings,
  memory: TaskMemory,
  type: SqlType,
  plan: VectorPlan & { kind: 'list' | 'map' },
  parts: readonly VectorPart[],
  bitmaps: readonly (Uint8Array | undefined)[],
  validity: number,
  length: number,
): Column {
  const kinds = childTypes(type);
  const items = parts.map(part => ({
    vector: bindings.list_vector_get_child(part.vector),
    from: 0,
    length: bindings.list_vector_get_size(part.vector),
  }));
  const children =
    plan.kind === 'list'
      ? [columnOfVectors(bindings, memory, kinds[0]!, plan.child, items)]
      : plan.children.map((child, index) =>
          columnOfVectors(
            bindings,
            memory,
            kinds[index]!,
            child,
            items.map(item => ({ ...item, vector: bindings.struct_vector_get_child(item.vector, index) })),
          ),
        );
  // where each row's items lie among all items; in order and without gaps unless DuckDB shared or skipped some
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  let inOrder = true;
  let row = 0;
  let before = 0;
  let next = 0;
  parts.forEach((part, index) => {
    const entries = dataOf(bindings, part, 16);
    const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
    if (part.from === 0) inOrder &&= next === before;
    else next = -1;
    for (let local = 0; local < part.length; local++, row++) {
      const present = isValid(bitmaps[index], part.from + local);
      const start = present ? before + view.getUint32(local * 16, true) : next;
      const end = present ? start + view.getUint32(local * 16 + 8, true) : start;
      if (next === -1) next = start;
      if (start === end) starts[row] = ends[row] = next;
      else {
        inOrder &&= start === next;
        starts[row] = start;
        ends[row] = end;
        next = end;
      }
    }
    before += items[index]!.length;
  });
  const data = memory.arena.allocate((length + 1) * 4);
  if (inOrder && (length === 0 || starts[0]! >= 0)) {
    memory.i32[data >>> 2] = starts[0] ?? 0;
    memory.i32.set(ends, (data >>> 2) + 1);
    return { type, validity, data, children };
  }
  const gathered = children.map((child, index) => {
    const values = readColumn(memory, child, before);
    const chosen = [];
    for (let local = 0; local < length; local++) for (let at = starts[local]!; at < ends[local]!; at++) chosen.push(values[at]!);
    return columnOf(memory, kinds[index]!, chosen);
  });
  let end = 0;
  const offsets = memory.i32;
  offsets[data >>> 2] = 0;
  for (let local = 0; local < length; local++) offsets[(data >>> 2) + local + 1] = end += ends[local]! - starts[local]!;
  return { type, validity, data, children: gathered };
}
