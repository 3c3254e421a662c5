import type { Column } from '../columnar/batch.ts';
import type { KeyLayout } from '../columnar/key-layout.ts';
import { packColumn, unpackColumn } from '../columnar/packed-row.ts';
import { type SqlType, type Storage, storageBytes, storageOf } from '../columnar/types.ts';
import type { Kernels } from '../kernels/index.ts';
import { rowForms } from '../kernels/rows.ts';
import type { TaskMemory } from '../wasm/memory.ts';

type FlatStorage = Exclude<Storage, 'list' | 'struct'>;

const isNested = (type: SqlType): boolean => storageOf(type) === 'list' || storageOf(type) === 'struct';

/** Nested values stand in rows as views of their packed form. */
function flatStorage(type: SqlType): FlatStorage {
  const storage = storageOf(type);
  return storage === 'list' || storage === 'struct' ? 'view' : storage;
}

/** Columns as packed rows of a layout, side by side in the arena; strings still point to where they were. */
export function packRows(
  memory: TaskMemory,
  kernels: Kernels,
  layout: KeyLayout,
  columns: readonly Column[],
  count: number,
): number {
  const stride = layout.strideBytes;
  const rows = memory.arena.allocateZeroed(count * stride);
  for (const [index, field] of layout.fields.entries()) {
    const column = isNested(field.type) ? packColumn(memory, columns[index]!, count) : columns[index]!;
    const form = rowForms[flatStorage(field.type)];
    kernels.rows_write(count, form, column.data, column.validity, rows, stride, field.offsetBytes, 0, BigInt(index));
  }
  return rows;
}

/** Field `index` of the rows at `rows` (u32 addresses) as a column in the arena; `base` is where the packed form starts in a row. */
export function unpackField(
  memory: TaskMemory,
  kernels: Kernels,
  layout: KeyLayout,
  index: number,
  count: number,
  rows: number,
  base = 0,
): Column {
  const field = layout.fields[index]!;
  const storage = flatStorage(field.type);
  const data = memory.arena.allocate(count * storageBytes(storage));
  const offset = base + field.offsetBytes;
  switch (storage) {
    case 'i8':
      kernels.rows_read_8(count, rows, offset, data);
      break;
    case 'i16':
      kernels.rows_read_16(count, rows, offset, data);
      break;
    case 'i32':
      kernels.rows_read_32(count, rows, offset, data);
      break;
    case 'i64':
    case 'f64':
      kernels.rows_read_64(count, rows, offset, data);
      break;
    case 'f32':
      kernels.rows_read_f32(count, rows, offset, data);
      break;
    case 'i128':
    case 'view':
      kernels.rows_read_128(count, rows, offset, data);
      break;
  }
  let validity = 0;
  if (field.type.nullable) {
    const bitmap = memory.arena.allocate((count + 63) >> 3);
    if (kernels.rows_read_validity(count, rows, base, BigInt(index), bitmap) > 0) validity = bitmap;
  }
  const column = { type: field.type, validity, data };
  return isNested(field.type) ? unpackColumn(memory, column, field.type, count) : column;
}
