import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { groupAggregateDefinition } from '../../core/operators/group-aggregate.ts';
import type { GroupAggregateSpec } from '../../core/operators/stateful-specs.ts';
import { type AggregateCall, column } from '../../core/plan/expressions.ts';
import { aggregateCall, aggregateOracle, allCalls, inputSchema, orderedCalls } from './aggregate-oracle.ts';
import { cut, type Input, materialise, type Rebuild, rowText, runOperator } from './harness.ts';

const text = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'long enough for the heap: a', 'long enough for the heap: b'),
  fc.string({ maxLength: 20 }),
);
const row: fc.Arbitrary<Value[]> = fc.tuple(
  fc.option(fc.constantFrom('x', 'y', 'a key that is longer than twelve bytes')),
  fc.integer({ min: -128, max: 127 }),
  fc.option(fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 }))),
  fc.option(fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.bigInt({ min: 0n, max: 3n }))),
  fc.option(fc.integer({ min: -1000, max: 1000 }).map(value => value / 8)),
  fc.option(fc.bigInt({ min: -999_999_999_999n, max: 999_999_999_999n })),
  fc.option(fc.bigInt({ min: -(10n ** 36n), max: 10n ** 36n })),
  fc.option(text),
  fc.option(fc.boolean()),
  fc.boolean(),
);

function spec(calls: readonly AggregateCall[], options: Partial<GroupAggregateSpec> = {}): GroupAggregateSpec {
  const keys = options.keys ?? [column(0, inputSchema[0])];
  return {
    kind: 'group-aggregate',
    input: inputSchema,
    keys,
    aggregates: calls,
    retracting: false,
    final: false,
    schema: [
      ...keys.map((key, index) => ({ name: `k${index}`, type: key.type })),
      ...calls.map((call, index) => ({ name: `a${index}`, type: call.type })),
    ],
    ...options,
  };
}

function expected(calls: readonly AggregateCall[], rows: readonly (readonly Value[])[]): string[] {
  const groups = new Map<Value, (readonly Value[])[]>();
  for (const entry of rows) groups.set(entry[0]!, [...(groups.get(entry[0]!) ?? []), entry]);
  return [...groups].map(([key, group]) => rowText([key, ...calls.map(call => aggregateOracle(call, group))])).sort();
}

const rebuilds = fc.constantFrom<Rebuild>('never', 'operator', 'tables');

describe('group aggregate', () => {
  test('appended rows: all calls, any cuts, rebuilt in between', () => {
    const calls = [...allCalls, ...orderedCalls];
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.array(fc.nat()), rebuilds, (rows, cuts, rebuild) => {
        const inputs = cut(rows, cuts).map((part): Input => ({ kind: 'rows', rows: part }));
        const { output } = runOperator(groupAggregateDefinition, spec(calls), inputSchema, inputs, { rebuild });
        expect(materialise(output)).toEqual(expected(calls, rows));
        for (const [index] of inputs.entries()) {
          const own = output.filter(entry => entry.input === index);
          const perKey = new Map<Value, number[]>();
          for (const entry of own) perKey.set(entry.row[0]!, [...(perKey.get(entry.row[0]!) ?? []), entry.weight]);
          for (const weights of perKey.values()) expect([[1], [-1, 1]]).toContainEqual(weights);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('final: only the rows at the end; without keys one row even for no input', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.array(fc.nat()), rebuilds, fc.boolean(), (rows, cuts, rebuild, keyed) => {
        const calls = allCalls;
        const inputs: Input[] = [...cut(rows, cuts).map((part): Input => ({ kind: 'rows', rows: part })), { kind: 'end' }];
        const final = spec(calls, { final: true, ...(!keyed && { keys: [] }) });
        const { output } = runOperator(groupAggregateDefinition, final, inputSchema, inputs, { rebuild });
        const wanted = keyed ? expected(calls, rows) : [rowText(calls.map(call => aggregateOracle(call, rows)))];
        expect(materialise(output)).toEqual(wanted);
        expect(output.every(entry => entry.weight === 1 && entry.input === inputs.length - 1)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('retracted rows, also before they were inserted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ row, retract: fc.boolean(), early: fc.nat(4) }), { maxLength: 50 }),
        fc.array(fc.nat()),
        rebuilds,
        fc.boolean(),
        (entries, cuts, rebuild, final) => {
          const changes: { at: number; row: Value[]; weight: number }[] = [];
          for (const [index, entry] of entries.entries()) {
            changes.push({ at: index, row: entry.row, weight: 1 });
            if (entry.retract) changes.push({ at: index + entry.early * 3 - 3, row: entry.row, weight: -1 });
          }
          changes.sort((a, b) => a.at - b.at);
          const inputs: Input[] = cut(changes, cuts).map(part => ({
            kind: 'rows',
            rows: part.map(change => change.row),
            weights: part.map(change => change.weight),
          }));
          inputs.push({ kind: 'end' });
          const left = entries.filter(entry => !entry.retract).map(entry => entry.row);
          const { output } = runOperator(
            groupAggregateDefinition,
            spec(allCalls, { retracting: true, final }),
            inputSchema,
            inputs,
            { rebuild },
          );
          expect(materialise(output)).toEqual(expected(allCalls, left));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('an update that changes no result is not sent', () => {
    const calls = [aggregateCall('max', types.int(), [2])];
    const of = (key: string, int: number): Value[] => [key, 0, int, null, null, null, null, null, null, false];
    const inputs: Input[] = [
      { kind: 'rows', rows: [of('a', 5), of('b', 1)] },
      { kind: 'rows', rows: [of('a', 3), of('b', 2), of('c', 9)] },
      { kind: 'rows', rows: [of('a', 5)] },
    ];
    const { output } = runOperator(groupAggregateDefinition, spec(calls), inputSchema, inputs);
    expect(output.map(entry => [entry.input, entry.weight, ...entry.row])).toEqual([
      [0, 1, 'a', 5],
      [0, 1, 'b', 1],
      [1, -1, 'b', 1],
      [1, 1, 'b', 2],
      [1, 1, 'c', 9],
    ]);
  });

  test('DISTINCT: each key once; with retraction it goes with its last row', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.array(fc.nat()), (rows, cuts) => {
        const inputs = cut(rows, cuts).map((part): Input => ({ kind: 'rows', rows: part }));
        const { output } = runOperator(groupAggregateDefinition, spec([]), inputSchema, inputs);
        expect(output.map(entry => entry.weight).every(weight => weight === 1)).toBe(true);
        expect(materialise(output)).toEqual(expected([], rows));
      }),
    );
  });
});
