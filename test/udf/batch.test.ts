import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { BatchUdf, type ColumnCallOptions, FunctionFailures, type LoadOptions, loadUdf } from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { batchModules } from './batch-modules.ts';
import { assemblyScript, failure } from './support.ts';

async function harness(name: string, options: Partial<ColumnCallOptions> & Partial<LoadOptions> = {}) {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const module = loadUdf(await assemblyScript(batchModules), { name: 'test.wasm', ...options });
  const failures = new FunctionFailures();
  const udf = new BatchUdf(module, name, memory, { kernels: loadKernels(memory), failures, ...options });
  return {
    failedRows: () => failures.take(),
    run(columns: readonly (readonly Value[])[], selection?: readonly number[]): Value[] {
      memory.arena.reset();
      const rows = columns[0]!.length;
      const inputs = udf.function.arguments.map((type, index) => columnOf(memory, type, columns[index]!));
      let address = 0;
      if (selection !== undefined) {
        address = memory.arena.allocate(rows);
        memory.u8.set(selection, address);
      }
      return readColumn(memory, udf.call(rows, inputs, address), rows);
    },
  };
}

describe('whole columns', () => {
  test('numbers, NULLs in and out, rows that are not wanted', async () => {
    const { run } = await harness('weighed');
    expect(
      run([
        [1.5, null, 2, -4, 8],
        [2, 3, null, 1, 10],
      ]),
    ).toEqual([3, null, null, null, 80]);
    expect(
      run(
        [
          [1.5, 2, 3],
          [2, 2, 2],
        ],
        [1, 0, 1],
      ),
    ).toEqual([3, null, 6]);
  });

  test('any texts and flags, as the function says in plain TypeScript', async () => {
    const { run } = await harness('reversed');
    const text = fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), { freq: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.option(fc.boolean(), { freq: 5 })), { minLength: 1, maxLength: 300 }), rows => {
        const expected = rows.map(([value, flag]) =>
          value === null ? 'NULL' : flag === true ? [...value].reverse().join('') : value,
        );
        expect(run([rows.map(row => row[0]), rows.map(row => row[1])])).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('more rows than one call has; booleans are bits', async () => {
    const { run } = await harness('positive');
    const values = Array.from({ length: 20_000 }, (_, row) => ((row * 7919) % 13) - 6);
    expect(run([values])).toEqual(values.map(value => value > 0));
  });

  test('what a function may not do', async () => {
    const error = async (how: number): Promise<string> => {
      const { run } = await harness('wrong', { limits: { fuelPerBatch: 1_000_000 } });
      const { code, message } = failure(() => run([[how, 0]]));
      return `${code}: ${message}`;
    };
    expect(await error(1)).toContain("udf-result: 'wrong' returned 3 rows for 2");
    for (const how of [2, 3, 7]) expect(await error(how), String(how)).toMatch(/^udf-result: .* lies outside its memory/);
    expect(await error(4)).toContain('offsets that go down');
    expect(await error(5)).toMatch(/^udf-trap: 'wrong' trapped: .* in a call of 2 rows/);
    expect(await error(6)).toMatch(/^udf-fuel: /);
    expect(await error(8)).toContain('not UTF-8');
    expect(await error(9)).toContain('an offset');
    expect(await error(10)).toContain('first offset is not 0');
    const { run, failedRows } = await harness('wrong', { onTrap: 'null' });
    expect(run([[5, 0, null]])).toEqual([null, null, null]);
    expect(failedRows()).toBe(2);
    expect(run([[0, 0]])).toEqual(['', '']);
  });
});
