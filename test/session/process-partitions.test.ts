import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineOptions } from '../../core/session/options.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';

/** States without text, of all widths, one of them cleared now and then; as many rows as `n` says, some in a block of their own. */
const source = `
// @sql-function {"name": "kept", "kind": "process", "table": {"columns": [{"name": "n", "type": "INT"}]}, "states": [{"name": "a", "columns": [{"name": "small", "type": "SMALLINT"}, {"name": "total", "type": "DECIMAL(38, 0) NOT NULL"}, {"name": "last", "type": "INT NOT NULL"}]}, {"name": "b", "columns": [{"name": "rows", "type": "BIGINT"}]}], "columns": [{"name": "k", "type": "INT NOT NULL"}, {"name": "small", "type": "INT"}, {"name": "total", "type": "BIGINT"}, {"name": "last", "type": "INT"}, {"name": "rows", "type": "BIGINT"}, {"name": "fresh", "type": "BOOLEAN NOT NULL"}]}
export function kept(context: usize, n: i32, has: i32): u64 {
  const a = context + 64;
  const b = a + 40;
  if (has) {
    store<u64>(a, load<u64>(a) & ~1);
    store<i32>(a + 8, n);
    store<i64>(a + 16, load<i64>(a + 16) + n);
    store<i64>(a + 24, load<i64>(a + 16) < 0 ? -1 : 0);
    store<i32>(a + 32, n - 5);
  }
  store<i64>(b + 8, load<u64>(b) & 1 ? 1 : load<i64>(b + 8) + 1);
  store<u64>(b, 0);
  store<u64>(out, (load<u64>(a) & 1 ? 2 : 0));
  store<i32>(out + 16, load<i32>(a + 8));
  store<i64>(out + 24, load<i64>(a + 16));
  store<i32>(out + 32, load<i32>(a + 32));
  store<i64>(out + 40, load<i64>(b + 8));
  store<i32>(out + 48, load<u32>(context + 16) & 4 ? 1 : 0);
  if (n % 4 == 3) store<u32>(context + 40, 1);
  if (n % 9 == 8) store<u32>(context + 40, 3);
  left = has ? n % 5 : 2;
  return kept_next();
}
export function kept_next(): u64 {
  if (left <= 0) return 0;
  store<i32>(out + 8, left);
  left--;
  return (left > 0 ? 1 << 63 : <u64>0) | ((<u64>1) << 32) | out;
}
export function tidemill_allocate(bytes: i32): usize { return heap.alloc(bytes); }
const out: usize = heap.alloc(64);
let left: i32 = 0;
`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-partitions-'));
  writeFileSync(join(folder, 'kept.wasm'), await buildAssemblyScript(source));
  const line = (index: number) => `${(index * 7919) % 11},${index % 13 === 0 ? '' : (index * 31) % 50},${index % 3}`;
  writeFileSync(join(folder, 'rows.csv'), `${Array.from({ length: 400 }, (_, index) => line(index)).join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rowsOf(engine: EngineOptions, ttl: string): Promise<string[]> {
  const session = openSession({ name: 'partitions', engine });
  try {
    for (const statement of [
      `SET 'table.exec.state.ttl' = '${ttl}'`,
      "CREATE FUNCTION kept USING 'kept.wasm'",
      "CREATE TABLE numbers (g INT, n INT, h INT) WITH ('connector' = 'filesystem', 'path' = 'rows.csv', 'format' = 'csv', 'csv.null-literal' = '')",
    ])
      await runStatement(session, statement, folder);
    const result = await runStatement(session, 'SELECT * FROM kept(input => TABLE numbers PARTITION BY (g, h))', folder);
    return rowTexts(result!).sort();
  } finally {
    await session.close();
  }
}

test('partitions changed inside of the loop give the rows that they give one after the other', async () => {
  // a time to live has the states changed from outside
  const outside = await rowsOf({ batchRows: 100 }, '1 h');
  expect(outside.length).toBeGreaterThan(600);
  for (const engine of [
    { batchRows: 1 },
    { batchRows: 7 },
    { batchRows: 400 },
    { batchRows: 50, rebuildOperators: 'restore' },
  ] as const)
    expect(await rowsOf(engine, '0 ms'), JSON.stringify(engine)).toEqual(outside);
});
