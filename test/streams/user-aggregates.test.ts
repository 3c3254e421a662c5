import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayRows } from '../support/flink/gateway-rows.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { configurations, openSession, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';
import { blockTotalModule, totalModule } from '../udf/aggregate-modules.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aggregates-'));
  writeFileSync(join(folder, 'values.wasm'), totalModule());
  writeFileSync(join(folder, 'blocks.wasm'), blockTotalModule());
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Whose sums are of BIGINT: SUM of DECIMAL, and aggregates of patterns, are other matters. */
const queries = streamQueries().filter(({ name, sql }) => /\bSUM\(/.test(sql) && !/^(match-|people-decimal)/.test(name));
const forms: Readonly<Record<string, string>> = {
  'batches of 7 rows': 'blocks',
  'parallelism 2': 'values',
  'tables restored from snapshots between batches': 'blocks',
};

/** Small batches and threads of their own take long: where they make a difference is enough. */
const few = /^(group-|hop-|cumulate-|session-|tumble-distinct)/;
const isSlow = (name: string): boolean => name === 'batches of 7 rows' || name === 'parallelism 2';

describe('a user’s sum in place of SUM gives the rows of a real Flink', () => {
  for (const configuration of configurations)
    for (const form of forms[configuration.name] === undefined ? [] : [forms[configuration.name]])
      it(`${configuration.name}, accumulators as ${form}`, { timeout: 120_000 }, async () => {
        const session = openSession(configuration);
        try {
          await runStatement(session, `CREATE FUNCTION total USING '${form}.wasm'`, folder);
          for (const statement of eventStatements()) await runStatement(session, statement, projectRoot);
          for (const { name, setup, sql } of queries) {
            if (isSlow(configuration.name) && !few.test(name)) continue;
            const own = (text: string): string => text.replace(/\bSUM\(/g, 'total(');
            for (const statement of setup) await runStatement(session, own(statement), projectRoot);
            const rows = await runStatement(session, own(sql), projectRoot);
            const golden = readFileSync(join(projectRoot, 'test', 'streams', 'golden', `${name}.json`), 'utf8');
            expect(gatewayRows(rows!), name).toEqual(golden.trimEnd().split('\n').slice(1).sort());
          }
        } finally {
          await session.close();
        }
      });
});
