import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { localStorage } from '../../core/storage/local-storage.ts';
import { isGlob, resolvePath } from '../../core/storage/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-storage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const make = (path: string, text = 'x') => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const names = async (path: string) =>
  (await localStorage.list(join(folder, path))).map(file => file.path.slice(folder.length + 1));

describe('listing', () => {
  test('a file, a directory with all below, a glob; hidden ones only when named', async () => {
    for (const path of ['in/b.csv', 'in/a.csv', 'in/deep/c.csv', 'in/_SUCCESS', 'in/.x.inprogress', 'in/_tmp/d.csv', 'in/e.json'])
      make(path);
    expect(await names('in')).toEqual(['in/a.csv', 'in/b.csv', 'in/deep/c.csv', 'in/e.json']);
    expect(await names('in/a.csv')).toEqual(['in/a.csv']);
    expect(await names('in/*.csv')).toEqual(['in/a.csv', 'in/b.csv']);
    expect(await names('in/**/*.csv')).toEqual(['in/a.csv', 'in/b.csv', 'in/deep/c.csv']);
    expect(await names('in/{a,e}.*')).toEqual(['in/a.csv', 'in/e.json']);
    expect(await names('in/_tmp/*.csv')).toEqual(['in/_tmp/d.csv']);
    expect(await names('nothing')).toEqual([]);
    expect(await names('nothing/*.csv')).toEqual([]);
  });

  test('a name with brackets that exists is a name', async () => {
    make('odd[1].csv');
    expect(await names('odd[1].csv')).toEqual(['odd[1].csv']);
  });
});

describe('reading and writing', () => {
  test('ranges', async () => {
    make('ranges', '0123456789');
    const reader = await localStorage.openReader(join(folder, 'ranges'));
    const target = new Uint8Array(4);
    expect(reader.sizeBytes).toBe(10);
    expect(await reader.read(target, 3)).toBe(4);
    expect(Buffer.from(target).toString()).toBe('3456');
    expect(await reader.read(target, 8)).toBe(2);
    await reader.close();
  });

  test('a file is there after its commit, and not before; an aborted one never', async () => {
    const path = join(folder, 'out/part-0');
    const writer = await localStorage.openWriter(path);
    await writer.write(Buffer.from('ab'));
    await writer.write(Buffer.from('c'));
    expect(await names('out')).toEqual([]);
    await writer.commit();
    expect(readFileSync(path, 'utf8')).toBe('abc');
    const dropped = await localStorage.openWriter(path);
    await dropped.write(Buffer.from('zzz'));
    await dropped.abort();
    expect(readdirSync(join(folder, 'out'))).toEqual(['part-0']);
    await localStorage.write(path, Buffer.from('new'));
    expect(Buffer.from(await localStorage.read(path)).toString()).toBe('new');
    await localStorage.rename(path, join(folder, 'moved/part-0'));
    expect(await names('moved')).toEqual(['moved/part-0']);
    await localStorage.delete(join(folder, 'moved'));
    await localStorage.delete(join(folder, 'moved'));
    expect(await names('moved')).toEqual([]);
  });

  test('errors say which file', async () => {
    await expect(localStorage.read(join(folder, 'none'))).rejects.toMatchObject({ code: 'file-not-found', domain: 'user' });
    await expect(localStorage.read(folder)).rejects.toMatchObject({ code: 'io', domain: 'external' });
  });
});

test('paths as users write them', () => {
  expect(resolvePath('a/b.csv', '/data')).toBe('/data/a/b.csv');
  expect(resolvePath('/a/b.csv', '/data')).toBe('/a/b.csv');
  expect(resolvePath('file:///a/b%20c.csv', '/data')).toBe('/a/b c.csv');
  expect(resolvePath('file:/a/b.csv', '/data')).toBe('/a/b.csv');
  expect(() => resolvePath('s3://bucket/a', '/data')).toThrow('not supported yet: paths with s3://');
  expect(isGlob('a*.csv')).toBe(true);
});
