import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { DuckdbDatabase } from '../../core/duckdb/database.ts';
import { ParquetReader, parquetSplits } from '../../core/duckdb/parquet-scan.ts';
import { ParquetWriter } from '../../core/duckdb/parquet-writer.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { allTypes, arbitraryValue } from '../columnar/arbitraries.ts';
import { drain } from './drain.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-parquet-writer-'));
const database = await DuckdbDatabase.open({ threads: 1 });
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const writable = allTypes.filter(
  type => !(type.kind === 'TIMESTAMP_LTZ' && type.precision > 6) && !type.kind.startsWith('INTERVAL'),
);

/** DuckDB's dictionary encoding takes −0 and 0 for the same value. */
function positiveZeros(value: Value): Value {
  if (Array.isArray(value)) return value.map(positiveZeros);
  return value === 0 ? 0 : value;
}

test('what was written reads back, all types, over chunk borders', async () => {
  const schema = writable.map((type, index) => ({ name: `column ${index}`, type }));
  const path = join(folder, 'all.parquet');
  const writer = await ParquetWriter.open(database, schema);
  const memory = new TaskMemory();
  const cases = fc.sample(fc.tuple(...schema.map(field => arbitraryValue(field.type))), { numRuns: 300, seed: 7 }) as Value[][];
  const rows = Array.from({ length: 5000 }, (_, row) => cases[row % cases.length]!);
  writer.append(memory, valuesToBatch(memory, schema, rows.slice(0, 3001)));
  writer.append(memory, valuesToBatch(memory, schema, rows.slice(3001)));
  expect(writer.rows).toBe(5000);
  await writer.finish(path);
  const [split] = await parquetSplits(database, [path], 1);
  const back = await drain(context => new ParquetReader(database, split!, { columns: schema }, context));
  expect(back.rows.length).toBe(5000);
  for (let row = 0; row < 5000; row++) expect(positiveZeros(back.rows[row]!)).toEqual(positiveZeros(rows[row]!));

  // the next file starts empty
  writer.append(memory, valuesToBatch(memory, schema, rows.slice(0, 1)));
  await writer.finish(path, { compression: 'zstd' });
  writer.close();
  const [next] = await parquetSplits(database, [path], 1);
  expect((await drain(context => new ParquetReader(database, next!, { columns: schema }, context))).rows.length).toBe(1);
});

test('intervals are refused', async () => {
  const schema = [{ name: 'a', type: types.array(types.intervalDayTime()) }];
  await expect(ParquetWriter.open(database, schema)).rejects.toThrow('not supported yet: INTERVAL DAY TO SECOND in Parquet');
});

test('a place that cannot be written is named', async () => {
  const writer = await ParquetWriter.open(database, [{ name: 'a', type: types.int() }]);
  await expect(writer.finish(join(folder, 'no', 'such', 'folder.parquet'))).rejects.toMatchObject({
    code: 'io',
    domain: 'external',
  });
  writer.close();
});
