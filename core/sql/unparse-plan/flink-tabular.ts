import type { ProcessTable, TableCall } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { flinkExpression, flinkName } from './flink-expressions.ts';

const columnNames = (letter: string, count: number): string =>
  Array.from({ length: count }, (_, index) => letter + index).join(', ');

/** LATERAL TABLE(f(…)) as a join of `input` (a query in parentheses) with its own rows; both sides get column names of their own. */
export function tableCallText(node: TableCall, input: string): string {
  const place = (index: number): string =>
    index < node.kept.length ? `i.i${node.kept[index]}` : `u.u${index - node.kept.length}`;
  const items = schemaOf(node).map((field, index) => `${place(index)} AS ${flinkName(field.name)}`);
  const given = node.arguments.map(argument => flinkExpression(argument, index => `i.i${index}`));
  const from = `${input} AS i(${columnNames('i', schemaOf(node.input).length)})`;
  const call = `LATERAL TABLE(${node.function}(${given.join(', ')})) AS u(${columnNames('u', node.names.length)})`;
  if (!node.outer) return `SELECT ${items.join(', ')} FROM ${from} CROSS JOIN ${call}`;
  const condition = node.condition === undefined ? 'TRUE' : flinkExpression(node.condition, place);
  return `SELECT ${items.join(', ')} FROM ${from} LEFT JOIN ${call} ON ${condition}`;
}

/** f(TABLE t PARTITION BY …) over `input`, a query in parentheses. */
export function processText(node: ProcessTable, input: string): string {
  const fields = schemaOf(node.input);
  const { table, argumentNames } = node.shape;
  const by = (node.partitionBy ?? []).map(index => flinkName(fields[index]!.name));
  const partition = by.length === 0 ? '' : ` PARTITION BY (${by.join(', ')})`;
  const given = [
    `${flinkName(table.name)} => TABLE ${input}${partition}`,
    ...node.arguments.map((argument, index) => `${flinkName(argumentNames[index]!)} => ${flinkExpression(argument, () => '')}`),
    ...(node.onTime === undefined ? [] : [`on_time => DESCRIPTOR(${flinkName(fields[node.onTime]!.name)})`]),
    `uid => '${node.uid.replaceAll("'", "''")}'`,
  ];
  const names = node.names.map(flinkName).join(', ');
  return `SELECT * FROM ${node.function}(${given.join(', ')}) AS p(${names})`;
}
