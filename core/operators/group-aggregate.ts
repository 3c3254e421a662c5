import { type Batch, batchOf } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import type { RowCursor, StateTable, ValueTable } from '../state/index.ts';
import { type AggregateInput, aggregateInput, groupTables } from './aggregate-input.ts';
import type { Barrier, Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { changesOf, GroupNotes, type TouchedGroups } from './group-changes.ts';
import { type GroupedBatch, GroupedRows, type GroupTables, typedColumn } from './grouped-rows.ts';
import { shardsByKey } from './sharded/shard-rules.ts';
import { GroupsTtl } from './state-ttl.ts';
import type { GroupAggregateSpec } from './stateful-specs.ts';
import { dropDeadValues, linkRestored, linkValues } from './value-sets.ts';

/** GROUP BY without windows, and DISTINCT. Changes are consolidated per batch: at most one −/+ pair per key, none when nothing changed. */
class GroupAggregate implements Operator {
  readonly #spec: GroupAggregateSpec;
  readonly #task: OperatorTask;
  readonly #rows: GroupedRows;
  readonly #tables: readonly ValueTable[];
  readonly #groups: GroupTables;
  readonly #ttl: GroupsTtl | undefined;
  /** Where the final rows go on; only while onEnd returns `more`. */
  #cursor: RowCursor | undefined;

  constructor(spec: GroupAggregateSpec, input: AggregateInput, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#rows = new GroupedRows(input, task);
    this.#tables = groupTables(input.layout, 'value').map(table => tables.get(table.name) as ValueTable);
    const [groups, ...sets] = this.#tables;
    this.#groups = { groups: groups!.groups, sets: sets.map(set => set.groups) };
    if (spec.ttlMs !== undefined) this.#ttl = new GroupsTtl(input.layout, this.#groups, task, spec.ttlMs);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const { retracting } = this.#rows.layout.plan;
    for (const table of this.#tables) table.groups.store.collectGarbage();
    if (this.#ttl !== undefined) {
      if (this.#tables.some(table => !table.linked)) {
        this.#ttl.purge();
        linkRestored(this.#rows, this.#task, this.#tables);
      }
      this.#ttl.sweep(batch.length, context.processingTimeMs);
    }
    const grouped = this.#rows.compute(batch);
    const count = grouped.batch.length;
    if (count === 0) return 'done';
    if (!retracting && this.#spec.final) {
      this.#rows.take(grouped, this.#groups, 0, count);
      return 'done';
    }
    const notes = new GroupNotes(this.#rows, this.#task, count, grouped.rows);
    if (retracting) {
      this.#rows.resolve(grouped, this.#groups, 0, count);
      this.#ttl?.renew(grouped, 0, count, context.processingTimeMs);
      linkValues(this.#rows, this.#task, grouped, this.#tables);
      notes.note(0, count);
      this.#rows.ensureHeap(grouped, this.#groups);
      this.#rows.accumulate(grouped, this.#groups, 0, count);
    } else
      this.#rows.take(grouped, this.#groups, 0, count, 0, (from, to) => {
        this.#ttl?.renew(grouped, from, to, context.processingTimeMs);
        notes.note(from, to);
      });
    const touched = notes.groups;
    if (retracting) {
      dropDeadValues(this.#rows, this.#task, grouped, this.#groups, this.#ttl !== undefined);
      this.#rows.ensureRecomputeHeap(this.#groups);
      this.#rows.code.recompute(touched.count, touched.rows, this.#groups.groups.store.block);
    }
    if (!this.#spec.final) {
      const changes = changesOf(this.#rows, this.#task, touched, this.#spec.schema, this.#ttl !== undefined);
      if (changes !== undefined) context.emit(changes);
    }
    this.#task.kernels.group_untouch(touched.count, touched.rows, this.#rows.layout.plan.keyBytes);
    if (retracting) this.#dropEmptyGroups(grouped, touched);
    return 'done';
  }

  /** What a first phase has goes on before a checkpoint: state is where it is merged, at any parallelism. */
  onBarrier(_barrier: Barrier, context: OperatorContext): Progress {
    const { groups } = this.#groups;
    if (this.#spec.phase !== 'local' || groups.rowCount() === 0) return 'done';
    const { arena } = this.#task.memory;
    const row = arena.allocate(4);
    const hash = arena.allocateZeroed(4);
    groups.scanRows(groups.store.cursor(), 1, row);
    this.onEnd(context);
    groups.remove(1, row, hash);
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    if (!this.#spec.final) return 'done';
    const { memory, kernels } = this.#task;
    const { groups } = this.#groups;
    const { plan, groupKey } = this.#rows.layout;
    if (this.#spec.keys.length === 0 && groups.rowCount() === 0) {
      const zero = memory.arena.allocateZeroed(16);
      groups.findOrInsert(zero, zero, memory.arena.allocate(4), 0, 1);
    }
    this.#cursor ??= groups.store.cursor();
    const rows = memory.arena.allocate(4 * limits.batchRows);
    let found = groups.scanRows(this.#cursor, limits.batchRows, rows);
    const more = found === limits.batchRows;
    if (plan.rowCount !== undefined && this.#spec.keys.length > 0) {
      const countAt = plan.keyBytes + 8 + plan.slots[plan.rowCount]!.offset;
      found = kernels.rows_with_count(found, rows, countAt);
    }
    const columns = [
      ...groupKey.types.map((_, index) => this.#rows.keyColumn(index, found, rows)),
      ...plan.results.map((_, index) => this.#rows.code.finish(index, found, rows)),
    ];
    if (found > 0)
      context.emit(
        batchOf(
          found,
          columns.map((column, index) => typedColumn(column, this.#spec.schema[index]!.type)),
        ),
      );
    if (more) return 'more';
    this.#cursor = undefined;
    return 'done';
  }

  /**
   * Groups without rows go; not those whose sums say that an insertion is still to come, unless groups expire: then the insertion was forgotten,
   * and the retraction of what is not known is nothing (as in Flink).
   */
  #dropEmptyGroups(grouped: GroupedBatch, touched: TouchedGroups): void {
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const flags = arena.allocate(touched.count);
    const { plan } = this.#rows.layout;
    if (this.#ttl === undefined) this.#rows.code.empty(touched.count, touched.rows, flags);
    else kernels.ttl_without_rows(touched.count, touched.rows, plan.keyBytes + 8 + plan.slots[plan.rowCount!]!.offset, flags);
    const gone = arena.allocate(4 * touched.count);
    const count = kernels.flagged_rows(touched.count, flags, gone);
    if (count === 0) return;
    const rows = arena.allocate(4 * count);
    const indexes = arena.allocate(4 * count);
    const hashes = arena.allocate(4 * count);
    kernels.gather_32(count, gone, touched.rows, rows);
    kernels.gather_32(count, gone, touched.indexes, indexes);
    kernels.gather_32(count, indexes, grouped.hashes, hashes);
    this.#ttl?.forget(count, rows);
    this.#groups.groups.remove(count, rows, hashes);
  }
}

export const groupAggregateDefinition: OperatorDefinition<GroupAggregateSpec> = {
  tables: spec => groupTables(aggregateInput(spec, spec.retracting).layout, 'value'),
  create: (spec, tables, task) => new GroupAggregate(spec, aggregateInput(spec, spec.retracting), tables, task),
  outputSchema: spec => spec.schema,
  // rows that are linked name each other by their addresses: they go to disk together
  shards(spec) {
    const { layout } = aggregateInput(spec, spec.retracting);
    const spills = groupTables(layout, 'value').every(table => table.kind === 'value' && table.spills);
    return spills || spec.phase === 'local' ? undefined : shardsByKey(spec.input, spec.keys, spec.final);
  },
};
