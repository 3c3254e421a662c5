import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { type SessionSpec, sessionDefinition } from '../../core/operators/session/session.ts';
import { type SessionAggregateSpec, sessionAggregateDefinition } from '../../core/operators/session/session-aggregate.ts';
import { type AggregateCall, column } from '../../core/plan/expressions.ts';
import { aggregateOracle } from './aggregate-oracle.ts';
import { type Input, type Rebuild, rowText, runOperator } from './harness.ts';

const schema = [
  { name: 'at', type: types.timestamp(3, true, 'rowtime') },
  { name: 'key', type: types.string() },
  { name: 'big', type: types.bigint() },
  { name: 'text', type: types.string() },
] as const;
const at = (index: number) => column(index, schema[index]!);
const call = (name: string, type: SqlType, args: number[]): AggregateCall => ({
  name,
  type,
  arguments: args.map(at),
  distinct: false,
});
const calls = [
  call('count', types.bigint(false), []),
  call('sum', types.bigint(), [2]),
  call('min', types.string(), [3]),
  call('max', types.string(), [3]),
];
const bounds = [
  { name: 'window_start', type: types.timestamp(3, false) },
  { name: 'window_end', type: types.timestamp(3, false) },
  { name: 'window_time', type: types.timestamp(3, false, 'rowtime') },
];

const rowsSpec = (partition: readonly number[], gapMs: number): SessionSpec => ({
  kind: 'session',
  input: schema,
  partition,
  timeColumn: 0,
  gapMs,
  schema: [...schema, ...bounds],
});
const aggregateSpec = (partition: readonly number[], gapMs: number): SessionAggregateSpec => ({
  kind: 'session-aggregate',
  input: schema,
  partition,
  timeColumn: 0,
  gapMs,
  aggregates: calls,
  outputs: [
    ...partition.map((_, index) => ({ kind: 'key', index }) as const),
    { kind: 'window', property: 'start' },
    { kind: 'window', property: 'end' },
    { kind: 'window', property: 'time' },
    ...calls.map((_, index) => ({ kind: 'aggregate', index }) as const),
  ],
  schema: [
    ...partition.map(index => schema[index]!),
    ...bounds,
    ...calls.map((entry, index) => ({ name: `a${index}`, type: entry.type })),
  ],
});

interface Session {
  readonly key: Value;
  start: number;
  end: number;
  rows: (readonly Value[])[];
}

/** Row by row, as Flink's merging windows do it; per input, the sessions that it closes. */
function oracle(inputs: readonly Input[], keyed: boolean, gapMs: number): { readonly closed: Session[]; readonly late: number } {
  let open: Session[] = [];
  const closed: Session[] = [];
  let late = 0;
  let watermarkMs = Number.NEGATIVE_INFINITY;
  for (const input of inputs) {
    if (input.kind === 'rows') {
      for (const [index, row] of input.rows.entries()) {
        if (row[0] === null) {
          late++;
          continue;
        }
        const ms = Number((row[0] as bigint) / 1000n);
        const before = input.watermarkBefore?.[index];
        const known = Math.max(watermarkMs, before === undefined ? watermarkMs : Number(before / 1000n));
        const touched = open.filter(each => (!keyed || each.key === row[1]) && ms <= each.end && ms + gapMs >= each.start);
        if (ms + gapMs - 1 <= known && !touched.some(each => each.end - 1 > known)) {
          late++;
          continue;
        }
        open = open.filter(each => !touched.includes(each));
        open.push({
          key: row[1]!,
          start: Math.min(ms, ...touched.map(each => each.start)),
          end: Math.max(ms + gapMs, ...touched.map(each => each.end)),
          rows: [...touched.flatMap(each => each.rows), row],
        });
      }
      continue;
    }
    watermarkMs = Math.max(watermarkMs, input.kind === 'watermark' ? input.watermarkMs : Number.POSITIVE_INFINITY);
    closed.push(...open.filter(each => each.end - 1 <= watermarkMs));
    open = open.filter(each => each.end - 1 > watermarkMs);
  }
  return { closed, late };
}

const boundsOf = ({ start, end }: Session): bigint[] => [start, end, end - 1].map(ms => BigInt(ms) * 1000n);

/** Times around a rising one, so that sessions are begun, extended to both sides and joined, some behind the watermark. */
const program = fc.record({
  rows: fc.array(
    fc.tuple(
      fc.option(fc.integer({ min: -40, max: 40 }), { freq: 30 }),
      fc.constantFrom(null, 'x', 'y', 'a key longer than twelve bytes', 'another key longer than that'),
      fc.option(fc.bigInt({ min: -4n, max: 4n })),
      fc.option(fc.constantFrom('a', 'b', 'text that lives in the heap 1', 'text that lives in the heap 2')),
    ),
    { maxLength: 80 },
  ),
  step: fc.integer({ min: 0, max: 3 }),
  cuts: fc.array(fc.boolean(), { maxLength: 80 }),
  delay: fc.integer({ min: 0, max: 60 }),
  before: fc.boolean(),
  keyed: fc.boolean(),
  gapMs: fc.integer({ min: 1, max: 12 }),
  rebuild: fc.constantFrom<Rebuild>('never', 'operator', 'tables'),
});
type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;

function inputsOf({ rows, step, cuts, delay, before }: Program): Input[] {
  const inputs: Input[] = [];
  let batch: (readonly Value[])[] = [];
  let behind: bigint[] = [];
  let greatest = Number.NEGATIVE_INFINITY;
  const flush = (): void => {
    if (batch.length === 0) return;
    inputs.push({ kind: 'rows', rows: batch, ...(before && { watermarkBefore: behind }) });
    if (Number.isFinite(greatest)) inputs.push({ kind: 'watermark', watermarkMs: greatest - delay });
    batch = [];
    behind = [];
  };
  for (const [index, [offset, ...values]] of rows.entries()) {
    if (cuts[index] === true) flush();
    const ms = offset === null ? undefined : offset + index * step;
    batch.push([ms === undefined ? null : BigInt(ms) * 1000n, ...values]);
    behind.push(Number.isFinite(greatest) ? BigInt(greatest - delay) * 1000n : -(1n << 60n));
    greatest = Math.max(greatest, ms ?? Number.NEGATIVE_INFINITY);
  }
  flush();
  return [...inputs, { kind: 'end' }];
}

describe('sessions', () => {
  test('an accumulator a session, any cuts, late rows, made anew in between', () => {
    fc.assert(
      fc.property(program, given => {
        const inputs = inputsOf(given);
        const partition = given.keyed ? [1] : [];
        const spec = aggregateSpec(partition, given.gapMs);
        const run = runOperator(sessionAggregateDefinition, spec, schema, inputs, { rebuild: given.rebuild, shardRowsMax: 8 });
        const { closed, late } = oracle(inputs, given.keyed, given.gapMs);
        const expected = closed.map(each =>
          rowText([
            ...(given.keyed ? [each.key] : []),
            ...boundsOf(each),
            ...calls.map(entry => aggregateOracle(entry, each.rows)),
          ]),
        );
        expect(run.output.map(({ row }) => rowText(row)).sort()).toEqual(expected.sort());
        expect(run.counters.lateRows).toBe(late);
        expect(run.tableRows).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });

  test('rows with the bounds of their session', () => {
    fc.assert(
      fc.property(program, given => {
        const inputs = inputsOf(given);
        const spec = rowsSpec(given.keyed ? [1] : [], given.gapMs);
        const run = runOperator(sessionDefinition, spec, schema, inputs, { rebuild: given.rebuild });
        const { closed, late } = oracle(inputs, given.keyed, given.gapMs);
        const expected = closed.flatMap(each => each.rows.map(row => rowText([...row, ...boundsOf(each)])));
        expect(run.output.map(({ row }) => rowText(row)).sort()).toEqual(expected.sort());
        expect(run.counters.lateRows).toBe(late);
      }),
      { numRuns: 200 },
    );
  });

  test('many keys with several open sessions each, which join in the end', () => {
    const rows = (offset: number): (readonly Value[])[] =>
      Array.from({ length: 900 }, (_, index) => [BigInt(offset + 100 * (index % 3)) * 1000n, `key ${index >> 1}`, 1n, null]);
    const inputs: Input[] = [
      { kind: 'rows', rows: rows(0) },
      { kind: 'rows', rows: rows(1000) },
      { kind: 'watermark', watermarkMs: -1 },
      { kind: 'rows', rows: rows(50) },
      { kind: 'rows', rows: rows(1050) },
      { kind: 'watermark', watermarkMs: 500 },
      { kind: 'watermark', watermarkMs: 1500 },
    ];
    const run = runOperator(sessionAggregateDefinition, aggregateSpec([1], 60), schema, inputs, { shardRowsMax: 128 });
    const { closed } = oracle(inputs, true, 60);
    expect(run.output.map(({ row }) => rowText(row)).sort()).toEqual(
      closed.map(each => rowText([each.key, ...boundsOf(each), ...calls.map(entry => aggregateOracle(entry, each.rows))])).sort(),
    );
    expect(run.tableRows).toEqual([0, 0]);
  });
});
