import { describe, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import type { AggregateSignature } from '../../core/udf/aggregate-signature.ts';
import { loadComponent } from '../../core/udf/component.ts';
import {
  ComponentAggregate,
  ComponentTable,
  encodeSignatures,
  FunctionFailures,
  signatureSection,
  startOfAggregate,
} from '../../core/udf/index.ts';
import type { TableSignature } from '../../core/udf/table-signature.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { withCustomSection } from '../../core/wasm/reader/index.ts';
import { componentHeader } from './support.ts';

/** A component of which jco would have made this JavaScript. */
function componentOf(signature: AggregateSignature | TableSignature, exported: string) {
  const glue = `export function instantiate() {
    const none = new Uint8Array();
    const bytes = values => new Uint8Array(values.buffer);
    const ints = column => new Int32Array(Uint8Array.from(column.data).buffer);
    const doubles = column => new Float64Array(Uint8Array.from(column.data).buffer);
    const column = data => ({ validity: none, data: bytes(data), text: none });
    return { ${exported} };
  }`;
  const bytes = withCustomSection(componentHeader, signatureSection, encodeSignatures([signature]));
  return loadComponent(bytes, 'f.wasm', { glue, cores: new Map() });
}

const common = { name: 'f', nulls: 'propagate', deterministic: true } as const;
const series: TableSignature = {
  ...common,
  kind: 'table',
  arguments: [types.int()],
  result: types.bigint(false),
  columns: [
    { name: 'k', type: types.int(false) },
    { name: 'word', type: types.string(false) },
  ],
};
/** n rows for n; −1 is an error of the function. */
const makesSeries = `callTable(name, rows, [column0]) {
  const of = []; const k = [];
  for (const [row, n] of ints(column0).entries()) {
    if (n < 0) throw Object.assign(new Error(), { payload: 'no such series' });
    for (let at = 0; at < n; at++) { of.push(row); k.push(at); }
  }
  const words = k.map(at => 'word '.repeat(at + 1));
  const offsets = [0];
  for (const word of words) offsets.push(offsets.at(-1) + word.length);
  return [column(Uint32Array.from(of)), column(Int32Array.from(k)),
    { validity: none, data: bytes(Int32Array.from(offsets)), text: Uint8Array.from(words.join(''), letter => letter.charCodeAt(0)) }];
}`;

function rowsOf(
  values: readonly (number | null)[],
  { exported = makesSeries, outer = false, capacity = 3, onTrap = 'fail' as 'fail' | 'null' } = {},
) {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const failures = new FunctionFailures();
  const table = new ComponentTable(componentOf(series, exported), 'f', memory, {
    kernels: loadKernels(memory),
    onTrap,
    failures,
  });
  const input = columnOf(memory, types.int(), values);
  const rows: Value[][] = [];
  const complete: number[] = [];
  for (let begins = true; ; begins = false) {
    const made = table.call({ rows: values.length, arguments: [input], begins, outer, capacity });
    expect(made.count).toBeLessThanOrEqual(capacity);
    const [k, word] = made.columns.map(column => readColumn(memory, column, made.count));
    for (let index = 0; index < made.count; index++)
      rows.push([memory.u32[(made.picks >>> 2) + index]!, k![index]!, word![index]!]);
    complete.push(made.complete);
    if (made.done) return { rows, complete, failed: failures.take(), lines: failures.lines() };
  }
}

describe('table functions of components', () => {
  test('give their rows piece by piece, with long text, and none for NULL', () => {
    const { rows, complete } = rowsOf([2, null, 0, 3]);
    expect(rows).toEqual([
      [0, 0, 'word '],
      [0, 1, 'word word '],
      [3, 0, 'word '],
      [3, 1, 'word word '],
      [3, 2, 'word word word '],
    ]);
    expect(complete).toEqual([3, 4]);
  });

  test('with LEFT JOIN a row without rows comes once, with NULLs', () => {
    expect(rowsOf([1, null, 0], { outer: true }).rows).toEqual([
      [0, 0, 'word '],
      [1, null, null],
      [2, null, null],
    ]);
  });

  test('an error fails the job, or the rows of the call go without', () => {
    expect(() => rowsOf([1, -1])).toThrow(/no such series/);
    const { rows, failed, lines } = rowsOf([1, -1], { onTrap: 'null' });
    expect({ rows, failed }).toEqual({ rows: [], failed: 2 });
    expect(lines[0]).toMatch(/^2 rows without a result of f: .*no such series/);
  });

  test.each([
    ['too few columns', '[column(Uint32Array.of(0)), column(Int32Array.of(1))]', /returned 2 columns, not 3/],
    ['no columns', '[]', /returned 0 columns/],
    ['a row of no row', '[column(Uint32Array.of(7)), column(Int32Array.of(1)), column(Int32Array.of(0, 0))]', /row 7/],
    [
      'rows that go down',
      '[column(Uint32Array.of(1, 0)), column(Int32Array.of(1, 1)), column(Int32Array.of(0, 0, 0))]',
      /goes down/,
    ],
    [
      'too little data',
      '[column(Uint32Array.of(0)), column(Int32Array.of()), column(Int32Array.of(0, 0))]',
      /0 bytes of data for 1 rows/,
    ],
    ['text outside', '[column(Uint32Array.of(0)), column(Int32Array.of(1)), column(Int32Array.of(0, 9))]', /outside the text/],
    [
      'text that is not UTF-8',
      '[column(Uint32Array.of(0)), column(Int32Array.of(1)), { ...column(Int32Array.of(0, 1)), text: Uint8Array.of(255) }]',
      /not UTF-8/,
    ],
  ])('%s is said', (_, given, message) => {
    expect(() => rowsOf([1, 1], { exported: `callTable() { return ${given}; }` })).toThrow(message);
  });
});

const mean = (result: SqlType, kept: Pick<AggregateSignature, 'accumulators' | 'stateBytes'>): AggregateSignature => ({
  ...common,
  kind: 'aggregate',
  arguments: [types.double()],
  result,
  parts: ['init', 'retract', 'merge'],
  ...kept,
});
/** Sum and count, which begin with 100 and 0; three accumulators of other types. */
const sums = `
  begin() { return [column(Float64Array.of(100)), column(Int32Array.of(0)), column(Float32Array.of(0.5))]; },
  accumulate(name, [total, count, half], rows, groups, retract, [x]) {
    const [t, c, h] = [doubles(total), ints(count), new Float32Array(Uint8Array.from(half.data).buffer)];
    for (const [row, group] of ints({ data: groups }).entries()) {
      const sign = retract.length > 0 && retract[row] !== 0 ? -1 : 1;
      t[group] += sign * doubles(x)[row]; c[group] -= sign; h[group] *= 2;
    }
    return [column(t), column(c), column(h)];
  },
  merge(name, [total, count, half], groups, others) {
    const [t, c] = [doubles(total), ints(count)];
    for (const [row, group] of ints({ data: groups }).entries()) { t[group] += doubles(others[0])[row]; c[group] += ints(others[1])[row]; }
    return [column(t), column(c), half];
  },
  finish(name, groups, [total, count]) {
    const result = doubles(total).map((value, row) => value + ints(count)[row] / 100);
    const validity = Uint8Array.of(...Array.from({ length: (groups + 7) >> 3 }, (_, byte) => {
      let bits = 0;
      for (let bit = 0; bit < 8; bit++) if (ints(count)[8 * byte + bit] !== 0) bits |= 1 << bit;
      return bits;
    }));
    return { ...column(result), validity };
  }`;

describe('aggregates of components', () => {
  const kept = { accumulators: [types.double(), types.int(), types.float()] };
  const groupOf = (memory: TaskMemory, initial: readonly number[]): number => {
    const address = memory.arena.allocate(8 + initial.length);
    memory.u8.set(initial, address + 8);
    return address;
  };
  const words = (memory: TaskMemory, values: readonly number[]): number => {
    const address = memory.arena.allocate(4 * values.length);
    memory.u32.set(values, address >>> 2);
    return address;
  };

  test('take rows in and out, merge, and give results', () => {
    const module = componentOf(mean(types.double(), kept), sums);
    const { initial, empty } = startOfAggregate(module, 'f', loadKernels);
    expect(initial.length).toBe(24);
    expect(empty).toBe(null);
    const memory = new TaskMemory({ pagesInitial: 16 });
    const udf = new ComponentAggregate(module, 'f', memory, loadKernels(memory));
    const [first, second, third] = [0, 1, 2].map(() => groupOf(memory, initial)) as [number, number, number];
    const x = columnOf(memory, types.double(), [1, 2, null, 4, 8]);
    const rows = words(memory, [first, second, first, 0, first]);
    udf.accumulate({ from: 0, to: 5, order: 0, rows, weights: 0, columns: [x], base: 8 });
    const groups = words(memory, [first, second, third]);
    const results = () => readColumn(memory, udf.finish(3, groups, 8), 3);
    expect(results()).toEqual([109 - 0.02, 102 - 0.01, null]);
    const weights = memory.arena.allocate(8);
    memory.u8.set([255, 0, 1, 1, 1], weights);
    udf.accumulate({ from: 0, to: 2, order: words(memory, [0, 1]), rows, weights, columns: [x], base: 8 });
    expect(results()).toEqual([108 - 0.01, 102 - 0.01, null]);
    udf.merge({
      from: 0,
      to: 1,
      order: 0,
      targets: words(memory, [first]),
      selection: 0,
      sources: words(memory, [second]),
      views: 0,
      base: 8,
    });
    expect(results()).toEqual([210 - 0.02, 102 - 0.01, null]);
    const view = memory.arena.allocate(16);
    memory.u32.set(
      [24, 0, second + 8, 0].map((value, index) => (index === 2 ? second + 8 : value)),
      view >>> 2,
    );
    udf.merge({ from: 0, to: 1, order: 0, targets: words(memory, [third]), selection: 0, sources: 0, views: view, base: 8 });
    expect(results()).toEqual([210 - 0.02, 102 - 0.01, 202 - 0.01]);
  });

  test('keep blocks byte by byte', () => {
    const exported = `
      accumulate(name, [block], rows, groups, retract, [x]) {
        const data = Uint8Array.from(block.data);
        for (const [row, group] of ints({ data: groups }).entries()) data[group * 5] += doubles(x)[row];
        return [{ ...block, data }];
      },
      finish(name, groups, [block]) { return column(Float64Array.from({ length: groups }, (_, group) => block.data[group * 5])); }`;
    const module = componentOf({ ...mean(types.double(false), { stateBytes: 5 }), parts: [] }, exported);
    const { initial, empty } = startOfAggregate(module, 'f', loadKernels);
    expect({ initial, empty }).toEqual({ initial: new Array(8).fill(0), empty: 0 });
    const memory = new TaskMemory({ pagesInitial: 16 });
    const udf = new ComponentAggregate(module, 'f', memory, loadKernels(memory));
    const groups = [0, 1].map(() => groupOf(memory, initial));
    const rows = words(memory, [groups[0]!, groups[1]!, groups[1]!]);
    udf.accumulate({
      from: 0,
      to: 3,
      order: 0,
      rows,
      weights: 0,
      columns: [columnOf(memory, types.double(), [1, 2, 3])],
      base: 8,
    });
    expect(readColumn(memory, udf.finish(2, words(memory, groups), 8), 2)).toEqual([1, 5]);
  });

  test.each([
    ['too few accumulators', 'return [total];', /returned 1 accumulators, not 3/],
    ['too short ones', 'return [column(Float64Array.of()), count, half];', /0 bytes of accumulators, not 8/],
    ['NULL', 'return [{ ...total, validity: Uint8Array.of(0) }, count, half];', /NULL/],
    ['a trap', 'unreachable();', /trapped/],
    ['an error', "throw Object.assign(new Error(), { payload: 'no sum' });", /failed: no sum/],
  ])('%s fails the job', (_, body, message) => {
    const module = componentOf(mean(types.double(), kept), `accumulate(name, [total, count, half]) { ${body} }`);
    const memory = new TaskMemory({ pagesInitial: 16 });
    const udf = new ComponentAggregate(module, 'f', memory, loadKernels(memory));
    const rows = words(memory, [groupOf(memory, new Array(24).fill(0))]);
    const x = columnOf(memory, types.double(), [1]);
    expect(() => udf.accumulate({ from: 0, to: 1, order: 0, rows, weights: 0, columns: [x], base: 8 })).toThrow(message);
  });
});
