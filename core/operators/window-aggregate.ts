import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { isTimestamp, type SqlType } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import { column } from '../plan/expressions.ts';
import type { RecordTable, RowCursor, RowOwner, StateTable } from '../state/index.ts';
import { type AggregateInput, aggregateInput, groupTables } from './aggregate-input.ts';
import type { Barrier, Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, Waiting } from './contract.ts';
import { GroupedRows, typedColumn } from './grouped-rows.ts';
import { recordTable } from './record-table.ts';
import type { WindowAggregateSpec, WindowOutput } from './stateful-specs.ts';
import { assignPanes } from './window-assign.ts';
import { type FiredWindow, WindowPanes } from './window-panes.ts';
import { unitsPerMs, WindowRule } from './window-rule.ts';

/**
 * GROUP BY over TUMBLE, HOP and CUMULATE: rows go into slices, windows fire as the watermark (or the clock) passes them, in order, and a slice is
 * dropped when its last window has fired. Source: Flink docs, "Window Aggregation".
 */
class WindowAggregate implements Operator {
  readonly #spec: WindowAggregateSpec;
  readonly #task: OperatorTask;
  readonly #rows: GroupedRows;
  readonly #timeAt: number;
  readonly #rule: WindowRule;
  readonly #panes: WindowPanes;
  readonly #progress: RecordTable;
  /** The window that is being sent; only while a call returns `more`. */
  #firing: { readonly window: FiredWindow; cursor: RowCursor } | undefined;
  readonly nextTimerMs?: () => number | undefined;

  constructor(spec: WindowAggregateSpec, input: AggregateInput, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#rows = new GroupedRows(input, task);
    this.#timeAt = input.extraAt;
    this.#rule = ruleOf(spec, task.localTimeZone);
    this.#panes = new WindowPanes(this.#rule, this.#rows, tables, task);
    this.#progress = recordTable(tables, 'progress');
    if (spec.time.kind === 'proctime') {
      this.nextTimerMs = () => {
        const end = this.#panes.nextWindowEnd(this.#firedUntil);
        return end === undefined ? undefined : this.#rule.toUtcMs(end);
      };
    }
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.#panes.reclaim();
    const grouped = this.#rows.compute(batch);
    const count = grouped.batch.length;
    if (count === 0) return 'done';
    if (this.#spec.time.kind === 'proctime') {
      const tables = this.#panes.pane(this.#rule.sliceEnd(this.#rule.toLocalMs(context.processingTimeMs)));
      this.#rows.take(grouped, tables, 0, count);
      return 'done';
    }
    const assignment = assignPanes(this.#task, this.#rule, {
      count,
      times: grouped.batch.columns[this.#timeAt]!,
      watermarkBefore: grouped.batch.watermarkBefore,
      watermarkMs: context.watermarkMs,
    });
    if (assignment.lateRows > 0) context.count('lateRows', assignment.lateRows);
    for (const { name, from, to } of assignment.panes)
      this.#rows.take(grouped, this.#panes.pane(name), from, to, assignment.order);
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    return this.#spec.time.kind === 'proctime' ? 'done' : this.#fire(watermarkMs, context);
  }

  onTimer(timerMs: number, context: OperatorContext): Progress {
    return this.#fire(timerMs - 1, context);
  }

  waitsFor(): Waiting | undefined {
    if (this.#spec.time.kind === 'proctime') return undefined;
    const endMs = this.#panes.nextWindowEnd(this.#firedUntil);
    if (endMs === undefined) return undefined;
    return { what: 'window', startMs: this.#rule.windowStart(endMs), endMs, neededMs: this.#rule.toUtcMs(endMs) - 1 };
  }

  /** Slices go on before a checkpoint: state is where windows are made, at any parallelism. */
  onBarrier(_barrier: Barrier, context: OperatorContext): Progress {
    if (this.#spec.phase !== 'local') return 'done';
    this.#panes.reclaim();
    return this.#sendSlices(Number.POSITIVE_INFINITY, context);
  }

  /** Windows that no watermark closed: processing time, and inputs without one. */
  onEnd(context: OperatorContext): Progress {
    return this.#fire(Number.POSITIVE_INFINITY, context);
  }

  get #firedUntil(): number {
    return this.#progress.get('firedUntilMs') ?? Number.NEGATIVE_INFINITY;
  }

  /** Sends at most one batch of the next window that is due. */
  #fire(watermarkMs: number, context: OperatorContext): Progress {
    this.#panes.reclaim();
    if (this.#spec.phase === 'local') return this.#sendSlices(watermarkMs, context);
    if (this.#firing === undefined) {
      const end = this.#panes.nextWindowEnd(this.#firedUntil);
      if (end === undefined || !this.#rule.isFired(end, watermarkMs)) {
        this.#progress.set('firedUntilMs', Math.max(this.#firedUntil, this.#rule.firedUntil(watermarkMs)));
        return 'done';
      }
      this.#begin(this.#panes.open(end));
      context.count('windowsFired', 1);
    }
    const { window } = this.#firing!;
    const { count, rows, last } = this.#nextRows();
    if (count > 0) context.emit(this.#result(window.endMs, count, rows));
    if (last) {
      this.#panes.close(window);
      this.#progress.set('firedUntilMs', window.endMs);
    }
    return 'more';
  }

  #begin(window: FiredWindow): void {
    this.#firing = { window, cursor: window.groups.store.cursor() };
  }

  /** The next groups of the window that is being sent; `last`: it is not any more. */
  #nextRows(): { readonly count: number; readonly rows: number; readonly last: boolean } {
    const firing = this.#firing!;
    const { window } = firing;
    const rows = this.#task.memory.arena.allocate(4 * limits.batchRows);
    let count = window.groups.scanRows(firing.cursor, limits.batchRows, rows);
    // in parts: what was sent from the one before has been used up
    while (count === 0 && window.merged?.next() === true) {
      firing.cursor = window.groups.store.cursor();
      count = window.groups.scanRows(firing.cursor, limits.batchRows, rows);
    }
    const last = window.merged === undefined ? count < limits.batchRows : count === 0;
    if (last) this.#firing = undefined;
    return { count, rows, last };
  }

  /** Sends at most one batch of the next slice that has ended. */
  #sendSlices(watermarkMs: number, context: OperatorContext): Progress {
    if (this.#firing === undefined) {
      const name = this.#panes.nextSlice(watermarkMs);
      if (name === undefined) return 'done';
      this.#begin(this.#panes.openSlice(name));
    }
    const { window } = this.#firing!;
    const { arena } = this.#task.memory;
    const { count: found, rows, last } = this.#nextRows();
    if (found > 0) {
      const { columns } = this.#result(Math.floor(window.endMs), found, rows);
      const behindMs = this.#rule.missedWatermarkMs(window.endMs);
      const before = behindMs === undefined ? 0 : arena.allocate(8 * found);
      if (behindMs !== undefined)
        this.#task.kernels.fill_64(found, BigInt(behindMs) * BigInt(unitsPerMs(this.#timeType)), before);
      context.emit(batchOf(found, columns, 0, before));
    }
    if (last) this.#panes.closeSlice(window);
    return 'more';
  }

  get #timeType(): SqlType {
    const { outputs, schema } = this.#spec;
    return schema[outputs.findIndex(output => output.kind === 'window')]!.type;
  }

  #result(endMs: number, count: number, rows: number): Batch {
    const { outputs, schema } = this.#spec;
    const columns = outputs.map((output, index) => this.#column(output, schema[index]!.type, endMs, count, rows));
    return batchOf(count, columns);
  }

  #column(output: WindowOutput, type: SqlType, endMs: number, count: number, rows: number): Column {
    switch (output.kind) {
      case 'key':
        return typedColumn(this.#rows.keyColumn(output.index, count, rows), type);
      case 'aggregate':
        return typedColumn(this.#rows.code.finish(output.index, count, rows), type);
      case 'window': {
        const data = this.#task.memory.arena.allocate(8 * count);
        const ms = this.#windowTimeMs(output.property, type, endMs);
        this.#task.kernels.fill_64(count, BigInt(ms) * BigInt(unitsPerMs(type)), data);
        return { type, validity: 0, data };
      }
    }
  }

  #windowTimeMs(property: 'start' | 'end' | 'time', type: SqlType, endMs: number): number {
    if (property === 'start') return this.#rule.windowStart(endMs);
    if (property === 'end') return endMs;
    return type.kind === 'TIMESTAMP_LTZ' ? this.#rule.toUtcMs(endMs) - 1 : endMs - 1;
  }
}

function ruleOf(spec: WindowAggregateSpec, localTimeZone: string): WindowRule {
  const { time, window, input } = spec;
  const attached = time.kind === 'attached';
  const local =
    time.kind === 'proctime' ||
    (time.kind === 'rowtime' && input[time.column]!.type.kind === 'TIMESTAMP_LTZ') ||
    (attached &&
      spec.outputs.some(
        (output, index) =>
          output.kind === 'window' &&
          output.property === 'time' &&
          isTimestamp(spec.schema[index]!.type) &&
          spec.schema[index]!.type.kind === 'TIMESTAMP_LTZ',
      ));
  return new WindowRule(window, { attached, localTimeZone: local ? localTimeZone : undefined });
}

function inputOf(spec: WindowAggregateSpec): AggregateInput {
  const { time, input } = spec;
  const at = time.kind === 'rowtime' ? time.column : time.kind === 'attached' ? time.endColumn : undefined;
  return aggregateInput(spec, false, at === undefined ? [] : [column(at, input[at]!)]);
}

export const windowAggregateDefinition: OperatorDefinition<WindowAggregateSpec> = {
  tables: spec => {
    const { layout } = inputOf(spec);
    // what is reduced before an exchange may be anybody's
    const owner: RowOwner | undefined = spec.phase === 'local' ? { kind: 'any' } : undefined;
    const growing = spec.window.kind === 'cumulate' && spec.time.kind !== 'attached';
    return [
      ...groupTables(layout, 'sliced', { owner, apart: true }),
      ...(growing ? groupTables(layout, 'sliced', { owner, apart: true, prefix: 'growing ' }) : []),
      { kind: 'record', name: 'progress', fields: ['firedUntilMs'], merge: { firedUntilMs: 'least' } },
    ];
  },
  create: (spec, tables, task) => new WindowAggregate(spec, inputOf(spec), tables, task),
  outputSchema: spec => spec.schema,
};
