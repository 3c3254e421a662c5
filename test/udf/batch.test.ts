import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { BatchUdf, type ColumnCallOptions, type LoadOptions, loadUdf } from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { assemblyScript, failure } from './support.ts';

/** Functions over columns, byte by byte as the Arrow C data interface and udf-sdk/abi say. */
const batches = `
// @sql-function {"name": "weighed", "kind": "batch", "arguments": ["DOUBLE", "INT"], "result": "DOUBLE"}
export function weighed(rows: i32, given: usize, result: usize): void {
  const price = data(given, 1);
  const weight = data(given + 64, 1);
  const out = data(result, 1);
  const valid = data(result, 0);
  for (let row = 0; row < rows; row++) {
    const value = load<f64>(price + row * 8) * load<i32>(weight + row * 4);
    store<f64>(out + row * 8, value);
    if (value < 0) {
      store<u8>(valid + (row >> 3), load<u8>(valid + (row >> 3)) & ~(<u8>1 << <u8>(row & 7)));
      store<i64>(result, -1, 8);
    }
  }
}
// @sql-function {"name": "reversed", "kind": "batch", "arguments": ["STRING", "BOOLEAN"], "result": "STRING", "nulls": "call"}
export function reversed(rows: i32, given: usize, result: usize): void {
  const offsets = data(given, 1);
  const text = data(given, 2);
  const valid = data(given, 0);
  const flags = data(given + 64, 1);
  const out = heap.alloc(load<i32>(offsets + rows * 4) + rows * 4 + 4);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const start = load<i32>(offsets + row * 4);
    const end = load<i32>(offsets + row * 4 + 4);
    if (valid != 0 && !(load<u8>(valid + (row >> 3)) & (1 << (row & 7)))) {
      store<u32>(out + at, 0x4c4c554e);
      at += 4;
    } else if (load<u8>(flags + (row >> 3)) & (1 << (row & 7)))
      for (let i = end - 1; i >= start; i--) store<u8>(out + at++, load<u8>(text + i));
    else for (let i = start; i < end; i++) store<u8>(out + at++, load<u8>(text + i));
    store<i32>(data(result, 1) + row * 4 + 4, at);
  }
  store<u32>(load<u32>(result + 40) + 8, <u32>out);
}
// @sql-function {"name": "positive", "kind": "batch", "arguments": ["INT NOT NULL"], "result": "BOOLEAN NOT NULL"}
export function positive(rows: i32, given: usize, result: usize): void {
  const from = data(given, 1);
  const to = data(result, 1);
  for (let row = 0; row < rows; row++)
    if (load<i32>(from + row * 4) > 0) store<u8>(to + (row >> 3), load<u8>(to + (row >> 3)) | (<u8>1 << <u8>(row & 7)));
}
// @sql-function {"name": "wrong", "kind": "batch", "arguments": ["INT"], "result": "STRING"}
export function wrong(rows: i32, given: usize, result: usize): void {
  const how = load<i32>(data(given, 1));
  const list = <usize>load<u32>(result + 40);
  if (how == 1) store<i64>(result, rows + 1);
  if (how == 2) store<u32>(list + 4, 0xfffffff0);
  if (how == 3) { store<i32>(data(result, 1) + rows * 4, 1 << 28); store<u32>(list + 8, 16); }
  if (how == 4) store<i32>(data(result, 1) + rows * 4, -1);
  if (how == 5) unreachable();
  if (how == 6) while (true) {}
  if (how == 7) store<u32>(result + 40, 0xfffffff8);
  if (how == 8) { store<i32>(data(result, 1) + rows * 4, 1); store<u8>(list + 12, 0xff); store<u32>(list + 8, <u32>list + 12); }
  if (how == 9) store<i64>(result + 16, 1);
  if (how == 10) store<i32>(data(result, 1), 1);
}
function data(array: usize, buffer: i32): usize { return load<u32>(load<u32>(array + 40) + buffer * 4); }
`;

async function harness(name: string, options: Partial<ColumnCallOptions> & Partial<LoadOptions> = {}) {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const module = loadUdf(await assemblyScript(batches), { name: 'test.wasm', ...options });
  const udf = new BatchUdf(module, name, memory, { kernels: loadKernels(memory), ...options });
  return {
    udf,
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
    const { run, udf } = await harness('wrong', { onTrap: 'null' });
    expect(run([[5, 0, null]])).toEqual([null, null, null]);
    expect(udf.trapCount).toBe(2);
    expect(run([[0, 0]])).toEqual(['', '']);
  });
});
