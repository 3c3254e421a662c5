import { describe, expect, test } from 'vitest';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { call, column, literal } from '../../core/plan/expressions.ts';
import { MainHost } from '../../core/runtime/hosts/main.ts';
import { type JobOptions, startJob } from '../../core/runtime/job.ts';
import { collectRows, exchangeInputOf, type Row, sourceInput, testPlan, testServices } from '../support/runtime.ts';

const schema: Schema = [
  { name: 'id', type: types.bigint(false) },
  { name: 'name', type: types.string() },
];
const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => [BigInt(i), i % 3 === 0 ? null : `row number ${i} of them`]);
const id = column(0, schema[0]!);
const collect = { kind: 'collect', schema };
const filterSmall = {
  kind: 'compute',
  compute: {
    input: schema,
    filter: call('less-than', [id, literal(50n, types.bigint(false))], types.boolean(false)),
    outputs: [id, column(1, schema[1]!)],
  },
  schema,
};

describe('a job on the main thread', () => {
  const run = async (plan: ReturnType<typeof testPlan>, splits: Row[][], options: Partial<JobOptions> = {}) => {
    const services = testServices({ input: splits.map(rows => [{ rows }]) });
    const job = await startJob(plan, { services, hosts: [new MainHost(services)], ...options });
    const rows = await collectRows(job);
    return { job, rows };
  };

  test('one stage: source, compute, collect', async () => {
    const plan = testPlan({ id: 'a', inputs: [sourceInput('input', schema)], operators: [collect], schema });
    for (const batchRows of [1, 7, 8192]) {
      const { rows, job } = await run(plan, [rowsOf(1000)], { batchRows });
      expect(rows).toEqual(rowsOf(1000));
      expect(job.metrics().tasks[0]!.operators[0]!.rowsIn).toBe(1000);
    }
  });

  test('several splits, a filter, and two stages in parallel joined by a hash exchange', async () => {
    const exchange = { kind: 'hash', keys: [id], layout: keyLayoutOf([id.type]), to: 'b' } as const;
    const plan = testPlan(
      { id: 'a', parallelism: 2, inputs: [sourceInput('input', schema)], operators: [filterSmall], outputs: [exchange], schema },
      {
        id: 'b',
        parallelism: 3,
        inputs: [exchangeInputOf('a', schema)],
        operators: [],
        outputs: [{ kind: 'single', to: 'c' }],
        schema,
      },
      { id: 'c', inputs: [exchangeInputOf('b', schema)], operators: [collect], schema },
    );
    const all = rowsOf(100);
    const splits = [0, 1, 2].map(part => all.filter((_, i) => i % 3 === part));
    for (const batchRows of [1, 7, 8192]) {
      for (const chaining of [true, false]) {
        const { rows } = await run(plan, splits, { batchRows, chaining, rebuildOperators: batchRows === 7 });
        expect(rows.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(rowsOf(50));
      }
    }
  });

  test('splits that turn up later are read, until the job is stopped', async () => {
    const known = ['0'];
    const services = testServices(
      {},
      {
        services: {
          source: () => ({
            discover: async () => known.map(id => ({ id, data: {} })),
            open: (split, _position, { memory }) => {
              let left = 1;
              return {
                tryRead: () =>
                  left-- > 0
                    ? { kind: 'batch', batch: valuesToBatch(memory, schema, [[BigInt(split.id), split.id]]) }
                    : { kind: 'end' },
                position: () => ({}),
                close() {},
              };
            },
          }),
        },
      },
    );
    const plan = testPlan({ id: 'a', inputs: [sourceInput('input', schema, false)], operators: [collect], schema });
    const job = await startJob(plan, { services, hosts: [new MainHost(services)] });
    const rows: Value[][] = [];
    for await (const { batch, memory } of job.results!) {
      rows.push(...readRows(memory, batch));
      if (rows.length === 1) known.push('1', '2');
      if (rows.length === 3) void job.stop();
    }
    await job.done;
    expect(rows.map(row => row[1]).sort()).toEqual(['0', '1', '2']);
  });
});
