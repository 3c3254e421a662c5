import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Schema, types } from '../../core/columnar/types.ts';
import { createTopics } from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { clientPort } from '../../core/connectors/kafka/producer/client-port.ts';
import { type ProducerPort, realTime } from '../../core/connectors/kafka/producer/port.ts';
import { sinkSettings } from '../../core/connectors/kafka/sink/settings.ts';
import { KafkaWriter } from '../../core/connectors/kafka/sink/writer.ts';
import { describeSink } from '../conformance/sink-conformance.ts';
import { tidemill } from '../support/command-line.ts';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkSession, flinkRows } from '../support/flink/gateway.ts';
import { installFlinkKafka } from '../support/flink/kafka-connector.ts';
import { brokerForTests } from '../support/kafka/test-broker.ts';
import { openSession, runStatement } from '../support/run-statements.ts';

const broker = brokerForTests('kafka-sink');
const { folder } = broker;

let topics = 0;
async function newTopic(partitions = 1, configuration?: Readonly<Record<string, string>>): Promise<string> {
  const name = `sink-${++topics}`;
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': broker.kafka.bootstrap }));
  await createTopics(client, [{ name, partitions, ...(configuration && { configuration }) }]);
  client.close();
  return name;
}

const withOptions = (options: Readonly<Record<string, string>>): string =>
  Object.entries({ connector: 'kafka', 'properties.bootstrap.servers': broker.kafka.bootstrap, ...options })
    .map(([key, value]) => `'${key}' = '${value}'`)
    .join(', ');
const bounded = { 'scan.startup.mode': 'earliest-offset', 'scan.bounded.mode': 'latest-offset' };

/** Runs a program to its end; rows of its queries as JSON texts. */
async function run(sql: string, flags: readonly string[] = []): Promise<string[]> {
  const file = join(folder, 'program.sql');
  writeFileSync(file, sql);
  const { code, stdout, stderr } = await tidemill(['run', file, '--output', 'json', ...flags]);
  expect(code, stderr).toBe(0);
  return stdout.split('\n').filter(Boolean);
}

describe('what is written is read', () => {
  it.each([
    ['json', 'none'],
    ['json', 'gzip'],
    ['json', 'snappy'],
    ['json', 'lz4'],
    ['json', 'zstd'],
    ['csv', 'lz4'],
    ['avro', 'snappy'],
  ])('%s, packed by %s, by key to partitions', async (format, compression) => {
    const topic = await newTopic(3);
    const columns = 'id BIGINT, name STRING, price DECIMAL(10, 2), at_time TIMESTAMP(3)';
    const common = { topic, 'key.format': 'json', 'key.fields': 'name', 'value.format': format };
    const found = await run(`
CREATE TABLE t (${columns}) WITH (${withOptions({ ...common, ...bounded, 'properties.compression.type': compression })});
CREATE TABLE g (${columns}) WITH ('connector' = 'datagen', 'number-of-rows' = '20000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '20000', 'fields.name.length' = '3');
INSERT INTO t SELECT * FROM g;
SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, SUM(id) AS total FROM t;
`);
    expect(found).toEqual(['{"n":20000,"ids":20000,"total":200010000}']);
  });

  it('exactly once and at least once, by several writers', async () => {
    for (const guarantee of ['exactly-once', 'at-least-once', 'none']) {
      const topic = await newTopic(4);
      const options = { topic, format: 'json', 'sink.delivery-guarantee': guarantee, 'sink.transactional-id-prefix': topic };
      const found = await run(
        `CREATE TABLE t (id BIGINT) WITH (${withOptions({ ...options, ...bounded, 'properties.isolation.level': 'read_committed' })});
CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '30000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '30000');
INSERT INTO t SELECT * FROM g;
SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM t;`,
        ['--parallelism', '2'],
      );
      expect(found, guarantee).toEqual(['{"n":30000,"ids":30000}']);
    }
  });

  it('exactly once, by two INSERTs into one table', async () => {
    const topic = await newTopic(2);
    const options = { topic, format: 'json', 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': topic };
    const found = await run(
      `CREATE TABLE t (id BIGINT) WITH (${withOptions({ ...options, ...bounded, 'properties.isolation.level': 'read_committed' })});
CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '4000', 'rows-per-second' = '2000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '4000');
EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT id FROM g; INSERT INTO t SELECT -id FROM g; END;
SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, SUM(id) AS total FROM t;`,
      ['--checkpoints', join(folder, 'two-inserts'), '--set', 'execution.checkpointing.interval=200ms'],
    );
    expect(found).toEqual(['{"n":8000,"ids":8000,"total":0}']);
  });

  it('a compacted topic takes no rows without key, and says so', async () => {
    const topic = await newTopic(1, { 'cleanup.policy': 'compact' });
    const file = join(folder, 'compact.sql');
    writeFileSync(file, `CREATE TABLE t (id BIGINT) WITH (${withOptions({ topic, format: 'json' })}); INSERT INTO t VALUES (1);`);
    const { code, stderr } = await tidemill(['run', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/error\[kafka-write\]: partition 0 of topic '.*' does not take records: INVALID_RECORD/);
    expect(stderr).toContain('A compacted topic takes only records with a key.');
  });

  it('names both figures when transactions may not stay open for so long', async () => {
    const topic = await newTopic();
    const file = join(folder, 'timeout.sql');
    const options = { topic, format: 'json', 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': topic };
    writeFileSync(
      file,
      `CREATE TABLE t (id BIGINT) WITH (${withOptions({ ...options, 'properties.transaction.timeout.ms': '3600001' })}); INSERT INTO t VALUES (1);`,
    );
    const { code, stderr } = await tidemill(['run', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "'properties.transaction.timeout.ms' is 3600001, and the brokers allow at most 3600000 (transaction.max.timeout.ms)",
    );
  });
});

describe('with real Flink', () => {
  let flink: Awaited<ReturnType<typeof startFlink>>;
  let session: FlinkSession;
  beforeAll(async () => {
    flink = await startFlink({ portOffset: 700 });
    session = await FlinkSession.open(flink.gatewayPort);
    await session.run(`ADD JAR '${installFlinkKafka()}'`);
  });
  afterAll(async () => {
    await session?.close();
    await flink?.stop();
  });

  const columns = 'id BIGINT, name STRING, price DECIMAL(10, 2), at_time TIMESTAMP(3), tags ARRAY<STRING>';
  const rows = `SELECT CAST(id AS BIGINT), name, price, CAST(at_time AS TIMESTAMP(3)), ARRAY['a', 'b'] FROM (VALUES
 (1, 'one', 1.50, TIMESTAMP '2026-01-02 03:04:05.678'), (2, CAST(NULL AS STRING), 22.00, CAST(NULL AS TIMESTAMP)), (3, 'drei', CAST(NULL AS DECIMAL(10, 2)), TIMESTAMP '2026-12-31 23:59:59')) AS t (id, name, price, at_time)`;

  it.each(['json', 'csv'])('each reads what the other wrote: %s', async format => {
    const topic = await newTopic(2);
    // of CSV without a text for NULL, Flink reads no empty numbers
    const ofFormat: Readonly<Record<string, string>> = format === 'csv' ? { 'value.csv.null-literal': '-' } : {};
    const table = `(${columns}, sent TIMESTAMP_LTZ(3) METADATA FROM 'timestamp') WITH (${withOptions({ topic, ...ofFormat, 'value.format': format, 'key.format': 'json', 'key.fields': 'id', ...bounded })})`;
    const read = 'SELECT id, name, price, at_time, tags, CAST(sent AS BIGINT) > 0 AS sent FROM';
    const withTime = `SELECT *, CURRENT_TIMESTAMP FROM (${rows})`;
    await run(`CREATE TABLE ours ${table}; INSERT INTO ours ${withTime};`);
    await session.run(`CREATE TEMPORARY TABLE theirs_${format} ${table}`);
    const query = read.replace('CAST(sent AS BIGINT) > 0', 'sent > TO_TIMESTAMP_LTZ(0, 3)');
    const once = flinkRows(await session.run(`${query} theirs_${format}`));
    expect(once).toHaveLength(3);
    await session.run(`SET 'table.dml-sync' = 'true'`);
    await session.run(`INSERT INTO theirs_${format} ${withTime}`);
    const both = await run(`CREATE TABLE ours ${table}; ${query} ours;`);
    expect(both).toHaveLength(6);
    expect(new Set(both).size).toBe(3);
    expect(flinkRows(await session.run(`${query} theirs_${format}`))).toEqual([...once, ...once].sort());
  });

  it('upserts: the same table, whoever writes and reads', async () => {
    const declared = (topic: string): string =>
      `(k INT NOT NULL, n BIGINT, top STRING, PRIMARY KEY (k) NOT ENFORCED) WITH (${withOptions({ connector: 'upsert-kafka', topic, 'key.format': 'json', 'value.format': 'json', 'scan.bounded.mode': 'latest-offset' })})`;
    const [a, b] = [await newTopic(2), await newTopic(2)];
    // an updating aggregate whose groups also go away
    const query = `SELECT k, COUNT(*), MAX(name) FROM (SELECT MOD(id, 7) AS k, name, id FROM events) GROUP BY k HAVING MOD(SUM(id), 5) <> 0`;
    const events = `CREATE TEMPORARY VIEW events AS SELECT * FROM (VALUES ${Array.from({ length: 200 }, (_, i) => `(${i}, 'n${(i * 37) % 101}')`).join(', ')}) AS t (id, name)`;
    await run(`CREATE TABLE u ${declared(a)}; ${events}; INSERT INTO u ${query};`, [
      '--set',
      'duckdb.stages=off',
      '--output',
      'changelog',
    ]);
    await session.run(`SET 'table.dml-sync' = 'true'`);
    await session.run(`CREATE TEMPORARY TABLE ua ${declared(a)}`);
    await session.run(`CREATE TEMPORARY TABLE ub ${declared(b)}`);
    await session.run(events);
    await session.run(`INSERT INTO ub ${query}`);
    const theirs = { a: flinkRows(await session.run('SELECT * FROM ua')), b: flinkRows(await session.run('SELECT * FROM ub')) };
    expect(theirs.a.length).toBeGreaterThan(2);
    expect(theirs.a).toEqual(theirs.b);
    const flat = (lines: readonly string[]): string[] =>
      lines.map(line => JSON.stringify(Object.values(JSON.parse(line) as object))).sort();
    expect(flat(await run(`CREATE TABLE u ${declared(a)}; SELECT * FROM u;`))).toEqual(theirs.a);
    expect(flat(await run(`CREATE TABLE u ${declared(b)}; SELECT * FROM u;`))).toEqual(theirs.a);
    // what is computed from upserts
    const sums = 'SELECT SUM(n) AS n, COUNT(*) AS c, MAX(top) AS top FROM';
    expect(flat(await run(`CREATE TABLE u ${declared(b)}; ${sums} u;`))).toEqual(flinkRows(await session.run(`${sums} ua`)));
  });

  it('rows that change by another key than the primary key: the one before comes back when the last one goes', async () => {
    const declared = (topic: string): string =>
      `(id INT, top BIGINT NOT NULL, n BIGINT, PRIMARY KEY (top) NOT ENFORCED) WITH (${withOptions({ connector: 'upsert-kafka', topic, 'key.format': 'json', 'value.format': 'json', 'scan.bounded.mode': 'latest-offset' })})`;
    // bare literals: rows with expressions become a UNION of as many sources in Flink, and come in any order
    const rows = Array.from({ length: 60 }, (_, i) => `(${(i * 7) % 11}, ${(i * 13) % 17})`).join(', ');
    const events = `CREATE TEMPORARY VIEW changing AS SELECT id, CAST(v AS BIGINT) AS v FROM (VALUES ${rows}) AS t (id, v)`;
    const query = 'SELECT id, MAX(v), COUNT(*) FROM changing GROUP BY id ON CONFLICT DO DEDUPLICATE';
    const flat = (lines: readonly string[]): string[] =>
      lines.map(line => JSON.stringify(Object.values(JSON.parse(line) as object))).sort();
    await session.run(events);
    const found: Record<string, string[]> = {};
    for (const strategy of ['AUTO', 'NONE']) {
      const [ours, theirs] = [await newTopic(), await newTopic()];
      // one row at a time, as Flink does it: which of several rows came last depends on that
      const own = openSession({
        name: strategy,
        engine: { batchRows: 1 },
        settings: { 'duckdb.stages': 'off', 'table.exec.sink.upsert-materialize': strategy },
      });
      await runStatement(own, `CREATE TABLE u ${declared(ours)}; ${events}; INSERT INTO u ${query};`, folder);
      await own.close();
      await session.run(`SET 'table.dml-sync' = 'true'`);
      await session.run(`SET 'table.exec.sink.upsert-materialize' = '${strategy}'`);
      await session.run(`CREATE TEMPORARY TABLE materialized_${strategy} ${declared(theirs)}`);
      await session.run(
        `INSERT INTO materialized_${strategy} ${strategy === 'AUTO' ? query : query.replace(/ ON CONFLICT.*/, '')}`,
      );
      const [a, b] = [ours, theirs].map(topic => `CREATE TABLE u ${declared(topic)}; SELECT * FROM u;`);
      found[strategy] = flat(await run(a!));
      expect(found[strategy], strategy).toEqual(flat(await run(b!)));
    }
    await session.run(`RESET 'table.exec.sink.upsert-materialize'`);
    expect(found['AUTO']).not.toEqual(found['NONE']);
  });
});

const schema: Schema = [
  { name: 'id', type: types.bigint(false) },
  { name: 'text', type: types.string() },
];

const ports = new WeakMap<object, ProducerPort>();

for (const guarantee of ['exactly-once', 'at-least-once'] as const) {
  describeSink(`kafka, ${guarantee}`, async () => {
    const topic = await newTopic(2);
    const options = {
      topic,
      format: 'json',
      'properties.bootstrap.servers': broker.kafka.bootstrap,
      'sink.delivery-guarantee': guarantee,
      'sink.transactional-id-prefix': topic,
    };
    return {
      schema,
      row: number => [BigInt(number), `text ${number}`],
      open: () => ({
        open: context => {
          const port = clientPort(options);
          const settings = sinkSettings({ name: 't', connector: 'kafka', schema, options }, false);
          const writer = new KafkaWriter(settings, context, port, realTime);
          ports.set(writer, port);
          return writer;
        },
      }),
      // nothing that it asks for gets through any more
      die: async writer => ports.get(writer)!.close(),
      read: async () => {
        const isolation = { 'properties.isolation.level': 'read_committed' };
        const lines = await run(
          `CREATE TABLE t (id BIGINT NOT NULL, \`text\` STRING) WITH (${withOptions({ topic, format: 'json', ...bounded, ...isolation })}); SELECT * FROM t;`,
        );
        return lines.map(line => {
          const { id, text } = JSON.parse(line) as { id: number; text: string };
          return [BigInt(id), text];
        });
      },
      guarantee,
      schedules: 3,
    };
  });
}
