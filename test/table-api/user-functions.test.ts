import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open, type TableSession, udf } from '../../core/index.ts';

const module = new URL('../../core/cli/demo/late.wasm', import.meta.url);

let directory: string;
let tm: TableSession;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-udf-'));
  copyFileSync(module, join(directory, 'late.wasm'));
  writeFileSync(join(directory, 'delays.csv'), '1,20\n2,15\n3,\n');
  tm = await open({ directory, notice: () => {} });
});
afterAll(async () => {
  await tm.close();
  rmSync(directory, { recursive: true, force: true });
});
const delaysOf = (session: TableSession) =>
  session.table('delays', {
    columns: { id: 'INT NOT NULL', delay: 'DOUBLE' },
    with: { connector: 'filesystem', path: 'delays.csv', format: 'csv', 'csv.null-literal': '' },
  });

describe('user functions', () => {
  it('run from a file of the session, from a URL, and in SQL once they are known', async () => {
    const late = udf('late.wasm', 'late', ['DOUBLE'], 'DOUBLE');
    const rows = await delaysOf(tm)
      .select(d => ({ id: d.id, late: late(d.delay), constant: late(16) }))
      .toArray();
    expect(rows).toEqual([
      { id: 1, late: 1, constant: 1 },
      { id: 2, late: 0, constant: 1 },
      { id: 3, late: null, constant: 1 },
    ]);
    expect(await (await tm.sql('SELECT late(delay) AS l FROM delays WHERE id = 1')).toArray()).toEqual([{ l: 1 }]);
    await using other = await open({ directory, notice: () => {} });
    const fromUrl = udf(module, 'late', ['DOUBLE'], 'DOUBLE');
    const counted = delaysOf(other).where(d => fromUrl(d.delay).eq(1));
    expect(await counted.toArray()).toEqual([{ id: 1, delay: 20 }]);
  });

  it('say what is wrong when they are first used', async () => {
    await using session = await open({ directory, notice: () => {} });
    const delays = delaysOf(session);
    const used = (call: (delay: never) => unknown) => () => delays.select(d => ({ x: call(d.delay as never) as typeof d.delay }));
    expect(used(udf('missing.wasm', 'late', ['DOUBLE'], 'DOUBLE'))).toThrow(expect.objectContaining({ code: 'unreadable-file' }));
    expect(used(udf('late.wasm', 'lat', ['DOUBLE'], 'DOUBLE'))).toThrow(expect.objectContaining({ code: 'udf-export' }));
    expect(used(udf('late.wasm', 'late', ['INT'], 'DOUBLE'))).toThrow(expect.objectContaining({ code: 'udf-signature' }));
    expect(used(udf('late.wasm', 'late', ['STRING'], 'DOUBLE') as never)).toThrow(
      expect.objectContaining({ code: 'udf-signature' }),
    );
    expect(used(udf(module, 'late', ['DOUBLE'], 'DOUBLE'))).toThrow(expect.objectContaining({ code: 'function-exists' }));
    expect(() => udf('late.wasm', 'late', ['DOUBLE'], 'DOUBLE')(1)).toThrow(expect.objectContaining({ code: 'wrong-argument' }));
  });
});
