import { childTypes, type Schema, type SqlType, typeToString } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { decodeBlock, decodeFlags } from '../../kernels/decode.ts';
import type { FormatDescriptor, OptionSpec, ReadContext } from '../contract.ts';
import { FieldTree } from '../decoding/fields.ts';
import { DecoderBlock, type RecordDecoder } from '../decoding/record-decoder.ts';
import { type Options, optionOf, wrongOption } from '../options.ts';

const options: Readonly<Record<string, OptionSpec>> = {
  'csv.field-delimiter': {
    type: 'string',
    default: ',',
    doc: "One character between fields; also escaped as in Java: '\\\\t', '\\\\u0001'.",
  },
  'csv.disable-quote-character': { type: 'boolean', default: 'false', doc: 'No character quotes fields.' },
  'csv.quote-character': { type: 'string', default: '"', doc: 'Encloses fields; doubled inside them.' },
  'csv.allow-comments': { type: 'boolean', default: 'false', doc: "Leave empty lines out, and those that start with '#'." },
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
    default: 'true',
    doc: "Decimals are written as Flink does, without zeros at the end: 12.5, 1E-9, 1E+2. With 'false': 12.50, 0.000000001, 100.00.",
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
  /** Bad records are left out and listed. */
  readonly collectBad?: boolean | undefined;
  /** The text need not be UTF-8. */
  readonly anyBytes?: boolean | undefined;
}

export function csvSettings(given: Options): CsvSettings {
  const character = (key: string, otherwise: string): number => {
    const written = given[key] ?? otherwise;
    const text = key === 'csv.field-delimiter' ? unescapeJava(written) : written;
    if (written === '' && given[key] === undefined) return 0;
    if (text.length !== 1 || text.charCodeAt(0) > 126) throw wrongOption(key, written, 'one ASCII character');
    if (text === '\n' || text === '\r') throw wrongOption(key, written, 'one character that ends no line');
    return text.charCodeAt(0);
  };
  const unquoted = optionOf.boolean(given, 'csv.disable-quote-character');
  if (unquoted && given['csv.quote-character'] !== undefined && given['csv.quote-character'] !== '"')
    throw new TidemillError(
      'wrong-option',
      "'csv.quote-character' and 'csv.disable-quote-character' = 'true' contradict each other",
    );
  return {
    delimiter: character('csv.field-delimiter', ','),
    quote: unquoted ? 0 : character('csv.quote-character', '"'),
    escape: character('csv.escape-character', ''),
    arrayDelimiter: character('csv.array-element-delimiter', ';'),
    nullLiteral: given['csv.null-literal'],
    header: optionOf.boolean(given, 'csv.header'),
    comments: optionOf.boolean(given, 'csv.allow-comments'),
    skipErrors: optionOf.boolean(given, 'csv.ignore-parse-errors'),
  };
}

/**
 * CSV holds flat values, and lists and ROWs of them.
 * @throws TidemillError `not-supported`, as Flink refuses MAP, MULTISET and deeper nesting.
 */
export function requireCsv(type: SqlType, name: string): void {
  const below = childTypes(type);
  if (type.kind !== 'MAP' && type.kind !== 'MULTISET' && below.every(child => childTypes(child).length === 0)) return;
  throw notSupported(
    `column '${name}' of ${typeToString(type, false)} in CSV`,
    undefined,
    'Nested columns fit into JSON, Parquet and Avro.',
  );
}

/** Escapes of Java's strings: \\t, \\u0001, \\\\. */
function unescapeJava(text: string): string {
  const plain: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f' };
  return text.replace(
    /\\(?:u+([0-9a-fA-F]{4})|([0-3]?[0-7]{1,2})|(.))/g,
    (_, unicode?: string, octal?: string, other?: string) => {
      if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return plain[other!] ?? other!;
    },
  );
}

/** `schema`: the columns to deliver; `fileColumns`: for each field of a record its index in `schema`, or −1. */
export function csvDecoder(
  schema: Schema,
  fileColumns: readonly number[],
  settings: CsvSettings,
  context: ReadContext,
): RecordDecoder {
  const { memory, kernels } = context;
  for (const { name, type } of schema) requireCsv(type, name);
  const fields = new FieldTree(memory, schema);
  const block = new DecoderBlock(
    context,
    fields,
    (settings.skipErrors && !settings.collectBad ? decodeFlags.skipErrors : 0) |
      (settings.comments ? decodeFlags.comments : 0) |
      (settings.collectBad ? decodeFlags.collectBad : 0),
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
