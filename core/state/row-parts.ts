import { limits } from '../common/limits.ts';
import type { SpillFile, SpillFiles } from '../storage/spill-files.ts';
import type { RowStore } from './row-store.ts';

/** Parts of rows: a top byte of their hashes each. */
export const partCount = 256;

/** Hashes of rows (u32) by their keys, as row-rules.ts makes them; all are addresses. */
export interface HashesRows {
  slotHashes(count: number, rows: number, packed: number): number;
}

/** Rows that were written at once, sorted by part. */
interface Chunk {
  readonly at: number;
  /** Where the rows of each part begin, in bytes from `at`, and where the last end; the same of long strings, from the end of the rows. */
  readonly rowOffsets: Uint32Array;
  readonly heapOffsets: Uint32Array;
  readonly note: number;
}

/** Rows of a chunk, in the arena: addresses and hashes (u32). */
export interface ReadRows {
  readonly count: number;
  readonly rows: number;
  readonly hashes: number;
  readonly note: number;
}

/**
 * Rows of one table that were gathered at several times and went to disk as they were: a key may stand in several chunks. They come back a part at a
 * time, in the order they were written, for somebody who merges them; nothing is looked up. After the partitioned hybrid aggregation of Graefe ("Query
 * Evaluation Techniques for Large Databases", 1993): written and read in long stretches, and a part fits into memory.
 */
export class RowParts {
  readonly #store: RowStore;
  readonly #rules: HashesRows | undefined;
  readonly #file: SpillFile;
  readonly #chunks: Chunk[] = [];

  /** `rules`: of the rows that {@link write} takes. */
  constructor(store: RowStore, rules: HashesRows | undefined, files: SpillFiles) {
    this.#store = store;
    this.#rules = rules;
    this.#file = files.create();
  }

  /** Rows, those of one key counted as often as they were written. */
  get rowCount(): number {
    return this.rowsIn(0, partCount);
  }
  get diskBytes(): number {
    return this.#file.sizeBytes;
  }
  /** Memory that the places of parts take. */
  sizeBytes(): number {
    return this.#chunks.length * 2 * 4 * (partCount + 1);
  }

  /** Rows of the parts [first, end). */
  rowsIn(first: number, end: number): number {
    let bytes = 0;
    for (const { rowOffsets } of this.#chunks) bytes += rowOffsets[end]! - rowOffsets[first]!;
    return bytes / this.#store.form.rowBytes;
  }

  /** Writes all rows that a store of the same form has in memory; `hashesOf`: by what they are told apart, if not by their keys. */
  write(store: RowStore, hashesOf = (count: number, rows: number): number => this.#hashes(count, rows)): void {
    const { memory } = store;
    const most = Math.max(limits.spillRowsKeptMin, Math.floor(limits.spillChunkBytes / store.form.rowBytes));
    for (const cursor = store.cursor(); ; ) {
      const mark = memory.arena.mark();
      const rows = memory.arena.allocate(4 * most);
      const count = store.scan(cursor, most, rows);
      if (count > 0) this.append(count, rows, hashesOf(count, rows));
      memory.arena.release(mark);
      if (count < most) return;
    }
  }

  /** Writes rows (u32 addresses, readable 8 bytes past their key) with their hashes (u32) as one chunk; `note` comes back with them. */
  append(count: number, rows: number, hashes: number, note = 0): void {
    const { memory, kernels, block } = this.#store;
    const sizes = memory.arena.allocateZeroed(8 * partCount);
    kernels.parts_measure(block, count, rows, hashes, sizes, sizes + 4 * partCount);
    const rowOffsets = offsetsOf(memory.u32.subarray(sizes >>> 2, (sizes >>> 2) + partCount));
    const heapOffsets = offsetsOf(memory.u32.subarray((sizes >>> 2) + partCount, (sizes >>> 2) + 2 * partCount));
    const bytes = rowOffsets[partCount]! + heapOffsets[partCount]!;
    const chunk = memory.arena.allocate(bytes);
    const heap = chunk + rowOffsets[partCount]!;
    const cursors = memory.u32.subarray(sizes >>> 2, (sizes >>> 2) + 2 * partCount);
    for (let part = 0; part < partCount; part++) {
      cursors[part] = chunk + rowOffsets[part]!;
      cursors[partCount + part] = heap + heapOffsets[part]!;
    }
    kernels.parts_scatter(block, count, rows, hashes, sizes, sizes + 4 * partCount, heap);
    this.#chunks.push({ at: this.#file.sizeBytes, rowOffsets, heapOffsets, note });
    this.#file.append(memory.u8.subarray(chunk, chunk + bytes));
  }

  /** Rows of the parts [first, end), a chunk at a time: addresses and hashes (u32), in the arena during the call. */
  read(
    first: number,
    end: number,
    take: (count: number, rows: number, hashes: number) => void,
    store: RowStore = this.#store,
  ): void {
    const { arena } = store.memory;
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) {
      const mark = arena.mark();
      const { count, rows, hashes } = this.readChunk(chunk, first, end, this.#inArena, store);
      if (count > 0) take(count, rows, hashes);
      arena.release(mark);
    }
  }

  get chunkCount(): number {
    return this.#chunks.length;
  }

  /**
   * Rows of the parts [first, end) in one chunk; `allocate`: memory for them that is not in the arena; `store`: one of the same form, where the one they
   * were written from is closed.
   */
  readChunk(chunk: number, first: number, end: number, allocate = this.#inArena, store = this.#store): ReadRows {
    const { kernels, form, block } = store;
    const { at, rowOffsets, heapOffsets, note } = this.#chunks[chunk]!;
    const [from, bytes] = [rowOffsets[first]!, rowOffsets[end]! - rowOffsets[first]!];
    if (bytes === 0) return { count: 0, rows: 0, hashes: 0, note };
    const [heapFrom, heapBytes] = [heapOffsets[first]!, heapOffsets[end]! - heapOffsets[first]!];
    const base = this.#read(at + from, allocate(bytes), bytes);
    const heap = heapBytes === 0 ? 0 : this.#read(at + rowOffsets[partCount]! + heapFrom, allocate(heapBytes), heapBytes);
    const count = bytes / form.rowBytes;
    const [rows, hashes] = [allocate(4 * count), allocate(4 * count)];
    kernels.parts_open(block, count, base, heap, heapFrom, rows, hashes);
    return { count, rows, hashes, note };
  }

  close(): void {
    this.#file.close();
  }

  #hashes(count: number, rows: number): number {
    const { memory, kernels, form } = this.#store;
    const packed = memory.arena.allocate(count * form.keyBytes);
    kernels.rows_copy(count, rows, form.keyBytes, packed);
    return this.#rules!.slotHashes(count, rows, packed);
  }

  #inArena = (bytes: number): number => this.#store.memory.arena.allocate(bytes);

  #read(at: number, address: number, bytes: number): number {
    this.#file.read(at, this.#store.memory.u8.subarray(address, address + bytes));
    return address;
  }
}

function offsetsOf(sizes: Uint32Array): Uint32Array {
  const offsets = new Uint32Array(sizes.length + 1);
  for (let index = 0; index < sizes.length; index++) offsets[index + 1] = offsets[index]! + sizes[index]!;
  return offsets;
}
