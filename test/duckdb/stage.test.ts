import { afterAll, describe, expect, test } from 'vitest';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { DuckdbDatabase } from '../../core/duckdb/database.ts';
import { isRowError } from '../../core/duckdb/errors.ts';
import { DuckdbStage } from '../../core/duckdb/stage.ts';
import { drain } from './drain.ts';

const database = await DuckdbDatabase.open({ threads: 1 });
afterAll(() => database.close());

const read = (sql: string | string[], columnTypes: SqlType[], rowsMax?: number) =>
  drain(
    context =>
      DuckdbStage.start(
        database,
        [sql].flat(),
        columnTypes.map((type, index) => ({ name: `c${index}`, type })),
        context,
      ),
    rowsMax,
  );

describe('values of all types', () => {
  const cases: [string, SqlType, Value][] = [
    ['true', types.boolean(), true],
    ['(-128)::TINYINT', types.tinyint(), -128],
    ['(-32768)::SMALLINT', types.smallint(), -32768],
    ['(-2147483648)::INTEGER', types.int(), -2147483648],
    ['9223372036854775807', types.bigint(), 9223372036854775807n],
    ['9223372036854775808::HUGEINT', types.bigint(), -9223372036854775808n],
    ['1.5::FLOAT', types.float(), 1.5],
    ["'-infinity'::DOUBLE", types.double(), Number.NEGATIVE_INFINITY],
    ['(-12.34)::DECIMAL(4, 2)', types.decimal(4, 2), -1234n],
    ['(-12345.67)::DECIMAL(9, 2)', types.decimal(9, 2), -1234567n],
    ['(-1234567890123456.78)::DECIMAL(18, 2)', types.decimal(18, 2), -123456789012345678n],
    ['(-12345678901234567890123456789.5)::DECIMAL(38, 1)', types.decimal(38, 1), -123456789012345678901234567895n],
    ["'short'", types.string(), 'short'],
    ["'exactly 12 b'", types.string(), 'exactly 12 b'],
    ["'a longer text, größer als zwölf'", types.string(), 'a longer text, größer als zwölf'],
    ["'\\x00\\xFF'::BLOB", types.bytes(), new Uint8Array([0, 255])],
    ["DATE '1969-12-31'", types.date(), -1],
    ["TIME '23:59:59.123456'", types.time(), 86399123],
    ["TIMESTAMP '2026-01-31 23:59:59.123456'", types.timestamp(6), 1769903999123456n],
    ["'2026-01-31 23:59:59.123456789'::TIMESTAMP_NS", types.timestamp(9), 1769903999123456789n],
    ["TIMESTAMPTZ '1970-01-01 01:00:00+01'", types.timestampLtz(3), 0n],
    ["INTERVAL '14' MONTH", types.intervalYearMonth(), 14],
    ["INTERVAL '1' DAY + INTERVAL '1500' MILLISECOND", types.intervalDayTime(), 86401500n],
    ['[1, NULL, 3]', types.array(types.int()), [1, null, 3]],
    ['[]::INTEGER[]', types.array(types.int()), []],
    ['[1, 2]::INTEGER[2]', types.array(types.int()), [1, 2]],
    [
      "[['a'], NULL, ['a text that is long', 'b']]",
      types.array(types.array(types.string())),
      [['a'], null, ['a text that is long', 'b']],
    ],
    [
      "MAP {'k': 1, 'l': NULL}",
      types.map(types.string(), types.int()),
      [
        ['k', 1],
        ['l', null],
      ],
    ],
    ["MAP {'k': 2}", types.multiset(types.string()), [['k', 2]]],
    [
      "{'a': 1, 'b': {'c': [1.5::DOUBLE]}}",
      types.row([
        { name: 'a', type: types.int() },
        { name: 'b', type: types.row([{ name: 'c', type: types.array(types.double()) }]) },
      ]),
      [1, [[1.5]]],
    ],
  ];

  test.each(cases)('%s', async (sql, type, value) => {
    // value, NULL, value, … over more than one chunk, whole and in batches that cut chunks
    const statement = `SELECT CASE WHEN range % 2 = 0 THEN ${sql.replace('[2]', '[]')} END${sql.includes('INTEGER[2]') ? '::INTEGER[2]' : ''} FROM range(5000) ORDER BY range`;
    for (const rowsMax of [8192, 1001]) {
      const { rows } = await read(statement, [type], rowsMax);
      expect(rows.length).toBe(5000);
      for (const row of [0, 1, 2047, 2048, 2049, 4998, 4999]) expect(rows[row]).toEqual([row % 2 === 0 ? value : null]);
    }
    expect((await read(`SELECT ${sql} FROM range(3)`, [type])).rows).toEqual([[value], [value], [value]]);
  });
});

describe('strings', () => {
  test('long texts that are shared, out of order and in batches of 7', async () => {
    const text = (n: number) => `text number ${n} with some length`;
    const sql = "SELECT 'text number ' || (7919 * range % 50) || ' with some length' FROM range(500) ORDER BY range";
    for (const rowsMax of [7, 8192]) {
      const { rows, sizes } = await read(sql, [types.string()], rowsMax);
      expect(rows).toEqual(Array.from({ length: 500 }, (_, n) => [text((7919 * n) % 50)]));
      expect(sizes[0]).toBe(Math.min(rowsMax, 500));
    }
  });

  test('NULL rows have empty views', async () => {
    const { rows } = await read("SELECT CASE WHEN range % 3 = 0 THEN repeat('x', range % 40) END FROM range(3000)", [
      types.string(),
    ]);
    expect(rows.map(([value]) => value)).toEqual(rows.map((_, n) => (n % 3 === 0 ? 'x'.repeat(n % 40) : null)));
  });
});

describe('lists', () => {
  test('many rows of different lengths', async () => {
    const sql = 'SELECT CASE WHEN range % 5 > 0 THEN range(range % 7)::INTEGER[] END FROM range(10000) t(range) ORDER BY range';
    for (const rowsMax of [333, 8192]) {
      const { rows } = await read(sql, [types.array(types.int())], rowsMax);
      rows.forEach(([value], n) => {
        expect(value).toEqual(n % 5 > 0 ? Array.from({ length: n % 7 }, (_, item) => item) : null);
      });
    }
  });
});

describe('stages', () => {
  test('several chunks make a batch; statements follow one another', async () => {
    const { rows, sizes } = await read(
      ['SELECT range FROM range(20000)', 'SELECT range FROM range(5)', 'SELECT 1::BIGINT WHERE false'],
      [types.bigint()],
    );
    expect(sizes).toEqual([8192, 8192, 3616, 5]);
    expect(rows[19999]).toEqual([19999n]);
    expect(rows.slice(20000).map(([n]) => n)).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  test('a position is taken up again', async () => {
    const statements = ['SELECT range FROM range(5000)', 'SELECT -range FROM range(5000)'];
    const schema = [{ name: 'n', type: types.bigint() }];
    const { rows } = await drain(context =>
      DuckdbStage.start(database, statements, schema, context, { statement: 1, rows: 4321 }),
    );
    expect(rows.length).toBe(679);
    expect(rows[0]).toEqual([-4321n]);
  });

  test('a failing row is told before any row is seen', async () => {
    const failure = await read("SELECT CAST(CASE WHEN range = 9000 THEN 'x' ELSE '1' END AS INTEGER) FROM range(10000)", [
      types.int(),
    ]).catch((error: unknown) => error);
    expect(isRowError(failure)).toBe(true);
    expect(String(failure)).toContain("Could not convert string 'x' to INT32");
  });

  test('a missing cast is our bug', async () => {
    await expect(read('SELECT 1::UTINYINT', [types.int()])).rejects.toMatchObject({ domain: 'internal' });
  });

  test('a missing file is named', async () => {
    await expect(read("SELECT * FROM 'no/such.parquet'", [types.int()])).rejects.toMatchObject({ code: 'file-not-found' });
  });

  test('a statement that has not begun is interrupted as well', async () => {
    const connection = await database.connect();
    const result = connection.query('SELECT count(*) FROM range(100000000000)');
    connection.interrupt();
    await expect(result).rejects.toMatchObject({ code: 'interrupted' });
    connection.close();
  });

  test('closing interrupts', async () => {
    let stage: DuckdbStage | undefined;
    const done = drain(context => {
      stage = DuckdbStage.start(
        database,
        ['SELECT count(*) FROM range(100000000000)'],
        [{ name: 'n', type: types.bigint() }],
        context,
      );
      setTimeout(() => {
        stage?.close();
        context.wake();
      }, 100);
      return stage;
    });
    expect((await done).rows).toEqual([]);
  });
});
