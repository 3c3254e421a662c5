import type { Compute } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import type { StateTable, TableSpec } from '../state/index.ts';
import { type Attention, ProcessUdf, stateColumns } from '../udf/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { ProcessColumns } from './process-columns.ts';
import { type Partition, ProcessPartitions } from './process-partitions.ts';
import { keyOf, type ProcessTableSpec, payloadOf } from './process-spec.ts';
import { type DueTimer, timerTable } from './process-timers.ts';
import { userModuleOf } from './user-module.ts';

export type { ProcessTableSpec } from './process-spec.ts';

const nothingAsked: Attention = { requests: [], cleared: 0 };

/** A group of rows of one partition in `order`. */
interface Group extends Partition {
  readonly from: number;
  readonly to: number;
}

/** The text of a state may lie where the next row's arguments go: it is brought away after each row. */
function rowByRow(group: Group): Group[] {
  return Array.from({ length: group.to - group.from }, (_, index) => ({
    ...group,
    from: group.from + index,
    to: group.from + index + 1,
  }));
}

class ProcessTable implements Operator {
  readonly #spec: ProcessTableSpec;
  readonly #task: OperatorTask;
  readonly #compute: Compute;
  readonly #udf: ProcessUdf;
  readonly #partitions: ProcessPartitions;
  readonly #holdsText: boolean;
  /** The group that is worked on, while a call returns `more`. */
  #group = { index: 0, begun: false };
  /** States of partitions are changed in the module's loop. */
  readonly #switches: boolean;
  /** How often nothing was left of a partition's states in this batch. */
  #emptied = 0;
  /** Timers of a watermark are not all done. */
  #isFiring = false;
  /** The timer that is worked on, while a call returns `more`. */
  #firing: (DueTimer & { readonly kept: Uint8Array }) | undefined;

  constructor(spec: ProcessTableSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#compute = compileCompute(spec.compute, task);
    const { module, export: name } = userModuleOf(task, spec.function);
    this.#udf = new ProcessUdf(module, name, task.memory, { kernels: task.kernels });
    this.#partitions = new ProcessPartitions(spec, tables, task, name);
    this.#holdsText = this.#partitions.states.viewOffsets.length > 0;
    this.#switches = spec.keyed && spec.partition.length > 0 && !spec.ttl && !spec.hasTimer && this.#udf.canSwitchPartitions;
  }

  processBatch(input: Batch, context: OperatorContext): Progress {
    if (this.#group.index === 0 && !this.#group.begun) this.#partitions.between(input.length, context);
    const { batch, keyRows, hashes } = this.#compute.run(input);
    if (batch.length === 0) return 'done';
    if (this.#switches) return this.#switched(batch, keyRows, hashes, context);
    const { groups: partitions, order } = this.#grouped(batch.length, keyRows, hashes);
    const groups = this.#holdsText ? partitions.flatMap(rowByRow) : partitions;
    this.#open(batch, order);
    let progress: Progress = 'done';
    // looked up again, those of groups that left nothing are there again
    for (const { row, hash } of groups.slice(0, this.#group.index))
      if (row !== 0 && this.#partitions.isEmpty(row)) this.#partitions.drop({ row, hash });
    for (; this.#group.index < groups.length; this.#group = { index: this.#group.index + 1, begun: false }) {
      const group = groups[this.#group.index]!;
      if (!this.#group.begun) this.#begin(group, context);
      this.#group = { ...this.#group, begun: true };
      if (!this.#run(group, context, () => this.#udf.rows(group.to))) {
        progress = 'more';
        break;
      }
    }
    if (progress === 'done') this.#group = { index: 0, begun: false };
    this.#partitions.emitMade(this.#udf.finish(), batch, context);
    return progress;
  }

  #open(batch: Batch, order: number): void {
    const { carriedCount, argumentCount, hasTime } = this.#spec;
    this.#udf.open(limits.batchRows, {
      arguments: batch.columns.slice(carriedCount, carriedCount + argumentCount),
      order,
      weights: batch.weights,
      times: hasTime ? batch.columns.at(-1)!.data : 0,
      unitsPerMs: this.#partitions.unitsPerMs,
    });
  }

  /** The rows in their order, each with the states of its partition, which the module's loop changes. */
  #switched(batch: Batch, keyRows: number, hashes: number, context: OperatorContext): Progress {
    const { memory } = this.#task;
    const { length } = batch;
    const table = this.#partitions.table!;
    const { store } = table;
    const rows = memory.arena.allocateZeroed(4 * length);
    table.findOrInsert(hashes, keyRows, rows, 0, length);
    store.touchRows(length, rows);
    this.#open(batch, 0);
    if (!this.#group.begun) {
      this.#udf.begin({ hasTime: this.#spec.hasTime, watermarkMs: context.watermarkMs, fresh: false, from: 0 });
      this.#emptied = 0;
    }
    this.#group = { index: 0, begun: true };
    const offset = store.payload(0);
    const { result, emptied } = this.#udf.partitions(length, { rows, offset, nowMs: context.processingTimeMs });
    this.#emptied += emptied;
    if (result === 'attention') this.#partitions.setTimers(this.#udf.attention().requests, { key: 0, hash: 0 });
    if (result === 'done') {
      this.#group = { index: 0, begun: false };
      if (this.#emptied > 0) this.#dropEmpty(length, rows, hashes);
    }
    this.#partitions.emitMade(this.#udf.finish(), batch, context);
    return result === 'done' ? 'done' : 'more';
  }

  /** Partitions of which nothing is left are none. */
  #dropEmpty(count: number, rows: number, hashes: number): void {
    const words = this.#task.memory.u32;
    const empty = new Map<number, number>();
    for (let index = 0; index < count; index++) {
      const row = words[(rows >> 2) + index]!;
      if (!empty.has(row) && this.#partitions.isEmpty(row)) empty.set(row, words[(hashes >> 2) + index]!);
    }
    for (const [row, hash] of empty) this.#partitions.drop({ row, hash });
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    const { timers, key } = this.#partitions;
    if (timers === undefined || (this.#firing === undefined && timers.nextMs > watermarkMs)) {
      this.#isFiring = false;
      return 'done';
    }
    if (!this.#isFiring) this.#udf.beginTimers(timers.count);
    this.#isFiring = true;
    const { memory } = this.#task;
    const { strideBytes } = key;
    this.#udf.open(limits.batchRows);
    const fired: { readonly key: number; readonly timeMs: number }[] = [];
    let progress: Progress = 'done';
    for (;;) {
      // a timer that sets another one for a time gone by would hold everything else up
      if (this.#udf.made >= limits.batchRows || fired.length >= limits.batchRows) {
        progress = 'more';
        break;
      }
      const again = this.#firing;
      const due: DueTimer | undefined =
        again === undefined ? timers.take(watermarkMs) : { ...again, key: memory.arena.allocate(strideBytes) };
      if (due === undefined) break;
      if (again !== undefined) memory.u8.set(again.kept, due.key);
      const group: Group = { ...this.#partitions.ofTimer(due), from: 0, to: 0 };
      fired.push(due);
      if (again === undefined) this.#begin(group, context, watermarkMs);
      let begins = again === undefined;
      const ended = this.#run(
        group,
        context,
        () => {
          const result = this.#udf.timer(begins, due.timeMs, due.name, fired.length - 1);
          begins = false;
          return result;
        },
        true,
      );
      this.#firing = ended ? undefined : { ...due, kept: memory.u8.slice(due.key, due.key + strideBytes) };
      if (!ended) {
        progress = 'more';
        break;
      }
    }
    this.#isFiring = progress === 'more';
    this.#partitions.emitFired(this.#udf.finish(), fired, context);
    return progress;
  }

  onEnd(context: OperatorContext): Progress {
    return this.onWatermark(Number.POSITIVE_INFINITY, context);
  }

  /** Before the first row or timer of a partition: its states go into the module's memory. */
  #begin(group: Pick<Group, 'row' | 'from'>, context: OperatorContext, watermarkMs: number = context.watermarkMs): void {
    const fresh = group.row === 0 || this.#load(group.row, context.processingTimeMs);
    this.#udf.begin({ hasTime: this.#spec.hasTime, watermarkMs, fresh, from: group.from });
  }

  #load(row: number, nowMs: number): boolean {
    const { records, table } = this.#partitions;
    return records.load(table!.store.payload(row), this.#udf, this.#udf.records, this.#partitions.isExpired(nowMs));
  }

  /** Calls until the partition's work is done, or the output is full (false); then its states go back. `once`: a call for attention ends it. */
  #run(group: Group, context: OperatorContext, call: () => 'attention' | 'full' | 'done', once = false): boolean {
    for (;;) {
      const result = call();
      if (result === 'full') return false;
      const { requests, cleared } = result === 'attention' ? this.#udf.attention() : nothingAsked;
      if (requests.length > 0) this.#partitions.setTimers(requests, group);
      if (result === 'done' || once) {
        if (!this.#store(group, context, cleared)) this.#partitions.drop(group);
        return true;
      }
      if (cleared !== 0 && group.row !== 0) {
        this.#store(group, context, cleared);
        this.#load(group.row, context.processingTimeMs);
      }
    }
  }

  #store(group: Group, { processingTimeMs }: OperatorContext, cleared: number): boolean {
    if (group.row === 0) return true;
    return this.#partitions.store(group.row, processingTimeMs, (payload, heap) =>
      this.#partitions.records.store(payload, this.#udf.buffer, this.#udf.records, processingTimeMs, cleared, heap),
    );
  }

  /** Rows of a batch by partition, one partition's behind another's. */
  #grouped(count: number, keyRows: number, hashes: number): { readonly groups: readonly Group[]; readonly order: number } {
    const { memory } = this.#task;
    const order = memory.arena.allocate(4 * count);
    let at = 0;
    const groups = this.#partitions.ofRows(0, count, keyRows, hashes).map(({ partition, rows }): Group => {
      memory.u32.set(rows, (order >> 2) + at);
      at += rows.length;
      return { ...partition, from: at - rows.length, to: at };
    });
    return { groups, order };
  }
}

export const processTableDefinition: OperatorDefinition<ProcessTableSpec> = {
  tables(spec): readonly TableSpec[] {
    if (!spec.keyed) return [];
    const key = keyOf(spec);
    const { states, bytes } = payloadOf(spec);
    const names = spec.partition.map(index => spec.schema[index]!.name);
    const never = [255, 255, 255, 255, 255, 255, 255, 127];
    const partitions: TableSpec = {
      kind: 'value',
      name: 'partitions',
      key,
      names,
      payload: {
        bytes,
        viewOffsets: states.viewOffsets,
        initial: spec.ttl ? [...new Array<number>(states.bytes).fill(0), ...never] : undefined,
        columns: stateColumns(states),
      },
    };
    return [...(spec.states.length > 0 ? [partitions] : []), ...(spec.hasTimer ? [timerTable(key)] : [])];
  },
  create: (spec, tables, task) =>
    userModuleOf(task, spec.function).module.component === undefined
      ? new ProcessTable(spec, tables, task)
      : new ProcessColumns(spec, tables, task),
  outputSchema: spec => spec.schema,
};
