import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics } from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { startKafka } from '../../test/support/kafka/broker.ts';
import { openTableWriter } from '../../test/support/kafka/table-writer.ts';
import { atMost, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { projectRoot } from './queries.ts';
import { writeReport } from './report.ts';

interface EachBatch {
  readonly batch: { readonly messages: readonly { readonly value: Buffer | null }[] };
}
interface KafkajsConsumer {
  connect(): Promise<void>;
  subscribe(what: { topic: string; fromBeginning: boolean }): Promise<void>;
  run(how: { eachBatch(each: EachBatch): Promise<void> }): Promise<void>;
  disconnect(): Promise<void>;
}
const { Kafka, logLevel } = createRequire(import.meta.url)('kafkajs') as {
  Kafka: new (options: object) => { consumer(options: object): KafkajsConsumer };
  logLevel: { NOTHING: number };
};

const nowUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);
const warmMs = 8000;

/**
 * Milliseconds from a record's sending to its being read behind `INSERT INTO out SELECT … FROM in`, at least once, at a steady rate; and the same from one
 * topic without an engine between, which is what sender, broker and reader take themselves. Everything is on one machine.
 */
export async function kafkaLatency(options: {
  readonly rate: number;
  readonly seconds: number;
  readonly folder?: string | undefined;
  readonly name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const kafka = await startKafka({ compiled: true, heapMb: 1024 });
  try {
    const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': kafka.bootstrap }));
    await createTopics(client, [
      { name: 'direct', partitions: 1 },
      { name: 'in', partitions: 1 },
      { name: 'out', partitions: 1 },
    ]);
    client.close();
    const direct = await measure(kafka.bootstrap, 'direct', 'direct', options);
    const stop = engine(kafka.bootstrap);
    const through = await measure(kafka.bootstrap, 'in', 'out', options).finally(stop);
    const rows = [
      ['a topic alone', direct],
      ['through INSERT INTO out SELECT … FROM in', through],
    ] as const;
    writeReport(
      {
        benchmark: 'kafka-latency',
        machine,
        sections: [
          markdownTable(
            ['', 'p50 ms', 'p99 ms', 'most ms', 'records read'],
            rows.map(([what, each]) => [what, number(each.p50Ms), number(each.p99Ms), number(each.mostMs), String(each.records)]),
          ),
        ],
        data: { rate: options.rate, direct, through },
        goals: [
          atMost(`Kafka → Kafka at ${options.rate} records/s, at least once: p50`, through.p50Ms, 5, 'ms', 'kafka-latency'),
          atMost(`Kafka → Kafka at ${options.rate} records/s, at least once: p99`, through.p99Ms, 25, 'ms', 'kafka-latency'),
        ],
      },
      options,
    );
  } finally {
    await kafka.stop();
  }
}

function engine(bootstrap: string): () => void {
  const options = (topic: string): string =>
    `'connector' = 'kafka', 'topic' = '${topic}', 'format' = 'json', 'properties.bootstrap.servers' = '${bootstrap}', 'scan.startup.mode' = 'earliest-offset'`;
  const program = [
    `CREATE TABLE a (id BIGINT, sent BIGINT) WITH (${options('in')})`,
    `CREATE TABLE b (id BIGINT, sent BIGINT) WITH (${options('out')})`,
    'INSERT INTO b SELECT id, sent FROM a',
  ].join('; ');
  const entry = join(projectRoot, 'dist', 'cli', 'entry.js');
  const child = spawn(process.execPath, [entry, 'run', '-c', program, '--progress', 'none'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return () => void child.kill('SIGKILL');
}

async function measure(
  bootstrap: string,
  to: string,
  from: string,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<{ readonly p50Ms: number; readonly p99Ms: number; readonly mostMs: number; readonly records: number }> {
  const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({
    groupId: `latency-${from}`,
    maxWaitTimeInMs: 100,
  });
  const latencies: number[] = [];
  let records = 0;
  let warm = false;
  await consumer.connect();
  await consumer.subscribe({ topic: from, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch }) => {
      const seenUs = nowUs();
      if (!warm) return;
      records += batch.messages.length;
      // one in 16 is enough, and costs the reader less
      for (let index = records % 16; index < batch.messages.length; index += 16)
        latencies.push(seenUs - (JSON.parse(batch.messages[index]!.value!.toString()) as { sent: number }).sent);
    },
  });
  const writer = openTableWriter({ topic: to, bootstrap, columns: ['id', 'sent'], partitions: 1 });
  const startMs = performance.now();
  let sent = 0;
  while (performance.now() - startMs < warmMs + seconds * 1000) {
    const due = Math.floor(((performance.now() - startMs) / 1000) * rate);
    if (performance.now() - startMs > warmMs) warm = true;
    const rows: [number, number][] = [];
    for (; sent < due && rows.length < 2000; sent++) rows.push([sent, nowUs()]);
    await writer.write(0, rows);
    await sleep(1);
  }
  await sleep(500);
  await writer.close();
  await consumer.disconnect();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    (latencies[Math.min(Math.floor(latencies.length * share), latencies.length - 1)] ?? Number.NaN) / 1000;
  return { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1), records };
}
