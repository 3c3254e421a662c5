import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonRow } from '../../core/columnar/json-value.ts';
import type { Value } from '../../core/columnar/values.ts';
import type { Session } from '../../core/session/session.ts';
import { interpretPlan, rowKey } from '../support/interpret-plan.ts';
import { queryPlanning, randomQuery, randomRows } from '../support/random-queries.ts';
import { type Configuration, openSession, runStatement } from '../support/run-statements.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidemill-random-'));
afterAll(() => rmSync(directory, { recursive: true }));

const batch = { 'execution.runtime-mode': 'batch' };
const configurations: readonly Configuration[] = [
  { name: 'default', settings: batch },
  { name: 'batches of 3 rows, operators rebuilt', engine: { batchRows: 3, rebuildOperators: true }, settings: batch },
  { name: 'optimizer off', settings: { ...batch, 'tidemill.optimizer': 'off' } },
  { name: 'a stream', settings: {} },
  { name: 'two tasks', parallelism: 2, settings: batch },
];

const declarations = [
  `CREATE TABLE t (a INT, b INT NOT NULL, s STRING, ts TIMESTAMP(3), r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE) WITH ('connector' = 'filesystem', 'path' = '${join(directory, 't.json')}', 'format' = 'json')`,
  `CREATE TABLE u (a INT, b INT, s STRING) WITH ('connector' = 'filesystem', 'path' = '${join(directory, 'u.json')}', 'format' = 'json')`,
];

function writeTables(tables: Readonly<Record<string, readonly (readonly Value[])[]>>): void {
  for (const [name, rows] of Object.entries(tables)) {
    const table = queryPlanning.catalog.lookup({ parts: [name] });
    if (table.kind !== 'table') throw new Error(name);
    const schema = table.columns.flatMap(column => (column.kind === 'physical' ? [column] : []));
    writeFileSync(join(directory, `${name}.json`), rows.map(row => `${jsonRow(schema, row)}\n`).join(''));
  }
}

const bag = (rows: readonly (readonly Value[])[]): string[] => rows.map(rowKey).sort();

describe.each(configurations)('random queries on the engine, $name', configuration => {
  it('give the rows of the plain interpreter', async () => {
    const session: Session = openSession(configuration);
    try {
      writeTables({ t: [], u: [] });
      for (const declaration of declarations) await runStatement(session, declaration, directory);
      await fc.assert(
        fc.asyncProperty(randomQuery, randomRows, async (sql, tables) => {
          writeTables(tables);
          const expected = bag(interpretPlan(queryPlanning.plan(sql), tables));
          const result = await runStatement(session, sql, directory);
          expect(bag(result?.rows ?? [])).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    } finally {
      await session.close();
    }
  }, 120_000);
});
