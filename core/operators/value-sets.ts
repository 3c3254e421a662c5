import type { ValueTable } from '../state/index.ts';
import type { OperatorTask } from './contract.ts';
import type { GroupedBatch, GroupedRows, GroupTables } from './grouped-rows.ts';

/** Links values that a batch brought into the lists of their groups, for the sets that keep lists. */
export function linkValues(
  grouping: GroupedRows,
  task: OperatorTask,
  grouped: GroupedBatch,
  tables: readonly ValueTable[],
): void {
  const { plan, sets } = grouping.layout;
  for (const [index, set] of sets.entries()) {
    if (set.linkOffset === undefined || set.set.headOffset === undefined) continue;
    const head = plan.keyBytes + 8 + set.set.headOffset;
    const links = set.key.strideBytes + 8 + set.linkOffset;
    if (!tables[index + 1]!.linked) linkAgain(grouping, task, index, head, links, tables);
    const { rows } = grouped.sets[index]!;
    task.kernels.set_link(grouped.batch.length, grouped.rows, rows, head, links, set.key.strideBytes + 4);
  }
}

/** Links all values again whose tables were restored. */
export function linkRestored(grouping: GroupedRows, task: OperatorTask, tables: readonly ValueTable[]): void {
  const { plan, sets } = grouping.layout;
  for (const [index, set] of sets.entries()) {
    if (set.linkOffset === undefined || set.set.headOffset === undefined || tables[index + 1]!.linked) continue;
    const head = plan.keyBytes + 8 + set.set.headOffset;
    linkAgain(grouping, task, index, head, set.key.strideBytes + 8 + set.linkOffset, tables);
  }
}

/** After a restore, rows have other addresses: every value finds its group by the key that its own begins with. */
function linkAgain(
  grouping: GroupedRows,
  task: OperatorTask,
  index: number,
  head: number,
  links: number,
  tables: readonly ValueTable[],
): void {
  const { memory, kernels } = task;
  const set = grouping.layout.sets[index]!;
  const table = tables[index + 1]!;
  const groups = tables[0]!.groups;
  const { strideBytes, types } = grouping.layout.groupKey;
  const mark = memory.arena.mark();
  const count = table.rowCount();
  const rows = memory.arena.allocate(4 * count);
  table.groups.scanRows(table.groups.store.cursor(), count, rows);
  const keys = memory.arena.allocateZeroed(strideBytes * count);
  if (types.length > 0) kernels.rows_copy(count, rows, strideBytes, keys);
  const hashes = grouping.hashKeys(keys, count);
  const found = memory.arena.allocate(4 * count);
  groups.findOrInsert(hashes, keys, found, 0, count);
  kernels.rows_set_flags(count, rows, set.key.strideBytes + 4);
  kernels.set_link(count, found, rows, head, links, set.key.strideBytes + 4);
  table.linked = true;
  memory.arena.release(mark);
}

/** Takes values out that no guard counts any more; with `forgets` also those whose insertion was forgotten. */
export function dropDeadValues(
  grouping: GroupedRows,
  task: OperatorTask,
  grouped: GroupedBatch,
  tables: GroupTables,
  forgets: boolean,
): void {
  const { memory, kernels } = task;
  const { plan, sets } = grouping.layout;
  const count = grouped.batch.length;
  for (const [index, { set, key, linkOffset }] of sets.entries()) {
    const { rows, hashes } = grouped.sets[index]!;
    const deadRows = memory.arena.allocate(4 * count);
    const deadHashes = memory.arena.allocate(4 * count);
    const payload = key.strideBytes + 8;
    const dead = kernels.set_dead(
      count,
      grouped.rows,
      rows,
      hashes,
      payload,
      set.guards.length,
      key.strideBytes + 4,
      set.headOffset === undefined ? 0 : plan.keyBytes + 8 + set.headOffset,
      linkOffset === undefined ? 0 : payload + linkOffset,
      deadRows,
      deadHashes,
      forgets ? 1 : 0,
    );
    if (dead > 0) tables.sets[index]!.remove(dead, deadRows, deadHashes);
  }
}
