import { describe, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { AggregateUdf, loadUdf, startOfAggregate } from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { aggregateModule, totalModule, weightedModule } from './aggregate-modules.ts';

/** Groups of an aggregate by number, each with an accumulator somewhere in a task's memory. */
function groupsOf(bytes: Uint8Array<ArrayBuffer>, name: string, groups: number) {
  const memory = new TaskMemory({ pagesInitial: 64 });
  const module = loadUdf(bytes, { name: 'test.wasm' });
  const kernels = loadKernels(memory);
  const udf = new AggregateUdf(module, name, memory, kernels);
  const { initial, empty } = startOfAggregate(module, name, loadKernels);
  const base = 24;
  const places = Array.from({ length: groups }, () => {
    const row = memory.arena.allocate(base + initial.length);
    memory.u8.set(initial, row + base);
    return row;
  });
  const words = (values: readonly number[]): number => {
    const address = memory.arena.allocate(4 * values.length);
    memory.u32.set(values, address >>> 2);
    return address;
  };
  return {
    empty,
    accumulate(
      rows: readonly { readonly group: number; readonly values: readonly Value[]; readonly weight?: number }[],
      order?: readonly number[],
    ): void {
      const columns = udf.function.arguments.map((type, index) =>
        columnOf(
          memory,
          type,
          rows.map(row => row.values[index]!),
        ),
      );
      const weights = rows.some(row => row.weight !== undefined) ? memory.arena.allocate(rows.length) : 0;
      for (const [index, row] of rows.entries()) if (weights !== 0) memory.u8[weights + index] = row.weight ?? 1;
      const targets = words(rows.map(({ group }) => (group < 0 ? 0 : places[group]!)));
      const to = order?.length ?? rows.length;
      udf.accumulate({ from: 0, to, order: order ? words(order) : 0, rows: targets, weights, columns, base });
    },
    merge(pairs: readonly (readonly [number, number])[]): void {
      const targets = words(pairs.map(([target]) => places[target]!));
      const sources = words(pairs.map(([, source]) => places[source]!));
      udf.merge({ from: 0, to: pairs.length, order: 0, targets, selection: 0, sources, views: 0, base });
    },
    results: (): Value[] => readColumn(memory, udf.finish(groups, words(places), base), groups),
  };
}

describe('an aggregate of a module takes rows into accumulators of the engine', () => {
  test('values in and out: two of them, rows left out, taken out again, merged, in another order', () => {
    const groups = groupsOf(totalModule(), 'total', 3);
    expect(groups.empty).toBe(null);
    groups.accumulate([
      { group: 0, values: [5n] },
      { group: 1, values: [7n] },
      { group: -1, values: [100n] },
      { group: 0, values: [6n] },
    ]);
    expect(groups.results()).toEqual([11n, 7n, null]);
    groups.accumulate(
      [
        { group: 0, values: [5n], weight: -1 },
        { group: 1, values: [1000n], weight: 0 },
        { group: 2, values: [-3n], weight: 1 },
        { group: 2, values: [99n], weight: 1 },
      ],
      [2, 1, 0],
    );
    expect(groups.results()).toEqual([6n, 7n, -3n]);
    groups.merge([
      [0, 1],
      [2, 1],
    ]);
    expect(groups.results()).toEqual([13n, 7n, 4n]);
  });

  test('several arguments, of other types', () => {
    const groups = groupsOf(weightedModule(), 'weighted', 2);
    groups.accumulate([
      { group: 0, values: [1, 1n] },
      { group: 0, values: [4, 2n] },
    ]);
    expect(groups.results()).toEqual([3, null]);
  });

  test('blocks in the module’s memory: more groups than fit there at once', async () => {
    const groups = groupsOf(await aggregateModule(), 'distinct_about', 2000);
    for (let round = 0; round < 3; round++)
      groups.accumulate(Array.from({ length: 4000 }, (_, row) => ({ group: row % 2000, values: [`text ${row} ${round}`] })));
    // 6 different texts each, of which two may look the same
    expect(new Set(groups.results())).toEqual(new Set([6n, 5n]));
    groups.merge(Array.from({ length: 1000 }, (_, index) => [0, index + 1]));
    const about = Number(groups.results()[0]);
    expect(about).toBeGreaterThan(5500);
    expect(about).toBeLessThan(6600);
  });

  test('results of text, and none', async () => {
    const groups = groupsOf(await aggregateModule(), 'top_two', 4);
    groups.accumulate([
      { group: 0, values: [5n] },
      { group: 0, values: [-9n] },
      { group: 0, values: [7n] },
      { group: 1, values: [1n] },
      { group: 3, values: [123456789012n] },
      { group: 3, values: [123456789013n] },
    ]);
    expect(groups.results()).toEqual(['7>5', '1', null, '123456789013>123456789012']);
  });

  test('flags: it sees NULLs', async () => {
    const groups = groupsOf(await aggregateModule(), 'nulls_of', 1);
    groups.accumulate([
      { group: 0, values: [null] },
      { group: 0, values: [1n] },
      { group: 0, values: [null] },
    ]);
    expect(groups.results()).toEqual([2n]);
  });

  test('integers of 32 bits', async () => {
    const groups = groupsOf(await aggregateModule(), 'bits', 1);
    groups.accumulate([
      { group: 0, values: [-1] },
      { group: 0, values: [5] },
    ]);
    expect(groups.results()).toEqual([-6]);
  });
});
