import type { Compute } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import type { StateTable } from '../state/index.ts';
import { ComponentProcess, ComponentStates, type ProcessAnswer, type ProcessedRows, placeRows } from '../udf/index.ts';
import type { Operator, OperatorContext, OperatorTask, Progress } from './contract.ts';
import { type Partition, ProcessPartitions } from './process-partitions.ts';
import type { ProcessTableSpec } from './process-spec.ts';
import type { DueTimer } from './process-timers.ts';
import { userModuleOf } from './user-module.ts';

/** Rows that were made and have not all gone on; outside of the task's memory. */
interface Pending {
  readonly made: ProcessAnswer['made'];
  /** The row of the input that a number of a row that was given stands for. */
  readonly rowOf: (given: number) => number;
  /** Of timers: theirs, with the bytes of their partition's key. */
  readonly fired: readonly { readonly key: Uint8Array; readonly timeMs: number }[];
  gone: number;
}

/**
 * A process table function of a component: it gets the rows of a batch at once, whatever partitions they are of, and due timers of as many partitions as there
 * are, with the states of these partitions as columns.
 */
export class ProcessColumns implements Operator {
  readonly #spec: ProcessTableSpec;
  readonly #task: OperatorTask;
  readonly #compute: Compute;
  readonly #process: ComponentProcess;
  readonly #partitions: ProcessPartitions;
  readonly #states: ComponentStates;
  /** Rows of the input that were given; while a call returns `more`. */
  #given = 0;
  #pending: Pending | undefined;
  /** Timers of a watermark are not all done. */
  #isFiring = false;

  constructor(spec: ProcessTableSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#compute = compileCompute(spec.compute, task);
    const { module, export: name } = userModuleOf(task, spec.function);
    const { memory, kernels } = task;
    this.#process = new ComponentProcess(module, name, memory);
    this.#partitions = new ProcessPartitions(spec, tables, task, name);
    this.#states = new ComponentStates(name, this.#partitions.states, this.#partitions.records, memory, kernels);
  }

  processBatch(input: Batch, context: OperatorContext): Progress {
    if (this.#given === 0) this.#partitions.between(input.length, context);
    const { batch, keyRows, hashes } = this.#compute.run(input);
    if (this.#pending === undefined && this.#given < batch.length) {
      const end = Math.min(batch.length, this.#given + limits.udfComponentRowsMax);
      this.#give(batch, this.#given, end, keyRows, hashes, context);
      this.#given = end;
    }
    const rows = this.#next();
    if (rows !== undefined) this.#partitions.emitMade(rows, batch, context);
    if (this.#pending !== undefined || this.#given < batch.length) return 'more';
    this.#given = 0;
    return 'done';
  }

  #give(batch: Batch, from: number, to: number, keyRows: number, hashes: number, context: OperatorContext): void {
    const { carriedCount, argumentCount, hasTime } = this.#spec;
    const members = this.#partitions.ofRows(from, to, keyRows, hashes);
    const groups = new Uint32Array(to - from);
    for (const [group, { rows }] of members.entries()) for (const row of rows) groups[row - from] = group;
    const partitions = members.map(({ partition }) => partition);
    const answer = this.#process.rows(
      {
        rows: Int32Array.from(groups, (_, index) => from + index),
        arguments: batch.columns.slice(carriedCount, carriedCount + argumentCount),
        groups,
        partitions: partitions.length,
        weights: batch.weights,
        times: hasTime ? batch.columns.at(-1)!.data : 0,
        unitsPerMs: this.#partitions.unitsPerMs,
        watermarkMs: context.watermarkMs,
      },
      this.#load(partitions, context),
    );
    this.#take(answer, partitions, context);
    this.#pending = { made: answer.made, rowOf: given => from + given, fired: [], gone: 0 };
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    const { timers } = this.#partitions;
    if (timers === undefined) return 'done';
    if (this.#pending === undefined) {
      if (!this.#isFiring && timers.nextMs <= watermarkMs) this.#process.beginTimers(timers.count);
      this.#isFiring = timers.nextMs <= watermarkMs && this.#fire(watermarkMs, context);
      if (!this.#isFiring) return 'done';
    }
    const pending = this.#pending;
    const rows = this.#next();
    if (rows !== undefined && pending !== undefined) this.#partitions.emitFired(rows, this.#placed(pending), context);
    return 'more';
  }

  onEnd(context: OperatorContext): Progress {
    return this.onWatermark(Number.POSITIVE_INFINITY, context);
  }

  /** Timers in their order, up to the second of a partition: what the first does may take it back. Whether one was due. */
  #fire(watermarkMs: number, context: OperatorContext): boolean {
    const { memory } = this.#task;
    const { strideBytes } = this.#partitions.key;
    const known = new Set<string>();
    const due: DueTimer[] = [];
    while (due.length < limits.udfComponentRowsMax) {
      const timer = this.#partitions.timers!.take(watermarkMs, ({ key }) => {
        const name = this.#partitions.keyText(key);
        const isFirst = !known.has(name);
        known.add(name);
        return isFirst;
      });
      if (timer === undefined) break;
      due.push(timer);
    }
    if (due.length === 0) return false;
    const partitions = due.map(timer => this.#partitions.ofTimer(timer));
    const answer = this.#process.timers(due, watermarkMs, this.#load(partitions, context));
    this.#take(answer, partitions, context);
    const fired = due.map(({ key, timeMs }) => ({ key: memory.u8.slice(key, key + strideBytes), timeMs }));
    this.#pending = { made: answer.made, rowOf: given => given, fired, gone: 0 };
    return true;
  }

  #load(partitions: readonly Partition[], { processingTimeMs }: OperatorContext) {
    const { table } = this.#partitions;
    if (table === undefined) return [];
    const payloads = partitions.map(({ row }) => table.store.payload(row));
    return this.#states.load(payloads, this.#partitions.isExpired(processingTimeMs));
  }

  /** States go to their partitions, timers are set. */
  #take({ states, requests }: ProcessAnswer, partitions: readonly Partition[], { processingTimeMs }: OperatorContext): void {
    for (const [number, asked] of requests) this.#partitions.setTimers(asked, partitions[number]!);
    if (this.#partitions.table === undefined) return;
    this.#states.take(states, partitions.length);
    for (const [number, partition] of partitions.entries()) {
      const some = this.#partitions.store(partition.row, processingTimeMs, (payload, heap) =>
        this.#states.store(number, payload, processingTimeMs, heap),
      );
      if (!some) this.#partitions.drop(partition);
    }
  }

  /** The next rows that go on; none are left when nothing is pending any more. */
  #next(): ProcessedRows | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    const { made, rowOf, gone } = pending;
    const end = Math.min(made.of.length, gone + limits.batchRows);
    pending.gone = end;
    if (end === made.of.length) this.#pending = undefined;
    if (end === gone) return undefined;
    const picks = this.#task.memory.arena.allocate(4 * (end - gone));
    this.#task.memory.u32.set(made.of.slice(gone, end).map(rowOf), picks >>> 2);
    const { name, columns: schema } = this.#process.signature;
    const elements = Array.from({ length: end - gone }, (_, index) => gone + index);
    return { count: end - gone, picks, columns: placeRows(name, this.#task, schema, made.columns, elements, false) };
  }

  /** Timers with their partition's key in the arena again. */
  #placed({ fired }: Pending): readonly { readonly key: number; readonly timeMs: number }[] {
    const { memory } = this.#task;
    return fired.map(({ key, timeMs }) => {
      const place = memory.arena.allocate(key.length);
      memory.u8.set(key, place);
      return { key: place, timeMs };
    });
  }
}
