import type { FormatDescriptor } from '../contract.ts';
import { type Options, optionOf } from '../options.ts';
import { avroCodecNames } from './codec.ts';

/** Avro: files of records with their schema. Source: Flink docs, "Avro Format". */
export const avroFormat: FormatDescriptor = {
  name: 'avro',
  options: {
    'avro.codec': {
      type: 'enum',
      values: [...avroCodecNames, 'bzip2', 'xz'],
      default: 'snappy',
      doc: 'How the blocks of written files are compressed; bzip2 and xz are not there.',
    },
    'avro.timestamp_mapping.legacy': {
      type: 'boolean',
      default: 'true',
      doc: "Avro's timestamps are TIMESTAMP(3). With 'false' they are TIMESTAMP_LTZ, and local timestamps are TIMESTAMP, up to precision 6.",
    },
    'avro.encoding': {
      type: 'enum',
      values: ['binary', 'json'],
      default: 'binary',
      ignored: true,
      doc: 'How single records are encoded, in messages; files are always binary.',
    },
  },
};

export const legacyTimes = (options: Options): boolean => optionOf.boolean(options, 'avro.timestamp_mapping.legacy', true);
