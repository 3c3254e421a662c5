import type { TableSink } from '../../../plan/nodes.ts';
import type { Sink } from '../../contract.ts';
import { clientPort } from '../producer/client-port.ts';
import { realTime } from '../producer/port.ts';
import { sinkSettings } from './settings.ts';
import { KafkaWriter } from './writer.ts';

/** Rows as records of topics. Source: Flink docs, "Apache Kafka SQL Connector". @throws TidemillError as {@link sinkSettings}. */
export function kafkaSink(sink: TableSink): Sink {
  const settings = sinkSettings(sink, false);
  return {
    open: context =>
      new KafkaWriter(settings, context, clientPort(sink.options), { ...realTime, epochMs: () => context.epochMs() }),
  };
}

/** Changes as upserts by the table's primary key; a deleted key is a record without value. Source: Flink docs, "Upsert Kafka SQL Connector". */
export function upsertKafkaSink(sink: TableSink): Sink {
  const settings = sinkSettings(sink, true);
  return {
    open: context =>
      new KafkaWriter(settings, context, clientPort(sink.options), { ...realTime, epochMs: () => context.epochMs() }),
  };
}
