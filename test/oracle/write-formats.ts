// Files as Flink writes them, and what Flink makes of ours: test/connectors/flink-files. Needs Maven for the Avro jar.
// Run: node test/oracle/write-formats.ts [case]
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkSession, flinkRows } from '../support/flink/gateway.ts';
import { flinkVersion } from '../support/flink/install.ts';
import { formatCases, valuesOf } from '../support/format-cases.ts';
import { openSession, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

const goldens = join(projectRoot, 'test', 'connectors', 'flink-files');
const work = mkdtempSync(join(tmpdir(), 'tidemill-formats-'));
chmodSync(work, 0o777);
mkdirSync(goldens, { recursive: true });

function jarOf(group: string, artifact: string, version: string): string {
  const jar = join(projectRoot, '.cache', 'flink', 'formats', `${artifact}-${version}.jar`);
  if (existsSync(jar)) return jar;
  execFileSync(
    'mvn',
    [
      '-q',
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
      `-Dartifact=${group}:${artifact}:${version}`,
      `-DoutputDirectory=${join(jar, '..')}`,
      '-Dmdep.useBaseVersion=true',
    ],
    { stdio: 'inherit' },
  );
  return jar;
}

const cluster = await startFlink({ slots: 2 });
const flink = await FlinkSession.open(cluster.gatewayPort, {
  'execution.runtime-mode': 'batch',
  'table.dml-sync': 'true',
  'parallelism.default': '1',
});
await flink.run(`ADD JAR '${jarOf('org.apache.flink', 'flink-sql-avro', flinkVersion)}'`);
const session = openSession({ name: 'default' });
const run = (sql: string) => runStatement(session, sql, work);
const reads = join(goldens, 'flink-reads.json');
const report: Record<string, { rows: string[]; ours: string[] }> =
  process.argv[2] !== undefined && existsSync(reads) ? JSON.parse(readFileSync(reads, 'utf8')) : {};
const wanted = process.argv[2];
for (const one of formatCases.filter(({ name }) => wanted === undefined || name === wanted)) {
  const table = (path: string): string =>
    `CREATE OR REPLACE TABLE t (${one.columns}) WITH ('connector' = 'filesystem', 'path' = '${path}', ${one.options})`;
  const theirs = join(work, `${one.name}-flink`);
  const ours = join(work, `${one.name}-tidemill`);
  const texts = `SELECT ${one.shown ?? '*'} FROM t`;
  await flink.run('DROP TABLE IF EXISTS t');
  await flink.run(table(theirs).replace('OR REPLACE ', ''));
  await flink.run(`INSERT INTO t ${valuesOf(one)}`);
  const part = readdirSync(theirs).find(name => name.startsWith('part-'))!;
  writeFileSync(join(goldens, `${one.name}.${one.ending}`), readFileSync(join(theirs, part)));
  const rows = flinkRows(await flink.run(texts));
  await run('DROP TABLE IF EXISTS t');
  await run(table(ours).replace('OR REPLACE ', ''));
  await run(`INSERT INTO t ${valuesOf(one)}`);
  await flink.run('DROP TABLE t');
  await flink.run(table(ours).replace('OR REPLACE ', ''));
  const read = flinkRows(await flink.run(texts));
  report[one.name] = { rows, ours: read };
  console.log(
    one.name,
    JSON.stringify(rows) === JSON.stringify(read) ? 'Flink reads ours as its own' : `DIFFERS\n${rows}\n${read}`,
  );
}
writeFileSync(reads, `${JSON.stringify(report, undefined, 2)}\n`);
await session.close();
await flink.close();
await cluster.stop();
rmSync(work, { recursive: true });
