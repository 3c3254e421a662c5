import { TidemillError } from '../../../common/errors.ts';
import type { ReadContext, ScanRequest, Source, Split, SplitPosition, SplitReader } from '../../contract.ts';
import { requireDeadLetterColumns } from '../../decoding/bad-records.ts';
import { commitOffsets } from '../client/admin.ts';
import type { KafkaClient } from '../client/client.ts';
import { leaseClient } from '../client/shared.ts';
import { recordParts } from '../sink/settings.ts';
import { Fetcher } from './fetcher.ts';
import { nameOf, resolveOffsets, type TopicPartition } from './offsets.ts';
import { type FetchLease, PartitionReader, splitOf } from './reader.ts';
import { type SourceSettings, sourceSettings } from './settings.ts';

/** Reads topics of Kafka: a split a partition. `upsert`: records are the latest rows of the table's primary key. @throws TidemillError as sourceSettings, recordParts. */
export function kafkaSource(request: ScanRequest, upsert = false): Source {
  const { source } = request;
  const settings = sourceSettings(source);
  const parts = recordParts(source, upsert);
  if (source.deadLetters !== undefined) requireDeadLetterColumns(source.deadLetters.schema, source.deadLetters.name);
  let found: readonly Split[] = [];
  let discovered = false;
  let nextLookMs = 0;
  return {
    openSplitsMax: Number.POSITIVE_INFINITY,
    async discover(_parallelism: number, known?: ReadonlySet<string>): Promise<readonly Split[]> {
      if (discovered && (settings.discoveryIntervalMs === 0 || performance.now() < nextLookMs)) return found;
      const lease = leaseClient(source.options);
      try {
        const partitions = await partitionsNow(lease.client, settings);
        const before = new Set([...(known ?? []), ...found.map(split => split.id)]);
        const added = partitions.filter(each => !before.has(nameOf(each)));
        // What is found later has been made meanwhile: all of it is new.
        const later = discovered || (known !== undefined && known.size > 0);
        found = [...found, ...(await splitsOf(lease.client, settings, added, later))];
        discovered = true;
        nextLookMs = performance.now() + settings.discoveryIntervalMs;
        return found;
      } finally {
        lease.release();
      }
    },
    open(split: Split, position: SplitPosition | undefined, context: ReadContext): SplitReader {
      return new PartitionReader(
        splitOf(split.data),
        position,
        request,
        parts,
        settings,
        leaseFetcher(source.options, settings, split.id),
        context,
        upsert,
      );
    },
    ...(settings.commitsOffsets && {
      async checkpointed(positions: readonly { readonly split: Split; readonly position: SplitPosition }[]): Promise<void> {
        const lease = leaseClient(source.options);
        try {
          await commitOffsets(
            lease.client,
            settings.group!,
            positions.map(({ split, position }) => ({
              topic: String(split.data['topic']),
              partition: Number(split.data['partition']),
              offset: Number(position['offset']),
            })),
          );
        } finally {
          lease.release();
        }
      },
    }),
  };
}

async function partitionsNow(client: KafkaClient, settings: SourceSettings): Promise<readonly TopicPartition[]> {
  const { topics, pattern } = settings;
  if (topics !== undefined) {
    const found = await Promise.all(topics.map(topic => client.topic(topic, true)));
    return found.flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition })));
  }
  const { topics: all } = await client.metadata(undefined);
  return all
    .filter(topic => !topic.internal && pattern!.test(topic.name) && topic.error === 0)
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition })));
}

async function splitsOf(
  client: KafkaClient,
  settings: SourceSettings,
  partitions: readonly TopicPartition[],
  later: boolean,
): Promise<readonly Split[]> {
  const { committedOnly } = settings.fetch;
  const startup = later ? ({ kind: 'earliest' } as const) : settings.startup;
  const starts = await resolveOffsets(client, partitions, startup, committedOnly, settings.group);
  const stops =
    settings.stop === undefined
      ? undefined
      : await resolveOffsets(client, partitions, settings.stop, committedOnly, settings.group);
  return partitions.map(each => {
    const name = nameOf(each);
    const start = starts.get(name);
    if (start === undefined)
      throw new TidemillError('kafka-offset', `the broker told no offset of topic '${each.topic}', partition ${each.partition}`, {
        domain: 'external',
      });
    return { id: name, data: { ...each, start, ...(stops && { stop: stops.get(name)! }) } };
  });
}

interface SharedFetcher {
  readonly fetcher: Fetcher;
  readonly lease: ReturnType<typeof leaseClient>;
  /** Ids of the splits that are read with it: a fetch can ask for a partition once only. */
  readonly splits: Set<string>;
}
const fetchers = new Map<string, (SharedFetcher | undefined)[]>();

/** A fetcher of the thread for a connection and what is asked of it, which nobody reads this split with yet: the readers of other tables have others. */
function leaseFetcher(options: Readonly<Record<string, string>>, settings: SourceSettings, split: string): FetchLease {
  const connection = Object.entries(options).filter(([name]) => name.startsWith('properties.'));
  const key = JSON.stringify([connection.sort(), settings.fetch]);
  const shared = fetchers.get(key) ?? [];
  fetchers.set(key, shared);
  const free = shared.findIndex(each => each?.splits.has(split) !== true);
  const place = free < 0 ? shared.length : free;
  let leased = shared[place];
  if (leased === undefined) {
    const lease = leaseClient(options);
    const lane = `fetch ${place} ${JSON.stringify(settings.fetch)}`;
    leased = { fetcher: new Fetcher(lease.client, settings.fetch, lane), lease, splits: new Set() };
    shared[place] = leased;
  }
  const used = leased;
  used.splits.add(split);
  return {
    lease: used.lease,
    fetcher: used.fetcher,
    release() {
      used.splits.delete(split);
      if (used.splits.size > 0) return;
      shared[place] = undefined;
      if (shared.every(each => each === undefined)) fetchers.delete(key);
      used.lease.release();
    },
  };
}
