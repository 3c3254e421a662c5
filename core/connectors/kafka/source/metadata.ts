import { type SqlType, types } from '../../../columnar/types.ts';

/** What a record tells besides its key and value: type by key. Source: Flink docs, "Apache Kafka SQL Connector". */
export const metadataTypes: Readonly<Record<string, SqlType>> = {
  topic: types.string(false),
  partition: types.int(false),
  headers: types.map(types.string(), types.bytes(), false),
  'leader-epoch': types.int(),
  offset: types.bigint(false),
  timestamp: types.timestampLtz(3, false),
  'timestamp-type': types.string(false),
};
