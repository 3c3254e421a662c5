import type { Expression } from '../../plan/expressions.ts';
import type { MatchRecognize } from '../../plan/nodes.ts';
import { type MatchSkip, type MatchTerm, patternToString } from '../../plan/patterns.ts';
import { schemaOf } from '../../plan/schema.ts';
import { flinkAggregate, flinkExpression, flinkName } from './flink-expressions.ts';
import { sortKeyText } from './flink-over.ts';
import { durationMsToInterval } from './intervals.ts';

/** A pattern as Flink SQL. Terms become calls again: `LAST(A.price, 1)`, `SUM(A.price)`. */
export function matchText(node: MatchRecognize, input: string): string {
  const fields = schemaOf(node.input);
  const plain = (index: number): string => flinkName(fields[index]!.name);
  const over =
    (variable: string | undefined) =>
    (index: number): string =>
      variable === undefined ? plain(index) : `${flinkName(variable)}.${plain(index)}`;
  const texts = node.terms.map((term): string => termText(term, over(term.variable)));
  const columnText = (index: number): string => (index < fields.length ? plain(index) : texts[index - fields.length]!);
  const text = (expression: Expression): string => flinkExpression(expression, columnText);
  const conditions = Object.entries(node.conditions).map(([name, condition]) => `${flinkName(name)} AS ${text(condition)}`);
  const measures = node.measures.map((measure, index) => `${text(measure)} AS ${flinkName(node.names[index]!)}`);
  const parts = [
    node.partitionBy.length > 0 ? `PARTITION BY ${node.partitionBy.map(plain).join(', ')}` : '',
    `ORDER BY ${node.orderBy.map(key => sortKeyText(key, plain)).join(', ')}`,
    measures.length > 0 ? `MEASURES ${measures.join(', ')}` : '',
    'ONE ROW PER MATCH',
    `AFTER MATCH ${skipText(node.skip)}`,
    `PATTERN (${patternToString(node.pattern)})${node.withinMs === undefined ? '' : ` WITHIN ${durationMsToInterval(node.withinMs)}`}`,
    conditions.length > 0 ? `DEFINE ${conditions.join(', ')}` : '',
  ];
  return `SELECT * FROM ${input} MATCH_RECOGNIZE (${parts.filter(part => part !== '').join(' ')})`;
}

function termText(term: MatchTerm, columnText: (index: number) => string): string {
  if (term.kind === 'aggregate') return flinkAggregate(term.call, columnText);
  const offset = term.offset === 0 ? '' : `, ${term.offset}`;
  return `${term.from.toUpperCase()}(${flinkExpression(term.expression, columnText)}${offset})`;
}

function skipText(skip: MatchSkip): string {
  switch (skip.kind) {
    case 'past-last-row':
      return 'SKIP PAST LAST ROW';
    case 'to-next-row':
      return 'SKIP TO NEXT ROW';
    case 'to-first':
      return `SKIP TO FIRST ${flinkName(skip.variable)}`;
    case 'to-last':
      return `SKIP TO LAST ${flinkName(skip.variable)}`;
  }
}
