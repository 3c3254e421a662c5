import { type Batch, batchOf } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import type { TableSpec } from '../state/contract.ts';
import { GroupTable, type RowCursor, type ValueTable } from '../state/index.ts';
import { keyViewOffsets } from '../state/keyed-tables.ts';
import { type RowForm, rowForm } from '../state/row-store.ts';
import { type AggregateInput, aggregateInput, groupTables } from './aggregate-input.ts';
import type { Barrier, Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { type GroupedBatch, GroupedRows, typedColumn } from './grouped-rows.ts';
import type { LocalAggregateSpec } from './stateful-specs.ts';

/**
 * The first phase of GROUP BY before an exchange: each batch becomes one row of partial results per key, so that less crosses to where keys are
 * kept. Nothing is kept from one batch to the next, but where the program is bounded: then groups are kept till the end, a barrier, or until there are
 * many of them. Where keys hardly repeat, rows become partial results one by one.
 * Source: Flink docs, "Performance Tuning: Local-Global Aggregation".
 */
class LocalAggregate implements Operator {
  readonly #spec: LocalAggregateSpec;
  readonly #task: OperatorTask;
  readonly #rows: GroupedRows;
  readonly #form: RowForm;
  /** Groups of several batches. */
  readonly #kept: GroupTable | undefined;
  /** What the batch emitted last may point into. */
  #table: GroupTable | undefined;
  #rowsExpected = 0;
  /** Batches to go before keys are looked for again, and how many these were the last time. */
  #skipped = 0;
  #skips = 0;
  /** Rows taken into the groups that are kept. */
  #taken = 0;
  /** Where sending goes on; only between calls that return `more`. */
  #cursor: RowCursor | undefined;

  constructor(spec: LocalAggregateSpec, input: AggregateInput, kept: GroupTable | undefined, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#kept = kept;
    this.#rows = new GroupedRows(input, task);
    const { groupKey, payload } = this.#rows.layout;
    this.#form = rowForm(groupKey.strideBytes, keyViewOffsets(groupKey), payload);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.close();
    if (this.#kept !== undefined) {
      const many = this.#keepsMany(this.#kept) && !this.#kept.store.copying;
      if ((this.#cursor !== undefined || many) && this.#send(this.#kept, context)) return 'more';
      this.#kept.store.collectGarbage();
    }
    const grouped = this.#rows.compute(batch);
    const count = grouped.batch.length;
    if (count === 0) return 'done';
    const apart = this.#skipped > 0;
    if (this.#kept !== undefined && !apart) {
      this.#rows.take(grouped, { groups: this.#kept, sets: [] }, 0, count);
      this.#taken += count;
      return 'done';
    }
    const { memory, kernels } = this.#task;
    const table = new GroupTable(memory, kernels, this.#form, { rowsExpected: apart ? 0 : this.#rowsExpected });
    this.#table = table;
    const { found, rows } = apart ? this.#apart(grouped, table, count) : this.#together(grouped, table, count);
    context.emit(this.#result(found, rows));
    return 'done';
  }

  /** What is kept goes on before a checkpoint: state is where it is merged, at any parallelism. */
  onBarrier(_barrier: Barrier, context: OperatorContext): Progress {
    return this.#sendAll(context);
  }

  onEnd(context: OperatorContext): Progress {
    return this.#sendAll(context);
  }

  close(): void {
    this.#table?.close();
    this.#table = undefined;
  }

  /** What is sent is never looked for again: it goes on instead of to disk. */
  #keepsMany(kept: GroupTable): boolean {
    const { usedBytes, budgetBytes } = this.#task.memory;
    return kept.rowCount() >= (usedBytes > budgetBytes ? 1 : limits.localGroupsKept);
  }

  #sendAll(context: OperatorContext): Progress {
    this.close();
    // rows that are being copied cannot go; they are in that checkpoint
    if (this.#kept === undefined || this.#kept.store.copying) return 'done';
    return this.#send(this.#kept, context) ? 'more' : 'done';
  }

  /** Sends a batch of what is kept; false when all has gone, and is forgotten. */
  #send(kept: GroupTable, context: OperatorContext): boolean {
    this.#cursor ??= kept.store.cursor();
    const rows = this.#task.memory.arena.allocate(4 * limits.batchRows);
    const found = kept.scanRows(this.#cursor, limits.batchRows, rows);
    if (found > 0) {
      context.emit(this.#result(found, rows));
      return true;
    }
    this.#cursor = undefined;
    const count = kept.rowCount();
    if (count === 0) return false;
    const repeats = count <= this.#taken * limits.localKeysShareMax;
    this.#skips = repeats ? 0 : Math.min(2 * this.#skips + limits.localBatchesSkipped, limits.localBatchesSkippedMax);
    this.#skipped = this.#skips;
    this.#taken = 0;
    kept.clear();
    return false;
  }

  #together(grouped: GroupedBatch, table: GroupTable, count: number): { found: number; rows: number } {
    this.#rows.take(grouped, { groups: table, sets: [] }, 0, count);
    const rows = this.#task.memory.arena.allocate(4 * count);
    const found = table.scanRows(table.store.cursor(), count, rows);
    this.#rowsExpected = found;
    if (count >= limits.localRowsJudged && found > count * limits.localKeysShareMax) this.#skipped = limits.localBatchesSkipped;
    return { found, rows };
  }

  /** A group per row, without a look whether its key is there. */
  #apart(grouped: GroupedBatch, table: GroupTable, count: number): { found: number; rows: number } {
    this.#skipped--;
    const tables = { groups: table, sets: [] };
    table.store.append(count, grouped.keys, grouped.rows);
    this.#rows.ensureHeap(grouped, tables);
    this.#rows.accumulate(grouped, tables, 0, count);
    return { found: count, rows: grouped.rows };
  }

  #result(count: number, rows: number): Batch {
    const { groupKey, plan } = this.#rows.layout;
    const columns = [
      ...groupKey.types.map((_, index) => this.#rows.keyColumn(index, count, rows)),
      ...plan.results.map((_, index) => this.#rows.code.finish(index, count, rows)),
    ];
    return batchOf(
      count,
      columns.map((column, index) => typedColumn(column, this.#spec.schema[index]!.type)),
    );
  }
}

export const localAggregateDefinition: OperatorDefinition<LocalAggregateSpec> = {
  tables(spec) {
    const tables = spec.final ? groupTables(aggregateInput(spec, false).layout, 'value') : [];
    return tables.map(table => ({ ...table, spills: false }) as TableSpec);
  },
  create(spec, tables, task) {
    const kept = spec.final ? (tables.get('groups') as ValueTable).groups : undefined;
    return new LocalAggregate(spec, aggregateInput(spec, false), kept, task);
  },
  outputSchema: spec => spec.schema,
};
