import type { Schema } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { isRowError } from '../../duckdb/errors.ts';
import type { ParquetPosition, ParquetReader, ParquetSplit } from '../../duckdb/parquet-scan.ts';
import { duckdbTypeName, quoteDuckdbName } from '../../duckdb/types.ts';
import type { Expression } from '../../plan/expressions.ts';
import { duckdbExpression } from '../../sql/unparse-plan/duckdb-expressions.ts';
import type { ReadContext, ReadResult, Source, SplitPosition, SplitReader } from '../contract.ts';
import { type FileTable, isComparison } from './file-table.ts';

/** DuckDB is loaded when a Parquet table is read, not before. */
async function openDuckdb() {
  const [{ sharedDatabase }, parquet] = await Promise.all([
    import('../../duckdb/database.ts'),
    import('../../duckdb/parquet-scan.ts'),
  ]);
  return { database: await sharedDatabase({ threads: 1 }), parquet };
}

/** The columns of a Parquet file. */
export async function parquetFileSchema(path: string): Promise<Schema> {
  const { database, parquet } = await openDuckdb();
  return damaged(() => parquet.parquetSchema(database, [path]));
}

/** What no row has to do with is the file's own fault. */
async function damaged<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!isRowError(cause)) throw cause;
    throw new TidemillError('bad-file', `a Parquet file is damaged: ${(cause as TidemillError).message}`, {
      domain: 'external',
      cause,
    });
  }
}

/** Parquet files by DuckDB: projection, filter and limit go into the scan; row groups are split over the readers. */
export function parquetSource({ request, files }: FileTable): Source {
  const { schema } = request.source;
  const columns = request.columns.map(index => schema[index]!);
  return {
    async discover(parallelism) {
      const paths = (await files()).map(file => file.path);
      if (paths.length === 0) return [];
      const { database, parquet } = await openDuckdb();
      return damaged(async () => {
        await parquet.checkParquetColumns(database, paths, columns);
        return parquet.parquetSplits(database, paths, parallelism);
      });
    },
    open(split, position, context) {
      const filter = request.filter === undefined ? undefined : filterText(request.filter, columns);
      return new LazyParquetReader(
        split as unknown as ParquetSplit,
        { columns, filter, limit: request.limit },
        context,
        position as ParquetPosition | undefined,
      );
    },
  };
}

function filterText(filter: Expression, columns: Schema): string {
  return duckdbExpression(filter, index => {
    const { name, type } = columns[index]!;
    return `CAST(${quoteDuckdbName(name)} AS ${duckdbTypeName(type)})`;
  });
}

/** Conditions DuckDB applies while it scans: comparisons of columns with constants, which no row can make fail. */
export function isParquetFilter(expression: Expression): boolean {
  if (!isComparison(expression)) return false;
  try {
    duckdbExpression(expression, index => `c${index}`);
    return true;
  } catch {
    return false;
  }
}

/** A reader whose DuckDB is still being opened on this thread. */
class LazyParquetReader implements SplitReader {
  readonly #start: ParquetPosition;
  readonly #path: string;
  #reader: ParquetReader | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;

  constructor(
    split: ParquetSplit,
    read: { readonly columns: Schema; readonly filter: string | undefined; readonly limit: number | undefined },
    context: ReadContext,
    position: ParquetPosition | undefined,
  ) {
    this.#path = split.data.path;
    this.#start = position ?? { statement: 0, rows: 0, total: 0 };
    openDuckdb()
      .then(({ database, parquet }) => {
        if (!this.#closed) this.#reader = new parquet.ParquetReader(database, split, read, context, position);
      })
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(context.wake);
  }

  tryRead(rowsMax: number): ReadResult {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      return this.#reader?.tryRead(rowsMax) ?? { kind: 'pending' };
    } catch (error) {
      throw isRowError(error) ? this.#wrongType(error as TidemillError) : error;
    }
  }

  /** All that can fail in a row of a scan is the cast to a column's declared type. */
  #wrongType(cause: TidemillError): TidemillError {
    return new TidemillError('wrong-type', `${this.#path}: ${cause.message}`, {
      hint: 'Declare the columns with the types the file has, and cast them in the query.',
      cause,
    });
  }

  position(): SplitPosition {
    return this.#reader?.position() ?? this.#start;
  }

  close(): void {
    this.#closed = true;
    this.#reader?.close();
  }
}
