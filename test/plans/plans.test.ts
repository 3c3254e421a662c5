import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optimize } from '../../core/optimizer/index.ts';
import { duckdbStages, type PhysicalOptions, planPhysical, programToString } from '../../core/physical/index.ts';
import { planToString } from '../../core/plan/explain.ts';
import { validatePlan } from '../../core/plan/validate.ts';
import { flinkTextOf } from '../../core/sql/unparse-plan/index.ts';
import { optimizerContext, Planning, planConnectors } from '../support/planning.ts';
import { projectRoot } from '../support/source-files.ts';

const folder = join(projectRoot, 'test/plans');
const queries = [...readFileSync(join(folder, 'queries.sql'), 'utf8').matchAll(/^-- (\S+)\n([^;]*);/gm)].map(
  match => [match[1]!, match[2]!] as const,
);
const sinkMode = (connector: string): 'append' | 'changelog' | 'upsert' =>
  planConnectors.connectors.get(connector)?.sinkMode ?? 'append';
const duckdb = duckdbStages(scan =>
  scan.source.connector === 'files'
    ? { relation: `read_parquet('${scan.source.options.path}')` }
    : { reason: `${scan.source.name} is no file` },
);

/** Every plan of a query, as a person would want to compare them. */
function describePlans(sql: string): string {
  const plan = new Planning().plan(sql);
  validatePlan(plan, { mode: 'streaming', sinkMode });
  const optimized = optimize(plan, optimizerContext);
  const stages = (options: Omit<PhysicalOptions, 'sinkMode'>): string =>
    programToString(planPhysical([optimized], { ...options, sinkMode }));
  return [
    sql,
    '\n== logical',
    planToString(plan),
    '\n== optimized',
    planToString(optimized, { properties: { mode: 'streaming', ttlMs: 0 } }),
    '\n== stages: final rows, DuckDB',
    stages({ runtimeMode: 'streaming', results: 'final', parallelism: 1, duckdb }),
    '\n== stages: every change, 2 tasks',
    stages({ runtimeMode: 'streaming', results: 'changelog', parallelism: 2 }),
    '\n== Flink',
    flinkTextOf(optimized),
    '',
  ].join('\n');
}

describe('plans of a corpus of queries', () => {
  for (const [name, sql] of queries)
    it(name, async () => {
      await expect(describePlans(sql)).toMatchFileSnapshot(join(folder, 'snapshots', `${name}.txt`));
    });

  it('has a snapshot for each of many queries', () => {
    expect(queries.length).toBeGreaterThan(35);
  });
});
