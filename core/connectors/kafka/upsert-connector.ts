import type { Connector, ScanRequest, Source } from '../contract.ts';
import { badRecordOptions } from '../decoding/bad-records.ts';
import { commonOptions } from '../options.ts';
import { boundedOptions, propertyOptions, recordOptions, sourceOptions } from './options.ts';
import { upsertSinkOptions, writtenMetadata } from './sink/options.ts';
import { upsertKafkaSink } from './sink/sink.ts';
import { metadataTypes } from './source/metadata.ts';
import { isBounded } from './source/settings.ts';
import { kafkaSource } from './source/source.ts';

const { topic, 'topic-pattern': pattern, 'scan.topic-partition-discovery.interval': discovery } = sourceOptions;
const { format: _, ...parts } = recordOptions;

/**
 * Topics whose records are the latest row of a primary key; a record without value deletes its key. Read from the beginning.
 * Source: Flink docs, "Upsert Kafka SQL Connector".
 */
export const upsertKafka: Connector = {
  name: 'upsert-kafka',
  options: {
    ...commonOptions,
    ...badRecordOptions,
    topic: topic!,
    'topic-pattern': pattern!,
    ...boundedOptions,
    'scan.topic-partition-discovery.interval': discovery!,
    ...parts,
    'key.format': { ...parts['key.format']!, required: true },
    'value.format': {
      ...parts['value.format']!,
      required: true,
      doc: "How a record's value is written; its options begin with 'value.'.",
    },
    ...upsertSinkOptions,
    ...propertyOptions,
  },
  formats: ['json', 'csv', 'avro', 'raw'],
  boundedness: options => (isBounded(options) ? 'bounded' : 'unbounded'),
  capabilities: { projection: true, limit: false, filter: () => false },
  metadata: metadataTypes,
  writtenMetadata,
  sourceMode: 'upsert',
  sinkMode: 'upsert',
  source: (request: ScanRequest): Source => {
    const { source } = request;
    const options = { ...source.options, 'scan.startup.mode': 'earliest-offset' };
    return kafkaSource({ ...request, source: { ...source, options } }, true);
  },
  sink: upsertKafkaSink,
};
