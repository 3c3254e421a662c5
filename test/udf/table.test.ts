import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { FunctionFailures, type LoadOptions, loadUdf } from '../../core/udf/index.ts';
import { TableUdf, type TableUdfOptions } from '../../core/udf/table-udf.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { assemblyScript, failure } from './support.ts';
import { tableModules } from './table-modules.ts';

interface Harness {
  /** Calls that failed since it was last asked. */
  failedRows(): number;
  /** The rows, each behind the number of its input row; made `capacity` at a time. */
  run(columns: readonly (readonly Value[])[], options?: { outer?: boolean; capacity?: number }): Value[][];
}

async function harness(
  source: string,
  name: string,
  options: Partial<TableUdfOptions> & Partial<LoadOptions> = {},
): Promise<Harness> {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const module = loadUdf(await assemblyScript(source), { name: 'test.wasm', ...options });
  const failures = new FunctionFailures();
  const udf = new TableUdf(module, name, memory, { kernels: loadKernels(memory), failures, ...options });
  return {
    failedRows: () => failures.take(),
    run(columns, { outer = false, capacity = 8192 } = {}) {
      const rows = columns[0]?.length ?? 1;
      const made: Value[][] = [];
      for (let begins = true; ; begins = false) {
        memory.arena.reset();
        const inputs = udf.signature.arguments.map((type, index) => columnOf(memory, type, columns[index]!));
        const { count, picks, columns: out, done } = udf.call({ rows, arguments: inputs, begins, outer, capacity });
        expect(count).toBeLessThanOrEqual(capacity);
        const values = out.map(column => readColumn(memory, column, count));
        for (let row = 0; row < count; row++) made.push([memory.u32[(picks >> 2) + row]!, ...values.map(column => column[row]!)]);
        if (done) return made;
      }
    },
  };
}

const words = (text: Value): [string, number | null][] =>
  (text as string)
    .split(' ')
    .filter(word => word !== '')
    .map(word => [word, new TextEncoder().encode(word).length])
    .map(([word, length]) => [word as string, (length as number) > 40 ? null : (length as number)]);

describe('rows of a table function', () => {
  test('words of texts: none, several, long ones, NULL', async () => {
    const { run } = await harness(tableModules, 'split');
    const texts = ['a bc def', '', null, ' one  two ', `x ${'long'.repeat(20)} grüße`];
    const expected = texts.flatMap((text, row) => (text === null ? [] : words(text).map(word => [row, ...word])));
    expect(run([texts])).toEqual(expected);
    expect(run([texts], { capacity: 2 })).toEqual(expected);
  });

  test('a row without rows gives one of NULLs with outer', async () => {
    const { run } = await harness(tableModules, 'split');
    const texts = ['', 'a', null, 'b c', ' '];
    const expected = [
      [0, null, null],
      [1, 'a', 1],
      [2, null, null],
      [3, 'b', 1],
      [3, 'c', 1],
      [4, null, null],
    ];
    expect(run([texts], { outer: true })).toEqual(expected);
    expect(run([texts], { outer: true, capacity: 1 })).toEqual(expected);
  });

  test('blocks follow one another', async () => {
    const { run } = await harness(tableModules, 'series');
    const series = (first: number, last: number, row: number): Value[][] =>
      Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => [row, BigInt(first + index)]);
    const input: Value[][] = [
      [1n, 5n, 0n, 100n],
      [1000n, 4n, 99n, 300n],
    ];
    const expected = [...series(1, 1000, 0), ...series(0, 99, 2), ...series(100, 300, 3)];
    expect(run(input)).toEqual(expected);
    expect(run(input, { capacity: 37 })).toEqual(expected);
  });

  test('any texts, in pieces of any size, inner and outer', async () => {
    const { run } = await harness(tableModules, 'split');
    const text = fc.option(
      fc.array(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('grüße', 'a'.repeat(60), 'b'.repeat(70_000))), {
        maxLength: 6,
      }),
      { freq: 6 },
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), fc.boolean(), (lists, capacity, outer) => {
        const texts = lists.map(list => list?.join(' ') ?? null);
        const expected = texts.flatMap((value, row): Value[][] => {
          const made = value === null ? [] : words(value).map(word => [row, ...word]);
          return made.length === 0 && outer ? [[row, null, null]] : made;
        });
        expect(run([texts], { capacity, outer })).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

const broken = `
// @sql-table wrong(how INT) RETURNS TABLE (n BIGINT NOT NULL, word STRING, price DECIMAL(5, 2) NOT NULL)
export function wrong(how: i32): u64 {
  const out = heap.alloc(64);
  store<u64>(out, 0);
  store<i64>(out, how, 8);
  store<u64>(out, 0, 16);
  store<i64>(out, 12345, 24);
  if (how == 1) return (<u64>1 << 32) | 0xfffffff0;
  if (how == 2) return (<u64>0x7fffffff << 32) | out;
  if (how == 3) return (<u64>1 << 63) | (<u64>1 << 32) | out;
  if (how == 4) store<u64>(out, 1);
  if (how == 5) store<u64>(out, (<u64>20 << 32) | 0xfffffff0, 16);
  if (how == 6) store<i64>(out, 100000, 24);
  if (how == 7) unreachable();
  if (how == 8) { store<u8>(out + 40, 0xff); store<u64>(out, (<u64>1 << 32) | (out + 40), 16); }
  if (how == 9) while (true) {}
  return (<u64>1 << 32) | out;
}
// @sql-table empty() RETURNS TABLE (n BIGINT)
export function empty(): u64 { return <u64>1 << 63; }
export function empty_next(): u64 { return <u64>1 << 63; }
`;

describe('a table function that does wrong', () => {
  const error = async (how: number): Promise<string> => {
    const { run } = await harness(broken, 'wrong', { limits: { fuelPerBatch: 1_000_000 } });
    const { code, message } = failure(() => run([[0, how]]));
    return `${code}: ${message}`;
  };
  test('each gets its error', async () => {
    expect(await error(1)).toBe("udf-result: 'wrong' returned rows that lie outside its memory in row 1 of the batch");
    expect(await error(2)).toBe("udf-result: 'wrong' returned rows that lie outside its memory in row 1 of the batch");
    expect(await error(3)).toContain('says that more rows come, and its module exports no wrong_next');
    expect(await error(4)).toContain('returned NULL in a column that is NOT NULL');
    expect(await error(5)).toContain('returned text that lies outside its memory');
    expect(await error(6)).toContain('returned a decimal with more digits');
    expect(await error(7)).toMatch(/^udf-trap: 'wrong' trapped: .* in row 1 of the batch/);
    expect(await error(8)).toBe("udf-result: 'wrong' returned bytes that are not UTF-8 for row 1 of the batch");
    expect(await error(9)).toMatch(/^udf-fuel: /);
  });

  test('blocks without rows for ever run out of fuel', async () => {
    const { run } = await harness(broken, 'empty', { limits: { fuelPerBatch: 100_000, fuelPerRow: 0 } });
    expect(failure(() => run([])).code).toBe('udf-fuel');
  });

  test('a trap ends the rows of its call where the policy says so', async () => {
    const { run, failedRows } = await harness(broken, 'wrong', { onTrap: 'null', limits: { fuelPerBatch: 1_000_000 } });
    expect(run([[0, 7, 10, 9, 11]]).map(([row, n]) => [row, n])).toEqual([
      [0, 0n],
      [2, 10n],
      [4, 11n],
    ]);
    expect(failedRows()).toBe(2);
    expect(run([[7, 10]], { outer: true }).map(([row, n]) => [row, n])).toEqual([
      [0, null],
      [1, 10n],
    ]);
  });

  test('rows without end fail the job, or end where the policy says so', async () => {
    const limits = { rowsPerCallMax: 1000 };
    const endless = [
      [1n, 1n, 7n],
      [3n, 1_000_000_000n, 8n],
    ];
    const fails = await harness(tableModules, 'series', { limits });
    expect(failure(() => fails.run(endless)).message).toBe("'series' made more than 1,000 rows in one call");
    for (const outer of [false, true]) {
      const { run, failedRows } = await harness(tableModules, 'series', { limits, onTrap: 'null' });
      const rows = run(endless, { outer, capacity: 64 });
      const ofRow = (row: number) => rows.filter(([of]) => of === row).map(([, n]) => n);
      expect(ofRow(0)).toEqual([1n, 2n, 3n]);
      expect(ofRow(1).slice(0, 3)).toEqual([1n, 2n, 3n]);
      expect(ofRow(1).length).toBeGreaterThanOrEqual(1000);
      expect(ofRow(1).length).toBeLessThan(1200);
      expect(ofRow(2)).toEqual([7n, 8n]);
      expect(failedRows()).toBe(1);
    }
  });
});
