import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

const flights = join(projectRoot, 'node_modules/vega-datasets/data/flights-3m.parquet');

async function rowsOf(sql: string, stages: 'auto' | 'off'): Promise<string[]> {
  const session = openSession({ name: stages, settings: { 'duckdb.stages': stages } });
  try {
    const result = await runStatement(session, sql, projectRoot);
    return result === undefined ? [] : rowTexts(result);
  } finally {
    await session.close();
  }
}

describe('a bounded aggregation over 3 million flights', () => {
  it('gives the same rows in DuckDB and on operators', async () => {
    const sql = `SELECT origin, COUNT(*), SUM(delay), MAX(distance), COUNT(DISTINCT destination) FILTER (WHERE delay > 60) FROM '${flights}' GROUP BY origin ORDER BY origin`;
    const inDuckdb = await rowsOf(sql, 'auto');
    expect(inDuckdb.length).toBeGreaterThan(200);
    expect(await rowsOf(sql, 'off')).toEqual(inDuckdb);
  });

  it('runs on operators when a sum leaves the range in DuckDB, where Flink wraps', async () => {
    const sql = `SELECT origin, SUM(CAST(delay AS BIGINT) * 9000000000000000) AS s FROM '${flights}' GROUP BY origin ORDER BY origin`;
    const rows = await rowsOf(sql, 'auto');
    expect(rows).toContain('ORD|-7097287503292366848');
    expect(rows).toEqual(await rowsOf(sql, 'off'));
  });
});
