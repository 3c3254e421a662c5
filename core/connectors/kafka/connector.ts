import type { Connector, ScanRequest, Source } from '../contract.ts';
import { badRecordOptions } from '../decoding/bad-records.ts';
import { commonOptions } from '../options.ts';
import { inferTopic } from './infer.ts';
import { propertyOptions, recordOptions, sourceOptions } from './options.ts';
import { kafkaSinkOptions, writtenMetadata } from './sink/options.ts';
import { kafkaSink } from './sink/sink.ts';
import { metadataTypes } from './source/metadata.ts';
import { isBounded } from './source/settings.ts';
import { kafkaSource } from './source/source.ts';

/** Topics of Apache Kafka. Source: Flink docs, "Apache Kafka SQL Connector". */
export const kafka: Connector = {
  name: 'kafka',
  options: { ...commonOptions, ...badRecordOptions, ...sourceOptions, ...recordOptions, ...kafkaSinkOptions, ...propertyOptions },
  formats: ['json', 'csv', 'avro', 'raw'],
  boundedness: options => (isBounded(options) ? 'bounded' : 'unbounded'),
  capabilities: { projection: true, limit: true, filter: () => false },
  metadata: metadataTypes,
  writtenMetadata,
  sinkMode: 'append',
  inferSchema: async options => (await inferTopic(options)).schema,
  inferOptions: async options => (await inferTopic(options)).options,
  source: (request: ScanRequest): Source => kafkaSource(request),
  sink: kafkaSink,
};
