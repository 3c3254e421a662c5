import { layoutAggregates } from '../../codegen/aggregates/index.ts';
import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import { keyLayoutOf } from '../../columnar/key-layout.ts';
import { type Schema, withoutTimeAttribute } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { type AggregateCall, column, type SortKey } from '../../plan/expressions.ts';
import type { OverCall } from '../../plan/windows.ts';
import type { StateTable, ValueTable } from '../../state/index.ts';
import { type AggregateInput, aggregateInput, groupTables } from '../aggregate-input.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, Waiting } from '../contract.ts';
import { type GroupedBatch, GroupedRows, type GroupTables, typedColumn } from '../grouped-rows.ts';
import { shardsByColumns } from '../sharded/shard-rules.ts';
import { GroupsTtl } from '../state-ttl.ts';
import { type Positions, positionsOf } from './frames.ts';
import { OrderedRows, type RowOrdering } from './ordered-rows.ts';
import { type ReleaseTime, RowBuffer, rowBufferTables, type TakenRows } from './row-buffer.ts';

/**
 * Aggregates of all rows of a partition so far, in order of time: one accumulator a partition is kept, and no rows but those that wait for the
 * watermark. `peers`: rows of equal time see each other. Without `release` the order is that of arrival.
 */
export interface RunningSpec {
  readonly kind: 'running';
  readonly input: Schema;
  readonly width: number;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly aggregates: readonly AggregateCall[];
  readonly peers: boolean;
  readonly release?: ReleaseTime | undefined;
  /** Partitions without rows for so long begin anew (`table.exec.state.ttl`). */
  readonly ttlMs?: number | undefined;
  readonly schema: Schema;
}

/** The calls as running aggregates, when all of them can be. */
export function runningCalls(calls: readonly OverCall[], input: Schema): Pick<RunningSpec, 'aggregates' | 'peers'> | undefined {
  const runs = ({ frame }: OverCall): boolean =>
    frame.start.kind === 'unbounded-preceding' && frame.end.kind === 'current-row' && frame.unit === calls[0]!.frame.unit;
  if (!calls.every(runs) || calls.some(call => call.name === 'rank' || call.name === 'dense-rank' || call.name === 'lag'))
    return undefined;
  const aggregates = calls.map((call): AggregateCall => ({ ...call, name: call.name === 'row-number' ? 'count' : call.name }));
  try {
    layoutAggregates(
      aggregates,
      input.map(field => withoutTimeAttribute(field.type)),
      keyLayoutOf([]),
      { retracting: false },
    );
    return { aggregates, peers: calls[0]!.frame.unit === 'range' };
  } catch (error) {
    // an aggregate without accumulator
    if (error instanceof TidemillError) return undefined;
    throw error;
  }
}

class Running implements Operator {
  readonly #spec: RunningSpec;
  readonly #task: OperatorTask;
  readonly #ordered: OrderedRows;
  readonly #buffer: RowBuffer;
  readonly #rows: GroupedRows;
  readonly #tables: readonly ValueTable[];
  readonly #groups: GroupTables;
  readonly #ttl: GroupsTtl | undefined;
  /** What is being worked on; only while a call returns `more`. */
  #taken: { readonly rows: TakenRows; readonly positions: Positions; next: number } | undefined;

  constructor(spec: RunningSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    const input = inputOf(spec);
    this.#spec = spec;
    this.#task = task;
    this.#ordered = new OrderedRows(orderingOf(spec), task);
    this.#buffer = new RowBuffer(this.#ordered, spec.release, tables, task);
    this.#rows = new GroupedRows(input, task);
    this.#tables = groupTables(input.layout, 'value').map(table => tables.get(table.name) as ValueTable);
    const [groups, ...sets] = this.#tables;
    this.#groups = { groups: groups!.groups, sets: sets.map(set => set.groups) };
    if (spec.ttlMs !== undefined) this.#ttl = new GroupsTtl(input.layout, this.#groups, task, spec.ttlMs);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    if (this.#spec.release !== undefined) {
      this.#buffer.add(batch, context);
      return 'done';
    }
    for (const table of this.#tables) table.groups.store.collectGarbage();
    this.#ttl?.sweep(batch.length, context.processingTimeMs);
    context.emit(this.#run(batch, undefined, 0, context));
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    if (this.#taken === undefined) {
      if (!this.#buffer.isDue(watermarkMs)) return 'done';
      for (const table of this.#tables) table.groups.store.collectGarbage();
      this.#ttl?.sweep(limits.batchRows, context.processingTimeMs);
      const rows = this.#buffer.take(watermarkMs);
      this.#taken = { rows, positions: positionsOf(this.#ordered, rows.count, rows.address), next: 0 };
    }
    const { rows, positions, next } = this.#taken;
    let end = Math.min(next + limits.batchRows, rows.count);
    // rows of equal time stay together
    if (end < rows.count && this.#spec.peers) end = positions.peerEnd[end - 1]!;
    if (end > next) {
      const batch = this.#ordered.unpack(end - next, rows.address + 4 * next);
      context.emit(this.#run(batch, this.#spec.peers ? positions.peerEnd : undefined, next, context));
    }
    this.#taken.next = end;
    if (end < rows.count) return 'more';
    this.#buffer.drop(positions.rows);
    rows.free();
    this.#taken = undefined;
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    return this.#spec.release === undefined ? 'done' : this.onWatermark(Number.POSITIVE_INFINITY, context);
  }

  waitsFor(): Waiting | undefined {
    return this.#buffer.waiting();
  }

  close(): void {
    this.#taken?.rows.free();
    this.#taken = undefined;
  }

  /** Takes rows one by one, and keeps what their partition's accumulators were after each; `peerEnd` counts from `offset` before the batch. */
  #run(batch: Batch, peerEnd: Int32Array | undefined, offset: number, context: OperatorContext): Batch {
    const { memory } = this.#task;
    const grouped = this.#rows.compute(batch);
    const count = batch.length;
    const { rowBytes } = this.#rows;
    const copies = memory.arena.allocate(rowBytes * count);
    const addresses = memory.arena.allocate(4 * count);
    this.#rows.resolve(grouped, this.#groups, 0, count);
    this.#ttl?.renew(grouped, 0, count, context.processingTimeMs);
    this.#rows.ensureHeap(grouped, this.#groups);
    for (let row = 0; row < count; ) {
      const end = peerEnd === undefined ? row + 1 : Math.min(peerEnd[offset + row]! - offset, count);
      this.#accumulate(grouped, row, end);
      const copy = copies + rowBytes * row;
      const group = memory.u32[(grouped.rows >> 2) + row]!;
      memory.u8.copyWithin(copy, group, group + rowBytes);
      memory.u32.fill(copy, (addresses >> 2) + row, (addresses >> 2) + end);
      row = end;
    }
    const results = this.#rows.layout.plan.results.map((_, index): Column => {
      const finished = this.#rows.code.finish(index, count, addresses);
      return typedColumn(finished, this.#spec.schema[this.#spec.width + index]!.type);
    });
    return batchOf(count, [...batch.columns.slice(0, this.#spec.width), ...results]);
  }

  #accumulate(grouped: GroupedBatch, from: number, to: number): void {
    this.#rows.accumulate(grouped, this.#groups, from, to);
  }
}

const inputs = new WeakMap<RunningSpec, AggregateInput>();
function inputOf(spec: RunningSpec): AggregateInput {
  let input = inputs.get(spec);
  if (input === undefined) {
    const keys = spec.partition.map(index => column(index, spec.input[index]!));
    input = aggregateInput({ input: spec.input, keys, aggregates: spec.aggregates, ttlMs: spec.ttlMs }, false);
    inputs.set(spec, input);
  }
  return input;
}

const orderings = new WeakMap<RunningSpec, RowOrdering>();
function orderingOf(spec: RunningSpec): RowOrdering {
  let ordering = orderings.get(spec);
  if (ordering === undefined)
    orderings.set(spec, (ordering = { schema: spec.input, partition: spec.partition, order: spec.order }));
  return ordering;
}

export const runningDefinition: OperatorDefinition<RunningSpec> = {
  tables: spec => [...rowBufferTables(orderingOf(spec)), ...groupTables(inputOf(spec).layout, 'value')],
  create: (spec, tables, task) => new Running(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards: spec => shardsByColumns(spec.input, spec.partition, false),
};
