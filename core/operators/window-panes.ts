import { internalError } from '../common/errors.ts';
import { SlicedTable, type StateTable } from '../state/index.ts';
import { groupTables } from './aggregate-input.ts';
import type { OperatorTask } from './contract.ts';
import type { GroupedRows, GroupTables } from './grouped-rows.ts';
import { mergeGroups } from './pane-merge.ts';
import type { WindowRule } from './window-rule.ts';

/** A window whose groups are ready to be sent. */
export interface FiredWindow {
  readonly endMs: number;
  readonly tables: GroupTables;
  /** Made for this window alone. */
  readonly temporary: boolean;
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

  /** Gathers the groups of the window that ends at `endMs`. */
  open(endMs: number): FiredWindow {
    const rule = this.#rule;
    if (rule.accumulates) return { endMs, tables: this.#grow(endMs), temporary: false };
    if (!rule.sharesPanes) return { endMs, tables: this.pane(endMs), temporary: false };
    const names: number[] = [];
    for (const name of this.#slices[0]!.ends()) {
      if (Math.floor(name) > endMs) break;
      if (Math.floor(name) > endMs - rule.sizeMs && rule.firstWindowEnd(name) <= endMs) names.push(name);
    }
    if (names.length === 1) return { endMs, tables: this.pane(names[0]!), temporary: false };
    const [groups, ...sets] = this.#slices.map(table =>
      table.detached(Math.max(...names.map(name => table.peek(name)?.rowCount() ?? 0))),
    );
    const tables = { groups: groups!, sets };
    for (const name of names) mergeGroups(this.#rows, this.#task, tables, this.pane(name));
    return { endMs, tables, temporary: true };
  }

  /** After its last row: drops what no later window needs. */
  close(window: FiredWindow): void {
    if (window.temporary) this.#closed.push(window.tables);
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
      mergeGroups(this.#rows, this.#task, growing, this.pane(endMs));
      for (const slice of this.#slices) slice.drop(endMs);
    }
    return growing;
  }
}

function tablesAt(tables: readonly SlicedTable[], name: number): GroupTables {
  return { groups: tables[0]!.slice(name), sets: tables.slice(1).map(table => table.slice(name)) };
}
