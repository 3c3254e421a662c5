import type { Schema } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { decodeBlock, decodeFlags } from '../../kernels/decode.ts';
import type { FormatDescriptor, OptionSpec, ReadContext } from '../contract.ts';
import { FieldTree } from '../decoding/fields.ts';
import { DecoderBlock, type RecordDecoder } from '../decoding/record-decoder.ts';
import { type Options, optionOf } from '../options.ts';

const options: Readonly<Record<string, OptionSpec>> = {
  'json.ignore-parse-errors': {
    type: 'boolean',
    default: 'false',
    doc: 'A value that cannot be read is NULL, and a record that cannot be read is left out, instead of failing.',
  },
  'json.fail-on-missing-field': { type: 'boolean', default: 'false', doc: 'Fail when a record lacks a column, instead of NULL.' },
  'json.timestamp-format.standard': {
    type: 'enum',
    values: ['SQL', 'ISO-8601'],
    default: 'SQL',
    doc: "SQL: '2026-01-31 23:59:59.123', with Z for TIMESTAMP_LTZ. ISO-8601: with T instead of the blank.",
  },
  'json.map-null-key.mode': {
    type: 'enum',
    values: ['FAIL', 'DROP', 'LITERAL'],
    default: 'FAIL',
    doc: 'What to do with a NULL key of a MAP when writing.',
  },
  'json.map-null-key.literal': { type: 'string', default: 'null', doc: 'What stands for a NULL key with LITERAL.' },
  'json.encode.decimal-as-plain-number': {
    type: 'boolean',
    default: 'false',
    doc: 'Decimals are written with all their places: 12.50, 0.000000001, 100.00. Otherwise as Flink does: 12.5, 1E-9, 1E+2.',
  },
  'json.encode.ignore-null-fields': { type: 'boolean', default: 'false', doc: 'Leave NULL fields out when writing.' },
  'json.decode.json-parser.enabled': { type: 'boolean', ignored: true, doc: "Which of Flink's two parsers reads." },
};

/** JSON, one object a line. Source: Flink docs, "JSON Format". */
export const jsonFormat: FormatDescriptor = { name: 'json', options };

/** `collectBad`: bad records are left out and listed. */
export function jsonDecoder(schema: Schema, given: Options, context: ReadContext, collectBad = false): RecordDecoder {
  const skip = optionOf.boolean(given, 'json.ignore-parse-errors');
  const failOnMissing = optionOf.boolean(given, 'json.fail-on-missing-field');
  if (skip && failOnMissing) {
    throw new TidemillError('wrong-option', "'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be true");
  }
  const iso = given['json.timestamp-format.standard'] === 'ISO-8601';
  const fields = new FieldTree(context.memory, schema);
  const block = new DecoderBlock(
    context,
    fields,
    (skip && !collectBad ? decodeFlags.skipErrors : 0) |
      (collectBad ? decodeFlags.collectBad : 0) |
      (failOnMissing ? decodeFlags.failOnMissing : 0) |
      (iso ? decodeFlags.isoTimestamps : 0),
    'json',
  );
  const kernel = (address: number): number => context.kernels.json_decode(address);
  return {
    decode: (from, to, rowsMax, last) => block.run(kernel, from, to, rowsMax, last),
    decodePlaces: (places, count) => block.runPlaces(context.kernels.json_decode_places, places, count),
    moved: () => block.moved(),
    get inside() {
      return block.get(decodeBlock.inArray);
    },
    set inside(value: number) {
      block.set(decodeBlock.inArray, value);
    },
    close() {
      block.close();
      fields.close();
    },
  };
}
