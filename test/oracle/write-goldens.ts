// Asks a real Apache Flink 2.3 for the rows of every query in test/streams/queries and writes them to test/streams/golden.
// Run: npm run oracle:write [-- query …]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession, flinkRows } from '../support/flink/gateway.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { projectRoot } from '../support/source-files.ts';

const golden = join(projectRoot, 'test', 'streams', 'golden');
mkdirSync(golden, { recursive: true });
const cluster = await startFlink({ portOffset: 200 });
try {
  const session = await FlinkSession.open(cluster.gatewayPort, {
    'execution.runtime-mode': 'streaming',
    'parallelism.default': '1',
    'table.local-time-zone': 'UTC',
  });
  for (const statement of eventStatements()) await session.run(statement);
  const asked = process.argv.slice(2);
  for (const query of streamQueries().filter(({ name }) => asked.length === 0 || asked.includes(name))) {
    try {
      for (const statement of query.setup) await session.run(statement);
      const result = await session.run(query.sql);
      const rows = flinkRows(result);
      const columns = result.columns.map(column => `${column.name} ${column.type}`);
      writeFileSync(
        join(golden, `${query.name}.json`),
        `${JSON.stringify({ columns })}\n${rows.map(row => `${row}\n`).join('')}`,
      );
      process.stdout.write(`${query.name}: ${result.rows.length} changes, ${rows.length} rows\n`);
    } catch (error) {
      process.stdout.write(`${query.name}: ${error instanceof FlinkError ? error.rootCause : String(error)}\n`);
      process.exitCode = 1;
    }
  }
  await session.close();
} finally {
  await cluster.stop();
}
