import type { Compute, ComputeSpec } from '../codegen/contract.ts';
import { gatherColumn } from '../codegen/gather.ts';
import { compileCompute } from '../codegen/index.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import { isTimestamp, type Schema, timestampUnitsPerSecond, withoutTimeAttribute } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { tableBlock } from '../kernels/group-table.ts';
import type { ProcessState } from '../plan/tabular-shapes.ts';
import { type GroupTable, type StateTable, type TableSpec, ValueTable } from '../state/index.ts';
import { unpackField } from '../state/packed-rows.ts';
import { type Attention, ProcessUdf, StateRecords, stateColumns, statePayload } from '../udf/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { type DueTimer, ProcessTimers, timerTable } from './process-timers.ts';
import { repeatedRows } from './repeated-rows.ts';
import { TableTtl } from './state-ttl.ts';
import { userModuleOf } from './user-module.ts';

/**
 * f(TABLE t PARTITION BY …): a process table function. Outputs of `compute`: the columns that rows carry in front, the function's arguments (the table's
 * columns, then scalars), and the time. Output rows: carried columns, the function's, the time.
 */
export interface ProcessTableSpec {
  readonly kind: 'process-table';
  readonly compute: ComputeSpec;
  /** Key of the user function. */
  readonly function: string;
  readonly carriedCount: number;
  readonly argumentCount: number;
  /** The last output is the time of rows. */
  readonly hasTime: boolean;
  /** Outputs that tell partitions apart; none with `keyed`: all rows are one partition. Without `keyed` rows have nothing in common. */
  readonly partition: readonly number[];
  readonly keyed: boolean;
  /** With a time to live for each that is not kept for ever. */
  readonly states: readonly ProcessState[];
  readonly hasTimer: boolean;
  readonly ttl: boolean;
  readonly schema: Schema;
}

const keyOf = ({ compute, partition }: ProcessTableSpec): KeyLayout =>
  keyLayoutOf(partition.map(index => withoutTimeAttribute(compute.outputs[index]!.type)));

/** Payload of a partition: its states, and with a time to live when it was last written to. */
function payloadOf(spec: ProcessTableSpec) {
  const states = statePayload(spec.states);
  return { states, bytes: states.bytes + (spec.ttl ? 8 : 0) };
}

const nothingAsked: Attention = { requests: [], cleared: 0 };

/** A group of rows of one partition in `order`, and its row in the table. */
interface Group {
  readonly row: number;
  readonly key: number;
  readonly hash: number;
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
  readonly #key: KeyLayout;
  readonly #partitions: GroupTable | undefined;
  readonly #records: StateRecords;
  readonly #timers: ProcessTimers | undefined;
  readonly #expiry: TableTtl | undefined;
  readonly #unitsPerMs: number;
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
    this.#key = keyOf(spec);
    this.#compute = compileCompute(spec.compute, task);
    const { module, export: name } = userModuleOf(task, spec.function);
    this.#udf = new ProcessUdf(module, name, task.memory, { kernels: task.kernels });
    const groupsOf = (table: string): GroupTable | undefined => {
      const found = tables.get(table);
      return found instanceof ValueTable ? found.groups : undefined;
    };
    this.#partitions = groupsOf('partitions');
    const timers = groupsOf('timers');
    this.#timers = timers && new ProcessTimers(timers, this.#key, task);
    const { states, bytes } = payloadOf(spec);
    this.#holdsText = states.viewOffsets.length > 0;
    this.#switches = spec.keyed && spec.partition.length > 0 && !spec.ttl && !spec.hasTimer && this.#udf.canSwitchPartitions;
    this.#records = new StateRecords(states, task.memory, task.kernels, name);
    const greatest = Math.max(...spec.states.map(state => state.ttlMs ?? 0));
    if (spec.ttl && this.#partitions !== undefined && bytes > 0)
      this.#expiry = new TableTtl(() => this.#partitions!, task, greatest);
    const type = spec.hasTime ? spec.schema.at(-1)!.type : undefined;
    this.#unitsPerMs = type !== undefined && isTimestamp(type) ? timestampUnitsPerSecond(type.precision) / 1000 : 1;
  }

  processBatch(input: Batch, context: OperatorContext): Progress {
    if (this.#group.index === 0 && !this.#group.begun) this.#between(input.length, context);
    const { batch, keyRows, hashes } = this.#compute.run(input);
    if (batch.length === 0) return 'done';
    if (this.#switches) return this.#switched(batch, keyRows, hashes, context);
    const { groups: partitions, order } = this.#grouped(batch.length, keyRows, hashes);
    const groups = this.#holdsText ? partitions.flatMap(rowByRow) : partitions;
    this.#open(batch, order);
    let progress: Progress = 'done';
    // looked up again, those of groups that left nothing are there again
    for (const { row, hash } of groups.slice(0, this.#group.index))
      if (row !== 0 && this.#records.isEmpty(this.#partitions!.store.payload(row))) this.#drop({ row, hash });
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
    this.#emitMade(batch, context);
    return progress;
  }

  #open(batch: Batch, order: number): void {
    const { carriedCount, argumentCount, hasTime } = this.#spec;
    this.#udf.open(limits.batchRows, {
      arguments: batch.columns.slice(carriedCount, carriedCount + argumentCount),
      order,
      weights: batch.weights,
      times: hasTime ? batch.columns.at(-1)!.data : 0,
      unitsPerMs: this.#unitsPerMs,
    });
  }

  #emitMade(batch: Batch, context: OperatorContext): void {
    const { carriedCount, hasTime } = this.#spec;
    const { count, picks, columns } = this.#udf.finish();
    if (count === 0) return;
    const added = hasTime ? [...columns, gatherColumn(this.#task, batch.columns.at(-1)!, picks, count)] : columns;
    const rows = { ...batch, weights: 0 };
    context.emit(
      this.#typed(repeatedRows(this.#task, rows, batch.columns.slice(0, carriedCount), { count, rows: picks }, added)),
    );
  }

  /** The rows in their order, each with the states of its partition, which the module's loop changes. */
  #switched(batch: Batch, keyRows: number, hashes: number, context: OperatorContext): Progress {
    const { memory } = this.#task;
    const { length } = batch;
    const { store } = this.#partitions!;
    const rows = memory.arena.allocateZeroed(4 * length);
    this.#partitions!.findOrInsert(hashes, keyRows, rows, 0, length);
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
    if (result === 'attention') this.#setTimers(this.#udf.attention().requests, { row: 0, key: 0, hash: 0, from: 0, to: 0 });
    if (result === 'done') {
      this.#group = { index: 0, begun: false };
      if (this.#emptied > 0) this.#dropEmpty(length, rows, hashes);
    }
    this.#emitMade(batch, context);
    return result === 'done' ? 'done' : 'more';
  }

  /** Partitions of which nothing is left are none. */
  #dropEmpty(count: number, rows: number, hashes: number): void {
    const words = this.#task.memory.u32;
    const empty = new Map<number, number>();
    for (let index = 0; index < count; index++) {
      const row = words[(rows >> 2) + index]!;
      if (!empty.has(row) && this.#records.isEmpty(this.#partitions!.store.payload(row)))
        empty.set(row, words[(hashes >> 2) + index]!);
    }
    for (const [row, hash] of empty) this.#drop({ row, hash });
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    const timers = this.#timers;
    if (timers === undefined || (this.#firing === undefined && timers.nextMs > watermarkMs)) {
      this.#isFiring = false;
      return 'done';
    }
    if (!this.#isFiring) this.#udf.beginTimers(timers.count);
    this.#isFiring = true;
    const { memory } = this.#task;
    const { strideBytes } = this.#key;
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
      const group = this.#groupOf(due);
      fired.push(due);
      if (again === undefined) this.#begin({ ...group, from: 0 }, context, watermarkMs);
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
    this.#emitFired(fired, context);
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
    const isExpired = (state: number, writtenMs: number): boolean => {
      const ttlMs = this.#spec.states[state]!.ttlMs ?? 0;
      return ttlMs > 0 && nowMs - writtenMs >= ttlMs;
    };
    return this.#records.load(this.#partitions!.store.payload(row), this.#udf, this.#udf.records, isExpired);
  }

  /** Calls until the partition's work is done, or the output is full (false); then its states go back. `once`: a call for attention ends it. */
  #run(group: Group, context: OperatorContext, call: () => 'attention' | 'full' | 'done', once = false): boolean {
    for (;;) {
      const result = call();
      if (result === 'full') return false;
      const { requests, cleared } = result === 'attention' ? this.#udf.attention() : nothingAsked;
      if (requests.length > 0) this.#setTimers(requests, group);
      if (result === 'done' || once) {
        if (!this.#store(group, context, cleared)) this.#drop(group);
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
    const { store } = this.#partitions!;
    store.touch(group.row);
    const payload = store.payload(group.row);
    const kept = this.#records.store(payload, this.#udf.buffer, this.#udf.records, processingTimeMs, cleared, bytes => {
      store.ensureHeap(bytes);
      const at = (store.block + tableBlock.heapCursor) >> 2;
      const place = this.#task.memory.u32[at]!;
      this.#task.memory.u32[at] = place + bytes;
      return place;
    });
    if (kept.freedBytes > 0) this.#task.memory.u32[(store.block + tableBlock.heapGarbage) >> 2]! += kept.freedBytes;
    if (this.#spec.ttl) {
      const at = payload + payloadOf(this.#spec).states.bytes;
      const high = Math.floor(processingTimeMs / 4294967296);
      this.#task.memory.u32[at >> 2] = processingTimeMs - high * 4294967296;
      this.#task.memory.i32[(at >> 2) + 1] = high;
    }
    return kept.some;
  }

  /** A partition without state is none. */
  #drop(group: Pick<Group, 'row' | 'hash'>): void {
    if (group.row === 0) return;
    const { memory } = this.#task;
    const words = memory.arena.allocate(8);
    memory.u32.set([group.row, group.hash], words >> 2);
    this.#partitions!.remove(1, words, words + 4);
  }

  #setTimers(requests: Parameters<ProcessTimers['apply']>[0], { key, hash }: Group): void {
    if (this.#timers === undefined)
      throw new TidemillError('udf-result', `'${this.#udf.signature.name}' sets a timer, and has none here`, {
        hint: this.#spec.hasTime
          ? `Its module exports no ${this.#udf.signature.name}_timer.`
          : 'Timers follow event time: call it with on_time => DESCRIPTOR(ts).',
      });
    this.#timers.apply(requests, key, hash);
  }

  #groupOf({ key, hash }: DueTimer): Group {
    if (this.#partitions === undefined) return { row: 0, key, hash, from: 0, to: 0 };
    const { memory } = this.#task;
    const words = memory.arena.allocate(8);
    memory.u32.set([hash, 0], words >> 2);
    this.#partitions.findOrInsert(words, key, words + 4, 0, 1);
    return { row: memory.u32[(words >> 2) + 1]!, key, hash, from: 0, to: 0 };
  }

  /** Rows of a batch by partition: partitions in the order of their first rows, rows in theirs. */
  #grouped(count: number, keyRows: number, hashes: number): { readonly groups: readonly Group[]; readonly order: number } {
    const { memory } = this.#task;
    const { arena } = memory;
    const order = arena.allocate(4 * count);
    const stride = this.#key.strideBytes;
    const alone = !this.#spec.keyed || this.#spec.partition.length === 0;
    const [keys, hashed] = alone ? [arena.allocateZeroed(stride * count), arena.allocateZeroed(4 * count)] : [keyRows, hashes];
    const rows = arena.allocateZeroed(4 * count);
    if (this.#partitions !== undefined) this.#partitions.findOrInsert(hashed, keys, rows, 0, count);
    const words = memory.u32;
    const whole = (): Group => ({ row: words[rows >> 2]!, key: keys, hash: words[hashed >> 2]!, from: 0, to: count });
    if (alone || (this.#partitions === undefined && this.#timers === undefined)) {
      for (let row = 0; row < count; row++) words[(order >> 2) + row] = row;
      return { groups: [whole()], order };
    }
    const members = new Map<number | string, number[]>();
    for (let row = 0; row < count; row++) {
      const own = words[(rows >> 2) + row]!;
      const name = own === 0 ? this.#keyText(keys + stride * row) : own;
      const found = members.get(name);
      if (found === undefined) members.set(name, [row]);
      else found.push(row);
    }
    let at = 0;
    const groups = [...members.values()].map((list): Group => {
      words.set(list, (order >> 2) + at);
      const first = list[0]!;
      at += list.length;
      return {
        row: words[(rows >> 2) + first]!,
        key: keys + stride * first,
        hash: words[(hashed >> 2) + first]!,
        from: at - list.length,
        to: at,
      };
    });
    return { groups, order };
  }

  /** Of a function with timers and without states: nothing else tells its partitions apart. */
  #keyText(key: number): string {
    const { u8, u32 } = this.#task.memory;
    const bytes = u8.slice(key, key + this.#key.strideBytes);
    const longs = this.#key.fields.flatMap(({ form, offsetBytes }) => {
      const length = u32[(key + offsetBytes) >> 2]!;
      if (form !== 'view' || length <= limits.stringInlineBytes) return [];
      bytes.fill(0, offsetBytes + 8, offsetBytes + 16);
      const place = u32[((key + offsetBytes) >> 2) + 2]!;
      return [u8.slice(place, place + length).join()];
    });
    return [bytes.join(), ...longs].join(';');
  }

  /** The rows of timers: the partition's key, the function's columns, the timer's time. */
  #emitFired(fired: readonly { readonly key: number; readonly timeMs: number }[], context: OperatorContext): void {
    const { count, picks, columns } = this.#udf.finish();
    if (count === 0) return;
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const keys = arena.allocate(4 * count);
    const times = arena.allocate(8 * count);
    for (let index = 0; index < count; index++) {
      const timer = fired[memory.u32[(picks >> 2) + index]!];
      if (timer === undefined) throw internalError('a row of a timer that did not fire');
      memory.u32[(keys >> 2) + index] = timer.key;
      const value = timer.timeMs * this.#unitsPerMs;
      const high = Math.floor(value / 4294967296);
      memory.u32[(times >> 2) + 2 * index] = value - high * 4294967296;
      memory.i32[(times >> 2) + 2 * index + 1] = high;
    }
    const carried = this.#key.types.map((_, index) => unpackField(memory, kernels, this.#key, index, count, keys));
    const time: Column = { type: this.#spec.schema.at(-1)!.type, validity: 0, data: times };
    context.emit(this.#typed(batchOf(count, [...carried, ...columns, ...(this.#spec.hasTime ? [time] : [])])));
  }

  #typed(batch: Batch): Batch {
    const columns = batch.columns.map((column, index) => ({ ...column, type: this.#spec.schema[index]!.type }));
    return { ...batch, columns };
  }

  /** Between two inputs. */
  #between(rows: number, context: OperatorContext): void {
    this.#partitions?.store.collectGarbage();
    this.#timers?.collectGarbage();
    this.#expiry?.sweep(rows, context.processingTimeMs);
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
  create: (spec, tables, task) => new ProcessTable(spec, tables, task),
  outputSchema: spec => spec.schema,
};
