import type { KeyLayout } from '../columnar/key-layout.ts';
import { typeToString } from '../columnar/types.ts';
import type { PayloadLayout, TableSpec } from '../state/contract.ts';

/** Whether the rows of one table are rows of the other as they are. */
export function sameTable(left: TableSpec, right: TableSpec): boolean {
  if (left.kind !== right.kind) return false;
  switch (left.kind) {
    case 'list':
      return right.kind === 'list' && sameKey(left.row, right.row);
    case 'value':
    case 'sliced':
      return (
        right.kind === left.kind &&
        sameKey(left.key, right.key) &&
        samePayload(left.payload, right.payload) &&
        (left.groupKey === undefined || valueNames(left) === valueNames(right))
      );
    case 'record':
    case 'timers':
      return true;
  }
}

/** What changes when rows of one form become rows of another; undefined: they cannot. */
export interface TableChange {
  /** Where the words of a new payload come from: from the old one's offset, so many bytes. */
  readonly moves: readonly { readonly from: number; readonly to: number; readonly bytes: number; readonly isView: boolean }[];
  /** For people: what starts empty, and what has no place any more. */
  readonly changes: readonly string[];
  readonly dropped: readonly string[];
}

const known = new WeakMap<TableSpec, WeakMap<TableSpec, TableChange | null>>();

/**
 * Payloads that are described column by column are matched by name: accumulators of the same aggregate, whatever stands beside them. A count that only
 * says whether there were rows (`present x`) may come from one that counts them.
 */
export function convertible(from: TableSpec, to: TableSpec): TableChange | undefined {
  let byTarget = known.get(from);
  if (byTarget === undefined) known.set(from, (byTarget = new WeakMap()));
  let change = byTarget.get(to);
  if (change === undefined) byTarget.set(to, (change = matched(from, to) ?? null));
  return change ?? undefined;
}

function matched(from: TableSpec, to: TableSpec): TableChange | undefined {
  if ((from.kind !== 'value' && from.kind !== 'sliced') || to.kind !== from.kind || !sameKey(from.key, to.key)) return undefined;
  const old = from.payload.columns;
  const wanted = to.payload.columns;
  if (old === undefined || wanted === undefined) return undefined;
  if ((from.payload.linkOffsets ?? []).length > 0 || (to.payload.linkOffsets ?? []).length > 0) return undefined;
  const used = new Set<string>();
  const missing: string[] = [];
  const moves = wanted.flatMap(column => {
    const names = [column.name, column.name.replace(/^count /, 'present '), column.name.replace(/^present /, 'count ')];
    const found = names.map(name => old.find(each => each.name === name)).find(each => each !== undefined);
    if (found === undefined || typeToString(found.type, false) !== typeToString(column.type, false)) {
      missing.push(column.name);
      return [];
    }
    used.add(found.name);
    const isView = to.payload.viewOffsets.includes(column.offsetBytes);
    const bytes = isView || sizeOf(to.payload, column.offsetBytes) === 16 ? 16 : 8;
    return [{ from: found.offsetBytes, to: column.offsetBytes, bytes, isView }];
  });
  if (moves.length === 0 && wanted.length > 0) return undefined;
  // parts of one result that come from two times would make a wrong one
  const torn = missing.some(
    name =>
      name.startsWith('count ') && wanted.some(each => each.name === `sum ${argumentOf(name)}` && !missing.includes(each.name)),
  );
  if (torn) return undefined;
  const dropped = old
    .filter(each => !used.has(each.name) && !/^(count|present) /.test(each.name))
    .map(each => `${each.name} is gone`);
  const changes = missing.filter(name => !name.startsWith('present ')).map(name => `${name} starts empty`);
  return { moves, changes, dropped };
}

/**
 * The old table whose rows go into each table of an operator. Values that are kept one by one (DISTINCT, extremes of rows that may be taken back) belong to
 * their groups: where they have no table any more, what was computed with them is not kept either.
 */
export function matchTables(tables: readonly TableSpec[], old: readonly TableSpec[]): ReadonlyMap<TableSpec, TableSpec> {
  const matches = new Map<TableSpec, TableSpec>();
  const isSet = (spec: TableSpec): boolean => 'groupKey' in spec && spec.groupKey !== undefined;
  for (const spec of tables) {
    const found = isSet(spec)
      ? old.find(each => isSet(each) && prefixOf(each) === prefixOf(spec) && sameTable(spec, each))
      : old.find(each => each.name === spec.name && (sameTable(spec, each) || convertible(each, spec) !== undefined));
    if (found !== undefined) matches.set(spec, found);
  }
  const loose = tables.some(spec => isSet(spec) && !matches.has(spec));
  if (!loose) return matches;
  for (const [spec, from] of matches) {
    if (isSet(spec) || !('payload' in spec) || !('payload' in from)) continue;
    const kept = spec.payload.columns?.some(
      column => column.name.includes(' distinct ') && from.payload.columns?.some(each => each.name === column.name),
    );
    if (kept === true || (spec.payload.linkOffsets ?? []).length > 0) return new Map();
  }
  return matches;
}

/** What a set's values are, without the names of its group's key, which are only names. */
const valueNames = (spec: Extract<TableSpec, { kind: 'value' | 'sliced' }>): string | undefined =>
  spec.names?.slice(spec.groupKey!.fields.length).join('|');

/** Sets are numbered; what they hold says which is which. */
const prefixOf = (spec: TableSpec): string => spec.name.replace(/\d+$/, '');

const argumentOf = (name: string): string => name.replace(/^\w+ /, '');

/** Bytes up to the next column. */
function sizeOf(payload: PayloadLayout, offset: number): number {
  const next = (payload.columns ?? []).map(each => each.offsetBytes).filter(each => each > offset);
  return Math.min(...next, payload.bytes) - offset;
}

const sameKey = (left: KeyLayout, right: KeyLayout): boolean =>
  left.types.length === right.types.length &&
  left.types.every((type, index) => typeToString(type) === typeToString(right.types[index]!));

const samePayload = (left: PayloadLayout, right: PayloadLayout): boolean =>
  left.bytes === right.bytes &&
  left.viewOffsets.join() === right.viewOffsets.join() &&
  JSON.stringify(left.columns?.map(each => [each.name, each.offsetBytes])) ===
    JSON.stringify(right.columns?.map(each => [each.name, each.offsetBytes]));
