import { gatherColumn } from '../codegen/gather.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { type Schema, storageBytes, storageOf } from '../columnar/types.ts';
import type { OperatorTask } from './contract.ts';
import { type GroupedRows, typedColumn } from './grouped-rows.ts';

/** Groups that a batch touched, each once: u32 addresses, the row number where each came first, and a copy of its row as it was before. */
export interface TouchedGroups {
  readonly count: number;
  readonly rows: number;
  readonly indexes: number;
  readonly before: number;
}

/** Width codes of the pairs_differ kernel. */
function widthCode(column: Column): number {
  const storage = storageOf(column.type);
  if (storage === 'view') return 17;
  if (storage === 'f32') return 6;
  return storage === 'f64' ? 9 : storageBytes(storage);
}

/** Notes the distinct groups of a batch in pieces, each after its rows were found and before they change. */
export class GroupNotes {
  readonly #grouping: GroupedRows;
  readonly #task: OperatorTask;
  readonly #rows: number;
  readonly #touched: number;
  readonly #indexes: number;
  readonly #before: number;
  #count = 0;

  /** `rows`: address of the batch's `count` group addresses. */
  constructor(grouping: GroupedRows, task: OperatorTask, count: number, rows: number) {
    const { arena } = task.memory;
    this.#grouping = grouping;
    this.#task = task;
    this.#rows = rows;
    this.#touched = arena.allocate(4 * count);
    this.#indexes = arena.allocate(4 * count);
    // room for a copy of every row; what is not used is never touched
    this.#before = arena.allocate(grouping.rowBytes * count);
  }

  note(from: number, to: number): void {
    const { keyBytes } = this.#grouping.layout.plan;
    const { rowBytes } = this.#grouping;
    const at = this.#count;
    this.#count += this.#task.kernels.group_touch(
      from,
      to,
      this.#rows,
      keyBytes,
      rowBytes,
      this.#touched + 4 * at,
      this.#indexes + 4 * at,
      this.#before + rowBytes * at,
    );
  }

  get groups(): TouchedGroups {
    return { count: this.#count, rows: this.#touched, indexes: this.#indexes, before: this.#before };
  }
}

/**
 * The consolidated changelog of touched groups: an update is one retraction and one insertion, and none when no result changed; a group that is
 * new or has gone is one row. Undefined when nothing changed. With `forwardsAll` updates that change nothing are sent too: a time to live downstream
 * counts from them (as Flink does).
 */
export function changesOf(
  grouping: GroupedRows,
  task: OperatorTask,
  touched: TouchedGroups,
  schema: Schema,
  forwardsAll = false,
): Batch | undefined {
  const { memory, kernels } = task;
  const { plan, groupKey } = grouping.layout;
  const { arena } = memory;
  const base = plan.keyBytes + 8;
  const countAt = plan.rowCount === undefined ? 0 : base + plan.slots[plan.rowCount]!.offset;
  let addresses = arena.allocate(8 * touched.count);
  let weights = arena.allocate(2 * touched.count);
  const updates = arena.allocate(4 * touched.count + 8) + 4;
  let rows = kernels.change_rows(
    touched.count,
    touched.rows,
    touched.before,
    grouping.rowBytes,
    plan.keyBytes + 4,
    countAt,
    addresses,
    weights,
    updates,
  );
  const pairs = memory.u32[(updates - 4) >> 2]!;
  let results = plan.results.map((_, index) => grouping.code.finish(index, rows, addresses));
  if (pairs > 0 && !grouping.everyRowChanges && !forwardsAll) {
    const flags = arena.allocateZeroed(pairs);
    for (const column of results)
      if (kernels.pairs_differ(pairs, updates, widthCode(column), column.data, column.validity, flags) === 0) break;
    const kept = arena.allocate(4 * rows);
    const left = kernels.keep_changed(rows, updates, pairs, flags, kept);
    if (left < rows) {
      rows = left;
      results = results.map(column => gatherColumn(task, column, kept, rows));
      const keptAddresses = arena.allocate(4 * rows);
      const keptWeights = arena.allocate(rows);
      kernels.gather_32(rows, kept, addresses, keptAddresses);
      kernels.gather_8(rows, kept, weights, keptWeights);
      addresses = keptAddresses;
      weights = keptWeights;
    }
  }
  if (rows === 0) return undefined;
  const columns = [...groupKey.types.map((_, index) => grouping.keyColumn(index, rows, addresses)), ...results];
  return batchOf(
    rows,
    columns.map((column, index) => typedColumn(column, schema[index]!.type)),
    weights,
  );
}
