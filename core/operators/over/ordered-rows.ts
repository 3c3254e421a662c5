import { keyWords } from '../../codegen/hash.ts';
import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import { type KeyLayout, keyLayoutOf } from '../../columnar/key-layout.ts';
import { type Schema, type SqlType, types, typeToString, withoutTimeAttribute } from '../../columnar/types.ts';
import { internalError, notSupported } from '../../common/errors.ts';
import { sortEntryBytes, sortFlags, sortForms, sortKeyWords } from '../../kernels/sort.ts';
import { column, type SortKey } from '../../plan/expressions.ts';
import { packRows, unpackField } from '../../state/packed-rows.ts';
import type { OperatorTask } from '../contract.ts';

/** Rows that are kept and put in order: by partition, then by the keys, then as they came. All keys are columns. */
export interface RowOrdering {
  readonly schema: Schema;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
}

/** How such rows lie: the columns, then the number of arrival. */
export interface OrderedLayout {
  readonly row: KeyLayout;
  /** Four words a key: those of the partition, of the order, and the number. */
  readonly keys: readonly number[];
}

const known = new WeakMap<RowOrdering, OrderedLayout>();

/** @throws TidemillError `not-supported` for rows of more than 63 columns, and for keys of nested types. */
export function orderedLayout(spec: RowOrdering): OrderedLayout {
  const found = known.get(spec);
  if (found !== undefined) return found;
  if (spec.schema.length > 63) throw notSupported('ordering rows of more than 63 columns');
  const row = keyLayoutOf([...spec.schema.map(field => withoutTimeAttribute(field.type)), types.bigint(false)]);
  const partition = spec.partition.map(
    (index): SortKey => ({ expression: column(index, spec.schema[index]!), descending: false, nullsFirst: true }),
  );
  const keys = [...partition, ...spec.order].flatMap(key => describeKey(row, key));
  const sequence = row.fields[spec.schema.length]!;
  const layout = { row, keys: [...keys, sequence.offsetBytes, sortForms.integer, 0xffff_ffff, 0] };
  known.set(spec, layout);
  return layout;
}

function describeKey(row: KeyLayout, { expression, descending, nullsFirst }: SortKey): number[] {
  if (expression.kind !== 'column') throw internalError('rows are ordered by columns');
  const field = row.fields[expression.index]!;
  const { kind } = field.type;
  if (kind === 'ARRAY' || kind === 'MAP' || kind === 'ROW' || kind === 'MULTISET')
    throw notSupported(`ORDER BY or PARTITION BY a ${typeToString(field.type)}`, expression.span);
  return [
    field.offsetBytes,
    sortForms[field.form],
    field.type.nullable ? expression.index : 0xffff_ffff,
    (descending ? sortFlags.descending : 0) | (nullsFirst ? sortFlags.nullsFirst : 0),
  ];
}

/** Packs, sorts, compares and unpacks such rows on a task's memory; rows are named by their addresses. */
export class OrderedRows {
  readonly layout: OrderedLayout;
  readonly task: OperatorTask;
  readonly #spec: RowOrdering;

  constructor(spec: RowOrdering, task: OperatorTask) {
    this.#spec = spec;
    this.layout = orderedLayout(spec);
    this.task = task;
  }

  get schema(): Schema {
    return this.#spec.schema;
  }

  /** A batch's rows packed side by side in the arena, numbered from `sequence` on. */
  pack(batch: Batch, sequence: number): number {
    const { memory, kernels } = this.task;
    const numbers = memory.arena.allocate(8 * batch.length);
    const words = memory.u32;
    for (let row = 0; row < batch.length; row++) {
      const number = sequence + row;
      words[(numbers >> 2) + 2 * row] = number;
      words[(numbers >> 2) + 2 * row + 1] = Math.floor(number / 2 ** 32);
    }
    const sequences: Column = { type: types.bigint(false), validity: 0, data: numbers };
    return packRows(memory, kernels, this.layout.row, [...batch.columns.slice(0, this.schema.length), sequences], batch.length);
  }

  /** Sorts rows (an array of u32 addresses) in place. */
  sort(count: number, rows: number): void {
    if (count < 2) return;
    const { memory, kernels } = this.task;
    const spaceBytes = 2 * sortEntryBytes * count;
    const space = memory.allocateSegment(spaceBytes);
    const keys = this.describe(this.layout.keys);
    const keyCount = this.layout.keys.length / sortKeyWords;
    kernels.sort_entries(count, rows, keys, keyCount, space);
    const sorted = kernels.sort_merge(count, space, space + sortEntryBytes * count, keys, keyCount, 0) >>> 0;
    kernels.sort_rows(count, sorted, rows);
    memory.freeSegment(space, spaceBytes);
  }

  /** Compares rows by their partition, or by their order; 0 is equal. */
  comparator(keys: 'partition' | 'order'): (left: number, right: number) => number {
    const { kernels } = this.task;
    const address = this.describe(this.layout.keys);
    const partitions = this.#spec.partition.length;
    if (keys === 'partition') return (left, right) => kernels.compare_rows(left, right, address, partitions);
    const from = address + 4 * sortKeyWords * partitions;
    return (left, right) => kernels.compare_rows(left, right, from, this.#spec.order.length);
  }

  /** Compares rows by one column, ascending. */
  columnComparator(index: number): (left: number, right: number) => number {
    const { kernels } = this.task;
    const expression = column(index, this.schema[index]!);
    const address = this.describe(describeKey(this.layout.row, { expression, descending: false, nullsFirst: true }));
    return (left, right) => kernels.compare_rows(left, right, address, 1);
  }

  /** Whether a column of a row is NULL. */
  isNull(index: number): (row: number) => boolean {
    if (!this.layout.row.fields[index]!.type.nullable) return () => false;
    const { memory } = this.task;
    const words = memory.u32;
    const word = index >> 5;
    const bit = 1 << (index & 31);
    return row => (words[(row >> 2) + word]! & bit) !== 0;
  }

  /** A column of rows, in the arena, under its type. */
  column(index: number, count: number, rows: number): Column {
    const { memory, kernels } = this.task;
    const unpacked = unpackField(memory, kernels, this.layout.row, index, count, rows);
    return { ...unpacked, type: this.schema[index]!.type };
  }

  /** The first `width` columns of rows as a batch. */
  unpack(count: number, rows: number, width = this.schema.length): Batch {
    return batchOf(
      count,
      Array.from({ length: width }, (_, index) => this.column(index, count, rows)),
    );
  }

  /** i64 of a column as a number, which is exact below 2^53. */
  timeOf(index: number): (row: number) => number {
    const { memory } = this.task;
    const at = this.layout.row.fields[index]!.offsetBytes >> 2;
    const low = memory.u32;
    const high = memory.i32;
    return row => high[(row >> 2) + at + 1]! * 4294967296 + low[(row >> 2) + at]!;
  }

  /** A hash of each row's partition. */
  partitionHashes(count: number, rows: number): Uint32Array {
    const { memory, kernels } = this.task;
    const mark = memory.arena.mark();
    const layout = keyLayoutOf(this.#spec.partition.map(index => this.layout.row.fields[index]!.type));
    const columns = this.#spec.partition.map(index => unpackField(memory, kernels, this.layout.row, index, count, rows));
    const packed = packRows(memory, kernels, layout, columns, count);
    const { words, views } = keyWords(layout);
    const hashes = memory.arena.allocate(4 * count);
    kernels.hash_key_rows(packed, count, words, views, hashes);
    const result = memory.u32.slice(hashes >> 2, (hashes >> 2) + count);
    memory.arena.release(mark);
    return result;
  }

  get hasPartitions(): boolean {
    return this.#spec.partition.length > 0;
  }

  /** Key descriptions in the arena. */
  describe(keys: readonly number[]): number {
    const { memory } = this.task;
    const address = memory.arena.allocate(4 * Math.max(keys.length, 1));
    memory.u32.set(keys, address >> 2);
    return address;
  }
}

/** Type of a packed row's column. */
export const packedType = (layout: OrderedLayout, index: number): SqlType => layout.row.fields[index]!.type;
