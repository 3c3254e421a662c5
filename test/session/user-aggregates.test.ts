import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';
import { aggregateModule, blockTotalModule, totalModule, weightedModule } from '../udf/aggregate-modules.ts';

const folder = mkdtempSync(join(tmpdir(), 'user-aggregates-'));
beforeAll(async () => {
  writeFileSync(join(folder, 'total.wasm'), totalModule());
  writeFileSync(join(folder, 'bare.wasm'), totalModule({ retract: false, merge: false }));
  writeFileSync(join(folder, 'blocks.wasm'), blockTotalModule());
  writeFileSync(join(folder, 'weighted.wasm'), weightedModule());
  writeFileSync(join(folder, 'agg.wasm'), await aggregateModule());
});
afterAll(() => rmSync(folder, { recursive: true }));

const rows = `(VALUES (1, CAST(5 AS BIGINT), 'a'), (1, 7, 'b'), (2, 3, 'a'), (2, CAST(NULL AS BIGINT), 'a'), (1, 5, 'c')) AS t(k, x, s)`;
const declarations = [
  "CREATE FUNCTION total USING 'total.wasm'",
  "CREATE FUNCTION bare AS 'total' USING 'bare.wasm'",
  "CREATE FUNCTION block_total AS 'total' USING 'blocks.wasm'",
  "CREATE FUNCTION weighted USING 'weighted.wasm'",
  ...['add', 'bits', 'geometric', 'top_two', 'distinct_about', 'nulls_of'].map(
    name => `CREATE FUNCTION \`${name}\` AS '${name}' USING 'agg.wasm'`,
  ),
  `CREATE VIEW v AS SELECT * FROM ${rows}`,
  "CREATE TABLE bid (auction BIGINT NOT NULL, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'number-of-rows' = '20')",
  "CREATE TABLE results (a BIGINT) WITH ('connector' = 'blackhole')",
];

async function opened() {
  const session = openSession({ name: 'default' });
  const run = (sql: string) => runStatement(session, sql, folder);
  for (const sql of declarations) await run(sql);
  return { session, texts: async (sql: string) => rowTexts((await run(sql))!).sort(), run };
}

/** Query → rows, each column joined with `|`. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  [
    'SELECT k, total(x), block_total(x), top_two(x), distinct_about(s), bits(CAST(x AS INT)) FROM v GROUP BY k',
    ['1|17|17|7>5|3|7', '2|3|3|3|1|3'],
  ],
  ["SELECT total(x), total(DISTINCT x), block_total(DISTINCT x), total(x) FILTER (WHERE s = 'a') FROM v", ['20|15|15|8']],
  ['SELECT total(x), `add`(x), nulls_of(x), geometric(CAST(x AS DOUBLE)) FROM v WHERE k > 5', ['NULL|0|0|NaN']],
  ['SELECT k, nulls_of(x) FROM v GROUP BY k', ['1|0', '2|1']],
  ['SELECT weighted(CAST(x AS DOUBLE), k) FROM v', ['4.6']],
  [
    'SELECT k, s, total(x) FROM v GROUP BY ROLLUP (k, s)',
    ['1|NULL|17', '1|a|5', '1|b|7', '1|c|5', '2|NULL|3', '2|a|3', 'NULL|NULL|20'],
  ],
  ['SELECT k FROM v GROUP BY k HAVING total(x) > 3', ['1']],
  ['SELECT k, total(x) AS t FROM v GROUP BY k ORDER BY total(x) LIMIT 1', ['2|3']],
  ['SELECT DISTINCT total(x) OVER (PARTITION BY k), top_two(x) OVER (PARTITION BY k) FROM v', ['17|7>5', '3|3']],
  // a frame without merge, and one that is long enough to be put together from two
  ['SELECT x, bare(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM v WHERE k = 1', ['5|10', '5|5', '7|12']],
  [
    'SELECT COUNT(*), COUNT(*) FILTER (WHERE t <> s) FROM (SELECT block_total(a.x) OVER w AS t, SUM(a.x) OVER w AS s FROM v AS a, v AS b, v AS c, v AS d WINDOW w AS (ORDER BY a.x ROWS BETWEEN 399 PRECEDING AND CURRENT ROW))',
    ['625|0'],
  ],
  // beside an aggregate that keeps all rows
  ['SELECT k, total(x), CARDINALITY(ARRAY_AGG(x)), total(DISTINCT x) FROM v GROUP BY k', ['1|17|3|12', '2|3|2|3']],
  ['SELECT (SELECT nulls_of(x) FROM v AS i WHERE i.k = o.k + 5) FROM (SELECT DISTINCT k FROM v) AS o', ['0', '0']],
  ['SELECT default_catalog.default_database.total(x) FROM v', ['20']],
];

describe('a user’s aggregate', () => {
  it('stands where a built-in one can', async () => {
    const { session, texts } = await opened();
    for (const [sql, expected] of cases) expect(await texts(sql), sql).toEqual([...expected].sort());
    await session.close();
  });

  const refusals: readonly (readonly [string, string, string])[] = [
    ['SELECT k FROM v WHERE total(x) > 1', 'aggregate-not-allowed', 'total is an aggregate and cannot stand in WHERE'],
    ['SELECT total(*) FROM v', 'wrong-argument', 'only COUNT takes *, not total'],
    ['SELECT total(x, 1) FROM v', 'wrong-argument', 'total takes 1 argument, not 2'],
    ['SELECT total(s) FROM v', 'type-mismatch', 'argument 1 of total is'],
    ['SELECT k, total(x) FROM v', 'not-grouped', "'k' is neither"],
    ['SELECT nulls_of(DISTINCT x) FROM v', 'not-supported', 'DISTINCT with nulls_of, which sees NULLs'],
    [
      'INSERT INTO results SELECT bare(p) FROM (SELECT auction, SUM(price) AS p FROM bid GROUP BY auction)',
      'udf-export',
      'no function for retract, which it needs over an updating input',
    ],
    [
      "SELECT bare(price) FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '4' SECOND)) GROUP BY window_start, window_end",
      'udf-export',
      'no function for merge, which it needs in HOP windows',
    ],
    [
      "SELECT bare(price) FROM TABLE(SESSION(TABLE bid PARTITION BY auction, DESCRIPTOR(ts), INTERVAL '4' SECOND)) GROUP BY auction, window_start, window_end",
      'udf-export',
      'no function for merge, which it needs in SESSION windows',
    ],
    ["CREATE FUNCTION total USING 'agg.wasm'", 'udf-export', "agg.wasm exports no function 'total'"],
    ["CREATE FUNCTION total USING 'total.wasm'", 'function-exists', "function 'total' exists already"],
  ];
  it('is refused where it cannot stand, at its place', async () => {
    const { session, run } = await opened();
    for (const [sql, code, message] of refusals)
      await expect(run(sql), sql).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
        span: expect.anything(),
      });
    await session.close();
  });

  it('is replaced and dropped', async () => {
    const { session, texts, run } = await opened();
    expect(await texts('DESCRIBE FUNCTION EXTENDED total')).toContain('kind|AGGREGATE');
    await run("CREATE OR REPLACE FUNCTION total AS 'add' USING 'agg.wasm'");
    expect(await texts('SELECT total(x) FROM v WHERE k > 5')).toEqual(['0']);
    await run("ALTER FUNCTION total AS 'nulls_of' LANGUAGE WASM");
    expect(await texts('SELECT total(x) FROM v')).toEqual(['1']);
    await expect(run("ALTER FUNCTION total AS 'nothing'")).rejects.toMatchObject({ code: 'udf-export' });
    await expect(run("ALTER FUNCTION other AS 'nulls_of'")).rejects.toMatchObject({ code: 'unknown-function' });
    await expect(run("ALTER TEMPORARY FUNCTION total AS 'nulls_of'")).rejects.toMatchObject({ code: 'unknown-function' });
    await run("ALTER FUNCTION IF EXISTS other AS 'nulls_of'");
    await run('DROP FUNCTION total');
    await expect(run('SELECT total(x) FROM v')).rejects.toMatchObject({ code: 'unknown-function' });
    await run("CREATE TEMPORARY SYSTEM FUNCTION total USING 'total.wasm'");
    expect(await texts('SELECT total(x) FROM v')).toEqual(['20']);
    await session.close();
  });
});
