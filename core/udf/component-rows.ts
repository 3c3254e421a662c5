import type { Column } from '../columnar/batch.ts';
import { type Schema, storageBytes, storageOf, withNullable } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ComponentColumn, fromComponent, markRows, sliceOf } from './component-columns.ts';
import { isText } from './signature.ts';
import type { TextKernels } from './text-check.ts';

/** Rows that a component made, outside of the task's memory: for each the number of what it was made of, among what was given, and its columns. */
export interface MadeRows {
  readonly of: readonly number[];
  readonly columns: readonly ComponentColumn[];
}

/** What a function returned does not fit its signature. */
export const badComponentResult = (functionName: string, what: string): TidemillError =>
  new TidemillError('udf-result', `'${functionName}' ${what}`, { hint: 'See udf-sdk/abi: Components.' });

/**
 * Checks the rows that a function made of so many: first a column of numbers that do not go down, then those of its signature.
 * @throws TidemillError `udf-result`.
 */
export function madeRows(functionName: string, schema: Schema, made: readonly ComponentColumn[], given: number): MadeRows {
  const fail = (what: string): TidemillError => badComponentResult(functionName, what);
  const [numbers, ...columns] = made;
  if (numbers === undefined || (guarded('component-columns') && columns.length !== schema.length))
    throw fail(`returned ${made.length} columns, not ${schema.length + 1}`);
  const { data } = numbers;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = data.length >>> 2;
  let last = 0;
  const of = Array.from({ length: count }, (_, index) => {
    const row = view.getUint32(4 * index, true);
    if (guarded('component-rows') && (row < last || row >= given))
      throw fail(`returned a row of row ${row}, which goes down or is none`);
    last = row;
    return row;
  });
  for (const [index, column] of columns.entries()) {
    const { type } = schema[index]!;
    const bytes = isText(type) ? 4 * (count + 1) : count * storageBytes(storageOf(type));
    if (guarded('component-columns') && column.data.length !== bytes)
      throw fail(`returned ${column.data.length} bytes of data for ${count} rows, not ${bytes}`);
  }
  return { of, columns };
}

/**
 * Puts rows into the arena: row i is element `elements[i]` of the columns, which go up, or a row of NULLs where that is −1.
 * @throws TidemillError `udf-result`.
 */
export function placeRows(
  functionName: string,
  task: { readonly memory: TaskMemory; readonly kernels: TextKernels },
  schema: Schema,
  columns: readonly ComponentColumn[],
  elements: readonly number[],
  outer: boolean,
): readonly Column[] {
  const { memory, kernels } = task;
  const { arena } = memory;
  const count = elements.length;
  const rows: number[] = [];
  let first = -1;
  let end = 0;
  for (const [index, element] of elements.entries()) {
    if (element < 0) continue;
    if (first < 0) first = element;
    end = element + 1;
    rows.push(index);
  }
  const places = Int32Array.from(rows);
  return schema.map(({ type }, index): Column => {
    const nullable = type.nullable || outer;
    const validity = nullable ? arena.allocate(Math.max(((count + 63) >>> 6) * 8, 8)) : 0;
    if (nullable) markRows(memory, validity, count, places);
    const data = arena.allocateZeroed(Math.max(count * storageBytes(storageOf(type)), 8));
    if (first >= 0) {
      const given = sliceOf(columns[index]!, type, first, end);
      const wrong = fromComponent(memory, kernels, type, given, places, count, { data, validity });
      if (wrong !== undefined) throw badComponentResult(functionName, wrong);
    }
    return { type: withNullable(type, nullable), data, validity };
  });
}
