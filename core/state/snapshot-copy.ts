import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { ShardImage, StateTable } from './contract.ts';
import type { KeyGroupRange } from './key-groups.ts';
import { type AllocateBytes, type ImageSpan, imageOfLog, imageOfSegment, type RowImage } from './row-image.ts';
import type { RowStore, SavedRows, StoreSegment } from './row-store.ts';

export interface CopyOptions {
  readonly origin: number;
  readonly checkpointId: number;
  /** What the task owns. */
  readonly keyGroups: KeyGroupRange;
  readonly allocate?: AllocateBytes | undefined;
}

/** What a copy has of one table. */
export interface CopiedTable {
  readonly images: readonly ShardImage[];
  /** Slices (undefined: the table itself) whose images hold only what changed since the checkpoint before that stands. */
  readonly continues: readonly (number | undefined)[];
  /** Of {@link SnapshotCopy.stepFor}. */
  readonly copyMs: number;
}

interface CopiedStore {
  readonly store: RowStore;
  readonly sliceEndMs: number | undefined;
  readonly span: ImageSpan;
  readonly segments: readonly StoreSegment[];
  readonly before: SavedRows | undefined;
  readonly images: ShardImage[];
  bytes: number;
}

/**
 * Copies the rows of a task's tables as they are now, a piece at a time, while the task goes on with them: rows that change before their piece has come
 * are logged as they were (RowStore.touch and the kernels). Tables of which earlier checkpoints stand give only what has changed since.
 *
 * A page of 64 KiB is the unit: it is pending until all rows that start in it have been copied. Heaps are not written anew and dropped slices stay
 * until it is done.
 *
 * @example
 * const copy = new SnapshotCopy(memory, tables, { origin: 0, checkpointId: 7, keyGroups: allKeyGroups });
 * while (!copy.step(1 << 20)) workOnTheNextBatch();
 * send(copy.tables());
 */
export class SnapshotCopy {
  readonly checkpointId: number;
  readonly #memory: TaskMemory;
  readonly #options: CopyOptions;
  /** By table: milliseconds in {@link stepFor}. */
  readonly #tableMs: number[];
  readonly #tables: { readonly small: readonly ShardImage[]; readonly stores: readonly CopiedStore[] }[];
  readonly #work: CopiedStore[];
  readonly #pending: number;
  #store = 0;
  #segment = 0;
  /** Of the log. */
  #piece = 0;
  /** Where the present segment or piece goes on; 0: at its start. */
  #from = 0;
  #open = true;

  constructor(memory: TaskMemory, tables: readonly StateTable[], options: CopyOptions) {
    this.#memory = memory;
    this.#options = options;
    this.checkpointId = options.checkpointId;
    this.#pending = memory.allocateSegment(limits.wasmPageBytes);
    memory.f64.fill(0, this.#pending / 8, (this.#pending + limits.wasmPageBytes) / 8);
    this.#tables = tables.map(table => {
      const stores = table.stores();
      const small = stores === undefined ? table.snapshot().map(image => this.#placed(image)) : [];
      return { small, stores: (stores ?? []).map(({ store, sliceEndMs }) => this.#begin(store, sliceEndMs)) };
    });
    this.#work = this.#tables.flatMap(table => table.stores);
    this.#tableMs = this.#tables.map(() => 0);
  }

  /** Copies about so many bytes; true when all is done. */
  step(bytesMax: number): boolean {
    let left = this.#loggedBytes() > 4 * limits.snapshotLogBytesMax ? Number.POSITIVE_INFINITY : bytesMax;
    while (left > 0 && this.#store < this.#work.length) {
      const copied = this.#work[this.#store]!;
      const segment = copied.segments[this.#segment];
      if (segment !== undefined) {
        left -= this.#copy(copied, segment, left);
        continue;
      }
      // no page is pending any more: the log is as long as it will be
      const piece = copied.store.log()[this.#piece];
      if (piece !== undefined) {
        const entryBytes = copied.store.form.rowBytes + 8;
        const from = this.#from === 0 ? piece.from : this.#from;
        const end = Math.min(piece.end, from + Math.ceil(Math.min(left, piece.end - from) / entryBytes) * entryBytes);
        this.#add(copied, imageOfLog(copied.store, { from, end }, copied.span, this.#options.allocate));
        left -= end - from;
        this.#from = end < piece.end ? end : 0;
        if (end >= piece.end) this.#piece++;
        continue;
      }
      copied.store.endCopy();
      this.#store++;
      this.#segment = 0;
      this.#piece = 0;
    }
    if (this.#store < this.#work.length) return false;
    this.#close();
    return true;
  }

  /** Copies for a few milliseconds, for longer when many rows changed before they were copied; true when all is done. */
  stepFor(nowMs: () => number): boolean {
    const isBehind = this.#loggedBytes() > limits.snapshotLogBytesMax;
    const until = nowMs() + (isBehind ? limits.snapshotLoggedSliceMs : limits.snapshotSliceMs);
    for (let startMs = nowMs(); ; ) {
      const table = this.#tableOf(this.#store);
      const done = this.step(limits.snapshotSliceBytes);
      const endMs = nowMs();
      if (table >= 0) this.#tableMs[table]! += endMs - startMs;
      if (done || endMs >= until) return done;
      startMs = endMs;
    }
  }

  #tableOf(store: number): number {
    const copied = this.#work[store];
    return copied === undefined ? -1 : this.#tables.findIndex(({ stores }) => stores.includes(copied));
  }

  #loggedBytes(): number {
    return this.#work.reduce((sum, { store }) => sum + store.logBytes(), 0);
  }

  /** After the last step: what was copied, by table. */
  tables(): CopiedTable[] {
    return this.#tables.map(({ small, stores }, index) => ({
      copyMs: this.#tableMs[index]!,
      images: [
        ...small,
        ...stores.flatMap(({ images, span, sliceEndMs }) =>
          images.length > 0 || span.since > 0
            ? images
            : [
                this.#placed({
                  origin: 0,
                  checkpointId: 0,
                  keyGroups: this.#options.keyGroups,
                  sliceEndMs,
                  rows: 0,
                  bytes: noBytes,
                }),
              ],
        ),
      ],
      continues: stores.filter(({ span }) => span.since > 0).map(({ sliceEndMs }) => sliceEndMs),
    }));
  }

  /** The checkpoint stands: the next copy need only have what has changed since. */
  stands(): void {
    for (const { store, span, bytes, before } of this.#work) {
      store.saved =
        before === undefined || span.since === 0
          ? { epoch: span.barrier, wholeBytes: bytes, changeBytes: 0, changes: 0 }
          : { ...before, epoch: span.barrier, changeBytes: before.changeBytes + bytes, changes: before.changes + 1 };
    }
  }

  /** Gives up; what was copied is not used. */
  abort(): void {
    if (!this.#open) return;
    for (const { store } of this.#work.slice(this.#store)) store.endCopy();
    for (const { store, before } of this.#work) store.saved = before;
    this.#close();
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#memory.freeSegment(this.#pending, limits.wasmPageBytes);
  }

  #begin(store: RowStore, sliceEndMs: number | undefined): CopiedStore {
    const { saved } = store;
    const segments = store.segments();
    // a restore reads all since the last whole image: half as much again at most
    const goesOn =
      saved !== undefined &&
      saved.changes < limits.checkpointChangesMax &&
      (saved.changeBytes / Math.max(saved.wholeBytes, 1) + changedShare(store, segments, saved)) * 2 <= 1;
    const span = { barrier: store.epoch, since: goesOn ? saved.epoch : 0 };
    // until this one stands nobody knows what a later one could go on from
    store.saved = undefined;
    store.beginCopy(this.#pending);
    return { store, sliceEndMs, span, segments, before: saved, images: [], bytes: 0 };
  }

  #copy(copied: CopiedStore, segment: StoreSegment, bytesMax: number): number {
    const { store, span } = copied;
    const { rowBytes } = store.form;
    const page = limits.wasmPageBytes;
    const from = this.#from === 0 ? segment.start : this.#from;
    const cut = Number.isFinite(bytesMax) ? Math.ceil((from + bytesMax) / page) * page : segment.end;
    const last = cut >= segment.end;
    const end = last ? segment.end : from + Math.ceil((cut - from) / rowBytes) * rowBytes;
    this.#add(copied, imageOfSegment(store, segment, { from, end: Math.min(end, segment.end) }, span, this.#options.allocate));
    const done = last ? Math.ceil(segment.end / page) : cut / page;
    this.#memory.u8.fill(0, this.#pending + Math.floor(segment.address / page), this.#pending + done);
    this.#from = last ? 0 : end;
    if (last) this.#segment++;
    return Math.max(end - from, page);
  }

  #add(copied: CopiedStore, image: RowImage | undefined): void {
    if (image === undefined) return;
    const { sliceEndMs } = copied;
    const { keyGroups } = this.#options;
    copied.bytes += image.bytes.length;
    copied.images.push(this.#placed({ origin: 0, checkpointId: 0, keyGroups, sliceEndMs, rows: image.rows, bytes: image.bytes }));
  }

  #placed(image: ShardImage): ShardImage {
    const { origin, checkpointId, keyGroups } = this.#options;
    return { ...image, origin, checkpointId, keyGroups };
  }
}

/** About what part of the rows has changed since, of some rows that lie as far from each other; 0 where so few are soon read. */
function changedShare(store: RowStore, segments: readonly StoreSegment[], { epoch, wholeBytes }: SavedRows): number {
  if (wholeBytes < limits.snapshotSampleBytesMin) return 0;
  const { rowBytes, keyBytes } = store.form;
  const words = store.memory.u32;
  const rows = segments.reduce((sum, { start, end }) => sum + Math.floor((end - start) / rowBytes), 0);
  const stride = Math.ceil(rows / limits.snapshotSampleRows);
  let [seen, changed] = [0, 0];
  for (const { start, end } of segments)
    for (let row = start; row < end; row += stride * rowBytes) {
      seen++;
      if (words[(row + keyBytes) >>> 2]! > epoch) changed++;
    }
  return seen === 0 ? 0 : changed / seen;
}

const noBytes = new Uint8Array(0);
