import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlinkCluster } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession } from '../support/flink/gateway.ts';
import { flinkText } from '../support/flink/text.ts';
import { caseFolder, type SqlCase, sqlCases } from '../support/sql-suite.ts';

/** What was done with test/sql/cases; `differences` are texts to print. */
export interface CaseReport {
  readonly queries: number;
  readonly differences: readonly string[];
  /** Statements that Flink accepts and we refuse: known gaps, not wrong rows. */
  readonly accepted: readonly string[];
}

/**
 * Has Flink (batch mode) run every statement of test/sql/cases: with `write` the rows of queries that have none yet are written into the file,
 * else all are compared. Files marked `only: tidemill` are left out.
 */
export async function askFlinkForCases(
  cluster: FlinkCluster,
  options: { readonly write: boolean; readonly files?: readonly string[] | undefined },
): Promise<CaseReport> {
  const report = { queries: 0, differences: [] as string[], accepted: [] as string[] };
  for (const sqlCase of sqlCases())
    if (!sqlCase.onlyTidemill && (options.files?.includes(sqlCase.file) ?? true))
      await askForCase(cluster, sqlCase, options.write, report);
  return report;
}

async function askForCase(
  cluster: FlinkCluster,
  sqlCase: SqlCase,
  write: boolean,
  report: { queries: number; readonly differences: string[]; readonly accepted: string[] },
): Promise<void> {
  const session = await FlinkSession.open(cluster.gatewayPort, {
    'execution.runtime-mode': 'batch',
    'parallelism.default': '1',
    'table.local-time-zone': 'UTC',
  });
  const path = join(caseFolder, sqlCase.file);
  let text = readFileSync(path, 'utf8');
  for (const record of sqlCase.records) {
    if (record.kind === 'needs') continue;
    const at = `${sqlCase.file}:${record.line}`;
    try {
      const result = await session.run(record.sql.replaceAll("'data/", `'${join(caseFolder, '..', 'data')}/`));
      if (record.kind === 'error') report.accepted.push(`${at}: Flink accepts what we refuse`);
      if (record.kind !== 'query') continue;
      report.queries++;
      const rows = result.rows.map(row => row.map((value, index) => flinkText(value, result.columns[index]!)).join('|'));
      if (record.sorted) rows.sort();
      if (record.rows.length === 0 && write)
        text = text.replace(`${record.sql}\n\n`, () => `${record.sql}\n----\n${rows.join('\n')}\n\n`);
      else if (JSON.stringify([...record.rows].sort()) !== JSON.stringify([...rows].sort()))
        report.differences.push(`${at}: Flink gives\n${rows.join('\n')}`);
    } catch (error) {
      if (record.kind !== 'error')
        report.differences.push(`${at}: ${error instanceof FlinkError ? error.rootCause : String(error)}`);
    }
  }
  if (write) writeFileSync(path, text);
  await session.close();
}
