import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import { connectors, formats } from '../../core/connectors/index.ts';
import type { OperatorSpec } from '../../core/operators/index.ts';
import type { PhysicalPlan } from '../../core/physical/plan.ts';
import {
  defaultServices,
  describeProgram,
  type JobSnapshot,
  type ProgramDescription,
  planRestore,
  SimulatedClock,
  SimulationHost,
  startJob,
} from '../../core/runtime/index.ts';
import { planned } from '../../core/session/planning.ts';
import { aboutOperators, partText } from '../../core/session/restore-text.ts';
import { Session } from '../../core/session/session.ts';
import { CommittedRows } from '../support/committed-rows.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

const sinks = [
  "CREATE TABLE totals (auction BIGINT, n BIGINT, total BIGINT) WITH ('connector' = 'print')",
  "CREATE TABLE more (auction BIGINT, n BIGINT, total BIGINT, most BIGINT) WITH ('connector' = 'print')",
  "CREATE TABLE others (auction BIGINT, n BIGINT, total BIGINT) WITH ('connector' = 'print')",
];
const services = defaultServices({ output: () => undefined });

interface Built {
  readonly plan: PhysicalPlan<OperatorSpec>;
  readonly program: ProgramDescription;
}

async function built(session: Session, sql: string, settings: Readonly<Record<string, string>> = {}): Promise<Built> {
  const bound = await session.bind(sql, projectRoot);
  if (bound.kind !== 'insert') throw new Error('an INSERT was expected');
  session.settings.reset();
  session.settings.set('parallelism.default', '1');
  for (const [key, value] of Object.entries(settings)) session.settings.set(key, value);
  const { program, operators } = planned(bound.plan, 'changelog', {
    catalog: session.catalog,
    connectors: { connectors, formats },
    settings: session.settings,
    sinkMode: () => 'changelog',
    duckdb: undefined,
  });
  return { plan: program.plan, program: describeProgram(program.plan, services, aboutOperators(operators, sql)) };
}

/** A checkpoint in the middle of the program. */
async function checkpointOf({ plan }: Built): Promise<JobSnapshot> {
  const random = seededRandom(3);
  const clock = new SimulatedClock(1_700_000_000_000);
  const outside = new CommittedRows();
  const simulated = { ...services, clock, sink: () => outside.sink() };
  const taken: JobSnapshot[] = [];
  const job = await startJob(plan, {
    services: simulated,
    batchRows: 40,
    hosts: [new SimulationHost(simulated, clock, random, 4)],
    checkpoints: { take: async snapshot => void taken.push(structuredClone(snapshot)) },
  });
  while (taken.length === 0) {
    for (let turns = 0; turns < 25; turns++) await turn();
    await job.checkpoint();
  }
  await job.cancel();
  const [checkpoint] = taken;
  expect(checkpoint!.tasks.some(task => task.snapshot.finished)).toBe(false);
  return checkpoint!;
}

const grouped = 'INSERT INTO totals\nSELECT auction, COUNT(*), SUM(price) FROM bid\nGROUP BY auction';
const windowed =
  "INSERT INTO totals\nSELECT auction, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))\nGROUP BY auction, window_start, window_end";
const nested =
  'INSERT INTO totals\nSELECT n, COUNT(*), MAX(total) FROM (\n  SELECT auction, COUNT(*) AS n, SUM(price) AS total FROM bid\n  GROUP BY auction)\nGROUP BY n';
const over =
  'INSERT INTO totals\nSELECT auction, COUNT(*) OVER w, SUM(price) OVER w FROM bid\nWINDOW w AS (PARTITION BY auction ORDER BY `dateTime` ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)';

type Edit = readonly [what: string, before: string, after: string, settings?: Record<string, string>];
const edits: readonly Edit[] = [
  ['nothing', grouped, grouped],
  ['more tasks', grouped, grouped, { 'parallelism.default': '3' }],
  [
    'an alias is renamed',
    grouped,
    grouped.replace('auction, COUNT(*), SUM(price)', 'auction AS item, COUNT(*) AS bids, SUM(price) AS paid'),
  ],
  [
    'a sub-query with other names',
    grouped,
    'INSERT INTO totals\nSELECT a, COUNT(*), SUM(p) FROM (SELECT price AS p, auction AS a FROM bid)\nGROUP BY a',
  ],
  ['a filter above', grouped, `${grouped}\nHAVING COUNT(*) > 3`],
  ['a filter below', grouped, grouped.replace('FROM bid', 'FROM bid WHERE price > 100')],
  ['an aggregate more', grouped, grouped.replace('totals', 'more').replace('SUM(price)', 'SUM(price), MAX(price)')],
  ['an aggregate less', grouped, grouped.replace('SUM(price)', '0')],
  ['aggregates in another order', grouped, grouped.replace('COUNT(*), SUM(price)', 'SUM(price), COUNT(*)')],
  ['another aggregate', grouped, grouped.replace('SUM(price)', 'MIN(price)')],
  ['an average of what is summed', grouped, grouped.replace('COUNT(*)', 'AVG(price)')],
  ['another key', grouped, grouped.replaceAll('auction', 'bidder')],
  ['a key more', grouped, grouped.replace('GROUP BY auction', 'GROUP BY auction, bidder')],
  ['a column that is only passed on', grouped, grouped.replace('SUM(price)', 'SUM(price) + 1')],
  ['another sink', grouped, grouped.replace('totals', 'others')],
  ['windows instead of all time', grouped, windowed],
  ['a window: an aggregate more', windowed, windowed.replace('totals', 'more').replace('SUM(price)', 'SUM(price), MAX(price)')],
  ['a window: two phases', windowed, windowed, { 'parallelism.default': '2' }],
  ['a window: longer', windowed, windowed.replace("'10' SECOND", "'20' SECOND")],
  ['nested: a filter between', nested, nested.replace('GROUP BY auction)', 'GROUP BY auction) WHERE total > 10')],
  [
    'nested: the outer by another key',
    nested,
    nested.replace('SELECT n,', 'SELECT MOD(n, 10),').replace('GROUP BY n', 'GROUP BY MOD(n, 10)'),
  ],
  ['nested: only the inner', nested, grouped],
  ['OVER: another frame', over, over.replace('3 PRECEDING', '5 PRECEDING')],
  ['OVER: another partition', over, over.replace('PARTITION BY auction', 'PARTITION BY bidder')],
];

test('what is kept, dropped and starts empty when a program is edited', { timeout: 120_000 }, async () => {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  const events = eventStatements({ connector: 'nexmark', 'events.num': '20000', seed: '42', 'us-per-event': '7000' });
  for (const statement of [...events, ...sinks]) await runStatement(session, statement, projectRoot);
  const checkpoints = new Map<string, JobSnapshot>();
  const table: string[] = [];
  for (const [what, before, after, settings] of edits) {
    let checkpoint = checkpoints.get(before);
    if (checkpoint === undefined) {
      const start = await built(session, before);
      checkpoint = { ...(await checkpointOf(start)), program: start.program };
      checkpoints.set(before, checkpoint);
    }
    // as it is read from a file
    const stored: JobSnapshot = { ...checkpoint, program: JSON.parse(JSON.stringify(checkpoint.program)) as ProgramDescription };
    const plan = planRestore((await built(session, after, settings)).program, stored);
    table.push(`## ${what}`, ...plan.parts.map(partText), '');
  }
  await session.close();
  await expect(table.join('\n')).toMatchFileSnapshot(join(import.meta.dirname, 'golden', 'restore-edits.txt'));
});

test('an id given by hand takes the state of another operator', { timeout: 60_000 }, async () => {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  const events = eventStatements({ connector: 'nexmark', 'events.num': '20000', seed: '42', 'us-per-event': '7000' });
  for (const statement of [...events, ...sinks]) await runStatement(session, statement, projectRoot);
  const start = await built(session, grouped);
  const checkpoint = { ...(await checkpointOf(start)), program: start.program };
  const renamed = grouped.replaceAll('auction', 'auction + 0');
  const aggregate = (program: ProgramDescription): string =>
    program.stages.flatMap(stage => stage.operators).find(operator => operator.kind === 'group-aggregate')!.id;
  const other = (await built(session, renamed)).program;
  const outcomes = (program: ProgramDescription): string[] =>
    planRestore(program, checkpoint)
      .parts.filter(part => part.kind === 'group-aggregate')
      .map(part => part.outcome);
  expect(outcomes(other).sort()).toEqual(['dropped', 'empty']);
  const given = `${aggregate(other)}=${aggregate(start.program)}`;
  expect(outcomes((await built(session, renamed, { 'tidemill.operator-ids': given })).program)).toEqual(['kept']);
  await session.close();
});
