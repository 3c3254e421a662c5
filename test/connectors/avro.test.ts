import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { batchOf } from '../../core/columnar/batch.ts';
import { type Schema, type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { avroHeaderBytes, varintBytes } from '../../core/connectors/avro/container.ts';
import { snappyCompress, snappyDecompress } from '../../core/connectors/avro/snappy.ts';
import { connectorOf } from '../../core/connectors/index.ts';
import { arbitraryValue } from '../columnar/arbitraries.ts';
import { readSplit, sourceOf, testTask } from '../support/source-reading.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidemill-avro-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;
const newPath = (): string => join(directory, `${++files}.avro`);

async function readFile(
  path: string,
  schema: Schema,
  options: { rowsMax?: number; parallelism?: number; columns?: readonly string[] } = {},
): Promise<Value[][]> {
  const source = sourceOf({ connector: 'filesystem', format: 'avro', path }, schema, { columns: options.columns });
  const rows: Value[][] = [];
  for (const split of await source.discover(options.parallelism ?? 1))
    rows.push(...readSplit(source, split, testTask(), { rowsMax: options.rowsMax }).rows);
  return rows;
}

async function writeFile(
  schema: Schema,
  rows: readonly (readonly Value[])[],
  options: Record<string, string> = {},
): Promise<string> {
  const path = join(directory, String(++files));
  const { memory, kernels, wake } = testTask();
  const connector = connectorOf('filesystem');
  const given = { connector: 'filesystem', format: 'avro', path, ...options };
  const writer = connector.sink!({ name: 't', connector: 'filesystem', options: given, schema }).open({
    memory,
    kernels,
    wake,
    subtask: 0,
    epochMs: () => 0,
    output: () => undefined,
  });
  writer.tryWrite(
    batchOf(
      rows.length,
      schema.map((field, index) =>
        columnOf(
          memory,
          field.type,
          rows.map(row => row[index]!),
        ),
      ),
    ),
  );
  await writer.commit((await writer.prepare(1))!);
  await writer.close();
  return join(path, 'part-0-0.avro');
}

/** A file of one block of these bytes, by hand. */
function fileOf(schema: unknown, records: number, block: Uint8Array, codec = 'null'): string {
  const sync = Buffer.alloc(16, 7);
  const path = newPath();
  writeFileSync(
    path,
    Buffer.concat([
      avroHeaderBytes(JSON.stringify(schema), codec, sync),
      varintBytes(records),
      varintBytes(block.length),
      block,
      sync,
    ]),
  );
  return path;
}

const wellFormed = (value: Value): boolean =>
  typeof value === 'string' ? value.isWellFormed() : Array.isArray(value) ? value.every(wellFormed) : true;
/** What the file can hold: milliseconds in timestamps of up to three digits. */
const held = (type: SqlType, value: Value): boolean =>
  value === null || type.kind !== 'TIMESTAMP' || type.precision > 3 || (value as bigint) % 1000n === 0n;

const columnTypes: readonly SqlType[] = [
  types.boolean(),
  types.tinyint(),
  types.smallint(false),
  types.int(),
  types.bigint(),
  types.float(),
  types.double(),
  types.decimal(9, 2),
  types.decimal(18, 0),
  types.decimal(38, 10),
  types.string(),
  types.bytes(),
  types.date(),
  types.time(true, 3),
  types.timestamp(3),
  types.timestamp(6),
  types.timestampLtz(6),
  types.array(types.string()),
  types.array(types.array(types.bigint(false))),
  types.map(types.string(false), types.row([{ name: 'x', type: types.decimal(20, 3) }])),
  types.row([
    { name: 'p', type: types.int() },
    { name: 'q', type: types.row([{ name: 'z', type: types.string() }]) },
  ]),
];

describe('Avro files', () => {
  for (const codec of ['null', 'deflate', 'snappy', 'zstandard'])
    it(`come back as they were written: ${codec}`, async () => {
      const table = fc.array(fc.constantFrom(...columnTypes), { minLength: 1, maxLength: 6 }).chain(kinds => {
        const schema: Schema = kinds.map((type, index) => ({ name: `c${index}`, type }));
        const row = fc.tuple(
          ...schema.map(({ type }) => arbitraryValue(type).filter(value => wellFormed(value) && held(type, value))),
        );
        return fc.tuple(fc.constant(schema), fc.array(row, { minLength: 1, maxLength: 10 }), fc.integer({ min: 1, max: 4 }));
      });
      await fc.assert(
        fc.asyncProperty(table, async ([schema, rows, rowsMax]) => {
          const path = await writeFile(schema, rows, { 'avro.codec': codec, 'avro.timestamp_mapping.legacy': 'false' });
          expect(await readFile(path, schema, { rowsMax })).toEqual(rows);
        }),
        { numRuns: 60 },
      );
    });

  it('of many blocks are read in parts, each record once, and go on from any place', async () => {
    const schema: Schema = [
      { name: 'n', type: types.bigint(false) },
      { name: 's', type: types.string(false) },
    ];
    const rows = Array.from({ length: 150_000 }, (_, index): Value[] => [
      BigInt(index),
      `row ${index} ${'x'.repeat(index % 90)}`,
    ]);
    const path = await writeFile(schema, rows, { 'avro.codec': 'null' });
    const found = await readFile(path, schema, { parallelism: 3 });
    expect(found.length).toBe(rows.length);
    expect(found).toEqual(rows);
    const source = sourceOf({ connector: 'filesystem', format: 'avro', path }, schema);
    const [split] = await source.discover(1);
    const first = readSplit(source, split!, testTask(), { rowsMax: 333, batches: 20 });
    const rest = readSplit(source, split!, testTask(), { position: first.positions.at(-1)! });
    expect([...first.rows, ...rest.rows].length).toBe(rows.length);
    expect(rest.rows[0]).toEqual(rows[first.rows.length]);
  });

  it('of other schemas: fields by name and alias, enums, fixed, unions the other way round, micros and nanos, what is not wanted', async () => {
    const writer = {
      type: 'record',
      name: 'R',
      namespace: 'a.b',
      fields: [
        { name: 'skipped', type: { type: 'array', items: { type: 'map', values: ['null', 'double'] } } },
        { name: 'old', aliases: ['e'], type: { type: 'enum', name: 'E', symbols: ['RED', 'a very long symbol of it'] } },
        { name: 'f', type: { type: 'fixed', name: 'F', size: 3 } },
        { name: 'u', type: ['long', 'null'] },
        { name: 'micros', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'nanos', type: { type: 'long', logicalType: 'local-timestamp-nanos' } },
        { name: 'dec', type: { type: 'fixed', name: 'D', size: 4, logicalType: 'decimal', precision: 9, scale: 2 } },
        { name: 'again', type: 'F' },
      ],
    };
    const record = Buffer.concat([
      // one map {"k": 0.5} in the array, as a run with its size
      Buffer.from([1, 26, 2, 2, 0x6b, 2, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 0]),
      Buffer.from([2, 1, 2, 3, 0, 13]),
      varintBytes(1_000_001),
      varintBytes(2_000_000_003),
      Buffer.from([0xff, 0xff, 0xff, 0x85, 9, 8, 7]),
    ]);
    const schema: Schema = [
      { name: 'nanos', type: types.timestamp(9) },
      { name: 'e', type: types.string() },
      { name: 'f', type: types.bytes() },
      { name: 'u', type: types.bigint() },
      { name: 'micros', type: types.timestamp(6) },
      { name: 'missing', type: types.array(types.int()) },
      { name: 'dec', type: types.decimal(9, 2) },
      { name: 'again', type: types.bytes() },
    ];
    const path = fileOf(writer, 1, record);
    expect(await readFile(path, schema)).toEqual([
      [2_000_000_003n, 'a very long symbol of it', Uint8Array.of(1, 2, 3), -7n, 1_000_001n, null, -123n, Uint8Array.of(9, 8, 7)],
    ]);
    expect(await readFile(fileOf(writer, 1, deflateRawSync(record), 'deflate'), schema, { columns: ['e'] })).toEqual([
      ['a very long symbol of it'],
    ]);
    const inferred = await connectorOf('filesystem').inferSchema!({ connector: 'filesystem', format: 'avro', path }, undefined);
    expect(inferred.map(field => `${field.name} ${field.type.kind}`)).toEqual([
      'skipped ARRAY',
      'old VARCHAR',
      'f VARBINARY',
      'u BIGINT',
      'micros TIMESTAMP',
      'nanos TIMESTAMP',
      'dec DECIMAL',
      'again VARBINARY',
    ]);
  });

  it('say what does not fit', async () => {
    const path = await writeFile([{ name: 'a', type: types.string() }], [['x']]);
    await expect(readFile(path, [{ name: 'a', type: types.int() }])).rejects.toThrow(
      /column 'a' is declared INT, and the file has STRING there/,
    );
    await expect(readFile(path, [{ name: 'b', type: types.int(false) }])).rejects.toThrow(/NULL, but column 'b' is NOT NULL/);
    await expect(writeFile([{ name: 't', type: types.timestamp(6) }], [[1n]])).rejects.toThrow(/TIMESTAMP\(6\) in Avro/);
    await expect(writeFile([{ name: 'a b', type: types.int() }], [[1]])).rejects.toThrow(/'a b' is no name/);
    await expect(writeFile([{ name: 'm', type: types.map(types.int(), types.int()) }], [[null]])).rejects.toThrow(
      /MAP<INT, INT> in Avro/,
    );
    const own = { type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] };
    await expect(readFile(fileOf(own, 0, Buffer.alloc(0)), [{ name: 'x', type: types.int() }])).rejects.toThrow(
      /contains itself/,
    );
    await expect(readFile(fileOf('long', 1, Buffer.from([2])), [{ name: 'x', type: types.int() }])).rejects.toThrow(
      /not records/,
    );
    await expect(
      readFile(fileOf({ type: 'record', name: 'r', fields: [] }, 0, Buffer.alloc(0), 'bzip2'), [
        { name: 'x', type: types.int() },
      ]),
    ).rejects.toThrow(/codec 'bzip2'/);
  });

  it('that are damaged anywhere give an error, or rows, and nothing else', async () => {
    const schema: Schema = [
      { name: 'n', type: types.bigint() },
      { name: 's', type: types.string() },
      { name: 'a', type: types.array(types.row([{ name: 'x', type: types.map(types.string(false), types.double()) }])) },
      { name: 'd', type: types.decimal(38, 3) },
    ];
    const rows = Array.from({ length: 20 }, (_, index): Value[] => [
      BigInt(index),
      `text ${index}`,
      [[[['k', index / 2]]], null],
      BigInt(index) * 10n ** 30n,
    ]);
    for (const codec of ['null', 'snappy', 'deflate', 'zstandard']) {
      const whole = readFileSync(await writeFile(schema, rows, { 'avro.codec': codec }));
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, change, cut) => {
          const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
          if (!cut) bytes[at]! ^= change;
          const path = newPath();
          writeFileSync(path, bytes);
          try {
            await readFile(path, schema);
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^(bad-file|bad-record|not-supported|wrong-type|no-columns)$/);
          }
        }),
        { numRuns: 150 },
      );
    }
  });
});

describe('Snappy', () => {
  it('packs and unpacks any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc
        .array(fc.constantFrom('abc', 'abcd', 'x', '0123456789'.repeat(20)), { maxLength: 2000 })
        .map(parts => new TextEncoder().encode(parts.join(''))),
    );
    fc.assert(
      fc.property(bytes, given => {
        expect(Buffer.from(snappyDecompress(snappyCompress(given), 1 << 30)).equals(given)).toBe(true);
      }),
      { numRuns: 300 },
    );
    const large = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) % 251));
    expect(Buffer.from(snappyDecompress(snappyCompress(large), 1 << 30)).equals(large)).toBe(true);
  });
});
