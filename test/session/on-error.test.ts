import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../core/session/session.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';

/** -1 traps, 2000 uses up the fuel, 7 says that the row has an error. */
const source = `
// @sql risk(price DOUBLE NOT NULL) RETURNS DOUBLE NOT NULL
export function risk(place: usize, price: f64): void {
  if (price < 0) unreachable();
  while (price == 2000) {}
  store<i32>(place, price == 7 ? 2 : 1, 16);
  store<f64>(place, price * 2);
  store<u32>(place, 0, 20);
  store<u32>(place, 0, 24);
}
// @sql-function {"name": "columnwise", "kind": "batch", "arguments": ["DOUBLE NOT NULL"], "result": "DOUBLE NOT NULL"}
export function columnwise(rows: i32, given: usize, result: usize): void { unreachable(); }
// @sql-table series(n INT) RETURNS TABLE (k INT NOT NULL)
export function series(n: i32): u64 {
  if (n < 0) unreachable();
  for (let k = 0; k < n; k++) {
    store<u64>(area + k * 16, 0);
    store<i32>(area + k * 16 + 8, k);
  }
  return ((<u64>n) << 32) | area;
}
// @sql-aggregate total(x DOUBLE) RETURNS DOUBLE KEEPS DOUBLE
export function total_accumulate(t: f64, x: f64): f64 { return t + x; }
export function total_finish(t: f64): f64 { return t; }
export function tidemill_allocate(bytes: i32): usize { return heap.alloc(bytes); }
const area: usize = heap.alloc(65536);
`;

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-on-error-'));
  writeFileSync(join(directory, 'f.wasm'), await buildAssemblyScript(source));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Rows of the last query, how many rows went without a result, and what `tidemill why` says of it. */
async function run(text: string) {
  const session = new Session({ notice: () => {} });
  try {
    const rows: unknown[] = [];
    let errorRows = 0;
    let why: readonly string[] = [];
    for await (const result of session.run({ text, source: 'test.sql', baseDirectory: directory }, 'final')) {
      if (result.kind !== 'query') continue;
      for await (const chunk of result.query.chunks()) {
        rows.push(...chunk.rows);
        why = (await result.query.job!.explainStall()).details;
      }
      errorRows = result.query.job!.progress().errorRows;
    }
    return { rows, errorRows, why };
  } finally {
    await session.close();
  }
}
const values = (...prices: number[]) => `(VALUES ${prices.map(price => `(${price}e0)`).join(', ')}) AS t(x)`;
const create = (name: string, policy?: string) =>
  `CREATE FUNCTION ${name} USING 'f.wasm'${policy === undefined ? '' : ` WITH ('on-error' = '${policy}')`};\n`;

test('a row for which a function traps, uses up its fuel or has an error fails the job, or is NULL and counted', async () => {
  for (const [price, code] of [
    [-1, 'udf-trap'],
    [2000, 'udf-fuel'],
    [7, 'udf-error'],
  ] as const)
    await expect(run(`${create('risk')}SELECT risk(x) FROM ${values(1, price)}`)).rejects.toMatchObject({ code });
  const { rows, errorRows, why } = await run(`${create('risk', 'null')}SELECT x, risk(x) FROM ${values(1, -1, 7, 2000, 3)}`);
  expect(rows).toEqual([
    [1, 2],
    [-1, null],
    [7, null],
    [2000, null],
    [3, 6],
  ]);
  expect(errorRows).toBe(3);
  expect(why.join('\n')).toMatch(/3 rows without a result of risk: 'risk' .*in row \d of the batch/);
});

test('the result is nullable where the policy makes NULLs', async () => {
  const kept = `SELECT x FROM ${values(1, -1)} WHERE risk(x) IS NULL`;
  expect((await run(`${create('risk', 'null')}${kept}`)).rows).toEqual([[-1]]);
});

test('a call of a function over columns goes without its rows, and one of a table function ends', async () => {
  const batch = await run(`${create('columnwise', 'null')}SELECT columnwise(x) FROM ${values(1, 2)}`);
  expect(batch).toMatchObject({ rows: [[null], [null]], errorRows: 2 });
  const table = await run(
    `${create('series', 'null')}SELECT n, k FROM (VALUES 1, -1, 2) AS t(n) LEFT JOIN LATERAL TABLE(series(n)) AS s(k) ON TRUE`,
  );
  expect(table).toMatchObject({
    rows: [
      [1, 0],
      [-1, null],
      [2, 0],
      [2, 1],
    ],
    errorRows: 1,
  });
});

test("the session's policy is for functions created from then on, and not for aggregates", async () => {
  const set = "SET 'udf.on-error' = 'null';\n";
  expect((await run(`${set}${create('risk')}SELECT risk(x) FROM ${values(-1)}`)).rows).toEqual([[null]]);
  await expect(run(`${set}${create('risk', 'fail')}SELECT risk(x) FROM ${values(-1)}`)).rejects.toMatchObject({
    code: 'udf-trap',
  });
  await expect(run(`${create('risk')}${set}SELECT risk(x) FROM ${values(-1)}`)).rejects.toMatchObject({ code: 'udf-trap' });
  expect((await run(`${set}${create('total')}SELECT total(x) FROM ${values(1, 2)}`)).rows).toEqual([[3]]);
});

test('what cannot be is said', async () => {
  await expect(run(create('total', 'null'))).rejects.toMatchObject({ code: 'wrong-option' });
  await expect(run(create('risk', 'skip'))).rejects.toMatchObject({ code: 'wrong-option' });
  await expect(run("CREATE FUNCTION risk USING 'f.wasm' WITH ('on-eror' = 'null')")).rejects.toMatchObject({
    code: 'unknown-option',
  });
});
