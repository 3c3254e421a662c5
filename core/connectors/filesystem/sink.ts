import type { Batch } from '../../columnar/batch.ts';
import { typeToString } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import type { ParquetWriter } from '../../duckdb/parquet-writer.ts';
import type { TableSink } from '../../plan/nodes.ts';
import type { CommitHandle, Sink, SinkWriter, WriteContext } from '../contract.ts';
import { csvSettings, requireCsv } from '../csv/decoder.ts';
import { RowTextEncoder, type TextEncoding } from '../encoding/row-text-encoder.ts';
import { optionOf } from '../options.ts';
import { tablePath } from './files.ts';
import { abortPart, commitPart, PartFile, PartFiles } from './part-writer.ts';

/** Writes part files into the table's directory, as Flink does; each appears when the checkpoint, or the job, that it belongs to is done. */
export function fileSink(sink: TableSink): Sink {
  const format = sink.options['format'];
  if (sink.partitionedBy !== undefined && sink.partitionedBy.length > 0)
    throw notSupported(`writing the partitioned table ${sink.name}`, undefined, 'Leave PARTITIONED BY out.');
  switch (format) {
    case 'csv':
    case 'json':
    case 'raw':
      return { open: context => new TextWriter(sink, encodingOf(sink, format), format, context) };
    case 'parquet':
      return { open: context => new ParquetPartWriter(sink, context) };
    case 'arrow':
      return { open: context => new ArrowPartWriter(sink, context) };
    default:
      throw new TidemillError('missing-option', `table ${sink.name} needs the option 'format'`, {
        hint: "add 'format' = '…' to WITH: csv, json, parquet, arrow, raw",
      });
  }
}

function encodingOf(sink: TableSink, format: 'csv' | 'json' | 'raw'): TextEncoding {
  const { options, schema } = sink;
  if (format === 'json') {
    const mode = options['json.map-null-key.mode'] ?? 'FAIL';
    return {
      format,
      nullKeys:
        mode === 'LITERAL' ? { literal: options['json.map-null-key.literal'] ?? 'null' } : mode === 'DROP' ? 'drop' : 'fail',
      isoTimestamps: options['json.timestamp-format.standard'] === 'ISO-8601',
      ignoreNullFields: optionOf.boolean(options, 'json.encode.ignore-null-fields'),
      plainDecimals: optionOf.boolean(options, 'json.encode.decimal-as-plain-number'),
    };
  }
  if (format === 'raw') {
    if (schema.length !== 1 || (schema[0]!.type.kind !== 'VARCHAR' && schema[0]!.type.kind !== 'CHAR'))
      throw new TidemillError(
        'wrong-schema',
        `format 'raw' writes one column of STRING, not ${schema.map(field => typeToString(field.type)).join(', ')}`,
      );
    return { format: 'csv', quote: 0 };
  }
  const settings = csvSettings(options);
  for (const { name, type } of schema) requireCsv(type, name);
  return {
    format,
    delimiter: settings.delimiter,
    quote: settings.quote,
    escape: settings.escape,
    arrayDelimiter: settings.arrayDelimiter,
    plainDecimals: !optionOf.boolean(options, 'csv.write-bigdecimal-in-scientific-notation', true),
    nullLiteral: settings.nullLiteral,
  };
}

class TextWriter implements SinkWriter {
  readonly #parts: PartFiles;
  readonly #encoder: RowTextEncoder;
  readonly #context: WriteContext;
  readonly #header: Uint8Array | undefined;
  #part: PartFile | undefined;

  constructor(sink: TableSink, encoding: TextEncoding, ending: string, context: WriteContext) {
    this.#parts = new PartFiles(tablePath(sink.options, sink.baseDirectory), context.subtask, ending === 'raw' ? 'txt' : ending);
    this.#encoder = new RowTextEncoder(context.memory, context.kernels, sink.schema, encoding);
    this.#context = context;
    if (ending === 'csv' && csvSettings(sink.options).header) {
      const names = sink.schema.map(field => (/[",\n]/.test(field.name) ? `"${field.name.replaceAll('"', '""')}"` : field.name));
      this.#header = Buffer.from(`${names.join(String.fromCharCode(encoding.delimiter ?? 44))}\n`);
    }
  }

  tryWrite(batch: Batch): boolean {
    requireInserts(this.#context, batch);
    if (batch.length === 0) return true;
    if (this.#part === undefined) {
      this.#part = new PartFile(this.#parts.next());
      if (this.#header !== undefined) this.#part.write(this.#header);
    }
    const part = this.#part;
    this.#encoder.encode(batch, bytes => part.write(bytes));
    return true;
  }

  prepare(): Promise<CommitHandle | undefined> {
    const handle = this.#part?.finish();
    this.#part = undefined;
    return Promise.resolve(handle);
  }
  commit = commitPart;
  abort = abortPart;

  async close(): Promise<void> {
    this.#encoder.close();
    const part = this.#part;
    this.#part = undefined;
    part?.close();
    if (part !== undefined) await abortPart({ temporary: part.temporary });
  }
}

/** Rows are kept in DuckDB until the part is finished. Batches that come before DuckDB is open are told to come again. */
class ParquetPartWriter implements SinkWriter {
  readonly #parts: PartFiles;
  readonly #sink: TableSink;
  readonly #context: WriteContext;
  #writer: ParquetWriter | undefined;
  #opening: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(sink: TableSink, context: WriteContext) {
    this.#parts = new PartFiles(tablePath(sink.options, sink.baseDirectory), context.subtask, 'parquet');
    this.#sink = sink;
    this.#context = context;
  }

  tryWrite(batch: Batch): boolean {
    requireInserts(this.#context, batch);
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#writer === undefined) {
      this.#opening ??= this.#open();
      return false;
    }
    this.#writer.append(this.#context.memory, batch);
    return true;
  }

  async #open(): Promise<void> {
    try {
      const [{ sharedDatabase }, { ParquetWriter: Writer }] = await Promise.all([
        import('../../duckdb/database.ts'),
        import('../../duckdb/parquet-writer.ts'),
      ]);
      this.#writer = await Writer.open(await sharedDatabase({ threads: 1 }), this.#sink.schema);
    } catch (error) {
      this.#failure = { error };
    }
    this.#context.wake();
  }

  async prepare(): Promise<CommitHandle | undefined> {
    await this.#opening;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#writer === undefined || this.#writer.rows === 0) return undefined;
    const { temporary, path } = this.#parts.next();
    const compression = (this.#sink.options['parquet.compression'] ?? 'SNAPPY').toLowerCase();
    await this.#writer.finish(temporary, { compression: compression as 'snappy' | 'gzip' | 'zstd' | 'uncompressed' });
    return { temporary, path };
  }
  commit = commitPart;
  abort = abortPart;

  async close(): Promise<void> {
    await this.#opening;
    this.#writer?.close();
    this.#writer = undefined;
  }
}

/** Record batches of one part are kept until it is finished. */
class ArrowPartWriter implements SinkWriter {
  readonly #parts: PartFiles;
  readonly #sink: TableSink;
  readonly #context: WriteContext;
  #arrow: typeof import('../../columnar/arrow.ts') | undefined;
  #opening: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #batches: ReturnType<typeof import('../../columnar/arrow.ts').recordBatchOf>[] = [];

  constructor(sink: TableSink, context: WriteContext) {
    this.#parts = new PartFiles(tablePath(sink.options, sink.baseDirectory), context.subtask, 'arrow');
    this.#sink = sink;
    this.#context = context;
  }

  tryWrite(batch: Batch): boolean {
    requireInserts(this.#context, batch);
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#arrow === undefined) {
      this.#opening ??= import('../../columnar/arrow.ts')
        .then(
          module => {
            this.#arrow = module;
          },
          (error: unknown) => {
            this.#failure = { error };
          },
        )
        .then(() => this.#context.wake());
      return false;
    }
    if (batch.length > 0) this.#batches.push(this.#arrow.recordBatchOf(this.#context.memory, batch, this.#sink.schema));
    return true;
  }

  async prepare(): Promise<CommitHandle | undefined> {
    await this.#opening;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#arrow === undefined || this.#batches.length === 0) return undefined;
    const part = new PartFile(this.#parts.next());
    part.write(this.#arrow.writeIpc(this.#sink.schema, this.#batches, 'file'));
    this.#batches = [];
    return part.finish();
  }
  commit = commitPart;
  abort = abortPart;

  close(): Promise<void> {
    this.#batches = [];
    return Promise.resolve();
  }
}

function requireInserts(context: WriteContext, batch: Batch): void {
  if (batch.weights === 0) return;
  const { i8 } = context.memory;
  for (let row = 0; row < batch.length; row++) {
    if (i8[batch.weights + row]! < 0)
      throw new TidemillError('not-append-only', "connector 'filesystem' takes new rows only, and this query takes rows back");
  }
}
