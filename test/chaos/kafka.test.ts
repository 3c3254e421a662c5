import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import { begun, type ExactlyOnceJob, expected, feed, makeTopics, program, results } from '../support/kafka/exactly-once-job.ts';
import { brokerForTests } from '../support/kafka/test-broker.ts';
import { projectRoot } from '../support/source-files.ts';
import { type ChaosOutcome, killTable, runThroughTroubles, type Trouble } from './harness.ts';

/** `KILLS=100` for the whole. */
const kills = Number(process.env['KILLS'] ?? 20);
const seed = Number(process.env['SEED'] ?? 1);
const preload = join(projectRoot, 'test', 'chaos', 'kafka-failpoints.ts');
/** In this order: what is left open by one is what the next one's process finds. */
const places = [
  'writing',
  'before prepare',
  'prepared, not reported',
  'before the manifest',
  'between manifest and commit',
  'before a commit of the restore',
  'before a commit',
  'after a commit',
  'during restore',
] as const;
const otherPlaces = ['random', 'manifest half written', 'transaction begun', 'after a commit of the restore', 'written'] as const;
/** Nine of ten kills are at the places in turn, so that a hundred are ten at each; every tenth is at one of the others. */
const plannedTroubles = (count: number): Trouble[] =>
  Array.from({ length: count }, (_, index) => {
    const tens = Math.floor(index / 10);
    return (index % 10 === 9 ? otherPlaces[tens % otherPlaces.length] : places[(index - tens) % places.length]) as Trouble;
  });

const broker = brokerForTests('chaos-kafka');
const { folder } = broker;

const job = (run: string, events: number): ExactlyOnceJob => ({ bootstrap: broker.kafka.bootstrap, run, events });

/** One run through its troubles, while events come and, if wished, the broker is started again. */
async function through(
  job: ExactlyOnceJob,
  troubles: readonly Trouble[],
  options: { readonly brokerRestarts?: number; readonly parallelism?: number } = {},
): Promise<ChaosOutcome> {
  await makeTopics(job);
  const { run } = job;
  const file = join(folder, `${run}.sql`);
  writeFileSync(file, program(job));
  const over = { done: false };
  const feeding = feed(job, 1500, over);
  const restarting = (async () => {
    // a job that runs waits for a broker; one that has not reached it yet does not
    if (options.brokerRestarts !== undefined) await begun(job);
    for (let restart = 0; restart < (options.brokerRestarts ?? 0); restart++) {
      await sleep(4000);
      await broker.kafka.stopBroker(0, restart === 1 ? 'SIGTERM' : 'SIGKILL');
      await broker.kafka.startBroker(0);
    }
    if (options.brokerRestarts !== undefined) over.done = true;
  })();
  const flags = [
    '--checkpoints',
    join(folder, `checkpoints-${run}`),
    '--restore',
    'latest',
    '--parallelism',
    String(options.parallelism ?? 1),
  ];
  const outcome = await runThroughTroubles({
    file,
    flags: [...flags, '--set', 'execution.checkpointing.interval=200ms'],
    random: seededRandom(seed),
    troubles,
    preload,
    patienceMs: 45_000,
    calm: () => {
      if (options.brokerRestarts === undefined) over.done = true;
    },
  });
  await Promise.all([feeding, restarting]);
  return outcome;
}

test(`${kills} × kill -9 between Kafka and Kafka: each row once`, { timeout: 300_000 + kills * 60_000 }, async () => {
  const planned = plannedTroubles(kills);
  const wanted = [...planned];
  const total = new Map<string, number>();
  const perRun = 10;
  for (let number = 0; wanted.length > 0; number++) {
    // places that no process came to are tried again, but not for ever
    expect(number, `${wanted.join(', ')} were not reached\n${killTable(total)}`).toBeLessThan(2 * Math.ceil(kills / perRun));
    const run = job(`run${number}`, 60_000);
    const found = await through(run, wanted.splice(0, perRun), { parallelism: 1 + (number % 2) });
    for (const [place, count] of found.kills) total.set(place, (total.get(place) ?? 0) + count);
    wanted.push(...found.left);
    expect(await results(run), `SEED=${seed} ${run.run}`).toEqual(expected(run));
  }
  process.stdout.write(`\n${killTable(total)}\n`);
  for (const place of new Set(planned)) expect(total.get(place), place).toBe(planned.filter(each => each === place).length);
});

test.each([1, 2])('a broker that is killed and started again, twice, and once in good order: %i tasks', {
  timeout: 420_000,
}, async parallelism => {
  const run = job(`restarts${parallelism}`, 40_000);
  await through(run, [], { brokerRestarts: 3, parallelism });
  expect(await results(run)).toEqual(expected(run));
});

test('without committing what the process before had prepared the same test fails', { timeout: 600_000 }, async () => {
  // one job: what is lost of running totals is written again, and a window that has not closed has nothing to lose
  const run: ExactlyOnceJob = { ...job('without', 20_000), sinks: ['kept'] };
  process.env['WITHOUT_RESUME'] = '1';
  try {
    await through(run, ['between manifest and commit', 'before a commit'] as Trouble[]);
  } finally {
    delete process.env['WITHOUT_RESUME'];
  }
  // rows are missing, or what was prepared stays open in front of readers
  const outcome = await results(run).catch((error: Error) => error.message);
  expect(typeof outcome === 'string' ? outcome : outcome.kept).not.toEqual(expected(run).kept);
  process.stdout.write(
    `\n${typeof outcome === 'string' ? outcome : `${expected(run).kept.length - outcome.kept.length} rows missing`}\n`,
  );
});
