import type { Value } from '../../core/columnar/values.ts';
import { compareValues } from '../../core/functions/comparison.ts';
import { aggregateFunctions, evaluateExpression } from '../../core/functions/index.ts';
import type { Expression } from '../../core/plan/expressions.ts';
import type { Aggregate, Join, LogicalNode, SetOperation, Sort, Unnest, WindowTable } from '../../core/plan/nodes.ts';
import { schemaOf } from '../../core/plan/schema.ts';

type Row = readonly Value[];

/** The rows of a plan, computed in the plainest way there is: the oracle of rewrites. `tables` has the rows of each scan, in delivered order. */
export function interpretPlan(node: LogicalNode, tables: Readonly<Record<string, readonly Row[]>>): readonly Row[] {
  const below = (): readonly Row[] => ('input' in node ? interpretPlan(node.input, tables) : []);
  switch (node.kind) {
    case 'scan': {
      const rows = (tables[node.source.name] ?? []).map(row => node.columns.map(index => row[index]!));
      const kept = node.filter === undefined ? rows : rows.filter(row => evaluate(node.filter!, row) === true);
      return kept.slice(0, node.limit);
    }
    case 'values':
      return node.rows;
    case 'filter':
      return below().filter(row => evaluate(node.condition, row) === true);
    case 'project':
      return below().map(row => node.expressions.map(expression => evaluate(expression, row)));
    case 'watermark':
    case 'insert':
      return below();
    case 'window-table':
      return below().flatMap(row => windowRows(node, row));
    case 'aggregate':
      return aggregateRows(node, below());
    case 'sort':
      return sortRows(node, below());
    case 'limit':
      return below().slice(node.offset, node.count === undefined ? undefined : node.offset + node.count);
    case 'unnest':
      return below().flatMap(row => unnestRow(node, row));
    case 'expand':
      return below().flatMap(row => node.projections.map(projection => projection.map(item => evaluate(item, row))));
    case 'set-operation': {
      const [left, right] = node.inputs.map(input => interpretPlan(input, tables));
      return setRows(node, left!, right!);
    }
    case 'over':
    case 'table-call':
    case 'process-table':
    case 'match-recognize':
      throw new Error(`the interpreter has no ${node.kind}`);
    case 'union':
      return node.inputs.flatMap(input => interpretPlan(input, tables));
    case 'join':
      return joinRows(node, interpretPlan(node.left, tables), interpretPlan(node.right, tables));
  }
}

const evaluate = (expression: Expression, row: Row): Value => evaluateExpression(expression, row, { localTimeZone: 'UTC' });
export const rowKey = (row: Row): string => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));

function aggregateRows(node: Aggregate, rows: readonly Row[]): readonly Row[] {
  const groups = new Map<string, { key: Row; rows: Row[] }>();
  if (node.keys.length === 0) groups.set('[]', { key: [], rows: [] });
  for (const row of rows) {
    const key = node.keys.map(expression => evaluate(expression, row));
    const text = rowKey(key);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { key, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].map(group => [
    ...group.key,
    ...node.aggregates.map(call => {
      const kept = group.rows.filter(row => call.filter === undefined || evaluate(call.filter, row) === true);
      const args = kept.map(row => call.arguments.map(argument => evaluate(argument, row)));
      const distinct = call.distinct ? [...new Map(args.map(values => [rowKey(values), values])).values()] : args;
      const argumentTypes = call.arguments.map(argument => argument.type);
      return aggregateFunctions.get(call.name)!.reference(distinct, { arguments: argumentTypes, result: call.type });
    }),
  ]);
}

/** A row once per element that meets the condition, as rows of the collection are found. */
function unnestRow(node: Unnest, row: Row): readonly Row[] {
  const { type } = node.collection;
  const items = (evaluate(node.collection, row) ?? []) as readonly Value[];
  const repeated =
    type.kind === 'MULTISET' ? items.flatMap(item => new Array<Value>(Number((item as Row)[1])).fill((item as Row)[0]!)) : items;
  const element = type.kind === 'ARRAY' || type.kind === 'MULTISET' ? type.element : undefined;
  const elements = element?.kind === 'ROW' ? repeated.filter(item => item !== null) : repeated;
  const kept = node.kept.map(index => row[index]!);
  const found = elements
    .map((item, index) => [
      ...kept,
      ...(element?.kind === 'ROW' || type.kind === 'MAP' ? (item as Row) : [item]),
      ...(node.ordinality ? [index + 1] : []),
    ])
    .filter(made => node.condition === undefined || evaluate(node.condition, made) === true);
  return found.length > 0 || !node.outer ? found : [[...kept, ...node.names.map(() => null)]];
}

/** Rows matched off one by one. */
function setRows(node: SetOperation, left: readonly Row[], right: readonly Row[]): readonly Row[] {
  const rest = right.map(rowKey);
  const rows = node.all ? left : [...new Map(left.map(row => [rowKey(row), row])).values()];
  return rows.filter(row => {
    const at = rest.indexOf(rowKey(row));
    if (at >= 0 && node.all) rest.splice(at, 1);
    return at >= 0 === (node.operator === 'intersect');
  });
}

/** Every row with every row. */
function joinRows(node: Join, left: readonly Row[], right: readonly Row[]): readonly Row[] {
  const matches = left.map(row =>
    right.flatMap((other, index) =>
      node.condition === undefined || evaluate(node.condition, [...row, ...other]) === true ? [index] : [],
    ),
  );
  switch (node.join) {
    case 'semi':
      return left.filter((_, index) => matches[index]!.length > 0);
    case 'anti':
      return left.filter((_, index) => matches[index]!.length === 0);
    case 'mark':
      return left.map((row, index) => [...row, matches[index]!.length > 0]);
    default: {
      const nulls = (input: LogicalNode): Row => schemaOf(input).map(() => null);
      const used = new Set(matches.flat());
      return [
        ...left.flatMap((row, index) =>
          matches[index]!.length === 0 && (node.join === 'left' || node.join === 'full')
            ? [[...row, ...nulls(node.right)]]
            : matches[index]!.map(other => [...row, ...right[other]!]),
        ),
        ...(node.join === 'right' || node.join === 'full'
          ? right.flatMap((row, index) => (used.has(index) ? [] : [[...nulls(node.left), ...row]]))
          : []),
      ];
    }
  }
}

function sortRows(node: Sort, rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((left, right) => {
    for (const key of node.keys) {
      const [a, b] = [evaluate(key.expression, left), evaluate(key.expression, right)];
      if (a === null || b === null) {
        if (a !== b) return (a === null) === key.nullsFirst ? -1 : 1;
        continue;
      }
      const order = compareValues(a, b, key.expression.type, key.expression.type) ?? 0;
      if (order !== 0) return key.descending ? -order : order;
    }
    return 0;
  });
}

/** Windows by trying every aligned one: slow and obvious. Times are µs. */
function windowRows(node: WindowTable, row: Row): Row[] {
  const time = row[node.timeColumn];
  if (time === null || time === undefined) return [];
  const at = Number(time as bigint) / 1000;
  const { window } = node;
  if (window.kind === 'session') throw new Error('the interpreter has no sessions');
  const step = window.kind === 'tumble' ? window.sizeMs : window.kind === 'hop' ? window.slideMs : window.sizeMs;
  const found: [number, number][] = [];
  const first = Math.floor((at - window.offsetMs) / step) * step + window.offsetMs;
  for (let start = first; start > at - window.sizeMs; start -= step) {
    if (window.kind !== 'cumulate') found.push([start, start + window.sizeMs]);
    else
      for (let end = start + window.stepMs; end <= start + window.sizeMs; end += window.stepMs)
        if (at < end) found.push([start, end]);
  }
  const micros = (milliseconds: number): bigint => BigInt(milliseconds) * 1000n;
  return found.map(([start, end]) => [...row, micros(start), micros(end), micros(end) - 1000n]);
}
