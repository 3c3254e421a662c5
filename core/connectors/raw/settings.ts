import { type Field, isBinary, isCharacter, type Schema, typeToString } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { type Options, wrongOption } from '../options.ts';

/** Java's names of charsets that every JVM has, and ours. */
const charsets: Readonly<Record<string, Charset>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'us-ascii',
  ascii: 'us-ascii',
  'iso-8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'utf-16': 'utf-16',
  'utf-16be': 'utf-16be',
  'utf-16le': 'utf-16le',
};
export type Charset = 'utf-8' | 'us-ascii' | 'iso-8859-1' | 'utf-16' | 'utf-16be' | 'utf-16le';

export interface RawSettings {
  readonly field: Field;
  readonly charset: Charset;
  readonly littleEndian: boolean;
}

const numeric = new Set(['BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE']);

/** @throws TidemillError `wrong-schema` for other than one column of a type that raw bytes can be, `wrong-option` for a charset. */
export function rawSettings(schema: Schema, options: Options): RawSettings {
  const field = schema[0];
  if (
    schema.length !== 1 ||
    field === undefined ||
    !(isCharacter(field.type) || isBinary(field.type) || numeric.has(field.type.kind))
  )
    throw new TidemillError(
      'wrong-schema',
      `format 'raw' takes one column of STRING, BYTES, BOOLEAN or a number, not ${schema.map(one => typeToString(one.type)).join(', ')}`,
    );
  const name = options['raw.charset'] ?? 'UTF-8';
  const charset = charsets[name.toLowerCase()];
  if (charset === undefined) throw wrongOption('raw.charset', name, `one of ${Object.keys(charsets).join(', ')}`);
  return { field, charset, littleEndian: options['raw.endianness'] === 'little-endian' };
}

/** Text in a charset, as Java writes it: UTF-16 with the mark of its byte order, ? for what US-ASCII and ISO-8859-1 do not have. */
export function encodeText(text: string, charset: Charset): Buffer {
  switch (charset) {
    case 'utf-8':
      return Buffer.from(text);
    case 'us-ascii':
      return Buffer.from(text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\0-\x7f]/g, '?'), 'latin1');
    case 'iso-8859-1':
      return Buffer.from(text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\0-\xff]/g, '?'), 'latin1');
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'utf-16':
      return Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  }
}

/** The other way; bytes that are no character become U+FFFD. */
export function decodeText(bytes: Uint8Array, charset: Charset): string {
  const buffer = Buffer.from(bytes);
  switch (charset) {
    case 'utf-8':
      return buffer.toString();
    case 'us-ascii':
      return buffer.toString('latin1').replace(/[\x80-\xff]/g, '\ufffd');
    case 'iso-8859-1':
      return buffer.toString('latin1');
    case 'utf-16le':
      return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(buffer);
    case 'utf-16be':
      return new TextDecoder('utf-16be', { ignoreBOM: true }).decode(buffer);
    case 'utf-16': {
      const little = buffer[0] === 0xff && buffer[1] === 0xfe;
      const marked = little || (buffer[0] === 0xfe && buffer[1] === 0xff);
      return new TextDecoder(little ? 'utf-16le' : 'utf-16be', { ignoreBOM: true }).decode(marked ? buffer.subarray(2) : buffer);
    }
  }
}
