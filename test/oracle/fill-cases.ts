// Asks a real Apache Flink 2.3 (batch mode) for the rows of every query in test/sql/cases that has no `----` yet, and writes them in;
// with --check compares all that are there instead. Files marked `only: tidemill` are left out.
// Run: node test/oracle/fill-cases.ts [--check]
import { startFlink } from '../support/flink/cluster.ts';
import { askFlinkForCases } from './flink-cases.ts';

const cluster = await startFlink({ portOffset: 300 });
try {
  const report = await askFlinkForCases(cluster, { write: !process.argv.includes('--check') });
  for (const line of [...report.accepted, ...report.differences]) process.stdout.write(`${line}\n`);
  process.stdout.write(`${report.queries} queries, ${report.differences.length} differences\n`);
  if (report.differences.length > 0) process.exitCode = 1;
} finally {
  await cluster.stop();
}
