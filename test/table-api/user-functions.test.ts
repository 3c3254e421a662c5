import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open, type TableSession, udf } from '../../core/index.ts';
import { totalModule } from '../udf/aggregate-modules.ts';

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

  it('aggregates, also DISTINCT, with a filter, over nothing, and as SQL plans them', async () => {
    writeFileSync(join(directory, 'total.wasm'), totalModule());
    await using session = await open({ directory, notice: () => {} });
    const total = udf.aggregate('total.wasm', 'total', ['BIGINT'], 'BIGINT');
    writeFileSync(join(directory, 'amounts.csv'), '1,5\n1,5\n2,7\n');
    const rows = session.table('amounts', {
      columns: { k: 'INT NOT NULL', x: 'BIGINT NOT NULL' },
      with: { connector: 'filesystem', path: 'amounts.csv', format: 'csv' },
    });
    const sums = rows.groupBy('k').agg(r => ({ all: total(r.x), once: total.distinct(r.x), some: total(r.x).filter(r.k.gt(1)) }));
    expect((await sums.toArray()).sort((a, b) => Number(a.k) - Number(b.k))).toEqual([
      { k: 1, all: 10n, once: 5n, some: null },
      { k: 2, all: 7n, once: 7n, some: 7n },
    ]);
    const none = rows.where(r => r.k.gt(5)).agg(r => ({ all: total(r.x) }));
    expect(await none.toArray()).toEqual([{ all: null }]);
    const scalar = udf('total.wasm', 'total', ['BIGINT'], 'BIGINT');
    expect(() => rows.select(r => ({ x: scalar(r.x) }))).toThrow(expect.objectContaining({ code: 'udf-signature' }));
    expect(() => rows.select(r => ({ x: total(r.x) }))).toThrow(expect.objectContaining({ code: 'aggregate-not-allowed' }));
    const late = udf.aggregate('late.wasm', 'late', ['DOUBLE'], 'DOUBLE');
    expect(() => rows.agg(() => ({ x: late(1) }))).toThrow(expect.objectContaining({ code: 'udf-signature' }));
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
