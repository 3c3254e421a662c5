import { TidemillError } from '../../../common/errors.ts';
import { committedOffsets, listOffsets, type PartitionOffset } from '../client/admin.ts';
import type { KafkaClient } from '../client/client.ts';
import type { OffsetMode, OffsetReset } from './settings.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}
const latestQuestion = -1;
const earliestQuestion = -2;

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

/**
 * The offsets a mode means now, by {@link nameOf}.
 * @throws TidemillError `kafka-offset` where a group has none and nothing says what then; and those of the client.
 */
export async function resolveOffsets(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  mode: OffsetMode,
  committedOnly: boolean,
  group: string | undefined,
): Promise<ReadonlyMap<string, number>> {
  if (partitions.length === 0) return new Map();
  switch (mode.kind) {
    case 'earliest':
      return ask(client, partitions, earliestQuestion, committedOnly);
    case 'latest':
      return ask(client, partitions, latestQuestion, committedOnly);
    case 'timestamp': {
      // Without a record that late, the end it has now.
      const ends = await ask(client, partitions, latestQuestion, committedOnly);
      const found = await ask(client, partitions, mode.epochMs, committedOnly);
      return new Map([...ends].map(([name, end]) => [name, (found.get(name) ?? -1) < 0 ? end : found.get(name)!]));
    }
    case 'group': {
      const committed = byName(await committedOffsets(client, group!, partitions));
      const missing = partitions.filter(each => !committed.has(nameOf(each)));
      return new Map([...committed, ...(await resetOffsets(client, missing, mode.reset, committedOnly, group))]);
    }
    case 'specific': {
      const given = new Map(
        partitions.flatMap(each => {
          const offset = mode.offsets.get(each.partition);
          return offset === undefined ? [] : [[nameOf(each), offset] as const];
        }),
      );
      const missing = partitions.filter(each => !given.has(nameOf(each)));
      if (missing.length === 0) return given;
      // As Flink has it: a partition that is not named goes by the group's offset, else by its first.
      const committed = group === undefined ? [] : await committedOffsets(client, group, missing);
      const left = missing.filter(each => !committed.some(found => nameOf(found) === nameOf(each)));
      return new Map([...given, ...byName(committed), ...(await ask(client, left, earliestQuestion, committedOnly))]);
    }
  }
}

/** Where to go on when an offset is not there. @throws TidemillError `kafka-offset` for `none`. */
export async function resetOffsets(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  reset: OffsetReset,
  committedOnly: boolean,
  group?: string,
  wanted?: number,
): Promise<ReadonlyMap<string, number>> {
  if (partitions.length === 0) return new Map();
  if (reset !== 'none') return ask(client, partitions, reset === 'earliest' ? earliestQuestion : latestQuestion, committedOnly);
  const { topic, partition } = partitions[0]!;
  if (wanted === undefined)
    throw new TidemillError(
      'kafka-offset',
      `group '${group}' has committed no offset for topic '${topic}', partition ${partition}`,
      {
        domain: 'external',
        hint: "'properties.auto.offset.reset' = 'earliest' or 'latest' says where to start then; or use another 'scan.startup.mode'.",
      },
    );
  const [first, last] = await Promise.all([
    ask(client, partitions, earliestQuestion, false),
    ask(client, partitions, latestQuestion, false),
  ]);
  const name = nameOf(partitions[0]!);
  throw new TidemillError(
    'kafka-offset',
    `offset ${wanted} of topic '${topic}', partition ${partition} is not there: it has ${first.get(name)} to ${last.get(name)}`,
    {
      domain: 'external',
      hint: "The broker has deleted it (see the topic's retention.ms), or the topic was made anew. 'properties.auto.offset.reset' = 'earliest' goes on with what there is.",
    },
  );
}

async function ask(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  question: number,
  committedOnly: boolean,
): Promise<Map<string, number>> {
  const asked = partitions.map(({ topic, partition }) => ({ topic, partition, question }));
  return byName(await listOffsets(client, asked, committedOnly));
}

const byName = (offsets: readonly PartitionOffset[]): Map<string, number> =>
  new Map(offsets.map(each => [nameOf(each), each.offset]));
