import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { sortDefinition } from '../../core/operators/sort.ts';
import { topNDefinition } from '../../core/operators/top-n.ts';
import { column, type SortKey } from '../../core/plan/expressions.ts';
import { compare } from './aggregate-oracle.ts';
import { cut, type Input, materialise, type OutputRow, type Rebuild, rowText, runOperator } from './harness.ts';

const schema = [
  { name: 'int', type: types.int() },
  { name: 'big', type: types.bigint(false) },
  { name: 'text', type: types.string() },
  { name: 'double', type: types.double() },
  { name: 'wide', type: types.decimal(30, 4) },
  { name: 'fixed', type: types.int(false) },
] as const;
const small = fc.constantFrom('', 'a', 'aa', 'a rather long text 1', 'a rather long text 2', 'a rather', 'é', '\u{1f600}');
const row: fc.Arbitrary<Value[]> = fc.tuple(
  fc.option(fc.integer({ min: -3, max: 3 })),
  fc.oneof(fc.bigInt({ min: -2n, max: 2n }), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
  fc.option(fc.oneof(small, fc.string({ maxLength: 15 }))),
  fc.option(fc.oneof(fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1.5, 0, 2), fc.double())),
  fc.option(fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n })),
  fc.integer({ min: 0, max: 5 }),
);
const keys: fc.Arbitrary<SortKey[]> = fc.array(
  fc.record({ index: fc.nat(schema.length - 1), descending: fc.boolean(), nullsFirst: fc.boolean() }).map(key => ({
    expression: column(key.index, schema[key.index]!),
    descending: key.descending,
    nullsFirst: key.nullsFirst,
  })),
  { maxLength: 3 },
);

function order(sortKeys: readonly SortKey[]) {
  return (left: readonly Value[], right: readonly Value[]): number => {
    for (const { expression, descending, nullsFirst } of sortKeys) {
      if (expression.kind !== 'column') throw new Error('columns only');
      const [a, b] = [left[expression.index]!, right[expression.index]!];
      if (a === null && b === null) continue;
      if (a === null || b === null) return (a === null) === nullsFirst ? -1 : 1;
      const result = typeof a === 'number' && typeof b === 'number' ? compareDoubles(a, b) : compare(a, b);
      if (result !== 0) return descending ? -result : result;
    }
    return 0;
  };
}
function compareDoubles(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return a < b ? -1 : a > b ? 1 : 0;
}
/** The sort keys of rows, which are all that is fixed about a limited result. */
function keyTexts(rows: readonly (readonly Value[])[], sortKeys: readonly SortKey[]): string[] {
  return rows.map(values => rowText(sortKeys.map(key => values[key.expression.kind === 'column' ? key.expression.index : 0]!)));
}
/** Rows a changelog leaves, with duplicates. */
function standing(output: readonly OutputRow[]): (readonly Value[])[] {
  const left: (readonly Value[])[] = [];
  for (const entry of output) {
    if (entry.weight > 0) left.push(entry.row);
    else {
      const at = left.findIndex(other => rowText(other) === rowText(entry.row));
      expect(at).toBeGreaterThanOrEqual(0);
      left.splice(at, 1);
    }
  }
  return left;
}
const rebuilds = fc.constantFrom<Rebuild>('never', 'operator', 'tables');

describe('sort', () => {
  test('all rows in order, equal rows as they came', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 80 }),
        fc.array(fc.nat()),
        keys,
        fc.nat(5),
        fc.option(fc.nat(20), { nil: undefined }),
        rebuilds,
        (rows, cuts, sortKeys, offset, count, rebuild) => {
          const inputs: Input[] = [...cut(rows, cuts).map((part): Input => ({ kind: 'rows', rows: part })), { kind: 'end' }];
          const spec = { kind: 'sort', schema, keys: sortKeys, offset, count } as const;
          const { output } = runOperator(sortDefinition, spec, schema, inputs, { rebuild });
          const expected = [...rows].sort(order(sortKeys)).slice(offset, count === undefined ? undefined : offset + count);
          expect(output.map(entry => entry.row)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('many rows', () => {
    const rows = Array.from({ length: 30_000 }, (_, index): Value[] => [
      null,
      BigInt((index * 7919) % 30_011),
      null,
      null,
      null,
      index,
    ]);
    const spec = {
      kind: 'sort',
      schema,
      keys: [{ expression: column(1, schema[1]), descending: true, nullsFirst: false }],
      offset: 0,
    } as const;
    const run = runOperator(sortDefinition, spec, schema, [
      ...cut(rows, [9000, 17_000]).map((part): Input => ({ kind: 'rows', rows: part })),
      { kind: 'end' },
    ]);
    expect(run.output.map(entry => entry.row[1])).toEqual(rows.map(values => values[1]).sort((a, b) => compare(b!, a!)));
    expect(Math.max(...run.batchSizes)).toBe(8192);
  });
});

describe('top n', () => {
  test('appended rows: the first rows are up to date after every batch, and in order at the end', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 80 }),
        fc.array(fc.nat()),
        keys,
        fc.nat(4),
        fc.integer({ min: 1, max: 8 }),
        rebuilds,
        fc.boolean(),
        (rows, cuts, sortKeys, offset, count, rebuild, final) => {
          const parts = cut(rows, cuts);
          const inputs: Input[] = [...parts.map((part): Input => ({ kind: 'rows', rows: part })), { kind: 'end' }];
          const spec = { kind: 'top-n', schema, keys: sortKeys, offset, count, retracting: false, final } as const;
          const { output } = runOperator(topNDefinition, spec, schema, inputs, { rebuild });
          const seen: (readonly Value[])[] = [];
          for (const [index, part] of parts.entries()) {
            seen.push(...part);
            if (final) continue;
            const expected = [...seen].sort(order(sortKeys)).slice(offset, offset + count);
            const now = standing(output.filter(entry => entry.input <= index));
            expect(keyTexts(now, sortKeys).sort()).toEqual(keyTexts(expected, sortKeys).sort());
          }
          if (final) {
            const expected = [...rows].sort(order(sortKeys)).slice(offset, offset + count);
            expect(
              keyTexts(
                output.map(entry => entry.row),
                sortKeys,
              ),
            ).toEqual(keyTexts(expected, sortKeys));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('retracted rows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ row, retract: fc.boolean(), early: fc.nat(6) }), { maxLength: 60 }),
        fc.array(fc.nat()),
        keys,
        fc.nat(3),
        fc.integer({ min: 1, max: 6 }),
        rebuilds,
        fc.boolean(),
        (entries, cuts, sortKeys, offset, count, rebuild, final) => {
          const changes = entries.flatMap((entry, index) => [
            { at: index, row: entry.row, weight: 1 },
            ...(entry.retract ? [{ at: index + entry.early * 2 - 2, row: entry.row, weight: -1 }] : []),
          ]);
          changes.sort((a, b) => a.at - b.at);
          const inputs: Input[] = cut(changes, cuts).map(part => ({
            kind: 'rows',
            rows: part.map(change => change.row),
            weights: part.map(change => change.weight),
          }));
          inputs.push({ kind: 'end' });
          const spec = { kind: 'top-n', schema, keys: sortKeys, offset, count, retracting: true, final } as const;
          const { output } = runOperator(topNDefinition, spec, schema, inputs, { rebuild });
          const left = entries.filter(entry => !entry.retract).map(entry => entry.row);
          const expected = [...left].sort(order(sortKeys)).slice(offset, offset + count);
          expect(keyTexts(standing(output), sortKeys).sort()).toEqual(keyTexts(expected, sortKeys).sort());
        },
      ),
      { numRuns: 200 },
    );
  });

  test('many rows: those at hand are trimmed and found again', () => {
    const value = (index: number): bigint => BigInt((index * 7919) % 40_009);
    const rowOf = (index: number): Value[] => [null, value(index), null, null, null, 0];
    const numbers = Array.from({ length: 20_000 }, (_, index) => index);
    const inputs: Input[] = cut(numbers, [3000, 9000, 15_000]).map(part => ({ kind: 'rows', rows: part.map(rowOf) }));
    // the best go, again and again
    const sorted = [...numbers].sort((a, b) => Number(value(a) - value(b)));
    for (let from = 0; from < 12_000; from += 2000) {
      const part = sorted.slice(from, from + 2000);
      inputs.push({ kind: 'rows', rows: part.map(rowOf), weights: part.map(() => -1) });
    }
    const sortKeys = [{ expression: column(1, schema[1]), descending: false, nullsFirst: true }];
    const spec = { kind: 'top-n', schema, keys: sortKeys, offset: 1, count: 5, retracting: true, final: false } as const;
    const { output } = runOperator(topNDefinition, spec, schema, inputs);
    expect(materialise(output)).toEqual(
      sorted
        .slice(12_001, 12_006)
        .map(index => rowText(rowOf(index)))
        .sort(),
    );
  });
});
