import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type PartitionMetadata } from 'kafkajs';
import { expect, test } from 'vitest';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { tidemill } from '../support/command-line.ts';
import { begun, type ExactlyOnceJob, expected, feed, makeTopics, program, results } from '../support/kafka/exactly-once-job.ts';
import { brokerForTests } from '../support/kafka/test-broker.ts';

/** Three brokers with a copy of everything each; the first is the controller too. */
const broker = brokerForTests('kafka-cluster', { brokers: 3, heapMb: 256 });
const { folder } = broker;

/** Where things are: leaders of partitions, and coordinators of transactions, by name. */
type Places = ReadonlyMap<string, number>;

async function partitionsOf({
  bootstrap,
  run,
}: ExactlyOnceJob): Promise<readonly (PartitionMetadata & { readonly topic: string })[]> {
  const admin = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20 } }).admin();
  await admin.connect();
  const topics = [...['events', 'kept', 'windows', 'totals'].map(name => `${run}-${name}`), '__transaction_state'];
  const found = await admin.fetchTopicMetadata({ topics });
  await admin.disconnect();
  return found.topics.flatMap(topic => topic.partitions.map(partition => ({ ...partition, topic: topic.name })));
}

async function placesOf(job: ExactlyOnceJob, parallelism: number): Promise<Places> {
  const places = new Map<string, number>();
  for (const { topic, partitionId, leader } of await partitionsOf(job)) places.set(`${topic} ${partitionId}`, leader);
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': job.bootstrap }));
  for (const name of ['kept', 'windows', 'totals'])
    for (const slot of [0, 1, 2]) {
      const id = `${job.run}-${name}-${parallelism}x0-${slot}`;
      places.set(`coordinator of ${id}`, await client.coordinatorOf('transaction', id, true));
    }
  client.close();
  return places;
}

/** Settles when all partitions have a leader other than a broker that is away, or, without one, all their copies again. */
async function settled(job: ExactlyOnceJob, away?: number): Promise<void> {
  for (;;) {
    const partitions = await partitionsOf(job);
    if (partitions.every(({ leader, isr }) => (away === undefined ? isr.length === 3 : leader > 0 && leader !== away))) return;
    await sleep(300);
  }
}

test.each([1, 2])('leaders and coordinators move while a job reads and writes exactly once: %i tasks', {
  timeout: 600_000,
}, async parallelism => {
  const job: ExactlyOnceJob = { bootstrap: broker.kafka.bootstrap, run: `moves${parallelism}`, events: 30_000 };
  await makeTopics(job);
  const file = join(folder, `${job.run}.sql`);
  writeFileSync(file, program(job));
  const over = { done: false };
  const feeding = feed(job, 1500, over);
  const flags = ['--checkpoints', join(folder, `checkpoints-${job.run}`), '--parallelism', String(parallelism)];
  const running = tidemill([
    ...['run', file, '--progress', 'none', '--verbose', ...flags],
    ...['--set', 'execution.checkpointing.interval=200ms'],
  ]);
  await begun(job);
  const moved: string[] = [];
  // a crash of one, a crash of the other, and an end in good order of the one that is the controller
  for (const [index, signal] of [
    [1, 'SIGKILL'],
    [2, 'SIGKILL'],
    [0, 'SIGTERM'],
  ] as const) {
    const before = await placesOf(job, parallelism);
    await broker.kafka.stopBroker(index, signal);
    // without its controller the cluster stays as it is
    if (index > 0) await settled(job, index + 1);
    await sleep(1000);
    await broker.kafka.startBroker(index);
    await settled(job);
    for (const [what, place] of await placesOf(job, parallelism)) if (before.get(what) !== place) moved.push(what);
  }
  over.done = true;
  const { code, stderr } = await running;
  expect(code, stderr).toBe(0);
  await feeding;
  expect(await results(job)).toEqual(expected(job));
  for (const what of ['events', 'kept', 'windows', 'totals', 'coordinator'])
    expect(
      moved.some(each => each.includes(what)),
      what,
    ).toBe(true);
});
