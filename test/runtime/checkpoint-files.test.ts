import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  type CheckpointReport,
  defaultServices,
  type JobSnapshot,
  MainHost,
  type StoredImage,
  slowText,
  snapshotStore,
  snapshotToLoad,
  startJob,
} from '../../core/runtime/index.ts';
import { Session } from '../../core/session/session.ts';
import { CheckpointStore } from '../../core/state/checkpoint-store.ts';
import { localStorage } from '../../core/storage/local-storage.ts';
import { CommittedRows } from '../support/committed-rows.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { insertPlan } from '../support/simulation/insert-plan.ts';
import { projectRoot } from '../support/source-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-checkpoint-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a checkpoint in files says where its time went by operator; a damaged one is found before anything is committed', async () => {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  const events = { connector: 'nexmark', 'events.num': '200000', seed: '42', 'us-per-event': '7000' };
  for (const statement of eventStatements(events)) await runStatement(session, statement, projectRoot);
  const plan = await insertPlan(session, 'SELECT auction, COUNT(*) AS n FROM bid GROUP BY auction', 1);
  await session.close();
  const outside = new CommittedRows();
  const services = { ...defaultServices({ output: () => undefined }), sink: () => outside.sink() };
  const store = new CheckpointStore(localStorage, folder, { retained: 2 });
  const start = (restored?: JobSnapshot<StoredImage>) =>
    startJob(plan, { services, batchRows: 500, hosts: [new MainHost(services)], restored, checkpoints: snapshotStore(store) });
  const job = await start();
  await new Promise(resolve => setTimeout(resolve, 20));
  const outcome = await job.checkpoint();
  await job.cancel();
  if (outcome.state !== 'stands') throw new Error(outcome.state);
  const operators = outcome.report.tasks.flatMap(task => task.timing?.operators ?? []);
  const aggregate = operators.find(({ operatorId }) => operatorId.startsWith('aggregate'))!;
  expect(aggregate.bytes).toBeGreaterThan(1000);
  expect(aggregate.copyMs).toBeGreaterThan(0);
  expect(operators.find(({ operatorId }) => operatorId === 'out')?.prepareMs).toBeGreaterThan(0);
  expect(outcome.report.tasks[0]!.writeMs).toBeGreaterThan(0);

  const checkpoint = await store.open(outcome.checkpointId);
  const before = outside.sorted();
  const [file] = readdirSync(join(folder, `chk-${outcome.checkpointId}`)).filter(name => name.endsWith('.state'));
  const path = join(folder, `chk-${outcome.checkpointId}`, file!);
  const bytes = readFileSync(path);
  const damaged = Buffer.from(bytes);
  damaged[100]! ^= 1;
  writeFileSync(path, damaged);
  const restored = await snapshotToLoad(checkpoint);
  await expect(start(restored)).rejects.toMatchObject({
    code: 'bad-checkpoint',
    message: expect.stringContaining(`${file} is damaged`),
  });
  expect(outside.sorted()).toEqual(before);

  writeFileSync(path, bytes);
  await (await start(await snapshotToLoad(checkpoint))).done;
  const whole = new CommittedRows();
  const plain = { ...services, sink: () => whole.sink() };
  await (await startJob(plan, { services: plain, hosts: [new MainHost(plain)] })).done;
  expect(outside.sorted()).toEqual(whole.sorted());
});

test('the text names the slowest task, and operators by how much time they took', () => {
  const timing = { tookMs: 140, copyMs: 40, pausesMs: [1, 3, 4], alignMs: 900 };
  const report: CheckpointReport = {
    storedMs: 200,
    tasks: [
      {
        stageId: 'stage-2',
        subtask: 0,
        operators: ['aggregate-1', 'insert-1'],
        answeredMs: 3040,
        writeMs: 150,
        timing: {
          ...timing,
          operators: [
            { operatorId: 'aggregate-1', copyMs: 40, bytes: 52e6 },
            { operatorId: 'insert-1', copyMs: 0, bytes: 0, prepareMs: 140 },
          ],
        },
      },
      {
        stageId: 'stage-1',
        subtask: 1,
        operators: ['watermark-1'],
        answeredMs: 20,
        writeMs: 1,
        timing: { ...timing, alignMs: 0, operators: [{ operatorId: 'watermark-1', copyMs: 1, bytes: 16 }] },
      },
    ],
  };
  expect(slowText(report).split('\n')).toEqual([
    'stage-2 task 1 (aggregate-1, insert-1) answered after 3040 ms (2000 ms until its barrier came, 900 ms aligning its inputs, 40 ms copying), storing took 200 ms',
    '  aggregate-1 of stage-2 task 1: 900 ms aligning, 40 ms copying and encoding 52 MB, 150 ms writing, answered after 3040 ms',
    '  insert-1 of stage-2 task 1: 900 ms aligning, 0 ms copying and encoding 0.0 MB, 140 ms preparing what was written, 0 ms writing, answered after 3040 ms',
  ]);
});
