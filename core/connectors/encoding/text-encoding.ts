import type { Schema } from '../../columnar/types.ts';
import { csvSettings, requireCsv } from '../csv/decoder.ts';
import { type Options, optionOf } from '../options.ts';
import type { TextEncoding } from './row-text-encoder.ts';

/** How a table's options want rows as CSV or JSON. @throws TidemillError `not-supported` for what CSV cannot hold, `wrong-option`. */
export function textEncoding(schema: Schema, options: Options, format: 'csv' | 'json'): TextEncoding {
  if (format === 'json') {
    const mode = options['json.map-null-key.mode'] ?? 'FAIL';
    return {
      format,
      nullKeys:
        mode === 'LITERAL' ? { literal: options['json.map-null-key.literal'] ?? 'null' } : mode === 'DROP' ? 'drop' : 'fail',
      isoTimestamps: options['json.timestamp-format.standard'] === 'ISO-8601',
      ignoreNullFields: optionOf.boolean(options, 'json.encode.ignore-null-fields'),
      plainDecimals: optionOf.boolean(options, 'json.encode.decimal-as-plain-number'),
    };
  }
  const settings = csvSettings(options);
  for (const { name, type } of schema) requireCsv(type, name);
  return {
    format,
    delimiter: settings.delimiter,
    quote: settings.quote,
    escape: settings.escape,
    arrayDelimiter: settings.arrayDelimiter,
    plainDecimals: !optionOf.boolean(options, 'csv.write-bigdecimal-in-scientific-notation', true),
    nullLiteral: settings.nullLiteral,
  };
}
