import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readColumn, readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import type { Operator, SplitState } from '../../core/operators/contract.ts';
import { type WatermarkAssignerSpec, watermarkAssignerDefinition } from '../../core/operators/watermark-assigner.ts';
import { call, column, literal } from '../../core/plan/expressions.ts';
import { Chain } from '../../core/runtime/chain.ts';
import { newCounters } from '../../core/runtime/counters.ts';
import { createTable, type StateTable } from '../../core/state/index.ts';
import { kernels, memory, task } from './harness.ts';

const schema: Schema = [
  { name: 'n', type: types.int(false) },
  { name: 'at', type: types.timestamp(3) },
];
const spec: WatermarkAssignerSpec = {
  kind: 'watermark-assigner',
  input: schema,
  column: 1,
  watermark: call('minus', [column(1, schema[1]!), literal(4n, types.intervalDayTime(false))], types.timestamp(3)),
  schema,
};

type Step =
  | { readonly kind: 'rows'; readonly split: number; readonly timesMs: readonly number[] }
  | { readonly kind: 'split'; readonly split: number; readonly state: SplitState };

/** Runs steps through a chain; `w5` is a watermark of 5 ms, and rows come with their time and the watermark before them. */
function run(steps: readonly Step[], rebuild = false): string[] {
  const tables = new Map<string, StateTable>();
  for (const table of watermarkAssignerDefinition.tables(spec)) tables.set(table.name, createTable(table, memory, kernels));
  const create = (): Operator => watermarkAssignerDefinition.create(spec, tables, task);
  const out: string[] = [];
  const output = {
    offer(item: Parameters<ConstructorParameters<typeof Chain>[1]['offer']>[0]) {
      if (item.kind === 'watermark') out.push(`w${item.watermarkMs}`);
      if (item.kind !== 'batch') return true;
      const { batch } = item;
      const before =
        batch.watermarkBefore === 0
          ? undefined
          : readColumn(memory, { type: types.bigint(false), validity: 0, data: batch.watermarkBefore }, batch.length);
      for (const [index, row] of readRows(memory, batch).entries()) {
        const standing = before?.[index] as bigint | undefined;
        const late = standing !== undefined && (row[1] as bigint) <= standing;
        out.push(`${Number(row[1]) / 1000}${late ? ' late' : ''}`);
      }
      return true;
    },
  };
  const chain = new Chain([{ id: 'o', operator: create(), counters: newCounters() }], output, task);
  for (const step of steps) {
    if (step.kind === 'rows') {
      const rows = step.timesMs.map((timeMs, index): Value[] => [index, BigInt(timeMs) * 1000n]);
      chain.push({ kind: 'batch', batch: valuesToBatch(memory, schema, rows), input: 0, split: step.split });
    } else chain.push(step);
    while (chain.advance(10, 0) !== 'idle');
    memory.arena.reset();
    if (rebuild) chain.rebuild(0, create);
  }
  chain.close();
  return out;
}
const rows = (split: number, ...timesMs: number[]): Step => ({ kind: 'rows', split, timesMs });
const news = (split: number, state: SplitState): Step => ({ kind: 'split', split, state });

describe('the watermark assigner', () => {
  test('sends the running watermark after each batch and marks rows behind it', () => {
    expect(run([rows(0, 10, 12, 7, 8, 9, 20), rows(0, 15, 16, 17)])).toEqual([
      '10',
      '12',
      '7 late',
      '8 late',
      '9',
      '20',
      'w16',
      '15 late',
      '16 late',
      '17',
    ]);
  });

  test('takes the least of its live splits', () => {
    const steps = [
      news(0, 'active'),
      news(1, 'active'),
      rows(0, 100, 50),
      rows(1, 20),
      rows(0, 16, 17),
      news(1, 'idle'),
      rows(0, 90),
      news(1, 'active'),
      rows(1, 110, 95),
      news(0, 'ended'),
      news(0, 'active'),
      rows(1, 200),
      rows(0, 150),
    ];
    const expected = [
      '100',
      '50',
      '20',
      'w16',
      '16 late',
      '17',
      'w96',
      '90 late',
      '110',
      '95 late',
      'w106',
      '200',
      '150',
      'w146',
    ];
    expect(run(steps)).toEqual(expected);
    expect(run(steps, true)).toEqual(expected);
  });

  test('refuses a row without its time', () => {
    const tables = new Map<string, StateTable>();
    for (const table of watermarkAssignerDefinition.tables(spec)) tables.set(table.name, createTable(table, memory, kernels));
    const operator = watermarkAssignerDefinition.create(spec, tables, task);
    const chain = new Chain([{ id: 'o', operator, counters: newCounters() }], { offer: () => true }, task);
    chain.push({
      kind: 'batch',
      batch: valuesToBatch(memory, schema, [
        [1, 1n],
        [2, null],
      ]),
      input: 0,
      split: 0,
    });
    expect(() => chain.advance(10, 0)).toThrow("rowtime column 'at' is NULL");
  });

  test('does not depend on where batches begin', () => {
    const times = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 70 }), fc.boolean(), (timesMs, size, rebuild) => {
        const steps: Step[] = [];
        for (let start = 0; start < timesMs.length; start += size) steps.push(rows(0, ...timesMs.slice(start, start + size)));
        const withoutWatermarks = (out: string[]) => out.filter(line => !line.startsWith('w'));
        expect(withoutWatermarks(run(steps, rebuild))).toEqual(withoutWatermarks(run([rows(0, ...timesMs)])));
      }),
    );
  });
});
