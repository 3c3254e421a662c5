import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayRows } from '../support/flink/gateway-rows.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { configurations, openSession, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

/** Rows that a real Flink gave for the same events (test/oracle/write-goldens.ts). */
function golden(name: string): string[] {
  return readFileSync(join(projectRoot, 'test', 'streams', 'golden', `${name}.json`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
}

describe.each(configurations)('$name', configuration => {
  it.each(streamQueries().map(query => [query.name, query] as const))('%s', async (name, query) => {
    const session = openSession(configuration);
    try {
      for (const statement of [...eventStatements(), ...query.setup]) await runStatement(session, statement, projectRoot);
      const rows = await runStatement(session, query.sql, projectRoot);
      expect(gatewayRows(rows!)).toEqual(golden(name).sort());
    } finally {
      await session.close();
    }
  });
});
