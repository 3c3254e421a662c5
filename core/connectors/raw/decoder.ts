import { batchOf } from '../../columnar/batch.ts';
import { isBinary, isCharacter, type Schema, types, typeToString } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import type { FormatDescriptor, ReadContext } from '../contract.ts';
import { csvDecoder } from '../csv/decoder.ts';
import type { RecordDecoder } from '../decoding/record-decoder.ts';

/** A line is a value. Source: Flink docs, "Raw Format". */
export const rawFormat: FormatDescriptor = {
  name: 'raw',
  options: {
    'raw.charset': { type: 'enum', values: ['UTF-8'], default: 'UTF-8', doc: 'How text is encoded.' },
    'raw.endianness': { type: 'enum', values: ['big-endian', 'little-endian'], ignored: true, doc: 'Byte order of numbers.' },
  },
};

const newline = 10;

/** Lines into the one column of `schema`, a string or bytes, or into none. */
export function rawDecoder(schema: Schema, wanted: boolean, context: ReadContext): RecordDecoder {
  const field = schema[0];
  if (schema.length !== 1 || field === undefined || !(isCharacter(field.type) || isBinary(field.type))) {
    throw new TidemillError(
      'wrong-schema',
      `format 'raw' takes one column of STRING or BYTES, not ${schema.map(one => typeToString(one.type)).join(', ')}`,
    );
  }
  const lines = csvDecoder(
    wanted ? [{ name: field.name, type: types.string() }] : [],
    wanted ? [0] : [-1],
    {
      delimiter: newline,
      quote: 0,
      escape: 0,
      arrayDelimiter: newline,
      nullLiteral: undefined,
      header: false,
      comments: false,
      skipErrors: false,
      anyBytes: isBinary(field.type),
    },
    context,
  );
  return {
    decode(from, to, rowsMax, last) {
      const decoded = lines.decode(from, to, rowsMax, last);
      const columns = decoded.batch.columns.map(column => ({ ...column, type: field.type }));
      return { ...decoded, batch: batchOf(decoded.batch.length, columns) };
    },
    moved: () => lines.moved(),
    close: () => lines.close(),
  };
}
