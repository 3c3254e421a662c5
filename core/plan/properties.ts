import { isProctime, isRowtime } from '../columnar/types.ts';
import type { Expression } from './expressions.ts';
import { type Filter, inputsOf, type Join, type LogicalNode, type Over, type ProcessTable, type WindowTable } from './nodes.ts';
import { isRankFunction, ordersByTime, topRowsOf } from './over-properties.ts';
import { schemaOf } from './schema.ts';
import { windowKeysOf, windowPropertiesOf } from './window-properties.ts';

/** `execution.runtime-mode`: a stream shows every change as it comes; a batch reads all of its bounded input and gives final rows. */
export type RuntimeMode = 'streaming' | 'batch';

export type Boundedness = 'bounded' | 'unbounded';

const boundednesses = new WeakMap<LogicalNode, Boundedness>();

/** Whether a node's rows end by themselves. LIMIT without an order over appended rows ends once it has its rows. */
export function boundednessOf(node: LogicalNode): Boundedness {
  let result = boundednesses.get(node);
  if (result === undefined) {
    result = deriveBoundedness(node);
    boundednesses.set(node, result);
  }
  return result;
}

function deriveBoundedness(node: LogicalNode): Boundedness {
  if (node.kind === 'scan') return node.source.bounded ? 'bounded' : 'unbounded';
  if (node.kind === 'limit' && endsWithLimit(node)) return 'bounded';
  return inputsOf(node).every(input => boundednessOf(input) === 'bounded') ? 'bounded' : 'unbounded';
}

/** A limit that may stop its input: it counts appended rows and nothing can take one back. */
export function endsWithLimit(node: Extract<LogicalNode, { kind: 'limit' }>): boolean {
  return node.count !== undefined && node.input.kind !== 'sort' && changelogOf(node.input, 'streaming').kind === 'append';
}

/**
 * How a node's rows change. `append`: rows are never taken back. `retract`: rows may be taken back by their values; with `key`, the latest row of
 * each key (output positions) is the whole truth, so that it can also be written as upserts.
 */
export type ChangelogMode =
  | { readonly kind: 'append' }
  | { readonly kind: 'retract'; readonly key?: readonly number[] | undefined };

const append: ChangelogMode = Object.freeze({ kind: 'append' });
const changelogs = new WeakMap<LogicalNode, ChangelogMode>();

/** In a batch every node gives final rows. */
export function changelogOf(node: LogicalNode, mode: RuntimeMode): ChangelogMode {
  if (mode === 'batch') return append;
  let result = changelogs.get(node);
  if (result === undefined) {
    result = Object.freeze(deriveChangelog(node));
    changelogs.set(node, result);
  }
  return result;
}

function deriveChangelog(node: LogicalNode): ChangelogMode {
  switch (node.kind) {
    case 'scan':
      return node.source.changelog === 'upsert' ? { kind: 'retract', key: uniqueKeysOf(node)[0] } : append;
    case 'values':
      return append;
    case 'filter':
      return changelogOfTopRows(node) ?? changelogOf(node.input, 'streaming');
    case 'watermark':
    case 'window-table':
    case 'insert':
      return changelogOf(node.input, 'streaming');
    case 'project': {
      const input = changelogOf(node.input, 'streaming');
      return input.kind === 'append' ? append : { kind: 'retract', key: input.key && mapColumns(input.key, node.expressions) };
    }
    case 'aggregate':
      if (isWindowAggregate(node)) return append;
      return { kind: 'retract', key: node.keys.map((_, index) => index) };
    case 'sort':
      // rows of a bounded input are put in order once it has ended
      if (boundednessOf(node.input) === 'bounded') return append;
      return changelogOf(node.input, 'streaming').kind === 'append' && sortsByTime(node)
        ? append
        : { kind: 'retract', key: keyOf(changelogOf(node.input, 'streaming')) };
    case 'limit': {
      const input = changelogOf(node.input, 'streaming');
      if (node.input.kind === 'sort') {
        const below = changelogOf(node.input.input, 'streaming');
        return { kind: 'retract', key: keyOf(below) };
      }
      return input;
    }
    case 'join':
      // bounded inputs are joined once they have ended
      return append;
    case 'unnest':
    case 'table-call':
    case 'expand':
      return changelogOf(node.input, 'streaming').kind === 'append' ? append : { kind: 'retract' };
    case 'over':
      return changelogOfOver(node);
    case 'match-recognize':
    case 'process-table':
      return append;
    case 'set-operation':
      return { kind: 'retract', key: node.all ? undefined : schemaOf(node).map((_, index) => index) };
    case 'union':
      return node.inputs.every(input => changelogOf(input, 'streaming').kind === 'append') ? append : { kind: 'retract' };
  }
}

/** Rows of a bounded input, and those in order of time, get their results once; ranks by anything else change with every row that comes. */
function changelogOfOver(node: Over): ChangelogMode {
  if (boundednessOf(node.input) === 'bounded' || ordersByTime(node) || isWindowRank(node)) return append;
  return { kind: 'retract', key: rowNumberKeyOf(node) };
}

/** The first rows of a partition change with every row that comes, unless they come in their order. */
function changelogOfTopRows(node: Filter): ChangelogMode | undefined {
  const top = topRowsOf(node);
  if (top === undefined || ordersByTime(top.over) || isWindowRank(top.over)) return undefined;
  const key = rowNumberKeyOf(top.over);
  return { kind: 'retract', key: top.project === undefined ? key : key && mapColumns(key, top.project.expressions) };
}

/** Partitioned by both bounds of a window of appended rows: ranks are final when the window has closed. */
export function isWindowRank(node: Over): boolean {
  const window = windowPropertiesOf(node.input);
  if (window === undefined || changelogOf(node.input, 'streaming').kind !== 'append') return false;
  if (!hasTimeAttribute(window.table)) return false;
  const partitioned = node.partitionBy.flatMap(expression => (expression.kind === 'column' ? [expression.index] : []));
  return window.start.some(index => partitioned.includes(index)) && window.end.some(index => partitioned.includes(index));
}

/** A row's partition and its number in it. */
function rowNumberKeyOf(node: Over): readonly number[] | undefined {
  const number = node.calls.findIndex(call => call.name === 'row-number');
  if (number < 0) return undefined;
  const columns = node.partitionBy.flatMap(expression => (expression.kind === 'column' ? [expression.index] : []));
  return columns.length < node.partitionBy.length ? undefined : [...columns, schemaOf(node.input).length + number];
}

const keyOf = (mode: ChangelogMode): readonly number[] | undefined => (mode.kind === 'retract' ? mode.key : undefined);

/** Positions among `expressions` that pass the given input columns on; undefined when one is lost. */
function mapColumns(columns: readonly number[], expressions: readonly Expression[]): readonly number[] | undefined {
  const mapped = columns.map(column =>
    expressions.findIndex(expression => expression.kind === 'column' && expression.index === column),
  );
  return mapped.includes(-1) ? undefined : mapped;
}

/** Groups by the start and end of a window of appended rows: gives each window once, when it closes. */
export function isWindowAggregate(node: Extract<LogicalNode, { kind: 'aggregate' }>): boolean {
  const window = windowKeysOf(node);
  return window !== undefined && changelogOf(node.input, 'streaming').kind === 'append' && hasTimeAttribute(window.table);
}

export const hasTimeAttribute = (table: WindowTable): boolean => timeAttributeOf(table) !== undefined;

export function timeAttributeOf(table: WindowTable): 'rowtime' | 'proctime' | undefined {
  const type = schemaOf(table.input)[table.timeColumn]!.type;
  return isRowtime(type) ? 'rowtime' : isProctime(type) ? 'proctime' : undefined;
}

/** Streaming ORDER BY that needs no retraction: first by a time attribute, ascending. */
export function sortsByTime(node: Extract<LogicalNode, { kind: 'sort' }>): boolean {
  const first = node.keys[0];
  return (
    first !== undefined &&
    first.expression.kind === 'column' &&
    !first.descending &&
    (isRowtime(first.expression.type) || isProctime(first.expression.type))
  );
}

const uniqueKeys = new WeakMap<LogicalNode, readonly (readonly number[])[]>();

/** Sets of output columns that identify a row; an empty set means at most one row. */
export function uniqueKeysOf(node: LogicalNode): readonly (readonly number[])[] {
  let result = uniqueKeys.get(node);
  if (result === undefined) {
    result = Object.freeze(deriveUniqueKeys(node));
    uniqueKeys.set(node, result);
  }
  return result;
}

function deriveUniqueKeys(node: LogicalNode): readonly (readonly number[])[] {
  switch (node.kind) {
    case 'scan': {
      const key = node.source.primaryKey?.map(name => node.columns.findIndex(index => node.source.schema[index]!.name === name));
      return key !== undefined && key.length > 0 && !key.includes(-1) ? [key] : [];
    }
    case 'values':
      return node.rows.length <= 1 ? [[]] : [];
    case 'project':
      return uniqueKeysOf(node.input).flatMap(key => {
        const mapped = mapColumns(key, node.expressions);
        return mapped === undefined ? [] : [mapped];
      });
    case 'window-table': {
      const inner = uniqueKeysOf(node.input);
      if (node.window.kind === 'tumble') return inner;
      const start = schemaOf(node.input).length;
      return inner.map(key => [...key, start, start + 1]);
    }
    case 'aggregate':
      return [node.keys.map((_, index) => index)];
    case 'limit':
      return node.count !== undefined && node.count <= 1 ? [[]] : uniqueKeysOf(node.input);
    case 'join':
      return joinedUniqueKeys(node);
    case 'over': {
      const number = rowNumberKeyOf(node);
      return [...uniqueKeysOf(node.input), ...(number === undefined ? [] : [number])];
    }
    case 'set-operation':
      return node.all ? [] : [schemaOf(node).map((_, index) => index)];
    case 'union':
    case 'expand':
    case 'unnest':
    case 'table-call':
    case 'process-table':
    case 'match-recognize':
    case 'insert':
      return [];
    case 'filter':
    case 'watermark':
    case 'sort':
      return uniqueKeysOf(node.input);
  }
}

/** A side keeps its keys where the other has at most one row for each of its rows; else a pair of keys identifies a row. */
function joinedUniqueKeys(node: Join): readonly (readonly number[])[] {
  const left = uniqueKeysOf(node.left);
  if (node.join === 'semi' || node.join === 'anti' || node.join === 'mark') return left;
  const width = schemaOf(node.left).length;
  const right = uniqueKeysOf(node.right);
  const equal = equalColumnsOf(node.condition);
  const isLookup = (keys: readonly (readonly number[])[], columns: ReadonlySet<number>): boolean =>
    keys.some(key => key.every(index => columns.has(index)));
  const leftColumns = new Set(equal.flatMap(([a, b]) => (a < width && b >= width ? [a] : [])));
  const rightColumns = new Set(equal.flatMap(([a, b]) => (a < width && b >= width ? [b - width] : [])));
  const shifted = right.map(key => key.map(index => index + width));
  return [
    ...(isLookup(right, rightColumns) && (node.join === 'inner' || node.join === 'left') ? left : []),
    ...(isLookup(left, leftColumns) && (node.join === 'inner' || node.join === 'right') ? shifted : []),
    ...(node.join === 'full' ? [] : left.flatMap(key => shifted.map(other => [...key, ...other]))),
  ];
}

/** Pairs of columns that an AND of conditions says are equal, the lower index first. */
export function equalColumnsOf(condition: Expression | undefined): (readonly [number, number])[] {
  if (condition?.kind !== 'call') return [];
  if (condition.name === 'and') return condition.arguments.flatMap(equalColumnsOf);
  const [first, second] = condition.arguments;
  if (condition.name !== 'equals' || first?.kind !== 'column' || second?.kind !== 'column') return [];
  return [first.index < second.index ? [first.index, second.index] : [second.index, first.index]];
}

/** What keeps an operator's state from growing for ever. */
export interface StateBound {
  readonly bound: 'stateless' | 'window' | 'rows' | 'bounded-input' | 'ttl' | 'none';
  readonly reason: string;
}

/** The bound of a node's own state. `ttlMs` is `table.exec.state.ttl`, 0 for none. */
export function stateBoundOf(node: LogicalNode, mode: RuntimeMode, ttlMs: number): StateBound {
  if (node.kind === 'scan' && node.source.changelog === 'upsert') {
    if (node.source.bounded) return { bound: 'bounded-input', reason: 'its input ends' };
    return ttlMs > 0
      ? { bound: 'ttl', reason: `a key is forgotten ${ttlMs} ms after its last row` }
      : { bound: 'none', reason: 'keeps the last row of every key for ever' };
  }
  if (node.kind === 'limit' && node.input.kind === 'sort') {
    if (changelogOf(node.input.input, mode).kind === 'append' && node.count !== undefined)
      return { bound: 'rows', reason: `keeps the first ${node.offset + node.count} rows` };
  } else if (!keepsState(node)) {
    return { bound: 'stateless', reason: 'keeps nothing' };
  }
  if (node.kind === 'aggregate' && isWindowAggregate(node))
    return { bound: 'window', reason: 'a window is dropped when it has closed' };
  if (node.kind === 'sort' && sortsByTime(node)) return { bound: 'window', reason: 'a row leaves when the watermark passes it' };
  const overTime = boundOverTime(node);
  if (overTime !== undefined) return overTime;
  if (node.kind === 'aggregate' && node.keys.length === 0 && !needsEachValue(node))
    return { bound: 'rows', reason: 'keeps one row of accumulators' };
  if (inputsOf(node).every(input => boundednessOf(input) === 'bounded'))
    return { bound: 'bounded-input', reason: 'its input ends' };
  if (node.kind === 'process-table') return boundOfStates(node, ttlMs);
  const ownMs = node.kind === 'aggregate' ? (node.stateTtlMs ?? ttlMs) : ttlMs;
  if (ownMs > 0) {
    if (node.kind === 'aggregate') return { bound: 'ttl', reason: `a key is dropped ${ownMs} ms after its last input` };
    if (node.kind === 'set-operation') return { bound: 'ttl', reason: `a row is forgotten ${ownMs} ms after it came last` };
    if (node.kind === 'over') return { bound: 'ttl', reason: `a partition is dropped ${ownMs} ms after its last row` };
    return { bound: 'none', reason: `${whyUnbounded(node)} (table.exec.state.ttl has no part in it)` };
  }
  return { bound: 'none', reason: whyUnbounded(node) };
}

function boundOfStates({ shape, function: name }: ProcessTable, ttlMs: number): StateBound {
  const times = shape.states.map(state => state.ttlMs ?? ttlMs);
  if (times.every(time => time > 0))
    return { bound: 'ttl', reason: `a partition is dropped ${Math.max(...times)} ms after its last row` };
  return { bound: 'none', reason: `keeps what ${name} does not clear of every partition` };
}

function keepsState(node: LogicalNode): boolean {
  const { kind } = node;
  if (kind === 'window-table') return node.window.kind === 'session';
  return (
    kind === 'aggregate' ||
    kind === 'sort' ||
    kind === 'join' ||
    kind === 'over' ||
    kind === 'set-operation' ||
    kind === 'match-recognize' ||
    (kind === 'process-table' && node.partitionBy !== undefined && node.shape.states.length > 0)
  );
}

/** OVER and patterns in order of time; undefined where nothing but the end of the input lets go of rows. */
function boundOverTime(node: LogicalNode): StateBound | undefined {
  if (node.kind === 'window-table') return { bound: 'window', reason: 'a session is dropped when it has closed' };
  if (node.kind === 'match-recognize' && node.withinMs !== undefined)
    return { bound: 'window', reason: 'rows older than WITHIN are dropped' };
  if (node.kind !== 'over') return undefined;
  if (isWindowRank(node)) return { bound: 'window', reason: 'a window is dropped when it has closed' };
  const ranged = (call: Over['calls'][number]): boolean => call.frame.unit === 'range' && call.frame.start.kind === 'preceding';
  if (ordersByTime(node) && node.calls.every(call => ranged(call) && !isRankFunction(call.name)))
    return { bound: 'window', reason: 'a row leaves when no frame can reach it' };
  return undefined;
}

function needsEachValue(node: Extract<LogicalNode, { kind: 'aggregate' }>): boolean {
  const retracts = changelogOf(node.input, 'streaming').kind === 'retract';
  return node.aggregates.some(call => call.distinct || (retracts && (call.name === 'min' || call.name === 'max')));
}

function whyUnbounded(node: LogicalNode): string {
  if (node.kind === 'aggregate') {
    if (windowPropertiesOf(node.input) !== undefined)
      return 'grouped by neither both bounds of its window nor anything that ends';
    return node.keys.length === 0 ? 'keeps every distinct value for ever' : 'keeps every key for ever';
  }
  if (node.kind === 'over') return 'keeps rows of every partition for ever';
  if (node.kind === 'match-recognize') return 'keeps begun matches for ever without WITHIN';
  return 'keeps every row for ever';
}

/** Node and all below it, outermost first. */
export function* nodesOf(node: LogicalNode): Generator<LogicalNode> {
  yield node;
  for (const input of inputsOf(node)) yield* nodesOf(input);
}

/** Columns of a node that are time attributes. */
export function timeAttributesOf(node: LogicalNode): readonly number[] {
  return schemaOf(node).flatMap((field, index) => (isRowtime(field.type) || isProctime(field.type) ? [index] : []));
}
