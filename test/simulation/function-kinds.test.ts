import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import type { UserFunctionEntry } from '../../core/runtime/index.ts';
import { Session } from '../../core/session/session.ts';
import { loadUdf, type UdfModule } from '../../core/udf/index.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { insertPlan } from '../support/simulation/insert-plan.ts';
import { runThrough } from '../support/simulation/run-through.ts';
import { projectRoot } from '../support/source-files.ts';
import { blockTotalModule, totalModule } from '../udf/aggregate-modules.ts';
import { twinOf } from '../udf/component-twins.ts';
import { assemblyScript } from '../udf/support.ts';
import { tableModules } from '../udf/table-modules.ts';

const events = { connector: 'nexmark', 'events.num': '400', seed: '7', 'us-per-event': '7000' };
const folder = mkdtempSync(join(tmpdir(), 'tidemill-kinds-'));
const exports = { total: 'total', block_total: 'total', split: 'split' } as const;
let session: Session;
let core: UserFunctionEntry[];
let component: UserFunctionEntry[];

beforeAll(async () => {
  const modules = { total: totalModule(), block_total: blockTotalModule(), split: await assemblyScript(tableModules) };
  session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  for (const statement of eventStatements(events)) await runStatement(session, statement, projectRoot);
  for (const [name, bytes] of Object.entries(modules)) {
    writeFileSync(join(folder, `${name}.wasm`), bytes);
    await runStatement(
      session,
      `CREATE FUNCTION ${name} AS '${exports[name as keyof typeof exports]}' USING '${name}.wasm'`,
      folder,
    );
  }
  const entries = (moduleOf: (name: keyof typeof exports) => UdfModule): UserFunctionEntry[] =>
    (['total', 'block_total', 'split'] as const).map(name => ({
      name: session.catalog.findFunction([name], 'catalog')!.key,
      module: moduleOf(name),
      export: exports[name],
    }));
  core = entries(name => loadUdf(modules[name], { name: `${name}.wasm` }));
  component = entries(name => twinOf(modules[name], name));
});
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true });
});

const queries: Readonly<Record<string, string>> = {
  groups: 'SELECT auction, total(price), block_total(DISTINCT price), COUNT(*) FROM bid GROUP BY auction',
  'groups of groups, whose rows are taken back':
    'SELECT c, total(s), block_total(s), SUM(s) FROM (SELECT bidder, COUNT(*) AS c, total(price) AS s FROM bid GROUP BY bidder) GROUP BY c',
  windows:
    "SELECT bidder, window_start, total(price), block_total(price), SUM(price) FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '1' SECOND, INTERVAL '2' SECOND)) GROUP BY bidder, window_start, window_end",
  'rows that are made of rows that change': `SELECT word, COUNT(*), total(CAST(l AS BIGINT)) FROM (SELECT auction, MAX(channel || ' of ' || CAST(price AS STRING)) AS s FROM bid GROUP BY auction),
     LATERAL TABLE(split(s)) AS w (word, l) GROUP BY word`,
};

test.each(
  Object.entries(queries),
)('%s: modules and components keep their state through checkpoints, at one to three tasks', async (_, sql) => {
  const [one, two, three] = [
    await insertPlan(session, sql, 1),
    await insertPlan(session, sql, 2),
    await insertPlan(session, sql, 3),
  ];
  let resumed = 0;
  for (let round = 0; round < Number(process.env['SEEDS'] ?? 1); round++) {
    const seed = Number(process.env['SEED'] ?? 1) + round;
    const whole = await runThrough([one], seededRandom(seed), core);
    expect(whole.rows.length).toBeGreaterThan(10);
    for (const functions of [core, component])
      for (const path of [
        [one, one],
        [one, two, three, one],
      ]) {
        const run = await runThrough(path, seededRandom(seed), functions);
        resumed += run.resumed;
        expect(run.rows, `${functions === core ? 'modules' : 'components'}, seed ${seed}`).toEqual(whole.rows);
      }
  }
  expect(resumed).toBeGreaterThan(1);
});
