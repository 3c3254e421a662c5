import type { Batch } from '../../columnar/batch.ts';
import { isNull, readColumn } from '../../columnar/read-values.ts';
import { isCharacter, type Schema, storageBytes, storageOf } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import type { Options } from '../options.ts';
import { encodeText, type RawSettings, rawSettings } from './settings.ts';

const newline = 10;

/** Values of one column as bytes: text in a charset, numbers in a byte order. Source: Flink docs, "Raw Format". */
export class RawEncoder {
  readonly #memory: TaskMemory;
  readonly #settings: RawSettings;

  /** @throws TidemillError `wrong-schema`, `wrong-option`. */
  constructor(memory: TaskMemory, schema: Schema, options: Options) {
    this.#memory = memory;
    this.#settings = rawSettings(schema, options);
  }

  /** A line per row. @throws TidemillError `null-value`: raw bytes have no NULL, and Flink's writer fails, too. */
  lines(batch: Batch): Uint8Array {
    const { bytes, ends } = this.records(batch, 1);
    for (let row = 0; row < ends.length; row++) bytes[ends[row]! - 1] = newline;
    return bytes;
  }

  /** All rows' bytes, each with `gap` free bytes behind it, and the end of each (its gap included). */
  records(batch: Batch, gap: number): { readonly bytes: Uint8Array; readonly ends: Uint32Array } {
    const column = batch.columns[0]!;
    const { field, littleEndian, charset } = this.#settings;
    for (let row = 0; column.validity !== 0 && row < batch.length; row++) {
      if (isNull(this.#memory, column, row))
        throw new TidemillError('null-value', `format 'raw' has no NULL, and column '${field.name}' has one`, {
          hint: `Leave such rows out: WHERE ${field.name} IS NOT NULL.`,
        });
    }
    const ends = new Uint32Array(batch.length);
    const storage = storageOf(column.type);
    const { u8, u32 } = this.#memory;
    if (storage !== 'view') {
      const width = storageBytes(storage as Exclude<typeof storage, 'struct' | 'list'>);
      const bytes = new Uint8Array(batch.length * (width + gap));
      for (let row = 0, at = 0; row < batch.length; row++, at += gap) {
        const from = column.data + row * width;
        for (let index = 0; index < width; index++) bytes[at++] = u8[from + (littleEndian ? index : width - 1 - index)]!;
        ends[row] = at + gap;
      }
      return { bytes, ends };
    }
    if (isCharacter(column.type) && charset !== 'utf-8') {
      const pieces = readColumn(this.#memory, column, batch.length).map(value =>
        Buffer.concat([encodeText(value as string, charset), Buffer.alloc(gap)]),
      );
      let end = 0;
      for (const [row, piece] of pieces.entries()) ends[row] = end += piece.length;
      return { bytes: Buffer.concat(pieces), ends };
    }
    let total = 0;
    for (let row = 0; row < batch.length; row++) total += u32[(column.data + row * 16) >> 2]! + gap;
    const bytes = new Uint8Array(total);
    for (let row = 0, at = 0; row < batch.length; row++) {
      const view = column.data + row * 16;
      const length = u32[view >> 2]!;
      const from = length > 12 ? u32[(view + 8) >> 2]! : view + 4;
      bytes.set(u8.subarray(from, from + length), at);
      at += length + gap;
      ends[row] = at;
    }
    return { bytes, ends };
  }
}
