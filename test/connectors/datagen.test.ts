import { describe, expect, it } from 'vitest';
import { type Schema, types } from '../../core/columnar/types.ts';
import { connectorOf } from '../../core/connectors/index.ts';
import { readSplit, sourceOf, testTask } from '../support/source-reading.ts';

async function rowsOf(options: Record<string, string>, schema: Schema, parallelism = 1, rowsMax = 1000) {
  const source = sourceOf({ connector: 'datagen', ...options }, schema);
  const splits = await source.discover(parallelism);
  return splits.map(split => readSplit(source, split, testTask(), { rowsMax }).rows);
}

const wide: Schema = [
  { name: 'b', type: types.boolean() },
  { name: 't', type: types.tinyint() },
  { name: 's', type: types.smallint() },
  { name: 'i', type: types.int() },
  { name: 'l', type: types.bigint() },
  { name: 'f', type: types.float() },
  { name: 'd', type: types.double() },
  { name: 'n', type: types.decimal(10, 2) },
  { name: 'm', type: types.decimal(30, 4) },
  { name: 'c', type: types.char(5) },
  { name: 'v', type: types.string() },
  { name: 'y', type: types.bytes() },
  { name: 'ts', type: types.timestamp(3) },
  { name: 'ltz', type: types.timestampLtz(9) },
  { name: 'day', type: types.date() },
  {
    name: 'r',
    type: types.row([
      { name: 'x', type: types.int() },
      { name: 'z', type: types.string() },
    ]),
  },
  { name: 'a', type: types.array(types.bigint()) },
  { name: 'mp', type: types.map(types.string(false), types.double()) },
];
const bounds = {
  'number-of-rows': '500',
  'fields.i.min': '-3',
  'fields.i.max': '3',
  'fields.n.min': '-1.5',
  'fields.n.max': '2.5',
  'fields.d.min': '1',
  'fields.d.max': '2',
  'fields.v.length': '20',
  'fields.v.var-len': 'true',
  'fields.r.x.kind': 'sequence',
  'fields.r.x.start': '10',
  'fields.r.x.end': '100000',
  'fields.a.length': '2',
  'fields.a.element.min': '1',
  'fields.a.element.max': '6',
  'fields.ts.max-past': '10 s',
  'fields.l.null-rate': '0.5',
};

describe('datagen', () => {
  it('makes all types within their bounds', async () => {
    const [rows] = await rowsOf(bounds, wide);
    expect(rows!.length).toBe(500);
    const column = (name: string) => rows!.map(row => row[wide.findIndex(field => field.name === name)]!);
    expect(new Set(column('b'))).toEqual(new Set([true, false]));
    expect(new Set(column('i'))).toEqual(new Set([-3, -2, -1, 0, 1, 2, 3]));
    for (const n of column('n') as bigint[]) expect(n >= -150n && n <= 250n).toBe(true);
    for (const d of column('d') as number[]) expect(d >= 1 && d < 2).toBe(true);
    for (const c of column('c') as string[]) expect(c).toMatch(/^[0-9a-f]{5}$/);
    const lengths = new Set((column('v') as string[]).map(v => v.length));
    expect([Math.min(...lengths), Math.max(...lengths), lengths.size]).toEqual([1, 20, 20]);
    expect((column('y')[0] as Uint8Array).length).toBe(100);
    const now = 1_700_000_000_000_000n;
    for (const ts of column('ts') as bigint[]) expect(ts <= now && ts >= now - 10_000_000n).toBe(true);
    expect(column('ltz')[0]).toBe(now * 1000n);
    expect(column('r').map(row => (row as number[])[0])).toEqual(Array.from({ length: 500 }, (_, n) => 10 + n));
    expect(new Set((column('a') as bigint[][]).flat())).toEqual(new Set([1n, 2n, 3n, 4n, 5n, 6n]));
    expect((column('mp')[0] as unknown[]).length).toBe(3);
    const nulls = column('l').filter(value => value === null).length;
    expect(nulls).toBeGreaterThan(200);
    expect(nulls).toBeLessThan(300);
  });

  it('gives the same rows at any parallelism and batch size', async () => {
    const [whole] = await rowsOf(bounds, wide);
    const parts = await rowsOf(bounds, wide, 3, 7);
    expect(Array.from({ length: 500 }, (_, n) => parts[n % 3]![Math.floor(n / 3)])).toEqual(whole);
    const [other] = await rowsOf({ ...bounds, seed: '1' }, wide);
    expect(other).not.toEqual(whole);
  });

  it('ends with its sequence, also of text', async () => {
    const schema: Schema = [
      { name: 'id', type: types.bigint(false) },
      { name: 'name', type: types.string() },
    ];
    const options = {
      'fields.id.kind': 'sequence',
      'fields.id.start': '-1',
      'fields.id.end': '3',
      'fields.name.kind': 'sequence',
      'fields.name.start': '99',
      'fields.name.end': '200',
    };
    expect(await rowsOf(options, schema)).toEqual([
      [
        [-1n, '99'],
        [0n, '100'],
        [1n, '101'],
        [2n, '102'],
        [3n, '103'],
      ],
    ]);
    const connector = connectorOf('datagen');
    expect(connector.boundedness(options)).toBe('bounded');
    expect(connector.boundedness({})).toBe('unbounded');
  });

  it('keeps to its rate by the clock it is given', async () => {
    const schema: Schema = [{ name: 'i', type: types.int() }];
    const source = sourceOf({ connector: 'datagen', 'rows-per-second': '100' }, schema);
    const task = testTask();
    const reader = source.open((await source.discover(1))[0]!, undefined, task);
    let rows = 0;
    const drain = () => {
      for (;;) {
        const result = reader.tryRead(1000);
        if (result.kind !== 'batch') return result.kind;
        rows += result.batch.length;
      }
    };
    expect(drain()).toBe('idle');
    task.nowMs += 1000;
    drain();
    expect(rows).toBe(101);
    reader.close();
  });
});
