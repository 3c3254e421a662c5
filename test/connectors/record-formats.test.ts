import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf } from '../../core/columnar/batch.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { recordReader, recordWriter } from '../../core/connectors/index.ts';
import { arbitraryValue } from '../columnar/arbitraries.ts';
import { testTask } from '../support/source-reading.ts';

/** Rows, and what else is known, of these records. */
function readAll(
  format: string,
  schema: Schema,
  records: readonly (string | Uint8Array)[],
  options: Record<string, string> = {},
): { rows: Value[][]; records: number[] | undefined; bad: readonly { record: number; error: string }[] } {
  const task = testTask();
  const { memory } = task;
  const reader = recordReader(
    format,
    schema,
    schema.map((_, index) => index),
    { format, ...options },
    task,
  );
  const bytes = records.map(record => Buffer.from(record));
  const places = memory.allocateSegment(records.length * 8 + 64);
  const text = memory.allocateSegment(bytes.reduce((sum, one) => sum + one.length, 0) + 128);
  let at = text;
  for (const [index, one] of bytes.entries()) {
    memory.u32[(places >> 2) + index * 2] = at;
    memory.u32[(places >> 2) + index * 2 + 1] = one.length;
    memory.u8.set(one, at);
    at += one.length;
  }
  const read = reader.read({ places, count: records.length });
  const rows = readRows(memory, read.batch);
  expect(Buffer.concat(bytes).equals(memory.u8.slice(text, at)), 'records are as they were').toBe(true);
  reader.close();
  return { rows, records: read.records && [...read.records], bad: read.bad.map(({ record, error }) => ({ record, error })) };
}

function writeAll(
  format: string,
  schema: Schema,
  rows: readonly (readonly Value[])[],
  options: Record<string, string> = {},
): Uint8Array[] {
  const { memory, kernels, wake } = testTask();
  const writer = recordWriter(
    format,
    schema,
    { format, ...options },
    { memory, kernels, wake, subtask: 0, epochMs: () => 0, output: () => undefined },
  );
  const found: Uint8Array[] = [];
  const columns = schema.map((field, index) =>
    columnOf(
      memory,
      field.type,
      rows.map(row => row[index]!),
    ),
  );
  writer.write(batchOf(rows.length, columns), record => found.push(record.slice()));
  writer.close();
  return found;
}

const ab: Schema = [
  { name: 'a', type: types.int() },
  { name: 'b', type: types.string() },
];

describe('single records', () => {
  it('of JSON, over several lines or with several rows', () => {
    expect(readAll('json', ab, ['{"a":1,"b":"x"}', '{"a":2}'])).toEqual({
      rows: [
        [1, 'x'],
        [2, null],
      ],
      records: undefined,
      bad: [],
    });
    expect(readAll('json', ab, ['{\n "a": 1,\n "b": "x"\n}', '[{"a":2},{"a":3}]', '', '{"a":4}'])).toEqual({
      rows: [
        [1, 'x'],
        [2, null],
        [3, null],
        [4, null],
      ],
      records: [0, 1, 1, 3],
      bad: [],
    });
  });

  it('of JSON are the same rows where they lie and laid out as lines', () => {
    const object = fc
      .record(
        { a: fc.integer({ min: -9, max: 1e9 }), b: fc.string({ unit: 'grapheme' }), c: fc.array(fc.string(), { maxLength: 3 }) },
        { requiredKeys: [] },
      )
      .chain(value =>
        fc.constantFrom(JSON.stringify(value), JSON.stringify(value, undefined, 1), ` ${JSON.stringify(value)}\t `),
      );
    const odd = fc.constantFrom(
      '',
      'zz',
      '{"a":1',
      '{"a":1}{"a":2}',
      '{"a":1}\n{"a":2}',
      '{"b":"x\ny"}',
      '[{"a":7}]',
      '{"c":[1,\n2],"a":3}',
      Uint8Array.from([0x7b, 0x22, 0x62, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]),
    );
    const policies: readonly Record<string, string>[] = [{ 'bad-records': 'skip' }, { 'json.ignore-parse-errors': 'true' }];
    for (const policy of policies) {
      fc.assert(
        fc.property(
          fc.array(fc.oneof({ weight: 20, arbitrary: object }, { weight: 1, arbitrary: odd }), { minLength: 1, maxLength: 12 }),
          records => {
            const count = records.length;
            const there = readAll('json', ab, records, policy);
            // an empty record in front has all of them laid out
            const laid = readAll('json', ab, ['', ...records], policy);
            expect(there.rows).toEqual(laid.rows);
            expect(there.records ?? [...Array(count).keys()]).toEqual(laid.records!.map(record => record - 1));
            expect(there.bad).toEqual(laid.bad.map(each => ({ ...each, record: each.record - 1 })));
          },
        ),
        { numRuns: 150 },
      );
    }
  });

  it('that are bad fail, are told, or pass as Flink has it', () => {
    const records = ['{"a":1}', '{"a":"q"}', 'zz', '{"a":2}'];
    expect(() => readAll('json', ab, records)).toThrow(/record 2 of 4: expected INT for column 'a'/);
    expect(readAll('json', ab, records, { 'bad-records': 'skip' })).toEqual({
      rows: [
        [1, null],
        [2, null],
      ],
      records: [0, 3],
      bad: [
        { record: 1, error: "expected INT for column 'a'" },
        { record: 2, error: "expected '{'" },
      ],
    });
    expect(readAll('json', ab, records, { 'json.ignore-parse-errors': 'true' }).rows).toEqual([
      [1, null],
      [null, null],
      [2, null],
    ]);
  });

  it('of CSV, with line ends in quotes', () => {
    expect(readAll('csv', ab, ['1,"x\ny"', '2,z']).rows).toEqual([
      [1, 'x\ny'],
      [2, 'z'],
    ]);
    expect(readAll('csv', ab, ['1,"x', '2,z'], { 'bad-records': 'skip' })).toMatchObject({ rows: [[2, 'z']], records: [1] });
  });

  it('of numbers and text', () => {
    expect(
      readAll('raw', [{ name: 'n', type: types.int() }], [Buffer.from([0, 0, 1, 2]), Buffer.from([0xff, 0xff, 0xff, 0xff])]).rows,
    ).toEqual([[258], [-1]]);
    expect(() => readAll('raw', [{ name: 'n', type: types.int() }], [Buffer.from([0, 0, 1])])).toThrow(/a INT of 4 bytes/);
    expect(
      readAll('raw', [{ name: 's', type: types.string() }], [Buffer.from([0xfc])], { 'raw.charset': 'ISO-8859-1' }).rows,
    ).toEqual([['ü']]);
  });

  it('of Avro, cut short', () => {
    const records = writeAll('avro', ab, [
      [1, 'x'],
      [2, 'yy'],
      [3, null],
    ]);
    expect(readAll('avro', ab, records).rows).toEqual([
      [1, 'x'],
      [2, 'yy'],
      [3, null],
    ]);
    const cut = [records[0]!, records[1]!.subarray(0, 4), records[2]!];
    expect(() => readAll('avro', ab, cut)).toThrow(/record 2 of 3/);
    expect(readAll('avro', ab, cut, { 'bad-records': 'skip' })).toMatchObject({
      rows: [
        [1, 'x'],
        [3, null],
      ],
      records: [0, 2],
    });
  });

  it('come back as they were written', () => {
    const schema: Schema = [
      { name: 'i', type: types.int() },
      { name: 'l', type: types.bigint() },
      { name: 'd', type: types.double() },
      { name: 's', type: types.string() },
      { name: 'c', type: types.decimal(20, 4) },
      { name: 't', type: types.timestamp(3) },
      { name: 'a', type: types.array(types.string()) },
      { name: 'm', type: types.map(types.string(false), types.bigint()) },
      {
        name: 'r',
        type: types.row([
          { name: 'x', type: types.array(types.int()) },
          { name: 'y', type: types.boolean() },
        ]),
      },
    ];
    const wellFormed = (value: Value): boolean =>
      typeof value === 'string' ? value.isWellFormed() : Array.isArray(value) ? value.every(wellFormed) : true;
    const unique = (value: Value): boolean =>
      value === null ||
      new Set((value as readonly (readonly Value[])[]).map(([key]) => key)).size === (value as readonly Value[]).length;
    const row = fc
      .tuple(...schema.map(field => arbitraryValue(field.type).filter(wellFormed)))
      .filter(values => unique(values[7]!) && inMillis(values[5]!));
    for (const format of ['json', 'avro'])
      fc.assert(
        fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), rows => {
          expect(readAll(format, schema, writeAll(format, schema, rows)).rows).toEqual(rows);
        }),
        { numRuns: 200 },
      );
  });
});

const inMillis = (value: Value): boolean => value === null || (value as bigint) % 1000n === 0n;
