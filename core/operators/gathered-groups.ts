import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import { readColumn } from '../columnar/read-values.ts';
import { type SqlType, types, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { columnOf } from '../columnar/write-values.ts';
import { internalError, notSupported } from '../common/errors.ts';
import { aggregateFunctions } from '../functions/index.ts';
import { identityOf } from '../functions/nested-values.ts';
import type { AggregateCall, Expression } from '../plan/expressions.ts';
import { ListTable, type RecordTable, type StateTable, type TableSpec } from '../state/index.ts';
import { packRows, unpackField } from '../state/packed-rows.ts';
import type { OperatorTask } from './contract.ts';
import { recordTable } from './record-table.ts';
import { userAggregateOf } from './user-aggregate-values.ts';

/** A row of a group: its arguments and filters, and where it is kept; weight −1 waits for the insertion that it takes back. */
export interface GatheredRow {
  readonly values: readonly Value[];
  readonly identity: string;
  readonly weight: number;
  address: number;
}
export interface Group {
  readonly key: readonly Value[];
  rows: GatheredRow[];
  /** When its last input came, ms. */
  touchedMs: number;
  /** Of `rows` as they are, once somebody has asked. */
  results: readonly Value[] | undefined;
}

/** Keys, then distinct arguments and filters: the columns that are kept of each row. */
export interface GatheredColumns {
  readonly outputs: readonly Expression[];
  readonly keyCount: number;
  /** By call: positions of its arguments and its filter behind the keys. */
  readonly calls: readonly { readonly arguments: readonly number[]; readonly filter: number | undefined }[];
  readonly layout: KeyLayout;
}

/** @throws TidemillError `not-supported` for more columns than a kept row can have. */
export function gatheredColumns(
  keys: readonly Expression[],
  aggregates: readonly AggregateCall[],
  textOf: (expression: Expression) => string,
): GatheredColumns {
  const outputs: Expression[] = [];
  const known = new Map<string, number>();
  const place = (expression: Expression): number => {
    const text = textOf(expression);
    let index = known.get(text);
    if (index === undefined) known.set(text, (index = outputs.push(expression) - 1));
    return index;
  };
  const calls = aggregates.map(call => ({ arguments: call.arguments.map(place), filter: call.filter && place(call.filter) }));
  const all = [...keys, ...outputs];
  if (all.length > 61) throw notSupported('aggregates of more than 61 keys and arguments');
  const kept = [
    ...all.map(expression => withoutTimeAttribute(expression.type)),
    types.tinyint(false),
    types.bigint(false),
    types.bigint(false),
  ];
  return { outputs: all, keyCount: keys.length, calls, layout: keyLayoutOf(kept) };
}

export const gatheredTables = (columns: GatheredColumns): TableSpec[] => [
  {
    kind: 'list',
    name: 'rows',
    row: columns.layout,
    owner: { kind: 'key-group', fields: Array.from({ length: columns.keyCount }, (_, index) => index) },
  },
  { kind: 'record', name: 'progress', fields: ['sequence', 'seen'] },
];

/**
 * Groups with all their rows, for aggregates that have only a reference. The rows are kept in a state table; this index over them is made anew
 * when an operator is.
 */
export class GatheredGroups {
  readonly #columns: GatheredColumns;
  readonly #aggregates: readonly AggregateCall[];
  readonly #rows: ListTable;
  readonly #progress: RecordTable;
  readonly #task: OperatorTask;
  readonly #types: readonly SqlType[];
  readonly groups = new Map<string, Group>();

  constructor(
    columns: GatheredColumns,
    aggregates: readonly AggregateCall[],
    tables: ReadonlyMap<string, StateTable>,
    task: OperatorTask,
  ) {
    const rows = tables.get('rows');
    if (!(rows instanceof ListTable)) throw internalError("the list table 'rows' is missing");
    this.#columns = columns;
    this.#aggregates = aggregates;
    this.#rows = rows;
    this.#progress = recordTable(tables, 'progress');
    this.#task = task;
    this.#types = columns.layout.types;
    this.#load();
  }

  /** Whether a row ever came: the one group without keys then has given a result. */
  get seen(): boolean {
    return this.#progress.get('seen') !== undefined;
  }

  /** Frees what earlier inputs released; before new ones are taken. */
  collectGarbage(): void {
    this.#rows.store.collectGarbage();
  }

  groupOf(key: readonly Value[]): Group {
    const identity = this.#identity(key, 0);
    let group = this.groups.get(identity);
    if (group === undefined) this.groups.set(identity, (group = { key, rows: [], touchedMs: 0, results: undefined }));
    return group;
  }

  /** Takes a row into its group or out of it; what is new must be {@link save}d. */
  apply(group: Group, values: readonly Value[], weight: number): GatheredRow | undefined {
    const identity = this.#identity(values, this.#columns.keyCount);
    group.results = undefined;
    const at = group.rows.findIndex(row => row.weight === -weight && row.identity === identity);
    if (at >= 0) {
      const [row] = group.rows.splice(at, 1);
      if (row!.address !== 0) this.#release([row!]);
      row!.address = -1;
      return undefined;
    }
    const added: GatheredRow = { values, identity, weight, address: 0 };
    group.rows.push(added);
    return added;
  }

  /** Puts rows that are still there into the state table, in order. */
  save(added: readonly { readonly group: Group; readonly row: GatheredRow }[]): void {
    this.#progress.set('seen', 1);
    const kept = added.filter(({ row }) => row.address === 0);
    if (kept.length === 0) return;
    const { memory, kernels } = this.#task;
    const sequence = this.#progress.get('sequence') ?? 0;
    this.#progress.set('sequence', sequence + kept.length);
    const rows = kept.map(({ group, row }, index) => [
      ...group.key,
      ...row.values,
      row.weight,
      BigInt(sequence + index),
      BigInt(group.touchedMs),
    ]);
    const columns = this.#types.map((type, index) =>
      columnOf(
        memory,
        type,
        rows.map(row => row[index]!),
      ),
    );
    const addresses = memory.arena.allocate(4 * kept.length);
    this.#rows.append(kept.length, packRows(memory, kernels, this.#columns.layout, columns, kept.length), addresses);
    for (const [index, { row }] of kept.entries()) row.address = memory.u32[(addresses >>> 2) + index]!;
  }

  /** A group got input; what is kept of that is the time in its last row. */
  touch(group: Group, nowMs: number): void {
    group.touchedMs = nowMs;
  }

  /** The rows of a group that goes on without them. */
  forgetRows(group: Group): void {
    this.#release(group.rows.filter(row => row.address > 0));
    group.rows = [];
    group.results = undefined;
  }

  /** After an input: the times of these groups, in the last of their rows. */
  saveTimes(groups: Iterable<Group>): void {
    const { layout } = this.#columns;
    const { offsetBytes } = layout.fields[layout.fields.length - 1]!;
    for (const group of groups) {
      const last = group.rows.at(-1);
      if (last === undefined) continue;
      this.#rows.store.touch(last.address);
      this.#task.memory.i64[(last.address + offsetBytes) >>> 3] = BigInt(group.touchedMs);
    }
  }

  /** Takes a group out with all its rows. */
  drop(group: Group): void {
    this.#release(group.rows.filter(row => row.address > 0));
    this.groups.delete(this.#identity(group.key, 0));
  }

  /** How many more rows came than went. */
  static countOf(group: Group): number {
    return group.rows.reduce((sum, row) => sum + row.weight, 0);
  }

  /** What the aggregates give for a group. */
  resultsOf(group: Group): readonly Value[] {
    group.results ??= this.#aggregates.map((call, index) => {
      const { arguments: places, filter } = this.#columns.calls[index]!;
      let rows = group.rows
        .filter(row => row.weight > 0 && (filter === undefined || row.values[filter] === true))
        .map(row => places.map(place => row.values[place]!));
      const argumentTypes = call.arguments.map(argument => argument.type);
      if (call.distinct) {
        const seen = new Set<string>();
        rows = rows.filter(row => {
          const identity = row.map((value, at) => identityOf(value, argumentTypes[at]!)).join();
          return !seen.has(identity) && seen.add(identity);
        });
      }
      const { user } = call;
      if (user !== undefined) return userAggregateOf(this.#task, { ...call, user }, rows);
      const entry = aggregateFunctions.get(call.name);
      if (entry === undefined) throw internalError(`no aggregate ${call.name}`);
      return entry.reference(rows, { arguments: argumentTypes, result: call.type });
    });
    return group.results;
  }

  #identity(values: readonly Value[], from: number): string {
    return values.map((value, index) => identityOf(value, this.#types[from + index]!)).join();
  }

  #release(rows: readonly GatheredRow[]): void {
    if (rows.length === 0) return;
    const { memory } = this.#task;
    const mark = memory.arena.mark();
    const addresses = memory.arena.allocate(4 * rows.length);
    memory.u32.set(
      rows.map(row => row.address),
      addresses >>> 2,
    );
    this.#rows.release(rows.length, addresses);
    memory.arena.release(mark);
  }

  #load(): void {
    const { memory, kernels } = this.#task;
    const count = this.#rows.rowCount();
    if (count === 0) return;
    const mark = memory.arena.mark();
    const addresses = memory.arena.allocate(4 * count);
    this.#rows.scan(this.#rows.store.cursor(), count, addresses);
    const { layout, keyCount } = this.#columns;
    const columns = this.#types.map((_, index) =>
      readColumn(memory, unpackField(memory, kernels, layout, index, count, addresses), count),
    );
    const places = Array.from(memory.u32.subarray(addresses >>> 2, (addresses >>> 2) + count));
    const width = this.#types.length - 3;
    const sequences = columns[width + 1]!;
    const order = places.map((_, index) => index).sort((a, b) => Number((sequences[a] as bigint) - (sequences[b] as bigint)));
    for (const index of order) {
      const values = columns.slice(0, width).map(column => column[index]!);
      const own = values.slice(keyCount);
      const row = {
        values: own,
        identity: this.#identity(own, keyCount),
        weight: columns[width]![index] as number,
        address: places[index]!,
      };
      const group = this.groupOf(values.slice(0, keyCount));
      group.rows.push(row);
      group.touchedMs = Math.max(group.touchedMs, Number(columns[width + 2]![index] as bigint));
    }
    memory.arena.release(mark);
  }
}
