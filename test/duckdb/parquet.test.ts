import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Schema, types } from '../../core/columnar/types.ts';
import { DuckdbDatabase } from '../../core/duckdb/database.ts';
import {
  checkParquetColumns,
  type ParquetRead,
  ParquetReader,
  type ParquetSplit,
  parquetSchema,
  parquetSplits,
} from '../../core/duckdb/parquet-scan.ts';
import { pythonWith } from '../support/python.ts';
import { drain } from './drain.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-parquet-'));
const large = join(folder, "large 'file'.parquet");
const small = join(folder, 'small.parquet');
const empty = join(folder, 'empty.parquet');
const database = await DuckdbDatabase.open({ threads: 1 });

beforeAll(async () => {
  const connection = await database.connect();
  const copy = (sql: string, path: string, options = '') =>
    connection.query(`COPY (${sql}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet${options})`);
  await copy("SELECT range AS n, 'text number ' || range AS s FROM range(600000)", large, ', ROW_GROUP_SIZE 102400');
  await copy(
    "SELECT 1::UTINYINT AS a, 2::UBIGINT AS b, 3.5::DECIMAL(5, 1) AS c, uuid() AS d, TIMESTAMP_MS '2026-01-01 00:00:00' AS e",
    small,
  );
  await copy('SELECT 1::BIGINT AS n, NULL::VARCHAR AS s WHERE false', empty);
  connection.close();
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const columns: Schema = [
  { name: 'n', type: types.bigint() },
  { name: 's', type: types.string() },
];
const read = (split: ParquetSplit, request: ParquetRead, rowsMax?: number) =>
  drain(context => new ParquetReader(database, split, request, context), rowsMax);

describe('Parquet', () => {
  test('schema, with types widened where SQL has no counterpart', async () => {
    expect(await parquetSchema(database, [large])).toEqual(columns);
    expect((await parquetSchema(database, [small])).map(field => field.type)).toEqual([
      types.smallint(),
      types.decimal(20, 0),
      types.decimal(5, 1),
      types.string(),
      types.timestamp(3),
    ]);
  });

  test('milliseconds are TIMESTAMP(3), in columns of their own only', async () => {
    const path = join(folder, 'milliseconds.parquet');
    pythonWith('pyarrow')(
      `import sys, pyarrow as pa, pyarrow.parquet as pq
ms = pa.array([1], pa.timestamp('ms'))
pq.write_table(pa.table({'r': pa.StructArray.from_arrays([ms], ['c']), 'a': ms, 'b': pa.array([1], pa.timestamp('ms', 'UTC')), 'c': pa.array([1], pa.timestamp('us')), 'd': pa.array([1], pa.timestamp('ns'))}), sys.argv[1])`,
      path,
    );
    expect((await parquetSchema(database, [path])).slice(1).map(field => field.type)).toEqual([
      types.timestamp(3),
      types.timestampLtz(3),
      types.timestamp(6),
      types.timestamp(9),
    ]);
  }, 300_000);

  test('reads inferred columns, whatever the file holds', async () => {
    const [split] = await parquetSplits(database, [small], 1);
    const { rows } = await read(split!, { columns: await parquetSchema(database, [small]) });
    expect(rows[0]!.slice(0, 3)).toEqual([1, 2n, 35n]);
    expect(rows[0]![3]).toMatch(/^[0-9a-f-]{36}$/);
    expect(rows[0]![4]).toBe(1767225600000000n);
  });

  test('one split reads all rows in file order', async () => {
    const splits = await parquetSplits(database, [large], 1);
    expect(splits.length).toBe(1);
    expect(splits[0]!.data.ranges).toBe('0-204800;204800-409600;409600-600000');
    const { rows, sizes } = await read(splits[0]!, { columns });
    expect(rows.length).toBe(600000);
    expect(rows.findIndex(([n, s], index) => n !== BigInt(index) || s !== `text number ${index}`)).toBe(-1);
    expect(Math.max(...sizes)).toBe(8192);
  });

  test('two splits take row groups in turns and cover every row once', async () => {
    const splits = await parquetSplits(database, [large, empty], 2);
    expect(splits.map(split => split.data.ranges)).toEqual(['0-204800;409600-600000', '204800-409600', '']);
    const all = (await Promise.all(splits.map(split => read(split, { columns: columns.slice(0, 1) })))).flatMap(
      ({ rows }) => rows,
    );
    expect(all.length).toBe(600000);
    expect(new Set(all.map(([n]) => n)).size).toBe(600000);
  });

  test('filter and limit', async () => {
    const [split] = await parquetSplits(database, [large], 1);
    const { rows } = await read(split!, { columns: [columns[1]!], filter: '"n" % 100000 = 7', limit: 4 });
    expect(rows).toEqual([['text number 7'], ['text number 100007'], ['text number 200007'], ['text number 300007']]);
  });

  test('no columns at all still counts rows', async () => {
    const [split] = await parquetSplits(database, [large], 1);
    const { rows, sizes } = await read(split!, { columns: [], filter: 'n < 10' });
    expect(sizes).toEqual([10]);
    expect(rows).toEqual(Array.from({ length: 10 }, () => []));
  });

  test('a position is taken up again', async () => {
    const [split] = await parquetSplits(database, [large], 1);
    const request = { columns: columns.slice(0, 1), filter: 'n % 2 = 0', limit: 290_000 };
    const whole = (await read(split!, request)).rows;
    const head: unknown[][] = [];
    let position: ReturnType<ParquetReader['position']> | undefined;
    await drain(context => {
      const reader = new ParquetReader(database, split!, request, context);
      return {
        tryRead(rowsMax) {
          if (head.length >= 150_000) {
            position = reader.position();
            reader.close();
            return { kind: 'end' };
          }
          const result = reader.tryRead(rowsMax);
          if (result.kind === 'batch') head.length += result.batch.length;
          return result;
        },
      };
    });
    const tail = (await drain(context => new ParquetReader(database, split!, request, context, position))).rows;
    expect(tail).toEqual(whole.slice(head.length));
    expect(whole.length).toBe(290_000);
  });

  test('an unknown column has its nearest name; a file that is none is named', async () => {
    await expect(checkParquetColumns(database, [small], [{ name: 'aa', type: types.int() }])).rejects.toThrow(
      "has no column 'aa'",
    );
    await expect(parquetSchema(database, [join(folder, 'none.parquet')])).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(parquetSchema(database, [new URL(import.meta.url).pathname])).rejects.toMatchObject({ code: 'bad-file' });
  });
});
