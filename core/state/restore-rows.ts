import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { ShardImage } from './contract.ts';
import { allKeyGroups, type KeyGroupRange, keyGroupBits } from './key-groups.ts';
import { isRowImage, type LoadedImage, loadRowImage, positionsOfRowImage } from './row-image.ts';
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
  let rows = 0;
  for (const [origin, chain] of [...byOrigin].sort(([a], [b]) => a - b)) {
    // one copy of what all tasks have; what any task may have goes to whoever is given it
    if (owner.kind === 'all' && origin !== Math.min(...byOrigin.keys())) continue;
    rows += restoreChain(
      { ...table, distinct },
      [...chain].sort((a, b) => a.checkpointId - b.checkpointId),
      own,
    );
  }
  return rows;
}

function restoreChain(table: DistinctTable, chain: readonly ShardImage[], own: KeyGroupRange): number {
  const { memory } = table.store;
  const keeps = chain.length > 1 && chain[0]!.checkpointId !== chain.at(-1)!.checkpointId ? winners(table, chain) : undefined;
  let rows = 0;
  for (const [index, image] of chain.entries()) {
    const mark = memory.arena.mark();
    const loaded = loadImage(table.store, image);
    rows += addRows(table, loaded, keeps?.[index], image.keyGroups, own);
    memory.arena.release(mark);
    image.used?.();
  }
  return rows;
}

const loadImage = (store: RowStore, { bytes, address }: ShardImage): LoadedImage => {
  if (bytes.length === 0) return { count: 0, rows: 0, positions: 0, goneCount: 0, gone: 0 };
  if (isRowImage(bytes)) return loadRowImage(store, bytes, address);
  throw internalError('a state image has no form that is known');
};

const positionsOf = (bytes: Uint8Array): { readonly positions: Uint32Array; readonly gone: Uint32Array } => {
  if (bytes.length === 0) return { positions: new Uint32Array(0), gone: new Uint32Array(0) };
  return positionsOfRowImage(bytes);
};

/** By image: which of its rows no later checkpoint has another row for, or none. */
function winners({ store }: RestoredTable, chain: readonly ShardImage[]): Uint8Array[] {
  const { memory, kernels } = store;
  const places = chain.map(image => positionsOf(image.bytes));
  let most = 0;
  for (const { positions, gone } of places)
    for (const list of [positions, gone]) for (const place of list) most = Math.max(most, place);
  const mark = memory.arena.mark();
  const bits = memory.arena.allocateZeroed((most >> 3) + 1);
  const keeps: Uint8Array[] = [];
  for (let index = chain.length - 1; index >= 0; index--) {
    const { positions, gone } = places[index]!;
    const inner = memory.arena.mark();
    const at = memory.arena.allocate(4 * positions.length);
    const keep = memory.arena.allocate(positions.length);
    memory.u32.set(positions, at >>> 2);
    kernels.image_claim(positions.length, at, bits, keep);
    keeps[index] = memory.u8.slice(keep, keep + positions.length);
    const lost = memory.arena.allocate(4 * gone.length);
    memory.u32.set(gone, lost >>> 2);
    kernels.image_claim(gone.length, lost, bits, 0);
    memory.arena.release(inner);
  }
  memory.arena.release(mark);
  return keeps;
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
