import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateTpch } from '../../benchmarks/queries/tpch/generate.ts';
import { type Configuration, openSession, rowTexts, runStatement } from '../support/run-statements.ts';

const folder = join(import.meta.dirname, '../../benchmarks/queries/tpch');
const tables = ['part', 'supplier', 'partsupp', 'customer', 'orders', 'lineitem', 'nation', 'region'];
const numbers = Array.from({ length: 22 }, (_, index) => String(index + 1).padStart(2, '0'));
const textOf = (number: string): string =>
  readFileSync(join(folder, `q${number}.sql`), 'utf8')
    .trim()
    .replace(/;$/, '');

let directory: string;
let duckdb: DuckDBConnection;
const expected = new Map<string, readonly string[]>();

/** DuckDB keeps more digits of averages and quotients than Flink's types have. */
const rounded = (row: string): string =>
  row
    .split('|')
    .map(text => (text !== '' && Number.isFinite(Number(text)) ? String(Number(Number(text).toPrecision(5))) : text))
    .join('|');

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-tpch-'));
  await generateTpch(directory, 0.01);
  duckdb = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  for (const table of tables) await duckdb.run(`CREATE VIEW ${table} AS SELECT * FROM '${join(directory, table)}.parquet'`);
  for (const number of numbers) {
    const result = await duckdb.runAndReadAll(textOf(number));
    const text = (value: unknown): string =>
      value === null ? 'NULL' : value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
    expected.set(
      number,
      result.getRowsJS().map(row => rounded(row.map(text).join('|'))),
    );
  }
}, 60_000);
afterAll(() => {
  duckdb.closeSync();
  rmSync(directory, { recursive: true });
});

const configurations: readonly Configuration[] = [
  { name: 'DuckDB stages' },
  { name: 'operators', settings: { 'duckdb.stages': 'off' } },
  { name: 'operators, parallelism 2', settings: { 'duckdb.stages': 'off' }, parallelism: 2 },
];

describe.each(configurations)('TPC-H, scale 0.01: $name', configuration => {
  const session = openSession({
    ...configuration,
    settings: { 'execution.runtime-mode': 'batch', ...configuration.settings },
  });
  beforeAll(async () => {
    for (const statement of readFileSync(join(folder, 'tables.sql'), 'utf8').split(/;\n/))
      if (statement.trim() !== '') await runStatement(session, statement, directory);
  });

  test.each(numbers)('q%s gives the rows that DuckDB gives', async number => {
    const rows = rowTexts((await runStatement(session, textOf(number), directory))!).map(rounded);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.toSorted()).toEqual(expected.get(number)!.toSorted());
  });
});
