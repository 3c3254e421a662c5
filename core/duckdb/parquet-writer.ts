import type { Batch, Column } from '../columnar/batch.ts';
import { isNull } from '../columnar/read-values.ts';
import { childTypes, type Schema, type SqlType, storageBytes, storageOf, typeToString } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Bindings, DataChunk, Vector } from './bindings.ts';
import type { DuckdbConnection, DuckdbDatabase } from './database.ts';
import { duckdbError } from './errors.ts';
import { duckdbTypeName, logicalTypeOf, quoteDuckdbName, quoteDuckdbText } from './types.ts';

type Appender = ReturnType<Bindings['appender_create_ext']>;

export interface ParquetWriteOptions {
  /** Default snappy. */
  readonly compression?: 'snappy' | 'gzip' | 'zstd' | 'uncompressed' | undefined;
}

/**
 * Rows collected in DuckDB, then written as one Parquet file: `append` batches, `finish` at a path, again and again; `close` at the end.
 * Holds the rows of one file in DuckDB's memory, which spills beyond its limit.
 *
 * @throws TidemillError `not-supported` for intervals and TIMESTAMP_LTZ beyond microseconds, which Parquet cannot hold; `io` when the file cannot be written.
 */
export class ParquetWriter {
  readonly #connection: DuckdbConnection;
  readonly #chunk: DataChunk;
  #appender: Appender;
  #rows = 0;
  #staging = new Uint8Array(limits.wasmPageBytes);

  private constructor(connection: DuckdbConnection, schema: Schema) {
    this.#connection = connection;
    const { bindings } = connection;
    this.#chunk = bindings.create_data_chunk(schema.map(field => logicalTypeOf(bindings, field.type)));
    this.#appender = bindings.appender_create_ext(connection.handle, 'temp', 'main', 'written');
  }

  static async open(database: DuckdbDatabase, schema: Schema): Promise<ParquetWriter> {
    for (const field of schema) requireWritable(field.type);
    const connection = await database.connect();
    try {
      const columns = schema.map(field => `${quoteDuckdbName(field.name)} ${duckdbTypeName(field.type)}`);
      await connection.query(`CREATE TEMP TABLE written (${columns.join(', ')})`);
      return new ParquetWriter(connection, schema);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Rows since the last file. */
  get rows(): number {
    return this.#rows;
  }

  /** Copies a batch's rows; weights are not looked at. */
  append(memory: TaskMemory, batch: Batch): void {
    const { bindings } = this.#connection;
    const vectorRows = bindings.vector_size();
    for (let from = 0; from < batch.length; from += vectorRows) {
      const length = Math.min(vectorRows, batch.length - from);
      bindings.data_chunk_reset(this.#chunk);
      batch.columns.forEach((column, index) => {
        this.#write(memory, bindings.data_chunk_get_vector(this.#chunk, index), column, from, length);
      });
      bindings.data_chunk_set_size(this.#chunk, length);
      try {
        bindings.append_data_chunk(this.#appender, this.#chunk);
      } catch (cause) {
        throw duckdbError(cause);
      }
    }
    this.#rows += batch.length;
  }

  /** Writes what was appended since the last file; the path is written directly: give a temporary one and rename. */
  async finish(path: string, options: ParquetWriteOptions = {}): Promise<void> {
    const { bindings } = this.#connection;
    bindings.appender_close_sync(this.#appender);
    await this.#connection.query(
      `COPY written TO ${quoteDuckdbText(path)} (FORMAT parquet, COMPRESSION ${options.compression ?? 'snappy'})`,
    );
    await this.#connection.query('DELETE FROM written');
    this.#rows = 0;
    this.#appender = bindings.appender_create_ext(this.#connection.handle, 'temp', 'main', 'written');
  }

  close(): void {
    this.#connection.close();
  }

  /** Rows `from` to `from + length` of a column into a vector's first rows. */
  #write(memory: TaskMemory, vector: Vector, column: Column, from: number, length: number): void {
    if (length === 0) return;
    this.#writeValidity(memory, vector, column, from, length);
    const { bindings } = this.#connection;
    const { type } = column;
    const storage = storageOf(type);
    switch (storage) {
      case 'view':
        this.#writeViews(memory, vector, column, from, length);
        return;
      case 'struct':
        column.children!.forEach((child, index) => {
          this.#write(memory, bindings.struct_vector_get_child(vector, index), child, from, length);
        });
        return;
      case 'list': {
        const offsets = memory.i32.subarray((column.data >>> 2) + from, (column.data >>> 2) + from + length + 1);
        const first = offsets[0]!;
        const items = offsets[length]! - first;
        bindings.list_vector_reserve(vector, items);
        bindings.list_vector_set_size(vector, items);
        const entries = new DataView(this.#stage(length * 16).buffer);
        for (let row = 0; row < length; row++) {
          entries.setBigUint64(row * 16, BigInt(offsets[row]! - first), true);
          entries.setBigUint64(row * 16 + 8, BigInt(offsets[row + 1]! - offsets[row]!), true);
        }
        this.#copy(vector, length * 16);
        const child = bindings.list_vector_get_child(vector);
        if (type.kind === 'ARRAY') this.#write(memory, child, column.children![0]!, first, items);
        else {
          column.children!.forEach((part, index) => {
            this.#write(memory, bindings.struct_vector_get_child(child, index), part, first, items);
          });
        }
        return;
      }
      default:
        this.#copy(vector, this.#stageFixed(memory, type, column.data + from * storageBytes(storage), length));
    }
  }

  #writeValidity(memory: TaskMemory, vector: Vector, column: Column, from: number, length: number): void {
    if (column.validity === 0 && column.type.kind !== 'NULL') return;
    const { bindings } = this.#connection;
    const bytes = (length + 7) >> 3;
    const bits = this.#stage(((length + 63) >> 6) * 8);
    bits.fill(0);
    if (column.type.kind !== 'NULL') {
      if ((from & 7) === 0) bits.set(memory.u8.subarray(column.validity + (from >> 3), column.validity + (from >> 3) + bytes));
      else {
        for (let row = 0; row < length; row++) if (!isNull(memory, column, from + row)) bits[row >> 3]! |= 1 << (row & 7);
      }
    }
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.length);
  }

  #writeViews(memory: TaskMemory, vector: Vector, column: Column, from: number, length: number): void {
    const { bindings } = this.#connection;
    const start = column.data + from * 16;
    const staged = this.#stage(length * 16);
    staged.set(memory.u8.subarray(start, start + length * 16));
    const words = new Uint32Array(staged.buffer, 0, length * 4);
    const longRows: number[] = [];
    for (let row = 0; row < length; row++) {
      if (words[row * 4]! <= limits.stringInlineBytes) continue;
      longRows.push(row);
      words.fill(0, row * 4, row * 4 + 4);
    }
    // short strings have DuckDB's own layout; the text of long ones must lie in its memory
    this.#copy(vector, length * 16);
    for (const row of longRows) {
      const view = (start + row * 16) >>> 2;
      const address = memory.u32[view + 2]!;
      const text = memory.u8.slice(address, address + memory.u32[view]!);
      bindings.vector_assign_string_element_len(vector, row, text);
    }
  }

  /** Puts values in DuckDB's form into the staging buffer; their size in bytes. */
  #stageFixed(memory: TaskMemory, type: SqlType, data: number, length: number): number {
    const narrow = type.kind === 'DECIMAL' ? (type.precision <= 4 ? 2 : type.precision <= 9 ? 4 : 0) : 0;
    if (narrow !== 0) {
      const staged = this.#stage(length * narrow);
      for (let row = 0; row < length; row++) {
        const address = data + row * 8;
        staged.set(memory.u8.subarray(address, address + narrow), row * narrow);
      }
      return length * narrow;
    }
    if (type.kind === 'NULL') {
      this.#stage(length * 4).fill(0);
      return length * 4;
    }
    if (type.kind === 'TIME') {
      const view = new DataView(this.#stage(length * 8).buffer);
      for (let row = 0; row < length; row++) view.setBigInt64(row * 8, BigInt(memory.i32[(data >>> 2) + row]!) * 1000n, true);
      return length * 8;
    }
    const bytes = length * storageBytes(storageOf(type));
    this.#stage(bytes).set(memory.u8.subarray(data, data + bytes));
    return bytes;
  }

  #stage(bytes: number): Uint8Array<ArrayBuffer> {
    if (this.#staging.length < bytes) this.#staging = new Uint8Array(bytes * 2);
    return this.#staging.subarray(0, bytes);
  }

  #copy(vector: Vector, bytes: number): void {
    this.#connection.bindings.copy_data_to_vector(vector, 0, this.#staging.buffer, 0, bytes);
  }
}

function requireWritable(type: SqlType): void {
  if (type.kind === 'INTERVAL_YEAR_MONTH' || type.kind === 'INTERVAL_DAY_TIME')
    throw notSupported(`${typeToString(type)} in Parquet`);
  for (const child of childTypes(type)) requireWritable(child);
}
