import { readRows } from '../columnar/read-values.ts';
import { type Field, isTimestamp, type Schema, types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { TaskMemory } from '../wasm/memory.ts';
import type { Result } from './bindings.ts';
import type { DuckdbConnection, DuckdbDatabase } from './database.ts';
import { ResultReader } from './result-reader.ts';
import { DuckdbStage, type StageContext, type StagePosition, type StageReadResult } from './stage.ts';
import { duckdbTypeName, quoteDuckdbName, quoteDuckdbText, sqlTypeOf } from './types.ts';

/** A part of one file, as plain data: row ranges `from-until;…` that one reader reads in order. */
export interface ParquetSplit {
  readonly id: string;
  readonly data: { readonly path: string; readonly ranges: string };
}

export interface ParquetRead {
  /** Columns to deliver, by their names in the file and with the types to deliver them in. */
  readonly columns: readonly Field[];
  /** A condition in DuckDB's SQL over the file's columns. */
  readonly filter?: string | undefined;
  readonly limit?: number | undefined;
}

/** Row groups are read together until they have so many rows, and cut when they have twice as many: what is in memory at a time. */
const rangeRows = 131_072;

const scanOf = (paths: readonly string[], options = ''): string =>
  `read_parquet([${paths.map(quoteDuckdbText).join(', ')}], hive_partitioning = false${options})`;

/**
 * The columns of Parquet files, from the first of them.
 * @throws TidemillError `file-not-found`, `bad-file`, `io`; `not-supported` for columns that have no SQL type here.
 */
export async function parquetSchema(database: DuckdbDatabase, paths: readonly string[]): Promise<Schema> {
  return withConnection(database, async connection => {
    const file = paths.slice(0, 1);
    const schema = resultSchema(database, await connection.query(`SELECT * FROM ${scanOf(file)} LIMIT 0`));
    if (!schema.some(field => isTimestamp(field.type))) return schema;
    // DuckDB has all of them in microseconds
    const inMillis = topLevelMillis(
      resultRows(
        database,
        await connection.query(
          `SELECT name, coalesce(num_children, 0)::BIGINT, coalesce(logical_type, '') || coalesce(converted_type, '') FROM parquet_schema(${quoteDuckdbText(file[0]!)})`,
        ),
      ),
    );
    return schema.map(({ name, type }) => {
      if (!inMillis.has(name) || !isTimestamp(type)) return { name, type };
      return { name, type: type.kind === 'TIMESTAMP' ? types.timestamp(3) : types.timestampLtz(3) };
    });
  });
}

/** Names of the columns in milliseconds, from the rows (name, children, type) of a Parquet schema in depth-first order. */
function topLevelMillis(rows: readonly (readonly Value[])[]): Set<string> {
  const names = new Set<string>();
  let row = 1;
  const pass = (): void => {
    const children = Number(rows[row++]?.[1] ?? 0);
    for (let child = 0; child < children; child++) pass();
  };
  while (row < rows.length) {
    const [name, , type] = rows[row]!;
    if (/MILLIS=Milli|TIMESTAMP_MILLIS/.test(String(type))) names.add(String(name));
    pass();
  }
  return names;
}

/** The rows of a small result. */
function resultRows(database: DuckdbDatabase, result: Result): Value[][] {
  const memory = new TaskMemory();
  const reader = new ResultReader(database.bindings, result, resultSchema(database, result));
  const rows: Value[][] = [];
  for (let batch = reader.read(memory, limits.batchRows); batch !== undefined; batch = reader.read(memory, limits.batchRows)) {
    rows.push(...readRows(memory, batch));
    memory.arena.reset();
  }
  return rows;
}

/** Names and types of a result's columns; all nullable. */
export function resultSchema(database: DuckdbDatabase, result: Result): Schema {
  const { bindings } = database;
  return Array.from({ length: bindings.column_count(result) }, (_, index) => ({
    name: bindings.column_name(result, index),
    type: sqlTypeOf(bindings, bindings.column_logical_type(result, index)),
  }));
}

/**
 * Splits of Parquet files, in the order of `paths`. With parallelism 2 each file gives two splits that take its row groups in turns, so that
 * readers of a file in time order stay side by side.
 */
export async function parquetSplits(
  database: DuckdbDatabase,
  paths: readonly string[],
  parallelism: number,
): Promise<readonly ParquetSplit[]> {
  if (paths.length === 0) return [];
  return withConnection(database, async connection => {
    const result = await connection.query(
      `SELECT file_name::VARCHAR, row_group_id::BIGINT, any_value(row_group_num_rows)::BIGINT FROM parquet_metadata([${paths
        .map(quoteDuckdbText)
        .join(', ')}]) GROUP BY ALL ORDER BY 2`,
    );
    const groups = new Map<string, number[]>();
    for (const [path, , rows] of resultRows(database, result)) {
      const list = groups.get(String(path));
      if (list === undefined) groups.set(String(path), [Number(rows)]);
      else list.push(Number(rows));
    }
    return paths.flatMap(path => splitsOf(path, rangesOf(groups.get(path) ?? []), parallelism));
  });
}

function rangesOf(groups: readonly number[]): (readonly [from: number, until: number])[] {
  const ranges: [number, number][] = [];
  let start = 0;
  let end = 0;
  for (const rows of groups) {
    end += rows;
    if (end - start < rangeRows) continue;
    const pieces = Math.max(1, Math.floor((end - start) / (2 * rangeRows)));
    for (let piece = 0; piece < pieces; piece++) {
      const from = start + Math.floor(((end - start) * piece) / pieces);
      ranges.push([from, start + Math.floor(((end - start) * (piece + 1)) / pieces)]);
    }
    start = end;
  }
  if (end > start) ranges.push([start, end]);
  return ranges;
}

function splitsOf(path: string, ranges: readonly (readonly [number, number])[], parallelism: number): ParquetSplit[] {
  const parts = Math.max(1, Math.min(parallelism, ranges.length));
  return Array.from({ length: parts }, (_, part) => ({
    id: parts === 1 ? path : `${path}#${part + 1}/${parts}`,
    data: {
      path,
      ranges: ranges
        .filter((_, index) => index % parts === part)
        .map(([from, until]) => `${from}-${until}`)
        .join(';'),
    },
  }));
}

/**
 * Checks that the first file has the columns to be read.
 * @throws TidemillError `unknown-column` with the nearest names.
 */
export async function checkParquetColumns(
  database: DuckdbDatabase,
  paths: readonly string[],
  columns: readonly Field[],
): Promise<void> {
  const names = (await parquetSchema(database, paths)).map(field => field.name);
  const known = new Set(names.map(name => name.toLowerCase()));
  for (const { name } of columns) {
    if (known.has(name.toLowerCase())) continue;
    throw new TidemillError('unknown-column', `${paths[0]} has no column '${name}'`, {
      hint: didYouMean(name, names) ?? `it has ${names.join(', ')}`,
    });
  }
}

/** The statement that reads rows `from` to `until` of a file; whole row groups outside of them are not read. */
export function parquetStatement(path: string, range: string, read: ParquetRead): string {
  const [from, until] = range.split('-');
  const columns = read.columns.map(
    field => `CAST(${quoteDuckdbName(field.name)} AS ${duckdbTypeName(field.type)}) AS ${quoteDuckdbName(field.name)}`,
  );
  const filter = read.filter === undefined ? '' : ` AND (${read.filter})`;
  const limit = read.limit === undefined ? '' : ` LIMIT ${read.limit}`;
  return (
    `SELECT ${columns.length === 0 ? 'true' : columns.join(', ')} FROM ${scanOf([path], ', file_row_number = true')} ` +
    `WHERE file_row_number >= ${from} AND file_row_number < ${until}${filter}${limit}`
  );
}

/** Reads one split of {@link parquetSplits}, in file order. */
export class ParquetReader {
  readonly #stage: DuckdbStage;
  readonly #limit: number;
  readonly #bare: boolean;
  #rows = 0;

  /** `position`: what {@link ParquetReader.position} said before. */
  constructor(
    database: DuckdbDatabase,
    split: ParquetSplit,
    read: ParquetRead,
    context: StageContext,
    position?: ParquetPosition,
  ) {
    const ranges = split.data.ranges === '' ? [] : split.data.ranges.split(';');
    // DuckDB always gives a column; a scan for COUNT(*) wants none
    this.#bare = read.columns.length === 0;
    const schema: Schema = this.#bare ? [{ name: 'bare', type: { kind: 'BOOLEAN', nullable: true } }] : read.columns;
    this.#limit = read.limit ?? Number.POSITIVE_INFINITY;
    this.#rows = position?.total ?? 0;
    this.#stage = DuckdbStage.start(
      database,
      ranges.map(range => parquetStatement(split.data.path, range, read)),
      schema,
      context,
      position === undefined ? undefined : { statement: position.statement, rows: position.rows },
    );
  }

  tryRead(rowsMax: number): StageReadResult {
    const rows = Math.min(rowsMax, this.#limit - this.#rows);
    if (rows <= 0) {
      this.#stage.close();
      return { kind: 'end' };
    }
    const result = this.#stage.tryRead(rows);
    if (result.kind !== 'batch') return result;
    this.#rows += result.batch.length;
    return this.#bare ? { kind: 'batch', batch: { ...result.batch, columns: [] } } : result;
  }

  position(): ParquetPosition {
    return { ...this.#stage.position(), total: this.#rows };
  }

  close(): void {
    this.#stage.close();
  }
}

export type ParquetPosition = StagePosition & { readonly total: number };

async function withConnection<T>(database: DuckdbDatabase, use: (connection: DuckdbConnection) => Promise<T>): Promise<T> {
  const connection = await database.connect();
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}
