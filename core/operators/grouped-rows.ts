import { AggregateCode, type AggregateLayout } from '../codegen/aggregates/index.ts';
import type { Compute, ComputeResult } from '../codegen/contract.ts';
import { keyWords } from '../codegen/hash.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch, Column } from '../columnar/batch.ts';
import { withoutTimeAttribute } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import type { GroupTable } from '../state/index.ts';
import { unpackField } from '../state/packed-rows.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { AggregateInput } from './aggregate-input.ts';
import type { OperatorTask } from './contract.ts';

/** The groups of one value table or slice, and their value sets. */
export interface GroupTables {
  readonly groups: GroupTable;
  readonly sets: readonly GroupTable[];
}

/** A computed batch on its way into groups; all arrays are in the arena. */
export interface GroupedBatch {
  readonly batch: Batch;
  readonly keys: number;
  readonly hashes: number;
  /** Address of each row's group, 0 = none yet or left out. */
  readonly rows: number;
  readonly sets: readonly { readonly keys: number; readonly hashes: number; readonly rows: number; readonly order: number }[];
  readonly frame: number;
}

/** The steps that every aggregating operator takes with a batch. */
export class GroupedRows {
  readonly layout: AggregateLayout;
  readonly code: AggregateCode;
  /** A result counts all rows and none is retracted: whatever comes changes it. */
  readonly everyRowChanges: boolean;
  /** Bytes of a group's row. */
  readonly rowBytes: number;
  readonly #compute: Compute;
  readonly #task: OperatorTask;

  constructor(input: AggregateInput, task: OperatorTask) {
    this.layout = input.layout;
    this.code = new AggregateCode(input.layout, task);
    this.#compute = compileCompute(input.compute, task);
    this.#task = task;
    const { plan } = input.layout;
    this.rowBytes = plan.keyBytes + 8 + input.layout.payload.bytes;
    this.everyRowChanges =
      !plan.retracting &&
      plan.results.some(result => {
        const slot = plan.slots[result.slot]!;
        const guard = plan.guards[slot.guard]!;
        return slot.kind === 'count' && guard.set === undefined && guard.filter === undefined && guard.notNull.length === 0;
      });
  }

  /** Filter, arguments, keys and hashes; nothing is looked up yet. */
  compute(batch: Batch): GroupedBatch {
    const { arena } = this.#task.memory;
    const result = this.#compute.run(batch);
    const count = result.batch.length;
    const { keyRows, hashes } = this.layout.groupKey.types.length > 0 ? result : this.#oneGroup(result);
    const sets = this.layout.sets.map((set, index) => {
      const { keys, hashes: setHashes } = this.code.setKeys(index, result.batch, keyRows, hashes);
      return {
        keys,
        hashes: setHashes,
        rows: arena.allocateZeroed(4 * count),
        order: set.set.picked ? arena.allocate(4 * count) : 0,
      };
    });
    const frame = this.code.frame(
      result.batch.columns,
      sets.map(set => set.rows),
      count,
    );
    return { batch: result.batch, keys: keyRows, hashes, rows: arena.allocateZeroed(4 * count), sets, frame };
  }

  /** Finds or makes the groups of the rows order[from..to) (from..to when order is 0), and the rows of their sets. */
  resolve(grouped: GroupedBatch, tables: GroupTables, from: number, to: number, order = 0): void {
    if (order === 0 && this.layout.groupKey.types.length === 0) this.#resolveOne(grouped, tables.groups, from, to);
    else tables.groups.findOrInsert(grouped.hashes, grouped.keys, grouped.rows, from, to, order);
    for (const [index, set] of grouped.sets.entries()) {
      const table = tables.sets[index]!;
      if (set.order === 0) table.findOrInsert(set.hashes, set.keys, set.rows, from, to, order);
      else {
        const picked = this.code.pick(index, from, to, order, grouped.rows, grouped.frame, set.order);
        table.findOrInsert(set.hashes, set.keys, set.rows, 0, picked, set.order);
      }
    }
  }

  /** Takes resolved rows into their groups' payloads; {@link ensureHeap} must have come before. */
  accumulate(grouped: GroupedBatch, tables: GroupTables, from: number, to: number, order = 0): void {
    const { rows, frame } = grouped;
    const { block } = tables.groups.store;
    this.code.accumulate({ from, to, order, rows, weights: grouped.batch.weights, frame, block });
  }

  /** Makes room for what groups keep when their extremes are found again: at most every long string of their values, once per accumulator. */
  ensureRecomputeHeap(tables: GroupTables): void {
    const { heapColumns } = this.code;
    if (heapColumns.length === 0) return;
    let bytes = 0;
    for (const set of tables.sets) bytes += set.store.heapBytes();
    if (bytes > 0) tables.groups.store.ensureHeapFor(bytes * heapColumns.length);
  }

  /** Makes room in a table's heap for the long strings of a batch that groups may keep; after their keys were put there. */
  ensureHeap(grouped: GroupedBatch, tables: GroupTables): void {
    if (this.code.heapColumns.length > 0) tables.groups.store.ensureHeap(this.code.heapBytes(grouped.batch));
  }

  /**
   * Resolves and accumulates in pieces small enough that the rows found are still in the cache when they are changed. `between` is called after
   * each piece was found.
   */
  take(
    grouped: GroupedBatch,
    tables: GroupTables,
    from: number,
    to: number,
    order = 0,
    between?: (from: number, to: number) => void,
  ): void {
    const heapBytes = this.code.heapColumns.length > 0 ? this.code.heapBytes(grouped.batch) : 0;
    for (let start = from; start < to; start += limits.groupRowsPerPass) {
      const end = Math.min(to, start + limits.groupRowsPerPass);
      this.resolve(grouped, tables, start, end, order);
      between?.(start, end);
      // new keys may have taken what was free
      tables.groups.store.ensureHeap(heapBytes);
      this.accumulate(grouped, tables, start, end, order);
    }
  }

  /** Key columns of the groups at `rows`. */
  keyColumn(index: number, count: number, rows: number): Column {
    return unpackField(this.#task.memory, this.#task.kernels, this.layout.groupKey, index, count, rows);
  }

  /** Hashes of group keys that did not come through {@link compute}, as that makes them. */
  hashKeys(keys: number, count: number): number {
    const { memory, kernels } = this.#task;
    if (this.layout.groupKey.types.length === 0) return memory.arena.allocateZeroed(4 * count);
    const { words, views } = keyWords(this.layout.groupKey);
    const hashes = memory.arena.allocate(4 * count);
    kernels.hash_key_rows(keys, count, words, views, hashes);
    return hashes;
  }

  /** Without keys one look is enough. */
  #resolveOne({ hashes, keys, rows }: GroupedBatch, groups: GroupTable, from: number, to: number): void {
    if (to <= from) return;
    groups.findOrInsert(hashes, keys, rows, from, from + 1);
    const words = this.#task.memory.u32;
    const place = rows >>> 2;
    words.fill(words[place + from]!, place + from + 1, place + to);
  }

  #oneGroup(result: ComputeResult): { keyRows: number; hashes: number } {
    const zeros = zerosOf(this.#task.memory, 8 * result.batch.length);
    return { keyRows: zeros, hashes: zeros };
  }
}

/** Of each memory, so many zeros that nobody writes over. */
const zeros = new WeakMap<TaskMemory, { readonly address: number; readonly bytes: number }>();

function zerosOf(memory: TaskMemory, bytes: number): number {
  const known = zeros.get(memory);
  if (known !== undefined && known.bytes >= bytes) return known.address;
  // one that was too small stays: somebody may be reading it; kernels read whole vectors past the end
  const enough = Math.max(bytes, 8 * limits.batchRows) + 64;
  const address = memory.allocateSegment(enough);
  memory.f64.fill(0, address / 8, Math.ceil((address + enough) / 8));
  zeros.set(memory, { address, bytes: enough });
  return address;
}

/** A column under a schema's type: what expressions and state drop is the time attribute only. */
export function typedColumn(column: Column, type: Column['type']): Column {
  return withoutTimeAttribute(type) === column.type ? column : { ...column, type };
}
