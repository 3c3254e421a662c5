import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { StateTable, TableSpec } from '../state/contract.ts';
import type { GroupTable, KeyGroupRange, RowStore } from '../state/index.ts';
import { SlicedTable, ValueTable } from '../state/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { TableSnapshot } from './snapshot.ts';
import { convertible, type TableChange } from './table-match.ts';

/** Fills a table from a checkpoint's images; where they have another form, through a table of that form. */
export function restoreTable(
  table: StateTable,
  { images, written }: TableSnapshot,
  own: KeyGroupRange,
  memory: TaskMemory,
  create: (spec: TableSpec) => StateTable,
): void {
  if (written === undefined) {
    table.restore(images, own);
    return;
  }
  const change = convertible(written, table.spec);
  if (change === undefined) throw internalError(`rows of '${written.name}' cannot become rows of the table there is`);
  const old = create(written);
  old.restore(images, own);
  if (old instanceof ValueTable && table instanceof ValueTable) moveRows(old.groups, table.groups, change, memory);
  else if (old instanceof SlicedTable && table instanceof SlicedTable)
    for (const end of old.ends()) moveRows(old.peek(end)!, table.slice(end), change, memory);
  else throw internalError(`rows of a ${old.spec.kind} table do not go into a ${table.spec.kind} table`);
  old.close();
}

/** Groups with their accumulators; those that the old rows have not stay as in a new row. */
function moveRows(from: GroupTable, to: GroupTable, change: TableChange, memory: TaskMemory): void {
  const { arena } = memory;
  const cursor = { shard: 0, slot: 0 };
  to.reserve(from.rowCount());
  for (;;) {
    const mark = arena.mark();
    const rows = arena.allocate(4 * limits.batchRows);
    const hashes = arena.allocate(4 * limits.batchRows);
    const count = from.scanSlots(cursor, limits.batchRows, rows, hashes);
    if (count > 0) {
      const { keyBytes } = from.store.form;
      const keys = arena.allocate(count * keyBytes);
      const placed = arena.allocate(4 * count);
      const { kernels } = to.store;
      kernels.rows_copy(count, rows, keyBytes, keys);
      to.findOrInsert(hashes, keys, placed, 0, count);
      // groups that were there before are not new
      kernels.group_untouch(count, placed, keyBytes);
      movePayloads(count, { from: from.store, rows, to: to.store, placed }, change);
    }
    arena.release(mark);
    if (count === 0) return;
  }
}

interface MovedRows {
  readonly from: RowStore;
  /** Addresses of rows, u32 each; of those they become likewise. */
  readonly rows: number;
  readonly to: RowStore;
  readonly placed: number;
}

function movePayloads(count: number, { from, rows, to, placed }: MovedRows, { moves }: TableChange): void {
  const { kernels, block } = to;
  for (const move of moves) {
    const [source, target] = [from.payload(move.from), to.payload(move.to)];
    if (move.isView) {
      to.ensureHeap(kernels.image_view_bytes(count, rows, source) >>> 0);
      kernels.image_move_view(block, count, rows, source, placed, target);
    } else kernels.image_move(count, rows, source, placed, target, move.bytes / 8);
  }
}
