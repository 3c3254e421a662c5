import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import type { WindowAggregateSpec, WindowTime } from '../../core/operators/stateful-specs.ts';
import { windowAggregateDefinition } from '../../core/operators/window-aggregate.ts';
import { type AggregateCall, column } from '../../core/plan/expressions.ts';
import type { AlignedWindow } from '../../core/plan/nodes.ts';
import { aggregateOracle } from './aggregate-oracle.ts';
import { type Input, type Rebuild, rowText, runOperator } from './harness.ts';

const schema = [
  { name: 'at', type: types.timestamp(3, true, 'rowtime') },
  { name: 'key', type: types.string(false) },
  { name: 'big', type: types.bigint() },
  { name: 'text', type: types.string() },
  { name: 'flag', type: types.boolean() },
] as const;
const at = (index: number) => column(index, schema[index]!);
const call = (name: string, type: AggregateCall['type'], args: number[], extra: Partial<AggregateCall> = {}): AggregateCall => ({
  name,
  type,
  arguments: args.map(at),
  distinct: false,
  ...extra,
});
const plainCalls = [
  call('count', types.bigint(false), []),
  call('sum', types.bigint(), [2]),
  call('max', types.bigint(), [2], { filter: at(4) }),
  call('avg', types.bigint(), [2]),
];
const allCalls = [
  ...plainCalls,
  call('min', types.string(), [3]),
  call('count', types.bigint(false), [3], { distinct: true }),
  call('count', types.bigint(false), [3], { distinct: true, filter: at(4) }),
  call('sum', types.bigint(), [2], { distinct: true }),
];

function spec(window: AlignedWindow, calls: readonly AggregateCall[], time: WindowTime, keyed = true): WindowAggregateSpec {
  return {
    kind: 'window-aggregate',
    input: schema,
    window,
    time,
    keys: keyed ? [at(1)] : [],
    aggregates: calls,
    outputs: [
      { kind: 'window', property: 'start' },
      { kind: 'window', property: 'end' },
      ...(keyed ? [{ kind: 'key', index: 0 } as const] : []),
      { kind: 'window', property: 'time' },
      ...calls.map((_, index) => ({ kind: 'aggregate', index }) as const),
    ],
    schema: [
      { name: 'window_start', type: types.timestamp(3, false) },
      { name: 'window_end', type: types.timestamp(3, false) },
      ...(keyed ? [schema[1]] : []),
      { name: 'window_time', type: types.timestamp(3, false, 'rowtime') },
      ...calls.map((entry, index) => ({ name: `a${index}`, type: entry.type })),
    ],
  };
}

/** Windows of a time, as [start, end] in ms. */
function windowsOf(window: AlignedWindow, ms: number): [number, number][] {
  const out: [number, number][] = [];
  const { sizeMs, offsetMs } = window;
  const floor = (step: number): number => Math.floor((ms - offsetMs) / step) * step + offsetMs;
  if (window.kind === 'tumble') out.push([floor(sizeMs), floor(sizeMs) + sizeMs]);
  else if (window.kind === 'hop') {
    for (let start = floor(window.slideMs); start > ms - sizeMs; start -= window.slideMs) out.push([start, start + sizeMs]);
  } else {
    const start = floor(sizeMs);
    for (let end = start + window.stepMs; end <= start + sizeMs; end += window.stepMs) if (end > ms) out.push([start, end]);
  }
  return out;
}

interface Entry {
  readonly row: readonly Value[];
  readonly ms: number;
  readonly watermarkMs: number;
}

/** Row by row, as Flink's slicing operators do it: a row counts for the windows that have not fired at its watermark. */
function oracle(window: AlignedWindow, calls: readonly AggregateCall[], entries: readonly Entry[], keyed: boolean) {
  const groups = new Map<string, { key: Value; start: number; end: number; rows: (readonly Value[])[] }>();
  let late = 0;
  for (const { row, ms, watermarkMs } of entries) {
    const open = windowsOf(window, ms).filter(([, end]) => end - 1 > watermarkMs);
    if (open.length === 0) late++;
    for (const [start, end] of open) {
      const name = `${end}/${keyed ? row[1] : ''}`;
      const group = groups.get(name) ?? { key: row[1]!, start, end, rows: [] };
      groups.set(name, group);
      group.rows.push(row);
    }
  }
  const lines = [...groups.values()].map(({ key, start, end, rows }) =>
    rowText([
      BigInt(start) * 1000n,
      BigInt(end) * 1000n,
      ...(keyed ? [key] : []),
      BigInt(end - 1) * 1000n,
      ...calls.map(entry => aggregateOracle(entry, rows)),
    ]),
  );
  return { lines: lines.sort(), late };
}

const row = (span: number) =>
  fc.tuple(
    fc.integer({ min: -span, max: span }),
    fc.constantFrom('x', 'y', 'a key longer than twelve bytes'),
    fc.option(fc.bigInt({ min: -4n, max: 4n })),
    fc.option(fc.constantFrom('', 'a', 'b', 'text that lives in the heap 1', 'text that lives in the heap 2')),
    fc.option(fc.boolean()),
  );
const windows: readonly AlignedWindow[] = [
  { kind: 'tumble', sizeMs: 10, offsetMs: 0 },
  { kind: 'tumble', sizeMs: 7, offsetMs: 3 },
  { kind: 'hop', sizeMs: 20, slideMs: 5, offsetMs: 0 },
  { kind: 'hop', sizeMs: 9, slideMs: 3, offsetMs: -1 },
  { kind: 'hop', sizeMs: 6, slideMs: 6, offsetMs: 0 },
  { kind: 'cumulate', sizeMs: 24, stepMs: 6, offsetMs: 0 },
  { kind: 'cumulate', sizeMs: 10, stepMs: 5, offsetMs: 2 },
];

/** Rows around a rising time, with a watermark that follows it; cut into batches anywhere, watermarks sent after some. */
function inputsOf(rows: readonly (readonly Value[])[], cuts: readonly boolean[], delay: number, sendBefore: boolean) {
  const entries: Entry[] = [];
  const inputs: Input[] = [];
  let running = Number.NEGATIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let pending: { rows: (readonly Value[])[]; watermarks: bigint[] } = { rows: [], watermarks: [] };
  const flush = (): void => {
    if (pending.rows.length > 0) {
      inputs.push({ kind: 'rows', rows: pending.rows, ...(sendBefore && { watermarkBefore: pending.watermarks }) });
      inputs.push({ kind: 'watermark', watermarkMs: running });
    }
    pending = { rows: [], watermarks: [] };
  };
  for (const [index, values] of rows.entries()) {
    const ms = (values[0] as number) + index * 2;
    if (cuts[index] === true || !sendBefore) flush();
    pending.rows.push([BigInt(ms) * 1000n, ...values.slice(1)]);
    pending.watermarks.push(running === Number.NEGATIVE_INFINITY ? -(1n << 60n) : BigInt(running) * 1000n);
    entries.push({ row: pending.rows.at(-1)!, ms, watermarkMs: running });
    greatest = Math.max(greatest, ms);
    running = Math.max(running, greatest - delay);
  }
  flush();
  inputs.push({ kind: 'watermark', watermarkMs: Number.POSITIVE_INFINITY }, { kind: 'end' });
  return { entries, inputs };
}

describe('window aggregate', () => {
  for (const window of windows) {
    const name = JSON.stringify(window);
    test(`${name}: any cuts, late rows, rebuilt in between`, () => {
      fc.assert(
        fc.property(
          fc.array(row(40), { maxLength: 50 }),
          fc.array(fc.boolean(), { maxLength: 50 }),
          fc.nat(30),
          fc.boolean(),
          fc.boolean(),
          fc.boolean(),
          fc.constantFrom<Rebuild>('never', 'operator', 'tables'),
          (rows, cuts, delay, sendBefore, keyed, plain, rebuild) => {
            const calls = plain ? plainCalls : allCalls;
            const { entries, inputs } = inputsOf(rows, cuts, delay, sendBefore);
            const definition = spec(window, calls, { kind: 'rowtime', column: 0 }, keyed);
            const run = runOperator(windowAggregateDefinition, definition, schema, inputs, { rebuild });
            const expected = oracle(window, calls, entries, keyed);
            expect(run.output.map(entry => rowText(entry.row)).sort()).toEqual(expected.lines);
            expect(run.counters.lateRows).toBe(expected.late);
            const ends = run.output.map(entry => entry.row[1] as bigint);
            expect(ends).toEqual([...ends].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
          },
        ),
        { numRuns: 60 },
      );
    });
  }

  test('times far apart in one batch, and rows without a time', () => {
    const rows: Value[][] = [
      [0n, 'x', 1n, null, true],
      [10n ** 15n, 'x', 2n, null, true],
      [null, 'x', 9n, null, true],
      [-(10n ** 15n), 'x', 3n, null, true],
      [10n ** 15n, 'x', 4n, null, true],
    ];
    const definition = spec({ kind: 'tumble', sizeMs: 10, offsetMs: 0 }, plainCalls, { kind: 'rowtime', column: 0 });
    const { output } = runOperator(windowAggregateDefinition, definition, schema, [{ kind: 'rows', rows }, { kind: 'end' }]);
    expect(output.map(entry => entry.row.slice(4))).toEqual([
      [1n, 3n, 3n, 3n],
      [1n, 1n, 1n, 1n],
      [2n, 6n, 4n, 3n],
    ]);
  });

  test('windows of local time follow the offset of the zone', () => {
    const local = [{ ...schema[0], type: types.timestampLtz(3, true, 'rowtime') }, ...schema.slice(1)];
    const definition: WindowAggregateSpec = {
      ...spec({ kind: 'tumble', sizeMs: 86_400_000, offsetMs: 0 }, plainCalls.slice(0, 1), { kind: 'rowtime', column: 0 }),
      input: local,
    };
    const utc = (text: string): bigint => BigInt(Date.parse(text)) * 1000n;
    const rows = ['2024-03-30T23:30:00Z', '2024-03-31T00:30:00Z', '2024-03-31T21:59:59Z', '2024-03-31T22:00:00Z'].map(text => [
      utc(text),
      'x',
      1n,
      null,
      true,
    ]);
    const inputs: Input[] = [
      { kind: 'rows', rows },
      { kind: 'watermark', watermarkMs: Date.parse('2024-03-31T21:59:59.998Z') },
      { kind: 'watermark', watermarkMs: Date.parse('2024-03-31T21:59:59.999Z') },
      { kind: 'end' },
    ];
    const run = runOperator(windowAggregateDefinition, definition, local, inputs, { localTimeZone: 'Europe/Berlin' });
    expect(run.output.map(entry => [entry.input, entry.row[0], entry.row[4]])).toEqual([
      [2, utc('2024-03-31T00:00:00Z'), 3n],
      [3, utc('2024-04-01T00:00:00Z'), 1n],
    ]);
  });

  test('processing time: a window fires when the clock has passed its end', () => {
    const definition = spec({ kind: 'tumble', sizeMs: 10, offsetMs: 0 }, plainCalls.slice(0, 1), { kind: 'proctime' });
    const one: Value[] = [null, 'x', 1n, null, true];
    const inputs: Input[] = [
      { kind: 'rows', rows: [one, one], processingTimeMs: 1003 },
      { kind: 'rows', rows: [one], processingTimeMs: 1009 },
      { kind: 'timer', timeMs: 1010 },
      { kind: 'rows', rows: [one], processingTimeMs: 1010 },
      { kind: 'end' },
    ];
    for (const rebuild of ['never', 'operator', 'tables'] as const) {
      const { output } = runOperator(windowAggregateDefinition, definition, schema, inputs, { rebuild });
      expect(output.map(entry => [entry.input, entry.row[1], entry.row[4]])).toEqual([
        [2, 1_010_000n, 3n],
        [4, 1_020_000n, 1n],
      ]);
    }
  });

  test('rows that carry their window', () => {
    const window: AlignedWindow = { kind: 'hop', sizeMs: 20, slideMs: 5, offsetMs: 0 };
    const definition = spec(window, plainCalls.slice(0, 2), { kind: 'attached', endColumn: 0 });
    const of = (end: number, key: string, big: bigint): Value[] => [BigInt(end) * 1000n, key, big, null, true];
    const inputs: Input[] = [
      { kind: 'rows', rows: [of(20, 'x', 1n), of(25, 'x', 2n), of(20, 'x', 3n)] },
      { kind: 'watermark', watermarkMs: 19 },
      { kind: 'rows', rows: [of(20, 'x', 1n), of(25, 'y', 7n)] },
      { kind: 'watermark', watermarkMs: Number.POSITIVE_INFINITY },
    ];
    const { output, counters } = runOperator(windowAggregateDefinition, definition, schema, inputs);
    expect(output.map(({ input, row: values }) => [input, values[0], values[1], values[2], values[4], values[5]])).toEqual([
      [1, 0n, 20_000n, 'x', 2n, 4n],
      [3, 5000n, 25_000n, 'x', 1n, 2n],
      [3, 5000n, 25_000n, 'y', 1n, 7n],
    ]);
    expect(counters.lateRows).toBe(1);
  });
});
