import { describe, expect, test } from 'vitest';
import { hashBytesReference, hashWordsReference } from '../../core/codegen/hash.ts';
import { compileCompute } from '../../core/codegen/index.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { readRows, readWeights } from '../../core/columnar/read-values.ts';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { call, caseOf, column, type Expression, fieldAccess, literal } from '../../core/plan/expressions.ts';
import { computeRows, schemaOf, testTask } from '../support/compute.ts';

const task = testTask();
const sizes = [0, 1, 7, 63, 64, 65, 1000];
const bigintColumn = (index: number, nullable = true): Expression =>
  column(index, { name: `c${index}`, type: types.bigint(nullable) });
const big = (value: bigint): Expression => literal(value, types.bigint(false));
const boolean = types.boolean();

/** Deterministic values with NULLs. */
function rowsOf(count: number, nulls: boolean): (bigint | null)[][] {
  return Array.from({ length: count }, (_, index) => [
    nulls && index % 5 === 3 ? null : BigInt((index * 7919) % 1000),
    nulls && index % 7 === 2 ? null : BigInt(index),
  ]);
}

describe('filter and projection', () => {
  for (const nullable of [false, true]) {
    for (const nulls of nullable ? [false, true] : [false]) {
      for (const size of sizes) {
        test(`${size} rows, nullable ${nullable}, with NULLs ${nulls}`, () => {
          const schema = schemaOf(types.bigint(nullable), types.bigint(nullable));
          const spec = {
            input: schema,
            filter: call('greater-than', [bigintColumn(0, nullable), big(500n)], boolean),
            outputs: [
              bigintColumn(1, nullable),
              call('plus', [bigintColumn(0, nullable), bigintColumn(1, nullable)], types.bigint(nullable)),
              call('times', [bigintColumn(1, nullable), big(3n)], types.bigint(nullable)),
            ],
          };
          const rows = rowsOf(size, nulls);
          const expected = rows
            .filter(([a]) => a !== null && a! > 500n)
            .map(([a, b]) => [b, b === null ? null : a! + b!, b === null ? null : b! * 3n]);
          expect(computeRows(task, spec, rows)).toEqual(expected);
          const unfiltered = { input: schema, outputs: spec.outputs };
          expect(computeRows(task, unfiltered, rows)).toEqual(
            rows.map(([a, b]) => [b, a === null || b === null ? null : a! + b!, b === null ? null : b! * 3n]),
          );
        });
      }
    }
  }

  test('an unfiltered column is passed through without a copy', () => {
    const batch = valuesToBatch(task.memory, schemaOf(types.bigint()), [[1n], [null]]);
    const compute = compileCompute({ input: schemaOf(types.bigint()), outputs: [bigintColumn(0)] }, task);
    expect(compute.run(batch).batch.columns[0]!.data).toBe(batch.columns[0]!.data);
  });

  test('weights go along, and many columns are gathered', () => {
    const input = schemaOf(
      types.bigint(),
      types.string(),
      types.boolean(),
      types.double(),
      types.array(types.int()),
      types.smallint(),
    );
    const rows: Value[][] = Array.from({ length: 100 }, (_, index) => [
      BigInt(index),
      `row number ${index}`,
      index % 3 === 0,
      index / 2,
      index % 4 === 0 ? null : Array.from({ length: index % 5 }, (_, inner) => inner + index),
      null,
    ]);
    const weights = rows.map((_, index) => (index % 2 === 0 ? 1 : -1));
    const batch = valuesToBatch(task.memory, input, rows, weights);
    const compute = compileCompute(
      {
        input,
        filter: call('equals', [call('mod', [bigintColumn(0), big(3n)], types.bigint()), big(1n)], boolean),
        outputs: input.map((field, index) => column(index, field)),
      },
      task,
    );
    const result = compute.run(batch).batch;
    expect(readRows(task.memory, result)).toEqual(rows.filter((_, index) => index % 3 === 1));
    expect(readWeights(task.memory, result)).toEqual(weights.filter((_, index) => index % 3 === 1));
  });

  test('fields of a ROW are columns', () => {
    const inner = { name: 'a', type: types.int() };
    const row = types.row([inner, { name: 'b', type: types.string() }]);
    const input = schemaOf(row);
    const reference = fieldAccess(column(0, input[0]!), 0, inner, types.int());
    const rows: Value[][] = [[[1, 'x']], [null], [[null, 'y']], [[4, 'z']]];
    expect(computeRows(task, { input, outputs: [reference] }, rows)).toEqual([[1], [null], [null], [4]]);
    expect(
      computeRows(
        task,
        {
          input,
          filter: call('greater-than', [reference, literal(1, types.int(false))], boolean),
          outputs: [column(0, input[0]!)],
        },
        rows,
      ),
    ).toEqual([[[4, 'z']]]);
  });
});

describe('three-valued logic', () => {
  const all: (boolean | null)[] = [true, false, null];
  const input = schemaOf(boolean, boolean);
  const [a, b] = [column(0, input[0]!), column(1, input[1]!)];
  const rows = all.flatMap(left => all.map(right => [left, right]));
  const and = (x: boolean | null, y: boolean | null): boolean | null =>
    x === false || y === false ? false : x === null || y === null ? null : true;
  const or = (x: boolean | null, y: boolean | null): boolean | null =>
    x === true || y === true ? true : x === null || y === null ? null : false;
  // a costly operand makes the connectives lazy
  const costly = (inner: Expression): Expression =>
    caseOf([{ when: call('is-null', [inner], types.boolean(false)), result: literal(null, boolean) }], inner, boolean);
  for (const [name, oracle] of [
    ['and', and],
    ['or', or],
  ] as const) {
    test(name, () => {
      for (const right of [b, costly(b)]) {
        const spec = {
          input,
          outputs: [call(name, [a, right], boolean), call('not', [call(name, [a, right], boolean)], boolean)],
        };
        expect(computeRows(task, spec, rows)).toEqual(
          rows.map(([x, y]) => {
            const value = oracle(x!, y!);
            return [value, value === null ? null : !value];
          }),
        );
        expect(computeRows(task, { input, filter: call(name, [a, right], boolean), outputs: [a, b] }, rows)).toEqual(
          rows.filter(([x, y]) => oracle(x!, y!) === true),
        );
      }
    });
  }
  test('IS tests', () => {
    const never = types.boolean(false);
    const names = [
      'is-true',
      'is-not-true',
      'is-false',
      'is-not-false',
      'is-null',
      'is-not-null',
      'is-unknown',
      'is-not-unknown',
    ];
    expect(
      computeRows(task, { input, outputs: names.map(name => call(name, [a], never)) }, [
        [true, null],
        [false, null],
        [null, null],
      ]),
    ).toEqual([
      [true, false, false, true, false, true, false, true],
      [false, true, true, false, false, true, false, true],
      [false, true, false, true, true, false, true, false],
    ]);
  });
});

test('integers wrap; division by zero names its place', () => {
  const input = schemaOf(types.int(), types.tinyint());
  const [a, b] = [column(0, input[0]!), column(1, input[1]!)];
  const one = literal(1, types.int(false));
  const divide = call('divide', [one, a], types.int(), { start: 10, end: 15 });
  expect(
    computeRows(task, { input, outputs: [call('plus', [a, one], types.int()), call('times', [b, b], types.tinyint())] }, [
      [2147483647, 127],
      [null, 100],
    ]),
  ).toEqual([
    [-2147483648, 1],
    [null, 16],
  ]);
  expect(
    computeRows(task, { input, outputs: [divide] }, [
      [3, null],
      [null, null],
      [-1, null],
    ]),
  ).toEqual([[0], [null], [-1]]);
  expect(() =>
    computeRows(task, { input, outputs: [divide] }, [
      [3, null],
      [0, null],
    ]),
  ).toThrow(expect.objectContaining({ code: 'division-by-zero', span: { start: 10, end: 15 } }));
  // the filter keeps the row away from the division
  const guarded = call(
    'and',
    [
      call('not-equals', [a, literal(0, types.int(false))], boolean),
      call('greater-than', [divide, literal(-1, types.int(false))], boolean),
    ],
    boolean,
  );
  expect(
    computeRows(task, { input, filter: guarded, outputs: [a] }, [
      [0, null],
      [2, null],
      [null, null],
    ]),
  ).toEqual([[2]]);
});

describe('keys', () => {
  const long = 'a string of more than twelve bytes';
  test('rows are canonical, hashes agree with the reference and the kernel', () => {
    const keyTypes: SqlType[] = [types.bigint(), types.string(), types.double(false), types.boolean()];
    const input = schemaOf(...keyTypes);
    const layout = keyLayoutOf(keyTypes);
    const rows: Value[][] = [
      [1n, 'short', 0.5, true],
      [-1n, long, Number.NaN, null],
      [null, null, -0, false],
    ];
    const compute = compileCompute(
      { input, outputs: [], key: { expressions: input.map((field, index) => column(index, field)), layout } },
      task,
    );
    const batch = valuesToBatch(task.memory, input, rows);
    const result = compute.run(batch);
    const words = (row: number): bigint[] =>
      Array.from({ length: layout.strideBytes / 8 }, (_, index) =>
        BigInt.asUintN(64, task.memory.i64[(result.keyRows + row * layout.strideBytes) / 8 + index]!),
      );
    expect(words(0)).toEqual([0n, 1n, 5n | (0x726f6873n << 32n), 0x74n, 0x3fe0000000000000n, 1n]);
    expect(words(1)[0]).toBe(8n);
    expect(words(1)[4]).toBe(0x7ff8000000000000n);
    expect(words(2)).toEqual([3n, 0n, 0n, 0n, 0x8000000000000000n, 0n]);
    const hashes = Array.from(task.memory.u32.subarray(result.hashes / 4, result.hashes / 4 + 3));
    const second = words(1);
    second[3] = hashBytesReference(new TextEncoder().encode(long));
    expect(hashes).toEqual([hashWordsReference(words(0)), hashWordsReference(second), hashWordsReference(words(2))]);
  });
});

test('IN over long lists is a search', () => {
  const input = schemaOf(types.bigint(), types.int());
  const numbers = Array.from({ length: 40 }, (_, index) => index * 7 - 50);
  const outputs = [
    call('in', [column(0, input[0]!), ...numbers.map(value => literal(BigInt(value), types.bigint(false)))], boolean),
    call('in', [column(1, input[1]!), ...numbers.map(value => literal(value, types.int(false)))], boolean),
    call(
      'in',
      [column(1, input[1]!), ...numbers.map(value => literal(value, types.int(false))), literal(null, types.int())],
      boolean,
    ),
  ];
  const rows = Array.from({ length: 400 }, (_, index) => (index % 9 === 0 ? [null, null] : [BigInt(index - 100), index - 100]));
  expect(computeRows(task, { input, outputs }, rows)).toEqual(
    rows.map(([, value]) => {
      const found = value === null ? null : numbers.includes(value as number);
      return [found, found, found === true ? true : null];
    }),
  );
});

test('a text that cannot be is refused, not wrapped around', () => {
  const input = schemaOf(types.string());
  const outputs = [call('repeat', [column(0, input[0]!), literal(1 << 30, types.int(false))], types.string())];
  expect(computeRows(task, { input, outputs }, [[''], [null]])).toEqual([[''], [null]]);
  expect(() => computeRows(task, { input, outputs }, [['abcd']])).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
});
