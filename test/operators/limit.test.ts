import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRows, readWeights } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { limitDefinition } from '../../core/operators/limit.ts';
import { sliceBatch } from '../../core/operators/slice.ts';
import { MainHost } from '../../core/runtime/hosts/main.ts';
import { startJob } from '../../core/runtime/job.ts';
import { collectRows, sourceInput, testPlan, testServices } from '../support/runtime.ts';
import { kernels, memory } from './harness.ts';

const schema: Schema = [
  { name: 'n', type: types.int() },
  { name: 'text', type: types.string() },
  { name: 'list', type: types.array(types.int()) },
  { name: 'row', type: types.row([{ name: 'inner', type: types.string() }]) },
];
const rowsOf = (count: number): Value[][] =>
  Array.from({ length: count }, (_, i) => [
    i % 3 === 0 ? null : i,
    i % 4 === 0 ? null : `a text that is rather long, number ${i}`,
    i % 5 === 0 ? null : Array.from({ length: i % 3 }, (_, k) => i + k),
    i % 7 === 0 ? null : [i % 2 === 0 ? null : `inner ${i}`],
  ]);

describe('a slice of a batch', () => {
  test('is the same rows, at any place', () => {
    const all = rowsOf(200);
    const weights = all.map((_, index) => (index % 2 === 0 ? 1 : -1));
    const batch = valuesToBatch(memory, schema, all, weights);
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const slice = sliceBatch(batch, from, to, { memory, kernels });
        expect(readRows(memory, slice)).toEqual(all.slice(from, to));
        expect(readWeights(memory, slice)).toEqual(weights.slice(from, to));
      }),
    );
  });
});

describe('LIMIT and OFFSET', () => {
  test('give the rows asked for, whatever the batches, and read no further', async () => {
    const all = rowsOf(300);
    for (const batchRows of [1, 7, 8192]) {
      for (const [offset, count] of [
        [0, 0],
        [0, 10],
        [5, 20],
        [290, 50],
        [400, 5],
        [3, undefined],
      ] as const) {
        for (const rebuildOperators of [false, true]) {
          const services = testServices({ input: [[{ rows: all }, { rows: all }]] });
          const plan = testPlan({
            id: 'a',
            inputs: [sourceInput('input', schema)],
            operators: [
              { kind: 'limit', offset, count, schema },
              { kind: 'collect', schema },
            ],
            schema,
          });
          const job = await startJob(plan, { services, hosts: [new MainHost(services)], batchRows, rebuildOperators });
          expect(await collectRows(job)).toEqual(
            [...all, ...all].slice(offset, count === undefined ? undefined : offset + count),
          );
          const most = count === undefined ? 600 : Math.min(600, offset + count + batchRows);
          expect(job.metrics().tasks[0]!.rowsRead).toBeLessThanOrEqual(Math.max(most, 0));
        }
      }
    }
  });

  test('declare what they keep', () => {
    expect(limitDefinition.tables({ kind: 'limit', offset: 0, schema })).toHaveLength(1);
  });
});
