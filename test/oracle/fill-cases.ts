// Asks a real Apache Flink 2.3 (batch mode) for the rows of every query in test/sql/cases that has no `----` yet, and writes them in;
// with --check compares all that are there instead. Files marked `only: tidemill` are left out.
// Run: npm run oracle:fill-cases
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession } from '../support/flink/gateway.ts';
import { flinkText } from '../support/flink/text.ts';
import { caseFolder, sqlCases } from '../support/sql-suite.ts';

const check = process.argv.includes('--check');
const cluster = await startFlink({ portOffset: 300 });
let differences = 0;
try {
  for (const sqlCase of sqlCases()) {
    if (sqlCase.onlyTidemill) continue;
    const session = await FlinkSession.open(cluster.gatewayPort, {
      'execution.runtime-mode': 'batch',
      'parallelism.default': '1',
      'table.local-time-zone': 'UTC',
    });
    const path = join(caseFolder, sqlCase.file);
    let text = readFileSync(path, 'utf8');
    for (const record of sqlCase.records) {
      if (record.kind === 'needs') continue;
      const sql = record.sql.replaceAll("'data/", `'${join(caseFolder, '..', 'data')}/`);
      try {
        const result = await session.run(sql);
        if (record.kind === 'error') process.stdout.write(`${sqlCase.file}:${record.line}: Flink accepts what we refuse\n`);
        if (record.kind !== 'query') continue;
        const rows = result.rows.map(row => row.map((value, index) => flinkText(value, result.columns[index]!)).join('|'));
        if (record.sorted) rows.sort();
        if (record.rows.length === 0 && !check)
          text = text.replace(`${record.sql}\n\n`, `${record.sql}\n----\n${rows.join('\n')}\n\n`);
        else if (JSON.stringify([...record.rows].sort()) !== JSON.stringify([...rows].sort())) {
          differences++;
          process.stdout.write(`${sqlCase.file}:${record.line}: Flink gives\n${rows.join('\n')}\n`);
        }
      } catch (error) {
        if (record.kind === 'error') continue;
        differences++;
        process.stdout.write(
          `${sqlCase.file}:${record.line}: ${error instanceof FlinkError ? error.rootCause : String(error)}\n`,
        );
      }
    }
    if (!check) writeFileSync(path, text);
    await session.close();
  }
} finally {
  await cluster.stop();
}
process.stdout.write(`${differences} differences\n`);
if (differences > 0) process.exitCode = 1;
