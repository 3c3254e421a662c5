import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  CompressionType,
  compressionRegistry,
  type Data,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Struct,
  Table,
} from 'apache-arrow';
import { TidemillError } from '../common/errors.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { ArrowPlace } from './arrow-place.ts';
import { columnOfArrow } from './arrow-read.ts';
import { arrowSchemaOf, schemaOfArrow } from './arrow-types.ts';
import { arrowDataOf } from './arrow-write.ts';
import { type Batch, batchOf } from './batch.ts';
import type { Schema } from './types.ts';
import { valuesToBatch } from './write-values.ts';

export type { RecordBatch, Table } from 'apache-arrow';
export { arrowSchemaOf, schemaOfArrow } from './arrow-types.ts';

compressionRegistry.set(CompressionType.ZSTD, { encode: zstdCompressSync, decode: zstdDecompressSync });

/** A batch as an Arrow record batch that owns its memory; weights are left out. */
export function recordBatchOf(memory: TaskMemory, batch: Batch, schema: Schema): RecordBatch {
  const arrowSchema = arrowSchemaOf(schema);
  const children = batch.columns.map(column => arrowDataOf(memory, column, 0, batch.length));
  return new RecordBatch(
    arrowSchema,
    makeData({ type: new Struct(arrowSchema.fields), length: batch.length, nullCount: 0, children }),
  );
}

/**
 * Rows `from` to `from + rows` of a record batch in the arena, as the columns of `schema`; `places` says which of the record batch's columns
 * they are, without it the first ones in order.
 */
export function batchOfArrow(
  place: ArrowPlace,
  records: RecordBatch,
  schema: Schema,
  from = 0,
  rows: number = records.numRows - from,
  places?: readonly number[],
): Batch {
  // a batch that apache-arrow makes up for an empty stream has no children
  if (rows === 0) return valuesToBatch(place.memory, schema, []);
  const whole = from === 0 && rows === records.numRows;
  const columns = schema.map((field, index) => {
    const data = records.data.children[places?.[index] ?? index] as Data;
    return columnOfArrow(place, whole ? data : data.slice(from, rows), field.type);
  });
  return batchOf(rows, columns);
}

/** An apache-arrow table, as `toArrow()` gives it. */
export function arrowTable(schema: Schema, batches: readonly RecordBatch[]): Table {
  return new Table(arrowSchemaOf(schema), [...batches]);
}

/** Arrow IPC: 'stream' for pipes and Flight, 'file' (with a footer) for files. */
export type IpcFormat = 'stream' | 'file';

export function writeIpc(schema: Schema, batches: Iterable<RecordBatch>, format: IpcFormat): Uint8Array {
  const writer = format === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  writer.reset(undefined, arrowSchemaOf(schema));
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true);
}

/**
 * Reads an Arrow IPC file or stream, of any writer.
 * @throws TidemillError `bad-file` when it is none or torn; `not-supported` for column types and compressions we do not know.
 */
export function readIpc(bytes: Uint8Array): { readonly schema: Schema; readonly batches: readonly RecordBatch[] } {
  try {
    const reader = RecordBatchReader.from(bytes).open();
    if (reader.schema === undefined || reader.schema === null) throw new Error('no schema');
    return { schema: schemaOfArrow(reader.schema), batches: [...reader] };
  } catch (cause) {
    if (cause instanceof TidemillError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/codec|compress/i.test(message)) {
      throw new TidemillError('not-supported', `not supported yet: this compression of Arrow files (${message})`, {
        hint: 'Write it without compression or with zstd.',
        cause,
      });
    }
    // what apache-arrow says of torn files is about its own code
    const damaged = cause instanceof TypeError || cause instanceof RangeError;
    throw new TidemillError('bad-file', `not an Arrow IPC file or stream: ${damaged ? 'it is damaged or cut off' : message}`, {
      domain: 'external',
      cause,
    });
  }
}
