import { createHash } from 'node:crypto';
import type { Batch, Column } from '../../columnar/batch.ts';
import { type Schema, storageBytes, storageOf } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import type { ParquetWriter } from '../../duckdb/parquet-writer.ts';
import { type AvroCodec, avroCodec } from '../avro/codec.ts';
import { avroHeaderBytes, varintBytes } from '../avro/container.ts';
import { AvroEncoder } from '../avro/encoder.ts';
import { legacyTimes } from '../avro/format.ts';
import { avroSchemaOf } from '../avro/schema.ts';
import type { WriteContext } from '../contract.ts';
import { csvSettings } from '../csv/decoder.ts';
import { RowTextEncoder } from '../encoding/row-text-encoder.ts';
import { textEncoding } from '../encoding/text-encoding.ts';
import type { Options } from '../options.ts';
import { RawEncoder } from '../raw/encoder.ts';
import { PartFile, type PartFiles, type PartNames } from './part-writer.ts';

/** One part file on its way: rows go in, a finished hidden file comes out. */
export interface Part {
  write(batch: Batch): void;
  /** Of the file so far; an estimate, before compression, where rows are kept until it is finished. */
  sizeBytes(): number;
  /** Durable but still hidden; undefined when there is nothing in it. */
  finish(): Promise<PartNames | undefined>;
  close(): void;
}

/** How part files of a table are made. One for all parts of a writer. */
export interface PartFormat {
  readonly ending: string;
  /** Parts that may be open at a time; those of formats that write as they go can be finished early. */
  readonly streams: boolean;
  /** Undefined while what it needs is still being opened; `wake` comes then. */
  open(names: PartNames): Part | undefined;
  close(): void;
}

/** @throws TidemillError `missing-option`, `not-supported`, `wrong-schema`: what the format cannot hold is said before anything is written. */
export function partFormat(schema: Schema, options: Options, context: WriteContext, files: () => PartFiles): PartFormat {
  const format = options['format'];
  switch (format) {
    case 'csv':
    case 'json':
      return textParts(schema, options, format, context, files);
    case 'raw':
      return rawParts(schema, options, context, files);
    case 'avro':
      return avroParts(schema, options, context, files);
    case 'parquet':
      return parquetParts(schema, options, context, files);
    default:
      return arrowParts(schema, context, files);
  }
}

function textParts(
  schema: Schema,
  options: Options,
  format: 'csv' | 'json',
  context: WriteContext,
  files: () => PartFiles,
): PartFormat {
  const encoding = textEncoding(schema, options, format);
  const encoder = new RowTextEncoder(context.memory, context.kernels, schema, encoding);
  const header = format === 'csv' && csvSettings(options).header ? csvHeader(schema, encoding.delimiter ?? 44) : undefined;
  return {
    ending: format,
    streams: true,
    open(names) {
      const file = new PartFile(files(), names);
      if (header !== undefined) file.write(header);
      return streamed(file, batch => encoder.encode(batch, bytes => file.write(bytes)));
    },
    close: () => encoder.close(),
  };
}

function csvHeader(schema: Schema, delimiter: number): Uint8Array {
  const names = schema.map(field => (/[",\n]/.test(field.name) ? `"${field.name.replaceAll('"', '""')}"` : field.name));
  return Buffer.from(`${names.join(String.fromCharCode(delimiter))}\n`);
}

function streamed(file: PartFile, write: (batch: Batch) => void, end?: () => void, heldBytes = () => 0): Part {
  return {
    write,
    sizeBytes: () => file.sizeBytes + heldBytes(),
    finish() {
      end?.();
      return Promise.resolve(file.finish());
    },
    close: () => file.discard(),
  };
}

function rawParts(schema: Schema, options: Options, context: WriteContext, files: () => PartFiles): PartFormat {
  const encoder = new RawEncoder(context.memory, schema, options);
  return {
    ending: 'txt',
    streams: true,
    open(names) {
      const file = new PartFile(files(), names);
      return streamed(file, batch => file.write(encoder.lines(batch)));
    },
    close: () => undefined,
  };
}

/** Bytes of records that are put into a block together, as Java's writer does. */
const avroBlockBytes = 64_000;

function avroParts(schema: Schema, options: Options, context: WriteContext, files: () => PartFiles): PartFormat {
  const text = avroSchemaOf(schema, legacyTimes(options));
  const name = options['avro.codec'] ?? 'snappy';
  const codec = avroCodec(name);
  const encoder = new AvroEncoder(context.memory, context.kernels, schema, true);
  return {
    ending: 'avro',
    streams: true,
    open(names) {
      const file = new PartFile(files(), names);
      const sync = createHash('md5').update(names.temporary).update(text).digest();
      file.write(avroHeaderBytes(text, name, sync));
      const blocks = new AvroBlocks(file, codec, sync);
      return streamed(
        file,
        batch => encoder.encode(batch, (bytes, rows) => blocks.add(bytes, rows)),
        () => blocks.flush(),
        () => blocks.heldBytes,
      );
    },
    close: () => encoder.close(),
  };
}

class AvroBlocks {
  readonly #file: PartFile;
  readonly #codec: AvroCodec;
  readonly #sync: Uint8Array;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #rows = 0;

  constructor(file: PartFile, codec: AvroCodec, sync: Uint8Array) {
    this.#file = file;
    this.#codec = codec;
    this.#sync = sync;
  }

  get heldBytes(): number {
    return this.#bytes;
  }

  add(bytes: Uint8Array, rows: number): void {
    // Copies out of a task's memory are slow: what is a block by itself is written from there.
    if (this.#rows === 0 && bytes.length >= avroBlockBytes && this.#codec.plain) {
      for (const part of [varintBytes(rows), varintBytes(bytes.length), bytes, this.#sync]) this.#file.write(part);
      return;
    }
    this.#pieces.push(bytes.slice());
    this.#bytes += bytes.length;
    this.#rows += rows;
    if (this.#bytes >= avroBlockBytes) this.flush();
  }

  flush(): void {
    if (this.#rows === 0) return;
    const block = this.#codec.compress(Buffer.concat(this.#pieces));
    this.#file.write(Buffer.concat([varintBytes(this.#rows), varintBytes(block.length), block, this.#sync]));
    this.#pieces = [];
    this.#bytes = 0;
    this.#rows = 0;
  }
}

/** Something to be loaded before parts can be opened: asked for once, and again until it is there. */
class Loaded<T> {
  readonly #load: () => Promise<T>;
  readonly #wake: () => void;
  #value: T | undefined;
  #failure: { readonly error: unknown } | undefined;
  #started = false;

  constructor(load: () => Promise<T>, wake: () => void) {
    this.#load = load;
    this.#wake = wake;
  }

  get(): T | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (!this.#started) {
      this.#started = true;
      this.#load()
        .then(
          value => {
            this.#value = value;
          },
          (error: unknown) => {
            this.#failure = { error };
          },
        )
        .finally(this.#wake);
    }
    return this.#value;
  }
}

/** Rows are kept in DuckDB until the part is finished. */
function parquetParts(schema: Schema, options: Options, context: WriteContext, files: () => PartFiles): PartFormat {
  const compression = (options['parquet.compression'] ?? 'SNAPPY').toLowerCase() as 'snappy' | 'gzip' | 'zstd' | 'uncompressed';
  const waiting = new Map<string, Loaded<ParquetWriter>>();
  return {
    ending: 'parquet',
    streams: false,
    open(names) {
      let opening = waiting.get(names.path);
      if (opening === undefined) {
        opening = new Loaded(async () => {
          const [{ sharedDatabase }, { ParquetWriter: Writer }] = await Promise.all([
            import('../../duckdb/database.ts'),
            import('../../duckdb/parquet-writer.ts'),
          ]);
          return Writer.open(await sharedDatabase({ threads: 1 }), schema);
        }, context.wake);
        waiting.set(names.path, opening);
      }
      const writer = opening.get();
      if (writer === undefined) return undefined;
      waiting.delete(names.path);
      let sizeBytes = 0;
      return {
        write(batch) {
          writer.append(context.memory, batch);
          sizeBytes += batchBytes(context, batch);
        },
        sizeBytes: () => sizeBytes,
        async finish() {
          if (writer.rows === 0) return undefined;
          await writer.finish(names.temporary, { compression });
          await files().disk.syncFile(names.temporary);
          return names;
        },
        close: () => writer.close(),
      };
    },
    close() {
      for (const opening of waiting.values()) opening.get()?.close();
    },
  };
}

/** Record batches of one part are kept until it is finished. */
function arrowParts(schema: Schema, context: WriteContext, files: () => PartFiles): PartFormat {
  const arrow = new Loaded(() => import('../../columnar/arrow.ts'), context.wake);
  return {
    ending: 'arrow',
    streams: false,
    open(names) {
      const module = arrow.get();
      if (module === undefined) return undefined;
      const batches: ReturnType<typeof module.recordBatchOf>[] = [];
      let sizeBytes = 0;
      return {
        write(batch) {
          batches.push(module.recordBatchOf(context.memory, batch, schema));
          sizeBytes += batchBytes(context, batch);
        },
        sizeBytes: () => sizeBytes,
        finish() {
          if (batches.length === 0) return Promise.resolve(undefined);
          const file = new PartFile(files(), names);
          file.write(module.writeIpc(schema, batches, 'file'));
          return Promise.resolve(file.finish());
        },
        close: () => {
          batches.length = 0;
        },
      };
    },
    close: () => undefined,
  };
}

/** What a batch takes in memory, about: of lists their offsets only. */
function batchBytes({ memory }: WriteContext, batch: Batch): number {
  const sizeOf = (column: Column): number => {
    const storage = storageOf(column.type);
    const children = (column.children ?? []).reduce((sum, child) => sum + sizeOf(child), 0);
    if (storage === 'struct' || storage === 'list') return children + (storage === 'list' ? 4 * batch.length : 0);
    let bytes = storageBytes(storage) * batch.length;
    if (storage !== 'view') return bytes;
    const words = memory.u32;
    for (let at = column.data >>> 2, row = 0; row < batch.length; row++, at += 4) if (words[at]! > 12) bytes += words[at]!;
    return bytes;
  };
  return batch.columns.reduce((sum, column) => sum + sizeOf(column), 0);
}

/** @throws TidemillError `missing-option` when a table does not say its format. */
export function requireFormat(options: Options, table: string): void {
  if (!['csv', 'json', 'raw', 'avro', 'parquet', 'arrow'].includes(options['format'] ?? ''))
    throw new TidemillError('missing-option', `table ${table} needs the option 'format'`, {
      hint: "add 'format' = '…' to WITH: csv, json, parquet, avro, arrow, raw",
    });
}
