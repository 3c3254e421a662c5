import { apiKeys, type KafkaClient } from './client.ts';
import { protocolError } from './protocol-errors.ts';
import { WireWriter } from './wire.ts';

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** Copies of each partition; −1: the broker's default. */
  readonly replicationFactor?: number;
  readonly configuration?: Readonly<Record<string, string>>;
}

/** Makes topics and waits until they have leaders; one that exists is left as it is. @throws TidemillError `kafka-error`, `not-authorized`. */
export async function createTopics(client: KafkaClient, topics: readonly NewTopic[]): Promise<void> {
  await client.retry('creating topics', async () => {
    const body = new WireWriter();
    body.array(topics, topic => {
      body
        .string(topic.name)
        .int32(topic.partitions)
        .int16(topic.replicationFactor ?? -1);
      body.int32(0);
      body.array(Object.entries(topic.configuration ?? {}), ([key, value]) => body.string(key).string(value));
    });
    body.int32(client.options.requestTimeoutMs).boolean(false);
    const reader = await client.request(await client.controller(), apiKeys.createTopics, 4, body.bytes);
    reader.int32();
    const answers = reader.array(() => ({ name: reader.string()!, error: reader.int16(), message: reader.string() }));
    // 36: it is there already
    const failed = answers.find(answer => answer.error !== 0 && answer.error !== 36);
    return failed === undefined ? { value: undefined } : failed;
  });
  for (const { name } of topics) await untilThere(client, name);
}

async function untilThere(client: KafkaClient, name: string): Promise<void> {
  await client.retry(`topic '${name}'`, async () => {
    const topic = (await client.metadata([name])).topics[0];
    if (topic?.error === 0 && topic.partitions.every(partition => partition.leader >= 0)) return { value: undefined };
    return { error: topic?.error === 0 || topic === undefined ? 5 : topic.error };
  });
}

/** Deletes topics; one that is not there is no error. @throws TidemillError `kafka-error`, `not-authorized`. */
export async function deleteTopics(client: KafkaClient, names: readonly string[]): Promise<void> {
  const body = new WireWriter();
  body.array(names, name => body.string(name)).int32(client.options.requestTimeoutMs);
  const reader = await client.request(await client.controller(), apiKeys.deleteTopics, 3, body.bytes);
  reader.int32();
  for (const { name, error } of reader.array(() => ({ name: reader.string()!, error: reader.int16() })))
    if (error !== 0 && error !== 3) throw protocolError(error, `deleting topic '${name}'`);
}

/** Raises the number of a topic's partitions. @throws TidemillError `kafka-error`, `not-authorized`. */
export async function createPartitions(client: KafkaClient, topic: string, partitions: number): Promise<void> {
  await client.retry(`adding partitions to topic '${topic}'`, async () => {
    const body = new WireWriter();
    body.array([topic], name => body.string(name).int32(partitions).int32(-1));
    body.int32(client.options.requestTimeoutMs).boolean(false);
    const reader = await client.request(await client.controller(), apiKeys.createPartitions, 1, body.bytes);
    reader.int32();
    const [answer] = reader.array(() => ({ name: reader.string(), error: reader.int16(), message: reader.string() }));
    return answer === undefined || answer.error === 0 ? { value: undefined } : answer;
  });
}

/** Deletes the records of a partition before an offset. @throws TidemillError `kafka-error`, `not-authorized`. */
export async function deleteRecords(client: KafkaClient, topic: string, partition: number, before: number): Promise<void> {
  const body = new WireWriter();
  body.array([topic], name => body.string(name).array([partition], number => body.int32(number).int64(before)));
  body.int32(client.options.requestTimeoutMs);
  const leader = await client.leaderOf(topic, partition);
  const reader = await client.request(leader, apiKeys.deleteRecords, 1, body.bytes);
  reader.int32();
  const codes = reader.array(() => {
    reader.string();
    return reader.array(() => {
      reader.int32();
      reader.int64();
      return reader.int16();
    });
  });
  const failed = codes.flat().find(code => code !== 0);
  if (failed !== undefined) throw protocolError(failed, `deleting records of topic '${topic}', partition ${partition}`);
}

/** −1: behind the last record; −2: the first there is; else the first at or behind a time (ms). */
export type OffsetQuestion = number;
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  /** −1 when no record is that late. */
  readonly offset: number;
}

/**
 * Offsets of partitions, asked of their leaders. `committedOnly`: "behind the last" ends where the first open transaction begins.
 * @throws TidemillError `unknown-topic`, `not-authorized`, `kafka-error`.
 */
export async function listOffsets(
  client: KafkaClient,
  partitions: readonly { readonly topic: string; readonly partition: number; readonly question: OffsetQuestion }[],
  committedOnly: boolean,
): Promise<PartitionOffset[]> {
  const missing = new Map(partitions.map(each => [`${each.topic} ${each.partition}`, each]));
  const found: PartitionOffset[] = [];
  let fresh = false;
  await client.retry('looking up offsets', async () => {
    const byLeader = new Map<number, (typeof partitions)[number][]>();
    const renewed = new Set<string>();
    for (const each of missing.values()) {
      const again = fresh && !renewed.has(each.topic);
      renewed.add(each.topic);
      const leader = await client.leaderOf(each.topic, each.partition, again);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), each]);
    }
    fresh = true;
    let failed: { readonly error: number; readonly message: string } | undefined;
    for (const [leader, asked] of byLeader) {
      const topics = [...new Set(asked.map(each => each.topic))];
      const body = new WireWriter().int32(-1).int8(committedOnly ? 1 : 0);
      body.array(topics, topic => {
        body.string(topic).array(
          asked.filter(each => each.topic === topic),
          each => body.int32(each.partition).int32(-1).int64(each.question),
        );
      });
      const reader = await client.request(leader, apiKeys.listOffsets, 5, body.bytes);
      reader.int32();
      reader.array(() => {
        const topic = reader.string()!;
        reader.array(() => {
          const partition = reader.int32();
          const error = reader.int16();
          reader.long();
          const offset = reader.long();
          reader.int32();
          if (error !== 0) failed = { error, message: `topic '${topic}', partition ${partition}` };
          else if (missing.delete(`${topic} ${partition}`)) found.push({ topic, partition, offset });
        });
      });
    }
    return failed ?? { value: undefined };
  });
  return found;
}

/** Offsets a consumer group has committed; a partition without one is left out. @throws TidemillError `not-authorized`, `kafka-error`. */
export async function committedOffsets(
  client: KafkaClient,
  group: string,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<PartitionOffset[]> {
  let fresh = false;
  return client.retry<PartitionOffset[]>(`reading the offsets of group '${group}'`, async () => {
    const topics = [...new Set(partitions.map(each => each.topic))];
    const body = new WireWriter();
    body.string(group).array(topics, topic => {
      body.string(topic).array(
        partitions.filter(each => each.topic === topic),
        each => body.int32(each.partition),
      );
    });
    const node = await client.coordinatorOf('group', group, fresh);
    fresh = true;
    const reader = await client.request(node, apiKeys.offsetFetch, 5, body.bytes);
    reader.int32();
    let error = 0;
    const offsets: PartitionOffset[] = [];
    reader.array(() => {
      const topic = reader.string()!;
      reader.array(() => {
        const partition = reader.int32();
        const offset = reader.long();
        reader.int32();
        reader.string();
        error ||= reader.int16();
        if (offset >= 0) offsets.push({ topic, partition, offset });
      });
    });
    error ||= reader.int16();
    return error === 0 ? { value: offsets } : { error };
  });
}

/** Commits offsets for a group without members, for those who watch it. @throws TidemillError `not-authorized`, `kafka-error`. */
export async function commitOffsets(client: KafkaClient, group: string, offsets: readonly PartitionOffset[]): Promise<void> {
  let fresh = false;
  await client.retry(`committing the offsets of group '${group}'`, async () => {
    const topics = [...new Set(offsets.map(each => each.topic))];
    const body = new WireWriter().string(group).int32(-1).string('').string(undefined);
    body.array(topics, topic => {
      body.string(topic).array(
        offsets.filter(each => each.topic === topic),
        each => body.int32(each.partition).int64(each.offset).int32(-1).string(''),
      );
    });
    const node = await client.coordinatorOf('group', group, fresh);
    fresh = true;
    const reader = await client.request(node, apiKeys.offsetCommit, 7, body.bytes);
    reader.int32();
    let error = 0;
    reader.array(() => {
      reader.string();
      reader.array(() => {
        reader.int32();
        error ||= reader.int16();
      });
    });
    return error === 0 ? { value: undefined } : { error };
  });
}
