import { limits } from '../common/limits.ts';
import type { GroupTable } from './group-table.ts';
import { partCount, type RowParts } from './row-parts.ts';

/**
 * Takes rows (`sources`) into those of `target` that have the same keys (`targets`); both are u32 addresses. Rows that were gathered later come later.
 */
export type MergeRows = (target: GroupTable, count: number, targets: number, sources: number) => void;

/**
 * The rows of tables that are on disk in parts, those of a key made one: some parts at a time in a table that holds no more than these.
 *
 * @example
 * const merged = new MergedParts(panes, scratch, merge);
 * while (merged.next()) send(merged.groups);
 * merged.close();
 */
export class MergedParts {
  /** The rows of the parts that {@link next} came to; until it is called again. */
  readonly groups: GroupTable;
  readonly #merge: MergeRows;
  readonly #parts: readonly RowParts[];
  /** Of these, those that were written for this alone. */
  readonly #own: readonly RowParts[];
  #next = 0;

  /** `groups` is empty, of the form of the sources, and belongs to this from now on. */
  constructor(sources: readonly GroupTable[], groups: GroupTable, merge: MergeRows) {
    this.groups = groups;
    this.#merge = merge;
    const inParts = sources.map(source => source.asParts());
    this.#parts = inParts.flatMap(({ parts }) => parts);
    this.#own = inParts.flatMap(({ own }) => (own === undefined ? [] : [own]));
  }

  /** Goes to the next parts that have rows; false at the end. */
  next(): boolean {
    this.groups.clear();
    while (this.#next < partCount) {
      const first = this.#next;
      let rows = this.#rowsIn(first, first + 1);
      for (this.#next++; this.#next < partCount; this.#next++) {
        const more = this.#rowsIn(this.#next, this.#next + 1);
        if (rows + more > limits.spillMergeRows) break;
        rows += more;
      }
      if (rows === 0) continue;
      this.groups.reserve(rows);
      for (const parts of this.#parts)
        parts.read(first, this.#next, (count, sources, hashes) => this.#take(count, sources, hashes));
      return true;
    }
    return false;
  }

  close(): void {
    this.groups.close();
    for (const parts of this.#own) parts.close();
  }

  #rowsIn(first: number, end: number): number {
    let rows = 0;
    for (const parts of this.#parts) rows += parts.rowsIn(first, end);
    return rows;
  }

  #take(count: number, sources: number, hashes: number): void {
    const { memory, kernels, form } = this.groups.store;
    const { arena } = memory;
    const keys = arena.allocate(form.keyBytes * count);
    kernels.rows_copy(count, sources, form.keyBytes, keys);
    const targets = arena.allocate(4 * count);
    this.groups.findOrInsert(hashes, keys, targets, 0, count);
    this.#merge(this.groups, count, targets, sources);
  }
}
