import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { StateTable } from './contract.ts';
import type { GroupTable } from './group-table.ts';

/**
 * Between two inputs: keeps a task within its budget. Slices that others came after go to disk as a whole, those that end first before the others.
 * The last slice follows them when its rows are merged later anyway; else it keeps what it has in memory when the budget is used up, as tables over
 * all of their keys do, and rows that are not used go to disk for those that come.
 */
export function relieveMemory(memory: TaskMemory, tables: Iterable<StateTable>): void {
  if (memory.budgetBytes === Number.POSITIVE_INFINITY) return;
  const all = [...tables];
  const own = all.filter(table => table.spillable !== undefined);
  for (const table of own) for (const part of table.spillable!()) part.relieve();
  if (memory.usedBytes <= memory.budgetBytes) return;
  const wanted = memory.budgetBytes * (1 - limits.spillShare);
  const sliced = own.filter(table => table.spec.kind === 'sliced');
  for (const slice of sliced.flatMap(table => table.spillable!().slice(0, -1))) {
    if (memory.usedBytes <= wanted) return;
    if (slice.hotRows > limits.spillRowsKeptMin) slice.spillAll();
  }
  if (memory.usedBytes <= memory.budgetBytes) return;
  const groups = own.flatMap(table => (table.spec.kind === 'sliced' ? table.spillable!().slice(-1) : table.spillable!()));
  for (const part of groups) relieveOne(part, groups.length);
  for (const table of all) table.relieve?.();
}

/** The same for tables that are being filled, between two pieces of what fills them: nobody keeps addresses of their rows then. */
export function relieveGroups(groups: readonly GroupTable[]): void {
  for (const part of groups) {
    const { memory } = part.store;
    if (memory.usedBytes > memory.budgetBytes) relieveOne(part, groups.length);
    else part.relieve();
  }
}

/** A table that takes more than its part when the budget is used up. */
function relieveOne(part: GroupTable, tables: number): void {
  const { memory } = part.store;
  const rows = rowsMin(memory, part, tables);
  if (part.spillsApart) {
    if (part.hotRows >= rows) part.spillAll(true);
  } else {
    part.limitHotRows(rows);
    part.relieve();
  }
}

/** Rows that a table may always keep: its part of a share of the budget. */
function rowsMin(memory: TaskMemory, part: GroupTable, tables: number): number {
  const bytes = (memory.budgetBytes * limits.spillShare) / tables;
  // smaller budgets are for tests
  const least = memory.budgetBytes < limits.memoryBudgetBytesMin ? 0 : limits.spillRowsKeptMin;
  return Math.max(least, Math.floor(bytes / (part.store.form.rowBytes + slotBytes)));
}

/** Of a row, at a load of a half to a quarter. */
const slotBytes = 24;
