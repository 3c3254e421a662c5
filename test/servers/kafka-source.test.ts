import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { connectorOf, validateOptions } from '../../core/connectors/index.ts';
import {
  commitOffsets,
  committedOffsets,
  createPartitions,
  createTopics,
  deleteRecords,
  deleteTopics,
} from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { open } from '../../core/index.ts';
import { describeSource } from '../conformance/source-conformance.ts';
import { type KafkaCluster, kafkaUsers, startKafka, storePassword } from '../support/kafka/broker.ts';

let cluster: KafkaCluster;
let client: KafkaClient;
let producer: Producer;
let kafka: Kafka;
let topics = 0;

beforeAll(async () => {
  cluster = await startKafka({ security: true });
  client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': cluster.bootstrap }));
  kafka = new Kafka({ brokers: [cluster.bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  producer = kafka.producer();
  await producer.connect();
});
afterAll(async () => {
  await producer?.disconnect();
  client?.close();
  await cluster?.stop();
});

async function topicOf(partitions = 1, configuration: Record<string, string> = {}): Promise<string> {
  const name = `t${topics++}`;
  await createTopics(client, [{ name, partitions, configuration }]);
  return name;
}
async function send(topic: string, messages: readonly (Message | string)[], partition = 0): Promise<void> {
  await producer.send({
    topic,
    messages: messages.map(message => ({ partition, ...(typeof message === 'string' ? { value: message } : message) })),
  });
}

const withText = (options: Readonly<Record<string, string>>): string =>
  Object.entries(options)
    .map(([key, value]) => `'${key}' = '${value.replaceAll("'", "''")}'`)
    .join(', ');

interface Reading {
  readonly columns?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly query?: string;
}
/** Rows of a topic as texts, sorted: bounded, from the beginning, unless the options say otherwise. */
async function rowsOf(topic: string, reading: Reading = {}): Promise<string[]> {
  const tm = await open();
  try {
    const options = {
      connector: 'kafka',
      topic,
      'properties.bootstrap.servers': cluster.bootstrap,
      format: 'raw',
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
      ...reading.options,
    };
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== ''));
    await tm.sql(`CREATE TABLE t (${reading.columns ?? 'v STRING'}) WITH (${withText(given)})`);
    const rows = await (await tm.sql(reading.query ?? 'SELECT * FROM t')).toArray();
    return rows
      .map(row =>
        Object.values(row as object)
          .map(text)
          .join('|'),
      )
      .sort();
  } finally {
    await tm.close();
  }
}
function text(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Map) return JSON.stringify([...value].map(([key, inner]) => [key, text(inner)]));
  return String(value);
}
async function failure(run: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  return run.then(
    () => ({ code: 'none', message: '', hint: '' }),
    (error: { code: string; message: string; hint?: string }) => ({
      code: error.code,
      message: error.message,
      hint: error.hint ?? '',
    }),
  );
}

describe('what is in a record', () => {
  it('value, key, headers, time and place', async () => {
    const topic = await topicOf();
    await send(topic, [
      { key: 'k1', value: '{"a":1}', timestamp: '1700000000123', headers: { h: 'x', g: Buffer.from('y') } },
      { key: null, value: '{"a":2}', timestamp: '1700000000456' },
    ]);
    const columns =
      "a INT, topic STRING METADATA, `partition` INT METADATA, `offset` BIGINT METADATA, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', kind STRING METADATA FROM 'timestamp-type', epoch INT METADATA FROM 'leader-epoch', headers MAP<STRING, BYTES> METADATA";
    expect(await rowsOf(topic, { columns, options: { format: 'json' } })).toEqual([
      `1|${topic}|0|0|2023-11-14T22:13:20.123Z|CreateTime|0|[["h","x"],["g","y"]]`,
      `2|${topic}|0|1|2023-11-14T22:13:20.456Z|CreateTime|0|[]`,
    ]);
    expect(
      await rowsOf(topic, { columns: "a INT, stamp STRING METADATA FROM 'timestamp'", options: { format: 'json' } }),
    ).toEqual(['1|2023-11-14 22:13:20.123', '2|2023-11-14 22:13:20.456']);
  });

  it("the broker's time, where the topic has it", async () => {
    const topic = await topicOf(1, { 'message.timestamp.type': 'LogAppendTime' });
    await send(topic, [{ value: 'x', timestamp: '1' }]);
    const [row] = await rowsOf(topic, {
      columns: "v STRING, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', kind STRING METADATA FROM 'timestamp-type'",
    });
    expect(row).toMatch(/^x\|20\d\d-.*\|LogAppendTime$/);
  });

  it('keys and values in formats of their own', async () => {
    const topic = await topicOf();
    await send(topic, [
      { key: '{"id":7}', value: 'x,1' },
      { key: '{"id":8}', value: null },
      { key: null, value: 'y,2' },
      { key: '{"id":9}', value: 'z,3' },
    ]);
    const options = {
      format: '',
      'key.format': 'json',
      'key.fields': 'k_id',
      'key.fields-prefix': 'k_',
      'value.format': 'csv',
      'value.fields-include': 'EXCEPT_KEY',
      'key.json.ignore-parse-errors': 'true',
    };
    const columns = "k_id INT, name STRING, n INT, o BIGINT METADATA FROM 'offset'";
    // as on Flink: no row without a key where there is a key format, and none for a tombstone
    expect(await rowsOf(topic, { columns, options })).toEqual(['7|x|1|0', '9|z|3|3']);
    expect(await rowsOf(topic, { columns, options, query: 'SELECT COUNT(*) FROM t' })).toEqual(['2']);
  });

  it('bad ones by the policy of the table', async () => {
    const topic = await topicOf();
    await send(topic, ['{"a":1}', '{"a":', '{"a":3}', '{"a":"x"}', '{"a":5}']);
    const columns = "a INT, o BIGINT METADATA FROM 'offset'";
    expect(await failure(rowsOf(topic, { columns, options: { format: 'json' } }))).toMatchObject({
      code: 'bad-record',
      message: expect.stringContaining(`topic '${topic}', partition 0, offset 1`),
    });
    const skip = { format: 'json', 'bad-records': 'skip' };
    expect(await rowsOf(topic, { columns, options: skip })).toEqual(['1|0', '3|2', '5|4']);
    const directory = mkdtempSync(join(tmpdir(), 'tidemill-letters-'));
    const tm = await open();
    try {
      await tm.sql(
        `CREATE TABLE letters (source STRING, \`position\` BIGINT, record STRING) WITH ('connector' = 'filesystem', 'path' = '${directory}', 'format' = 'csv')`,
      );
      const options = {
        connector: 'kafka',
        topic,
        'properties.bootstrap.servers': cluster.bootstrap,
        'scan.startup.mode': 'earliest-offset',
        'scan.bounded.mode': 'latest-offset',
        format: 'json',
        'bad-records': 'table:letters',
      };
      await tm.sql(`CREATE TABLE t (${columns}) WITH (${withText(options)})`);
      expect(String((await (await tm.sql('SELECT COUNT(*) AS n FROM t')).toArray()).map(row => (row as { n: bigint }).n))).toBe(
        '3',
      );
      const letters = await (await tm.sql('SELECT source, `position`, record FROM letters')).toArray();
      expect(letters.map(row => Object.values(row as object).join('|')).sort()).toEqual([
        `${topic}-0|1|{"a":`,
        `${topic}-0|3|{"a":"x"}`,
      ]);
    } finally {
      await tm.close();
      rmSync(directory, { recursive: true });
    }
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])("as Kafka's own producer packs it: %s", async compression => {
    const topic = await topicOf();
    execFileSync(
      'java',
      [
        '-Xmx128m',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        cluster.classPath,
        'org.apache.kafka.tools.ProducerPerformance',
        ...['--topic', topic, '--num-records', '20000', '--record-size', '200', '--throughput', '-1', '--producer-props'],
        ...[`bootstrap.servers=${cluster.bootstrap}`, `compression.type=${compression}`, 'linger.ms=5'],
      ],
      { stdio: 'ignore' },
    );
    // what it writes are random capital letters
    expect(
      await rowsOf(topic, {
        query:
          "SELECT COUNT(*), COUNT(*) FILTER (WHERE CHAR_LENGTH(v) = 200 AND NOT REGEXP(v, '[^A-Z]')), COUNT(DISTINCT v) FROM t",
      }),
    ).toEqual(['20000|20000|20000']);
  });
});

describe('where reading starts and ends', () => {
  it('every startup mode, every bounded mode', async () => {
    const topic = await topicOf(2);
    for (let index = 0; index < 6; index++)
      await send(topic, [{ value: `v${index}`, timestamp: String(1_700_000_000_000 + index * 1000) }], index % 2);
    // partition 0: v0 v2 v4; partition 1: v1 v3 v5
    await commitOffsets(client, 'readers', [
      { topic, partition: 0, offset: 1 },
      { topic, partition: 1, offset: 3 },
    ]);
    const read = (options: Record<string, string>): Promise<string[]> => rowsOf(topic, { options });
    expect(await read({})).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
    expect(await read({ 'scan.startup.mode': 'latest-offset' })).toEqual([]);
    expect(await read({ 'scan.startup.mode': '', 'properties.group.id': 'readers' })).toEqual(['v2', 'v4']);
    expect(await read({ 'scan.startup.mode': 'timestamp', 'scan.startup.timestamp-millis': '1700000003000' })).toEqual([
      'v3',
      'v4',
      'v5',
    ]);
    const specific = { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:0,offset:2' };
    expect(await read(specific)).toEqual(['v1', 'v3', 'v4', 'v5']);
    expect(await read({ 'scan.bounded.mode': 'group-offsets', 'properties.group.id': 'readers' })).toEqual([
      'v0',
      'v1',
      'v3',
      'v5',
    ]);
    expect(await read({ 'scan.bounded.mode': 'timestamp', 'scan.bounded.timestamp-millis': '1700000003000' })).toEqual([
      'v0',
      'v1',
      'v2',
    ]);
    expect(
      await read({
        'scan.bounded.mode': 'specific-offsets',
        'scan.bounded.specific-offsets': 'partition:0,offset:1;partition:1,offset:2',
      }),
    ).toEqual(['v0', 'v1', 'v3']);
    expect(await failure(read({ 'scan.startup.mode': 'group-offsets', 'properties.group.id': 'nobody' }))).toMatchObject({
      code: 'kafka-offset',
      message: expect.stringContaining("group 'nobody' has committed no offset"),
    });
    expect(
      await read({
        'scan.startup.mode': 'group-offsets',
        'properties.group.id': 'nobody',
        'properties.auto.offset.reset': 'earliest',
      }),
    ).toHaveLength(6);
    expect(await failure(read({ 'scan.startup.mode': 'group-offsets' }))).toMatchObject({ code: 'missing-option' });
  });

  it('several topics, and those of a pattern', async () => {
    await createTopics(
      client,
      ['orders-de', 'orders-fr', 'orders', 'returns'].map(name => ({ name, partitions: 1 })),
    );
    for (const topic of ['orders-de', 'orders-fr', 'orders', 'returns']) await send(topic, [topic]);
    expect(await rowsOf('orders;returns')).toEqual(['orders', 'returns']);
    expect(await rowsOf('', { options: { 'topic-pattern': 'orders-(de|fr)' } })).toEqual(['orders-de', 'orders-fr']);
    expect(await rowsOf('', { options: { 'topic-pattern': 'orders' } })).toEqual(['orders']);
  });

  it('what the broker has deleted: the first there is, or an error', async () => {
    const topic = await topicOf();
    await send(topic, ['a', 'b', 'c']);
    await deleteRecords(client, topic, 0, 2);
    const at = { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:0,offset:0' };
    expect(await rowsOf(topic, { options: at })).toEqual(['c']);
    await commitOffsets(client, 'late', [{ topic, partition: 0, offset: 0 }]);
    expect(
      await failure(rowsOf(topic, { options: { 'scan.startup.mode': 'group-offsets', 'properties.group.id': 'late' } })),
    ).toMatchObject({ code: 'kafka-offset', message: expect.stringContaining('it has 2 to 3') });
  });
});

describe('transactions', () => {
  it('aborted ones are left out with read_committed, whatever the size of a fetch', async () => {
    const topic = await topicOf(1, { 'max.message.bytes': '4000000' });
    const writer = kafka.producer({ transactionalId: `tx-${topic}`, maxInFlightRequests: 1, idempotent: true });
    await writer.connect();
    const filler = 'x'.repeat(1000);
    for (let round = 0; round < 3; round++) {
      const lost = await writer.transaction();
      for (let part = 0; part < 10; part++)
        await lost.send({ topic, messages: Array.from({ length: 100 }, () => ({ value: `lost ${filler}` })) });
      await lost.abort();
      const kept = await writer.transaction();
      await kept.send({ topic, messages: [{ value: `kept ${round}` }] });
      await kept.commit();
    }
    await writer.disconnect();
    const count = "SELECT COUNT(*), COUNT(*) FILTER (WHERE v LIKE 'kept%') FROM t";
    for (const bytes of ['10000', '150000', '50000000'])
      expect(
        await rowsOf(topic, {
          query: count,
          options: { 'properties.isolation.level': 'read_committed', 'properties.max.partition.fetch.bytes': bytes },
        }),
      ).toEqual(['3|3']);
    expect(await rowsOf(topic, { query: count })).toEqual(['3003|3']);
  });
});

/** Reads without an end until there are so many rows; sorted. */
async function liveRows(
  topic: string,
  rows: number,
  options: Readonly<Record<string, string>>,
  meanwhile: (seen: readonly string[]) => Promise<void> | void,
): Promise<string[]> {
  const tm = await open();
  const seen: string[] = [];
  try {
    const all = {
      connector: 'kafka',
      topic,
      'properties.bootstrap.servers': cluster.bootstrap,
      format: 'raw',
      'scan.startup.mode': 'earliest-offset',
      ...options,
    };
    await tm.sql(`CREATE TABLE t (v STRING) WITH (${withText(all)})`);
    const table = await tm.sql('SELECT * FROM t');
    const doing = (async () => meanwhile(seen))();
    for await (const { row } of table.changes()) {
      seen.push(String((row as { v: string }).v));
      if (seen.length >= rows) break;
    }
    await doing;
    return seen.sort();
  } finally {
    await tm.close();
  }
}

describe('while it runs', () => {
  it('a broker that is killed and comes back loses nothing and doubles nothing', async () => {
    const topic = await topicOf();
    const expected = Array.from({ length: 300 }, (_, index) => `v${String(index).padStart(3, '0')}`);
    await send(topic, expected.slice(0, 100));
    const found = await liveRows(topic, 300, {}, async seen => {
      while (seen.length < 100) await sleep(20);
      await cluster.stopBroker(0, 'SIGKILL');
      await sleep(300);
      await cluster.startBroker(0);
      await producer.disconnect();
      await producer.connect();
      await send(topic, expected.slice(100, 200));
      await send(topic, expected.slice(200));
    });
    expect(found).toEqual(expected);
  });

  it('new partitions and topics are found and read from their beginning', async () => {
    const topic = await topicOf(1);
    await send(topic, ['a']);
    const found = await liveRows(topic, 3, { 'scan.topic-partition-discovery.interval': '100 ms' }, async seen => {
      while (seen.length < 1) await sleep(20);
      await createPartitions(client, topic, 2);
      await sleep(300);
      // kafkajs drops what is for a partition it has not heard of
      await producer.disconnect();
      await producer.connect();
      await send(topic, ['b', 'c'], 1);
    });
    expect(found).toEqual(['a', 'b', 'c']);
  });

  it('more partitions than are read at a time elsewhere', async () => {
    const topic = await topicOf(40);
    const expected: string[] = [];
    for (let partition = 0; partition < 40; partition++) {
      await send(topic, [`p${partition}`], partition);
      expected.push(`p${partition}`);
    }
    expect(await liveRows(topic, 40, {}, () => undefined)).toEqual(expected.sort());
  });

  it('two readers of one topic on a thread each get every record, also where one is ahead', async () => {
    const topic = await topicOf(2);
    const count = 4000;
    for (let partition = 0; partition < 2; partition++)
      for (let from = 0; from < count; from += 500)
        await send(
          topic,
          Array.from({ length: 500 }, (_, index) => ({ value: JSON.stringify({ a: from + index }) })),
          partition,
        );
    const directory = mkdtempSync(join(tmpdir(), 'tidemill-kafka-readers-'));
    try {
      const options = { connector: 'kafka', topic, 'properties.bootstrap.servers': cluster.bootstrap, format: 'json' };
      const bounded = { 'scan.startup.mode': 'earliest-offset', 'scan.bounded.mode': 'latest-offset' };
      const late = {
        ...bounded,
        'scan.startup.mode': 'specific-offsets',
        'scan.startup.specific-offsets': 'partition:0,offset:3000;partition:1,offset:3000',
      };
      await using tm = await open({ directory });
      await tm.sql(`CREATE TABLE early (a BIGINT) WITH (${withText({ ...options, ...bounded })})`);
      await tm.sql(`CREATE TABLE late (a BIGINT) WITH (${withText({ ...options, ...late })})`);
      const found = await tm.sql(`SELECT 'early' AS w, COUNT(*) AS n, SUM(a) AS s FROM early
        UNION ALL SELECT 'late', COUNT(*), SUM(a) FROM late UNION ALL SELECT 'again', COUNT(*), SUM(a) FROM early`);
      const rows = (await found.toArray()) as { w: string; n: number | bigint; s: bigint }[];
      const all = { n: 2 * count, s: count * (count - 1) };
      const behind = { n: 2 * 1000, s: 2 * ((3000 + 3999) / 2) * 1000 };
      const plain = rows.map(({ w, n, s }) => ({ w, n: Number(n), s: Number(s) }));
      expect(plain.sort((left, right) => (left.w < right.w ? -1 : 1))).toEqual([
        { w: 'again', ...all },
        { w: 'early', ...all },
        { w: 'late', ...behind },
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('a topic that is deleted is an error', async () => {
    const topic = await topicOf();
    await send(topic, ['a']);
    const reading = liveRows(topic, 2, {}, async seen => {
      while (seen.length < 1) await sleep(20);
      await deleteTopics(client, [topic]);
    });
    expect(await failure(reading)).toMatchObject({ code: 'unknown-topic' });
    // kafkajs goes on asking for all topics a producer ever had
    await producer.disconnect();
    producer = kafka.producer();
    await producer.connect();
  });
});

describe('security', () => {
  const jaas = (user: string, password: string): string =>
    `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="${password}";`;
  let topic: string;
  beforeAll(async () => {
    topic = await topicOf();
    await send(topic, ['secret']);
  });

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('SASL %s: the right password, a wrong one', async mechanism => {
    const sasl = (listener: string, password: string): Record<string, string> => ({
      'properties.bootstrap.servers': listener,
      'properties.security.protocol': 'SASL_PLAINTEXT',
      'properties.sasl.mechanism': mechanism,
      'properties.sasl.jaas.config': jaas('alice', password),
    });
    const listener = cluster.listeners.SASL_PLAINTEXT;
    expect(await rowsOf(topic, { options: sasl(listener, kafkaUsers.alice) })).toEqual(['secret']);
    const wrong = await failure(rowsOf(topic, { options: sasl(listener, 'do-not-show-me') }));
    expect(wrong).toMatchObject({ code: 'authentication-failed', message: expect.stringContaining("refused user 'alice'") });
    expect(JSON.stringify(wrong)).not.toContain('do-not-show-me');
  });

  it('TLS: an authority that is named, by PEM and JKS; one that is not; a client certificate', async () => {
    const tls = (more: Record<string, string>): Record<string, string> => ({
      'properties.bootstrap.servers': cluster.listeners.SSL,
      'properties.security.protocol': 'SSL',
      ...more,
    });
    const trusted = { 'properties.ssl.truststore.location': cluster.files.authority };
    expect(await rowsOf(topic, { options: tls(trusted) })).toEqual(['secret']);
    expect(
      await rowsOf(topic, {
        options: tls({
          'properties.ssl.truststore.location': cluster.files.trustStoreJks,
          'properties.ssl.truststore.password': storePassword,
        }),
      }),
    ).toEqual(['secret']);
    expect(
      await rowsOf(topic, {
        options: tls({
          ...trusted,
          'properties.ssl.keystore.location': cluster.files.clientStore,
          'properties.ssl.keystore.password': storePassword,
        }),
      }),
    ).toEqual(['secret']);
    expect(await failure(rowsOf(topic, { options: tls({}) }))).toMatchObject({
      code: 'tls-failed',
      hint: expect.stringContaining('ssl.truststore.location'),
    });
  });

  it('SASL over TLS, with the password from the environment', async () => {
    process.env['KAFKA_TEST_PASSWORD'] = kafkaUsers.alice;
    const options = {
      'properties.bootstrap.servers': cluster.listeners.SASL_SSL,
      'properties.security.protocol': 'SASL_SSL',
      'properties.ssl.truststore.location': cluster.files.authority,
      'properties.sasl.mechanism': 'SCRAM-SHA-512',
      'properties.sasl.jaas.config': jaas('alice', '$'.concat('{env:KAFKA_TEST_PASSWORD}')),
    };
    expect(await rowsOf(topic, { options })).toEqual(['secret']);
  });

  it('errors say what to do', async () => {
    expect(await failure(rowsOf(topic, { options: { 'properties.bootstrap.servers': '127.0.0.1:1' } }))).toMatchObject({
      code: 'server-unreachable',
      message: 'nobody listens at 127.0.0.1:1',
    });
    expect(await failure(rowsOf(`${topic}x`))).toMatchObject({
      code: 'unknown-topic',
      hint: expect.stringContaining('did you mean'),
    });
    const protocol = { 'properties.security.protocol': 'SASL_PLAINTEXT', 'properties.sasl.mechanism': 'PLAIN' };
    expect(await failure(rowsOf(topic, { options: protocol }))).toMatchObject({
      code: 'missing-option',
      hint: expect.stringContaining('PlainLoginModule'),
    });
  });
});

describe('checkpoints', () => {
  it('hold the offsets, and tell them to the group', async () => {
    const topic = await topicOf(2);
    const directory = mkdtempSync(join(tmpdir(), 'tidemill-kafka-checkpoints-'));
    try {
      await send(topic, ['a', 'b', 'c'], 0);
      await send(topic, ['d'], 1);
      expect(await committedOffsets(client, 'watched', [{ topic, partition: 0 }])).toEqual([]);
      const tm = await open({ checkpoints: join(directory, 'state') });
      await tm.sql("SET 'execution.checkpointing.interval' = '200 ms'");
      const options = {
        connector: 'kafka',
        topic,
        'properties.bootstrap.servers': cluster.bootstrap,
        'properties.group.id': 'watched',
        format: 'raw',
        'scan.startup.mode': 'earliest-offset',
      };
      await tm.sql(`CREATE TABLE t (v STRING) WITH (${withText(options)})`);
      await tm.sql("CREATE TABLE sink (v STRING) WITH ('connector' = 'blackhole')");
      await tm.sql('INSERT INTO sink SELECT v FROM t');
      const partitions = [0, 1].map(partition => ({ topic, partition }));
      for (let attempt = 0; attempt < 100; attempt++) {
        const found = await committedOffsets(client, 'watched', partitions);
        if (found.reduce((sum, each) => sum + each.offset, 0) === 4) break;
        await sleep(100);
      }
      expect((await committedOffsets(client, 'watched', partitions)).map(each => each.offset)).toEqual([3, 1]);
      await tm.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('conformance', () => {
  let topic: string;
  const schema = [
    { name: 'a', type: types.bigint() },
    { name: 's', type: types.string() },
  ];
  describeSource('kafka', async () => {
    if (topic === undefined) {
      topic = await topicOf(3);
      for (let partition = 0; partition < 3; partition++)
        for (let part = 0; part < 4; part++)
          await send(
            topic,
            Array.from({ length: 200 }, (_, row) =>
              JSON.stringify({ a: partition * 1000 + part * 200 + row, s: `text of row ${row} in ${part}` }),
            ),
            partition,
          );
    }
    const connector = connectorOf('kafka');
    const { options } = validateOptions(connector, {
      connector: 'kafka',
      topic,
      'properties.bootstrap.servers': cluster.bootstrap,
      format: 'json',
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
    });
    return {
      schema,
      open: request =>
        connector.source!({
          source: { name: 't', connector: 'kafka', options, schema, bounded: true },
          columns: (request?.columns ?? schema.map(field => field.name)).map(name =>
            schema.findIndex(field => field.name === name),
          ),
          limit: request?.limit,
        }),
    };
  });
});
