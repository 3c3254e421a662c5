import type { Compute } from '../../codegen/contract.ts';
import { gatherColumn } from '../../codegen/gather.ts';
import { compileCompute } from '../../codegen/index.ts';
import { type Batch, batchOf } from '../../columnar/batch.ts';
import { keyLayoutOf } from '../../columnar/key-layout.ts';
import { type Schema, types } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import { column, type SortKey } from '../../plan/expressions.ts';
import { emptyPayload, ListTable, type StateTable, ValueTable } from '../../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, Waiting } from '../contract.ts';
import { eachPartition, positionsOf } from '../over/frames.ts';
import { OrderedRows, type RowOrdering } from '../over/ordered-rows.ts';
import { RowBuffer, rowBufferTables, type TakenRows } from '../over/row-buffer.ts';
import { shardsByColumns } from '../sharded/shard-rules.ts';
import { SessionIndex, sessionNumber, withSession } from './session-index.ts';
import { SessionBounds } from './window-columns.ts';

/**
 * SESSION: rows of a partition whose times are at most `gapMs` apart are one window, from the first to `gapMs` after the last. Rows are sent when
 * their session has closed, with window_start, window_end and window_time behind their columns. Source: Flink docs, "Windowing TVF", "SESSION".
 */
export interface SessionSpec {
  readonly kind: 'session';
  readonly input: Schema;
  readonly partition: readonly number[];
  readonly timeColumn: number;
  readonly gapMs: number;
  readonly schema: Schema;
}

/** Rows of closed sessions in order of partition and time, and the bounds of their sessions. */
interface Closed {
  readonly taken: TakenRows;
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  next: number;
}

class Session implements Operator {
  readonly #spec: SessionSpec;
  readonly #task: OperatorTask;
  readonly #ordered: OrderedRows;
  readonly #buffer: RowBuffer;
  readonly #bounds: SessionBounds;
  readonly #keys: Compute;
  /** Which rows belong together, found again from the rows when the operator is made anew: the sessions, and a list of `{row, next}` for each. */
  readonly #sessions: ValueTable;
  readonly #nodes: ListTable;
  readonly #index: SessionIndex;
  /** What is being sent; only while a call returns `more`. */
  #closed: Closed | undefined;

  constructor(spec: SessionSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#bounds = new SessionBounds(spec.input, spec.timeColumn, task);
    this.#ordered = new OrderedRows(orderingOf(spec), task);
    this.#buffer = new RowBuffer(this.#ordered, { column: spec.timeColumn, exclusive: false }, tables, task);
    const partition = spec.partition.map(index => column(index, spec.input[index]!));
    const expressions = [...partition, sessionNumber];
    const layout = keyLayoutOf(expressions.map(expression => expression.type));
    const time = column(spec.timeColumn, spec.input[spec.timeColumn]!);
    this.#keys = compileCompute({ input: spec.input, outputs: [time], key: { expressions, layout } }, task);
    const { memory, kernels } = task;
    const payload = withSession(emptyPayload, true);
    this.#sessions = new ValueTable({ kind: 'value', name: 'sessions', key: layout, payload }, memory, kernels);
    this.#nodes = new ListTable({ kind: 'list', name: 'nodes', row: nodeLayout, owner: { kind: 'any' } }, memory, kernels);
    this.#index = new SessionIndex(this.#sessions.groups, layout, 0, spec.gapMs, task);
    this.#buffer.eachChunk((count, rows) => {
      this.#place(this.#ordered.unpack(count, rows), Number.NEGATIVE_INFINITY, () => rows);
    });
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    this.#sessions.groups.store.collectGarbage();
    const late = this.#place(batch, context.watermarkMs, kept => this.#buffer.keep(kept, context));
    if (late > 0) context.count('lateRows', late);
    return 'done';
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    this.#closed ??= this.#close(watermarkMs);
    if (this.#closed === undefined) return 'done';
    const { taken, next } = this.#closed;
    const count = Math.min(limits.batchRows, taken.count - next);
    context.emit(this.#windows(this.#closed, next, count));
    this.#closed.next += count;
    if (next + count < taken.count) return 'more';
    const { u32 } = this.#task.memory;
    this.#buffer.drop(u32.slice(taken.address >>> 2, (taken.address >>> 2) + taken.count));
    taken.free();
    this.#closed = undefined;
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    return this.onWatermark(Number.POSITIVE_INFINITY, context);
  }

  waitsFor(): Waiting | undefined {
    const next = this.#index.next();
    return next && { what: 'rows', endMs: next.startMs, neededMs: next.endMs - 1 };
  }

  close(): void {
    this.#closed?.taken.free();
    this.#closed = undefined;
    this.#index.close();
    this.#sessions.close();
    this.#nodes.close();
  }

  /** Puts rows into sessions; how many came too late. `keep`: gives the addresses of those that did not, once they are kept. */
  #place(batch: Batch, watermarkMs: number, keep: (batch: Batch) => number): number {
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const { keyRows, hashes, batch: timed } = this.#keys.run(batch);
    const assigned = this.#index.assign({
      count: batch.length,
      keys: keyRows,
      hashes,
      times: timed.columns[0]!,
      watermarkBefore: batch.watermarkBefore,
      watermarkMs,
    });
    const { late, joined, pairs } = assigned;
    const inTime = late === 0 ? undefined : this.#inTime(batch.length, late, assigned.rows);
    const count = batch.length - late;
    if (count > 0) {
      const rows = keep(inTime === undefined ? batch : this.#picked(batch, count, inTime));
      if (inTime !== undefined) kernels.gather_32(count, inTime, assigned.rows, assigned.rows);
      const packed = arena.allocateZeroed(8 * count);
      const words = memory.u32;
      for (let index = 0; index < count; index++) words[(packed >>> 2) + 2 * index] = words[(rows >>> 2) + index]!;
      const nodes = arena.allocate(4 * count);
      this.#nodes.append(count, packed, nodes);
      kernels.session_hang(count, assigned.rows, nodes, this.#index.at);
    }
    if (joined > 0) {
      kernels.session_rehang(joined, pairs, this.#index.at);
      const sources = arena.allocate(4 * joined);
      for (let index = 0; index < joined; index++)
        memory.u32[(sources >>> 2) + index] = memory.u32[(pairs >>> 2) + 2 * index + 1]!;
      this.#index.end(joined, sources);
    }
    return late;
  }

  #picked(batch: Batch, count: number, numbers: number): Batch {
    return batchOf(
      count,
      batch.columns.map(each => gatherColumn(this.#task, each, numbers, count)),
    );
  }

  /** Numbers of the rows that have a session. */
  #inTime(rowCount: number, late: number, sessions: number): number {
    const { memory } = this.#task;
    const numbers = memory.arena.allocate(4 * (rowCount - late));
    let count = 0;
    for (let row = 0; row < rowCount; row++)
      if (memory.u32[(sessions >>> 2) + row] !== 0) memory.u32[(numbers >>> 2) + count++] = row;
    return numbers;
  }

  /** Takes the rows of the sessions that the watermark has passed. */
  #close(watermarkMs: number): Closed | undefined {
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const chunks: Uint32Array[] = [];
    for (;;) {
      const mark = arena.mark();
      const { count: sessions, rows } = this.#index.due(watermarkMs);
      if (sessions > 0) {
        const count = kernels.session_hanging(sessions, rows, this.#index.at, 0, 0);
        const [hanging, nodes] = [arena.allocate(4 * count), arena.allocate(4 * count)];
        kernels.session_hanging(sessions, rows, this.#index.at, hanging, nodes);
        chunks.push(memory.u32.slice(hanging >>> 2, (hanging >>> 2) + count));
        this.#nodes.release(count, nodes);
        this.#index.end(sessions, rows);
      }
      arena.release(mark);
      if (sessions === 0) break;
    }
    const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (count === 0) return undefined;
    const bytes = 4 * count;
    const address = memory.allocateSegment(bytes);
    let at = address >>> 2;
    for (const chunk of chunks) {
      memory.u32.set(chunk, at);
      at += chunk.length;
    }
    this.#ordered.sort(count, address);
    return this.#bounded({ address, count, free: () => memory.freeSegment(address, bytes) });
  }

  #bounded(taken: TakenRows): Closed {
    const { gapMs } = this.#spec;
    const startMs = new Float64Array(taken.count);
    const endMs = new Float64Array(taken.count);
    const { rows, partitions } = positionsOf(this.#ordered, taken.count, taken.address);
    const timeOf = this.#buffer.timeMs();
    eachPartition(partitions, (from, to) => {
      let first = from;
      for (let position = from; position < to; position++) {
        const timeMs = timeOf(rows[position]!);
        if (position + 1 < to && timeOf(rows[position + 1]!) - timeMs <= gapMs) continue;
        startMs.fill(timeOf(rows[first]!), first, position + 1);
        endMs.fill(timeMs + gapMs, first, position + 1);
        first = position + 1;
      }
    });
    return { taken, startMs, endMs, next: 0 };
  }

  #windows(closed: Closed, from: number, count: number): Batch {
    const { columns } = this.#ordered.unpack(count, closed.taken.address + 4 * from);
    const [start, end, time] = this.#spec.schema.slice(this.#spec.input.length);
    return batchOf(count, [
      ...columns,
      this.#bounds.bounds(count, start!.type, row => closed.startMs[from + row]!),
      this.#bounds.bounds(count, end!.type, row => closed.endMs[from + row]!),
      this.#bounds.times(count, time!.type, row => closed.endMs[from + row]!),
    ]);
  }
}

const nodeLayout = keyLayoutOf([types.bigint(false)]);

const orderings = new WeakMap<SessionSpec, RowOrdering>();
function orderingOf(spec: SessionSpec): RowOrdering {
  let ordering = orderings.get(spec);
  if (ordering === undefined) {
    const expression = column(spec.timeColumn, spec.input[spec.timeColumn]!);
    const order: SortKey[] = [{ expression, descending: false, nullsFirst: true }];
    orderings.set(spec, (ordering = { schema: spec.input, partition: spec.partition, order }));
  }
  return ordering;
}

export const sessionDefinition: OperatorDefinition<SessionSpec> = {
  tables: spec => rowBufferTables(orderingOf(spec)),
  create: (spec, tables, task) => new Session(spec, tables, task),
  outputSchema: spec => spec.schema,
  shards: spec => shardsByColumns(spec.input, spec.partition, false),
};
