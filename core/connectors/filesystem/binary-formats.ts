import type { FormatDescriptor } from '../contract.ts';

/** Parquet, by DuckDB. Source: Flink docs, "Parquet Format". */
export const parquetFormat: FormatDescriptor = {
  name: 'parquet',
  options: {
    'parquet.compression': {
      type: 'enum',
      values: ['SNAPPY', 'GZIP', 'ZSTD', 'UNCOMPRESSED'],
      default: 'SNAPPY',
      doc: 'How written pages are compressed.',
    },
    'parquet.utc-timezone': { type: 'boolean', ignored: true, doc: 'Times are stored as they are; nothing is shifted.' },
    'parquet.*': { type: 'string', ignored: true, doc: "Settings of Flink's Parquet writer." },
  },
};

/** Arrow IPC, file or stream. Ours. */
export const arrowFormat: FormatDescriptor = { name: 'arrow', options: {} };
