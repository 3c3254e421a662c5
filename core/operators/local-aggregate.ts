import { type Batch, batchOf } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import { GroupTable } from '../state/index.ts';
import { keyViewOffsets } from '../state/keyed-tables.ts';
import { type RowForm, rowForm } from '../state/row-store.ts';
import { type AggregateInput, aggregateInput } from './aggregate-input.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { type GroupedBatch, GroupedRows, typedColumn } from './grouped-rows.ts';
import type { LocalAggregateSpec } from './stateful-specs.ts';

/**
 * The first phase of GROUP BY before an exchange: each batch becomes one row of partial results per key, so that less crosses to where keys are
 * kept. Nothing is kept from one batch to the next. Where keys hardly repeat within a batch, rows become partial results one by one.
 * Source: Flink docs, "Performance Tuning: Local-Global Aggregation".
 */
class LocalAggregate implements Operator {
  readonly #spec: LocalAggregateSpec;
  readonly #task: OperatorTask;
  readonly #rows: GroupedRows;
  readonly #form: RowForm;
  /** What the batch emitted last may point into. */
  #table: GroupTable | undefined;
  #rowsExpected = 0;
  /** Batches to go before keys are looked for again. */
  #skipped = 0;

  constructor(spec: LocalAggregateSpec, input: AggregateInput, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#rows = new GroupedRows(input, task);
    const { groupKey, payload } = this.#rows.layout;
    this.#form = rowForm(groupKey.strideBytes, keyViewOffsets(groupKey), payload);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.close();
    const grouped = this.#rows.compute(batch);
    const count = grouped.batch.length;
    if (count === 0) return 'done';
    const { memory, kernels } = this.#task;
    const apart = this.#skipped > 0;
    const table = new GroupTable(memory, kernels, this.#form, { rowsExpected: apart ? 0 : this.#rowsExpected });
    this.#table = table;
    const { found, rows } = apart ? this.#apart(grouped, table, count) : this.#together(grouped, table, count);
    context.emit(this.#result(found, rows));
    return 'done';
  }

  close(): void {
    this.#table?.close();
    this.#table = undefined;
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
  tables: () => [],
  create: (spec, _tables, task) => new LocalAggregate(spec, aggregateInput(spec, false), task),
  outputSchema: spec => spec.schema,
};
