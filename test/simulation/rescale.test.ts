import { expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import type { OperatorSpec } from '../../core/operators/index.ts';
import type { PhysicalPlan } from '../../core/physical/plan.ts';
import { Session } from '../../core/session/session.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { insertPlan } from '../support/simulation/insert-plan.ts';
import { runThrough } from '../support/simulation/run-through.ts';
import { projectRoot } from '../support/source-files.ts';

const events = { connector: 'nexmark', 'events.num': '600', seed: '42', 'us-per-event': '7000' };
test('every golden stream, whole and through checkpoints at one to three tasks a stage: the same rows', {
  timeout: 400_000,
}, async () => {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  for (const statement of eventStatements(events)) await runStatement(session, statement, projectRoot);
  let resumed = 0;
  const only = process.env['QUERY'];
  const bad: string[] = [];
  for (const [number, query] of streamQueries().entries()) {
    if (only !== undefined && !query.name.includes(only)) continue;
    const plans: PhysicalPlan<OperatorSpec>[] = [];
    for (const statement of query.setup) await runStatement(session, statement, projectRoot);
    for (const parallelism of [1, 2, 3]) plans.push(await insertPlan(session, query.sql, parallelism));
    const [one, two, three] = plans as [PhysicalPlan<OperatorSpec>, PhysicalPlan<OperatorSpec>, PhysicalPlan<OperatorSpec>];
    const seed = Number(process.env['SEED'] ?? 1) + number;
    const whole = await runThrough([one], seededRandom(seed));
    // one path goes through all: restored as it was, then by more tasks, then by fewer
    const paths =
      process.env['SEEDS'] === undefined
        ? { 'restored, up and down': [one, one, three, two] }
        : { restored: [one, one], 'up and down': [one, two, three, one], 'down and up': [three, two, one, three] };
    for (const [name, path] of Object.entries(paths)) {
      try {
        const run = await runThrough(path, seededRandom(seed));
        resumed += run.resumed;
        expect(run.rows, `${query.name}, ${name}`).toEqual(whole.rows);
      } catch (error) {
        bad.push(`${query.name}, ${name}: ${String(error instanceof Error ? error.message : error).slice(0, 300)}`);
      }
    }
  }
  expect(bad).toEqual([]);
  expect(resumed).toBeGreaterThan(only === undefined ? 40 : 0);
});
