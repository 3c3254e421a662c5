import type { Batch } from '../columnar/batch.ts';
import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { sortEntryBytes } from '../kernels/sort.ts';
import { ListTable, MergedRuns, type StateTable } from '../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { RowSorter, rowOrder } from './row-order.ts';
import type { SortSpec } from './stateful-specs.ts';

/** ORDER BY of a bounded input: keeps all rows, sorts at the end, and sends them in order; equal rows in the order they came. */
class SortOperator implements Operator {
  readonly #spec: SortSpec;
  readonly #task: OperatorTask;
  readonly #sorter: RowSorter;
  readonly #rows: ListTable;
  /** Addresses of all rows in order, in a segment of their own; while onEnd returns `more`. */
  #sorted: { readonly address: number; readonly bytes: number; next: number; readonly end: number } | undefined;
  /** The same of rows on disk. */
  #merged: { readonly runs: MergedRuns; skip: number; left: number } | undefined;

  constructor(spec: SortSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#sorter = new RowSorter(rowOrder(spec), task);
    const rows = tables.get('rows');
    if (!(rows instanceof ListTable)) throw internalError("the list table 'rows' is missing");
    this.#rows = rows;
    rows.order = (count, addresses) => this.#order(count, addresses);
  }

  processBatch(batch: Batch): Progress {
    const { packed } = this.#sorter.pack(batch);
    this.#rows.append(batch.length, packed, this.#task.memory.arena.allocate(4 * batch.length));
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    if (this.#merged !== undefined || this.#rows.hasRuns) return this.#sendMerged(context);
    this.#sorted ??= this.#sort();
    const { address, next, end } = this.#sorted;
    const count = Math.min(limits.batchRows, end - next);
    if (count > 0) {
      context.emit(this.#sorter.unpack(count, address + 4 * next));
      this.#sorted.next += count;
    }
    if (next + count < end) return 'more';
    this.close();
    return 'done';
  }

  close(): void {
    this.#merged?.runs.close();
    this.#merged = undefined;
    if (this.#sorted !== undefined) this.#task.memory.freeSegment(this.#sorted.address, this.#sorted.bytes);
    this.#sorted = undefined;
  }

  /** Rows that did not fit into memory lie on disk in order, and are merged. */
  #sendMerged(context: OperatorContext): Progress {
    if (this.#merged === undefined) {
      const keys = () => ({ keys: this.#sorter.describe(), keyCount: this.#sorter.keyCount });
      const runs = new MergedRuns(this.#rows.store, this.#rows.sortedRuns(), keys);
      this.#merged = { runs, skip: this.#spec.offset, left: this.#spec.count ?? Number.POSITIVE_INFINITY };
    }
    const { runs, skip, left } = this.#merged;
    const rows = this.#task.memory.arena.allocate(4 * limits.batchRows);
    const taken = left === 0 ? 0 : runs.take(limits.batchRows, rows);
    const from = Math.min(skip, taken);
    const count = Math.min(left, taken - from);
    this.#merged.skip -= from;
    this.#merged.left -= count;
    if (count > 0) context.emit(this.#sorter.unpack(count, rows + 4 * from));
    if (taken > 0) return 'more';
    this.close();
    return 'done';
  }

  #order(count: number, rows: number): void {
    const { memory } = this.#task;
    const spaceBytes = Math.max(2 * sortEntryBytes * count, 4);
    const space = memory.allocateSegment(spaceBytes);
    this.#sorter.sort(count, rows, space);
    memory.freeSegment(space, spaceBytes);
  }

  #sort() {
    const { memory } = this.#task;
    const count = this.#rows.rowCount();
    const bytes = Math.max(4 * count, 4);
    const address = memory.allocateSegment(bytes);
    this.#rows.scan(this.#rows.store.cursor(), count, address);
    this.#order(count, address);
    const from = Math.min(this.#spec.offset, count);
    const end = this.#spec.count === undefined ? count : Math.min(count, from + this.#spec.count);
    return { address, bytes, next: from, end };
  }
}

export const sortDefinition: OperatorDefinition<SortSpec> = {
  tables: spec => [
    { kind: 'list', name: 'rows', row: rowOrder(spec).row, owner: { kind: 'key-group', fields: [] }, spills: true },
  ],
  create: (spec, tables, task) => new SortOperator(spec, tables, task),
  outputSchema: spec => spec.schema,
};
