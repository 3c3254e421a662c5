import { TidemillError } from '../common/errors.ts';

/** Where the columns of a record batch lie in its body, in the order of its schema, parents before children. */
export interface BatchHeader {
  readonly rows: number;
  /** Of each column. */
  readonly nullCounts: readonly number[];
  /** Offsets into the body and lengths; a flat column has two (validity, values), of text and bytes three. */
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
}

/**
 * Reads the flatbuffer Message of a record batch without its schema: for those that know the columns and want their bytes.
 * Source: the schemas Message.fbs and Schema.fbs of Apache Arrow; flatbuffers.dev, "Internals".
 *
 * @example
 * const { rows, buffers } = readBatchHeader(part.header);
 * const values = part.body.subarray(buffers[1].offset, buffers[1].offset + buffers[1].length);
 * @throws TidemillError `bad-file` for what is no record batch, or a compressed one.
 */
export function readBatchHeader(header: Uint8Array): BatchHeader {
  try {
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    const long = (at: number): number => view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
    /** Where a table's field is; 0: it is not there. */
    const field = (table: number, number: number): number => {
      const entries = table - view.getInt32(table, true);
      const place = 4 + 2 * number;
      const offset = place < view.getUint16(entries, true) ? view.getUint16(entries + place, true) : 0;
      return offset === 0 ? 0 : table + offset;
    };
    const target = (at: number): number => at + view.getUint32(at, true);
    const pairs = (at: number): [number, number][] => {
      if (at === 0) return [];
      const start = target(at);
      return Array.from({ length: view.getUint32(start, true) }, (_, index) => [
        long(start + 4 + 16 * index),
        long(start + 12 + 16 * index),
      ]);
    };
    const message = target(0);
    const kindAt = field(message, 1);
    if (kindAt === 0 || view.getUint8(kindAt) !== 3) throw new RangeError('no record batch');
    const batch = target(field(message, 2));
    if (field(batch, 3) !== 0) throw new RangeError('compressed');
    const lengthAt = field(batch, 0);
    return {
      rows: lengthAt === 0 ? 0 : long(lengthAt),
      nullCounts: pairs(field(batch, 1)).map(([, nulls]) => nulls),
      buffers: pairs(field(batch, 2)).map(([offset, length]) => ({ offset, length })),
    };
  } catch (cause) {
    throw new TidemillError('bad-file', 'the Arrow data is no record batch without compression', { domain: 'external', cause });
  }
}
