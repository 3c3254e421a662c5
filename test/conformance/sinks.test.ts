import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonRow } from '../../core/columnar/json-value.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import type { CommitHandle, SinkWriter } from '../../core/connectors/contract.ts';
import { connectorOf } from '../../core/connectors/index.ts';
import { arbitraryValue, flatTypes, nestedTypes } from '../columnar/arbitraries.ts';
import { sourceOf, type TestTask, testTask } from '../support/source-reading.ts';
import { describeSink } from './sink-conformance.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemill-sinks-'));
afterAll(() => rmSync(root, { recursive: true }));
let directories = 0;
const newDirectory = (): string => join(root, String(++directories));

interface Opened {
  readonly writer: SinkWriter;
  readonly task: TestTask;
  write(rows: readonly (readonly Value[])[]): Promise<void>;
}
function open(path: string, format: string, schema: Schema, options: Record<string, string> = {}, subtask = 0): Opened {
  const task = testTask();
  const sink = connectorOf('filesystem').sink!({
    name: 't',
    connector: 'filesystem',
    schema,
    options: { path, format, ...options },
  });
  const writer = sink.open({ ...task, subtask, output: () => {} });
  return {
    writer,
    task,
    async write(rows) {
      const batch = valuesToBatch(task.memory, schema, rows);
      while (!writer.tryWrite(batch)) await new Promise(resolve => setImmediate(resolve));
      task.memory.arena.reset();
    },
  };
}
async function readAll(path: string, format: string, schema: Schema, options: Record<string, string> = {}): Promise<Value[][]> {
  const source = sourceOf({ connector: 'filesystem', path, format, ...options }, schema);
  const rows: Value[][] = [];
  for (const split of await source.discover(1)) {
    const task = testTask();
    const reader = source.open(split, undefined, task);
    for (;;) {
      const result = reader.tryRead(1000);
      if (result.kind === 'end') break;
      if (result.kind === 'batch') rows.push(...readRows(task.memory, result.batch));
      else await new Promise(resolve => setImmediate(resolve));
    }
    reader.close();
  }
  return rows;
}
const visible = (path: string): string[] => (existsSync(path) ? readdirSync(path).filter(name => !name.startsWith('.')) : []);

const schema: Schema = [
  { name: 'id', type: types.int() },
  { name: 'name', type: types.string() },
];
for (const format of ['json', 'csv', 'avro', 'parquet', 'arrow', 'raw']) {
  const single: Schema = [{ name: 'name', type: types.string() }];
  const fields = format === 'raw' ? single : schema;
  describeSink(`filesystem, ${format}`, () => {
    const path = newDirectory();
    return {
      schema: fields,
      row: number => (format === 'raw' ? [`row ${number}`] : [number, `row ${number}`]),
      open: () =>
        connectorOf('filesystem').sink!({
          name: 't',
          connector: 'filesystem',
          schema: fields,
          options: { path, format, 'sink.rolling-policy.file-size': '100 b' },
        }),
      read: async () => (existsSync(path) ? readAll(path, format, fields) : []),
      guarantee: 'exactly-once',
      // every part is synced, and the simulation tries many more
      schedules: 3,
    };
  });
}
describeSink('filesystem, partitions that are announced', () => {
  const path = newDirectory();
  return {
    schema,
    row: number => [number, `p${number % 3}`],
    open: () =>
      connectorOf('filesystem').sink!({
        name: 't',
        connector: 'filesystem',
        schema,
        partitionedBy: ['name'],
        options: { path, format: 'csv', 'sink.partition-commit.policy.kind': 'success-file' },
      }),
    read: async () => (existsSync(path) ? partitionedRows(path) : []),
    guarantee: 'exactly-once',
  };
});
function partitionedRows(path: string): Value[][] {
  return readdirSync(path)
    .filter(name => name.startsWith('name='))
    .flatMap(folder =>
      readdirSync(join(path, folder))
        .filter(name => name.startsWith('part-'))
        .flatMap(name =>
          readFileSync(join(path, folder, name), 'utf8')
            .split('\n')
            .filter(Boolean),
        )
        .map(line => [Number(line), folder.slice('name='.length)]),
    );
}

for (const format of ['json', 'csv', 'avro', 'parquet', 'arrow']) {
  describe(`sink filesystem, ${format}`, () => {
    it('shows rows only once they are committed, and commits again without harm', async () => {
      const path = newDirectory();
      const { writer, write } = open(path, format, schema);
      expect(await writer.prepare(1)).toBeUndefined();
      await write([[1, 'a']]);
      await write([[2, null]]);
      expect(visible(path)).toEqual([]);
      const preparing = writer.prepare(2);
      // what comes while a part is being prepared is of the next one
      await write([[3, 'c']]);
      const handle = JSON.parse(JSON.stringify(await preparing)) as CommitHandle;
      expect(visible(path)).toEqual([]);
      await writer.commit(handle);
      await writer.commit(handle);
      expect(await readAll(path, format, schema)).toEqual([
        [1, 'a'],
        [2, format === 'csv' ? '' : null],
      ]);
      await writer.commit((await writer.prepare(3))!);
      await writer.close();
      expect((await readAll(path, format, schema)).length).toBe(3);
      expect(visible(path)).toEqual([`part-0-0.${format}`, `part-0-1.${format}`]);
      expect(readdirSync(path).length).toBe(2);
    });

    it('leaves nothing of what is aborted or never prepared', async () => {
      const path = newDirectory();
      const { writer, write } = open(path, format, schema);
      await write([[1, 'a']]);
      const handle = (await writer.prepare(1))!;
      await writer.abort(handle);
      await writer.abort(handle);
      await writer.commit(handle);
      await write([[2, 'b']]);
      await writer.close();
      expect(existsSync(path) ? readdirSync(path) : []).toEqual([]);
    });

    it('settles handles of a writer that is gone, and adds to what other jobs wrote', async () => {
      const path = newDirectory();
      const first = open(path, format, schema);
      await first.write([[1, 'a']]);
      const handle = (await first.writer.prepare(1))!;
      const second = open(path, format, schema);
      await second.write([[2, 'b']]);
      const other = (await second.writer.prepare(1))!;
      await second.writer.commit(other);
      await second.writer.commit(handle);
      await second.writer.close();
      expect((await readAll(path, format, schema)).map(row => row[0]).sort()).toEqual([1, 2]);
    });

    it('refuses rows that are taken back', () => {
      const { writer, task } = open(newDirectory(), format, schema);
      expect(() => writer.tryWrite(valuesToBatch(task.memory, schema, [[1, 'a']], [-1]))).toThrow(/takes new rows only/);
    });
  });
}

const jsonNested: SqlType[] = nestedTypes
  .filter(type => type.kind !== 'MAP' || type.key.kind === 'VARCHAR')
  .filter(type => type.kind !== 'MULTISET');
const isWellFormed = (value: Value): boolean =>
  typeof value !== 'string' || (value as string & { isWellFormed(): boolean }).isWellFormed();
const rowsOf = (allowed: readonly SqlType[]) =>
  fc.array(fc.constantFrom(...allowed), { minLength: 1, maxLength: 5 }).chain(fieldTypes => {
    const fields = fieldTypes.map((type, index) => ({ name: `c "${index}"`, type }));
    return fc.tuple(
      fc.constant(fields),
      fc.array(fc.tuple(...fields.map(field => arbitraryValue(field.type).filter(isWellFormed))), { maxLength: 10 }),
    );
  });
const noIntervals = (type: SqlType): boolean => type.kind !== 'INTERVAL_DAY_TIME' && type.kind !== 'INTERVAL_YEAR_MONTH';

describe('rows come back as they were written', () => {
  for (const [format, allowed, options] of [
    ['json', [...flatTypes, ...jsonNested].filter(noIntervals), {}],
    [
      'json',
      [...flatTypes, ...jsonNested].filter(noIntervals),
      { 'json.timestamp-format.standard': 'ISO-8601', 'json.encode.ignore-null-fields': 'true' },
    ],
    ['csv', [...flatTypes].filter(noIntervals), { 'csv.null-literal': 'NULL!' }],
    [
      'csv',
      [...flatTypes].filter(noIntervals),
      { 'csv.null-literal': 'NULL!', 'csv.header': 'true', 'csv.field-delimiter': ';', 'csv.escape-character': '\\' },
    ],
  ] as const) {
    it(`${format} ${JSON.stringify(options)}`, async () => {
      await fc.assert(
        fc.asyncProperty(rowsOf(allowed), async ([fields, rows]) => {
          const path = newDirectory();
          const { writer, write } = open(path, format, fields, options);
          await write(rows);
          const handle = await writer.prepare(1);
          if (handle !== undefined) await writer.commit(handle);
          await writer.close();
          if (rows.length === 0) return;
          // One empty text is an empty line, which readers leave out.
          fc.pre(
            format !== 'csv' ||
              fields.length > 1 ||
              rows.every(([value]) => !(value instanceof Uint8Array && value.length === 0)),
          );
          expect(await readAll(path, format, fields, options)).toEqual(rows);
        }),
        { numRuns: 100 },
      );
    });
  }

  it('JSON is what the rest of the engine writes, but for times and doubles, which are written as Flink does', async () => {
    const allowed = [...flatTypes, ...nestedTypes].filter(noIntervals);
    await fc.assert(
      fc.asyncProperty(
        rowsOf(allowed.filter(type => !/TIMESTAMP|FLOAT|DOUBLE/.test(JSON.stringify(type)))),
        async ([fields, rows]) => {
          fc.pre(rows.length > 0);
          const path = newDirectory();
          const { writer, write } = open(path, 'json', fields, { 'json.encode.decimal-as-plain-number': 'true' });
          await write(rows);
          await writer.commit((await writer.prepare(1))!);
          await writer.close();
          const text = readFileSync(join(path, 'part-0-0.json'), 'utf8');
          expect(text.trimEnd().split('\n')).toEqual(rows.map(row => jsonRow(fields, row)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('a NULL key of a MAP is an error, or null', async () => {
    const fields: Schema = [{ name: 'm', type: types.map(types.string(), types.int()) }];
    const failing = open(newDirectory(), 'json', fields);
    await expect(failing.write([[[[null, 1]]]])).rejects.toMatchObject({ code: 'null-map-key' });
    await failing.writer.close();
    const path = newDirectory();
    const { writer, write } = open(path, 'json', fields, { 'json.map-null-key.mode': 'LITERAL' });
    await write([[[[null, 1]]]]);
    await writer.commit((await writer.prepare(1))!);
    await writer.close();
    expect(readFileSync(join(path, 'part-0-0.json'), 'utf8')).toBe('{"m":{"null":1}}\n');
  });

  it('text longer than the buffer', async () => {
    const path = newDirectory();
    const { writer, write } = open(path, 'json', schema);
    const rows = Array.from({ length: 50 }, (_, n): Value[] => [n, `"${'\n'.repeat(n * 10_000)}`]);
    await write(rows);
    await writer.commit((await writer.prepare(1))!);
    await writer.close();
    expect(await readAll(path, 'json', schema)).toEqual(rows);
  });
});
