import type { KeyLayout } from '../columnar/key-layout.ts';
import { internalError } from '../common/errors.ts';
import type { Kernels } from '../kernels/index.ts';
import type { SpillFiles } from '../storage/spill-files.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { PayloadLayout, ShardImage, StateTable, StoredRows, TableSpec } from './contract.ts';
import { GroupTable } from './group-table.ts';
import { allKeyGroups, type KeyGroupRange } from './key-groups.ts';
import { relieveGroups } from './memory-relief.ts';
import { MergedParts, type MergeRows } from './merged-parts.ts';
import { restoreRows } from './restore-rows.ts';
import { RowRules } from './row-rules.ts';
import { type RowForm, rowForm } from './row-store.ts';
import { imagesOfGroups, imagesOfParts } from './table-images.ts';

/** What tables get besides their spec. */
export interface TableOptions {
  readonly shardRowsMax?: number | undefined;
  /** Where rows go that do not fit into memory. */
  readonly spill?: SpillFiles | undefined;
}

/** Offsets of the views in a row of a layout. */
export function keyViewOffsets(layout: KeyLayout): number[] {
  return layout.fields.filter(field => field.form === 'view').map(field => field.offsetBytes);
}

function formOf(spec: { readonly key: KeyLayout; readonly payload: PayloadLayout }): RowForm {
  return rowForm(spec.key.strideBytes, keyViewOffsets(spec.key), spec.payload);
}

/** Rows that the budget has room for, about. */
const rowsWithin = ({ budgetBytes, usedBytes }: TaskMemory, { rowBytes }: RowForm): number =>
  Math.max(0, Math.floor((budgetBytes - usedBytes) / (rowBytes + 2 * 16)));

function restoreGroups(
  groups: GroupTable,
  spec: Extract<TableSpec, { kind: 'value' | 'sliced' }>,
  images: readonly ShardImage[],
  own: KeyGroupRange,
): void {
  const { store } = groups;
  const share = (own.end - own.first) / (allKeyGroups.end - allKeyGroups.first);
  const rules = new RowRules(spec, store.memory, store.kernels);
  const slots = {
    isEmpty: groups.rowCount() === 0,
    reserve: (rows: number) =>
      groups.reserve(Math.min(Math.ceil(rows * Math.min(1, 1.1 * share)), rowsWithin(store.memory, store.form))),
    relieve: () => relieveGroups([groups]),
    adopt: (count: number, hashes: number, rows: number) => groups.adopt(count, hashes, rows),
    place: (count: number, hashes: number, packed: number, rows: number) => groups.findOrInsert(hashes, packed, rows, 0, count),
  };
  restoreRows({ store, rules, slots }, images, own);
}

/** One row per key. */
export class ValueTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'value' }>;
  readonly groups: GroupTable;
  /** False after a restore, until whoever keeps row addresses in payloads has linked them again. */
  linked = true;

  constructor(spec: Extract<TableSpec, { kind: 'value' }>, memory: TaskMemory, kernels: Kernels, options: TableOptions = {}) {
    this.spec = spec;
    this.groups = new GroupTable(memory, kernels, formOf(spec), spec.spills ? options : { ...options, spill: undefined });
  }

  sizeBytes(): number {
    return this.groups.sizeBytes();
  }
  rowCount(): number {
    return this.groups.rowCount();
  }
  stores(): readonly StoredRows[] | undefined {
    if (!this.groups.hasCold) return [{ store: this.groups.store }];
    // the checkpoint has all rows at other positions: none goes on from those before it
    this.groups.store.saved = undefined;
    return undefined;
  }
  snapshot(): readonly ShardImage[] {
    return [...this.images()];
  }
  images(): Iterable<ShardImage> {
    return imagesOfGroups(this.groups, undefined);
  }
  diskBytes(): number {
    return this.groups.diskBytes;
  }
  spillable(): readonly GroupTable[] {
    return this.spec.spills ? [this.groups] : [];
  }
  restore(images: readonly ShardImage[], own: KeyGroupRange = allKeyGroups): void {
    restoreGroups(this.groups, this.spec, images, own);
    this.linked = false;
  }
  close(): void {
    this.groups.close();
  }
}

/** One {@link GroupTable} per slice, by the slice's end in milliseconds. */
export class SlicedTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'sliced' }>;
  readonly form: RowForm;
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #options: TableOptions & { readonly apart?: RowRules | undefined };
  readonly #slices = new Map<number, GroupTable>();
  readonly #ends: number[] = [];
  #dropped: GroupTable[] = [];
  /** Rows of the slice dropped last: what to expect of the next. */
  #rowsExpected = 0;

  constructor(spec: Extract<TableSpec, { kind: 'sliced' }>, memory: TaskMemory, kernels: Kernels, options: TableOptions = {}) {
    this.spec = spec;
    this.form = formOf(spec);
    this.#memory = memory;
    this.#kernels = kernels;
    if (!spec.spills) this.#options = { ...options, spill: undefined };
    else this.#options = spec.apart ? { ...options, apart: new RowRules(spec, memory, kernels) } : options;
  }

  /** How rows of one key become one; of a table whose rows may be apart, before any of them are read. */
  merge: MergeRows | undefined;

  /** The rows of slices on disk in parts, those of a key made one; whoever asks closes it. */
  merged(slices: readonly GroupTable[]): MergedParts {
    if (this.merge === undefined) throw internalError(`nobody merges rows of the table '${this.spec.name}'`);
    const groups = new GroupTable(this.#memory, this.#kernels, this.form, { shardRowsMax: this.#options.shardRowsMax });
    return new MergedParts(slices, groups, this.merge);
  }

  /** Ends of the slices there are, ascending; changes with them. */
  ends(): readonly number[] {
    return this.#ends;
  }

  peek(endMs: number): GroupTable | undefined {
    return this.#slices.get(endMs);
  }

  /** The slice, made when there is none. */
  slice(endMs: number): GroupTable {
    const found = this.#slices.get(endMs);
    if (found !== undefined) return found;
    const made = this.detached(Number.isInteger(endMs) ? this.#rowsExpected : 0);
    this.#slices.set(endMs, made);
    this.#ends.splice(this.#place(endMs), 0, endMs);
    return made;
  }

  /** A table of the same form that is no state, for merging panes; its owner closes it. */
  detached(rowsExpected = 0): GroupTable {
    return new GroupTable(this.#memory, this.#kernels, this.form, { ...this.#options, rowsExpected });
  }

  /** Takes a slice out. Its memory stays readable until {@link reclaim}, because what was just emitted may point there. */
  drop(endMs: number): void {
    const slice = this.#slices.get(endMs);
    if (slice === undefined) return;
    this.#slices.delete(endMs);
    this.#ends.splice(this.#place(endMs), 1);
    this.#dropped.push(slice);
    if (Number.isInteger(endMs)) this.#rowsExpected = slice.hotRows;
  }

  /** Frees dropped slices; to be called before new input is taken. */
  reclaim(): void {
    for (const slice of this.#dropped) slice.close();
    this.#dropped = [];
  }

  sizeBytes(): number {
    let bytes = 0;
    for (const slice of this.#slices.values()) bytes += slice.sizeBytes();
    return bytes;
  }
  rowCount(): number {
    let rows = 0;
    for (const slice of this.#slices.values()) rows += slice.rowCount();
    return rows;
  }

  /** Slices that are over first: rows mostly come to the latest. */
  spillable(): readonly GroupTable[] {
    return this.spec.spills ? this.#ends.map(end => this.#slices.get(end)!) : [];
  }

  stores(): readonly StoredRows[] | undefined {
    const slices = [...this.#slices.values()];
    if (slices.some(slice => slice.hasCold)) {
      for (const { store } of slices) store.saved = undefined;
      return undefined;
    }
    return this.#ends.map(sliceEndMs => ({ sliceEndMs, store: this.#slices.get(sliceEndMs)!.store }));
  }

  snapshot(): readonly ShardImage[] {
    return this.#ends.flatMap(end => {
      const slice = this.#slices.get(end)!;
      return [...(slice.isApart ? imagesOfParts(this.merged([slice]), end) : imagesOfGroups(slice, end))];
    });
  }
  diskBytes(): number {
    let bytes = 0;
    for (const slice of this.#slices.values()) bytes += slice.diskBytes;
    return bytes;
  }

  restore(images: readonly ShardImage[], own: KeyGroupRange = allKeyGroups): void {
    const slices = Map.groupBy(images, image => image.sliceEndMs!);
    for (const [end, ofSlice] of [...slices].sort(([a], [b]) => a - b)) restoreGroups(this.slice(end), this.spec, ofSlice, own);
  }

  close(): void {
    this.reclaim();
    for (const slice of this.#slices.values()) slice.close();
    this.#slices.clear();
    this.#ends.length = 0;
  }

  /** Index of the first slice that does not end before `endMs`. */
  #place(endMs: number): number {
    let from = 0;
    let until = this.#ends.length;
    while (from < until) {
      const middle = (from + until) >> 1;
      if (this.#ends[middle]! < endMs) from = middle + 1;
      else until = middle;
    }
    return from;
  }
}
