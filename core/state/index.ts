import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { StateTable, TableSpec } from './contract.ts';
import { SlicedTable, type TableOptions, ValueTable } from './keyed-tables.ts';
import { ListTable } from './list-table.ts';
import { RecordTable, TimerTable } from './small-tables.ts';

export {
  emptyPayload,
  type PayloadColumn,
  type PayloadLayout,
  type RecordMerge,
  type RowOwner,
  type ShardImage,
  type StateTable,
  type TableSpec,
} from './contract.ts';
export { GroupTable, type SlotCursor } from './group-table.ts';
export { allKeyGroups, type KeyGroupRange, keyGroupCount, keyGroupOf, keyGroupsOf } from './key-groups.ts';
export { keyViewOffsets, SlicedTable, type TableOptions, ValueTable } from './keyed-tables.ts';
export { ListTable } from './list-table.ts';
export { MergedParts, type MergeRows } from './merged-parts.ts';
export { MergedRuns } from './row-runs.ts';
export type { RowCursor, RowForm, RowStore } from './row-store.ts';
export { ShardedState, ShardedTable, type StateShard } from './sharded-state.ts';
export { RecordTable, type Timer, TimerTable } from './small-tables.ts';

/**
 * A table as its spec says, empty, in a task's memory.
 *
 * @example
 * const table = createTable({ kind: 'value', name: 'groups', key: keyLayoutOf([types.bigint(false)]), payload: emptyPayload }, memory, kernels);
 */
export function createTable(spec: TableSpec, memory: TaskMemory, kernels: Kernels, options: TableOptions = {}): StateTable {
  switch (spec.kind) {
    case 'value':
      return new ValueTable(spec, memory, kernels, options);
    case 'sliced':
      return new SlicedTable(spec, memory, kernels, options);
    case 'list':
      return new ListTable(spec, memory, kernels, options.spill);
    case 'record':
      return new RecordTable(spec);
    case 'timers':
      return new TimerTable(spec);
  }
}
