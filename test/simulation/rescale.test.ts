import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../core/common/environment.ts';
import type { OperatorSpec } from '../../core/operators/index.ts';
import type { PhysicalPlan } from '../../core/physical/plan.ts';
import {
  completeSnapshot,
  defaultServices,
  type JobSnapshot,
  SimulatedClock,
  SimulationHost,
  startJob,
} from '../../core/runtime/index.ts';
import { Session } from '../../core/session/session.ts';
import { CommittedRows } from '../support/committed-rows.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { insertPlan } from '../support/simulation/insert-plan.ts';
import { projectRoot } from '../support/source-files.ts';

const events = { connector: 'nexmark', 'events.num': '600', seed: '42', 'us-per-event': '7000' };
const pick = (random: Random, below: number): number => random.next32() % below;

interface Run {
  readonly rows: string[];
  readonly resumed: number;
}

/** Runs to the end through the plans in turn, each going on from a checkpoint of the one before. */
async function runThrough(plans: readonly PhysicalPlan<OperatorSpec>[], random: Random): Promise<Run> {
  const outside = new CommittedRows();
  let stands: JobSnapshot | undefined;
  let resumed = 0;
  for (const [index, plan] of plans.entries()) {
    const clock = new SimulatedClock(1_700_000_000_000);
    const services = { ...defaultServices({ output: () => undefined }), clock, sink: () => outside.sink() };
    let crashed = false;
    const before = stands;
    if (before?.tasks.some(task => task.snapshot.splits.some(split => split.open !== undefined))) resumed++;
    let last = before;
    const job = await startJob(plan, {
      services,
      // at times all state is on disk between two inputs
      ...(pick(random, 3) === 0 && { taskMemoryBytes: 1 }),
      batchRows: 10 + pick(random, 60),
      channelRows: 1 + pick(random, 100),
      hosts: [new SimulationHost(services, clock, random, 1 + pick(random, 6))],
      restored: before,
      restoring: ({ parts }) => {
        const lost = parts.filter(part => part.outcome !== 'kept');
        if (lost.length > 0) throw new Error(`lost: ${JSON.stringify(lost)}`);
      },
      checkpoints: {
        take: async snapshot => {
          await turn();
          if (crashed) throw new Error('a checkpoint was kept after the crash');
          stands = structuredClone(completeSnapshot(last, snapshot));
          last = stands;
        },
      },
    });
    if (index === plans.length - 1) {
      await job.done;
      break;
    }
    for (let turns = 1 + pick(random, 6); turns > 0; turns--) await turn();
    await job.checkpoint();
    for (let turns = pick(random, 20); turns > 0; turns--) await turn();
    crashed = job.failure === undefined;
    if (job.failure !== undefined) throw job.failure.error;
    await job.cancel();
    await job.done;
  }
  return { rows: outside.sorted(), resumed };
}

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
    const wide = process.env['SEEDS'] !== undefined;
    const paths = {
      restored: [one, one],
      'up and down': [one, two, three, one],
      ...(wide && { 'down and up': [three, two, one, three] }),
    };
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
