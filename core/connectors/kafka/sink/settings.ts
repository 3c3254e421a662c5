import type { Field, Schema } from '../../../columnar/types.ts';
import { notSupported, TidemillError } from '../../../common/errors.ts';
import { limits } from '../../../common/limits.ts';
import { didYouMean } from '../../../common/nearest-names.ts';
import type { TableSink } from '../../../plan/nodes.ts';
import { type Options, wrongOption } from '../../options.ts';
import { integer } from '../client/client-options.ts';
import type { Compression } from '../producer/batch-builder.ts';
import type { ProducerSettings } from '../producer/producer.ts';

export type DeliveryGuarantee = 'none' | 'at-least-once' | 'exactly-once';
export type Partitioner = 'default' | 'fixed' | 'round-robin';

/** A key's or value's format: positions of its columns in the sink's schema, their names there, and the format's own options. */
export interface RecordPart {
  readonly format: string;
  readonly columns: readonly number[];
  readonly schema: Schema;
  readonly options: Options;
}

export interface SinkSettings {
  readonly topics: readonly string[];
  readonly guarantee: DeliveryGuarantee;
  readonly partitioner: Partitioner;
  readonly key: RecordPart | undefined;
  readonly value: RecordPart;
  /** Positions of metadata columns in the sink's schema, by the connector's key. */
  readonly metadata: { readonly topic?: number; readonly headers?: number; readonly timestamp?: number };
  readonly transactionalIdPrefix: string;
  readonly transactionTimeoutMs: number;
  /** A prepared transaction that is gone is no error. */
  readonly ignoresLost: boolean;
  readonly idempotent: boolean;
  readonly producer: ProducerSettings;
  /** Rows are upserts by key: a delete is a record without value. */
  readonly upsert: boolean;
}

const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** What a table's options say about writing. @throws TidemillError `wrong-option`, `missing-option`, `not-supported`, `unknown-column`. */
export function sinkSettings(sink: TableSink, upsert: boolean): SinkSettings {
  const { options, schema } = sink;
  const topics = (options['topic'] ?? '')
    .split(';')
    .map(topic => topic.trim())
    .filter(topic => topic !== '');
  if (topics.length === 0)
    throw new TidemillError('missing-option', `to write to '${sink.name}', say which topic`, {
      hint:
        options['topic-pattern'] === undefined ? "add 'topic' = '…'" : "'topic-pattern' is for reading only: add 'topic' = '…'",
    });
  const place = (key: string): number | undefined => {
    const name = Object.entries(sink.metadata ?? {}).find(([, metadata]) => metadata === key)?.[0];
    return name === undefined ? undefined : schema.findIndex(field => field.name === name);
  };
  const metadata = Object.fromEntries(
    (['topic', 'headers', 'timestamp'] as const).flatMap(key => (place(key) === undefined ? [] : [[key, place(key)]])),
  ) as SinkSettings['metadata'];
  if (topics.length > 1 && upsert) throw wrongOption('topic', options['topic']!, "one topic for 'upsert-kafka'");
  if (topics.length > 1 && metadata.topic === undefined)
    throw new TidemillError('wrong-option', `'${sink.name}' has several topics, and no column says which one a row goes to`, {
      hint: "declare a column: topic STRING NOT NULL METADATA, or name one topic in 'topic'",
    });
  const guarantee = (options['sink.delivery-guarantee'] ?? 'at-least-once') as DeliveryGuarantee;
  const transactionalIdPrefix = options['sink.transactional-id-prefix'] ?? '';
  if (guarantee === 'exactly-once' && transactionalIdPrefix === '')
    throw new TidemillError('missing-option', "'sink.delivery-guarantee' = 'exactly-once' needs 'sink.transactional-id-prefix'", {
      hint: 'Give each writing statement a prefix that no other writer of the cluster uses.',
    });
  const { key, value } = recordParts(sink, upsert);
  const acks = options['properties.acks'] ?? 'all';
  const idempotence = options['properties.enable.idempotence'];
  if (acks === '0')
    throw notSupported("'properties.acks' = '0'", undefined, "Write 'properties.acks' = '1': the answer costs nothing.");
  if (!['all', '-1', '1'].includes(acks)) throw wrongOption('properties.acks', acks, "'all' or '1'");
  const allAcks = acks !== '1';
  if (!allAcks && (guarantee === 'exactly-once' || idempotence === 'true'))
    throw wrongOption('properties.acks', acks, `'all' with ${guarantee === 'exactly-once' ? 'exactly-once' : 'idempotence'}`);
  return {
    topics,
    guarantee,
    partitioner: partitionerOf(options, key !== undefined),
    key,
    value,
    metadata,
    transactionalIdPrefix,
    transactionTimeoutMs: integer(options, 'transaction.timeout.ms', limits.kafkaTransactionTimeoutMs),
    ignoresLost: options['sink.on-lost-transaction'] === 'ignore',
    idempotent: guarantee !== 'exactly-once' && allAcks && idempotence !== 'false',
    producer: producerSettings(options, allAcks),
    upsert,
  };
}

function producerSettings(options: Options, allAcks: boolean): ProducerSettings {
  const compression = (options['properties.compression.type'] ?? 'none') as Compression;
  if (!compressions.includes(compression))
    throw wrongOption('properties.compression.type', compression, compressions.join(', '), didYouMean(compression, compressions));
  const inFlightMax = integer(options, 'max.in.flight.requests.per.connection', 5);
  if (inFlightMax < 1 || inFlightMax > 5)
    throw wrongOption(
      'properties.max.in.flight.requests.per.connection',
      String(inFlightMax),
      '1 to 5, for the order of records',
    );
  return {
    acks: allAcks ? -1 : 1,
    compression,
    batchBytes: integer(options, 'batch.size', limits.kafkaBatchBytes),
    lingerMs: integer(options, 'linger.ms', 0),
    inFlightMax,
    requestBytesMax: integer(options, 'max.request.size', 1 << 20),
    bufferBytesMax: integer(options, 'buffer.memory', 32 << 20),
    requestTimeoutMs: integer(options, 'request.timeout.ms', limits.kafkaRequestTimeoutMs),
    deliveryTimeoutMs: integer(options, 'delivery.timeout.ms', 120_000),
    retryBackoffMs: Math.max(integer(options, 'retry.backoff.ms', 100), 1),
    retryBackoffMsMax: Math.max(integer(options, 'retry.backoff.max.ms', 1000), 1),
    metadataMsMax: integer(options, 'metadata.max.age.ms', 300_000),
  };
}

function partitionerOf(options: Options, hasKey: boolean): Partitioner {
  const given = options['sink.partitioner'] ?? 'default';
  if (given !== 'default' && given !== 'fixed' && given !== 'round-robin')
    throw notSupported(
      `'sink.partitioner' = '${given}'`,
      undefined,
      "There are 'default', 'fixed' and 'round-robin'; Java classes run on Flink only.",
    );
  if (given === 'round-robin' && hasKey)
    throw wrongOption(
      'sink.partitioner',
      given,
      "'default' or 'fixed' where records have keys",
      "round-robin is for records without 'key.fields'.",
    );
  return given;
}

/** Which columns are in a record's key and value. */
export function recordParts(
  sink: Pick<TableSink, 'name' | 'schema' | 'options' | 'primaryKey' | 'metadata'>,
  upsert: boolean,
): {
  readonly key: RecordPart | undefined;
  readonly value: RecordPart;
} {
  const { options, schema } = sink;
  const physical = schema.map((_, index) => index).filter(index => sink.metadata?.[schema[index]!.name] === undefined);
  const prefix = options['key.fields-prefix'] ?? '';
  const names = upsert
    ? (sink.primaryKey ?? [])
    : (options['key.fields'] ?? '')
        .split(';')
        .map(name => name.trim())
        .filter(name => name !== '');
  const keyColumns = names.map(name => {
    const index = physical.find(at => schema[at]!.name === name);
    if (index !== undefined) return index;
    const all = physical.map(at => schema[at]!.name);
    throw new TidemillError('unknown-column', `'key.fields' names '${name}', which is no column of '${sink.name}'`, {
      hint: didYouMean(name, all) ?? `it has ${all.join(', ')}`,
    });
  });
  const keyFormat = options['key.format'];
  const valueFormat = options['value.format'] ?? options['format'];
  if (valueFormat === undefined)
    throw new TidemillError('missing-option', `'${sink.name}' does not say the format of its records`, {
      hint: "add 'format' = 'json'",
    });
  if (keyFormat !== undefined && keyColumns.length === 0)
    throw new TidemillError(
      'missing-option',
      `'${sink.name}' has a 'key.format' and no ${upsert ? 'PRIMARY KEY' : "'key.fields'"}`,
      {
        hint: upsert ? 'declare PRIMARY KEY (…) NOT ENFORCED' : "add 'key.fields' = 'a;b'",
      },
    );
  if (keyFormat === undefined && keyColumns.length > 0)
    throw new TidemillError('missing-option', `'${sink.name}' has keys and no 'key.format'`, {
      hint: "add 'key.format' = 'json'",
    });
  const withoutKey = options['value.fields-include'] === 'EXCEPT_KEY';
  if (prefix !== '' && !withoutKey)
    throw wrongOption('key.fields-prefix', prefix, "nothing unless 'value.fields-include' = 'EXCEPT_KEY'");
  const keyed = (index: number): Field => {
    const field = schema[index]!;
    if (!field.name.startsWith(prefix))
      throw wrongOption('key.fields-prefix', prefix, `what all key columns begin with; '${field.name}' does not`);
    return { ...field, name: field.name.slice(prefix.length) };
  };
  const valueColumns = withoutKey ? physical.filter(index => !keyColumns.includes(index)) : physical;
  return {
    key:
      keyFormat === undefined
        ? undefined
        : {
            format: keyFormat,
            columns: keyColumns,
            schema: keyColumns.map(keyed),
            options: formatOptions(options, 'key', keyFormat),
          },
    value: {
      format: valueFormat,
      columns: valueColumns,
      schema: valueColumns.map(index => schema[index]!),
      options: formatOptions(options, 'value', valueFormat),
    },
  };
}

/** A format's options without the prefix `key.` or `value.`. */
function formatOptions(options: Options, part: 'key' | 'value', format: string): Options {
  const found: Record<string, string> = { format };
  for (const [name, value] of Object.entries(options)) {
    if (part === 'value' && name.startsWith(`${format}.`)) found[name] = value;
    else if (name.startsWith(`${part}.${format}.`)) found[name.slice(part.length + 1)] = value;
  }
  return found;
}
