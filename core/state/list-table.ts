import { limits } from '../common/limits.ts';
import type { Kernels } from '../kernels/index.ts';
import type { SpillFiles } from '../storage/spill-files.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { ShardImage, StateTable, StoredRows, TableSpec } from './contract.ts';
import { emptyPayload } from './contract.ts';
import { allKeyGroups, type KeyGroupRange } from './key-groups.ts';
import { keyViewOffsets } from './keyed-tables.ts';
import { restoreRows } from './restore-rows.ts';
import { partCount, RowParts } from './row-parts.ts';
import { RowRules } from './row-rules.ts';
import { type OrderRows, type RowRun, writeRun } from './row-runs.ts';
import { type RowCursor, RowStore, rowForm } from './row-store.ts';
import { imagesOf, imagesOfRuns } from './table-images.ts';

/** Packed rows without a key, in the order they were appended as long as none is released. */
export class ListTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'list' }>;
  readonly store: RowStore;
  /** Of a table that spills: the order in which rows go to disk; without, they go as they came. */
  order: OrderRows | undefined;
  #rows = 0;
  #runs: RowRun[] = [];
  readonly #spill: SpillFiles | undefined;

  constructor(spec: Extract<TableSpec, { kind: 'list' }>, memory: TaskMemory, kernels: Kernels, spill?: SpillFiles) {
    this.spec = spec;
    this.#spill = spec.spills ? spill : undefined;
    this.store = new RowStore(memory, kernels, rowForm(spec.row.strideBytes, keyViewOffsets(spec.row), emptyPayload));
  }

  /** Appends packed rows that stand side by side; writes their addresses to `rows`. */
  append(count: number, packed: number, rows: number): void {
    this.store.append(count, packed, rows);
    this.#rows += count;
  }

  /** Gives the rows at these addresses back. */
  release(count: number, rows: number): void {
    this.store.release(count, rows);
    this.#rows -= count;
  }

  /** Addresses of up to `most` further rows, in memory order; 0 at the end. Those on disk are in {@link takeRuns}. */
  scan(cursor: RowCursor, most: number, rows: number): number {
    return this.store.scan(cursor, most, rows);
  }

  get hasRuns(): boolean {
    return this.#runs.length > 0;
  }

  /** All rows on disk, each run in order; rows in memory go there too. They stay with the table, and this may be called again. */
  sortedRuns(): readonly RowRun[] {
    this.#toDisk();
    for (const [index, run] of this.#runs.entries()) if (!run.isSorted) this.#runs[index] = this.#sorted(run);
    return this.#runs;
  }

  /** Between two inputs: all rows go to disk when the task is beyond its budget. */
  relieve(): void {
    const { memory } = this.store;
    if (memory.usedBytes <= memory.budgetBytes) return;
    if (this.sizeBytes() > memory.budgetBytes * limits.spillShare) this.#toDisk();
  }

  #toDisk(): void {
    const { memory } = this.store;
    const count = this.#rows - this.#rowsInRuns();
    if (this.#spill === undefined || this.store.copying || count === 0) return;
    const bytes = 4 * count;
    const rows = memory.allocateSegment(bytes);
    this.store.scan(this.store.cursor(), count, rows);
    this.order?.(count, rows);
    this.#runs.push(writeRun(this.store, this.#spill, count, rows, this.order !== undefined));
    memory.freeSegment(rows, bytes);
    this.store.reset();
  }

  /** A run that was written before its order was known, written anew. */
  #sorted({ parts }: RowRun): RowRun {
    for (let chunk = 0; chunk < parts.chunkCount; chunk++) {
      const { arena } = this.store.memory;
      const mark = arena.mark();
      const { count, rows } = parts.readChunk(chunk, 0, partCount);
      this.store.place(count, rows, arena.allocate(4 * count));
      arena.release(mark);
    }
    const rows = this.store.memory.allocateSegment(4 * parts.rowCount);
    this.store.scan(this.store.cursor(), parts.rowCount, rows);
    this.order!(parts.rowCount, rows);
    const run = writeRun(this.store, this.#spill!, parts.rowCount, rows, true);
    this.store.memory.freeSegment(rows, 4 * parts.rowCount);
    this.store.reset();
    parts.close();
    return run;
  }

  #rowsInRuns(): number {
    return this.#runs.reduce((sum, { parts }) => sum + parts.rowCount, 0);
  }

  sizeBytes(): number {
    return this.store.sizeBytes();
  }
  diskBytes(): number {
    return this.#runs.reduce((sum, { parts }) => sum + parts.diskBytes, 0);
  }
  rowCount(): number {
    return this.#rows;
  }
  stores(): readonly StoredRows[] | undefined {
    if (this.#runs.length === 0) return [{ store: this.store }];
    // the checkpoint has all rows: none goes on from those before it
    this.store.saved = undefined;
    return undefined;
  }
  snapshot(): readonly ShardImage[] {
    return [...this.images()];
  }
  /** Those on disk first: they came first. */
  *images(): Iterable<ShardImage> {
    yield* imagesOfRuns(this.store, this.#runs);
    yield* imagesOf(this.store, undefined);
  }
  /** All rows in memory, by key group, for {@link takeParts} of other tables of this form; undefined where rows have none. */
  toParts(files: SpillFiles): RowParts | undefined {
    const { memory, kernels } = this.store;
    const rules = new RowRules(this.spec, memory, kernels);
    if (rules.owner.kind !== 'key-group' || this.#runs.length > 0) return undefined;
    const parts = new RowParts(this.store, undefined, files);
    parts.write(this.store, (count, rows) => rules.groupHashes(count, rows, undefined)!);
    return parts;
  }

  /** Takes in the rows of parts [first, end). */
  takeParts(parts: RowParts, first: number, end: number): void {
    const { arena } = this.store.memory;
    const place = (count: number, rows: number): void => {
      this.store.place(count, rows, arena.allocate(4 * count));
      this.#rows += count;
    };
    parts.read(first, end, place, this.store);
  }

  restore(images: readonly ShardImage[], own: KeyGroupRange = allKeyGroups): void {
    const rules = new RowRules(this.spec, this.store.memory, this.store.kernels);
    const added = (count: number): void => {
      this.#rows += count;
      this.relieve();
    };
    restoreRows({ store: this.store, rules, added }, images, own);
  }
  close(): void {
    this.store.close();
    for (const { parts } of this.#runs) parts.close();
    this.#runs = [];
    this.#rows = 0;
  }
}
