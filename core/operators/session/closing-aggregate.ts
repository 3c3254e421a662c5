import { type Batch, batchOf } from '../../columnar/batch.ts';
import type { Schema } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { AggregateCall, Expression } from '../../plan/expressions.ts';
import { createTable, type RowCursor, type StateTable, ValueTable } from '../../state/index.ts';
import { type AggregateInput, aggregateInput, groupTables } from '../aggregate-input.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from '../contract.ts';
import { GroupedRows, typedColumn } from '../grouped-rows.ts';
import { OrderedRows, type RowOrdering } from '../over/ordered-rows.ts';
import { type ReleaseTime, RowBuffer, rowBufferTables } from '../over/row-buffer.ts';

/**
 * GROUP BY the bounds of windows that follow from the rows themselves: rows wait until the watermark has passed their window's end; all of a
 * window have come by then, and its groups are made and sent at once. Output: keys, then aggregates.
 */
export interface ClosingAggregateSpec {
  readonly kind: 'closing-aggregate';
  readonly input: Schema;
  readonly filter?: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly release: ReleaseTime;
  readonly schema: Schema;
}

class ClosingAggregate implements Operator {
  readonly #spec: ClosingAggregateSpec;
  readonly #task: OperatorTask;
  readonly #input: AggregateInput;
  readonly #ordered: OrderedRows;
  readonly #buffer: RowBuffer;
  readonly #rows: GroupedRows;
  /** Groups that are being sent; only while a call returns `more`. */
  #sending: { readonly tables: readonly ValueTable[]; readonly cursor: RowCursor } | undefined;
  #sent: readonly ValueTable[] = [];

  constructor(spec: ClosingAggregateSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#input = inputOf(spec);
    this.#ordered = new OrderedRows(orderingOf(spec), task);
    this.#buffer = new RowBuffer(this.#ordered, spec.release, tables, task);
    this.#rows = new GroupedRows(this.#input, task);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.#reclaim();
    this.#buffer.add(batch, context);
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    if (this.#sending === undefined) {
      this.#reclaim();
      if (!this.#buffer.isDue(watermarkMs)) return 'done';
      const tables = this.#aggregate(watermarkMs);
      this.#sending = { tables, cursor: tables[0]!.groups.store.cursor() };
      context.count('windowsFired', 1);
    }
    const { tables, cursor } = this.#sending;
    const { groupKey, plan } = this.#rows.layout;
    const rows = this.#task.memory.arena.allocate(4 * limits.batchRows);
    const found = tables[0]!.groups.scanRows(cursor, limits.batchRows, rows);
    if (found > 0) {
      const columns = [
        ...groupKey.types.map((_, index) => this.#rows.keyColumn(index, found, rows)),
        ...plan.results.map((_, index) => this.#rows.code.finish(index, found, rows)),
      ];
      context.emit(
        batchOf(
          found,
          columns.map((column, index) => typedColumn(column, this.#spec.schema[index]!.type)),
        ),
      );
    }
    if (found === limits.batchRows) return 'more';
    // what was just sent may point into the tables
    this.#sent = tables;
    this.#sending = undefined;
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    return this.onWatermark(Number.POSITIVE_INFINITY, context);
  }

  close(): void {
    for (const table of this.#sending?.tables ?? []) table.close();
    this.#sending = undefined;
    this.#reclaim();
  }

  #reclaim(): void {
    for (const table of this.#sent) table.close();
    this.#sent = [];
  }

  /** Groups of the rows that are due, in tables of their own. */
  #aggregate(watermarkMs: number): ValueTable[] {
    const { memory, kernels } = this.#task;
    const tables = groupTables(this.#input.layout, 'value').map(spec => {
      const table = createTable(spec, memory, kernels);
      if (!(table instanceof ValueTable)) throw internalError('groups are kept in a value table');
      return table;
    });
    const [groups, ...sets] = tables.map(table => table.groups);
    const taken = this.#buffer.take(watermarkMs);
    for (let from = 0; from < taken.count; from += limits.batchRows) {
      const mark = memory.arena.mark();
      const count = Math.min(limits.batchRows, taken.count - from);
      const grouped = this.#rows.compute(this.#ordered.unpack(count, taken.address + 4 * from));
      this.#rows.take(grouped, { groups: groups!, sets }, 0, grouped.batch.length);
      memory.arena.release(mark);
    }
    this.#buffer.drop(memory.u32.slice(taken.address >> 2, (taken.address >> 2) + taken.count));
    taken.free();
    return tables;
  }
}

const inputOf = (spec: ClosingAggregateSpec): AggregateInput => aggregateInput(spec, false);

const orderings = new WeakMap<ClosingAggregateSpec, RowOrdering>();
function orderingOf(spec: ClosingAggregateSpec): RowOrdering {
  let ordering = orderings.get(spec);
  if (ordering === undefined) orderings.set(spec, (ordering = { schema: spec.input, partition: [], order: [] }));
  return ordering;
}

export const closingAggregateDefinition: OperatorDefinition<ClosingAggregateSpec> = {
  tables: spec => rowBufferTables(orderingOf(spec)),
  create: (spec, tables, task) => new ClosingAggregate(spec, tables, task),
  outputSchema: spec => spec.schema,
};
