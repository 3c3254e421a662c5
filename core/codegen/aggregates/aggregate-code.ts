import type { Batch, Column } from '../../columnar/batch.ts';
import type { KeyLayout } from '../../columnar/key-layout.ts';
import { type SqlType, storageBytes, storageOf } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { rowForms } from '../../kernels/rows.ts';
import type { AggregateCall } from '../../plan/expressions.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import type { BoundUserAggregate, TaskCode } from '../contract.ts';
import { keyWords } from '../hash.ts';
import { buildAggregateModule, frameOffsets, type SetPlace } from './module.ts';
import {
  type AggregatePlan,
  planAggregates,
  type Result,
  setKey,
  setPayload,
  type UserSlot,
  type ValueSet,
  weightedGuards,
} from './plan.ts';
import { initialPayload } from './slot-code.ts';
import { type ColumnName, payloadColumns, setNames } from './slot-names.ts';

/** Payload of a table's rows, as state/ takes it. */
export interface AggregatePayload {
  readonly bytes: number;
  readonly viewOffsets: readonly number[];
  readonly initial: readonly number[];
  readonly linkOffsets: readonly number[];
}

/** A set's table: its key is the group's key and the values. */
export interface SetLayout {
  readonly set: ValueSet;
  readonly key: KeyLayout;
  readonly valueOffset: number;
  readonly prefixBytes: number;
  readonly payload: AggregatePayload;
  readonly linkOffset: number | undefined;
  /** What its values are, and for whom: sets of other things may look the same. */
  readonly names?: readonly string[] | undefined;
}

/** What a list of aggregate calls needs: tables and compiled code. Plain data but for the module; made once, shared by tasks of a process. */
export interface AggregateLayout {
  readonly plan: AggregatePlan;
  readonly groupKey: KeyLayout;
  readonly payload: AggregatePayload;
  readonly sets: readonly SetLayout[];
  /** Of the group key's fields. */
  readonly keyNames?: readonly string[] | undefined;
}

/** Rows of a batch on their way into groups. Addresses; `rows` is an array by row number, 0 = left out. */
export interface AccumulateInput {
  readonly from: number;
  readonly to: number;
  readonly order: number;
  readonly rows: number;
  readonly weights: number;
  readonly frame: number;
  /** Table block of the groups; the heap takes long strings when {@link AggregateCode.needsHeap}. */
  readonly block: number;
}

interface AggregateExports {
  accumulate(from: number, to: number, order: number, rows: number, weights: number, frame: number, block: number): void;
  merge(count: number, targets: number, sources: number, block: number): void;
  recompute(count: number, groups: number, block: number): void;
  empty(count: number, rows: number, flags: number): void;
  [name: `finish${number}` | `pick${number}`]: (...args: number[]) => number;
  [name: `mergeSet${number}`]: (...args: number[]) => void;
}

const modules = new Map<string, WebAssembly.Module>();
/** Instances live as long as the memory: an operator that is built anew finds its own. */
const instances = new WeakMap<TaskMemory, Map<string, AggregateExports>>();

function instanceOf(key: string, module: WebAssembly.Module, task: TaskCode): AggregateExports {
  let known = instances.get(task.memory);
  if (known === undefined) instances.set(task.memory, (known = new Map()));
  let found = known.get(key);
  if (found === undefined) {
    const instance = new WebAssembly.Instance(module, {
      env: { memory: task.memory.memory },
      kernels: task.kernels as unknown as Record<string, unknown>,
    });
    known.set(key, (found = instance.exports as unknown as AggregateExports));
  }
  return found;
}

/** Lays out calls whose arguments and filters are columns (of these types) of one computed batch. */
export function layoutAggregates(
  calls: readonly AggregateCall[],
  columns: readonly SqlType[],
  groupKey: KeyLayout,
  options: {
    readonly retracting: boolean;
    readonly names?: readonly ColumnName[] | undefined;
    readonly keyNames?: readonly string[] | undefined;
  },
): AggregateLayout {
  const keyed = groupKey.types.length > 0;
  const plan = planAggregates(calls, columns, { retracting: options.retracting, keyed, keyBytes: groupKey.strideBytes });
  const sets = plan.sets.map((set): SetLayout => {
    const { layout, valueOffset, prefixBytes } = setKey(groupKey, set);
    const { bytes, linkOffset } = setPayload(plan, set);
    const linkOffsets = linkOffset === undefined ? [] : [linkOffset, linkOffset + 4];
    return {
      set,
      key: layout,
      valueOffset,
      prefixBytes,
      payload: { bytes, viewOffsets: [], initial: [], linkOffsets },
      linkOffset,
      ...(options.names && { names: setNames(set, options.names) }),
    };
  });
  const views = plan.slots.filter(slot => (slot.kind === 'extreme' || slot.kind === 'pick') && slot.form === 'view');
  const payload: AggregatePayload = {
    bytes: plan.payloadBytes,
    viewOffsets: views.map(slot => slot.offset),
    initial: initialPayload(plan),
    linkOffsets: plan.sets.flatMap(set => (set.headOffset === undefined ? [] : [set.headOffset])),
    ...(options.names && { columns: payloadColumns(plan, options.names) }),
  };
  return { plan, groupKey, payload, sets, keyNames: options.keyNames };
}

/** A user's aggregate among the calls: its slot, by its index too, and the set whose values it takes. */
interface UserCode {
  readonly index: number;
  readonly slot: UserSlot;
  /** Offset of its accumulator from the address of a group's row. */
  readonly base: number;
  readonly code: BoundUserAggregate;
  readonly set: number | undefined;
}

function userAggregate({ user, name }: UserSlot, task: TaskCode): BoundUserAggregate {
  if (task.userAggregate === undefined) throw internalError(`nobody knows the function ${name}`);
  return task.userAggregate(user.key);
}

/** Generated accumulator code on a task's memory. */
export class AggregateCode {
  readonly layout: AggregateLayout;
  /** Columns whose long strings a group may keep: room for them must be made in the heap before {@link accumulate}. */
  readonly heapColumns: readonly number[];
  readonly #task: TaskCode;
  readonly #exports: AggregateExports;
  readonly #users: readonly UserCode[];
  /** Generated code has nothing to add to groups, and no weights to write for users' functions. */
  readonly #onlyUsers: boolean;
  /** By guard: its place among {@link weightedGuards}. */
  readonly #weighted: ReadonlyMap<number, number>;

  constructor(layout: AggregateLayout, task: TaskCode) {
    this.layout = layout;
    this.#task = task;
    const { plan } = layout;
    // once per accumulator: MIN and MAX of one column keep a text each
    this.heapColumns = plan.slots.flatMap(slot =>
      (slot.kind === 'extreme' || slot.kind === 'pick') && slot.form === 'view' ? [slot.column] : [],
    );
    const places = layout.sets.map(
      (set): SetPlace => ({ keyBytes: set.key.strideBytes, valueOffset: set.valueOffset, linkOffset: set.linkOffset }),
    );
    const key = JSON.stringify([plan, places]);
    let module = modules.get(key);
    if (module === undefined) modules.set(key, (module = buildAggregateModule(plan, places)));
    this.#exports = instanceOf(key, module, task);
    this.#weighted = new Map(weightedGuards(plan).map((guard, index) => [guard, index]));
    this.#onlyUsers = plan.slots.every(slot => slot.kind === 'user') && plan.sets.length === 0 && this.#weighted.size === 0;
    this.#users = plan.slots.flatMap((slot, index): UserCode[] =>
      slot.kind === 'user'
        ? [
            {
              index,
              slot,
              base: plan.keyBytes + 8 + slot.offset,
              code: userAggregate(slot, task),
              set: plan.guards[slot.guard]!.set?.index,
            },
          ]
        : [],
    );
  }

  /** Addresses of the columns of a batch of so many rows and of the sets' row arrays, in the arena. */
  frame(columns: readonly Column[], setRows: readonly number[], rowCount: number): number {
    const { plan } = this.layout;
    const offsets = frameOffsets(plan);
    const frame = this.#task.memory.arena.allocate(offsets.bytes);
    const words = this.#task.memory.u32;
    for (const [index] of plan.columns.entries()) {
      words[(frame + offsets.column(index)) >> 2] = columns[index]!.data;
      words[(frame + offsets.column(index) + 4) >> 2] = columns[index]!.validity;
    }
    for (const [index, rows] of setRows.entries()) words[(frame + offsets.set(index)) >> 2] = rows;
    for (const index of this.#weighted.values()) {
      const weights = this.#task.memory.arena.allocate(rowCount);
      this.#task.memory.u32[(frame + offsets.weights(index)) >> 2] = weights;
    }
    return frame;
  }

  /** Heap bytes that a batch may need at most. */
  heapBytes(batch: Batch): number {
    let bytes = 0;
    for (const column of this.heapColumns)
      bytes += this.#task.kernels.view_heap_bytes(batch.length, batch.columns[column]!.data) >>> 0;
    return bytes;
  }

  accumulate(input: AccumulateInput): void {
    const { from, to, order, rows, frame } = input;
    if (!this.#onlyUsers) this.#exports.accumulate(from, to, order, rows, input.weights, frame, input.block);
    if (this.#users.length === 0) return;
    const offsets = frameOffsets(this.layout.plan);
    const words = this.#task.memory.u32;
    for (const { slot, base, code } of this.#users) {
      const weighted = this.#weighted.get(slot.guard);
      const weights = weighted === undefined ? 0 : words[(frame + offsets.weights(weighted)) >> 2]!;
      const columns = slot.columns.map(column => {
        const at = (frame + offsets.column(column)) >> 2;
        return { data: words[at]!, validity: words[at + 1]! };
      });
      if (slot.user.phase === 'merge')
        code.merge({ from, to, order, targets: rows, selection: weights, sources: 0, views: columns[0]!.data, base });
      else code.accumulate({ from, to, order, rows, weights, columns, base });
    }
  }

  /** Numbers of the rows whose value goes into a set, to `out`; how many. Only for sets that are `picked`. */
  pick(set: number, from: number, to: number, order: number, rows: number, frame: number, out: number): number {
    return this.#exports[`pick${set}`]!(from, to, order, rows, frame, out);
  }

  /** Takes the payloads of `sources` into `targets` (arrays of row addresses), but for what comes from sets. */
  merge(count: number, targets: number, sources: number, block: number): void {
    this.#exports.merge(count, targets, sources, block);
    for (const { base, code, set } of this.#users)
      if (set === undefined) code.merge({ from: 0, to: count, order: 0, targets, selection: 0, sources, views: 0, base });
  }

  /** Takes rows of a set into others; what is new goes into `groups`. `valuesOf` gives a value of the set's rows as a column. */
  mergeSet(
    set: number,
    count: number,
    { groups, targets, sources, block }: { groups: number; targets: number; sources: number; block: number },
    valuesOf: (position: number) => Column,
  ): void {
    const { guards, sets } = this.layout.plan;
    const weighted = [...this.#weighted.keys()].filter(guard => guards[guard]!.set?.index === set);
    const fresh = this.#task.memory.arena.allocate(count * weighted.length);
    this.#exports[`mergeSet${set}`]!(count, groups, targets, sources, block, fresh);
    const users = this.#users.filter(user => user.set === set);
    if (users.length === 0) return;
    const values = sets[set]!.columns.map((_, position) => valuesOf(position));
    for (const { slot, base, code } of users) {
      const weights = fresh + count * weighted.indexOf(slot.guard);
      const columns = slot.columns.map(column => values[sets[set]!.columns.indexOf(column)]!);
      code.accumulate({ from: 0, to: count, order: 0, rows: groups, weights, columns, base });
    }
  }

  /** flags[i] = 1 when nothing is left of what went into group i: it may go. Only when rows are retracted. */
  empty(count: number, rows: number, flags: number): void {
    this.#exports.empty(count, rows, flags);
  }

  /** Finds the extremes of these groups again that were retracted. */
  recompute(count: number, groups: number, block: number): void {
    if (this.layout.plan.sets.some(set => set.headOffset !== undefined)) this.#exports.recompute(count, groups, block);
  }

  /** Result `index` of the groups at `rows` as a column in the arena. */
  finish(index: number, count: number, rows: number): Column {
    const result = this.layout.plan.results[index]!;
    const { type } = result;
    const { arena } = this.#task.memory;
    if (result.kind === 'user') return this.#finishUser(index, result, count, rows);
    const data = arena.allocate(count * storageBytes(storageOf(type)));
    const validity = arena.allocate((count + 63) >> 3);
    const nulls = this.#exports[`finish${index}`]!(count, rows, data, validity);
    return { type, validity: nulls > 0 ? validity : 0, data };
  }

  #finishUser(index: number, result: Result & { kind: 'user' }, count: number, rows: number): Column {
    const { type } = result;
    const { slot, base, code } = this.#users.find(user => user.index === result.slot)!;
    if (!result.partial) return { ...code.finish(count, rows, base), type };
    const { arena } = this.#task.memory;
    const data = arena.allocate(16 * count);
    const heap = arena.allocate(slot.user.stateBytes * count);
    this.#exports[`finish${index}`]!(count, rows, data, heap);
    return { type, validity: 0, data };
  }

  /** Key rows and hashes of a set for all rows of a batch, in the arena; meaningless for rows whose value is NULL. */
  setKeys(index: number, batch: Batch, groupKeys: number, groupHashes: number): { keys: number; hashes: number } {
    const { memory, kernels } = this.#task;
    const { set, key, valueOffset, prefixBytes } = this.layout.sets[index]!;
    const stride = key.strideBytes;
    const keys = memory.arena.allocate(batch.length * stride);
    if (prefixBytes > 0)
      kernels.rows_spread(batch.length, groupKeys, this.layout.groupKey.strideBytes, prefixBytes, keys, stride);
    const fields = key.fields.slice(this.layout.groupKey.types.length);
    for (const [position, column] of set.columns.entries()) {
      const field = fields[position]!;
      const storage = storageOf(field.type);
      const form = rowForms[storage as keyof typeof rowForms];
      kernels.rows_write(batch.length, form, batch.columns[column]!.data, 0, keys, stride, field.offsetBytes, 0, 0n);
    }
    const { views } = keyWords(key);
    const words = (stride - valueOffset) / 8;
    const hashes = memory.arena.allocate(4 * batch.length);
    kernels.combine_hashes(batch.length, groupHashes, keys, words, views >> BigInt(valueOffset / 8), valueOffset, stride, hashes);
    return { keys, hashes };
  }
}
