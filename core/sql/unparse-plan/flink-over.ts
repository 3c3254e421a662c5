import type { SortKey } from '../../plan/expressions.ts';
import type { Over } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { type FrameBound, isOverFunction, type OverCall } from '../../plan/windows.ts';
import { flinkAggregate, flinkExpression, flinkName } from './flink-expressions.ts';
import { durationMsToInterval } from './intervals.ts';

/** Functions with OVER as Flink SQL; ranks take no frame there. */
export function overText(node: Over, input: string, columnText: (index: number) => string): string {
  const partition = node.partitionBy.map(key => flinkExpression(key, columnText));
  const order = node.orderBy.map(key => sortKeyText(key, columnText));
  const items = node.calls.map((call, index) => {
    const parts = [
      partition.length > 0 ? `PARTITION BY ${partition.join(', ')}` : '',
      order.length > 0 ? `ORDER BY ${order.join(', ')}` : '',
      isOverFunction(call.name) || order.length === 0 ? '' : frameText(call),
    ];
    const window = parts.filter(part => part !== '').join(' ');
    return `${callText(call, columnText)} OVER (${window}) AS ${flinkName(node.names[index]!)}`;
  });
  const names = schemaOf(node.input).map(field => flinkName(field.name));
  return `SELECT ${[...names, ...items].join(', ')} FROM ${input}`;
}

export const sortKeyText = (key: SortKey, columnText: (index: number) => string): string =>
  `${flinkExpression(key.expression, columnText)}${key.descending ? ' DESC' : ''}${key.nullsFirst === !key.descending ? '' : ` NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`}`;

function callText(call: OverCall, columnText: (index: number) => string): string {
  if (!isOverFunction(call.name)) return flinkAggregate(call, columnText);
  const args = call.arguments.map(argument => flinkExpression(argument, columnText)).join(', ');
  return `${call.name.toUpperCase().replace('-', '_')}(${args})`;
}

function frameText({ frame }: OverCall): string {
  return `${frame.unit.toUpperCase()} BETWEEN ${boundText(frame.start)} AND ${boundText(frame.end)}`;
}

function boundText(bound: FrameBound): string {
  const words = bound.kind.toUpperCase().replace('-', ' ');
  if (!('offset' in bound)) return words;
  const { value, type } = bound.offset;
  const text = type.kind === 'INTERVAL_DAY_TIME' ? durationMsToInterval(Number(value)) : flinkExpression(bound.offset, () => '');
  return `${text} ${words}`;
}
