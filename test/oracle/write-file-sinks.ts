// node test/oracle/write-file-sinks.ts: what files real Flink 2.3 leaves of a few INSERTs, for test/connectors/file-sink.test.ts.
// FLINK_PORTS=rest,gateway names a cluster that runs already, on this machine.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession } from '../support/flink/gateway.ts';

const rows = `(VALUES ('a', 1, '2026-01-01', '10'), ('b', 2, '2026-01-01', '11'), ('c', 3, '2026-01-02', '10'), (CAST(NULL AS STRING), 4, '2026-01-02', ''), ('e/f', 5, 'a b:c', '=')) AS x(k, v, dt, hr)`;
const table = (options: Record<string, string>, partitions: string): string =>
  `CREATE TABLE out_files (k STRING, v INT, dt STRING, hr STRING) ${partitions} WITH (${Object.entries({
    connector: 'filesystem',
    path: '{path}',
    ...options,
  })
    .map(([key, value]) => `'${key}' = '${value}'`)
    .join(', ')})`;
const insert = `INSERT INTO out_files SELECT k, v, dt, hr FROM ${rows}`;
const byBoth = 'PARTITIONED BY (dt, hr)';
const success = { 'sink.partition-commit.policy.kind': 'success-file' };

const cases: Readonly<Record<string, readonly string[]>> = {
  plain: [table({ format: 'json' }, ''), insert],
  'in partitions': [table({ format: 'json' }, byBoth), insert],
  'in partitions, csv': [table({ format: 'csv' }, 'PARTITIONED BY (hr)'), insert],
  'default name': [table({ format: 'json', 'partition.default-name': 'nothing' }, byBoth), insert],
  announced: [table({ format: 'json', ...success }, byBoth), insert],
  'announced by name': [table({ format: 'csv', ...success, 'sink.partition-commit.success-file.name': 'DONE' }, byBoth), insert],
  'announced by time': [
    table(
      {
        format: 'csv',
        ...success,
        'sink.partition-commit.trigger': 'partition-time',
        'partition.time-extractor.timestamp-pattern': '$dt $hr:00:00',
        'sink.partition-commit.delay': '1 h',
      },
      byBoth,
    ),
    "INSERT INTO out_files SELECT k, v, dt, hr FROM (VALUES ('a', 1, '2026-01-01', '10'), ('b', 2, '2026-01-01', '11')) AS x(k, v, dt, hr)",
  ],
  'nothing to announce': [table({ format: 'json', ...success }, ''), insert],
  rolled: [table({ format: 'json', 'sink.rolling-policy.file-size': '40 b' }, ''), insert],
  // of CSV Flink counts what its writer has let go of, which is nothing for so few rows
  'rolled, larger': [table({ format: 'json', 'sink.rolling-policy.file-size': '90 b' }, ''), insert],
  'with a metastore': [table({ format: 'json', 'sink.partition-commit.policy.kind': 'metastore' }, byBoth), insert],
  'with no such policy': [table({ format: 'json', 'sink.partition-commit.policy.kind': 'nonsense' }, byBoth), insert],
  'with no such trigger': [table({ format: 'json', ...success, 'sink.partition-commit.trigger': 'nonsense' }, byBoth), insert],
};

function files(path: string, below = ''): [string, string][] {
  return readdirSync(join(path, below))
    .filter(name => !name.startsWith('.'))
    .sort()
    .flatMap(name => {
      const inside = join(below, name);
      return statSync(join(path, inside)).isDirectory()
        ? files(path, inside)
        : [[inside, readFileSync(join(path, inside), 'utf8')]];
    });
}

const flink = await startFlink();
const session = await FlinkSession.open(flink.gatewayPort, { 'table.dml-sync': 'true', 'parallelism.default': '1' });
const root = mkdtempSync(join(tmpdir(), 'tidemill-flink-files-'));
chmodSync(root, 0o777);
const found: Record<string, { statements: readonly string[]; files: Record<string, string> | null }> = {};
for (const [name, statements] of Object.entries(cases)) {
  const path = join(root, name.replaceAll(/\W+/g, '-'));
  mkdirSync(path);
  chmodSync(path, 0o777);
  try {
    for (const statement of statements) await session.run(statement.replaceAll('{path}', path));
    found[name] = { statements, files: Object.fromEntries(files(path)) };
  } catch (error) {
    if (!(error instanceof FlinkError)) throw error;
    found[name] = { statements, files: null };
  }
  await session.run('DROP TABLE IF EXISTS out_files').catch(() => undefined);
}
await session.close();
await flink.stop();
rmSync(root, { recursive: true, force: true });
const target = new URL('../connectors/golden/file-sinks.json', import.meta.url);
mkdirSync(new URL('.', target), { recursive: true });
writeFileSync(target, `${JSON.stringify(found, undefined, 2)}\n`);
process.stdout.write(`${Object.keys(found).length} cases\n`);
