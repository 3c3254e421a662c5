import type { Column } from '../columnar/batch.ts';
import type { KeyLayout } from '../columnar/key-layout.ts';
import { type SqlType, type Storage, storageBytes, storageOf } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import type { Kernels } from '../kernels/index.ts';
import { rowForms } from '../kernels/rows.ts';
import type { TaskMemory } from '../wasm/memory.ts';

type FlatStorage = Exclude<Storage, 'list' | 'struct'>;

function flatStorage(type: SqlType): FlatStorage {
  const storage = storageOf(type);
  if (storage === 'list' || storage === 'struct') throw notSupported(`${type.kind} values in state`);
  return storage;
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
    const column = columns[index]!;
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
  return { type: field.type, validity, data };
}
