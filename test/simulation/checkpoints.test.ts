import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../core/common/environment.ts';
import type { OperatorSpec } from '../../core/operators/index.ts';
import type { PhysicalPlan } from '../../core/physical/plan.ts';
import {
  completeSnapshot,
  defaultServices,
  type JobSnapshot,
  MainHost,
  type RuntimeServices,
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

const events = { connector: 'nexmark', 'events.num': '1500', seed: '42', 'us-per-event': '7000' };
const pick = (random: Random, below: number): number => random.next32() % below;

function servicesFor(outside: CommittedRows, clock: SimulatedClock): RuntimeServices {
  return { ...defaultServices({ output: () => undefined }), clock, sink: () => outside.sink() };
}

interface Run {
  readonly rows: string[];
  readonly crashes: number;
  readonly checkpoints: number;
  /** Starts that went on in the middle of the input. */
  readonly resumed: number;
  /** Commits that a start found already done. */
  readonly repeated: number;
}

/** Runs to the end, with crashes at any moment, each time going on from the checkpoint that stands, often at another parallelism. */
async function runWithCrashes(plans: readonly PhysicalPlan<OperatorSpec>[], random: Random): Promise<Run> {
  const outside = new CommittedRows();
  let stands: JobSnapshot | undefined;
  let checkpoints = 0;
  let resumed = 0;
  let plan = plans[pick(random, plans.length)]!;
  const stepsPerTurn = 1 + pick(random, 6);
  const options = {
    batchRows: 1 + pick(random, 60),
    channelRows: 1 + pick(random, 100),
    rebuildOperators: pick(random, 3) === 0,
    snapshotSliceBytes: pick(random, 3) === 0 ? undefined : 1,
  };
  for (let crashes = 0; ; crashes++) {
    if (crashes > 0 && pick(random, 2) === 0) plan = plans[pick(random, plans.length)]!;
    const clock = new SimulatedClock(1_700_000_000_000);
    const services = servicesFor(outside, clock);
    let crashed = false;
    if (stands?.tasks.some(task => task.snapshot.splits.some(split => split.open !== undefined))) resumed++;
    const job = await startJob(plan, {
      services,
      ...options,
      hosts: [new SimulationHost(services, clock, random, stepsPerTurn)],
      restored: stands,
      checkpoints: {
        async take(snapshot) {
          for (let turns = pick(random, 4); turns > 0; turns--) await turn();
          if (crashed) throw new Error('a checkpoint was kept after the crash');
          stands = structuredClone(completeSnapshot(stands, snapshot));
          checkpoints++;
          // the crash may come before anybody hears of it
          for (let turns = pick(random, 4); turns > 0; turns--) await turn();
        },
      },
    });
    const crash = crashes < 6 && pick(random, 4) > 0;
    if (crash) {
      for (let step = pick(random, 5); step > 0; step--) {
        for (let turns = pick(random, 12); turns > 0; turns--) await turn();
        if (pick(random, 3) > 0) void job.checkpoint();
        else await job.checkpoint();
      }
      crashed = job.failure === undefined;
      await job.cancel();
      await job.done;
      continue;
    }
    while (pick(random, 5) > 0) await job.checkpoint();
    await job.done;
    return { rows: outside.sorted(), crashes, checkpoints, resumed, repeated: outside.repeated };
  }
}

/** A tenth of what is asked for: each is a whole query, and takes ten times as long as one of crashes.test.ts. */
const seeds = Math.ceil(Number(process.env['SEEDS'] ?? 400) / 10);

test('crashes at any moment, at one to three tasks a stage: every row once', { timeout: 60_000 + 500 * seeds }, async () => {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  for (const statement of eventStatements(events)) await runStatement(session, statement, projectRoot);
  const only = process.env['QUERY'];
  const queries = streamQueries().filter(query => only === undefined || query.name === only);
  const total = { crashes: 0, checkpoints: 0, resumed: 0, repeated: 0 };
  const expected = new Map<string, string[]>();
  const plans = new Map<string, PhysicalPlan<OperatorSpec>[]>();
  for (const query of queries) {
    for (const statement of query.setup) await runStatement(session, statement, projectRoot);
    const each = [];
    for (const parallelism of [1, 2, 3]) each.push(await insertPlan(session, query.sql, parallelism));
    plans.set(query.name, each);
    const outside = new CommittedRows();
    const services = servicesFor(outside, new SimulatedClock());
    await (await startJob(each[0]!, { services, hosts: [new MainHost(services)] })).done;
    expected.set(query.name, outside.sorted());
  }
  const from = Number(process.env['SEED'] ?? 1);
  for (let seed = from; seed < from + seeds; seed++) {
    const random = seededRandom(seed);
    const { name } = queries[seed % queries.length]!;
    const run = await runWithCrashes(plans.get(name)!, random);
    expect(run.rows, `seed ${seed}, ${name}`).toEqual(expected.get(name));
    for (const key of ['crashes', 'checkpoints', 'resumed', 'repeated'] as const) total[key] += run[key];
  }
  if (seeds >= 40) for (const count of Object.values(total)) expect(count).toBeGreaterThan(20);
  await session.close();
});
