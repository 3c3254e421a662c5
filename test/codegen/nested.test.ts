import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCompute } from '../../core/codegen/index.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type SqlType, types, typeToString, withNullable } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { evaluateExpression } from '../../core/functions/index.ts';
import { call, caseOf, column, type Expression, fieldAccess, literal, nullLiteral } from '../../core/plan/expressions.ts';
import { allTypes, arbitraryType, arbitraryValue, nestedTypes } from '../columnar/arbitraries.ts';
import { schemaOf, testTask } from '../support/compute.ts';
import { bindCall } from '../support/random-expressions.ts';

const context = { localTimeZone: 'UTC' };
const task = testTask(context);
const int = (value: number): Expression => literal(value, types.int(false));
const bound = (name: string, ...args: readonly Expression[]): Expression[] => {
  const made = bindCall(name, args);
  return made === undefined ? [] : [made];
};

/** What can be asked of a column of any type, of another of the same type, of a condition and of a small number. */
function questions(a: Expression, b: Expression, condition: Expression, place: Expression): Expression[] {
  const { type } = a;
  const common = withNullable(type, true);
  const array = call('array', [a, b, a], types.array(common, false));
  const row = types.row(
    [
      { name: 'p', type: a.type },
      { name: 'q', type: place.type },
    ],
    false,
  );
  const pair = call('row', [a, place], row);
  const ofArrays = [
    'array-distinct',
    'array-reverse',
    'array-max',
    'array-min',
    'array-sort',
    'only-element',
    'cardinality',
    'map-keys',
    'map-values',
    'map-entries',
  ];
  const arrays = type.kind === 'ARRAY' ? [a, b] : [array, call('array', [b], types.array(common, false))];
  const [left, right] = arrays as [Expression, Expression];
  return [
    array,
    pair,
    fieldAccess(pair, 0, row.fields[0]!, row.fields[0]!.type),
    ...bound('element', array, call('plus', [place, int(1)], types.int())),
    caseOf([{ when: condition, result: a }], b, common),
    caseOf([{ when: condition, result: a }], nullLiteral(common), common),
    call('coalesce', [a, b], common),
    call('is-null', [a], types.boolean(false)),
    call('is-not-null', [caseOf([{ when: condition, result: a }], b, common)], types.boolean(false)),
    ...['equals', 'not-equals', 'is-distinct-from', 'is-not-distinct-from', 'nullif'].flatMap(name => bound(name, a, b)),
    ...ofArrays.flatMap(name => [...bound(name, left), ...bound(name, a)]),
    ...['array-concat', 'array-union', 'array-except', 'array-intersect'].flatMap(name => bound(name, left, right)),
    ...['array-append', 'array-prepend', 'array-contains', 'array-position', 'array-remove'].flatMap(name =>
      bound(name, array, b),
    ),
    ...bound('array-slice', left, place, int(2)),
    ...bound('map', place, a, int(1), b),
  ];
}

const shape = (type: SqlType) =>
  fc.array(fc.tuple(arbitraryValue(type), arbitraryValue(type), fc.option(fc.boolean()), fc.option(fc.nat(3))), {
    minLength: 1,
    maxLength: 70,
  });

function check(type: SqlType, rows: readonly (readonly Value[])[]): void {
  const input = schemaOf(type, type, types.boolean(), types.int());
  const [a, b, condition, place] = input.map((field, index) => column(index, field));
  for (const filter of [undefined, call('is-not-true', [condition!], types.boolean(false))]) {
    for (const asked of questions(a!, b!, condition!, place!)) {
      let expected: Value[][];
      try {
        const kept = rows.filter(row => filter === undefined || evaluateExpression(filter, row, context) === true);
        expected = kept.map(row => [evaluateExpression(asked, row, context), row[0]!]);
      } catch {
        continue;
      }
      const mark = task.memory.arena.mark();
      const { batch } = compileCompute({ input, filter, outputs: [asked, a!] }, task).run(
        valuesToBatch(task.memory, input, rows),
      );
      const shown = `${asked.kind === 'call' ? asked.name : asked.kind} over ${typeToString(type)}`;
      expect(readRows(task.memory, batch), shown).toEqual(expected);
      task.memory.arena.release(mark);
    }
  }
}

test('nested values are made, taken apart, chosen and compared as the references do it', () => {
  const chosen = fc.oneof(fc.constantFrom(...allTypes), fc.constantFrom(...nestedTypes), arbitraryType);
  const cases = chosen.chain(type => fc.tuple(fc.constant(type), shape(type)));
  fc.assert(
    fc.property(cases, ([type, rows]) => check(type, rows)),
    { numRuns: 25 },
  );
});

test('nested keys: equal values have equal key rows', () => {
  const type = types.array(types.row([{ name: 'x', type: types.string() }]));
  const input = schemaOf(type);
  fc.assert(
    fc.property(fc.array(arbitraryValue(type), { minLength: 2, maxLength: 20 }), values => {
      const grouped = new Set(values.map(value => JSON.stringify(value)));
      const packed = call('$pack', [column(0, input[0]!)], types.bytes());
      const { batch } = compileCompute({ input, outputs: [packed] }, task).run(
        valuesToBatch(
          task.memory,
          input,
          values.map(value => [value]),
        ),
      );
      const bytes = readRows(task.memory, batch).map(([value]) =>
        value === null ? 'null' : Buffer.from(value as Uint8Array).toString('hex'),
      );
      expect(new Set(bytes).size).toBe(grouped.size);
    }),
    { numRuns: 40 },
  );
});
