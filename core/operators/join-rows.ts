import type { Column } from '../columnar/batch.ts';
import { type KeyField, type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import { packColumn } from '../columnar/packed-row.ts';
import { type Schema, storageOf, withNullable, withoutTimeAttribute } from '../columnar/types.ts';
import { rowForms } from '../kernels/rows.ts';
import type { Expression } from '../plan/expressions.ts';
import { unpackField } from '../state/packed-rows.ts';
import type { OperatorTask } from './contract.ts';

/** The NULLs of so many columns share one word. */
const columnsPerPart = 64;

interface Part {
  readonly layout: KeyLayout;
  readonly offsetBytes: number;
  readonly first: number;
}

/** Rows of a schema as a join keeps them: the key, then the columns it does not hold already. */
export class JoinRows {
  readonly schema: Schema;
  readonly key: KeyLayout;
  /** The whole row, for the table that keeps it. */
  readonly row: KeyLayout;
  readonly #parts: readonly Part[];
  /** By column: the key that is the column itself. */
  readonly #keys: readonly number[];

  constructor(schema: Schema, key: KeyLayout, expressions: readonly Expression[]) {
    this.schema = schema;
    this.key = key;
    this.#keys = schema.map((_, column) =>
      expressions.findIndex(
        (expression, index) => expression.kind === 'column' && expression.index === column && key.fields[index]!.form !== 'float',
      ),
    );
    const types = schema.map(field => withNullable(withoutTimeAttribute(field.type), true));
    const parts: Part[] = [];
    let offset = key.fields.length === 0 ? 0 : key.strideBytes;
    for (let first = 0; first < types.length; first += columnsPerPart) {
      const layout = keyLayoutOf(types.slice(first, first + columnsPerPart).filter((_, index) => this.#keys[first + index]! < 0));
      if (layout.fields.length === 0) continue;
      parts.push({ layout, offsetBytes: offset, first });
      offset += layout.strideBytes;
    }
    this.#parts = parts;
    const fields = parts.flatMap(part =>
      part.layout.fields.map((field): KeyField => ({ ...field, offsetBytes: field.offsetBytes + part.offsetBytes })),
    );
    this.row = { types: [], fields: [...key.fields, ...fields], nullable: true, strideBytes: Math.max(offset, 8) };
  }

  /** A batch's rows side by side in the arena; strings still point to where they were. */
  pack(task: OperatorTask, columns: readonly Column[], count: number, keyRows: number): number {
    const { memory, kernels } = task;
    const stride = this.row.strideBytes;
    const rows = memory.arena.allocateZeroed(count * stride);
    const { strideBytes } = this.key;
    if (this.key.fields.length > 0) kernels.rows_spread(count, keyRows, strideBytes, strideBytes, rows, stride);
    for (const [index, column] of columns.entries()) {
      const place = this.#placeOf(index);
      if (place === undefined) continue;
      const { part, field } = place;
      const storage = storageOf(column.type);
      const nested = storage === 'list' || storage === 'struct';
      const flat = nested ? packColumn(memory, column, count) : column;
      const form = rowForms[nested ? 'view' : storage];
      const { offsetBytes } = part.layout.fields[field]!;
      const at = part.offsetBytes;
      kernels.rows_write(count, form, flat.data, flat.validity, rows, stride, at + offsetBytes, at, BigInt(field));
    }
    return rows;
  }

  /** Column `index` of the rows at `rows` (u32 addresses). */
  unpack(task: OperatorTask, index: number, count: number, rows: number): Column {
    const { type } = this.schema[index]!;
    const place = this.#placeOf(index);
    const column =
      place === undefined
        ? unpackField(task.memory, task.kernels, this.key, this.#keys[index]!, count, rows)
        : unpackField(task.memory, task.kernels, place.part.layout, place.field, count, rows, place.part.offsetBytes);
    return { ...column, type };
  }

  /** A row whose columns are all NULL, in the arena. */
  nulls(task: OperatorTask): number {
    const { memory } = task;
    const row = memory.arena.allocateZeroed(this.row.strideBytes);
    const ones = (at: number): void => void memory.u8.fill(255, row + at, row + at + 8);
    if (this.key.nullable) ones(0);
    for (const part of this.#parts) ones(part.offsetBytes);
    return row;
  }

  #placeOf(column: number): { readonly part: Part; readonly field: number } | undefined {
    if (this.#keys[column]! >= 0) return undefined;
    const part = this.#parts.find(candidate => column >= candidate.first && column < candidate.first + columnsPerPart)!;
    let field = 0;
    for (let index = part.first; index < column; index++) if (this.#keys[index]! < 0) field++;
    return { part, field };
  }
}
