import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import { CheckpointStore } from '../../core/state/checkpoint-store.ts';
import { localStorage, storageOn } from '../../core/storage/local-storage.ts';
import { SimulatedDisk } from '../support/simulation/disk.ts';
import { latestWhole, wholeCheckpoint } from '../support/whole-checkpoints.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-checkpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));

const files = (text: string): Map<string, Uint8Array> => new Map([['a.state', Buffer.from(text)]]);
let stores = 0;
const newStore = (retained = 2): CheckpointStore =>
  new CheckpointStore(localStorage, join(folder, String(stores++)), { retained });

describe('checkpoints in a directory', () => {
  it('read back as written, the latest first, and older ones go', async () => {
    const store = newStore();
    expect(await latestWhole(store)).toBeUndefined();
    for (const id of [1, 2, 10]) await store.write({ id, content: { at: id }, files: files(`state ${id}`) });
    expect(await store.ids()).toEqual([10, 2]);
    const latest = await latestWhole(store);
    expect(latest).toMatchObject({ id: 10, content: { at: 10 } });
    expect(Buffer.from(latest!.files.get('a.state')!).toString()).toBe('state 10');
    expect(existsSync(join(store.directory, 'chk-1'))).toBe(false);
  });

  it('a folder without a manifest is no checkpoint', async () => {
    const store = newStore();
    await store.write({ id: 1, content: 1, files: files('one') });
    await store.write({ id: 2, content: 2, files: files('two') });
    rmSync(join(store.directory, 'chk-2', 'manifest.json'));
    expect((await latestWhole(store))?.id).toBe(1);
  });

  it('one that there is no room for leaves nothing behind', async () => {
    const random = seededRandom(1);
    const disk = new SimulatedDisk();
    const storage = storageOn(disk.process({ random, callsMax: Number.POSITIVE_INFINITY, roomBytes: 1500 }));
    const store = new CheckpointStore(storage, '/checkpoints', { retained: 2 });
    await store.write({ id: 1, content: 1, files: files('one') });
    const two = new Map([
      ['a.state', Buffer.alloc(300)],
      ['b.state', Buffer.alloc(1500)],
    ]);
    await expect(store.write({ id: 2, content: 2, files: two })).rejects.toThrow(/no space left for .*chk-2.b\.state/);
    expect((await storage.list('/checkpoints')).map(({ path }) => path).filter(path => !path.includes('chk-1/'))).toEqual([]);
    expect((await latestWhole(store))?.id).toBe(1);
  });

  it.each<[string, (path: string) => void]>([
    ['a file is missing', path => rmSync(join(path, 'a.state'))],
    ['a file is cut off', path => truncateSync(join(path, 'a.state'), 2)],
    ['a byte of a file is changed', path => writeFileSync(join(path, 'a.state'), 'twp')],
    ['the manifest is cut off', path => truncateSync(join(path, 'manifest.json'), 20)],
    ['the manifest is empty', path => truncateSync(join(path, 'manifest.json'), 0)],
    [
      'a byte of the manifest is changed',
      path => {
        const manifest = join(path, 'manifest.json');
        writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"id":2', '"id":3'));
      },
    ],
  ])('when %s, it is refused by name and the one before is used', async (_, damage) => {
    const store = newStore();
    await store.write({ id: 1, content: 1, files: files('one') });
    await store.write({ id: 2, content: 2, files: files('two') });
    damage(join(store.directory, 'chk-2'));
    const refused: string[] = [];
    expect((await latestWhole(store, reason => refused.push(reason)))?.id).toBe(1);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain('chk-2 cannot be used');
    await expect(store.open(2).then(wholeCheckpoint)).rejects.toMatchObject({ code: 'bad-checkpoint', domain: 'external' });
  });
});
