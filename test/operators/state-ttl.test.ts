import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { gatheredAggregateDefinition } from '../../core/operators/gathered-aggregate.ts';
import { groupAggregateDefinition } from '../../core/operators/group-aggregate.ts';
import { overDefinition } from '../../core/operators/over/over.ts';
import { rankDefinition } from '../../core/operators/over/rank.ts';
import { runningDefinition } from '../../core/operators/over/running.ts';
import type { GroupAggregateSpec } from '../../core/operators/stateful-specs.ts';
import { type AggregateCall, column, type Expression } from '../../core/plan/expressions.ts';
import { type Input, type Rebuild, rowText, runOperator } from './harness.ts';

const input = [
  { name: 'k', type: types.bigint(false) },
  { name: 'v', type: types.bigint(false) },
  { name: 't', type: types.timestamp(3, false) },
] as const;
const at = (index: number): Expression => column(index, input[index]!);
const bigint = types.bigint(false);
const call = (name: string, args: readonly number[], distinct = false): AggregateCall => ({
  name,
  arguments: args.map(at),
  distinct,
  type: name === 'count' ? bigint : types.bigint(),
});
const ttlMs = 100;
const rebuilds = fc.constantFrom<Rebuild>('never', 'operator', 'tables');

const groupSpec = (aggregates: readonly AggregateCall[], retracting: boolean): GroupAggregateSpec => ({
  kind: 'group-aggregate',
  input,
  keys: [at(0)],
  aggregates,
  retracting,
  final: false,
  ttlMs,
  schema: [{ name: 'k', type: bigint }, ...aggregates.map((one, index) => ({ name: `a${index}`, type: one.type }))],
});

/** Rows of one input each, with the time between two. */
const steps = fc.array(
  fc.record({ key: fc.bigInt(0n, 3n), value: fc.bigInt(0n, 4n), afterMs: fc.constantFrom(0, 1, 40, 99, 100, 101, 250) }),
  { maxLength: 40 },
);

function inputsOf(given: readonly { key: bigint; value: bigint; afterMs: number; weight?: number }[]): Input[] {
  let processingTimeMs = 1_000_000;
  return given.map(({ key, value, afterMs, weight }) => {
    processingTimeMs += afterMs;
    return { kind: 'rows', rows: [[key, value, 0n]], weights: [weight ?? 1], processingTimeMs };
  });
}

const lines = (output: readonly { row: readonly Value[]; weight: number; input: number }[]): string[] =>
  output.map(({ row, weight, input: from }) => `${from} ${weight > 0 ? '+' : '-'} ${rowText(row).replaceAll(' | ', '|')}`);

describe('state with a time to live', () => {
  test('groups of appended rows, and values of DISTINCT each by themselves', () => {
    const calls = [call('count', []), call('sum', [1]), call('max', [1]), call('count', [1], true)];
    fc.assert(
      fc.property(steps, rebuilds, (given, rebuild) => {
        const spec = groupSpec(calls, false);
        const { output } = runOperator(groupAggregateDefinition, spec, input, inputsOf(given), { rebuild });
        const groups = new Map<bigint, { lastMs: number; count: number; sum: bigint; max: bigint; distinct: number }>();
        const seen = new Map<string, number>();
        const wanted: string[] = [];
        let nowMs = 0;
        for (const [index, { key, value, afterMs }] of given.entries()) {
          nowMs += afterMs;
          const found = groups.get(key);
          const old = found !== undefined && found.lastMs + ttlMs > nowMs ? found : undefined;
          const seenMs = seen.get(`${key} ${value}`);
          const fresh = seenMs === undefined || seenMs + ttlMs <= nowMs;
          if (fresh) seen.set(`${key} ${value}`, nowMs);
          const next = {
            lastMs: nowMs,
            count: (old?.count ?? 0) + 1,
            sum: (old?.sum ?? 0n) + value,
            max: old !== undefined && old.max > value ? old.max : value,
            distinct: (old?.distinct ?? 0) + (fresh ? 1 : 0),
          };
          const text = (group: typeof next) => `${key}|${group.count}|${group.sum}|${group.max}|${group.distinct}`;
          if (old !== undefined) wanted.push(`${index} - ${text(old)}`);
          wanted.push(`${index} + ${text(next)}`);
          groups.set(key, next);
        }
        expect(lines(output)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test('retractions: unchanged updates are sent, those of what was forgotten are nothing, extremes go with their group', () => {
    const calls = [call('sum', [1]), call('min', [1]), call('max', [1])];
    const weighted = fc
      .tuple(steps, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }))
      .map(([given, signs]) => given.map((step, index) => ({ ...step, weight: signs[index] ? 1 : -1 })));
    fc.assert(
      fc.property(weighted, rebuilds, (given, rebuild) => {
        const { output } = runOperator(groupAggregateDefinition, groupSpec(calls, true), input, inputsOf(given), { rebuild });
        const groups = new Map<bigint, { lastMs: number; count: number; sum: bigint; values: Map<bigint, number> }>();
        const wanted: string[] = [];
        let nowMs = 0;
        for (const [index, { key, value, afterMs, weight }] of given.entries()) {
          nowMs += afterMs;
          const found = groups.get(key);
          const old = found !== undefined && found.lastMs + ttlMs > nowMs ? found : undefined;
          if (old === undefined) groups.delete(key);
          if (old === undefined && weight < 0) continue;
          const values = new Map(old?.values);
          values.set(value, (values.get(value) ?? 0) + weight);
          if (values.get(value)! <= 0) values.delete(value);
          const next = {
            lastMs: nowMs,
            count: (old?.count ?? 0) + weight,
            sum: (old?.sum ?? 0n) + value * BigInt(weight),
            values,
          };
          const text = (group: typeof next) => {
            const sorted = [...group.values.keys()].sort((a, b) => Number(a - b));
            return `${key}|${group.sum}|${sorted[0] ?? 'NULL'}|${sorted.at(-1) ?? 'NULL'}`;
          };
          if (old !== undefined) wanted.push(`${index} - ${text(old)}`);
          if (next.count > 0) wanted.push(`${index} + ${text(next)}`);
          if (next.count > 0) groups.set(key, next);
          else groups.delete(key);
        }
        expect(lines(output)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test('groups without input leave the table while others come', () => {
    const spec = groupSpec([call('count', []), call('count', [1], true)], false);
    const many = Array.from({ length: 5000 }, (_, index) => [BigInt(index), 1n, 0n]);
    const inputs: Input[] = [{ kind: 'rows', rows: many, processingTimeMs: 1000 }];
    for (let step = 0; step < 200; step++)
      inputs.push({ kind: 'rows', rows: [[-1n, 1n, 0n]], processingTimeMs: 1000 + 10 * step });
    const { tableRows } = runOperator(groupAggregateDefinition, spec, input, inputs);
    expect(tableRows).toEqual([1, 1]);
  });

  test('the first rows of partitions, groups that keep their rows, running aggregates, and rows that are looked back at', () => {
    const rows = (key: bigint, value: bigint, processingTimeMs: number, time = 0n): Input => ({
      kind: 'rows',
      rows: [[key, value, time]],
      processingTimeMs,
    });
    const given = [rows(1n, 5n, 1000), rows(1n, 4n, 1050), rows(1n, 6n, 1120), rows(1n, 7n, 1300)];
    const ascending = { expression: at(1), descending: false, nullsFirst: true };
    const rank = {
      kind: 'rank',
      input,
      width: 2,
      partition: [0],
      order: [ascending],
      from: 1,
      to: 2,
      retracting: false,
      ttlMs,
      schema: [...input.slice(0, 2), { name: 'n', type: bigint }],
    } as const;
    for (const rebuild of ['never', 'operator', 'tables'] as const) {
      // 5 has expired when 6 comes, so that nobody takes it back
      expect(lines(runOperator(rankDefinition, rank, input, given, { rebuild }).output)).toEqual([
        '0 + 1|5|1',
        '1 - 1|5|1',
        '1 + 1|4|1',
        '1 + 1|5|2',
        '2 + 1|6|2',
        '3 + 1|7|1',
      ]);
      // looked through at 1110: then 5 goes, and 4 stays till the next time; nobody is told of new numbers
      const cached = [rows(1n, 5n, 1000), rows(1n, 4n, 1050), rows(1n, 9n, 1110), rows(1n, 6n, 1160)];
      const top = { ...rank, byPartition: true };
      expect(lines(runOperator(rankDefinition, top, input, cached, { rebuild }).output)).toEqual([
        '0 + 1|5|1',
        '1 - 1|5|1',
        '1 + 1|4|1',
        '1 + 1|5|2',
        '2 + 1|9|2',
        '3 - 1|9|2',
        '3 + 1|6|2',
      ]);
      expect(lines(runOperator(rankDefinition, { ...top, unnumbered: true }, input, cached, { rebuild }).output)).toEqual([
        '0 + 1|5|1',
        '1 + 1|4|1',
        '2 + 1|9|2',
        '3 - 1|9|2',
        '3 + 1|6|2',
      ]);
      const gathered = {
        kind: 'gathered-aggregate',
        input,
        keys: [at(0)],
        aggregates: [{ name: 'array-agg', arguments: [at(1)], distinct: false, type: types.array(bigint) }],
        final: false,
        ttlMs,
        schema: [input[0], { name: 'a', type: types.array(bigint) }],
      } as const;
      const all = runOperator(gatheredAggregateDefinition, gathered, input, given, { rebuild }).output;
      expect(lines(all)).toEqual(['0 + 1|[5]', '1 - 1|[5]', '1 + 1|[5,4]', '2 - 1|[5,4]', '2 + 1|[5,4,6]', '3 + 1|[7]']);
      const running = {
        kind: 'running',
        input,
        width: 2,
        partition: [0],
        order: [],
        aggregates: [call('sum', [1]), call('count', [1], true)],
        peers: false,
        ttlMs,
        schema: [...input.slice(0, 2), { name: 's', type: types.bigint() }, { name: 'c', type: bigint }],
      } as const;
      expect(lines(runOperator(runningDefinition, running, input, given, { rebuild }).output)).toEqual([
        '0 + 1|5|5|1',
        '1 + 1|4|9|2',
        '2 + 1|6|15|3',
        '3 + 1|7|7|1',
      ]);
    }
    const over = {
      kind: 'over',
      input,
      width: 2,
      partition: [0],
      order: [{ expression: at(2), descending: false, nullsFirst: true }],
      calls: [
        {
          ...call('sum', [1]),
          frame: {
            unit: 'rows',
            start: { kind: 'preceding', offset: { kind: 'literal', value: 1n, type: bigint } },
            end: { kind: 'current-row' },
          },
        },
      ],
      release: { column: 2, exclusive: false },
      looksBack: true,
      ttlMs,
      schema: [...input.slice(0, 2), { name: 's', type: types.bigint() }],
    };
    const timed: Input[] = [];
    for (const [index, [nowMs, value]] of [
      [1000, 5n],
      [1050, 4n],
      [1300, 6n],
    ].entries() as Iterable<[number, [number, bigint]]>) {
      timed.push(rows(1n, value, nowMs, BigInt(1000 * index)), { kind: 'watermark', watermarkMs: index });
    }
    const looked = runOperator(overDefinition, over as never, input, timed).output;
    expect(looked.map(({ row }) => rowText(row).replaceAll(' | ', '|'))).toEqual(['1|5|5', '1|4|9', '1|6|6']);
  });
});
