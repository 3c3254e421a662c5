import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileCompute } from '../../core/codegen/index.ts';
import { readColumn } from '../../core/columnar/read-values.ts';
import { isNumeric, type SqlType, types, typeToString } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { evaluateExpression, scalarFunctions } from '../../core/functions/index.ts';
import { column, type Expression, literal } from '../../core/plan/expressions.ts';
import { schemaOf, testTask } from '../support/compute.ts';
import { bindCall, testedTypes, valuesOf } from '../support/random-expressions.ts';

const localTimeZone = 'Asia/Kathmandu';
const epochMs = () => 1_769_904_000_123;
/** Both sides draw the same. */
const random = { next32: () => 7 };
const task = { ...testTask({ localTimeZone }), epochMs, random };
const context = { localTimeZone, epochMs, random };
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] => fc.sample(arbitrary, { numRuns: count, seed });
const char = (value: string): Expression => literal(value, types.char([...value].length, false));
const int = (value: number): Expression => literal(value, types.int(false));

/** Compares row by row; a row that the reference refuses must be refused. */
function compare(
  make: (columns: readonly Expression[]) => Expression | undefined,
  argumentTypes: readonly SqlType[],
  count: number,
): boolean {
  const input = schemaOf(...argumentTypes);
  const expression = make(input.map((field, index) => column(index, field)));
  if (expression === undefined) return false;
  const values = argumentTypes.map((type, index) => fc.sample(valuesOf(type), { numRuns: count, seed: seed + index }));
  const rows = Array.from({ length: count }, (_, row) => values.map(list => list[row]!));
  const expected: Value[] = [];
  const good: Value[][] = [];
  let bad: Value[] | undefined;
  for (const row of rows) {
    try {
      expected.push(evaluateExpression(expression, row, context));
      good.push(row);
    } catch (error) {
      if (!(error instanceof TidemillError) || error.domain !== 'user') throw error;
      bad = row;
    }
  }
  const shown = argumentTypes.map(type => typeToString(type)).join(', ');
  const mark = task.memory.arena.mark();
  const compute = compileCompute({ input, outputs: [expression] }, task);
  const { batch } = compute.run(valuesToBatch(task.memory, input, good));
  const actual = readColumn(task.memory, batch.columns[0]!, batch.length);
  for (const [index, row] of good.entries()) {
    expect(
      actual[index],
      `over (${shown}) of (${row.map(value => (typeof value === 'string' ? JSON.stringify(value) : String(value))).join(', ')})`,
    ).toEqual(expected[index]);
  }
  if (bad !== undefined) expect(() => compute.run(valuesToBatch(task.memory, input, [bad])), shown).toThrow(TidemillError);
  task.memory.arena.release(mark);
  return true;
}

const constants: Readonly<Record<string, (columns: readonly Expression[]) => Expression[][]>> = {
  like: ([a]) =>
    ['%', '', 'tide%', '%ll', '%i%', '_i%', '%t_d%', 'a%b_c%', '%日_', '\\%%', 't%d%m%'].map(pattern => [a!, char(pattern)]),
  trim: ([a, b]) => ['LEADING', 'TRAILING', 'BOTH'].map(side => [char(side), b ?? char(' '), a!]),
  extract: ([a]) =>
    [
      'YEAR',
      'QUARTER',
      'MONTH',
      'WEEK',
      'DAY',
      'DOY',
      'DOW',
      'ISODOW',
      'ISOYEAR',
      'DECADE',
      'CENTURY',
      'MILLENNIUM',
      'HOUR',
      'MINUTE',
      'SECOND',
      'MILLISECOND',
      'MICROSECOND',
      'NANOSECOND',
      'EPOCH',
    ].map(unit => [char(unit), a!]),
  'floor-to': ([a]) =>
    ['MILLENNIUM', 'CENTURY', 'DECADE', 'YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'].map(unit => [
      a!,
      char(unit),
    ]),
  'ceil-to': ([a]) =>
    ['MILLENNIUM', 'CENTURY', 'DECADE', 'YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'].map(unit => [
      a!,
      char(unit),
    ]),
  'timestamp-add': ([a]) => ['YEAR', 'MONTH', 'DAY', 'HOUR', 'SECOND'].flatMap(unit => [[char(unit), int(-3), a!]]),
  'timestamp-diff': ([a, b]) =>
    b === undefined
      ? []
      : ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'].map(unit => [char(unit), a!, b]),
  'date-format': ([a]) =>
    ['yyyy-MM-dd HH:mm:ss.SSS', "yy/M/d h:m:s a, EEEE D 'of' MMM MMMM Q w G", 'k K SSSSSSSSS n'].map(pattern => [
      a!,
      char(pattern),
    ]),
  round: ([a, b]) => [[a!], ...[-2, 0, 1, 3].map(digits => [a!, int(digits)]), ...(b === undefined ? [] : [[a!, b]])],
  truncate: ([a]) => [[a!], ...[-2, 0, 1, 3].map(digits => [a!, int(digits)])],
  'to-timestamp-ltz': ([a]) => [[a!], [a!, int(0)], [a!, int(3)]],
  repeat: ([a]) => [-1, 0, 1, 3].map(count => [a!, int(count)]),
  lpad: ([a]) => [-1, 0, 3, 20].flatMap(count => ['', 'xy', '日'].map(filling => [a!, int(count), char(filling)])),
  rpad: ([a]) => [-1, 0, 3, 20].flatMap(count => ['', 'xy', '日'].map(filling => [a!, int(count), char(filling)])),
  'split-index': ([a]) =>
    ['/', 'i', '', 'de'].flatMap(separator => [-1, 0, 1, 2].map(index => [a!, char(separator), int(index)])),
  substring: ([a]) =>
    [-20, -3, 0, 1, 3, 40].flatMap(start => [
      [a!, int(start)],
      [a!, int(start), int(2)],
      [a!, int(start), int(-1)],
    ]),
  left: ([a]) => [-1, 0, 2, 20].map(count => [a!, int(count)]),
  right: ([a]) => [-1, 0, 2, 20].map(count => [a!, int(count)]),
  locate: ([a, b]) =>
    b === undefined
      ? []
      : [
          [a!, b],
          [a!, b, int(3)],
          [a!, b, int(0)],
          [char('i'), a!, int(2)],
        ],
  overlay: ([a]) => [-1, 1, 3, 40].flatMap(from => [0, 2].map(length => [a!, char('日x'), int(from), int(length)])),
  decode: () =>
    ['UTF-8', 'ISO-8859-1', 'UTF-16LE'].map(charset => [literal(Uint8Array.of(116, 195, 164), types.bytes()), char(charset)]),
  replace: ([a]) =>
    [
      ['i', 'xyz'],
      ['', '-'],
      ['de', ''],
      ['absent', 'x'],
    ].map(([from, to]) => [a!, char(from!), char(to!)]),
};
// random patterns, zones, paths and texts would only be refused (test/functions/flink.test.ts has them), and sets have no random values; nested values have nested.test.ts
const skipped = new Set([
  'element',
  'cardinality',
  'array-contains',
  'regexp',
  'regexp-replace',
  'regexp-extract',
  'similar-to',
  'joined-texts',
  'convert-tz',
  'to-timestamp',
  'to-date',
  'unix-timestamp',
  'from-unixtime',
  'percentile-of-array',
  'overlaps',
]);
const heavy = new Set(['power', 'log', 'chr']);

describe(`every function in generated code is its reference (seed ${seed})`, () => {
  for (const entry of scalarFunctions.values()) {
    if (
      skipped.has(entry.name) ||
      /^(array|map|only|bitmap)-/.test(entry.name) ||
      /^json(-(value|exists|query|object|array|item|entries))?$/.test(entry.name)
    )
      continue;
    test(entry.name, () => {
      let tried = 0;
      const attempt = (
        args: (columns: readonly Expression[]) => Expression[] | undefined,
        argumentTypes: readonly SqlType[],
        count: number,
      ): void => {
        const make = (columns: readonly Expression[]): Expression | undefined => {
          const given = args(columns);
          return given && bindCall(entry.name, given);
        };
        if (compare(make, argumentTypes, count)) tried++;
      };
      const variants = constants[entry.name];
      const shapes: SqlType[][] = [[], ...testedTypes.map(type => [type])];
      const pairs = testedTypes.flatMap(a => testedTypes.map(b => [a, b]));
      if (variants !== undefined) {
        const more = ['locate', 'timestamp-diff', 'trim', 'round'].includes(entry.name) ? pairs : [];
        for (const shape of [...shapes.slice(1), ...more]) {
          const count = variants(schemaOf(...shape).map((field, index) => column(index, field))).length;
          for (let index = 0; index < count; index++) attempt(columns => variants(columns)[index], shape, 65);
        }
      } else {
        const chosen = [...pairs.filter(([a, b]) => a === b), ...sample(fc.constantFrom(...pairs), 100)];
        for (const shape of [...shapes, ...(heavy.has(entry.name) ? [] : chosen)]) attempt(columns => [...columns], shape, 65);
        for (const triple of sample(fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(...testedTypes))), 30))
          attempt(columns => [...columns], triple, 65);
        for (const type of testedTypes) attempt(columns => [...columns], [type, type, type], 65);
        for (const type of testedTypes.filter(isNumeric)) attempt(([a]) => [a!, literal(0, types.int(false))], [type], 65);
      }
      expect(tried).toBeGreaterThan(0);
    });
  }
});
