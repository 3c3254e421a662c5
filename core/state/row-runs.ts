import { limits } from '../common/limits.ts';
import type { SpillFiles } from '../storage/spill-files.ts';
import { partCount, RowParts } from './row-parts.ts';
import type { RowStore } from './row-store.ts';

/** Puts rows (u32 addresses) in order, in place; stable. */
export type OrderRows = (count: number, rows: number) => void;

/** Compares rows for {@link MergedRuns}: where the descriptions of the keys are, and how many. */
export type RowKeys = () => { readonly keys: number; readonly keyCount: number };

/** Rows on disk that were appended together; their chunks are blocks of about as many bytes as are read at a time. */
export interface RowRun {
  readonly parts: RowParts;
  readonly isSorted: boolean;
}

/** Writes rows (u32 addresses) as one run, as they come. */
export function writeRun(store: RowStore, files: SpillFiles, count: number, rows: number, isSorted: boolean): RowRun {
  const { arena } = store.memory;
  const parts = new RowParts(store, undefined, files);
  const most = Math.max(1, Math.floor(limits.spillReadBytes / store.form.rowBytes));
  for (let from = 0; from < count; from += most) {
    const mark = arena.mark();
    const size = Math.min(most, count - from);
    parts.append(size, rows + 4 * from, arena.allocateZeroed(4 * size));
    arena.release(mark);
  }
  return { parts, isSorted };
}

/** The present block of a run, in segments of its own. */
interface OpenRun {
  readonly run: RowRun;
  next: number;
  segments: { readonly address: number; readonly bytes: number }[];
}

/**
 * Rows of sorted runs in order: an external merge sort's last step (Knuth, "The Art of Computer Programming", vol. 3, 5.4). Equal rows come from the
 * run that was written first.
 *
 * @example
 * const merged = new MergedRuns(store, runs, keys);
 * for (let count; (count = merged.take(limits.batchRows, rows)) > 0; ) send(count, rows);
 * merged.close();
 */
export class MergedRuns {
  readonly #store: RowStore;
  readonly #keys: RowKeys;
  #open: OpenRun[];
  /** {next, end} of each open run, for the kernel; in a segment. */
  readonly #lists: number;
  readonly #listsBytes: number;

  constructor(store: RowStore, runs: readonly RowRun[], keys: RowKeys) {
    this.#store = store;
    this.#keys = keys;
    this.#listsBytes = 8 * Math.max(1, runs.length);
    this.#lists = store.memory.allocateSegment(this.#listsBytes);
    this.#open = runs.map(run => ({ run, next: 0, segments: [] }));
    for (let index = 0; index < this.#open.length; index++) this.#load(index);
  }

  /** Addresses (u32) of up to `most` further rows, which stay until the next call; 0 at the end. */
  take(most: number, rows: number): number {
    const { memory, kernels } = this.#store;
    // what was given last has been used up: blocks at their end make room
    for (let index = this.#open.length - 1; index >= 0; index--) {
      const at = (this.#lists >>> 2) + 2 * index;
      if (memory.u32[at] !== memory.u32[at + 1]) continue;
      if (this.#load(index)) continue;
      this.#open.splice(index, 1);
      memory.u32.copyWithin(at, at + 2, (this.#lists >>> 2) + 2 * (this.#open.length + 1));
    }
    if (this.#open.length === 0) return 0;
    const { keys, keyCount } = this.#keys();
    return kernels.merge_sorted(this.#open.length, this.#lists, keys, keyCount, rows, most);
  }

  close(): void {
    for (const open of this.#open) this.#free(open);
    this.#open = [];
    this.#store.memory.freeSegment(this.#lists, this.#listsBytes);
  }

  /** Reads the next block of a run; false: there is none. */
  #load(index: number): boolean {
    const { memory } = this.#store;
    const open = this.#open[index]!;
    this.#free(open);
    if (open.next === open.run.parts.chunkCount) return false;
    const { count, rows } = open.run.parts.readChunk(open.next++, 0, partCount, bytes => {
      const address = memory.allocateSegment(bytes);
      open.segments.push({ address, bytes });
      return address;
    });
    memory.u32.set([rows, rows + 4 * count], (this.#lists >>> 2) + 2 * index);
    return true;
  }

  #free(open: OpenRun): void {
    for (const { address, bytes } of open.segments) this.#store.memory.freeSegment(address, bytes);
    open.segments = [];
  }
}
