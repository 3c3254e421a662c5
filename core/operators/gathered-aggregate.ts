import { canonicalText } from '../codegen/canonical.ts';
import type { Compute } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import { type Batch, batchOf } from '../columnar/batch.ts';
import { readColumn, readWeights } from '../columnar/read-values.ts';
import { type Schema, timestampUnitsPerSecond, types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { valuesToBatch } from '../columnar/write-values.ts';
import { limits } from '../common/limits.ts';
import { fromWallClock, wallClock } from '../functions/datetime.ts';
import { identityOf } from '../functions/nested-values.ts';
import type { AggregateCall, Expression } from '../plan/expressions.ts';
import type { StateTable } from '../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import {
  type GatheredColumns,
  GatheredGroups,
  type GatheredRow,
  type Group,
  gatheredColumns,
  gatheredTables,
} from './gathered-groups.ts';
import { shardsByKey } from './sharded/shard-rules.ts';

/**
 * GROUP BY with aggregates that have only a reference (ARRAY_AGG, COLLECT, …), of rows that are all kept. Output: keys, then aggregates.
 * `final`: rows only at the end; else a changelog with weights. `close`: the groups are of windows, and the key at this place is their end: each
 * comes once, when the watermark has passed it, and rows that come later are late; `local`: the end is a wall clock of the session's time zone;
 * `precision` is the time attribute's.
 */
export interface GatheredAggregateSpec {
  readonly kind: 'gathered-aggregate';
  readonly input: Schema;
  readonly filter?: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly final: boolean;
  readonly close?: { readonly key: number; readonly local: boolean; readonly precision: number } | undefined;
  /** Groups without input for so long go (`table.exec.state.ttl`); not with `final` or `close`. */
  readonly ttlMs?: number | undefined;
  readonly schema: Schema;
}

const known = new WeakMap<object, GatheredColumns>();
function columnsOf(spec: GatheredAggregateSpec): GatheredColumns {
  let columns = known.get(spec);
  if (columns === undefined) known.set(spec, (columns = gatheredColumns(spec.keys, spec.aggregates, canonicalText)));
  return columns;
}

const wallClockType = types.timestamp(3, false);
const instantType = types.timestampLtz(3, false);

class GatheredAggregate implements Operator {
  readonly #spec: GatheredAggregateSpec;
  readonly #task: OperatorTask;
  readonly #compute: Compute;
  readonly #groups: GatheredGroups;
  /** Groups that are still to be sent while a hook returns `more`. */
  #sending: Iterator<Group> | undefined;
  /** Where looking for expired groups goes on. */
  #swept: Iterator<Group> | undefined;

  constructor(spec: GatheredAggregateSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    const columns = columnsOf(spec);
    this.#spec = spec;
    this.#task = task;
    this.#compute = compileCompute({ input: spec.input, filter: spec.filter, outputs: columns.outputs }, task);
    this.#groups = new GatheredGroups(columns, spec.aggregates, tables, task);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const { memory } = this.#task;
    this.#groups.collectGarbage();
    const computed = this.#compute.run(batch).batch;
    if (computed.length === 0) return 'done';
    const columns = computed.columns.map(column => readColumn(memory, column, computed.length));
    const weights = readWeights(memory, computed);
    const keyCount = this.#spec.keys.length;
    const changes = !this.#spec.final && this.#spec.close === undefined;
    const before = new Map<Group, readonly Value[] | undefined>();
    const added: { group: Group; row: GatheredRow }[] = [];
    let late = 0;
    const { ttlMs } = this.#spec;
    const nowMs = context.processingTimeMs;
    if (ttlMs !== undefined) this.#sweep(computed.length, nowMs - ttlMs);
    for (let index = 0; index < computed.length; index++) {
      const key = columns.slice(0, keyCount).map(column => column[index]!);
      if (this.#isClosed(key, this.#watermarkMs(computed, index, context))) {
        late++;
        continue;
      }
      const group = this.#groups.groupOf(key);
      if (ttlMs !== undefined) {
        if (group.rows.length > 0 && group.touchedMs <= nowMs - ttlMs) this.#groups.forgetRows(group);
        this.#groups.touch(group, nowMs);
        // the retraction of what is not known is nothing
        if (weights[index]! < 0 && group.rows.length === 0) {
          this.#groups.drop(group);
          continue;
        }
      }
      if (changes && !before.has(group)) before.set(group, this.#shown(group));
      const row = this.#groups.apply(
        group,
        columns.slice(keyCount).map(column => column[index]!),
        weights[index]!,
      );
      if (row !== undefined) added.push({ group, row });
    }
    this.#groups.save(added);
    if (ttlMs !== undefined) this.#groups.saveTimes(before.keys());
    if (late > 0) context.count('lateRows', late);
    if (changes) this.#emitChanges(before, context);
    return 'done';
  }

  /** Looks at the next groups in turn; those without input since `untilMs` go. */
  #sweep(incoming: number, untilMs: number): void {
    for (let left = Math.max(limits.ttlRowsSweptMin, incoming >> 1); left > 0; left--) {
      this.#swept ??= this.#groups.groups.values();
      const next = this.#swept.next();
      if (next.done === true) {
        this.#swept = undefined;
        return;
      }
      if (next.value.touchedMs <= untilMs) this.#groups.drop(next.value);
    }
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    if (this.#spec.close === undefined) return 'done';
    this.#sending ??= [...this.#groups.groups.values()].filter(group => this.#isClosed(group.key, watermarkMs)).values();
    return this.#send(context);
  }

  onEnd(context: OperatorContext): Progress {
    if (!this.#spec.final || this.#spec.close !== undefined) return 'done';
    if (this.#spec.keys.length === 0) this.#groups.groupOf([]);
    this.#sending ??= [...this.#groups.groups.values()].values();
    return this.#send(context);
  }

  /** The next groups, which go when they have been sent. */
  #send(context: OperatorContext): Progress {
    const rows: (readonly Value[])[] = [];
    let next = this.#sending!.next();
    for (; next.done !== true; next = this.#sending!.next()) {
      const group = next.value;
      if (this.#spec.keys.length === 0 || GatheredGroups.countOf(group) > 0)
        rows.push([...group.key, ...this.#groups.resultsOf(group)]);
      this.#groups.drop(group);
      if (rows.length === limits.batchRows) break;
    }
    if (rows.length > 0) context.emit(valuesToBatch(this.#task.memory, this.#spec.schema, rows));
    if (next.done !== true) return 'more';
    this.#sending = undefined;
    return 'done';
  }

  /** A group's row as it was sent last, undefined for none. */
  #shown(group: Group): readonly Value[] | undefined {
    const shown = this.#spec.keys.length === 0 ? this.#groups.seen : GatheredGroups.countOf(group) > 0;
    return shown ? this.#groups.resultsOf(group) : undefined;
  }

  #emitChanges(before: ReadonlyMap<Group, readonly Value[] | undefined>, context: OperatorContext): void {
    const rows: (readonly Value[])[] = [];
    const weights: number[] = [];
    const add = (group: Group, results: readonly Value[], weight: number): void => {
      rows.push([...group.key, ...results]);
      weights.push(weight);
    };
    for (const [group, old] of before) {
      const next = this.#shown(group);
      if (group.rows.length === 0 && this.#spec.keys.length > 0) this.#groups.drop(group);
      if (old !== undefined && next !== undefined && this.#spec.ttlMs === undefined && this.#isSame(old, next)) continue;
      if (old !== undefined) add(group, old, -1);
      if (next !== undefined) add(group, next, 1);
    }
    if (rows.length === 0) return;
    const batch = valuesToBatch(this.#task.memory, this.#spec.schema, rows, weights);
    context.emit(batchOf(batch.length, batch.columns, batch.weights));
  }

  #isSame(left: readonly Value[], right: readonly Value[]): boolean {
    return this.#spec.aggregates.every(({ type }, index) => identityOf(left[index]!, type) === identityOf(right[index]!, type));
  }

  /** Milliseconds of the watermark that a row came behind. */
  #watermarkMs(batch: Batch, row: number, context: OperatorContext): number {
    if (batch.watermarkBefore === 0) return context.watermarkMs;
    const units = this.#task.memory.i64[(batch.watermarkBefore >>> 3) + row]!;
    return Math.max(context.watermarkMs, Number(units) / (timestampUnitsPerSecond(this.#spec.close?.precision ?? 3) / 1000));
  }

  /** Whether the window of a key has ended. */
  #isClosed(key: readonly Value[], watermarkMs: number): boolean {
    const { close } = this.#spec;
    if (close === undefined) return false;
    const end = key[close.key] as bigint;
    const instant = close.local
      ? (fromWallClock(wallClock(end, wallClockType, this.#task.localTimeZone), instantType, this.#task.localTimeZone) as bigint)
      : end;
    return Number(instant / 1000n) - 1 <= watermarkMs;
  }
}

export const gatheredAggregateDefinition: OperatorDefinition<GatheredAggregateSpec> = {
  tables: spec => gatheredTables(columnsOf(spec)),
  create: (spec, tables, task) => new GatheredAggregate(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards: spec => shardsByKey(spec.input, spec.keys, spec.final && spec.close === undefined),
};
