import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Value } from '../../core/columnar/values.ts';
import { DuckdbDatabase } from '../../core/duckdb/database.ts';
import { DuckdbStage } from '../../core/duckdb/stage.ts';
import { optimize } from '../../core/optimizer/index.ts';
import type { LogicalNode, Scan } from '../../core/plan/nodes.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import { duckdbLiteral } from '../../core/sql/unparse-plan/duckdb-expressions.ts';
import { duckdbTextOf } from '../../core/sql/unparse-plan/index.ts';
import { drain } from '../duckdb/drain.ts';
import { interpretPlan, rowKey } from '../support/interpret-plan.ts';
import { optimizerContext } from '../support/planning.ts';
import { queryPlanning, randomQuery, randomRows } from '../support/random-queries.ts';

const database = await DuckdbDatabase.open({ threads: 1 });
afterAll(() => database.close());

type Tables = Readonly<Record<string, readonly (readonly Value[])[]>>;

/** The rows of a table as a relation, without its ROW columns, which DuckDB never gets. */
function relationOf(scan: Scan, tables: Tables): { relation: string } | { reason: string } {
  const { schema, name } = scan.source;
  const plain = schema.flatMap((field, index) => (field.type.kind === 'ROW' ? [] : [index]));
  const list = (texts: readonly string[]): string => texts.join(', ');
  const rows = tables[name]!.map(row => `(${list(plain.map(index => duckdbLiteral(row[index]!, schema[index]!.type)))})`);
  const names = list(plain.map(index => `"${schema[index]!.name}"`));
  const nulls = `(${list(plain.map(index => duckdbLiteral(null, schema[index]!.type)))})`;
  return { relation: `(SELECT * FROM (VALUES ${list([nulls, ...rows])}) AS v(${names}) OFFSET 1)` };
}

async function inDuckdb(plan: LogicalNode, tables: Tables): Promise<Value[][] | 'not for DuckDB'> {
  const text = duckdbTextOf(plan, { batch: true, relation: scan => relationOf(scan, tables) });
  if (text.kind === 'no') return 'not for DuckDB';
  const { rows } = await drain(context => DuckdbStage.start(database, [text.sql], schemaOf(plan), context));
  return rows;
}

const bag = (rows: readonly (readonly Value[])[]): string[] => rows.map(rowKey).sort();

describe('a plan as a statement of DuckDB', () => {
  it('gives the rows of the plain interpreter, over random queries and rows', async () => {
    let ran = 0;
    await fc.assert(
      fc.asyncProperty(randomQuery, randomRows, async (sql, tables) => {
        const plan = queryPlanning.plan(sql);
        for (const tried of [plan, optimize(plan, optimizerContext)]) {
          const rows = await inDuckdb(tried, tables);
          if (rows === 'not for DuckDB') continue;
          ran++;
          expect(bag(rows)).toEqual(bag(interpretPlan(plan, tables)));
        }
      }),
      { numRuns: 150 },
    );
    expect(ran).toBeGreaterThan(15);
  }, 60_000);

  it('gives the windows of the plain interpreter, also before 1970 and with an offset', async () => {
    const window = fc.constantFrom(
      "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND)",
      "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '2' SECOND)",
      "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND)",
      "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND, INTERVAL '-1' SECOND)",
      "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND)",
      "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND, INTERVAL '1' SECOND)",
    );
    const times = fc.array(fc.option(fc.integer({ min: -30_000, max: 30_000 }), { freq: 8 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(window, times, async (call, milliseconds) => {
        const t = milliseconds.map((at, index): Value[] => [
          index,
          index % 3,
          'x',
          at === null ? null : BigInt(at) * 1000n,
          null,
        ]);
        const tables = { t, u: [] };
        for (const sql of [
          `SELECT a, ts, window_start, window_end, window_time FROM TABLE(${call})`,
          `SELECT window_start, window_end, b, COUNT(*), SUM(a) FROM TABLE(${call}) GROUP BY window_start, window_end, b`,
        ]) {
          const plan = queryPlanning.plan(sql);
          const rows = await inDuckdb(optimize(plan, optimizerContext), tables);
          expect(bag(rows as Value[][]), sql).toEqual(bag(interpretPlan(plan, tables)));
        }
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
