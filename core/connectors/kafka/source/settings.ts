import { notSupported, TidemillError } from '../../../common/errors.ts';
import { limits } from '../../../common/limits.ts';
import { javaPattern } from '../../../functions/java-regex.ts';
import type { TableSource } from '../../../plan/nodes.ts';
import { type Options, optionOf, wrongOption } from '../../options.ts';
import { integer } from '../client/client-options.ts';

/** Where reading starts or ends. `none` as an offset reset: a missing offset is an error. */
export type OffsetMode =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'group'; readonly reset: OffsetReset }
  | { readonly kind: 'timestamp'; readonly epochMs: number }
  | { readonly kind: 'specific'; readonly offsets: ReadonlyMap<number, number> };
export type OffsetReset = 'earliest' | 'latest' | 'none';

export interface FetchSettings {
  readonly committedOnly: boolean;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Undefined: as {@link partitionBytesMax} has it. */
  readonly partitionMaxBytes: number | undefined;
  readonly waitMsMax: number;
  readonly rack: string;
}
export interface SourceSettings {
  readonly topics: readonly string[] | undefined;
  readonly pattern: RegExp | undefined;
  readonly startup: OffsetMode;
  readonly stop: OffsetMode | undefined;
  /** What happens when an offset to read from is not there any more. */
  readonly reset: OffsetReset;
  /** 0: partitions are looked up once. */
  readonly discoveryIntervalMs: number;
  readonly group: string | undefined;
  readonly commitsOffsets: boolean;
  readonly checksums: boolean;
  readonly fetch: FetchSettings;
}

/** What a table's options say about reading. @throws TidemillError `wrong-option`, `missing-option`, `not-supported`. */
export function sourceSettings(source: TableSource): SourceSettings {
  const { options } = source;
  const { topics, pattern } = topicsOf(source);
  const group = options['properties.group.id'];
  const startup = startupMode(options, topics, group);
  const reset = resetOf(options);
  return {
    topics,
    pattern,
    startup,
    stop: boundedMode(options, topics, group),
    // As Flink's initializers have it: only group offsets follow the property.
    reset:
      startup.kind === 'group'
        ? reset
        : startup.kind === 'latest'
          ? 'latest'
          : startup.kind === 'timestamp'
            ? 'none'
            : 'earliest',
    discoveryIntervalMs: optionOf.durationMs(options, 'scan.topic-partition-discovery.interval', 300_000),
    group,
    commitsOffsets: group !== undefined && optionOf.boolean(options, 'properties.commit.offsets.on.checkpoint', true),
    checksums: optionOf.boolean(options, 'properties.check.crcs', true),
    fetch: {
      committedOnly: isolation(options) === 'read_committed',
      minBytes: integer(options, 'fetch.min.bytes', 1),
      maxBytes: integer(options, 'fetch.max.bytes', 50 << 20),
      partitionMaxBytes:
        options['properties.max.partition.fetch.bytes'] === undefined
          ? undefined
          : integer(options, 'max.partition.fetch.bytes', 1 << 20),
      waitMsMax: integer(options, 'fetch.max.wait.ms', 500),
      rack: options['properties.client.rack'] ?? '',
    },
  };
}

/** Whether a table ends: `scan.bounded.mode` says where. */
export function isBounded(options: Options): boolean {
  return (options['scan.bounded.mode'] ?? 'unbounded') !== 'unbounded';
}

function topicsOf(source: TableSource): { topics: readonly string[] | undefined; pattern: RegExp | undefined } {
  const { options } = source;
  const pattern = options['topic-pattern'];
  if (options['topic'] !== undefined && pattern !== undefined)
    throw new TidemillError('wrong-option', `'${source.name}' has both 'topic' and 'topic-pattern'`, {
      hint: 'Leave one of them out.',
    });
  if (pattern !== undefined) {
    const translated = javaPattern(pattern);
    if (translated === undefined) throw wrongOption('topic-pattern', pattern, 'a regular expression of Java');
    return {
      topics: undefined,
      pattern: new RegExp(`^(?:${translated.expression.source})$`, translated.expression.flags.replace('g', '')),
    };
  }
  const topics = (options['topic'] ?? '')
    .split(';')
    .map(topic => topic.trim())
    .filter(topic => topic !== '');
  if (topics.length === 0)
    throw new TidemillError('missing-option', `'${source.name}' does not say which topic to read`, {
      hint: "add 'topic' = '…' (several: 'a;b'), or 'topic-pattern' = '…'",
    });
  return { topics: [...new Set(topics)], pattern: undefined };
}

function startupMode(options: Options, topics: readonly string[] | undefined, group: string | undefined): OffsetMode {
  const mode = options['scan.startup.mode'] ?? 'group-offsets';
  switch (mode) {
    case 'earliest-offset':
      return { kind: 'earliest' };
    case 'latest-offset':
      return { kind: 'latest' };
    case 'group-offsets':
      return groupOffsets(options, group, 'scan.startup.mode', resetOf(options));
    case 'timestamp':
      return { kind: 'timestamp', epochMs: needed(options, 'scan.startup.timestamp-millis') };
    case 'specific-offsets':
      return specificOffsets(options, 'scan.startup.specific-offsets', topics);
    default:
      throw wrongOption(
        'scan.startup.mode',
        mode,
        "'earliest-offset', 'latest-offset', 'group-offsets', 'timestamp' or 'specific-offsets'",
      );
  }
}

function boundedMode(options: Options, topics: readonly string[] | undefined, group: string | undefined): OffsetMode | undefined {
  const mode = options['scan.bounded.mode'] ?? 'unbounded';
  switch (mode) {
    case 'unbounded':
      return undefined;
    case 'latest-offset':
      return { kind: 'latest' };
    case 'group-offsets':
      return groupOffsets(options, group, 'scan.bounded.mode', 'none');
    case 'timestamp':
      return { kind: 'timestamp', epochMs: needed(options, 'scan.bounded.timestamp-millis') };
    case 'specific-offsets':
      return specificOffsets(options, 'scan.bounded.specific-offsets', topics);
    default:
      throw wrongOption(
        'scan.bounded.mode',
        mode,
        "'unbounded', 'latest-offset', 'group-offsets', 'timestamp' or 'specific-offsets'",
      );
  }
}

function groupOffsets(options: Options, group: string | undefined, key: string, reset: OffsetReset): OffsetMode {
  if (group === undefined)
    throw new TidemillError(
      'missing-option',
      options[key] === undefined
        ? "a Kafka table starts from its group's offsets, and there is no 'properties.group.id'"
        : `'${key}' = 'group-offsets' needs 'properties.group.id'`,
      { hint: "name the group, or say where to start: 'scan.startup.mode' = 'earliest-offset'" },
    );
  return { kind: 'group', reset };
}

function resetOf(options: Options): OffsetReset {
  const given = options['properties.auto.offset.reset'] ?? 'none';
  if (given !== 'earliest' && given !== 'latest' && given !== 'none') {
    if (given.startsWith('by_duration:')) throw notSupported(`'properties.auto.offset.reset' = '${given}'`);
    throw wrongOption('properties.auto.offset.reset', given, "'earliest', 'latest' or 'none'");
  }
  return given;
}

function isolation(options: Options): string {
  const given = options['properties.isolation.level'] ?? 'read_uncommitted';
  if (given !== 'read_committed' && given !== 'read_uncommitted')
    throw wrongOption('properties.isolation.level', given, "'read_committed' or 'read_uncommitted'");
  return given;
}

function needed(options: Options, key: string): number {
  if (options[key] === undefined)
    throw new TidemillError('missing-option', `the mode 'timestamp' needs '${key}'`, {
      hint: `'${key}' = '${Date.UTC(2026, 0)}' (milliseconds since 1970)`,
    });
  return optionOf.number(options, key, 0);
}

function specificOffsets(options: Options, key: string, topics: readonly string[] | undefined): OffsetMode {
  const text = options[key];
  const example = "'partition:0,offset:42;partition:1,offset:300'";
  if (text === undefined)
    throw new TidemillError('missing-option', `the mode 'specific-offsets' needs '${key}'`, { hint: `'${key}' = ${example}` });
  if (topics?.length !== 1)
    throw new TidemillError('wrong-option', `'${key}' is for a table of one topic`, { hint: 'Make one table per topic.' });
  const offsets = new Map<number, number>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const [, partition, offset] = /^\s*partition\s*:\s*(\d+)\s*,\s*offset\s*:\s*(\d+)\s*$/.exec(part) ?? [];
    if (partition === undefined) throw wrongOption(key, text, example);
    offsets.set(Number(partition), Number(offset));
  }
  if (offsets.size === 0) throw wrongOption(key, text, example);
  return { kind: 'specific', offsets };
}

/** How much of a partition one fetch asks for, unless the table says: more than Kafka's own clients where few are read, because requests take time. */
export function partitionBytesMax(fetch: FetchSettings, partitions: number): number {
  if (fetch.partitionMaxBytes !== undefined) return fetch.partitionMaxBytes;
  const { kafkaFetchBytes, kafkaPartitionBytesMin, kafkaPartitionBytesMax } = limits;
  return Math.min(Math.max(Math.floor(kafkaFetchBytes / partitions), kafkaPartitionBytesMin), kafkaPartitionBytesMax);
}

/** How much a reader holds of a partition before it stops asking for more. */
export function bufferedBytesMax(fetch: FetchSettings, partitions: number): number {
  const wanted = 2 * partitionBytesMax(fetch, partitions);
  return Math.min(Math.max(wanted, limits.kafkaBufferedBytesMin), limits.kafkaBufferedBytesMax);
}
