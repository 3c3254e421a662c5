import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canEmitCast } from '../../core/codegen/emitters/casts.ts';
import { compileCompute } from '../../core/codegen/index.ts';
import { readColumn } from '../../core/columnar/read-values.ts';
import { types, typeToString, withNullable } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { canCast, evaluateExpression } from '../../core/functions/index.ts';
import { cast, column } from '../../core/plan/expressions.ts';
import { computeRows, schemaOf, testTask } from '../support/compute.ts';
import { testedTypes, valuesOf } from '../support/random-expressions.ts';

const zone = 'America/New_York';
const task = testTask({ localTimeZone: zone });
const context = { localTimeZone: zone };
const all = [...testedTypes, types.char(6), types.decimal(3, 3), types.timestamp(0), types.timestampLtz(9), types.timestamp(6)];
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));

describe(`every cast in generated code is its reference (seed ${seed})`, () => {
  for (const from of all) {
    test(typeToString(from), () => {
      for (const to of all) {
        if (!canCast(from, to)) continue;
        expect(canEmitCast(from, to) || from.kind.startsWith('INTERVAL'), `${typeToString(from)} to ${typeToString(to)}`).toBe(
          true,
        );
        const values = fc.sample(valuesOf(from), { numRuns: 150, seed });
        for (const safe of [true, false]) {
          const input = schemaOf(from);
          const expression = cast(column(0, input[0]!), withNullable(to, true), safe);
          const outcome = (value: Value): Value | 'refused' => {
            try {
              return evaluateExpression(expression, [value], context);
            } catch (error) {
              if (error instanceof TidemillError && error.code === 'bad-cast') return 'refused';
              throw error;
            }
          };
          const expected = values.map(outcome);
          const good = values.filter((_, index) => expected[index] !== 'refused');
          const label = `${typeToString(from)} to ${typeToString(to)}${safe ? ', safe' : ''}`;
          const mark = task.memory.arena.mark();
          const compute = compileCompute({ input, outputs: [expression] }, task);
          const run = (rows: readonly Value[]): Value[] => {
            const { batch } = compute.run(
              valuesToBatch(
                task.memory,
                input,
                rows.map(value => [value]),
              ),
            );
            return readColumn(task.memory, batch.columns[0]!, batch.length);
          };
          const actual = run(good);
          for (const [index, value] of good.entries()) {
            const wanted = expected.filter(result => result !== 'refused')[index];
            expect(actual[index], `${label}: ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`).toEqual(
              wanted,
            );
          }
          const bad = values.find((_, index) => expected[index] === 'refused');
          if (bad !== undefined)
            expect(() => run([bad]), `${label}: ${String(bad)}`).toThrow(expect.objectContaining({ code: 'bad-cast' }));
          task.memory.arena.release(mark);
        }
      }
    });
  }
});

test('texts of floating point numbers are those of Java', () => {
  const input = schemaOf(types.double(), types.float());
  const text = types.string();
  const outputs = [cast(column(0, input[0]!), text), cast(column(1, input[1]!), text)];
  const rows: [number, number, string, string][] = [
    [1, 1, '1.0', '1.0'],
    [0.001, 0.001, '0.001', '0.001'],
    [1e-4, 1e-4, '1.0E-4', '1.0E-4'],
    [1e7, 1e7, '1.0E7', '1.0E7'],
    [9999999.5, 0.1, '9999999.5', '0.1'],
    [123456789.125, 16777216, '1.23456789125E8', '1.6777216E7'],
    [0.1 + 0.2, 3.4028235e38, '0.30000000000000004', '3.4028235E38'],
    [5e-324, 1.4e-45, '4.9E-324', '1.4E-45'],
    [-0, Number.NaN, '-0.0', 'NaN'],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, '-Infinity', 'Infinity'],
  ];
  const shortest: Record<string, string> = { '4.9E-324': '5.0E-324', '1.4E-45': '1.0E-45' };
  expect(
    computeRows(
      task,
      { input, outputs },
      rows.map(([a, b]) => [a, Math.fround(b)]),
    ),
  ).toEqual(rows.map(([, , a, b]) => [shortest[a] ?? a, shortest[b] ?? b]));
});

test('a refused text is named, with its place', () => {
  const input = schemaOf(types.string());
  const expression = cast(column(0, input[0]!), types.int(), false, { start: 7, end: 20 });
  expect(() => computeRows(task, { input, outputs: [expression] }, [['12'], [' 13 '], ['twelve']])).toThrow(
    expect.objectContaining({
      code: 'bad-cast',
      span: { start: 7, end: 20 },
      message: expect.stringContaining("'twelve' cannot be cast to INT"),
    }),
  );
});
