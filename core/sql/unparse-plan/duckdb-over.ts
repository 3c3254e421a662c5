import type { Expression, SortKey } from '../../plan/expressions.ts';
import type { Expand, Over } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { FrameBound, OverCall } from '../../plan/windows.ts';
import { duckdbExpression, NotForDuckdb, requireType } from './duckdb-expressions.ts';

const name = (index: number): string => `c${index}`;
const show = (expression: Expression): string => duckdbExpression(expression, name);

/** Every row once per projection, told apart by a number. */
export function expandText(node: Expand, input: string): string {
  const numbers = node.projections.map((_, index) => index);
  const fields = schemaOf(node);
  const columns = fields.map((field, index) => {
    const branches = node.projections.map((projection, number) => `WHEN ${number} THEN ${show(projection[index]!)}`);
    return `CAST(CASE k ${branches.join(' ')} END AS ${requireType(field.type)}) AS ${name(index)}`;
  });
  return `SELECT ${columns.join(', ')} FROM (SELECT *, unnest([${numbers.join(', ')}]) AS k FROM (${input}))`;
}

/** Functions that count places, and aggregates that are the same number by number. */
export function overText(node: Over, input: string): string {
  const partition = node.partitionBy.map(show);
  const order = node.orderBy.map(sortText);
  const width = schemaOf(node.input).length;
  const window = (call: OverCall): string => {
    const parts = [
      partition.length > 0 ? `PARTITION BY ${partition.join(', ')}` : '',
      order.length > 0 ? `ORDER BY ${order.join(', ')}` : '',
      ranks[call.name] === undefined ? frameText(call) : '',
    ];
    return `OVER (${parts.filter(part => part !== '').join(' ')})`;
  };
  const columns = node.calls.map(
    (call, index) => `CAST(${callText(call)} ${window(call)} AS ${requireType(call.type)}) AS ${name(width + index)}`,
  );
  return `SELECT *, ${columns.join(', ')} FROM (${input})`;
}

const ranks: Readonly<Record<string, string>> = {
  'row-number': 'row_number()',
  rank: 'rank()',
  'dense-rank': 'dense_rank()',
  'percent-rank': 'percent_rank()',
  'cume-dist': 'cume_dist()',
};
const exact = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'DECIMAL',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'VARCHAR',
  'CHAR',
]);

function callText(call: OverCall): string {
  const rank = ranks[call.name];
  if (rank !== undefined) return rank;
  const args = call.arguments.map(show);
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${show(call.filter)})`;
  const distinct = call.distinct ? 'DISTINCT ' : '';
  const type = call.arguments[0]?.type.kind;
  if (call.name === 'count') return `count(${args.length === 0 ? '*' : `${distinct}${args.join(', ')}`})${filter}`;
  if ((call.name === 'min' || call.name === 'max') && exact.has(type!)) return `${call.name}(${args[0]})${filter}`;
  throw new NotForDuckdb(`${call.name.toUpperCase().replaceAll('-', '_')} with OVER is not proven the same in DuckDB`);
}

const sortText = (key: SortKey): string =>
  `${show(key.expression)} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`;

function frameText({ frame }: OverCall): string {
  if (frame.unit === 'range' && ('offset' in frame.start || 'offset' in frame.end))
    throw new NotForDuckdb('RANGE with a distance stays on our operators');
  return `${frame.unit.toUpperCase()} BETWEEN ${boundText(frame.start)} AND ${boundText(frame.end)}`;
}

function boundText(bound: FrameBound): string {
  const words = bound.kind.toUpperCase().replace('-', ' ');
  return 'offset' in bound ? `${bound.offset.value} ${words}` : words;
}
