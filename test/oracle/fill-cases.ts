// Asks a real Apache Flink 2.3 (batch mode) for the rows of every query in test/sql/cases that has no `----` yet, and writes them in;
// with --check compares all that are there instead. Files marked `only: tidemill` are left out.
// Run: node test/oracle/fill-cases.ts [--check] [file.sqltest …]
import { startFlink } from '../support/flink/cluster.ts';
import { askFlinkForCases } from './flink-cases.ts';

const cluster = await startFlink({ portOffset: 300 });
try {
  const files = process.argv.slice(2).filter(argument => argument.endsWith('.sqltest'));
  const report = await askFlinkForCases(cluster, {
    write: !process.argv.includes('--check'),
    ...(files.length > 0 && { files }),
  });
  for (const line of [...report.accepted, ...report.differences]) process.stdout.write(`${line}\n`);
  process.stdout.write(`${report.queries} queries, ${report.differences.length} differences\n`);
  if (report.differences.length > 0) process.exitCode = 1;
} finally {
  await cluster.stop();
}
