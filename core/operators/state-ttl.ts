import type { AggregateLayout } from '../codegen/aggregates/index.ts';
import { limits } from '../common/limits.ts';
import type { GroupTable, RowStore, SlotCursor } from '../state/index.ts';
import type { OperatorTask } from './contract.ts';
import type { GroupedBatch, GroupTables } from './grouped-rows.ts';

/** One table whose rows expire `ttlMs` after their last change; see touched-layout.ts. */
export class TableTtl {
  /** Offset of the time in a row. */
  readonly at: number;
  readonly #table: () => GroupTable;
  readonly #task: OperatorTask;
  readonly #ttlMs: number;
  #cursor: SlotCursor = { shard: 0, slot: 0 };

  constructor(table: () => GroupTable, task: OperatorTask, ttlMs: number) {
    this.#table = table;
    this.#task = task;
    this.#ttlMs = ttlMs;
    this.at = table().store.form.rowBytes - 8;
  }

  get rowCount(): number {
    return this.#table().rowCount();
  }
  get store(): RowStore {
    return this.#table().store;
  }

  /** The greatest time that has expired: as Flink, a row lives for less than `ttlMs`. */
  until(nowMs: number): bigint {
    return BigInt(Math.max(0, nowMs - this.#ttlMs));
  }

  /** Those of rows[from..to) that have expired: u32 addresses in the arena. */
  expired(from: number, to: number, rows: number, nowMs: number): { readonly count: number; readonly rows: number } {
    const out = this.#task.memory.arena.allocate(4 * (to - from));
    return { count: this.#task.kernels.ttl_expired(from, to, rows, this.at, this.until(nowMs), out), rows: out };
  }

  /** Rows that were found for an input: those that have expired begin anew. `until`: see {@link until}. `keep`: those that live do not live longer for it. */
  renew(from: number, to: number, rows: number, nowMs: number, until: bigint = this.until(nowMs), keep = false): void {
    this.#task.kernels.ttl_renew(this.#table().store.block, from, to, rows, this.at, until, BigInt(nowMs), keep ? 1 : 0);
  }

  /**
   * Between two inputs: looks at the next rows in turn and takes the expired ones out, `before` with their addresses. The work grows with the
   * input, so that a table is gone through in a bounded number of rows.
   */
  sweep(
    incoming: number,
    nowMs: number,
    before?: (count: number, rows: number) => void,
    until: bigint = this.until(nowMs),
  ): void {
    const table = this.#table();
    const total = table.rowCount();
    if (total === 0) return;
    const { memory, kernels } = this.#task;
    const mark = memory.arena.mark();
    const most = Math.min(total, Math.max(limits.ttlRowsSweptMin, incoming >> 1));
    const rows = memory.arena.allocate(4 * most);
    const hashes = memory.arena.allocate(4 * most);
    const found = table.scanSlots(this.#cursor, most, rows, hashes);
    if (found < most) this.#cursor = { shard: 0, slot: 0 };
    const gone = kernels.ttl_keep_expired(found, rows, hashes, this.at, until);
    if (gone > 0) {
      before?.(gone, rows);
      table.remove(gone, rows, hashes);
    }
    memory.arena.release(mark);
  }
}

/**
 * State of an aggregate with `table.exec.state.ttl`: groups expire after their last input; values of DISTINCT, as entries of Flink's MapViews do, so
 * long after they came first where rows are only added (they are then counted again), and after they came last where rows are also taken back; values
 * that MIN and MAX are found among with their group.
 */
export class GroupsTtl {
  readonly #task: OperatorTask;
  readonly #layout: AggregateLayout;
  readonly #groups: TableTtl;
  readonly #sets: readonly TableTtl[];

  constructor(layout: AggregateLayout, tables: GroupTables, task: OperatorTask, ttlMs: number) {
    this.#task = task;
    this.#layout = layout;
    this.#groups = new TableTtl(() => tables.groups, task, ttlMs);
    this.#sets = tables.sets.map(set => new TableTtl(() => set, task, ttlMs));
  }

  /** After the rows of a batch were resolved and before anything is done with them. */
  renew(grouped: GroupedBatch, from: number, to: number, nowMs: number): void {
    const { arena } = this.#task.memory;
    const mark = arena.mark();
    if (this.#linked.length > 0) {
      const { count, rows } = this.#groups.expired(from, to, grouped.rows, nowMs);
      if (count > 0) this.forget(count, rows);
    }
    this.#groups.renew(from, to, grouped.rows, nowMs);
    for (const [index, set] of this.#sets.entries())
      set.renew(
        from,
        to,
        grouped.sets[index]!.rows,
        nowMs,
        this.#isLinked(index) ? 0n : undefined,
        !this.#layout.plan.retracting,
      );
    arena.release(mark);
  }

  /** These groups go, and the values linked to them. */
  forget(count: number, rows: number): void {
    const { plan, sets } = this.#layout;
    for (const index of this.#linked) {
      const set = sets[index]!;
      const head = plan.keyBytes + 8 + set.set.headOffset!;
      const links = set.key.strideBytes + 8 + set.linkOffset!;
      const { store } = this.#sets[index]!;
      store.ensureLog(this.#sets[index]!.rowCount);
      this.#task.kernels.ttl_forget_lists(store.block, count, rows, head, links, this.#sets[index]!.at);
    }
  }

  /** Takes out the values that were forgotten with their groups, before those left are linked again. */
  purge(): void {
    for (const index of this.#linked) {
      let rows = Number.POSITIVE_INFINITY;
      for (let set = this.#sets[index]!; rows > set.rowCount; ) {
        rows = set.rowCount;
        set.sweep(2 * rows, 0, undefined, 0n);
      }
    }
  }

  sweep(incoming: number, nowMs: number): void {
    this.#groups.sweep(incoming, nowMs, (count, rows) => this.forget(count, rows));
    for (const [index, set] of this.#sets.entries())
      set.sweep(incoming, nowMs, undefined, this.#isLinked(index) ? 0n : undefined);
  }

  get #linked(): readonly number[] {
    return [...this.#layout.sets.keys()].filter(index => this.#isLinked(index));
  }

  #isLinked(index: number): boolean {
    const set = this.#layout.sets[index]!;
    return set.linkOffset !== undefined && set.set.headOffset !== undefined;
  }
}
