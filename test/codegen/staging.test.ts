import { expect, test } from 'vitest';
import { readRows } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { call, caseOf, cast, column, literal, userCall } from '../../core/plan/expressions.ts';
import { computeRows, schemaOf, testTask } from '../support/compute.ts';

const seen: unknown[] = [];
const task = testTask({
  userFunctions: {
    double: {
      name: 'double',
      call: (rows, columns, selection) => {
        const values = readRows(task.memory, { length: rows, columns, weights: 0, watermarkBefore: 0 });
        const chosen = values.map((_, row) => selection === 0 || task.memory.u8[selection + row] !== 0);
        seen.push(values.filter((_, row) => chosen[row]).map(([value]) => value));
        return columnOf(
          task.memory,
          types.int(),
          values.map(([value], row) => (chosen[row] && value !== null ? (value as number) * 2 : null)),
        );
      },
    },
  },
});
const input = schemaOf(types.int(), types.string());
const [a, s] = [column(0, input[0]!), column(1, input[1]!)];
const int = (value: number) => literal(value, types.int(false));
const double = userCall('double', [call('plus', [a, int(1)], types.int())], types.int());

test('a user function runs between loops, once for equal calls, on the rows that pass the filter', () => {
  seen.length = 0;
  const spec = {
    input,
    filter: call('greater-than', [a, int(1)], types.boolean()),
    outputs: [double, call('plus', [double, int(100)], types.int()), s],
  };
  expect(
    computeRows(task, spec, [
      [1, 'x'],
      [2, 'y'],
      [null, 'z'],
      [5, null],
    ]),
  ).toEqual([
    [6, 106, 'y'],
    [12, 112, null],
  ]);
  expect(seen).toEqual([[3, 6]]);
});

test('a user function sees only rows whose CASE branch is taken, and its arguments are not computed for others', () => {
  seen.length = 0;
  const guarded = userCall('double', [call('divide', [int(100), a], types.int())], types.int());
  const spec = {
    input,
    outputs: [caseOf([{ when: call('not-equals', [a, int(0)], types.boolean()), result: guarded }], int(-1), types.int())],
  };
  expect(
    computeRows(task, spec, [
      [0, null],
      [10, null],
      [null, null],
      [50, null],
    ]),
  ).toEqual([[-1], [20], [-1], [4]]);
  expect(seen).toEqual([[10, 2]]);
});

test('a user function in the filter', () => {
  seen.length = 0;
  const spec = {
    input,
    filter: call(
      'and',
      [call('less-than', [a, int(5)], types.boolean()), call('greater-than', [double, int(5)], types.boolean())],
      types.boolean(),
    ),
    outputs: [a, s],
  };
  expect(
    computeRows(task, spec, [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [9, 'd'],
      [null, 'e'],
    ]),
  ).toEqual([
    [2, 'b'],
    [3, 'c'],
  ]);
  expect(seen).toEqual([[2, 3, 4]]);
});

test('built-ins without generated code go by their reference', () => {
  const spec = {
    input,
    outputs: [
      call('regexp-replace', [s, literal('[aeiou]', types.char(7, false)), literal('*', types.char(1, false))], types.string()),
      cast(s, types.timestamp(3), true),
    ],
  };
  expect(
    computeRows(task, spec, [
      [1, 'tidemill'],
      [2, null],
      [3, '2026-01-31 12:00:00'],
    ]),
  ).toEqual([
    ['t*d*m*ll', null],
    [null, null],
    ['2026-01-31 12:00:00', 1769860800000000n],
  ]);
});
