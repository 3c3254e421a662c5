import type { Schema } from '../../columnar/types.ts';
import type { Expression } from '../../plan/expressions.ts';
import {
  type Aggregate,
  inputsOf,
  type Join,
  type LogicalNode,
  type Scan,
  type Sort,
  type WindowTable,
} from '../../plan/nodes.ts';
import { ordersByTime } from '../../plan/over-properties.ts';
import { schemaOf } from '../../plan/schema.ts';
import { duckdbAggregate, duckdbExpression, duckdbLiteral, NotForDuckdb, requireType } from './duckdb-expressions.ts';
import { expandText, overText } from './duckdb-over.ts';
import { duckdbName } from './duckdb-types.ts';

/** What of a plan DuckDB can do: its text, or the node that it cannot, and why. */
export type DuckdbText =
  | { readonly kind: 'text'; readonly sql: string; readonly schema: Schema; readonly ordered: boolean }
  | { readonly kind: 'no'; readonly node: LogicalNode; readonly reason: string };

export interface DuckdbTextOptions {
  /** A relation in DuckDB's SQL for a table, e.g. `read_parquet('f.parquet')`, or why there is none. */
  readonly relation: (scan: Scan) => { readonly relation: string } | { readonly reason: string };
  /** In a batch windows are plain columns and watermarks mean nothing. */
  readonly batch: boolean;
}

/**
 * A bounded plan as one statement of DuckDB that gives the same rows and types: column names are c0, c1, …, NULL order is explicit, and what is
 * not proven the same is refused with a reason.
 */
export function duckdbTextOf(plan: LogicalNode, options: DuckdbTextOptions): DuckdbText {
  let current = plan;
  const select = (node: LogicalNode): string => {
    current = node;
    const inputs = inputsOf(node).map(select);
    current = node;
    for (const field of schemaOf(node)) requireType(field.type);
    return selectOf(node, inputs, options);
  };
  try {
    return { kind: 'text', sql: select(plan), schema: schemaOf(plan), ordered: isOrdered(plan) };
  } catch (error) {
    if (error instanceof NotForDuckdb) return { kind: 'no', node: current, reason: error.message };
    throw error;
  }
}

function isOrdered(node: LogicalNode): boolean {
  if (node.kind === 'sort') return true;
  return (node.kind === 'limit' || node.kind === 'project') && isOrdered(node.input);
}

const name = (index: number): string => `c${index}`;
const named = (texts: readonly string[]): string => texts.map((text, index) => `${text} AS ${name(index)}`).join(', ');
const names = (node: LogicalNode): string[] => schemaOf(node).map((_, index) => name(index));

function selectOf(node: LogicalNode, inputs: readonly string[], options: DuckdbTextOptions): string {
  const show = (expression: Expression): string => duckdbExpression(expression, name);
  const from = inputs.length === 1 ? `FROM (${inputs[0]})` : '';
  switch (node.kind) {
    case 'scan':
      return scanText(node, options);
    case 'values': {
      if (node.rows.length === 0) return `SELECT ${named(node.schema.map(field => duckdbLiteral(null, field.type)))} WHERE FALSE`;
      const rows = node.rows.map(
        row => `(${row.map((value, index) => duckdbLiteral(value, node.schema[index]!.type)).join(', ')})`,
      );
      return `SELECT * FROM (VALUES ${rows.join(', ')}) AS v(${names(node).join(', ')})`;
    }
    case 'filter':
      return `SELECT * ${from} WHERE ${show(node.condition)}`;
    case 'project':
      return `SELECT ${named(node.expressions.map(show))} ${from}`;
    case 'watermark':
      return inputs[0]!;
    case 'window-table':
      if (!options.batch) throw new NotForDuckdb('event time stays on our operators');
      return windowText(node, inputs[0]!);
    case 'aggregate':
      return aggregateText(node, inputs[0]!);
    case 'sort':
      return `SELECT * ${from} ORDER BY ${sortText(node)}`;
    case 'limit':
      return limitText(node, inputs[0]!);
    case 'union':
      return inputs.map(input => `(${input})`).join(' UNION ALL ');
    case 'join':
      return joinText(node, inputs);
    case 'set-operation':
      return inputs.map(input => `(${input})`).join(` ${node.operator.toUpperCase()}${node.all ? ' ALL' : ''} `);
    case 'expand':
      return expandText(node, inputs[0]!);
    case 'unnest':
      throw new NotForDuckdb('collections are ours');
    case 'table-call':
    case 'process-table':
      throw new NotForDuckdb('user functions are ours');
    case 'over':
      if (!options.batch && ordersByTime(node)) throw new NotForDuckdb('event time stays on our operators');
      return overText(node, inputs[0]!);
    case 'match-recognize':
      throw new NotForDuckdb('patterns are ours');
    case 'insert':
      throw new NotForDuckdb('sinks are ours');
  }
}

function scanText(node: Scan, options: DuckdbTextOptions): string {
  // the condition and the limit are part of the text here
  const found = options.relation({ ...node, filter: undefined, limit: undefined });
  if ('reason' in found) throw new NotForDuckdb(found.reason);
  const columns = node.columns.map(index => {
    const field = node.source.schema[index]!;
    return `CAST(${duckdbName(field.name)} AS ${requireType(field.type)})`;
  });
  const base = `SELECT ${named(columns)} FROM ${found.relation}`;
  const filtered = node.filter === undefined ? base : `SELECT * FROM (${base}) WHERE ${duckdbExpression(node.filter, name)}`;
  return node.limit === undefined ? filtered : `SELECT * FROM (${filtered}) LIMIT ${node.limit}`;
}

function aggregateText(node: Aggregate, input: string): string {
  const keys = node.keys.map(key => duckdbExpression(key, name));
  const calls = node.aggregates.map(call => duckdbAggregate(call, name));
  const groupBy = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`;
  return `SELECT ${named([...keys, ...calls])} FROM (${input})${groupBy}`;
}

/** Both sides under names of their own; DuckDB has all kinds but `mark`, which is EXISTS there. */
function joinText(node: Join, inputs: readonly string[]): string {
  const width = schemaOf(node.left).length;
  const columnText = (index: number): string => (index < width ? `l.${name(index)}` : `r.${name(index - width)}`);
  const condition = node.condition === undefined ? 'TRUE' : duckdbExpression(node.condition, columnText);
  const left = `(${inputs[0]}) AS l`;
  const right = `(${inputs[1]}) AS r`;
  const rightColumns = schemaOf(node.right).map((_, index) => `r.${name(index)} AS ${name(width + index)}`);
  switch (node.join) {
    case 'semi':
    case 'anti':
      return `SELECT * FROM ${left} ${node.join.toUpperCase()} JOIN ${right} ON ${condition}`;
    case 'mark':
      return `SELECT l.*, EXISTS (SELECT 1 FROM ${right} WHERE ${condition}) AS ${name(width)} FROM ${left}`;
    case 'inner':
    case 'left':
    case 'right':
    case 'full':
      return `SELECT ${['l.*', ...rightColumns].join(', ')} FROM ${left} ${node.join.toUpperCase()} JOIN ${right} ON ${condition}`;
  }
}

function sortText(node: Sort): string {
  return node.keys
    .map(
      key =>
        `${duckdbExpression(key.expression, name)} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`,
    )
    .join(', ');
}

function limitText(node: Extract<LogicalNode, { kind: 'limit' }>, input: string): string {
  const count = node.count === undefined ? '' : ` LIMIT ${node.count}`;
  const offset = node.offset === 0 ? '' : ` OFFSET ${node.offset}`;
  // a sort's own text ends in its ORDER BY, which the limit must follow directly for DuckDB's top-n
  return node.input.kind === 'sort' ? `${input}${count}${offset}` : `SELECT * FROM (${input})${count}${offset}`;
}

/** Windows in whole microseconds since 1970, floored also before it. Rows without a time belong to no window. */
function windowText(node: WindowTable, input: string): string {
  const { window } = node;
  if (window.kind === 'session') throw new NotForDuckdb('SESSION windows are ours');
  const width = schemaOf(node.input).length;
  const time = `epoch_us(${name(node.timeColumn)})`;
  const us = (milliseconds: number): string => `${BigInt(milliseconds) * 1000n}`;
  const floorTo = (size: number): string =>
    `(${time} - ((((${time} - ${us(window.offsetMs)}) % ${us(size)}) + ${us(size)}) % ${us(size)}))`;
  const old = Array.from({ length: width }, (_, index) => name(index)).join(', ');
  const own = (start: string, end: string, from: string): string =>
    `SELECT ${old}, make_timestamp(${start}) AS ${name(width)}, make_timestamp(${end}) AS ${name(width + 1)}, make_timestamp(${end} - 1000) AS ${name(width + 2)} FROM ${from}`;
  const rows = `(SELECT * FROM (${input}) WHERE ${name(node.timeColumn)} IS NOT NULL)`;
  const numbered = (first: string, count: number, last: string): string =>
    `(SELECT *, ${last} AS w, unnest(range(${first}, ${count})) AS k FROM ${rows})`;
  switch (window.kind) {
    case 'tumble':
      return own('w', `w + ${us(window.sizeMs)}`, `(SELECT *, ${floorTo(window.sizeMs)} AS w FROM ${rows})`);
    case 'hop': {
      const start = `w - k * ${us(window.slideMs)}`;
      return own(
        start,
        `${start} + ${us(window.sizeMs)}`,
        numbered('0', window.sizeMs / window.slideMs, floorTo(window.slideMs)),
      );
    }
    case 'cumulate': {
      const first = `CAST((${time} - ${floorTo(window.sizeMs)}) // ${us(window.stepMs)} AS BIGINT)`;
      return own(
        'w',
        `w + (k + 1) * ${us(window.stepMs)}`,
        numbered(first, window.sizeMs / window.stepMs, floorTo(window.sizeMs)),
      );
    }
  }
}
