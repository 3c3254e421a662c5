import { type Schema, types } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { loadKernels } from '../../kernels/index.ts';
import { TaskMemory } from '../../wasm/memory.ts';
import { inferCsv } from '../csv/infer.ts';
import { inferJson } from '../json/infer.ts';
import type { Options } from '../options.ts';
import { apiKeys, type KafkaClient } from './client/client.ts';
import { leaseClient } from './client/shared.ts';
import { RecordBatchReader } from './source/batch-reader.ts';
import { fetchedPartitions, fetchRequest, fetchVersion } from './source/fetch-protocol.ts';
import { nameOf, resolveOffsets, type TopicPartition } from './source/offsets.ts';

interface Inferred {
  readonly schema: Schema;
  readonly options: Options;
}

/**
 * Columns of a topic from up to {@link limits.inferenceRecordsMax} of its last values, and what they say about the format's options.
 * @throws TidemillError `no-columns` for an empty topic and formats that do not tell, `bad-record`, and those of the client.
 */
export async function inferTopic(options: Options): Promise<Inferred> {
  const topic = (options['topic'] ?? '').split(';')[0]!.trim();
  const format = options['value.format'] ?? options['format'];
  if (topic === '')
    throw new TidemillError('no-columns', 'columns are taken from a topic that is named', { hint: "add 'topic' = '…'" });
  if (format === 'raw') return { schema: [{ name: 'value', type: types.string() }], options: {} };
  if (format !== 'json' && format !== 'csv')
    throw new TidemillError('no-columns', `records of format '${format ?? ''}' do not tell their columns`, {
      hint: 'Declare the columns with CREATE TABLE.',
    });
  const texts = await lastValues(options, topic);
  if (texts.length === 0)
    throw new TidemillError('no-columns', `topic '${topic}' has no records to take columns from`, {
      hint: 'Declare the columns with CREATE TABLE.',
    });
  const place = `topic '${topic}'`;
  if (format === 'json') return inferJson(texts.map(text => text.replace(/\r?\n/g, ' ')).join('\n'), options, place);
  const found = inferCsv(texts.join('\n'), { ...options, 'csv.header': 'false' }, place);
  return { schema: found.schema, options: {} };
}

async function lastValues(options: Options, topic: string): Promise<string[]> {
  const lease = leaseClient(options);
  try {
    const { client } = lease;
    const { partitions } = await client.topic(topic);
    const all = partitions.map(({ partition }) => ({ topic, partition }));
    const ends = await resolveOffsets(client, all, { kind: 'latest' }, false, undefined);
    const starts = await resolveOffsets(client, all, { kind: 'earliest' }, false, undefined);
    const filled = all.filter(each => ends.get(nameOf(each))! > starts.get(nameOf(each))!);
    const each = Math.ceil(limits.inferenceRecordsMax / Math.max(filled.length, 1));
    const texts: string[] = [];
    for (const partition of filled) {
      const end = ends.get(nameOf(partition))!;
      const from = Math.max(starts.get(nameOf(partition))!, end - each);
      texts.push(...(await valuesOf(client, partition, from, end)));
      if (texts.length >= limits.inferenceRecordsMax) break;
    }
    return texts;
  } finally {
    lease.release();
  }
}

const sampleFetch = {
  committedOnly: false,
  minBytes: 1,
  maxBytes: limits.inferenceBytesMax,
  partitionMaxBytes: limits.inferenceBytesMax,
  waitMsMax: 500,
  rack: '',
};

async function valuesOf(client: KafkaClient, place: TopicPartition, from: number, end: number): Promise<string[]> {
  const memory = new TaskMemory();
  const reader = new RecordBatchReader(memory, loadKernels(memory), `topic '${place.topic}', partition ${place.partition}`, {
    from,
    stop: end,
    checksums: true,
  });
  const texts: string[] = [];
  while (!reader.stopped && reader.nextOffset < end) {
    const leader = await client.leaderOf(place.topic, place.partition);
    const wanted = { ...place, leaderEpoch: -1, offset: reader.nextOffset };
    const body = fetchRequest(sampleFetch, sampleFetch.waitMsMax, { id: 0, epoch: -1 }, [wanted], [], limits.inferenceBytesMax);
    const [fetched] = fetchedPartitions(await client.request(leader, apiKeys.fetch, fetchVersion, body, { lane: 'sample' }));
    if (fetched === undefined || fetched.error !== 0 || fetched.records.length === 0) break;
    reader.feed({ records: fetched.records, aborted: fetched.aborted });
    const before = reader.nextOffset;
    while (!reader.empty) {
      const { rows, values } = reader.read(1000);
      for (let row = 0; row < rows; row++) {
        const [at, bytes] = [memory.u32[(values >> 2) + row * 2]!, memory.u32[(values >> 2) + row * 2 + 1]!];
        if (bytes !== 0 && bytes !== 0xffffffff) texts.push(Buffer.from(memory.u8.slice(at, at + bytes)).toString());
      }
    }
    if (reader.nextOffset === before) break;
  }
  reader.close();
  return texts;
}
