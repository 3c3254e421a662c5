import type { Unnest } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { flinkExpression, flinkName } from './flink-expressions.ts';

/** UNNEST as a join of `input` (a query in parentheses) with its own rows; both sides get column names of their own. */
export function unnestText(node: Unnest, input: string): string {
  const fields = schemaOf(node);
  const place = (index: number): string =>
    index < node.kept.length ? `i.i${node.kept[index]}` : `u.u${index - node.kept.length}`;
  const names = (letter: string, count: number): string => Array.from({ length: count }, (_, index) => letter + index).join(', ');
  const items = fields.map((field, index) => `${place(index)} AS ${flinkName(field.name)}`).join(', ');
  const collection = flinkExpression(node.collection, index => `i.i${index}`);
  const from = `${input} AS i(${names('i', schemaOf(node.input).length)})`;
  const elements = `UNNEST(${collection})${node.ordinality ? ' WITH ORDINALITY' : ''} AS u(${names('u', node.names.length)})`;
  if (!node.outer) return `SELECT ${items} FROM ${from} CROSS JOIN ${elements}`;
  const condition = node.condition === undefined ? 'TRUE' : flinkExpression(node.condition, place);
  return `SELECT ${items} FROM ${from} LEFT JOIN ${elements} ON ${condition}`;
}
