import type { Schema } from '../../columnar/types.ts';
import { decodeBlock, decodeFlags } from '../../kernels/decode.ts';
import type { FormatDescriptor, OptionSpec, ReadContext } from '../contract.ts';
import { FieldTree } from '../decoding/fields.ts';
import { DecoderBlock, type RecordDecoder } from '../decoding/record-decoder.ts';
import { type Options, optionOf, wrongOption } from '../options.ts';

const options: Readonly<Record<string, OptionSpec>> = {
  'csv.field-delimiter': { type: 'string', default: ',', doc: 'One character between fields.' },
  'csv.disable-quote-character': { type: 'boolean', default: 'false', doc: 'No character quotes fields.' },
  'csv.quote-character': { type: 'string', default: '"', doc: 'Encloses fields; doubled inside them.' },
  'csv.allow-comments': { type: 'boolean', default: 'false', doc: "Leave lines out that start with '#'." },
  'csv.ignore-parse-errors': {
    type: 'boolean',
    default: 'false',
    doc: 'A value that cannot be read is NULL, and a record that cannot be read is left out, instead of failing.',
  },
  'csv.array-element-delimiter': { type: 'string', default: ';', doc: 'One character between the elements of an ARRAY.' },
  'csv.escape-character': { type: 'string', doc: 'Takes the next character as it is.' },
  'csv.null-literal': { type: 'string', doc: 'The text that stands for NULL.' },
  'csv.write-bigdecimal-in-scientific-notation': {
    type: 'boolean',
    ignored: true,
    doc: 'Decimals are always written in plain notation.',
  },
  'csv.header': { type: 'boolean', default: 'false', doc: 'The first line names the columns and is no record. Ours.' },
};

/** CSV after RFC 4180. Source: Flink docs, "CSV Format". An empty field is NULL unless the column is text. */
export const csvFormat: FormatDescriptor = { name: 'csv', options };

export interface CsvSettings {
  readonly delimiter: number;
  /** 0: none. */
  readonly quote: number;
  readonly escape: number;
  readonly arrayDelimiter: number;
  readonly nullLiteral: string | undefined;
  readonly header: boolean;
  readonly comments: boolean;
  readonly skipErrors: boolean;
  /** An empty line is a record with an empty first field. */
  readonly keepBlankLines?: boolean | undefined;
  /** The text need not be UTF-8. */
  readonly anyBytes?: boolean | undefined;
}

export function csvSettings(given: Options): CsvSettings {
  const character = (key: string, otherwise: string): number => {
    const written = given[key] ?? otherwise;
    const text = written === '\\t' ? '\t' : written;
    if (text === '') return 0;
    if (text.length !== 1 || text.charCodeAt(0) > 126) throw wrongOption(key, written, 'one ASCII character');
    return text.charCodeAt(0);
  };
  return {
    delimiter: character('csv.field-delimiter', ','),
    quote: optionOf.boolean(given, 'csv.disable-quote-character') ? 0 : character('csv.quote-character', '"'),
    escape: character('csv.escape-character', ''),
    arrayDelimiter: character('csv.array-element-delimiter', ';'),
    nullLiteral: given['csv.null-literal'],
    header: optionOf.boolean(given, 'csv.header'),
    comments: optionOf.boolean(given, 'csv.allow-comments'),
    skipErrors: optionOf.boolean(given, 'csv.ignore-parse-errors'),
  };
}

/** `schema`: the columns to deliver; `fileColumns`: for each field of a record its index in `schema`, or −1. */
export function csvDecoder(
  schema: Schema,
  fileColumns: readonly number[],
  settings: CsvSettings,
  context: ReadContext,
): RecordDecoder {
  const { memory, kernels } = context;
  const fields = new FieldTree(memory, schema);
  const block = new DecoderBlock(
    context,
    fields,
    (settings.skipErrors ? decodeFlags.skipErrors : 0) |
      (settings.comments ? decodeFlags.comments : 0) |
      (settings.keepBlankLines ? decodeFlags.keepBlankLines : 0),
    'csv',
  );
  const nullText = Buffer.from(settings.nullLiteral ?? '');
  const bytes = fileColumns.length * 4 + nullText.length + 16;
  const segment = memory.allocateSegment(bytes);
  fileColumns.forEach((column, index) => {
    memory.u32[(segment >> 2) + index] = column < 0 ? 0 : fields.root.children[column]!.address;
  });
  const nullAt = segment + fileColumns.length * 4;
  memory.u8.set(nullText, nullAt);
  block.set(decodeBlock.delimiter, settings.delimiter);
  block.set(decodeBlock.quote, settings.quote);
  block.set(decodeBlock.escape, settings.escape);
  block.set(decodeBlock.arrayDelimiter, settings.arrayDelimiter);
  block.set(decodeBlock.columns, segment);
  block.set(decodeBlock.columnCount, fileColumns.length);
  block.set(decodeBlock.nullText, settings.nullLiteral === undefined ? 0 : nullAt);
  block.set(decodeBlock.nullLength, nullText.length);
  const kernel = (address: number): number => kernels.csv_decode(address);
  return {
    decode: (from, to, rowsMax, last) => block.run(kernel, from, to, rowsMax, last, settings.anyBytes),
    moved: () => block.moved(),
    close() {
      memory.freeSegment(segment, bytes);
      block.close();
      fields.close();
    },
  };
}
