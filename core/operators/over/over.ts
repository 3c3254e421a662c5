import type { Batch } from '../../columnar/batch.ts';
import { isTimestamp, type Schema, timestampUnitsPerSecond } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import type { SortKey } from '../../plan/expressions.ts';
import type { OverCall } from '../../plan/windows.ts';
import type { StateTable } from '../../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, Waiting } from '../contract.ts';
import { shardsByColumns } from '../sharded/shard-rules.ts';
import { OverResults } from './evaluate.ts';
import { type Positions, positionsOf } from './frames.ts';
import { OrderedRows } from './ordered-rows.ts';
import { type ReleaseTime, RowBuffer, rowBufferTables, type TakenRows } from './row-buffer.ts';

/**
 * Functions with OVER. Keys and arguments are columns of the input, of which the first `width` are passed on, with a column a call behind them.
 * Rows are worked on when their time has come: at the end of a bounded input, when their window closes, or when the watermark passes them
 * (`looksBack`); in the last case those that later frames reach are kept.
 */
export interface OverSpec {
  readonly kind: 'over';
  readonly input: Schema;
  readonly width: number;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly calls: readonly OverCall[];
  readonly release?: ReleaseTime | undefined;
  /** Later rows look back at those that were worked on. */
  readonly looksBack?: boolean | undefined;
  /** Only rows whose number by this call lies between the two, both included. */
  readonly keep?: { readonly call: number; readonly from: number; readonly to: number } | undefined;
  /** With `looksBack`: rows that were worked on are forgotten when none came to their partition for so long (`table.exec.state.ttl`). */
  readonly ttlMs?: number | undefined;
  readonly schema: Schema;
}

class Over implements Operator {
  readonly #spec: OverSpec;
  readonly #ordered: OrderedRows;
  readonly #buffer: RowBuffer;
  /** What is being sent; only while a call returns `more`. */
  #sending: { readonly taken: TakenRows; readonly chosen: Uint32Array; readonly results: OverResults; next: number } | undefined;
  #dropped: Uint32Array = new Uint32Array();

  constructor(spec: OverSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#ordered = new OrderedRows(orderingOf(spec), task);
    this.#buffer = new RowBuffer(this.#ordered, spec.release, tables, task, spec.looksBack ? spec.ttlMs : undefined);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.#buffer.add(batch, context);
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    return this.#spec.release === undefined ? 'done' : this.#advance(watermarkMs, context);
  }

  onEnd(context: OperatorContext): Progress {
    return this.#advance(Number.POSITIVE_INFINITY, context);
  }

  waitsFor(): Waiting | undefined {
    return this.#spec.release === undefined ? undefined : this.#buffer.waiting();
  }

  close(): void {
    this.#sending?.taken.free();
    this.#sending = undefined;
  }

  #advance(watermarkMs: number, context: OperatorContext): Progress {
    if (this.#sending === undefined) {
      if (this.#spec.release !== undefined && !this.#buffer.isDue(watermarkMs)) return 'done';
      this.#sending = this.#evaluate(watermarkMs, context.processingTimeMs);
    }
    const { chosen, next, results, taken } = this.#sending;
    const count = Math.min(limits.batchRows, chosen.length - next);
    if (count > 0) context.emit(results.batch(chosen.subarray(next, next + count), this.#spec.width));
    this.#sending.next += count;
    if (next + count < chosen.length) return 'more';
    taken.free();
    this.#sending = undefined;
    this.#buffer.drop(this.#dropped);
    if (this.#spec.release !== undefined) this.#buffer.passedMs = watermarkMs;
    return 'done';
  }

  #evaluate(watermarkMs: number, nowMs: number) {
    const { calls, keep } = this.#spec;
    const reach = reachOf(this.#spec);
    // where later rows look back over a number of rows, those stay however old they are
    const keptMs = reach.rows === 0 ? reach.ms : Number.POSITIVE_INFINITY;
    const taken = this.#buffer.take(watermarkMs, this.#spec.looksBack ? keptMs : undefined, nowMs);
    const positions = positionsOf(this.#ordered, taken.count, taken.address);
    const results = new OverResults(this.#ordered, positions, orderingOf(this.#spec), calls);
    const ranks = keep && results.numbers(keep.call);
    const passed = this.#buffer.passedMs;
    const isNew = this.#spec.looksBack ? this.#buffer.timeMs() : undefined;
    const chosen: number[] = [];
    for (let position = 0; position < positions.count; position++) {
      if (isNew !== undefined && isNew(positions.rows[position]!) <= passed) continue;
      if (ranks !== undefined && (ranks[position]! < keep!.from || ranks[position]! > keep!.to)) continue;
      chosen.push(position);
    }
    this.#dropped = this.#spec.looksBack ? this.#outOfReach(positions, watermarkMs, ranks) : positions.rows;
    // results come in order of time, so that what follows sees no row behind another
    if (isNew !== undefined)
      chosen.sort((left, right) => isNew(positions.rows[left]!) - isNew(positions.rows[right]!) || left - right);
    return { taken, chosen: Uint32Array.from(chosen), results, next: 0 };
  }

  /** Rows that no later frame reaches. */
  #outOfReach(positions: Positions, watermarkMs: number, ranks: Float64Array | undefined): Uint32Array {
    const reach = reachOf(this.#spec);
    const timeOf = this.#buffer.timeMs();
    const gone: number[] = [];
    for (let index = 0; index + 1 < positions.partitions.length; index++) {
      const end = positions.partitions[index + 1]!;
      for (let position = positions.partitions[index]!; position < end; position++) {
        const row = positions.rows[position]!;
        // what is numbered behind the wanted rows is not needed to number later ones
        const behind = ranks !== undefined && ranks[position]! > this.#spec.keep!.to;
        if (behind || (end - position > reach.rows && timeOf(row) <= watermarkMs - reach.ms)) gone.push(row);
      }
    }
    return Uint32Array.from(gone);
  }
}

/** How far back later rows look: a number of rows of the partition, and milliseconds. */
function reachOf(spec: OverSpec): { readonly rows: number; readonly ms: number } {
  let rows = 0;
  let ms = 0;
  const [key] = spec.order;
  const type = key?.expression.type;
  const units = type !== undefined && isTimestamp(type) ? timestampUnitsPerSecond(type.precision) / 1000 : 1;
  for (const { name, frame, arguments: args } of spec.calls) {
    if (name === 'lag') rows = Math.max(rows, args[1]?.kind === 'literal' ? Number(args[1].value) : 1);
    else if (frame.start.kind === 'unbounded-preceding') rows = Number.POSITIVE_INFINITY;
    else if (frame.start.kind === 'preceding' && frame.unit === 'rows') rows = Math.max(rows, Number(frame.start.offset.value));
    else if (frame.start.kind === 'preceding') {
      const { offset } = frame.start;
      ms = Math.max(ms, offset.type.kind === 'INTERVAL_DAY_TIME' ? Number(offset.value) : Number(offset.value) / units);
    }
  }
  return { rows, ms };
}

const orderings = new WeakMap<
  OverSpec,
  { readonly schema: Schema; readonly partition: readonly number[]; readonly order: readonly SortKey[] }
>();
function orderingOf(spec: OverSpec) {
  let ordering = orderings.get(spec);
  if (ordering === undefined)
    orderings.set(spec, (ordering = { schema: spec.input, partition: spec.partition, order: spec.order }));
  return ordering;
}

export const overDefinition: OperatorDefinition<OverSpec> = {
  tables: spec => rowBufferTables(orderingOf(spec)),
  create: (spec, tables, task) => new Over(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards: spec => shardsByColumns(spec.input, spec.partition, spec.release === undefined),
};
