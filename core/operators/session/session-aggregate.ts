import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import type { Schema, SqlType } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { type AggregateCall, column } from '../../plan/expressions.ts';
import { ListTable, type StateTable, type TableSpec, ValueTable } from '../../state/index.ts';
import { type AggregateInput, aggregateInput } from '../aggregate-input.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, Waiting } from '../contract.ts';
import { GroupedRows, type GroupTables, typedColumn } from '../grouped-rows.ts';
import { OrderedRows, type RowOrdering } from '../over/ordered-rows.ts';
import { rowBufferTables } from '../over/row-buffer.ts';
import { mergeRows } from '../pane-merge.ts';
import { shardsByColumns } from '../sharded/shard-rules.ts';
import type { WindowOutput } from '../stateful-specs.ts';
import { SessionIndex, sessionNumber, withSession } from './session-index.ts';
import { SessionBounds } from './window-columns.ts';

/**
 * GROUP BY the partition columns and the bounds of their sessions: an accumulator a session, which rows extend and join as they come, and which is sent when the
 * watermark has passed its end. `outputs` in the order of `schema`; keys are positions in `partition`. Source: Flink docs, "Windowing TVF", "SESSION";
 * "Window Aggregation".
 */
export interface SessionAggregateSpec {
  readonly kind: 'session-aggregate';
  readonly input: Schema;
  readonly partition: readonly number[];
  readonly timeColumn: number;
  readonly gapMs: number;
  readonly aggregates: readonly AggregateCall[];
  readonly outputs: readonly WindowOutput[];
  readonly schema: Schema;
}

class SessionAggregate implements Operator {
  readonly #spec: SessionAggregateSpec;
  readonly #task: OperatorTask;
  readonly #rows: GroupedRows;
  readonly #timeAt: number;
  readonly #groups: GroupTables;
  readonly #index: SessionIndex;
  readonly #bounds: SessionBounds;
  /** Rows of a checkpoint of a program that kept them till their session ended. */
  readonly #kept: ListTable;

  constructor(spec: SessionAggregateSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    const input = inputOf(spec);
    const sessions = tables.get('sessions');
    const kept = tables.get('rows');
    if (!(sessions instanceof ValueTable) || !(kept instanceof ListTable)) throw internalError('a table of sessions is missing');
    this.#spec = spec;
    this.#task = task;
    this.#rows = new GroupedRows(input, task);
    this.#timeAt = input.extraAt;
    this.#groups = { groups: sessions.groups, sets: [] };
    this.#bounds = new SessionBounds(spec.input, spec.timeColumn, task);
    this.#index = new SessionIndex(sessions.groups, input.layout.groupKey, input.layout.plan.payloadBytes, spec.gapMs, task);
    this.#kept = kept;
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.#groups.groups.store.collectGarbage();
    this.#takeKept();
    const late = this.#take(batch, context.watermarkMs);
    if (late > 0) context.count('lateRows', late);
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    this.#takeKept();
    const { count, rows } = this.#index.due(watermarkMs);
    if (count === 0) return 'done';
    context.count('windowsFired', count);
    context.emit(this.#results(count, rows));
    this.#index.end(count, rows);
    return count === limits.batchRows ? 'more' : 'done';
  }

  onEnd(context: OperatorContext): Progress {
    return this.onWatermark(Number.POSITIVE_INFINITY, context);
  }

  waitsFor(): Waiting | undefined {
    const next = this.#index.next();
    if (next === undefined) return undefined;
    const [startMs, endMs] = [this.#bounds.localMs(next.startMs), this.#bounds.localMs(next.endMs)];
    return { what: 'window', startMs, endMs, neededMs: next.endMs - 1 };
  }

  close(): void {
    this.#index.close();
  }

  /** Takes rows into their sessions; how many came too late. */
  #take(batch: Batch, watermarkMs: number): number {
    const grouped = this.#rows.compute(batch);
    const count = grouped.batch.length;
    if (count === 0) return 0;
    const { rows, late, joined, pairs } = this.#index.assign({
      count,
      keys: grouped.keys,
      hashes: grouped.hashes,
      times: grouped.batch.columns[this.#timeAt]!,
      watermarkBefore: grouped.batch.watermarkBefore,
      watermarkMs,
    });
    const placed = { ...grouped, rows };
    this.#rows.ensureHeap(placed, this.#groups);
    this.#rows.accumulate(placed, this.#groups, 0, count);
    if (joined > 0) this.#join(joined, pairs);
    return late;
  }

  #join(count: number, pairs: number): void {
    const { memory } = this.#task;
    const targets = memory.arena.allocate(4 * count);
    const sources = memory.arena.allocate(4 * count);
    const words = memory.u32;
    const merge = mergeRows(this.#rows, this.#task);
    // what one session has taken in goes on to the next: no session is in one merge as both
    let from = 0;
    let seen = new Set<number>();
    for (let index = 0; index < count; index++) {
      const [target, source] = [words[(pairs >>> 2) + 2 * index]!, words[(pairs >>> 2) + 2 * index + 1]!];
      if (seen.has(target) || seen.has(source)) {
        merge(this.#groups.groups, index - from, targets + 4 * from, sources + 4 * from);
        from = index;
        seen = new Set();
      }
      seen.add(target).add(source);
      words[(targets >>> 2) + index] = target;
      words[(sources >>> 2) + index] = source;
    }
    merge(this.#groups.groups, count - from, targets + 4 * from, sources + 4 * from);
    this.#index.end(count, sources);
  }

  #takeKept(): void {
    if (this.#kept.rowCount() === 0) return;
    const { arena } = this.#task.memory;
    const ordered = new OrderedRows(orderingOf(this.#spec), this.#task);
    const count = this.#kept.rowCount();
    const rows = arena.allocate(4 * count);
    this.#kept.scan(this.#kept.store.cursor(), count, rows);
    for (let from = 0; from < count; from += limits.batchRows) {
      const mark = arena.mark();
      this.#take(ordered.unpack(Math.min(limits.batchRows, count - from), rows + 4 * from), Number.NEGATIVE_INFINITY);
      arena.release(mark);
    }
    this.#kept.release(count, rows);
  }

  #results(count: number, rows: number): Batch {
    const { outputs, schema } = this.#spec;
    return batchOf(
      count,
      outputs.map((output, index) => this.#column(output, schema[index]!.type, count, rows)),
    );
  }

  #column(output: WindowOutput, type: SqlType, count: number, rows: number): Column {
    const row = (index: number): number => this.#task.memory.u32[(rows >>> 2) + index]!;
    switch (output.kind) {
      case 'key':
        return typedColumn(this.#rows.keyColumn(output.index, count, rows), type);
      case 'aggregate':
        return typedColumn(this.#rows.code.finish(output.index, count, rows), type);
      case 'window':
        if (output.property === 'time') return this.#bounds.times(count, type, index => this.#index.endMs(row(index)));
        return this.#bounds.bounds(count, type, index =>
          output.property === 'start' ? this.#index.startMs(row(index)) : this.#index.endMs(row(index)),
        );
    }
  }
}

const inputs = new WeakMap<SessionAggregateSpec, AggregateInput>();
function inputOf(spec: SessionAggregateSpec): AggregateInput {
  let input = inputs.get(spec);
  if (input === undefined) {
    const partition = spec.partition.map(index => column(index, spec.input[index]!));
    const made = aggregateInput({ input: spec.input, keys: [...partition, sessionNumber], aggregates: spec.aggregates }, false, [
      column(spec.timeColumn, spec.input[spec.timeColumn]!),
    ]);
    const { payload, sets } = made.layout;
    if (sets.length > 0) throw internalError('values that are kept one by one do not belong to sessions');
    const keyNames = [...spec.partition.map(index => spec.input[index]!.name), 'session number'];
    input = { ...made, layout: { ...made.layout, keyNames, payload: { ...payload, ...withSession(payload) } } };
    inputs.set(spec, input);
  }
  return input;
}

const orderings = new WeakMap<SessionAggregateSpec, RowOrdering>();
function orderingOf(spec: SessionAggregateSpec): RowOrdering {
  let ordering = orderings.get(spec);
  if (ordering === undefined) orderings.set(spec, (ordering = { schema: spec.input, partition: spec.partition, order: [] }));
  return ordering;
}

function tablesOf(spec: SessionAggregateSpec): readonly TableSpec[] {
  const { groupKey, payload, keyNames } = inputOf(spec).layout;
  const owner = { kind: 'key-group', fields: spec.partition.map((_, index) => index) } as const;
  const kept = rowBufferTables(orderingOf(spec)).filter(table => table.kind === 'list');
  return [{ kind: 'value', name: 'sessions', key: groupKey, payload, owner, names: keyNames }, ...kept];
}

export const sessionAggregateDefinition: OperatorDefinition<SessionAggregateSpec> = {
  tables: tablesOf,
  create: (spec, tables, task) => new SessionAggregate(spec, tables, task),
  outputSchema: spec => spec.schema,
  // times at which sessions may end name their rows by their addresses: they go to disk together
  shards: spec => shardsByColumns(spec.input, spec.partition, false),
};
