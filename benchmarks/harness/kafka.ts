import { createTopics } from '../../core/connectors/kafka/client/admin.ts';
import { returnBuffer } from '../../core/connectors/kafka/client/answer-buffers.ts';
import { apiKeys, KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { WireWriter } from '../../core/connectors/kafka/client/wire.ts';
import { fetchedPartitions, fetchRequest, fetchVersion } from '../../core/connectors/kafka/source/fetch-protocol.ts';
import { partitionBytesMax } from '../../core/connectors/kafka/source/settings.ts';
import { flinkKafkaVersion, installFlinkKafka } from '../../test/support/flink/kafka-connector.ts';
import { type KafkaCluster, startKafka } from '../../test/support/kafka/broker.ts';
import { kafkaVersion } from '../../test/support/kafka/install.ts';
import { FlinkPeer, flinkVersion } from './flink.ts';
import { atLeast, markdownTable, number } from './goals.ts';
import { recordBatches } from './kafka-batches.ts';
import { machineFacts } from './machine.ts';
import { writeReport } from './report.ts';
import { runTidemill } from './tidemill.ts';

const topic = 'bids';
const recordsPerBatch = 1000;
/** So many different records, sent again and again. */
const differentRecords = 100_000;

/** The same statement over the same topic on a real broker, by us and by Flink: 200-byte JSON into columns, one partition, one core. */
export async function kafka(options: {
  events: number;
  rounds: number;
  engines: readonly ('tidemill' | 'flink')[];
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const cluster = await startKafka({ compiled: true, heapMb: 1024 });
  let flink: FlinkPeer | undefined;
  try {
    await fill(cluster, options.events);
    const tables = [
      `CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, \`dateTime\` TIMESTAMP(3), extra STRING)
       WITH ('connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${cluster.bootstrap}', 'format' = 'json',
       'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset')`,
      `CREATE TABLE gone (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, \`dateTime\` TIMESTAMP(3), extra STRING)
       WITH ('connector' = 'blackhole')`,
    ];
    const statement = 'INSERT INTO gone SELECT * FROM bids';
    const runs: Record<string, { wallMs: number; cpuMs: number | undefined }[]> = {};
    const fetched: number[] = [];
    if (options.engines.includes('flink')) flink = await FlinkPeer.start(1);
    for (let round = 0; round < options.rounds; round++) {
      if (options.engines.includes('tidemill')) {
        const { times, rowsRead } = await runTidemill({ setup: tables, statement, parallelism: 1 });
        if (rowsRead !== options.events) throw new Error(`${rowsRead} of ${options.events} records were read`);
        const { cpuMs, jobMs } = times[0]!;
        (runs['tidemill'] ??= []).push({ wallMs: jobMs!, cpuMs });
      }
      fetched.push(await fetchAll(cluster, options.events));
      if (flink !== undefined) {
        const setup = [`ADD JAR '${installFlinkKafka()}'`, ...tables];
        (runs['flink'] ??= []).push(await flink.run({ setup, statement, parallelism: 1, miniBatch: false }));
      }
    }
    const figures = Object.entries(runs).map(([engine, list]) => ({
      engine,
      perSecond: options.events / (Math.min(...list.map(run => run.wallMs)) / 1000),
      perCpuSecond: options.events / (Math.min(...list.map(run => run.cpuMs ?? Number.NaN)) / 1000),
    }));
    const of = (engine: string): (typeof figures)[number] | undefined => figures.find(each => each.engine === engine);
    const [ours, theirs] = [of('tidemill'), of('flink')];
    writeReport(
      {
        benchmark: 'kafka',
        machine,
        peers: { kafka: kafkaVersion, flink: `${flinkVersion} with flink-sql-connector-kafka ${flinkKafkaVersion}` },
        goals: [
          ...(ours
            ? [atLeast('Kafka JSON (200 bytes) → columns, one core', ours.perSecond / 1e6, 2, 'M records/s', 'kafka')]
            : []),
          ...(ours && theirs
            ? [atLeast("the same against Flink's Kafka source", ours.perSecond / theirs.perSecond, 4, '×', 'kafka')]
            : []),
        ],
        sections: [
          `${options.events} records of about 200 bytes in one partition, batches of ${recordsPerBatch}; the best of ${options.rounds} runs. Times of both engines are those of the job, from its start to its end, without planning and submission. A reader that fetches and does nothing else: ${number(options.events / Math.min(...fetched) / 1000)} million records/s.`,
          markdownTable(
            ['engine', 'million records/s', 'million records per second of CPU'],
            figures.map(each => [each.engine, number(each.perSecond / 1e6), number(each.perCpuSecond / 1e6)]),
          ),
        ],
        data: { events: options.events, runs, fetchedMs: fetched },
      },
      options,
    );
  } finally {
    await flink?.stop();
    await cluster.stop();
  }
}

/** Sends batches that are made once; the broker gives them their offsets. */
async function fill(cluster: KafkaCluster, events: number): Promise<void> {
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': cluster.bootstrap }));
  try {
    // the records' times are of long ago: brokers would delete them before they are read
    await createTopics(client, [{ name: topic, partitions: 1, configuration: { 'retention.ms': '-1' } }]);
    const batches = recordBatches(Math.min(events, differentRecords), recordsPerBatch, 1);
    const leader = await client.leaderOf(topic, 0);
    // a producer counts from 0, and the checksum leaves the offset out
    for (const batch of batches) batch.writeBigInt64BE(0n, 0);
    for (let sent = 0, index = 0; sent < events; sent += recordsPerBatch, index++) {
      const body = new WireWriter(1 << 19).string(undefined).int16(-1).int32(30_000);
      body.array([batches[index % batches.length]!], batch =>
        body.string(topic).array([batch], bytes => body.int32(0).bytesOf(bytes)),
      );
      await client.retry('sending records', async () => {
        const answer = await client.request(leader, apiKeys.produce, 7, body.bytes);
        const codes = answer.array(() => {
          answer.string();
          return answer.array(() => {
            answer.int32();
            const code = answer.int16();
            for (let long = 0; long < 3; long++) answer.int64();
            return code;
          });
        });
        const error = codes.flat().find(code => code !== 0);
        return error === undefined ? { value: undefined } : { error };
      });
    }
  } finally {
    client.close();
  }
}

/** Milliseconds that fetching all records takes, with our connection and the same sizes, and without a look at them: what the broker can give. */
async function fetchAll(cluster: KafkaCluster, events: number): Promise<number> {
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': cluster.bootstrap }));
  try {
    const leader = await client.leaderOf(topic, 0);
    const settings = {
      committedOnly: false,
      minBytes: 1,
      maxBytes: 50 << 20,
      partitionMaxBytes: undefined,
      waitMsMax: 500,
      rack: '',
    };
    const startMs = performance.now();
    for (let offset = 0; offset < events; ) {
      const partitions = [{ topic, partition: 0, leaderEpoch: -1, offset }];
      const body = fetchRequest(settings, 500, { id: 0, epoch: -1 }, partitions, [], partitionBytesMax(settings, 1));
      const reader = await client.request(leader, apiKeys.fetch, fetchVersion, body, { lane: 'fetch' });
      const nextOffset = fetchedPartitions(reader)[0]?.nextOffset;
      if (nextOffset === undefined) throw new Error(`the broker gave no whole batch at offset ${offset}`);
      offset = nextOffset;
      returnBuffer(reader.buffer);
    }
    return performance.now() - startMs;
  } finally {
    client.close();
  }
}
