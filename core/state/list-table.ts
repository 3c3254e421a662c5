import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { StateTable, TableSpec } from './contract.ts';
import { emptyPayload } from './contract.ts';
import { keyViewOffsets } from './keyed-tables.ts';
import { readRowSnapshot, writeRowSnapshot } from './row-snapshot.ts';
import { type RowCursor, RowStore, rowForm } from './row-store.ts';

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
    this.store.kernels.store_release(this.store.block, count, rows);
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
  snapshot(): Uint8Array {
    const { memory } = this.store;
    const mark = memory.arena.mark();
    const addresses = memory.arena.allocate(4 * this.#rows);
    const hashes = memory.arena.allocateZeroed(4 * this.#rows);
    this.store.scan(this.store.cursor(), this.#rows, addresses);
    const bytes = writeRowSnapshot(this.store, this.#rows, addresses, hashes);
    memory.arena.release(mark);
    return bytes;
  }
  restore(bytes: Uint8Array): void {
    readRowSnapshot(this.store, bytes, (packed, _hashes, count, rows) => this.append(count, packed, rows));
  }
  close(): void {
    this.store.close();
    this.#rows = 0;
  }
}
