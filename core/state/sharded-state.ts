import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { SpillFile, SpillFiles } from '../storage/spill-files.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { ShardImage, StateTable, StoredRows, TableSpec } from './contract.ts';
import { allKeyGroups, type KeyGroupRange, keyGroupCount } from './key-groups.ts';
import { ListTable } from './list-table.ts';
import { partCount, type RowParts } from './row-parts.ts';
import { RecordTable, TimerTable } from './small-tables.ts';

/** Images in a file, for as long as one of the shards it was written for is on disk. */
interface ColdImages {
  readonly file: SpillFile;
  readonly images: readonly {
    readonly table: string;
    readonly image: Omit<ShardImage, 'bytes'>;
    readonly at: number;
    readonly bytes: number;
  }[];
  /** Lists, whose rows lie there by key group. */
  readonly lists: ReadonlyMap<string, RowParts>;
  /** Rows of other key groups are somebody else's. */
  readonly own: KeyGroupRange;
  /** The images are of several checkpoints: rows of some are replaced by those of others. */
  readonly isChain: boolean;
  /** How many shards it was written for, and how many of them are still on disk. */
  readonly shards: number;
  users: number;
}

/** A range of key groups of one operator's state: its tables in memory, or images of them on disk. */
export interface StateShard {
  readonly range: KeyGroupRange;
  /** In memory. */
  tables: ReadonlyMap<string, StateTable> | undefined;
  /** Who works on the tables in memory; closed before they go to disk. */
  worker: { close?(): void; waitsFor?(): { readonly neededMs: number } | undefined } | undefined;
  readonly cold: ColdImages[];
  /** On disk: the watermark at which something may come of it; Infinity: none. */
  readonly neededMs: number;
}

/**
 * The state of one operator, all of whose tables are by the same key: as a whole as long as it fits into memory, then cut into ranges of key groups of
 * which those that are not worked on are on disk, in the form of snapshots. For tables whose rows name each other by their addresses, or that are
 * worked on as a whole. After the partitions of hybrid hash joins (DeWitt et al., 1984), which come back one at a time.
 *
 * @example
 * const state = new ShardedState(specs, create, memory, files);
 * for (const shard of state.shards) work(state.load(shard));
 * state.relieve();
 */
export class ShardedState {
  /** What the runtime sees: snapshots of and restores into all shards. */
  readonly tables: ReadonlyMap<string, ShardedTable>;
  shards: StateShard[];
  /** What an operator has put aside for shards on disk. */
  aside: { close(): void; readonly diskBytes: number } | undefined;
  readonly create: (spec: TableSpec) => StateTable;
  readonly #specs: readonly TableSpec[];
  readonly #memory: TaskMemory;
  readonly #files: SpillFiles;

  constructor(specs: readonly TableSpec[], create: (spec: TableSpec) => StateTable, memory: TaskMemory, files: SpillFiles) {
    this.#specs = specs;
    this.create = create;
    this.#memory = memory;
    this.#files = files;
    this.shards = [{ range: allKeyGroups, tables: this.#empty(), worker: undefined, cold: [], neededMs: 0 }];
    this.tables = new Map(specs.map(spec => [spec.name, new ShardedTable(spec, this)]));
  }

  /** A shard's tables, in memory. */
  load(shard: StateShard): ReadonlyMap<string, StateTable> {
    if (shard.tables !== undefined) return shard.tables;
    const tables = this.#empty();
    for (const table of tables.values()) this.fill(shard, table);
    this.#forget(shard);
    shard.tables = tables;
    return tables;
  }

  /** Restores what a shard has on disk of one table. */
  fill(shard: StateShard, table: StateTable): void {
    for (const cold of shard.cold) {
      const images = imagesIn(cold, table.spec.name);
      if (images.length > 0) table.restore(images, common(shard.range, cold.own));
      const parts = cold.lists.get(table.spec.name);
      if (parts !== undefined && table instanceof ListTable)
        table.takeParts(parts, partsPerGroup * shard.range.first, partsPerGroup * shard.range.end);
    }
  }

  /** Between two inputs: shards go to disk until the task is within its budget, the largest first. */
  relieve(): void {
    const { budgetBytes } = this.#memory;
    const wanted = budgetBytes * (1 - limits.spillShare);
    if (this.#memory.usedBytes <= budgetBytes) return;
    for (;;) {
      const hot = this.shards.filter(shard => shard.tables !== undefined);
      const bytes = hot.reduce((sum, shard) => sum + sizeOf(shard), 0);
      // what it may always keep
      if (this.#memory.usedBytes <= wanted || bytes <= budgetBytes * limits.spillShare) return;
      const largest = hot.reduce((one, other) => (sizeOf(other) > sizeOf(one) ? other : one));
      this.toDisk(largest);
    }
  }

  /** A shard's tables go to disk; a large one becomes several. */
  toDisk(shard: StateShard, partsMin = 1): void {
    if (shard.tables === undefined) return;
    const bytes = sizeOf(shard);
    const { worker } = shard;
    const neededMs =
      worker?.waitsFor === undefined ? Number.NEGATIVE_INFINITY : (worker.waitsFor()?.neededMs ?? Number.POSITIVE_INFINITY);
    worker?.close?.();
    shard.worker = undefined;
    const file = this.#files.create();
    const images: ColdImages['images'][number][] = [];
    const lists = new Map<string, RowParts>();
    for (const [table, state] of shard.tables) {
      const parts = state instanceof ListTable ? state.toParts(this.#files) : undefined;
      if (parts !== undefined) lists.set(table, parts);
      else
        for (const { bytes: content, ...image } of state.images?.() ?? state.snapshot()) {
          images.push({ table, image, at: file.sizeBytes, bytes: content.length });
          file.append(content);
        }
      state.close();
    }
    shard.tables = undefined;
    const { first, end } = shard.range;
    const wanted = Math.ceil((bytes * limits.spillShardsPerBudget) / this.#memory.budgetBytes);
    const parts = Math.min(end - first, Math.max(partsMin, Math.min(wanted, limits.spillShardsPerBudget)));
    const cold: ColdImages = { file, images, lists, own: allKeyGroups, isChain: false, shards: parts, users: parts };
    const bound = (index: number): number => first + Math.floor((index * (end - first)) / parts);
    const made = Array.from({ length: parts }, (_, index): StateShard => {
      const range = { first: bound(index), end: bound(index + 1) };
      return { range, tables: undefined, worker: undefined, cold: [cold], neededMs };
    });
    this.shards = this.shards.flatMap(each => (each === shard ? made : [each]));
  }

  /** A shard whose rows nobody needs any more. */
  discard(shard: StateShard): void {
    shard.worker?.close?.();
    shard.worker = undefined;
    for (const table of shard.tables?.values() ?? []) table.close();
    shard.tables = undefined;
    this.#forget(shard);
  }

  /** Adds the rows of images to the shard that is all there is; where they would take much of the budget, they stay on disk for several. */
  restore(table: string, images: readonly ShardImage[], own: KeyGroupRange): void {
    const bytes = images.reduce((sum, image) => sum + image.bytes.length, 0);
    if (bytes > this.#memory.budgetBytes * limits.spillShare && this.shards.length === 1)
      this.toDisk(this.shards[0]!, limits.spillShardsPerBudget);
    if (this.shards.length === 1) {
      this.load(this.shards[0]!).get(table)!.restore(images, own);
      return;
    }
    // nobody has loaded any of them yet
    const file = this.#files.create();
    const written = images.map(({ bytes: content, address: _, used, ...image }) => {
      const at = file.sizeBytes;
      file.append(content);
      used?.();
      return { table, image, at, bytes: content.length };
    });
    const isChain = new Set(images.map(image => image.checkpointId)).size > 1;
    const count = this.shards.length;
    const cold: ColdImages = { file, images: written, lists: new Map(), own, isChain, shards: count, users: count };
    for (const shard of this.shards) {
      if (shard.tables === undefined) shard.cold.push(cold);
      else {
        shard.tables.get(table)!.restore(imagesIn(cold, table), common(shard.range, own));
        cold.users--;
      }
    }
  }

  close(): void {
    for (const shard of this.shards) this.discard(shard);
    this.shards = [];
    this.aside?.close();
    this.aside = undefined;
  }

  #empty(): Map<string, StateTable> {
    return new Map(this.#specs.map(spec => [spec.name, this.create(spec)]));
  }

  #forget(shard: StateShard): void {
    for (const cold of shard.cold.splice(0)) {
      if (--cold.users > 0) continue;
      cold.file.close();
      for (const parts of cold.lists.values()) parts.close();
    }
  }
}

/** A table's images, each read when its bytes are asked for. */
const imagesIn = ({ file, images }: ColdImages, table: string): ShardImage[] =>
  images
    .filter(each => each.table === table)
    .map(({ image, at, bytes }) => ({
      ...image,
      get bytes() {
        const content = new Uint8Array(bytes);
        file.read(at, content);
        return content;
      },
    }));

const common = (left: KeyGroupRange, right: KeyGroupRange): KeyGroupRange => {
  const first = Math.max(left.first, right.first);
  return { first, end: Math.max(first, Math.min(left.end, right.end)) };
};

/** Parts of rows by hash are finer than key groups. */
const partsPerGroup = partCount / keyGroupCount;

const sizeOf = (shard: StateShard): number => {
  let bytes = 0;
  for (const table of shard.tables?.values() ?? []) bytes += table.sizeBytes();
  return bytes;
};

/** One table of all shards, as the runtime sees it. */
export class ShardedTable implements StateTable {
  readonly spec: TableSpec;
  readonly #state: ShardedState;

  constructor(spec: TableSpec, state: ShardedState) {
    this.spec = spec;
    this.#state = state;
  }

  sizeBytes(): number {
    let bytes = 0;
    for (const table of this.#hot()) bytes += table.sizeBytes();
    return bytes;
  }

  /** Rows in memory; those on disk are not counted by shard. */
  rowCount(): number {
    let rows = 0;
    for (const table of this.#hot()) rows += table.rowCount();
    return rows;
  }

  diskBytes(): number {
    let bytes = this.#isFirst ? (this.#state.aside?.diskBytes ?? 0) : 0;
    for (const { images, lists } of new Set(this.#state.shards.flatMap(shard => shard.cold))) {
      bytes += lists.get(this.spec.name)?.diskBytes ?? 0;
      for (const image of images) if (image.table === this.spec.name) bytes += image.bytes;
    }
    return bytes;
  }

  stores(): readonly StoredRows[] | undefined {
    const [only] = this.#state.shards;
    if (this.#state.shards.length === 1 && only!.tables !== undefined) return only!.tables.get(this.spec.name)!.stores();
    // the checkpoint has all rows: none goes on from those before it
    for (const table of this.#hot()) for (const { store } of table.stores() ?? []) store.saved = undefined;
    return undefined;
  }

  snapshot(): readonly ShardImage[] {
    const images: ShardImage[] = [];
    const done = new Set<ColdImages>();
    for (const shard of this.#state.shards) {
      if (shard.tables !== undefined) images.push(...shard.tables.get(this.spec.name)!.snapshot());
      else if (
        shard.cold.some(
          cold => cold.lists.has(this.spec.name) || cold.isChain || cold.users < cold.shards || cold.own !== allKeyGroups,
        )
      )
        images.push(...this.#ofShard(shard));
      else
        for (const cold of shard.cold) {
          if (!done.has(cold)) images.push(...imagesIn(cold, this.spec.name));
          done.add(cold);
        }
    }
    return this.spec.kind === 'record' || this.spec.kind === 'timers' ? this.#asOne(images) : images;
  }

  restore(images: readonly ShardImage[], own: KeyGroupRange = allKeyGroups): void {
    this.#state.restore(this.spec.name, images, own);
  }

  /** Between two inputs: shards go to disk when the task is beyond its budget. */
  relieve(): void {
    if (this.#isFirst) this.#state.relieve();
  }

  close(): void {
    if (this.#isFirst) this.#state.close();
  }

  get #isFirst(): boolean {
    return this.#state.tables.get(this.spec.name) === [...this.#state.tables.values()][0];
  }

  *#hot(): Iterable<StateTable> {
    for (const shard of this.#state.shards) if (shard.tables !== undefined) yield shard.tables.get(this.spec.name)!;
  }

  /** The rows of one shard, which are on disk among others. */
  #ofShard(shard: StateShard): readonly ShardImage[] {
    const table = this.#state.create(this.spec);
    this.#state.fill(shard, table);
    const images = table.snapshot();
    table.close();
    return images;
  }

  /** Small tables of several shards as that of one task. */
  #asOne(images: readonly ShardImage[]): readonly ShardImage[] {
    const { spec } = this;
    const table = spec.kind === 'record' ? new RecordTable(spec) : spec.kind === 'timers' ? new TimerTable(spec) : undefined;
    if (table === undefined) throw internalError(`${spec.name} is no small table`);
    for (const image of images) table.restore([image]);
    return table.snapshot();
  }
}
