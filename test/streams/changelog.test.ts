import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../core/columnar/values.ts';
import type { Script } from '../../core/session/contract.ts';
import { gatewayRows } from '../support/flink/gateway-rows.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { type Configuration, configurations, openSession, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

/** Queries whose changes are followed one by one: what they come to must be Flink's rows, and nothing may be taken back that was not there. */
const updating = /^(top-n|deduplicate|union-distinct|except|intersect|grouping-sets|group-nested|window-top-n)/;

const chosen: readonly Configuration[] = configurations.filter(({ name }) =>
  ['default', 'batches of 7 rows', 'parallelism 2', 'tables restored from snapshots between batches'].includes(name),
);

describe.each(chosen)('changes, $name', configuration => {
  const queries = streamQueries().filter(query => updating.test(query.name));
  it.each(queries.map(query => [query.name, query] as const))('%s', async (name, query) => {
    const session = openSession(configuration);
    try {
      for (const statement of [...eventStatements(), ...query.setup]) await runStatement(session, statement, projectRoot);
      const script: Script = { text: query.sql, source: 'test.sql', baseDirectory: projectRoot };
      const bag = new Map<string, { readonly row: readonly Value[]; count: number }>();
      for await (const result of session.run(script, 'changelog')) {
        if (result.kind !== 'query') continue;
        for await (const chunk of result.query.chunks())
          for (const [index, row] of chunk.rows.entries()) {
            const operation = chunk.operations?.[index] ?? '+I';
            const key = JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
            const entry = bag.get(key) ?? { row, count: 0 };
            entry.count += operation.startsWith('+') ? 1 : -1;
            bag.set(key, entry);
          }
        expect([...bag.values()].filter(entry => entry.count < 0)).toEqual([]);
        const rows = [...bag.values()].flatMap(entry => Array.from({ length: entry.count }, () => entry.row));
        const golden = readFileSync(join(projectRoot, 'test', 'streams', 'golden', `${name}.json`), 'utf8')
          .trimEnd()
          .split('\n');
        expect(gatewayRows({ schema: result.query.schema, rows })).toEqual(golden.slice(1).sort());
      }
    } finally {
      await session.close();
    }
  });
});
