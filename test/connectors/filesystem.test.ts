import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Schema, types, typeToString } from '../../core/columnar/types.ts';
import { csvSettings } from '../../core/connectors/csv/decoder.ts';
import { csvRecords, typeOfText } from '../../core/connectors/csv/infer.ts';
import { lineNumberOf } from '../../core/connectors/filesystem/line-buffer.ts';
import { connectorOf } from '../../core/connectors/index.ts';
import { readSplit, sourceOf, testTask } from '../support/source-reading.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidemill-files-'));
afterAll(() => rmSync(directory, { recursive: true }));
const filesystem = connectorOf('filesystem');

function fileOf(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}
async function inferred(
  name: string,
  text: string,
  options: Record<string, string>,
): Promise<{ columns: string[]; options: object }> {
  fileOf(name, text);
  const given = { connector: 'filesystem', path: name, ...options };
  const schema = await filesystem.inferSchema!(given, directory);
  return {
    columns: schema.map(field => `${field.name} ${typeToString(field.type)}`),
    options: await filesystem.inferOptions!(given, directory),
  };
}

describe('columns from the data', () => {
  it('of CSV, with and without a header', async () => {
    expect(
      await inferred(
        'a.csv',
        'id,name,"at, local",price,ok,day\n1,x,2024-01-01 00:00:00.25,1.5,true,2024-01-01\n2,,,2,false,\n',
        { format: 'csv' },
      ),
    ).toEqual({
      columns: ['id BIGINT', 'name STRING', 'at, local TIMESTAMP(3)', 'price DOUBLE', 'ok BOOLEAN', 'day DATE'],
      options: { 'csv.header': 'true' },
    });
    expect(await inferred('b.csv', '1,x\n2,y\n', { format: 'csv' })).toEqual({
      columns: ['f0 BIGINT', 'f1 STRING'],
      options: { 'csv.header': 'false' },
    });
    expect(await inferred('c.csv', 'a|b\n1|\n', { format: 'csv', 'csv.field-delimiter': '|', 'csv.header': 'false' })).toEqual({
      columns: ['f0 STRING', 'f1 STRING'],
      options: { 'csv.header': 'false' },
    });
    await expect(inferred('d.csv', '', { format: 'csv' })).rejects.toThrow(/is empty/);
    await expect(inferred('e.csv', 'a,a\n1,2\n', { format: 'csv', 'csv.header': 'true' })).rejects.toThrow(/two columns 'a'/);
  });

  it('of JSON lines, nested', async () => {
    const text =
      '{"a":1,"t":"2024-01-01T00:00:00Z","r":{"x":[1.5]}}\n{"a":2,"b":null,"r":{"y":true,"x":[]},"t":"2024-01-01T00:00:00.123456Z"}\n';
    expect(await inferred('a.json', text, { format: 'json' })).toEqual({
      columns: ['a BIGINT', 't TIMESTAMP_LTZ(6)', 'r ROW<`x` ARRAY<DOUBLE>, `y` BOOLEAN>', 'b STRING'],
      options: { 'json.timestamp-format.standard': 'ISO-8601' },
    });
    expect((await inferred('b.json', '{"a":1}\n{"a":"x","t":"2024-01-01 10:00:00"}\n', { format: 'json' })).columns).toEqual([
      'a STRING',
      't TIMESTAMP(3)',
    ]);
    await expect(inferred('c.json', '{"a":1}\n[2]\n', { format: 'json' })).rejects.toThrow(/c\.json:2: expected an object/);
  });

  it('reads what it inferred', async () => {
    fileOf('r.csv', 'n,s\n1,"a\nb"\n2,c\n');
    const given = { connector: 'filesystem', path: 'r.csv', format: 'csv' };
    const schema = await filesystem.inferSchema!(given, directory);
    const source = sourceOf({ ...given, ...(await filesystem.inferOptions!(given, directory)) }, schema, {
      baseDirectory: directory,
    });
    const [split] = await source.discover(4);
    expect(readSplit(source, split!, testTask()).rows).toEqual([
      [1n, 'a\nb'],
      [2n, 'c'],
    ]);
  });

  it('tells types of texts apart', () => {
    const kinds = [
      '1',
      '-0',
      '007',
      '1e5',
      '.5',
      'TRUE',
      '2024-01-01',
      '2024-01-01T10:00:00.1234567',
      '9223372036854775808',
      'x',
      '',
    ];
    expect(kinds.map(text => typeOfText(text)?.kind)).toEqual([
      'BIGINT',
      'BIGINT',
      'VARCHAR',
      'DOUBLE',
      'DOUBLE',
      'BOOLEAN',
      'DATE',
      'TIMESTAMP',
      'DOUBLE',
      'VARCHAR',
      undefined,
    ]);
    expect(csvRecords('a,"b ""c"", d"\r\n# no\n', csvSettings({}), 9)).toEqual([['a', 'b "c", d'], ['# no']]);
  });
});

describe('files', () => {
  const schema: Schema = [{ name: 'n', type: types.int() }];
  const read = async (path: string, options: Record<string, string> = {}) => {
    const source = sourceOf({ connector: 'filesystem', format: 'json', path, ...options }, schema, { baseDirectory: directory });
    const rows: unknown[] = [];
    for (const split of await source.discover(1)) for (const row of readSplit(source, split, testTask()).rows) rows.push(row[0]);
    return rows;
  };
  fileOf('tree/1.json', '{"n":1}\n');
  fileOf('tree/b/2.json', '{"n":2}');
  fileOf('tree/b/3.txt', '{"n":3}\n');
  fileOf('tree/.git/4.json', '{"n":4}\n');
  fileOf('tree/_5.json', '{"n":5}\n');

  it('a file, a directory, a glob, a pattern, a URI', async () => {
    expect(await read('tree/1.json')).toEqual([1]);
    expect(await read('tree')).toEqual([1, 2, 3]);
    expect(await read('tree/**/*.json')).toEqual([1, 2]);
    expect(await read('tree', { 'source.path.regex-pattern': '.*/b/.*' })).toEqual([2, 3]);
    expect(await read(`file://${join(directory, 'tree', '1.json')}`)).toEqual([1]);
    expect(await read('tree/*.nothing')).toEqual([]);
  });

  it('says what is not there, or not read', async () => {
    await expect(read('none.json')).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(read('s3://bucket/x')).rejects.toMatchObject({ code: 'not-supported' });
    fileOf('x.json.bz2', 'zz');
    await expect(read('x.json.bz2')).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringContaining('packed as .bz2'),
    });
  });

  it('a watched directory has new files as new splits, and may be missing at first', async () => {
    const options = { connector: 'filesystem', format: 'json', path: 'later', 'source.monitor-interval': '1 s' };
    expect(filesystem.boundedness(options)).toBe('unbounded');
    const source = sourceOf(options, schema, { baseDirectory: directory });
    expect(await source.discover(1)).toEqual([]);
    fileOf('later/a.json', '{"n":1}\n');
    const first = await source.discover(1);
    fileOf('later/b.json', '{"n":2}\n');
    const second = await source.discover(1);
    expect([first.length, second.length]).toEqual([1, 2]);
    expect(second[0]).toEqual(first[0]);
  });

  it('counts lines for errors', () => {
    const path = fileOf('lines', `${'x\n'.repeat(1_500_000)}end`);
    expect([0, 1, 2, 3, 3_000_000].map(offset => lineNumberOf(path, offset))).toEqual([1, 1, 2, 2, 1_500_001]);
  });

  it('counts what the policy for bad records left out', async () => {
    const path = fileOf('bad.json', '{"n":1}\n{"n":"x"}\nnothing\n{"n":4}\n');
    const source = sourceOf({ connector: 'filesystem', format: 'json', path, 'json.ignore-parse-errors': 'true' }, schema);
    const [split] = await source.discover(1);
    const reader = source.open(split!, undefined, testTask());
    const result = reader.tryRead(10);
    expect([result.kind === 'batch' && result.batch.length, reader.badRecords?.()]).toEqual([3, 2]);
    reader.close();
  });

  it('a split that grows while it is read gives what was there when it was found', async () => {
    const path = fileOf('grows.json', '{"n":1}\n');
    const source = sourceOf({ connector: 'filesystem', format: 'json', path }, schema);
    const [split] = await source.discover(1);
    writeFileSync(path, '{"n":1}\n{"n":2}\n');
    expect(readSplit(source, split!, testTask()).rows).toEqual([[1]]);
  });
});
