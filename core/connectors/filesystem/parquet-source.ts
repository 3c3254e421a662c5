import type { Schema } from '../../columnar/types.ts';
import type { ParquetReader } from '../../duckdb/parquet-scan.ts';
import type { ReadContext, ReadResult, ScanRequest, Source, Split, SplitPosition, SplitReader } from '../contract.ts';
import type { Options } from '../options.ts';
import { tableFiles } from './files.ts';

/** DuckDB is loaded when the first Parquet file is looked at, not before. Readers use one thread of it each. */
async function duckdb() {
  const [{ sharedDatabase }, scan] = await Promise.all([
    import('../../duckdb/database.ts'),
    import('../../duckdb/parquet-scan.ts'),
  ]);
  return { database: await sharedDatabase({ threads: 1 }), scan };
}

export async function parquetFileSchema(path: string): Promise<Schema> {
  const { database, scan } = await duckdb();
  return scan.parquetSchema(database, [path]);
}

/** Parquet files, read by DuckDB: only the columns and rows asked for. */
export function parquetSource(request: ScanRequest): Source {
  const { options, schema, baseDirectory } = request.source;
  return {
    async discover(parallelism) {
      const paths = await parquetPaths(options, baseDirectory);
      if (paths.length === 0) return [];
      const { database, scan } = await duckdb();
      await scan.checkParquetColumns(
        database,
        paths,
        request.columns.map(index => schema[index]!),
      );
      return scan.parquetSplits(database, paths, parallelism);
    },
    open: (split, position, context) => new ParquetSplitReader(request, split, position, context),
  };
}

async function parquetPaths(options: Options, baseDirectory: string | undefined): Promise<string[]> {
  const files = await tableFiles(options, baseDirectory, options['source.monitor-interval'] !== undefined);
  return files.map(file => file.path);
}

class ParquetSplitReader implements SplitReader {
  #reader: ParquetReader | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;
  readonly #start: SplitPosition;

  constructor(request: ScanRequest, split: Split, position: SplitPosition | undefined, context: ReadContext) {
    this.#start = position ?? { statement: 0, rows: 0, total: 0 };
    this.#open(request, split, context).catch((error: unknown) => {
      this.#failure = { error };
      context.wake();
    });
  }

  async #open(request: ScanRequest, split: Split, context: ReadContext): Promise<void> {
    const { database, scan } = await duckdb();
    if (this.#closed) return;
    const { schema } = request.source;
    const { statement, rows, total } = this.#start;
    this.#reader = new scan.ParquetReader(
      database,
      { id: split.id, data: { path: String(split.data['path']), ranges: String(split.data['ranges']) } },
      { columns: request.columns.map(index => schema[index]!), limit: request.limit },
      context,
      { statement: Number(statement), rows: Number(rows), total: Number(total) },
    );
    context.wake();
  }

  tryRead(rowsMax: number): ReadResult {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#reader?.tryRead(rowsMax) ?? { kind: 'pending' };
  }

  position(): SplitPosition {
    return this.#reader?.position() ?? this.#start;
  }

  close(): void {
    this.#closed = true;
    this.#reader?.close();
  }
}
