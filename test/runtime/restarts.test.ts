import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { realClock, seededRandom } from '../../core/common/environment.ts';
import { TidemillError } from '../../core/common/errors.ts';
import type { Sink } from '../../core/connectors/contract.ts';
import { connectors, formats } from '../../core/connectors/index.ts';
import type { OperatorSpec } from '../../core/operators/index.ts';
import type { PhysicalPlan } from '../../core/physical/plan.ts';
import {
  CheckpointTimer,
  completeSnapshot,
  defaultServices,
  type JobSnapshot,
  MainHost,
  RestartBackoff,
  RestartingJob,
  type RestartStrategy,
  startJob,
} from '../../core/runtime/index.ts';
import { planned } from '../../core/session/planning.ts';
import { Session } from '../../core/session/session.ts';
import { CommittedRows } from '../support/committed-rows.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

const random = seededRandom(1);
const reasonOf = (answer: { delayMs: number } | { reason: string }): string | number =>
  'reason' in answer ? answer.reason : answer.delayMs;

describe('restart strategies', () => {
  it('none, fixed delay and failure rate', () => {
    expect(reasonOf(new RestartBackoff({ kind: 'none' }, random).failed(0))).toMatch(/none/);
    const fixed = new RestartBackoff({ kind: 'fixed-delay', attempts: 2, delayMs: 70 }, random);
    expect([0, 1, 2].map(ms => reasonOf(fixed.failed(ms)))).toEqual([70, 70, 'it has been restarted 2 times']);
    const rate = new RestartBackoff({ kind: 'failure-rate', delayMs: 5, intervalMs: 100, failuresMax: 2 }, random);
    expect([0, 50, 160, 170, 180].map(ms => reasonOf(rate.failed(ms)))).toEqual([5, 5, 5, 5, 'it has failed 3 times in 0.1 s']);
  });

  it('exponential delay grows, is bounded, and starts over after a quiet time', () => {
    const strategy: RestartStrategy = {
      kind: 'exponential-delay',
      initialMs: 100,
      maxMs: 500,
      multiplier: 2,
      resetMs: 10_000,
      jitter: 0,
      attempts: Number.POSITIVE_INFINITY,
    };
    const backoff = new RestartBackoff(strategy, random);
    expect([0, 200, 500, 1000, 2000, 20_000].map(ms => reasonOf(backoff.failed(ms)))).toEqual([100, 200, 400, 500, 500, 100]);
    const shaken = new RestartBackoff({ ...strategy, jitter: 0.1 }, random);
    const delay = Number(reasonOf(shaken.failed(0)));
    expect(delay).toBeGreaterThanOrEqual(90);
    expect(delay).toBeLessThanOrEqual(110);
    const few = new RestartBackoff({ ...strategy, attempts: 1 }, random);
    expect([0, 1].map(ms => reasonOf(few.failed(ms)))).toEqual([100, 'it has been restarted 1 time']);
  });
});

async function groupPlan(): Promise<PhysicalPlan<OperatorSpec>> {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  for (const statement of eventStatements({ connector: 'nexmark', 'events.num': '20000', seed: '42', 'us-per-event': '7000' }))
    await runStatement(session, statement, projectRoot);
  await runStatement(session, "CREATE TABLE totals (auction BIGINT, n BIGINT) WITH ('connector' = 'print')", projectRoot);
  const bound = await session.bind('INSERT INTO totals SELECT auction, COUNT(*) FROM bid GROUP BY auction', projectRoot);
  if (bound.kind !== 'insert') throw new Error('an INSERT was expected');
  const { settings, catalog } = session;
  const sinkMode = () => 'changelog' as const;
  const { program } = planned(bound.plan, 'changelog', {
    catalog,
    connectors: { connectors, formats },
    settings,
    sinkMode,
    duckdb: undefined,
  });
  await session.close();
  return program.plan;
}

/** A sink that fails a few times, each time at another moment. */
function failing(sink: Sink, failures: { left: number }): Sink {
  const fail = (): never => {
    throw new TidemillError('sink-failed', 'the outside system is away', { domain: 'external' });
  };
  return {
    open: context => {
      const writer = sink.open(context);
      return {
        ...writer,
        tryWrite: batch => (failures.left % 2 === 1 && failures.left-- > 0 ? fail() : writer.tryWrite(batch)),
        prepare: async id => (failures.left > 0 && failures.left % 2 === 0 && failures.left-- > 0 ? fail() : writer.prepare(id)),
      };
    },
  };
}

async function runWithFailures(plan: PhysicalPlan<OperatorSpec>, times: number, attempts: number) {
  const outside = new CommittedRows();
  const failures = { left: times };
  const services = { ...defaultServices({ output: () => undefined }), sink: () => failing(outside.sink(), failures) };
  let stands: JobSnapshot | undefined;
  const notices: string[] = [];
  const start = async () => {
    let last = stands;
    const job = await startJob(plan, {
      services,
      batchRows: 50,
      hosts: [new MainHost(services)],
      restored: stands,
      checkpoints: {
        take: async snapshot => {
          last = structuredClone(completeSnapshot(last, snapshot));
          stands = last;
        },
      },
    });
    const timer = new CheckpointTimer({ intervalMs: 2 }, job, () => realClock.monotonicMs());
    const ended = (): void => timer.stop();
    job.done.then(ended, ended);
    return job;
  };
  const job = new RestartingJob(await start(), {
    start,
    backoff: new RestartBackoff({ kind: 'fixed-delay', attempts, delayMs: 3 }, random),
    isFinal: () => undefined,
    clock: realClock,
    notice: text => notices.push(text),
  });
  return { job, outside, notices };
}

describe('a job that fails', () => {
  it('goes on from its last checkpoint, and every row is there once', { timeout: 60_000 }, async () => {
    const plan = await groupPlan();
    const whole = await runWithFailures(plan, 0, 1);
    await whole.job.done;
    const broken = await runWithFailures(plan, 5, 9);
    await broken.job.done;
    expect(broken.job.restarts).toBeGreaterThan(1);
    expect(broken.notices[0]).toMatch(/^the job failed \(sink-failed: .*\); it goes on from its last checkpoint in 3 ms$/);
    expect(broken.outside.sorted()).toEqual(whole.outside.sorted());
  });

  it('fails for good when the attempts are used up, or when it is cancelled while it waits', { timeout: 60_000 }, async () => {
    const plan = await groupPlan();
    const given = await runWithFailures(plan, 50, 2);
    await expect(given.job.done).rejects.toMatchObject({ code: 'sink-failed' });
    expect(given.notices.at(-1)).toBe('the job is not restarted: it has been restarted 2 times');
    const cancelled = await runWithFailures(plan, 5000, 5000);
    await sleep(50);
    await cancelled.job.cancel();
    await cancelled.job.done.catch(() => undefined);
  });
});

it('a checkpoint that takes too long counts as failed, and the next one is made', { timeout: 60_000 }, async () => {
  const plan = await groupPlan();
  const outside = new CommittedRows();
  const services = { ...defaultServices({ output: () => undefined }), sink: () => outside.sink() };
  let slow = true;
  const outcomes: string[] = [];
  const job = await startJob(plan, {
    services,
    batchRows: 20,
    hosts: [new MainHost(services)],
    tolerableFailures: 3,
    checkpoints: { take: async () => (slow ? sleep(1) : undefined) },
  });
  const first = job.checkpoint();
  job.expireCheckpoint(new TidemillError('checkpoint-timeout', 'too long', { domain: 'external' }));
  outcomes.push((await first).state);
  slow = false;
  for (let outcome = await job.checkpoint(); outcome.state !== 'stands'; outcome = await job.checkpoint()) {
    if (outcome.state === 'skipped' && outcome.because === 'ended') break;
    await sleep(1);
  }
  await job.done;
  expect(outcomes).toEqual(['failed']);
  expect(outside.sorted().length).toBeGreaterThan(0);
});
