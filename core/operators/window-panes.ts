import { internalError } from '../common/errors.ts';
import { type GroupTable, type MergedParts, SlicedTable, type StateTable } from '../state/index.ts';
import { groupTables } from './aggregate-input.ts';
import type { OperatorTask } from './contract.ts';
import type { GroupedRows, GroupTables } from './grouped-rows.ts';
import { mergeGroups, mergeRows } from './pane-merge.ts';
import type { WindowRule } from './window-rule.ts';

/** A window whose groups are ready to be sent. */
export interface FiredWindow {
  /** Of a slice: its name. */
  readonly endMs: number;
  readonly groups: GroupTable;
  /** Made for this window alone. */
  readonly temporary?: GroupTables | undefined;
  /** Set where `groups` holds only those of some parts at a time. */
  readonly merged?: MergedParts | undefined;
}

/** The slices of a window aggregate: which window is next, what it is made of, and what can go after it. */
export class WindowPanes {
  readonly #rule: WindowRule;
  readonly #rows: GroupedRows;
  readonly #task: OperatorTask;
  readonly #slices: readonly SlicedTable[];
  /** One per largest CUMULATE window, by its end: all its slices fired so far. */
  readonly #growing: readonly SlicedTable[];
  #closed: GroupTables[] = [];

  constructor(rule: WindowRule, rows: GroupedRows, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#rule = rule;
    this.#rows = rows;
    this.#task = task;
    const find = (prefix: string): SlicedTable[] =>
      groupTables(rows.layout, 'sliced', { prefix }).map(({ name }) => {
        const table = tables.get(name);
        if (!(table instanceof SlicedTable)) throw internalError(`the sliced table '${name}' is missing`);
        return table;
      });
    this.#slices = find('');
    this.#growing = rule.accumulates ? find('growing ') : [];
    for (const table of [this.#slices[0]!, ...this.#growing.slice(0, 1)]) table.merge = mergeRows(rows, task);
  }

  /** Frees what was dropped or closed in the call before. */
  reclaim(): void {
    for (const table of [...this.#slices, ...this.#growing]) table.reclaim();
    for (const tables of this.#closed) for (const table of [tables.groups, ...tables.sets]) table.close();
    this.#closed = [];
  }

  pane(name: number): GroupTables {
    return tablesAt(this.#slices, name);
  }

  /** End of the earliest window after `firedUntil` (a window end) that has rows. */
  nextWindowEnd(firedUntil: number): number | undefined {
    const rule = this.#rule;
    const after = firedUntil + rule.intervalMs;
    let next = Number.POSITIVE_INFINITY;
    for (const name of this.#slices[0]!.ends()) {
      // no window of a slice ends before it does
      if (Math.floor(name) >= next) break;
      const end = rule.sharesPanes ? Math.max(rule.firstWindowEnd(name), after) : name;
      if (end <= rule.lastWindowEnd(name)) next = Math.min(next, end);
    }
    for (const largest of this.#growing[0]?.ends() ?? []) next = Math.min(next, Math.min(after, largest));
    return Number.isFinite(next) ? next : undefined;
  }

  /** Name of the earliest slice, or pane, that a watermark has passed. */
  nextSlice(watermarkMs: number): number | undefined {
    return this.#slices[0]!.ends().find(name => this.#rule.isFired(Math.floor(name), watermarkMs));
  }

  dropSlice(name: number): void {
    for (const slice of this.#slices) slice.drop(name);
  }

  /** The groups of one slice. */
  openSlice(name: number): FiredWindow {
    return this.#opened(name, this.#slices[0]!, [this.pane(name).groups]);
  }

  closeSlice(window: FiredWindow): void {
    window.merged?.close();
    this.dropSlice(window.endMs);
  }

  /** Gathers the groups of the window that ends at `endMs`. */
  open(endMs: number): FiredWindow {
    const rule = this.#rule;
    if (rule.accumulates) return this.#opened(endMs, this.#growing[0]!, [this.#grow(endMs).groups]);
    if (!rule.sharesPanes) return this.#opened(endMs, this.#slices[0]!, [this.pane(endMs).groups]);
    const names: number[] = [];
    for (const name of this.#slices[0]!.ends()) {
      if (Math.floor(name) > endMs) break;
      if (Math.floor(name) > endMs - rule.sizeMs && rule.firstWindowEnd(name) <= endMs) names.push(name);
    }
    const panes = names.map(name => this.pane(name).groups);
    if (panes.length === 1 || this.#isBeyondMemory(panes)) return this.#opened(endMs, this.#slices[0]!, panes);
    const [groups, ...sets] = this.#slices.map(table =>
      table.detached(Math.max(...names.map(name => table.peek(name)?.rowCount() ?? 0))),
    );
    const tables = { groups: groups!, sets };
    for (const name of names) mergeGroups(this.#rows, this.#task, tables, this.pane(name));
    return { ...this.#opened(endMs, this.#slices[0]!, [groups!]), temporary: tables };
  }

  /** One table of groups as it is, or tables that are on disk in parts, these merged a few at a time. */
  #opened(endMs: number, table: SlicedTable, sources: readonly GroupTable[]): FiredWindow {
    const [only] = sources;
    if (sources.length === 1 && !only!.isApart) return { endMs, groups: only! };
    const merged = table.merged(sources);
    return { endMs, groups: merged.groups, merged };
  }

  /** Whether rows of these slices are on disk in parts, or would have to go there for those of their window. */
  #isBeyondMemory(panes: readonly GroupTable[]): boolean {
    if (!panes.every(pane => pane.spillsApart)) return false;
    const { usedBytes, budgetBytes } = this.#task.memory;
    return panes.some(pane => pane.isApart) || usedBytes + Math.max(...panes.map(pane => pane.sizeBytes())) > budgetBytes;
  }

  /** After its last row: drops what no later window needs. */
  close(window: FiredWindow): void {
    window.merged?.close();
    if (window.temporary !== undefined) this.#closed.push(window.temporary);
    const rule = this.#rule;
    if (rule.accumulates) {
      if (rule.largestEnd(window.endMs) === window.endMs) for (const table of this.#growing) table.drop(window.endMs);
      return;
    }
    const ends = this.#slices[0]!.ends();
    while (ends.length > 0 && rule.lastWindowEnd(ends[0]!) <= window.endMs) this.dropSlice(ends[0]!);
  }

  #grow(endMs: number): GroupTables {
    const growing = tablesAt(this.#growing, this.#rule.largestEnd(endMs));
    if (this.#slices[0]!.peek(endMs) !== undefined) {
      const { groups, sets } = this.pane(endMs);
      const { merged } = this.#opened(endMs, this.#slices[0]!, [groups]);
      if (merged === undefined) mergeGroups(this.#rows, this.#task, growing, { groups, sets });
      else while (merged.next()) mergeGroups(this.#rows, this.#task, growing, { groups: merged.groups, sets });
      merged?.close();
      for (const slice of this.#slices) slice.drop(endMs);
    }
    return growing;
  }
}

function tablesAt(tables: readonly SlicedTable[], name: number): GroupTables {
  return { groups: tables[0]!.slice(name), sets: tables.slice(1).map(table => table.slice(name)) };
}
