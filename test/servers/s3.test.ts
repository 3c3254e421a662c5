import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CheckpointStore } from '../../core/state/checkpoint-store.ts';
import type { Storage } from '../../core/storage/contract.ts';
import { s3Storage } from '../../core/storage/s3-storage.ts';
import { tidemill } from '../support/command-line.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { latestWhole } from '../support/whole-checkpoints.ts';

const credentials = { accessKey: 'ak', secretKey: 'sksksksk', region: 'us-east-1' };
let server: S3Server;
let storage: Storage;
beforeAll(async () => {
  server = await startS3();
  storage = s3Storage({ endpoint: server.endpoint, ...credentials });
});
afterAll(() => server.close());

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (content: Uint8Array): string => Buffer.from(content).toString();

describe('objects of S3 as files', () => {
  test('are written as a whole, listed, read in ranges, moved and deleted', async () => {
    await storage.write('s3://first/a/one.txt', bytes('one'));
    await storage.write('s3://first/a/b/two words+ü.txt', bytes('two'));
    await storage.write('s3://first/a/_hidden', bytes('hidden'));
    await storage.write('s3://first/ab.txt', bytes('beside'));
    expect((await storage.list('s3://first/a')).map(file => file.path)).toEqual([
      's3://first/a/b/two words+ü.txt',
      's3://first/a/one.txt',
    ]);
    expect((await storage.list('s3://first/a/one.txt')).map(file => file.sizeBytes)).toEqual([3]);
    expect((await storage.list('s3://first/{a,c}/*.txt')).map(file => file.path)).toEqual(['s3://first/a/one.txt']);
    expect((await storage.list('s3://first/**/*.txt')).length).toBe(3);
    expect(await storage.list('s3://first/nothing')).toEqual([]);
    const reader = await storage.openReader('s3://first/a/one.txt');
    const target = new Uint8Array(5);
    expect([reader.sizeBytes, await reader.read(target, 1), textOf(target.subarray(0, 2))]).toEqual([3, 2, 'ne']);
    await storage.rename('s3://first/a/b/two words+ü.txt', 's3://first/c/moved.txt');
    expect(textOf(await storage.read('s3://first/c/moved.txt'))).toBe('two');
    await storage.delete('s3://first/a');
    expect((await storage.list('s3://first/')).map(file => file.path)).toEqual(['s3://first/ab.txt', 's3://first/c/moved.txt']);
  });

  test('large ones go in parts, and one that is given up leaves nothing', async () => {
    const piece = new Uint8Array(3 << 20).map((_, index) => index % 251);
    const writer = await storage.openWriter('s3://first/large');
    for (let count = 0; count < 7; count++) await writer.write(piece);
    expect(await storage.list('s3://first/large')).toEqual([]);
    await writer.commit();
    expect((await storage.list('s3://first/large'))[0]!.sizeBytes).toBe(7 * piece.length);
    const content = await storage.read('s3://first/large');
    for (let count = 0; count < 7; count++)
      expect(Buffer.compare(content.subarray(count * piece.length, (count + 1) * piece.length), piece)).toBe(0);
    const other = await storage.openWriter('s3://first/given-up');
    for (let count = 0; count < 4; count++) await other.write(piece);
    await other.abort();
    expect(await storage.list('s3://first/given-up')).toEqual([]);
  });

  test('a listing of many pages is whole', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, from) => {
        for (let index = from; index < 1200; index += 40)
          await storage.write(`s3://many/f${String(index).padStart(5, '0')}`, bytes('x'));
      }),
    );
    expect((await storage.list('s3://many/')).length).toBe(1200);
    await storage.delete('s3://many/');
    expect(await storage.list('s3://many/')).toEqual([]);
  });

  test('what stands is not put there again', async () => {
    await storage.writeNew!('s3://first/once', bytes('first'));
    await expect(storage.writeNew!('s3://first/once', bytes('second'))).rejects.toMatchObject({ code: 'io', domain: 'external' });
    expect(textOf(await storage.read('s3://first/once'))).toBe('first');
  });

  test('errors say what is missing', async () => {
    await expect(storage.read('s3://first/absent')).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(storage.read('s3:/x')).rejects.toMatchObject({ code: 'wrong-option' });
    const nowhere = s3Storage({ endpoint: 'http://127.0.0.1:9', ...credentials });
    await expect(nowhere.read('s3://first/a')).rejects.toMatchObject({ code: 'io', domain: 'external' });
  });
});

test('checkpoints: the retained, what they need of older ones, and none that is damaged', async () => {
  const store = new CheckpointStore(storage, 's3://state/job', { retained: 2 });
  const write = (id: number, references: string[] = []) =>
    store.write({
      id,
      content: { id },
      files: new Map([
        ['a.state', bytes(`state ${id}`)],
        ['b.state', bytes('b')],
      ]),
      references,
    });
  await write(1);
  await write(2, ['chk-1/a.state']);
  await write(3, ['chk-1/a.state']);
  expect(await store.ids()).toEqual([3, 2]);
  expect((await storage.list('s3://state/job/chk-1')).map(file => file.path)).toEqual(['s3://state/job/chk-1/a.state']);
  const latest = await latestWhole(store);
  expect([latest!.id, textOf(latest!.files.get('chk-1/a.state')!)]).toEqual([3, 'state 1']);
  await write(4);
  await write(5);
  expect(await storage.list('s3://state/job/chk-1')).toEqual([]);
  await storage.write('s3://state/job/chk-5/a.state', bytes('damaged'));
  const refused: string[] = [];
  expect((await latestWhole(store, reason => refused.push(reason)))?.id).toBe(4);
  expect(refused).toEqual([expect.stringContaining('s3://state/job/chk-5 cannot be used: a.state is damaged')]);
});

test('a job keeps its checkpoints in a bucket, and goes on from them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-s3-'));
  try {
    const sql = `SET 'pipeline.name' = 'numbers'; SET 's3.endpoint' = '${server.endpoint}'; SET 's3.region' = 'us-east-1';
      SET 's3.access-key' = 'ak'; SET 's3.secret-key' = 'sksksksk'; SET 'execution.checkpointing.interval' = '100 ms';
      CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1',
        'fields.n.end' = '3000', 'rows-per-second' = '1000');
      CREATE TABLE copied (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${join(folder, 'out')}', 'format' = 'csv');
      INSERT INTO copied SELECT n FROM numbers;`;
    const first = await tidemill(['run', '-c', sql, '--checkpoints', 's3://state/jobs']);
    expect(first.stderr).not.toContain('error');
    expect(first.code).toBe(0);
    const files = (await storage.list('s3://state/jobs/numbers')).map(file => file.path);
    expect(files.some(path => path.endsWith('/manifest.json'))).toBe(true);
    const rows = readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' })
      .map(name => join(folder, 'out', name))
      .filter(path => statSync(path).isFile())
      .flatMap(path => readFileSync(path, 'utf8').trim().split('\n'));
    expect(rows.length).toBe(3000);
    const refused = await tidemill(['run', '-c', sql, '--checkpoints', 's3://state/jobs']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('s3://state/jobs/numbers holds checkpoints');
    const again = await tidemill(['run', '-c', sql, '--checkpoints', 's3://state/jobs', '--restore', 'latest']);
    expect(again.stderr).toContain("'numbers' goes on from s3://state/jobs/numbers/chk-");
    expect(again.code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
