import { batchOf, type Column } from '../../columnar/batch.ts';
import { viewBytes } from '../../columnar/read-values.ts';
import { isBinary, isCharacter, type Schema, type SqlType, storageBytes, storageOf, types } from '../../columnar/types.ts';
import { columnOf } from '../../columnar/write-values.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import type { FormatDescriptor, ReadContext } from '../contract.ts';
import { csvDecoder } from '../csv/decoder.ts';
import type { BadRecord, Decoded, RecordDecoder } from '../decoding/record-decoder.ts';
import type { Options } from '../options.ts';
import { decodeText, type RawSettings, rawSettings } from './settings.ts';

/** A line, or a message, is a value. Source: Flink docs, "Raw Format". */
export const rawFormat: FormatDescriptor = {
  name: 'raw',
  options: {
    'raw.charset': {
      type: 'string',
      default: 'UTF-8',
      doc: 'How text is encoded: UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE or UTF-16LE.',
    },
    'raw.endianness': {
      type: 'enum',
      values: ['big-endian', 'little-endian'],
      default: 'big-endian',
      doc: 'Byte order of numbers.',
    },
  },
};

const newline = 10;

/** Lines into the one column of `schema`, or into none. @throws TidemillError `wrong-schema`, `wrong-option`. */
export function rawDecoder(schema: Schema, options: Options, wanted: boolean, context: ReadContext): RecordDecoder {
  const settings = rawSettings(schema, options);
  const { field } = settings;
  const asIs = isBinary(field.type) || (isCharacter(field.type) && settings.charset === 'utf-8');
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
      anyBytes: !(isCharacter(field.type) && settings.charset === 'utf-8'),
    },
    context,
  );
  return {
    decode(from, to, rowsMax, last) {
      const decoded = lines.decode(from, to, rowsMax, last);
      if (!wanted) return decoded;
      const column = decoded.batch.columns[0]!;
      if (asIs) return { ...decoded, batch: batchOf(decoded.batch.length, [{ ...column, type: field.type }]) };
      const { decoded: whole, good } = converted(context.memory, decoded, column, settings, from);
      // Those before the first value of a wrong size are read again, so that what follows begins with it.
      return good === undefined || good === 0 ? whole : this.decode(from, to, good, last);
    },
    moved: () => lines.moved(),
    close: () => lines.close(),
  };
}

/** Bytes as numbers or as text of another charset; `good`: so many come before the first value of a wrong size. */
function converted(
  memory: TaskMemory,
  decoded: Decoded,
  column: Column,
  settings: RawSettings,
  from: number,
): { readonly decoded: Decoded; readonly good?: number } {
  const { field, littleEndian, charset } = settings;
  const { length } = decoded.batch;
  const bytesOf = (row: number): readonly [number, number] => viewBytes(memory, column.data + row * 16);
  if (isCharacter(field.type)) {
    const texts = Array.from({ length }, (_, row) => {
      const [at, bytes] = bytesOf(row);
      return decodeText(memory.u8.slice(at, at + bytes), charset);
    });
    return { decoded: { ...decoded, batch: batchOf(length, [columnOf(memory, field.type, texts)]) } };
  }
  const width = widthOf(field.type);
  const data = memory.arena.allocateZeroed(Math.max(length, 1) * width);
  const { u8 } = memory;
  for (let row = 0; row < length; row++) {
    const [at, bytes] = bytesOf(row);
    if (bytes !== width) {
      const recordAt = from;
      const bad: BadRecord = {
        error: 'value',
        at: recordAt,
        recordAt,
        column: field.name,
        expected: `a ${field.type.kind} of ${width} bytes, and there are ${bytes}`,
        hint: undefined,
      };
      return {
        decoded: { ...decoded, batch: batchOf(0, [{ type: field.type, validity: 0, data }]), next: from, bad },
        good: row,
      };
    }
    for (let index = 0; index < width; index++)
      u8[data + row * width + index] = u8[at + (littleEndian ? index : width - 1 - index)]!;
    if (field.type.kind === 'BOOLEAN') u8[data + row] = u8[data + row] === 0 ? 0 : 1;
  }
  return { decoded: { ...decoded, batch: batchOf(length, [{ type: field.type, validity: 0, data }]) } };
}

const widthOf = (type: SqlType): number =>
  storageBytes(storageOf(type) as Exclude<ReturnType<typeof storageOf>, 'struct' | 'list'>);
