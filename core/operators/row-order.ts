import type { Compute, ComputeSpec } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import { orderedBytes } from '../codegen/nested-calls.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import { type Schema, typeToString, withoutTimeAttribute } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import { isNested, isOrdered } from '../functions/nested-values.ts';
import { sortEntryBytes, sortFlags, sortForms, sortKeyWords } from '../kernels/sort.ts';
import { column, type SortKey } from '../plan/expressions.ts';
import { packRows, unpackField } from '../state/packed-rows.ts';
import type { OperatorTask } from './contract.ts';

/** Rows of a schema as they are kept for sorting: their columns, then sort keys that are no plain column. */
export interface RowOrder {
  readonly compute: ComputeSpec;
  readonly row: KeyLayout;
  readonly schema: Schema;
  /** Four words a key, as kernels take them. */
  readonly keys: readonly number[];
  /** Equal prefixes are equal rows. */
  readonly exact: boolean;
}

const known = new WeakMap<object, RowOrder>();

/** @throws TidemillError `not-supported` for rows of more than 64 columns, and for keys of nested types. */
export function rowOrder(spec: { readonly schema: Schema; readonly keys: readonly SortKey[] }): RowOrder {
  const found = known.get(spec);
  if (found !== undefined) return found;
  const { schema } = spec;
  const outputs = [
    ...schema.map((field, index) => column(index, field)),
    ...spec.keys
      .filter(key => !isPlain(key))
      .map(key => (isNested(key.expression.type) ? orderedBytes(key.expression) : key.expression)),
  ];
  if (outputs.length > 64) throw notSupported('sorting rows of more than 64 columns');
  const row = keyLayoutOf(outputs.map(output => withoutTimeAttribute(output.type)));
  let computed = schema.length;
  const keys = spec.keys.flatMap(({ expression, descending, nullsFirst }) => {
    const { type } = expression;
    if (!isOrdered(type)) throw notSupported(`ORDER BY a ${typeToString(type)}`, expression.span);
    const index = expression.kind === 'column' && !isNested(type) ? expression.index : computed++;
    const field = row.fields[index]!;
    return [
      field.offsetBytes,
      sortForms[field.form],
      field.type.nullable ? index : 0xffff_ffff,
      (descending ? sortFlags.descending : 0) | (nullsFirst ? sortFlags.nullsFirst : 0),
    ];
  });
  const exact = spec.keys.length === 0 || (spec.keys.length === 1 && keys[1]! <= sortForms.float && keys[2] === 0xffff_ffff);
  const order: RowOrder = { compute: { input: schema, outputs }, row, schema, keys, exact };
  known.set(spec, order);
  return order;
}

/** A column whose words can be compared as they are. */
const isPlain = ({ expression }: SortKey): boolean => expression.kind === 'column' && !isNested(expression.type);

/** Packs, sorts and unpacks rows on a task's memory. */
export class RowSorter {
  readonly order: RowOrder;
  readonly #task: OperatorTask;
  readonly #compute: Compute;

  constructor(order: RowOrder, task: OperatorTask) {
    this.order = order;
    this.#task = task;
    this.#compute = compileCompute(order.compute, task);
  }

  /** A batch's rows packed side by side in the arena, and the batch with computed keys. */
  pack(batch: Batch): { readonly packed: number; readonly batch: Batch } {
    const { memory, kernels } = this.#task;
    const computed = this.#compute.run(batch).batch;
    return { packed: packRows(memory, kernels, this.order.row, computed.columns, computed.length), batch: computed };
  }

  /** The sort keys' descriptions, in the arena. */
  describe(): number {
    const { memory } = this.#task;
    const address = memory.arena.allocate(4 * Math.max(this.order.keys.length, 1));
    memory.u32.set(this.order.keys, address >> 2);
    return address;
  }

  /** Entries with prefixes for rows (u32 addresses) into `entries`, {@link sortEntryBytes} each. */
  entries(count: number, rows: number, entries: number): void {
    this.#task.kernels.sort_entries(count, rows, this.describe(), this.keyCount, entries);
  }

  /** Sorts rows in place, stably; `space` has room for two entries a row. Entries of the sorted rows are where it says. */
  sort(count: number, rows: number, space: number): number {
    const { kernels } = this.#task;
    const keys = this.describe();
    const scratch = space + sortEntryBytes * count;
    kernels.sort_entries(count, rows, keys, this.keyCount, space);
    const sorted = kernels.sort_merge(count, space, scratch, keys, this.keyCount, this.order.exact ? 1 : 0) >>> 0;
    kernels.sort_rows(count, sorted, rows);
    return sorted;
  }

  /** Rows (u32 addresses) as a batch under the schema. */
  unpack(count: number, rows: number, weights = 0): Batch {
    const { memory, kernels } = this.#task;
    const columns = this.order.schema.map((field, index): Column => {
      const unpacked = unpackField(memory, kernels, this.order.row, index, count, rows);
      return { ...unpacked, type: field.type };
    });
    return batchOf(count, columns, weights);
  }

  get keyCount(): number {
    return this.order.keys.length / sortKeyWords;
  }
}
