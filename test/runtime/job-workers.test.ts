import { afterAll, describe, expect, test } from 'vitest';
import { jsonRow } from '../../core/columnar/json-value.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import { connectorOf, validateOptions } from '../../core/connectors/index.ts';
import { nexmarkSchema } from '../../core/connectors/nexmark/shape.ts';
import type { StageInput } from '../../core/physical/plan.ts';
import { call, column, type Expression, literal } from '../../core/plan/expressions.ts';
import { defaultServices } from '../../core/runtime/default-services.ts';
import { MainHost } from '../../core/runtime/hosts/main.ts';
import { WorkerPool } from '../../core/runtime/hosts/worker.ts';
import { type JobOptions, startJob } from '../../core/runtime/job.ts';
import { collectRows, exchangeInputOf, testPlan } from '../support/runtime.ts';

const pool = new WorkerPool(2, { output: () => undefined });
afterAll(() => pool.close());
const services = defaultServices({ output: () => undefined });

function nexmarkInput(schema: Schema, options: Readonly<Record<string, string>>): StageInput {
  const complete = validateOptions(connectorOf('nexmark'), { connector: 'nexmark', ...options }).options;
  const bounded = connectorOf('nexmark').boundedness(complete) === 'bounded';
  const source = { name: 'events', connector: 'nexmark', options: complete, schema, bounded };
  return { kind: 'source', id: 'events', request: { source, columns: schema.map((_, index) => index) }, schema };
}

const eventType = column(0, nexmarkSchema[0]!);
const bidSchema: Schema = [
  { name: 'auction', type: types.bigint(false) },
  { name: 'price', type: types.bigint() },
  { name: 'channel', type: types.string() },
];

function plan(schema: Schema, key: Expression, options: Readonly<Record<string, string>>, parallelism: number) {
  const exchange = { kind: 'hash', keys: [key], layout: keyLayoutOf([key.type]), to: 'b' } as const;
  const union = { kind: 'union', schema };
  return testPlan(
    { id: 'a', parallelism, inputs: [nexmarkInput(schema, options)], operators: [union], outputs: [exchange], schema },
    {
      id: 'b',
      parallelism,
      inputs: [exchangeInputOf('a', schema)],
      operators: [union],
      outputs: [{ kind: 'single', to: 'c' }],
      schema,
    },
    { id: 'c', inputs: [exchangeInputOf('b', schema)], operators: [{ kind: 'collect', schema }], schema },
  );
}

describe('a job on worker threads', () => {
  const start = (what: ReturnType<typeof plan>, options: Partial<JobOptions> = {}) =>
    startJob(what, { services, hosts: [new MainHost(services), ...pool.take(2)], ...options });

  test('gives the rows the main thread gives: nested columns, long strings, NULLs', async () => {
    const options = { 'events.num': '20000' };
    const texts = (rows: Awaited<ReturnType<typeof collectRows>>) => rows.map(row => jsonRow(nexmarkSchema, row)).sort();
    const alone = testPlan({
      id: 'a',
      inputs: [nexmarkInput(nexmarkSchema, options)],
      operators: [{ kind: 'collect', schema: nexmarkSchema }],
      schema: nexmarkSchema,
    });
    const expected = texts(await collectRows(await startJob(alone, { services, hosts: [new MainHost(services)] })));
    expect(expected.length).toBe(20000);
    for (const batchRows of [333, 8192]) {
      const job = await start(plan(nexmarkSchema, eventType, options, 2), { batchRows });
      expect(texts(await collectRows(job))).toEqual(expected);
    }
  });

  test('passes barriers on', async () => {
    const job = await start(plan(bidSchema, column(0, bidSchema[0]!), {}, 2), { batchRows: 100 });
    const results = job.results!;
    for (let index = 0; index < 5; index++) await results.next();
    const barrier = job.barrier();
    let passed = false;
    barrier.then(() => {
      passed = true;
    });
    while (!passed) await results.next();
    await results.return!();
    await job.done;
  });

  test('is cancelled by leaving the loop, endless as it is', async () => {
    const job = await start(plan(bidSchema, column(0, bidSchema[0]!), {}, 2));
    let rows = 0;
    for await (const { batch } of job.results!) {
      rows += batch.length;
      if (rows > 50_000) break;
    }
    await job.done;
  });

  test('stops in order', async () => {
    const job = await start(plan(bidSchema, column(0, bidSchema[0]!), {}, 2));
    let rows = 0;
    let stopped: Promise<void> | undefined;
    for await (const { batch } of job.results!) {
      rows += batch.length;
      if (rows > 50_000) stopped ??= job.stop();
    }
    await stopped;
    const read = job.metrics().tasks.filter(task => task.stageId === 'a');
    expect(rows).toBe(read.reduce((sum, task) => sum + task.operators[0]!.rowsIn, 0));
  });

  test('an error in a worker comes back as a TidemillError with its operator', async () => {
    const price = column(1, bidSchema[1]!);
    const zero = call('minus', [price, price], types.bigint(), { start: 3, end: 9 });
    const divide = call('divide', [literal(1n, types.bigint(false)), zero], types.bigint(), { start: 1, end: 12 });
    const failing = {
      kind: 'compute',
      compute: { input: bidSchema, outputs: [column(0, bidSchema[0]!), divide, column(2, bidSchema[2]!)] },
      schema: bidSchema,
    };
    const bad = testPlan(
      {
        id: 'a',
        parallelism: 2,
        inputs: [nexmarkInput(bidSchema, { 'events.num': '1000' })],
        operators: [failing],
        outputs: [{ kind: 'single', to: 'c' }],
        schema: bidSchema,
      },
      {
        id: 'c',
        inputs: [exchangeInputOf('a', bidSchema)],
        operators: [{ kind: 'collect', schema: bidSchema }],
        schema: bidSchema,
      },
    );
    const job = await start(bad);
    await expect(collectRows(job)).rejects.toMatchObject({ name: 'TidemillError', code: 'division-by-zero', span: { start: 1 } });
    expect(job.failure).toMatchObject({ stageId: 'a', operatorId: 'a/0:compute' });
    // the threads are as good as new
    const again = await start(plan(bidSchema, column(0, bidSchema[0]!), { 'events.num': '1000' }, 2));
    expect((await collectRows(again)).length).toBe((1000 * 46) / 50);
  });

  test('a job that cannot be sent to its threads fails, and the threads stay usable', async () => {
    // a function is no data
    const unsendable = testPlan({
      id: 'a',
      inputs: [nexmarkInput(bidSchema, { 'events.num': '1000' })],
      operators: [{ kind: 'union', schema: bidSchema, extra: () => 1 }],
      schema: bidSchema,
    });
    const job = await start(unsendable);
    await expect(job.done).rejects.toMatchObject({ name: 'TidemillError', domain: 'internal' });
    const again = await start(plan(bidSchema, column(0, bidSchema[0]!), { 'events.num': '1000' }, 2));
    expect((await collectRows(again)).length).toBe((1000 * 46) / 50);
  });
});
