import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTopics } from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { startKafka } from '../../test/support/kafka/broker.ts';
import { atMost, markdownTable, number } from './goals.ts';
import type { LoadRequest, ReadOutcome } from './kafka-load.ts';
import { machineFacts } from './machine.ts';
import { projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { runNode } from './tidemill.ts';

const warmMs = 8000;
const spellsShown = 20;
const load = fileURLToPath(new URL('./kafka-load.ts', import.meta.url));

/**
 * Milliseconds from a record's sending to its being read behind `INSERT INTO out SELECT … FROM in`, at least once, at a steady rate; and the same from one
 * topic without an engine between, which is what sender, broker and reader take themselves. Everything is on one machine, in processes of their own.
 */
export async function kafkaLatency(options: {
  readonly rate: number;
  readonly seconds: number;
  readonly folder?: string | undefined;
  readonly name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const kafka = await startKafka({ compiled: true, heapMb: 1024, shortPauses: true });
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
      ['a topic alone', direct.read],
      ['through INSERT INTO out SELECT … FROM in', through.read],
      ['of that, until the engine wrote it', through.written],
    ] as const;
    const spells = through.spells
      .slice(0, spellsShown)
      .map(({ atMs, mostMs }) => `${number(atMs / 1000)} s (${number(mostMs)} ms)`);
    writeReport(
      {
        benchmark: 'kafka-latency',
        machine,
        sections: [
          markdownTable(
            ['', 'p50 ms', 'p99 ms', 'p99.9 ms', 'most ms'],
            rows.map(([what, each]) => [what, ...[each.p50Ms, each.p99Ms, each.p999Ms, each.mostMs].map(number)]),
          ),
          `${through.records} records in ${options.seconds} s. The engine adds ${number(through.read.p50Ms - direct.read.p50Ms)} ms at the median, ${number(through.read.p99Ms - direct.read.p99Ms)} ms at p99.`,
          spells.length === 0
            ? 'No record took more than 25 ms.'
            : `Records that took more than 25 ms came in ${through.spells.length} spells, which began at: ${spells.join(', ')}${through.spells.length > spellsShown ? ', …' : ''}.`,
        ],
        data: { rate: options.rate, direct, through },
        goals: [
          atMost(`Kafka → Kafka at ${options.rate} records/s, at least once: p50`, through.read.p50Ms, 5, 'ms', 'kafka-latency'),
          atMost(`Kafka → Kafka at ${options.rate} records/s, at least once: p99`, through.read.p99Ms, 25, 'ms', 'kafka-latency'),
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

interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly mostMs: number;
}

async function measure(
  bootstrap: string,
  to: string,
  from: string,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<{
  readonly records: number;
  readonly spells: ReadOutcome['spells'];
  readonly read: Latencies;
  readonly written: Latencies;
}> {
  const fromUs = (Date.now() + warmMs) * 1000;
  const untilUs = fromUs + seconds * 1e6;
  const run = (request: Pick<LoadRequest, 'role' | 'topic'>): Promise<string> =>
    runNode([load, JSON.stringify({ ...request, bootstrap, rate, fromUs, untilUs } satisfies LoadRequest)]).then(
      ({ output }) => output,
    );
  const [seen] = await Promise.all([run({ role: 'read', topic: from }), run({ role: 'write', topic: to })]);
  const { records, spells, read, written } = JSON.parse(seen) as ReadOutcome;
  return { records, spells, read: latencies(read, records), written: latencies(written, records) };
}

/** `counts`: records by tenths of a millisecond. */
function latencies(counts: readonly number[], records: number): Latencies {
  const at = (share: number): number => {
    let sum = 0;
    const bin = counts.findIndex(count => {
      sum += count;
      return sum >= share * records;
    });
    return records === 0 ? Number.NaN : bin / 10;
  };
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), mostMs: at(1) };
}
