import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { ShardImage, StateTable, StoredRows, TableSpec } from './contract.ts';
import { emptyPayload } from './contract.ts';
import { allKeyGroups, type KeyGroupRange } from './key-groups.ts';
import { keyViewOffsets } from './keyed-tables.ts';
import { restoreRows } from './restore-rows.ts';
import { RowRules } from './row-rules.ts';
import { type RowCursor, RowStore, rowForm } from './row-store.ts';
import { imagesOf } from './table-images.ts';

/** Packed rows without a key, in the order they were appended as long as none is released. */
export class ListTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'list' }>;
  readonly store: RowStore;
  #rows = 0;

  constructor(spec: Extract<TableSpec, { kind: 'list' }>, memory: TaskMemory, kernels: Kernels) {
    this.spec = spec;
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

  /** Addresses of up to `most` further rows, in memory order; 0 at the end. */
  scan(cursor: RowCursor, most: number, rows: number): number {
    return this.store.scan(cursor, most, rows);
  }

  sizeBytes(): number {
    return this.store.sizeBytes();
  }
  rowCount(): number {
    return this.#rows;
  }
  stores(): readonly StoredRows[] {
    return [{ store: this.store }];
  }
  snapshot(): readonly ShardImage[] {
    return [...this.images()];
  }
  images(): Iterable<ShardImage> {
    return imagesOf(this.store, undefined);
  }
  restore(images: readonly ShardImage[], own: KeyGroupRange = allKeyGroups): void {
    const rules = new RowRules(this.spec, this.store.memory, this.store.kernels);
    this.#rows += restoreRows({ store: this.store, rules }, images, own);
  }
  close(): void {
    this.store.close();
    this.#rows = 0;
  }
}
