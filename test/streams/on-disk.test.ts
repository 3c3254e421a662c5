import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gatewayRows } from '../support/flink/gateway-rows.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { openSession, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

// an eighth of the golden streams, another one with another SEED; SEEDS=1: all
const seed = Number(process.env['SEED'] ?? 0);
const queries = streamQueries().filter((_, index) => process.env['SEEDS'] !== undefined || index % 8 === seed % 8);

it.each(queries.map(query => [query.name, query] as const))(
  'state that is on disk whenever nobody works on it: %s',
  { timeout: 60_000 },
  async (name, query) => {
    const session = openSession({
      name: 'on disk',
      settings: { 'duckdb.stages': 'off' },
      engine: { batchRows: 1000, rebuildOperators: true, taskMemoryBytes: 1 },
    });
    try {
      for (const statement of [...eventStatements(), ...query.setup]) await runStatement(session, statement, projectRoot);
      const golden = readFileSync(join(projectRoot, 'test', 'streams', 'golden', `${name}.json`), 'utf8').trimEnd();
      expect(gatewayRows((await runStatement(session, query.sql, projectRoot))!)).toEqual(golden.split('\n').slice(1).sort());
    } finally {
      await session.close();
    }
  },
);
