import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

export const flinkTypesFile = join(projectRoot, 'test', 'sql-binder', 'flink-types.json');

/** The expressions of test/sql-binder/typed-expressions.txt as queries over one table of many columns. */
export function typedExpressions(): { readonly columns: string; readonly queries: readonly string[] } {
  const lines = readFileSync(join(projectRoot, 'test', 'sql-binder', 'typed-expressions.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  const columns = lines.find(line => line.startsWith('# Columns: '))!.slice('# Columns: '.length);
  const queries: string[] = [];
  let aggregates = false;
  for (const line of lines) {
    if (line.startsWith('#')) continue;
    if (line === '---') aggregates = true;
    else if (aggregates) queries.push(`SELECT ${line} AS z FROM x`, `SELECT ${line} AS z FROM x GROUP BY bo`);
    else queries.push(`SELECT ${line} AS z FROM x`);
  }
  return { columns, queries };
}
