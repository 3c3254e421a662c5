import { RecordBatchReader } from 'apache-arrow';
import { expect, it } from 'vitest';
import { arrowSchemaOf, batchOfArrow, writeIpc } from '../../core/columnar/arrow.ts';
import { arrowMessageOf } from '../../core/columnar/arrow-message.ts';
import { IpcParts } from '../../core/columnar/arrow-parts.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const schema: Schema = [
  { name: 'flag', type: types.boolean() },
  { name: 'small', type: types.tinyint() },
  { name: 'count', type: types.int() },
  { name: 'big', type: types.bigint() },
  { name: 'price', type: types.decimal(10, 2) },
  { name: 'huge', type: types.decimal(38, 4) },
  { name: 'ratio', type: types.double() },
  { name: 'name', type: types.string() },
  { name: 'content', type: types.bytes() },
  { name: 'day', type: types.date() },
  { name: 'at', type: types.timestamp(3) },
  { name: 'exact', type: types.timestampLtz(9) },
  { name: 'months', type: types.intervalYearMonth() },
  { name: 'span', type: types.intervalDayTime() },
  { name: 'list', type: types.array(types.string()) },
  { name: 'map', type: types.map(types.string(false), types.int()) },
  { name: 'bag', type: types.multiset(types.int(false)) },
  {
    name: 'row',
    type: types.row([
      { name: 'a', type: types.int() },
      { name: 'b', type: types.array(types.int()) },
    ]),
  },
  { name: 'nothing', type: types.null },
];
const full = (row: number): Value[] => [
  row % 2 === 0,
  row % 100,
  row,
  BigInt(row) * 10n ** 12n,
  BigInt(-row),
  BigInt(row) * 10n ** 30n,
  row / 4,
  row % 3 === 0 ? '' : `${'long text of a row '.repeat(row % 4)}${row}`,
  Uint8Array.of(row & 255, 7),
  row,
  BigInt(row) * 1000n,
  BigInt(row),
  row % 24,
  BigInt(row) * 86_400_000n,
  Array.from({ length: row % 4 }, (_, index) => (index === 1 ? null : `item ${index} of ${row}`)),
  [[`key ${row}`, row]],
  [[row, 2]],
  [row, [row, null]],
  null,
];

it.each([0, 1, 7, 8, 63, 64, 65, 1000])('%s rows are what apache-arrow reads', count => {
  for (const withNulls of [false, true]) {
    const memory = new TaskMemory();
    const kernels = loadKernels(memory);
    const rows = Array.from({ length: count }, (_, row) =>
      full(row).map((value, column) => (withNulls && (row * 7 + column) % 5 === 0 ? null : value)),
    );
    const message = arrowMessageOf({ memory, kernels }, valuesToBatch(memory, schema, rows));
    const body = Buffer.alloc(message.bodyBytes + 16, 255);
    message.writeBody(body, 8);
    // nothing beside its place is written
    expect([...body.subarray(0, 8), ...body.subarray(-8)]).toEqual(new Array(16).fill(255));
    const parts = new IpcParts();
    const stream = writeIpc(schema, [], 'stream');
    const schemaBytes = new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
    parts.add({ header: stream.subarray(8, 8 + schemaBytes), body: new Uint8Array(0) });
    const read = parts.add({ header: message.header, body: body.subarray(8, 8 + message.bodyBytes) })!;
    expect(read.numRows).toBe(count);
    for (const [index, child] of read.data.children.entries())
      if (count > 0 && schema[index]!.name !== 'nothing')
        expect(child!.nullCount, schema[index]!.name).toBe(rows.filter(row => row[index] === null).length);
    const back = new TaskMemory();
    expect(readRows(back, batchOfArrow({ memory: back, kernels: loadKernels(back) }, read, schema))).toEqual(rows);
  }
});

it('the schema is the one of other IPC', () => {
  const reader = RecordBatchReader.from(writeIpc(schema, [], 'stream')).open();
  expect(String(reader.schema)).toBe(String(arrowSchemaOf(schema)));
});
