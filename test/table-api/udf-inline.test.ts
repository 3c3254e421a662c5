import { describe, expect, it } from 'vitest';
import { open, udf } from '../../core/index.ts';

const bids = { columns: { price: 'DOUBLE', channel: 'STRING NOT NULL' } } as const;
const text =
  "SELECT price, CAST(channel AS STRING) AS channel FROM (VALUES (1.5E0, 'web'), (CAST(NULL AS DOUBLE), 'app'), (20E0, 'mail')) t (price, channel)";

describe('udf.host', () => {
  it('runs a plain function over values, and EXPLAIN says that nothing isolates it', async () => {
    await using tm = await open({ notice: () => {} });
    const risk = udf.host({ arguments: ['DOUBLE', 'STRING'], result: 'DOUBLE NOT NULL' }, function risk(price, channel) {
      return price * channel.length;
    });
    const bid = await tm.sql(text, bids.columns);
    const risky = bid.select(b => ({ risk: risk(b.price, b.channel), least: risk(2, b.channel) }));
    expect(await risky.toArray()).toEqual([
      { risk: 4.5, least: 6 },
      { risk: null, least: 6 },
      { risk: 80, least: 8 },
    ]);
    expect(risky.explain()).toContain('unsandboxed:risk(');
    expect(await bid.where(b => risk(b.price, b.channel).gt(10)).toArray()).toEqual([{ price: 20, channel: 'mail' }]);
  });

  it('takes and gives values as the Table API has them', async () => {
    await using tm = await open({ notice: () => {} });
    const row = await tm.sql(
      "SELECT 7 AS i, CAST(9 AS BIGINT) AS l, 1.50 AS d, DATE '2026-01-31' AS d8, CAST('x' AS STRING) AS s, TRUE AS b",
      {
        i: 'INT NOT NULL',
        l: 'BIGINT NOT NULL',
        d: 'DECIMAL(3, 2) NOT NULL',
        d8: 'DATE NOT NULL',
        s: 'STRING NOT NULL',
        b: 'BOOLEAN NOT NULL',
      },
    );
    const seen: unknown[] = [];
    const look = udf.host(
      { arguments: ['INT', 'BIGINT', 'DECIMAL(3, 2)', 'DATE', 'BOOLEAN'], result: 'BIGINT' },
      (i, l, d, day, b) => {
        seen.push(i, l, d, day, b);
        return l + 1n;
      },
    );
    const bytes = udf.host({ arguments: ['STRING'], result: 'BYTES' }, s => new TextEncoder().encode(s));
    const none = udf.host({ arguments: ['STRING'], result: 'STRING' }, () => null);
    expect(await row.select(r => ({ l: look(r.i, r.l, r.d, r.d8, r.b), b: bytes(r.s), n: none(r.s) })).toArray()).toEqual([
      { l: 10n, b: Uint8Array.of(120), n: null },
    ]);
    expect(seen).toEqual([7, 9n, '1.50', '2026-01-31', true]);
  });

  it('says what went wrong in it', async () => {
    await using tm = await open({ notice: () => {} });
    const bid = await tm.sql(text, bids.columns);
    const fails = async (run: (channel: string) => unknown, result: 'INT NOT NULL' | 'STRING NOT NULL') => {
      const f = udf.host({ arguments: ['STRING'], result }, run as (channel: string) => never);
      return bid.select(b => ({ x: f(b.channel) })).toArray();
    };
    const broken = () => {
      throw new Error('the tide is out');
    };
    await expect(fails(broken, 'INT NOT NULL')).rejects.toThrow("'broken' threw: the tide is out, in row 0 of the batch");
    await expect(fails(() => null, 'INT NOT NULL')).rejects.toThrow('returned NULL, and its result is NOT NULL');
    await expect(fails(() => 1.5, 'INT NOT NULL')).rejects.toThrow('returned 1.5, which is no INT');
    await expect(fails(() => 2 ** 40, 'INT NOT NULL')).rejects.toThrow('which is no INT');
    await expect(fails(() => 5, 'STRING NOT NULL')).rejects.toThrow('returned 5, which is no STRING');
    expect(() => udf.host({ arguments: [], result: 'DECIMAL(5, 2)' }, () => '1')).toThrow(
      expect.objectContaining({ code: 'not-supported' }),
    );
    await using two = await open({ parallelism: 2, notice: () => {} });
    const f = udf.host({ arguments: ['STRING'], result: 'INT NOT NULL' }, s => s.length);
    const there = await two.sql(text, bids.columns);
    expect(() => there.select(b => ({ x: f(b.channel) }))).toThrow(expect.objectContaining({ code: 'not-supported' }));
  });
});

describe('udf.assemblyscript', () => {
  it('compiles a function on the spot, which runs in the sandbox, on several threads as well', async () => {
    const limit = 15;
    const late = await udf.assemblyscript('late', { arguments: ['DOUBLE'], result: 'BOOLEAN NOT NULL' })`
      export function late(delay: f64): bool { return delay > ${limit}; }`;
    for (const parallelism of [1, 2]) {
      await using tm = await open({ parallelism, notice: () => {} });
      const bid = await tm.sql(text, bids.columns);
      const rows = await bid.select(b => ({ channel: b.channel, late: late(b.price) })).toArray();
      expect(rows).toEqual([
        { channel: 'web', late: false },
        { channel: 'app', late: null },
        { channel: 'mail', late: true },
      ]);
      expect(bid.select(b => ({ x: late(b.price) })).explain()).not.toContain('unsandboxed');
    }
  });

  it('says what does not compile, and what does not fit', async () => {
    const types = { arguments: ['DOUBLE'], result: 'DOUBLE' } as const;
    await expect(udf.assemblyscript('f', types)`export function f(x: f64): f64 { return y; }`).rejects.toThrow(
      /does not compile:\n.*Cannot find name 'y'/s,
    );
    await using tm = await open({ notice: () => {} });
    const bid = await tm.sql(text, bids.columns);
    const f = await udf.assemblyscript('f', types)`export function f(x: i32): i32 { return x; }`;
    expect(() => bid.select(b => ({ x: f(b.price) }))).toThrow(/^'f' is declared as f\(DOUBLE\) → DOUBLE/);
  });
});
