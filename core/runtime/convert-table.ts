import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { StateTable, TableSpec } from '../state/contract.ts';
import type { GroupTable, KeyGroupRange } from '../state/index.ts';
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
  for (;;) {
    const mark = arena.mark();
    const rows = arena.allocate(4 * limits.batchRows);
    const hashes = arena.allocate(4 * limits.batchRows);
    const count = from.scanSlots(cursor, limits.batchRows, rows, hashes);
    if (count > 0) {
      const { keyBytes } = from.store.form;
      const keys = arena.allocate(count * keyBytes);
      const placed = arena.allocate(4 * count);
      const { u8, u32 } = memory;
      for (let index = 0; index < count; index++) {
        const row = u32[(rows >>> 2) + index]!;
        u8.copyWithin(keys + index * keyBytes, row, row + keyBytes);
      }
      to.findOrInsert(hashes, keys, placed, 0, count);
      // groups that were there before are not new
      to.store.kernels.group_untouch(count, placed, keyBytes);
      for (let index = 0; index < count; index++)
        movePayload(from, memory.u32[(rows >>> 2) + index]!, to, memory.u32[(placed >>> 2) + index]!, change, memory);
    }
    arena.release(mark);
    if (count === 0) return;
  }
}

function movePayload(
  from: GroupTable,
  row: number,
  to: GroupTable,
  placed: number,
  change: TableChange,
  memory: TaskMemory,
): void {
  const source = from.store.payload(row);
  const target = to.store.payload(placed);
  for (const { from: at, to: place, bytes, isView } of change.moves) {
    if (isView) {
      const length = memory.u32[(source + at) >>> 2]!;
      if (length > limits.stringInlineBytes) to.store.ensureHeap((length + 7) & ~7);
      to.store.kernels.heap_store_view(to.store.block, target + place, source + at);
    } else memory.u8.copyWithin(target + place, source + at, source + at + bytes);
  }
}
