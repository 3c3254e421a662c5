import { limits } from '../common/limits.ts';
import type { SpillFile, SpillFiles } from '../storage/spill-files.ts';
import type { ColdCursor, RowStore } from './row-store.ts';

/** Rows of a block: as many as a word has bits. */
const blockRows = 32;

/** Rows in the order of their hashes, written once. Those that were taken back into memory are marked. */
interface Run {
  readonly file: SpillFile;
  /** Where each block begins, and where the last ends. */
  readonly offsets: readonly number[];
  readonly firstHashes: Uint32Array;
  /** A bit a row. */
  readonly taken: Uint32Array;
  left: number;
  readonly filter: { readonly address: number; readonly bytes: number; readonly mask: number };
}

/** Rows found for keys: row numbers of the batch, and where the rows stand in the arena; both arrays of u32. */
export interface FetchedRows {
  readonly count: number;
  readonly numbers: number;
  readonly sources: number;
}

/**
 * Rows of one table that wait on disk. A key is either there or in memory, never both: a row that is taken back is dead in its run, and runs are
 * written anew together when there are many. A filter in memory says for most keys that they are in no run. After the log-structured merge tree
 * (O'Neil et al., 1996), without versions.
 */
export class ColdRows {
  readonly #store: RowStore;
  readonly #files: SpillFiles;
  #runs: Run[] = [];

  constructor(store: RowStore, files: SpillFiles) {
    this.#store = store;
    this.#files = files;
  }

  get rowCount(): number {
    let rows = 0;
    for (const run of this.#runs) rows += run.left;
    return rows;
  }

  /** Memory that filters take. */
  sizeBytes(): number {
    let bytes = 0;
    for (const run of this.#runs) bytes += run.filter.bytes;
    return bytes;
  }

  get diskBytes(): number {
    let bytes = 0;
    for (const run of this.#runs) bytes += run.file.sizeBytes;
    return bytes;
  }

  /** Writes rows, given as pairs (u64: hash << 32 | address) in any order, as one run. `scratch` has room for as many. */
  write(count: number, pairs: number, scratch: number): void {
    if (count === 0) return;
    const { memory, kernels } = this.#store;
    const mark = memory.arena.mark();
    kernels.cold_sort(count, pairs, scratch, memory.arena.allocate(1024));
    const writer = new RunWriter(this.#store, this.#files.create(), count);
    writer.add(count, pairs);
    this.#runs.push(writer.finish());
    memory.arena.release(mark);
    if (this.#runs.length > limits.spillRunsMax) this.#merge();
  }

  /**
   * Reads the rows of those keys whose rows[i] is 0, for i of order[from..to), and marks them as taken. Several rows of a batch may have one key: the
   * first gets it. What is given lies in the arena.
   */
  fetch(hashes: number, keys: number, rows: number, from: number, to: number, order: number): FetchedRows {
    const { memory, kernels, form, block: table } = this.#store;
    const { arena } = memory;
    const wanted = arena.allocate(4 * (to - from));
    const found: number[] = [];
    const sources: number[] = [];
    for (const run of this.#runs) {
      if (run.left === 0) continue;
      const { address, mask } = run.filter;
      const count = kernels.filter_missing(from, to, order, hashes, rows, address, mask, wanted);
      if (count === 0) continue;
      const places = new Float64Array(count);
      let used = 0;
      for (let index = 0; index < count; index++) {
        const number = memory.u32[(wanted >>> 2) + index]!;
        const place = lastNotAbove(run.firstHashes, memory.u32[(hashes >>> 2) + number]!);
        if (place >= 0) places[used++] = place * 2 ** 32 + number;
      }
      const sorted = places.subarray(0, used).sort();
      let opened = { first: -1, end: -1, address: 0 };
      for (let index = 0; index < used; index++) {
        const place = Math.floor(sorted[index]! / 2 ** 32);
        const number = sorted[index]! - place * 2 ** 32;
        if (place >= opened.end) opened = this.#open(run, place, sorted, index);
        const hash = memory.u32[(hashes >>> 2) + number]!;
        const key = keys + number * form.keyBytes;
        // equal hashes may begin in the block before
        for (let at = place; at >= 0; at--) {
          const block =
            at >= opened.first ? opened.address + run.offsets[at]! - run.offsets[opened.first]! : this.#read(run, at, at + 1);
          if (at < opened.first) kernels.cold_open(table, block);
          const inBlock = kernels.cold_find(table, block, run.taken[at]!, hash, key);
          if (inBlock >= 0) {
            run.taken[at] = run.taken[at]! | (1 << inBlock);
            run.left--;
            found.push(number);
            sources.push(block + 8 + ((4 * memory.u32[block >>> 2]! + 7) & ~7) + inBlock * form.rowBytes);
            break;
          }
          if (run.firstHashes[at] !== hash) break;
        }
      }
    }
    this.#dropEmpty();
    const numbers = arena.allocate(4 * found.length);
    const addresses = arena.allocate(4 * found.length);
    memory.u32.set(found, numbers >>> 2);
    memory.u32.set(sources, addresses >>> 2);
    return { count: found.length, numbers, sources: addresses };
  }

  /** Addresses and hashes of up to `most` further rows, in the arena; 0 at the end. */
  scan(cursor: ColdCursor, most: number, rows: number, hashes: number): number {
    const { memory, kernels, block: table } = this.#store;
    const ownRows = memory.arena.allocate(4 * blockRows);
    const ownHashes = memory.arena.allocate(4 * blockRows);
    let found = 0;
    while (found < most && cursor.run < this.#runs.length) {
      const run = this.#runs[cursor.run]!;
      if (cursor.block >= run.firstHashes.length) {
        cursor.run++;
        cursor.block = 0;
        cursor.skip = 0;
        continue;
      }
      const end = this.#together(run, cursor.block, Math.ceil((most - found) / blockRows));
      const first = cursor.block;
      const address = this.#read(run, first, end);
      for (; cursor.block < end && found < most; ) {
        const block = address + run.offsets[cursor.block]! - run.offsets[first]!;
        kernels.cold_open(table, block);
        const count = kernels.cold_rows(table, block, run.taken[cursor.block]!, ownRows, ownHashes);
        const given = Math.min(count - cursor.skip, most - found);
        memory.u32.copyWithin((rows >>> 2) + found, (ownRows >>> 2) + cursor.skip, (ownRows >>> 2) + cursor.skip + given);
        memory.u32.copyWithin((hashes >>> 2) + found, (ownHashes >>> 2) + cursor.skip, (ownHashes >>> 2) + cursor.skip + given);
        found += given;
        cursor.skip += given;
        if (cursor.skip === count) {
          cursor.block++;
          cursor.skip = 0;
        }
      }
    }
    return found;
  }

  close(): void {
    for (const run of this.#runs) this.#drop(run);
    this.#runs = [];
  }

  /** Reads the block of place `index`, and those after it that are wanted soon and lie close. */
  #open(run: Run, place: number, sorted: Float64Array, index: number) {
    let end = place + 1;
    for (let next = index + 1; next < sorted.length; next++) {
      const other = Math.floor(sorted[next]! / 2 ** 32);
      if (run.offsets[other]! - run.offsets[end]! > limits.spillGapBytesMax) break;
      if (run.offsets[other + 1]! - run.offsets[place]! > limits.spillReadBytes) break;
      end = Math.max(end, other + 1);
    }
    const address = this.#read(run, place, end);
    const { kernels, block: table } = this.#store;
    for (let block = place; block < end; block++) kernels.cold_open(table, address + run.offsets[block]! - run.offsets[place]!);
    return { first: place, end, address };
  }

  /** Blocks [first, end) of a run, in the arena as they are on disk. */
  #read(run: Run, first: number, end: number): number {
    const { memory } = this.#store;
    const bytes = run.offsets[end]! - run.offsets[first]!;
    const address = memory.arena.allocate(bytes);
    run.file.read(run.offsets[first]!, memory.u8.subarray(address, address + bytes));
    return address;
  }

  /** End of the blocks from `first` on, `most` at most, that are read at once. */
  #together(run: Run, first: number, most: number): number {
    let end = first + 1;
    while (
      end < run.firstHashes.length &&
      end - first < most &&
      run.offsets[end + 1]! - run.offsets[first]! <= limits.spillReadBytes
    )
      end++;
    return end;
  }

  /** Makes one run of all, piece by piece in the order of hashes. */
  #merge(): void {
    const runs = this.#runs;
    const total = this.rowCount;
    const { memory, kernels, block: table } = this.#store;
    const outer = memory.arena.mark();
    const writer = new RunWriter(this.#store, this.#files.create(), total);
    const largest = runs.reduce((one, other) => (other.firstHashes.length > one.firstHashes.length ? other : one));
    const pieces = Math.max(1, Math.ceil(total / limits.spillMergeRows));
    const step = Math.max(1, Math.floor(largest.firstHashes.length / pieces));
    const places = runs.map(() => 0);
    let low = 0;
    for (let piece = step; low <= 0xffff_ffff; piece += step) {
      const next = piece < largest.firstHashes.length ? largest.firstHashes[piece]! : 0x1_0000_0000;
      if (next <= low) continue;
      const mark = memory.arena.mark();
      const parts: { count: number; rows: number; hashes: number }[] = [];
      let most = 0;
      for (const [index, run] of runs.entries()) {
        const first = places[index]!;
        let end = first;
        while (end < run.firstHashes.length && run.firstHashes[end]! < next) end++;
        if (end === first) continue;
        const address = this.#read(run, first, end);
        const rows = memory.arena.allocate(4 * blockRows * (end - first));
        const hashes = memory.arena.allocate(4 * blockRows * (end - first));
        let count = 0;
        for (let block = first; block < end; block++) {
          const at = address + run.offsets[block]! - run.offsets[first]!;
          kernels.cold_open(table, at);
          count += kernels.cold_rows(table, at, run.taken[block]!, rows + 4 * count, hashes + 4 * count);
        }
        parts.push({ count, rows, hashes });
        most += count;
        // the last block may reach into the next piece
        places[index] = end - 1;
      }
      const pairs = memory.arena.allocate(8 * most);
      let count = 0;
      for (const part of parts) count += kernels.cold_zip(part.count, part.rows, part.hashes, low, next - 1, pairs + 8 * count);
      if (count > 0) {
        kernels.cold_sort(count, pairs, memory.arena.allocate(8 * count), memory.arena.allocate(1024));
        writer.add(count, pairs);
      }
      memory.arena.release(mark);
      low = next;
    }
    this.#runs = [writer.finish()];
    for (const run of runs) this.#drop(run);
    memory.arena.release(outer);
  }

  #dropEmpty(): void {
    if (this.#runs.every(run => run.left > 0)) return;
    for (const run of this.#runs) if (run.left === 0) this.#drop(run);
    this.#runs = this.#runs.filter(run => run.left > 0);
  }

  #drop(run: Run): void {
    run.file.close();
    this.#store.memory.freeSegment(run.filter.address, run.filter.bytes);
  }
}

/** Writes rows in the order of their hashes. */
class RunWriter {
  readonly #store: RowStore;
  readonly #file: SpillFile;
  readonly #offsets: number[] = [0];
  readonly #firstHashes: number[] = [];
  readonly #filter: Run['filter'];
  #rows = 0;

  constructor(store: RowStore, file: SpillFile, rowsExpected: number) {
    this.#store = store;
    this.#file = file;
    const words = 2 ** Math.ceil(Math.log2(Math.max(8, (rowsExpected * limits.spillFilterBitsPerRow) / 64)));
    const address = store.memory.allocateSegment(8 * words);
    store.memory.f64.fill(0, address / 8, address / 8 + words);
    this.#filter = { address, bytes: 8 * words, mask: words - 1 };
  }

  /** `pairs` in the order of their hashes, behind those of the calls before. */
  add(count: number, pairs: number): void {
    const { memory, kernels, block: table, form } = this.#store;
    const mark = memory.arena.mark();
    const rows = memory.arena.allocate(4 * count);
    const hashes = memory.arena.allocate(4 * count);
    kernels.cold_unzip(count, pairs, rows, hashes);
    kernels.filter_add(count, hashes, this.#filter.address, this.#filter.mask);
    const fixedBytes = 8 + 4 * blockRows + 8 + blockRows * form.rowBytes;
    let bufferBytes = Math.max(limits.spillReadBytes, fixedBytes);
    let buffer = memory.arena.allocate(bufferBytes);
    let used = 0;
    const flush = (): void => {
      if (used > 0) this.#file.append(memory.u8.subarray(buffer, buffer + used));
      used = 0;
    };
    for (let from = 0; from < count; from += blockRows) {
      const size = Math.min(blockRows, count - from);
      const bytes = form.viewOffsets.length === 0 ? fixedBytes : kernels.cold_block_bytes(table, size, pairs + 8 * from) >>> 0;
      if (used + bytes > bufferBytes) flush();
      if (bytes > bufferBytes) {
        bufferBytes = bytes;
        buffer = memory.arena.allocate(bufferBytes);
      }
      const written = kernels.cold_pack(table, size, pairs + 8 * from, buffer + used) >>> 0;
      used += written;
      this.#firstHashes.push(memory.u32[(hashes >>> 2) + from]!);
      this.#offsets.push(this.#offsets.at(-1)! + written);
    }
    flush();
    this.#rows += count;
    memory.arena.release(mark);
  }

  finish(): Run {
    const firstHashes = Uint32Array.from(this.#firstHashes);
    return {
      file: this.#file,
      offsets: this.#offsets,
      firstHashes,
      taken: new Uint32Array(firstHashes.length),
      left: this.#rows,
      filter: this.#filter,
    };
  }
}

/** Index of the last value that is not above `wanted`; -1 for none. */
function lastNotAbove(values: Uint32Array, wanted: number): number {
  let from = 0;
  let until = values.length;
  while (from < until) {
    const middle = (from + until) >> 1;
    if (values[middle]! <= wanted) from = middle + 1;
    else until = middle;
  }
  return from - 1;
}
