import type { Schema, SqlType } from './types.ts';

/**
 * One column in a task's memory; all places are byte addresses in it.
 *
 * - `validity`: bitmap, bit i of byte i >> 3, 1 = value, or 0 when no row is NULL. Allocated in whole 8-byte words; bits past the
 *   length are unspecified.
 * - `data`: by {@link storageOf} of the type. Booleans are one byte, 0 or 1. A `view` is 16 bytes: u32 byte length; up to 12 bytes inline,
 *   zero-padded; or the first 4 bytes and, at +8, the u32 address of all bytes, and a zero u32. A `list` has length + 1 i32 offsets.
 * - A NULL row's data is readable and harmless (a view of length 0) but otherwise unspecified.
 */
export interface Column {
  readonly type: SqlType;
  readonly validity: number;
  readonly data: number;
  readonly children?: readonly Column[];
}

/**
 * Rows as columns. `weights`: address of one i8 per row (+1 insert, −1 retract), or 0 when all are +1.
 * `watermarkBefore`: address of one i64 per row (the watermark before the row, in the rowtime column's units), or 0 when no row is
 * behind the watermark that stood before the batch.
 */
export interface Batch {
  readonly length: number;
  readonly columns: readonly Column[];
  readonly weights: number;
  readonly watermarkBefore: number;
}

export interface SchemaBatch extends Batch {
  readonly schema: Schema;
}

export function batchOf(length: number, columns: readonly Column[], weights = 0, watermarkBefore = 0): Batch {
  return { length, columns, weights, watermarkBefore };
}
