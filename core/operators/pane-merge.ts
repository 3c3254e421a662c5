import { limits } from '../common/limits.ts';
import type { GroupTable, MergeRows, SlotCursor } from '../state/index.ts';
import { relieveGroups } from '../state/memory-relief.ts';
import { unpackField } from '../state/packed-rows.ts';
import type { OperatorTask } from './contract.ts';
import type { GroupedRows, GroupTables } from './grouped-rows.ts';

/** Takes all groups of `source` into `target`: what windows that share panes do when they fire. */
export function mergeGroups(grouping: GroupedRows, task: OperatorTask, target: GroupTables, source: GroupTables): void {
  const { memory, kernels } = task;
  const { code, layout } = grouping;
  const { store } = target.groups;
  const merge = mergeRows(grouping, task);
  eachChunk(task, source.groups, layout.groupKey.strideBytes, (count, rows, keys, hashes) => {
    const targets = memory.arena.allocate(4 * count);
    target.groups.findOrInsert(hashes, keys, targets, 0, count);
    merge(target.groups, count, targets, rows);
    relieveGroups([target.groups]);
  });
  for (const [index, set] of layout.sets.entries()) {
    const sourceSet = source.sets[index]!;
    const targetSet = target.sets[index]!;
    eachChunk(task, sourceSet, set.key.strideBytes, (count, rows, keys, hashes) => {
      const targets = memory.arena.allocate(4 * count);
      targetSet.findOrInsert(hashes, keys, targets, 0, count);
      const groupKeys = memory.arena.allocateZeroed(layout.groupKey.strideBytes * count);
      if (set.prefixBytes > 0) kernels.rows_copy(count, rows, set.prefixBytes, groupKeys);
      const groups = memory.arena.allocate(4 * count);
      target.groups.find(grouping.hashKeys(groupKeys, count), groupKeys, groups, 0, count);
      if (code.heapColumns.length > 0) store.ensureHeap(kernels.store_heap_bytes(sourceSet.store.block, count, rows) >>> 0);
      const fields = layout.groupKey.types.length;
      const valuesOf = (position: number) => unpackField(memory, kernels, set.key, fields + position, count, rows);
      code.mergeSet(index, count, { groups, targets, sources: rows, block: store.block }, valuesOf);
      relieveGroups([target.groups, targetSet]);
    });
  }
}

/** Takes groups into those of another table that have their keys; what counts once per value of a set is left out. */
export function mergeRows({ code }: GroupedRows, { kernels }: OperatorTask): MergeRows {
  return ({ store }, count, targets, sources) => {
    if (code.heapColumns.length > 0) store.ensureHeap(kernels.store_heap_bytes(store.block, count, sources) >>> 0);
    code.merge(count, targets, sources, store.block);
  };
}

/** All rows of a table in chunks of a batch's size, with packed copies of their keys. */
function eachChunk(
  task: OperatorTask,
  table: GroupTable,
  keyBytes: number,
  take: (count: number, rows: number, keys: number, hashes: number) => void,
): void {
  const { arena } = task.memory;
  const cursor: SlotCursor = { shard: 0, slot: 0 };
  for (;;) {
    const mark = arena.mark();
    const rows = arena.allocate(4 * limits.batchRows);
    const hashes = arena.allocate(4 * limits.batchRows);
    const count = table.scanAll(cursor, limits.batchRows, rows, hashes);
    if (count > 0) {
      const keys = arena.allocate(keyBytes * count);
      task.kernels.rows_copy(count, rows, keyBytes, keys);
      take(count, rows, keys, hashes);
    }
    arena.release(mark);
    if (count === 0) return;
  }
}
