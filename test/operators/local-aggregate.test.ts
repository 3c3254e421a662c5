import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { limits } from '../../core/common/limits.ts';
import { localAggregateDefinition } from '../../core/operators/local-aggregate.ts';
import type { LocalAggregateSpec } from '../../core/operators/stateful-specs.ts';
import { type AggregateCall, column } from '../../core/plan/expressions.ts';
import { cut, type Input, memory, type Rebuild, type Run, runOperator } from './harness.ts';

const schema = [
  { name: 'key', type: types.string() },
  { name: 'value', type: types.bigint() },
] as const;
const call = (name: string, type: SqlType, argument?: 0 | 1): AggregateCall => ({
  name,
  type,
  arguments: argument === undefined ? [] : [column(argument, schema[argument])],
  distinct: false,
});
const calls = [call('count', types.bigint(false)), call('sum', types.bigint(), 1), call('max', types.string(), 0)];
const spec = (final: boolean): LocalAggregateSpec => ({
  kind: 'local-aggregate',
  final,
  input: schema,
  keys: [column(0, schema[0])],
  aggregates: calls,
  schema: [schema[0], ...calls.map((call, index) => ({ name: `a${index}`, type: call.type }))],
});

/** Counts, sums and greatest texts by key, of rows or of partial results. */
function merged(rows: readonly (readonly Value[])[]): Map<Value, Value[]> {
  const groups = new Map<Value, Value[]>();
  for (const [key, count, sum, max] of rows) {
    const before = groups.get(key!);
    if (before === undefined) groups.set(key!, [count!, sum!, max!]);
    else {
      const sums = [before[1], sum].filter(each => each !== null) as bigint[];
      groups.set(key!, [
        (before[0] as bigint) + (count as bigint),
        sums.length === 0 ? null : sums.reduce((a, b) => a + b),
        max!,
      ]);
    }
  }
  return groups;
}
const ofInput = (rows: readonly (readonly Value[])[]) => merged(rows.map(([key, value]) => [key!, 1n, value!, key!]));
const ofOutput = ({ output }: Run) => merged(output.map(each => each.row));

const row = fc.tuple(
  fc.option(fc.constantFrom('x', 'y', 'a key that is longer than twelve bytes', 'another that is longer than twelve')),
  fc.option(fc.bigInt({ min: -1000n, max: 1000n })),
);
const rebuilds = fc.constantFrom<Rebuild>('never', 'operator', 'tables');

describe('local aggregate', () => {
  test('gives what merges to the groups; of a bounded program each once, at the end', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.array(fc.nat()), rebuilds, fc.boolean(), (rows, cuts, rebuild, final) => {
        const inputs: Input[] = [...cut(rows, cuts).map((part): Input => ({ kind: 'rows', rows: part })), { kind: 'end' }];
        const run = runOperator(localAggregateDefinition, spec(final), schema, inputs, { rebuild });
        expect(ofOutput(run)).toEqual(ofInput(rows));
        if (final) {
          expect(run.output.length).toBe(ofInput(rows).size);
          expect(run.output.every(each => each.input === inputs.length - 1)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('sends what it keeps when there are many groups, and looks no longer for keys that do not repeat', () => {
    const batches = limits.localGroupsKept / limits.batchRows + 3;
    const inputs = Array.from(
      { length: batches },
      (_, batch): Input => ({
        kind: 'rows',
        rows: Array.from({ length: limits.batchRows }, (_, index) => [`key ${batch * limits.batchRows + index}`, BigInt(index)]),
      }),
    );
    const run = runOperator(localAggregateDefinition, spec(true), schema, [...inputs, { kind: 'end' }]);
    expect(run.output.length).toBe(batches * limits.batchRows);
    expect(new Set(run.output.map(each => each.row[0])).size).toBe(run.output.length);
    // all that was kept comes with the first batch that finds it full; the rest goes as it comes
    const perInput = inputs.map((_, input) => run.output.filter(each => each.input === input).length / limits.batchRows);
    expect(perInput.slice(-4)).toEqual([0, limits.localGroupsKept / limits.batchRows + 1, 1, 1]);
    expect(run.batchSizes.every(size => size === limits.batchRows)).toBe(true);
  });

  test('sends what it keeps when memory is short, each group once', () => {
    const inputs = Array.from(
      { length: 4 },
      (): Input => ({
        kind: 'rows',
        rows: [
          ['x', 1n],
          ['y', 2n],
        ],
      }),
    );
    memory.budgetBytes = 1;
    try {
      const run = runOperator(localAggregateDefinition, spec(true), schema, [...inputs, { kind: 'end' }]);
      expect(run.batchSizes).toEqual([2, 2, 2, 2]);
      expect([...ofOutput(run)]).toEqual([...ofInput(inputs.flatMap(input => (input.kind === 'rows' ? [...input.rows] : [])))]);
    } finally {
      memory.budgetBytes = Number.POSITIVE_INFINITY;
    }
  });
});
