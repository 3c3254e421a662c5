import type { Batch } from '../columnar/batch.ts';
import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { sortEntryBytes } from '../kernels/sort.ts';
import { ListTable, type StateTable } from '../state/index.ts';
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

  constructor(spec: SortSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#sorter = new RowSorter(rowOrder(spec), task);
    const rows = tables.get('rows');
    if (!(rows instanceof ListTable)) throw internalError("the list table 'rows' is missing");
    this.#rows = rows;
  }

  processBatch(batch: Batch): Progress {
    const { packed } = this.#sorter.pack(batch);
    this.#rows.append(batch.length, packed, this.#task.memory.arena.allocate(4 * batch.length));
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
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
    if (this.#sorted !== undefined) this.#task.memory.freeSegment(this.#sorted.address, this.#sorted.bytes);
    this.#sorted = undefined;
  }

  #sort() {
    const { memory } = this.#task;
    const count = this.#rows.rowCount();
    const bytes = Math.max(4 * count, 4);
    const address = memory.allocateSegment(bytes);
    const spaceBytes = Math.max(2 * sortEntryBytes * count, 4);
    const space = memory.allocateSegment(spaceBytes);
    this.#rows.scan(this.#rows.store.cursor(), count, address);
    this.#sorter.sort(count, address, space);
    memory.freeSegment(space, spaceBytes);
    const from = Math.min(this.#spec.offset, count);
    const end = this.#spec.count === undefined ? count : Math.min(count, from + this.#spec.count);
    return { address, bytes, next: from, end };
  }
}

export const sortDefinition: OperatorDefinition<SortSpec> = {
  tables: spec => [{ kind: 'list', name: 'rows', row: rowOrder(spec).row, owner: { kind: 'key-group', fields: [] } }],
  create: (spec, tables, task) => new SortOperator(spec, tables, task),
  outputSchema: spec => spec.schema,
};
