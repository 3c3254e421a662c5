import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatTimestamp } from '../../core/columnar/format-value.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { type Configuration, openSession, rowTexts, runStatement } from '../support/run-statements.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidemill-phases-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** One file, so one split: late rows must then be the same ones whatever the parallelism. */
function writeEvents(seed: number, rows: number): string {
  const random = seededRandom(seed);
  const below = (limit: number): number => random.next32() % limit;
  const lines: string[] = [];
  let now = 0;
  for (let row = 0; row < rows; row++) {
    now += below(800);
    const late = below(5) === 0 ? below(30_000) : below(1500);
    const time = formatTimestamp(BigInt(1_767_225_600_000 + now - late) * 1000n, 3);
    const value = below(10) === 0 ? '' : String(below(2000) - 1000);
    lines.push(`${['a', 'b', 'c', ''][below(4)]},${value},${below(1000) / 8},${below(100_000) / 100},${time}`);
  }
  const path = join(directory, `events-${seed}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const declaration = (path: string): string =>
  `CREATE TABLE e (k STRING, v INT, d DOUBLE, p DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'csv', 'csv.null-literal' = '')`;
const aggregates =
  'COUNT(*), COUNT(v), SUM(v), AVG(v), MIN(v), MAX(p), SUM(p), AVG(p), ROUND(SUM(d), 6), ROUND(AVG(d), 6), SUM(v) FILTER (WHERE d > 60), AVG(v) FILTER (WHERE v > 990), MIN(k)';
const windows = [
  "TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '5' SECOND)",
  "HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND)",
  "HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '3' SECOND, INTERVAL '9' SECOND, INTERVAL '1' SECOND)",
  "CUMULATE(TABLE e, DESCRIPTOR(ts), INTERVAL '3' SECOND, INTERVAL '12' SECOND)",
];
const queries = [
  ...windows.flatMap(window => [
    `SELECT window_start, window_end, ${aggregates} FROM TABLE(${window}) GROUP BY window_start, window_end`,
    `SELECT k, window_end, ${aggregates} FROM TABLE(${window}) WHERE d > 10 GROUP BY k, window_start, window_end`,
  ]),
  `SELECT ${aggregates} FROM e`,
  `SELECT k, ${aggregates} FROM e WHERE d > 10 GROUP BY k`,
  `SELECT k, v, MAX(k || '-some-longer-text-' || CAST(p AS STRING)), MIN(d) FROM e GROUP BY k, v`,
  'SELECT DISTINCT k, v FROM e',
  `SELECT ${aggregates} FROM e WHERE d > 1000000`,
];

/** The rows of all queries, in one session. */
async function rowsOf(path: string, configuration: Configuration): Promise<Record<string, string[]>> {
  const session = openSession(configuration);
  const rows: Record<string, string[]> = {};
  try {
    await runStatement(session, declaration(path), directory);
    for (const sql of queries) {
      const result = await runStatement(session, sql, directory);
      rows[sql] = result === undefined ? [] : rowTexts(result).sort();
    }
    return rows;
  } finally {
    await session.close();
  }
}

describe('aggregations in two phases give the rows of one', () => {
  for (const seed of [1, 2])
    it(`late rows included, seed ${seed}`, async () => {
      const path = writeEvents(seed, 400);
      const expected = await rowsOf(path, { name: 'one task', engine: { batchRows: 64 } });
      for (const engine of [{ batchRows: 64 }, { batchRows: 7, rebuildOperators: true }]) {
        const rows = await rowsOf(path, { name: 'two tasks', parallelism: 2, engine });
        for (const sql of queries) {
          expect(expected[sql]!.length).toBeGreaterThan(0);
          expect(rows[sql], sql).toEqual(expected[sql]);
        }
      }
    }, 120_000);
});

it('keys that hardly repeat within a batch are not looked for before the exchange, and the groups are the same', async () => {
  const lines = Array.from(
    { length: 6000 },
    (_, row) => `key-of-row-${row % 2500},${row},${row / 8},1.50,2026-01-01 00:00:00.000`,
  );
  const path = join(directory, 'keys.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const found: string[][] = [];
  for (const parallelism of [1, 2]) {
    const session = openSession({
      name: 'keys',
      parallelism,
      settings: { 'duckdb.stages': 'off' },
      engine: { batchRows: 1000 },
    });
    await runStatement(session, declaration(path), directory);
    const sql = `SELECT k, MAX(k || '-long-enough-for-the-heap'), ${aggregates} FROM e GROUP BY k`;
    found.push(rowTexts((await runStatement(session, sql, directory))!).sort());
    await session.close();
  }
  expect(found[0]).toHaveLength(2500);
  // keys and values go into the same heap, a chunk at a time
  for (const row of found[0]!) {
    const [key, greatest] = row.split('|');
    expect([greatest, row.split('|').at(-1)]).toEqual([`${key}-long-enough-for-the-heap`, key]);
  }
  expect(found[1]).toEqual(found[0]);
});
