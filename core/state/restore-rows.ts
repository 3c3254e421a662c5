import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { ShardImage } from './contract.ts';
import { allKeyGroups, type KeyGroupRange, keyGroupBits } from './key-groups.ts';
import { isRowImage, type LoadedImage, loadRowImage, positionsOfRowImage } from './row-image.ts';
import type { RowRules } from './row-rules.ts';
import type { RowStore } from './row-store.ts';

/** Makes rows from packed keys side by side, and writes their addresses; `hashes` as slots need them, 0 for tables without slots. */
export type PlaceRows = (packed: number, hashes: number, count: number, rows: number) => void;

interface RestoredTable {
  readonly store: RowStore;
  readonly rules: RowRules;
  /** Slots of the table need hashes. */
  readonly hashed: boolean;
  readonly place: PlaceRows;
}

/** Adds the rows of images, of one slice but any origins, to a table. */
export function restoreRows(table: RestoredTable, images: readonly ShardImage[], own: KeyGroupRange): void {
  const byOrigin = Map.groupBy(images, image => image.origin);
  for (const [origin, chain] of [...byOrigin].sort(([a], [b]) => a - b)) {
    const { owner } = table.rules;
    // one copy of what all tasks have; what any task may have goes to whoever is given it
    if (owner.kind === 'all' && origin !== Math.min(...byOrigin.keys())) continue;
    restoreChain(
      table,
      [...chain].sort((a, b) => a.checkpointId - b.checkpointId),
      own,
    );
  }
}

function restoreChain(table: RestoredTable, chain: readonly ShardImage[], own: KeyGroupRange): void {
  const { memory } = table.store;
  const keeps = chain.length > 1 && chain[0]!.checkpointId !== chain.at(-1)!.checkpointId ? winners(table, chain) : undefined;
  for (const [index, image] of chain.entries()) {
    const mark = memory.arena.mark();
    const loaded = loadImage(table.store, image.bytes);
    addRows(table, loaded, keeps?.[index], image.keyGroups, own);
    memory.arena.release(mark);
  }
}

const loadImage = (store: RowStore, bytes: Uint8Array): LoadedImage => {
  if (bytes.length === 0) return { count: 0, rows: 0, positions: 0, goneCount: 0, gone: 0 };
  if (isRowImage(bytes)) return loadRowImage(store, bytes);
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
  table: RestoredTable,
  image: LoadedImage,
  keeps: Uint8Array | undefined,
  theirs: KeyGroupRange,
  own: KeyGroupRange,
): void {
  const { store, rules, hashed, place } = table;
  const { memory, kernels, form, block } = store;
  const { arena } = memory;
  const all = rules.owner.kind !== 'key-group' || isWhole(own) || (own.first <= theirs.first && theirs.end <= own.end);
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
    if (count > 0) {
      const packed = arena.allocate(count * form.keyBytes);
      kernels.rows_copy(count, sources, form.keyBytes, packed);
      const rows = arena.allocate(4 * count);
      place(packed, hashed ? rules.slotHashes(count, sources, packed) : 0, count, rows);
      if (form.viewOffsets.length > 0) store.ensureHeap(kernels.image_heap_bytes(block, count, sources) >>> 0);
      kernels.image_fill(block, count, rows, sources);
    }
    arena.release(mark);
  }
}

const isWhole = (own: KeyGroupRange): boolean => own.first <= allKeyGroups.first && own.end >= allKeyGroups.end;
