import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTopics, listOffsets } from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkSession } from '../support/flink/gateway.ts';
import { installFlinkKafka } from '../support/flink/kafka-connector.ts';
import { brokerForTests } from '../support/kafka/test-broker.ts';
import { openSession, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

/** How long state without input is kept, in both engines; time really passes. */
const ttl = '8 s';

/** When rows come (ms), and which: every key has times within the TTL and beyond it, none closer to its edge than 1.5 s. */
const phases: readonly (readonly [atMs: number, rows: Readonly<Record<string, number>>])[] = [
  [0, { often: 5, apart: 5, twice: 4, same: 3, up: 1, down: 9 }],
  [4500, { often: 7, twice: 6, same: 3, up: 2, down: 8 }],
  [11_000, { often: 5, apart: 7, same: 3, up: 3, down: 7 }],
  [16_000, { often: 7, apart: 5, twice: 4, up: 4, down: 6 }],
  [27_000, { often: 9, apart: 7, twice: 6, same: 3, up: 5, down: 5 }],
];
/** So many rows come before, so that the engines are awake. */
const warmingRows = 3;
const rowCount = warmingRows + phases.reduce((sum, [, rows]) => sum + Object.keys(rows).length, 0);

/** Of each the changes of a group (its first column) are compared, in their order. */
const queries: Readonly<Record<string, string>> = {
  groups: 'SELECT k, COUNT(*), SUM(v), MAX(v), AVG(v) FROM events GROUP BY k',
  'results that do not change': 'SELECT k, MIN(CHAR_LENGTH(k)) FROM events GROUP BY k',
  'values of DISTINCT': 'SELECT k, COUNT(DISTINCT v), COUNT(*) FROM events GROUP BY k',
  'select distinct': 'SELECT DISTINCT k, v FROM events',
  'groups of groups': 'SELECT c, COUNT(*), SUM(s) FROM (SELECT k, COUNT(*) AS c, SUM(v) AS s FROM events GROUP BY k) GROUP BY c',
  'first row': 'SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY pt) AS r FROM events) WHERE r = 1',
  'last row': 'SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY pt DESC) AS r FROM events) WHERE r = 1',
  'running sums':
    'SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY pt ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM events',
  'first rows by value':
    'SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS r FROM events) WHERE r <= 2',
  'first rows by value, with their number':
    'SELECT k, v, r FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS r FROM events) WHERE r <= 2',
  'a hint that keeps longer': "SELECT /*+ STATE_TTL('events' = '1 h') */ k, COUNT(*) FROM events GROUP BY k",
  'a hint that keeps for ever': "SELECT /*+ STATE_TTL('events' = '0 s') */ k, COUNT(*) FROM events GROUP BY k",
  'a hint that keeps shorter': "SELECT /*+ STATE_TTL('events' = '2 s') */ k, COUNT(*) FROM events GROUP BY k",
  'texts of a group': 'SELECT k, LISTAGG(CAST(v AS STRING)), FIRST_VALUE(v), LAST_VALUE(v) FROM events GROUP BY k',
  'collected values': 'SELECT k, CARDINALITY(ARRAY_AGG(v)), COUNT(*) FROM events GROUP BY k',
  upserts: 'SELECT k, v FROM latest',
};

const broker = brokerForTests('state-ttl');
let flink: Awaited<ReturnType<typeof startFlink>> | undefined;
beforeAll(async () => {
  flink = await startFlink({ portOffset: 700 });
});
afterAll(async () => {
  await flink?.stop();
});

const names = Object.keys(queries);

function tables(run: string, bounded: boolean): string[] {
  const common = `'properties.bootstrap.servers' = '${broker.kafka.bootstrap}', 'topic' = '${run}', ${bounded ? `'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = 'partition:0,offset:${rowCount}', ` : ''}`;
  return [
    `CREATE TEMPORARY TABLE events (k STRING, v INT, pt AS PROCTIME()) WITH (${common} 'connector' = 'kafka', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset')`,
    `CREATE TEMPORARY TABLE latest (k STRING NOT NULL, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH (${common} 'connector' = 'upsert-kafka', 'key.format' = 'raw', 'value.format' = 'json')`,
  ];
}

/** Later than so, rows would not be at the ages they are meant to be. */
const lateMs = 1000;

/** `worked`: settles when both engines have worked on so many rows. False when that took too long, so that the times of rows are not what they should be. */
async function feed(topic: string, worked: (rows: number) => Promise<void>): Promise<boolean> {
  const kafka = new Kafka({ brokers: [broker.kafka.bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  let sent = 0;
  const send = async (rows: Readonly<Record<string, number>>): Promise<void> => {
    const messages = Object.entries(rows).map(([k, v]) => ({ key: k, value: JSON.stringify({ k, v }) }));
    await producer.send({ topic, messages });
    sent += messages.length;
  };
  for (let row = 0; row < warmingRows; row++) {
    await send({ warm: row });
    await worked(sent);
  }
  let onTime = true;
  const startedMs = performance.now();
  for (const [atMs, rows] of phases) {
    const beginMs = startedMs + atMs;
    await sleep(beginMs - performance.now());
    await send(rows);
    await worked(sent);
    if (performance.now() - beginMs > lateMs) onTime = false;
  }
  await producer.disconnect();
  return onTime;
}

/** Rows of a query's input change several times within a batch: what stands in the end is compared. */
const folded = new Set(['groups of groups']);

/** What is taken back comes before all that is added, not before what takes its place: the changes of a group are compared without their order. */
const unordered = new Set(['first rows by value, with their number']);

/** Changes by the first column: what is added and what is taken back, whatever they are called. */
function byGroup(changes: readonly (readonly [sign: '+' | '-', row: readonly unknown[]])[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const [sign, row] of changes) (groups[String(row[0])] ??= []).push(`${sign} ${row.join(', ')}`);
  return Object.fromEntries(Object.entries(groups).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** What stands behind all changes. */
function standing(groups: Record<string, string[]>): string[] {
  const counts = new Map<string, number>();
  for (const change of Object.values(groups).flat())
    counts.set(change.slice(2), (counts.get(change.slice(2)) ?? 0) + (change.startsWith('+') ? 1 : -1));
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([row, count]) => `${count} × ${row}`)
    .sort();
}

const sorted = (groups: Record<string, string[]>): string[] => Object.values(groups).flat().sort();

/** All queries as one job of Flink's, which ends with its input. */
async function startTheirs(run: string): Promise<{ readonly ended: Promise<void> }> {
  const session = await FlinkSession.open(flink!.gatewayPort, {
    'table.exec.state.ttl': ttl,
    'execution.runtime-mode': 'streaming',
  });
  await session.run(`ADD JAR '${installFlinkKafka()}'`);
  for (const table of tables(run, true)) await session.run(table);
  const inserts: string[] = [];
  for (const [index, name] of names.entries()) {
    await session.run(`CREATE TEMPORARY VIEW view${index} AS ${queries[name]!}`);
    const { rows } = await session.run(`DESCRIBE view${index}`);
    const columns = rows.map(([column, type]) => `\`${String(column)}\` ${String(type)}`).join(', ');
    await session.run(
      `CREATE TEMPORARY TABLE sink${index} (${columns}) WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '${broker.kafka.bootstrap}', 'topic' = '${run}-${index}', 'format' = 'debezium-json')`,
    );
    inserts.push(`INSERT INTO sink${index} ${queries[name]!};`);
  }
  const { jobId } = await session.run(`EXECUTE STATEMENT SET BEGIN ${inserts.join(' ')} END`);
  await session.close();
  const state = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${flink!.restPort}/jobs/${jobId}`);
    const job = (await answer.json()) as { state: string; vertices: readonly { status: string }[] };
    if (job.state === 'FAILED') throw new Error(`Flink's job ${jobId} failed`);
    return job.state === 'RUNNING' && job.vertices.some(({ status }) => status !== 'RUNNING' && status !== 'FINISHED')
      ? 'STARTING'
      : job.state;
  };
  const until = async (wanted: string): Promise<void> => {
    while ((await state()) !== wanted) await sleep(200);
  };
  await until('RUNNING');
  return { ended: until('FINISHED') };
}

async function theirChanges(run: string, index: number): Promise<Record<string, string[]>> {
  const session = openSession({ name: 'default' });
  await runStatement(
    session,
    `CREATE TABLE written (record STRING) WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '${broker.kafka.bootstrap}', 'topic' = '${run}-${index}', 'format' = 'raw', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset')`,
    projectRoot,
  );
  const { rows } = (await runStatement(session, 'SELECT record FROM written', projectRoot))!;
  await session.close();
  return byGroup(
    rows.map(([record]) => {
      const { op, before, after } = JSON.parse(String(record)) as Record<'op' | 'before' | 'after', unknown>;
      return op === 'c' ? ['+', Object.values(after as object)] : ['-', Object.values(before as object)];
    }),
  );
}

interface Changes {
  readonly changes: (readonly ['+' | '-', readonly unknown[]])[];
  readonly ended: Promise<void>;
}

function startOurs(run: string, name: string, over: Promise<void>): Changes {
  const changes: Changes['changes'] = [];
  const session = openSession({ name: 'default', settings: { 'table.exec.state.ttl': ttl } });
  const text = [...tables(run, false), queries[name]!].join(';\n');
  const read = async (): Promise<void> => {
    for await (const result of session.run({ text, source: 'test.sql', baseDirectory: projectRoot }, 'changelog')) {
      if (result.kind !== 'query') continue;
      const { query } = result;
      void over.then(() => query.job?.cancel());
      for await (const chunk of query.chunks())
        for (const [index, row] of chunk.rows.entries())
          changes.push([(chunk.operations?.[index] ?? '+I').startsWith('+') ? '+' : '-', row]);
    }
    await session.close();
  };
  return { changes, ended: read() };
}

/** One change per row of the input: so many rows have been worked on. */
const counting = names.indexOf('running sums');

/** Both engines' changes by query; undefined when the machine was too busy for times to be right. */
async function attempt(run: string): Promise<readonly Record<'ours' | 'theirs', Record<string, string[]>>[] | undefined> {
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': broker.kafka.bootstrap }));
  await createTopics(
    client,
    [run, ...names.map((_, index) => `${run}-${index}`)].map(name => ({ name, partitions: 1 })),
  );
  const theirs = await startTheirs(run);
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const ours = names.map(name => startOurs(run, name, over));
  const counted = { topic: `${run}-${counting}`, partition: 0, question: -1 };
  const onTime = await feed(run, async rows => {
    while (ours[counting]!.changes.length < rows || (await listOffsets(client, [counted], false))[0]!.offset < rows)
      await sleep(50);
  });
  await theirs.ended;
  await sleep(1000);
  client.close();
  resolve();
  await Promise.all(ours.map(({ ended }) => ended));
  if (!onTime) return undefined;
  return Promise.all(
    names.map(async (_, index) => ({ ours: byGroup(ours[index]!.changes), theirs: await theirChanges(run, index) })),
  );
}

test('state with a time to live, as in Flink, while time passes', { timeout: 300_000 }, async () => {
  for (let number = 0; ; number++) {
    const found = await attempt(`ttl-${number}`);
    expect(number, 'the machine is too busy').toBeLessThan(4);
    if (found === undefined) continue;
    for (const [index, name] of names.entries()) {
      const { ours, theirs } = found[index]!;
      if (folded.has(name)) expect.soft(standing(ours), name).toEqual(standing(theirs));
      else if (unordered.has(name)) expect.soft(sorted(ours), name).toEqual(sorted(theirs));
      else expect.soft(ours, name).toEqual(theirs);
    }
    break;
  }
});
