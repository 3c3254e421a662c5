import { limits } from '../common/limits.ts';
import type { ShardImage } from './contract.ts';
import { allKeyGroups, type KeyGroupRange, keyGroupBits } from './key-groups.ts';
import { imagePositions, type LoadedImage, loadRowImage } from './row-image.ts';
import type { RowRules } from './row-rules.ts';
import type { RowStore } from './row-store.ts';

/** `distinct`: no key comes twice, nor is there already; of lists, always. */
interface DistinctTable extends RestoredTable {
  readonly distinct: boolean;
}

interface RestoredTable {
  readonly store: RowStore;
  readonly rules: RowRules;
  /** Of a table with slots; lists have none, and any rows go into them. */
  readonly slots?: RestoredSlots | undefined;
  /** Of lists, after each piece: how many rows came. */
  readonly added?: ((count: number) => void) | undefined;
}

/** `hashes` as slots need them; all arrays are addresses of u32s. */
interface RestoredSlots {
  /** The table has no rows: those of checkpoints that know each key once need not be looked up. */
  readonly isEmpty: boolean;
  /** So many rows come, at most. */
  reserve(rows: number): void;
  /** Between two pieces, when nobody keeps addresses of rows. */
  relieve(): void;
  /** Takes in rows of the store whose keys it does not have. */
  adopt(count: number, hashes: number, rows: number): void;
  /** Finds or makes the rows of packed keys, and writes their addresses. */
  place(count: number, hashes: number, packed: number, rows: number): void;
}

/** Adds the rows of images, of one slice but any origins, to a table; how many. */
export function restoreRows(table: RestoredTable, images: readonly ShardImage[], own: KeyGroupRange): number {
  const byOrigin = Map.groupBy(images, image => image.origin);
  const { owner } = table.rules;
  // keys of one group are of one origin, and an origin has a key once; of what all have, one is taken
  const distinct = table.slots?.isEmpty !== false && (byOrigin.size === 1 || owner.kind !== 'any');
  const chains = [...byOrigin]
    .sort(([a], [b]) => a - b)
    // one copy of what all tasks have; what any task may have goes to whoever is given it
    .filter(([origin]) => owner.kind !== 'all' || origin === Math.min(...byOrigin.keys()))
    .map(([, chain]) =>
      chainOf(
        table,
        [...chain].sort((a, b) => a.checkpointId - b.checkpointId),
      ),
    );
  table.slots?.reserve(chains.reduce((sum, { rows }) => sum + rows, 0));
  return chains.reduce((sum, chain) => sum + restoreChain({ ...table, distinct }, chain, own), 0);
}

/** Images of one origin, the oldest first. */
interface Chain {
  readonly images: readonly ShardImage[];
  /** By image: which of its rows no later checkpoint has another row for, or none; undefined: all of them. */
  readonly keeps?: readonly Uint8Array[] | undefined;
  /** How many are kept. */
  readonly rows: number;
}

function chainOf(table: RestoredTable, images: readonly ShardImage[]): Chain {
  if (images.length > 1 && images[0]!.checkpointId !== images.at(-1)!.checkpointId) return winners(table, images);
  return { images, rows: images.reduce((sum, image) => sum + image.rows, 0) };
}

function restoreChain(table: DistinctTable, { images, keeps }: Chain, own: KeyGroupRange): number {
  const { memory } = table.store;
  let rows = 0;
  for (const [index, image] of images.entries()) {
    const mark = memory.arena.mark();
    if (image.bytes.length > 0)
      rows += addRows(table, loadRowImage(table.store, image.bytes, image.address), keeps?.[index], image.keyGroups, own);
    memory.arena.release(mark);
    image.used?.();
  }
  return rows;
}

function winners({ store }: RestoredTable, images: readonly ShardImage[]): Chain {
  const { memory, kernels } = store;
  const { arena } = memory;
  let most = 0;
  for (const image of images) {
    const mark = arena.mark();
    const { count, positions, goneCount, gone } = imagePositions(store, image.bytes, image.address);
    most = kernels.image_most(goneCount, gone, kernels.image_most(count, positions, most)) >>> 0;
    arena.release(mark);
  }
  const mark = arena.mark();
  const bits = arena.allocateZeroed((most >>> 3) + 1);
  const keeps: Uint8Array[] = [];
  let rows = 0;
  for (let index = images.length - 1; index >= 0; index--) {
    const image = images[index]!;
    const inner = arena.mark();
    const { count, positions, goneCount, gone } = imagePositions(store, image.bytes, image.address);
    const keep = arena.allocate(count);
    rows += kernels.image_claim(count, positions, bits, keep);
    keeps[index] = memory.u8.slice(keep, keep + count);
    kernels.image_claim(goneCount, gone, bits, 0);
    arena.release(inner);
  }
  arena.release(mark);
  return { images, keeps, rows };
}

function addRows(
  table: DistinctTable,
  image: LoadedImage,
  keeps: Uint8Array | undefined,
  theirs: KeyGroupRange,
  own: KeyGroupRange,
): number {
  const { store, rules, slots, distinct } = table;
  const { memory, kernels, form, block } = store;
  const { arena } = memory;
  const all = rules.owner.kind !== 'key-group' || isWhole(own) || (own.first <= theirs.first && theirs.end <= own.end);
  let added = 0;
  for (let from = 0; from < image.count; from += limits.batchRows) {
    const mark = arena.mark();
    let count = Math.min(limits.batchRows, image.count - from);
    const sources = arena.allocate(4 * count);
    kernels.rows_addresses(count, image.rows + from * form.rowBytes, form.rowBytes, sources);
    if (keeps !== undefined || !all) {
      const keep = arena.allocate(count);
      if (keeps === undefined) memory.u8.fill(1, keep, keep + count);
      else memory.u8.set(keeps.subarray(from, from + count), keep);
      if (!all) kernels.image_own(count, rules.groupHashes(count, sources, undefined)!, keyGroupBits, own.first, own.end, keep);
      const numbers = arena.allocate(4 * count);
      const kept = kernels.flagged_rows(count, keep, numbers);
      if (kept < count) kernels.gather_32(kept, numbers, sources, sources);
      count = kept;
    }
    slots?.relieve();
    added += count;
    if (count > 0 && (slots === undefined || distinct)) {
      const rows = arena.allocate(4 * count);
      store.place(count, sources, rows);
      slots?.adopt(count, rules.slotHashes(count, rows, rules.hashesPacked ? packedOf(store, count, rows) : 0), rows);
    } else if (count > 0) {
      const packed = packedOf(store, count, sources);
      const rows = arena.allocate(4 * count);
      slots!.place(count, rules.slotHashes(count, sources, packed), packed, rows);
      if (form.viewOffsets.length > 0) store.ensureHeap(kernels.image_heap_bytes(block, count, sources) >>> 0);
      kernels.image_fill(block, count, rows, sources);
    }
    arena.release(mark);
    table.added?.(count);
  }
  return added;
}

const isWhole = (own: KeyGroupRange): boolean => own.first <= allKeyGroups.first && own.end >= allKeyGroups.end;

function packedOf({ memory, kernels, form }: RowStore, count: number, rows: number): number {
  const packed = memory.arena.allocate(count * form.keyBytes);
  kernels.rows_copy(count, rows, form.keyBytes, packed);
  return packed;
}
