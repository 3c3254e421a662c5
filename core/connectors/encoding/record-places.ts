import type { Batch } from '../../columnar/batch.ts';
import type { Schema } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { AvroEncoder } from '../avro/encoder.ts';
import { legacyTimes } from '../avro/format.ts';
import { avroSchemaOf } from '../avro/schema.ts';
import type { WriteContext } from '../contract.ts';
import type { Options } from '../options.ts';
import { RawEncoder } from '../raw/encoder.ts';
import { RowTextEncoder } from './row-text-encoder.ts';
import { textEncoding } from './text-encoding.ts';

/** Rows as independent records that stay in task memory. */
export interface RecordPlacer {
  /**
   * Writes the rows to the arena; the address of their places there: two u32 a row, address and length. Rows of negative weight are NULL (length
   * 2³² − 1) unless `all`.
   */
  place(batch: Batch, all?: boolean): number;
  close(): void;
}

/**
 * Writes rows as independent records, such as Kafka's keys and values, without an object a record.
 * @throws TidemillError `unknown-format` for formats of files only, `wrong-option`, `wrong-schema`.
 * @example recordPlacer('json', schema, { format: 'json' }, context).place(batch)
 */
export function recordPlacer(format: string, schema: Schema, options: Options, context: WriteContext): RecordPlacer {
  switch (format) {
    case 'json':
    case 'csv': {
      const encoder = new RowTextEncoder(context.memory, context.kernels, schema, textEncoding(schema, options, format));
      return placer(context, 1, encoder, (batch, to, ends) => encoder.encode(batch, to, ends));
    }
    case 'avro': {
      avroSchemaOf(schema, legacyTimes(options));
      const encoder = new AvroEncoder(context.memory, context.kernels, schema, false);
      return placer(context, 0, encoder, (batch, to, ends) => encoder.encode(batch, to, ends));
    }
    case 'raw': {
      const encoder = new RawEncoder(context.memory, schema, options);
      return {
        place(batch, all = false) {
          const { memory, kernels } = context;
          const { bytes, ends } = encoder.records(batch, 0);
          const start = memory.arena.allocate(bytes.length);
          memory.u8.set(bytes, start);
          const endsAt = memory.arena.allocate(Math.max(batch.length, 1) * 4);
          for (let row = 0; row < batch.length; row++) memory.u32[(endsAt >> 2) + row] = start + ends[row]!;
          const places = memory.arena.allocate(Math.max(batch.length, 1) * 8);
          kernels.kafka_places(batch.length, start, endsAt, 0, all ? 0 : batch.weights, places);
          return places;
        },
        close: () => undefined,
      };
    }
    default:
      throw new TidemillError('unknown-format', `format '${format}' is one of files, not of single records`, {
        hint: 'There are json, csv, raw and avro.',
      });
  }
}

/** What an encoder writes is in its own buffer until it goes on: a piece that is not the last is kept apart. */
function placer(
  { memory, kernels }: WriteContext,
  gapBytes: number,
  encoder: { close(): void },
  encode: (batch: Batch, to: (bytes: Uint8Array) => void, ends: number) => void,
): RecordPlacer {
  const kept = { address: 0, bytes: 0 };
  /** Makes room for more behind the first `used` bytes. */
  const reserve = (used: number, more: number): void => {
    if (used + more <= kept.bytes) return;
    const bytes = Math.max(used + more, kept.bytes * 2);
    const address = memory.allocateSegment(bytes);
    if (kept.bytes > 0) {
      kernels.copy_bytes(kept.address, address, used);
      memory.freeSegment(kept.address, kept.bytes);
    }
    Object.assign(kept, { address, bytes });
  };
  return {
    place(batch, all = false) {
      const places = memory.arena.allocate(Math.max(batch.length, 1) * 8);
      const ends = memory.arena.allocate(Math.max(batch.length, 1) * 4);
      let row = 0;
      let used = 0;
      let keptRows = 0;
      encode(
        batch,
        bytes => {
          const from = bytes.byteOffset;
          const last = from + bytes.length;
          const first = row;
          row = memory.u32.indexOf(last, (ends >> 2) + row) - (ends >> 2) + 1;
          const weights = all || batch.weights === 0 ? 0 : batch.weights + first;
          kernels.kafka_places(row - first, from, ends + first * 4, gapBytes, weights, places + first * 8);
          if (row === batch.length) return;
          // offsets until it is known where all of them lie
          reserve(used, bytes.length);
          kernels.copy_bytes(from, kept.address + used, bytes.length);
          const { u32 } = memory;
          for (let at = (places >> 2) + first * 2; at < (places >> 2) + row * 2; at += 2) u32[at] = u32[at]! + used - from;
          used += bytes.length;
          keptRows = row;
        },
        ends,
      );
      const { u32 } = memory;
      for (let at = places >> 2; at < (places >> 2) + keptRows * 2; at += 2) u32[at] = u32[at]! + kept.address;
      return places;
    },
    close() {
      encoder.close();
      if (kept.bytes > 0) memory.freeSegment(kept.address, kept.bytes);
      kept.bytes = 0;
    },
  };
}
