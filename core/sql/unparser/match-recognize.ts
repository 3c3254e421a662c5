import type { MatchRecognize, RowPattern } from '../ast/query.ts';
import { sortItemsToSql } from './expressions.ts';
import { identifierToSql, namesToSql, type Printer, words } from './text.ts';

/** `MATCH_RECOGNIZE (…)`, without the table before it and the alias behind it. */
export function matchRecognizeToSql(node: MatchRecognize, print: Printer): string {
  const measures = node.measures.map(measure => `${print.expression(measure.expression)} AS ${identifierToSql(measure.alias)}`);
  const subsets = node.subsets.map(subset => `${identifierToSql(subset.name)} = ${namesToSql(subset.variables)}`);
  const define = node.define.map(
    definition => `${identifierToSql(definition.variable)} AS ${print.expression(definition.condition)}`,
  );
  const skip = node.skip && words(`AFTER MATCH SKIP ${node.skip.to}`, node.skip.variable && identifierToSql(node.skip.variable));
  const parts = words(
    node.partitionBy.length > 0 && `PARTITION BY ${node.partitionBy.map(key => print.expression(key)).join(', ')}`,
    node.orderBy.length > 0 && `ORDER BY ${sortItemsToSql(node.orderBy, print)}`,
    measures.length > 0 && `MEASURES ${measures.join(', ')}`,
    node.allRows ? 'ALL ROWS PER MATCH' : 'ONE ROW PER MATCH',
    skip,
    `PATTERN (${patternToSql(node.pattern)})`,
    node.within && `WITHIN ${print.expression(node.within)}`,
    subsets.length > 0 && `SUBSET ${subsets.join(', ')}`,
    define.length > 0 && `DEFINE ${define.join(', ')}`,
  );
  return `MATCH_RECOGNIZE (${parts})`;
}

function patternToSql(pattern: RowPattern): string {
  switch (pattern.kind) {
    case 'pattern-variable':
      return identifierToSql(pattern.name);
    case 'pattern-sequence':
      return pattern.parts
        .map(part =>
          part.kind === 'pattern-variable' || part.kind === 'pattern-repeat' ? patternToSql(part) : `(${patternToSql(part)})`,
        )
        .join(' ');
    case 'pattern-alternation':
      return pattern.parts
        .map(part => (part.kind === 'pattern-alternation' ? `(${patternToSql(part)})` : patternToSql(part)))
        .join(' | ');
    case 'pattern-repeat': {
      const { min, max } = pattern;
      const count =
        max === undefined
          ? min === 0
            ? '*'
            : min === 1
              ? '+'
              : `{${min},}`
          : min === 0 && max === 1
            ? '?'
            : min === max
              ? `{${min}}`
              : `{${min},${max}}`;
      const inner = patternToSql(pattern.pattern);
      return `${pattern.pattern.kind === 'pattern-variable' ? inner : `(${inner})`}${count}${pattern.reluctant ? '?' : ''}`;
    }
  }
}
