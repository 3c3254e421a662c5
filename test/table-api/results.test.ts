import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { count, max, type OpenOptions, open, sum, type TableSession, tumble } from '../../core/index.ts';

const bids = [
  '1,10.5,web,2026-01-01 00:00:01',
  '2,20,app,2026-01-01 00:00:05',
  '1,30,web,2026-01-01 00:11:00',
  '3,5,,2026-01-01 00:25:00',
  '1,7,app,2026-01-01 00:26:00',
];

let directory: string;
let printed: string;
let tm: TableSession;
let bid: ReturnType<typeof bidOf>;
const opened = (options: OpenOptions = {}) =>
  open({ directory, notice: () => {}, output: text => void (printed += text), ...options });
const bidOf = (session: TableSession) =>
  session.table('bid', {
    columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)' },
    watermark: { at: '4 seconds' },
    with: { connector: 'filesystem', path: 'bids.csv', format: 'csv', 'csv.null-literal': '' },
  });
const endlessOf = (session: TableSession) =>
  session.table('ticks', {
    columns: { id: 'BIGINT NOT NULL', value: 'DOUBLE NOT NULL' },
    with: {
      connector: 'datagen',
      'rows-per-second': '1000',
      'fields.id.kind': 'random',
      'fields.id.min': '1',
      'fields.id.max': '3',
    },
  });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-table-api-'));
  writeFileSync(join(directory, 'bids.csv'), `${bids.join('\n')}\n`);
  printed = '';
  tm = await opened();
  bid = bidOf(tm);
});
afterEach(async () => {
  await tm.close();
  rmSync(directory, { recursive: true, force: true });
});

/** As JavaScript may call it. */
type BidRow = Parameters<Parameters<typeof bid.where>[0]>[0];
const loose = (callback: (row: BidRow) => unknown): never => callback as never;

describe('results of a query that ends', () => {
  it('toArray gives the values of each kind', async () => {
    writeFileSync(
      join(directory, 'kinds.jsonl'),
      '{"b": true, "i": -5, "l": 9007199254740993, "f": 0.5, "d": 2.5, "m": 12.5, "s": "ä", "t": "12:30:00", "day": "2026-01-31", "at": "2026-01-31 23:59:59.123", "z": "2026-01-31 23:59:59.123Z", "y": "AQID"}\n{"i": 1}\n',
    );
    const kinds = tm.table('kinds', {
      columns: {
        b: 'BOOLEAN',
        i: 'INT NOT NULL',
        l: 'BIGINT',
        f: 'FLOAT',
        d: 'DOUBLE',
        m: 'DECIMAL(10, 2)',
        s: 'STRING',
        t: 'TIME',
        day: 'DATE',
        at: 'TIMESTAMP(3)',
        z: 'TIMESTAMP_LTZ(3)',
        y: 'BYTES',
      },
      with: { connector: 'filesystem', path: 'kinds.jsonl', format: 'json' },
    });
    const [full, empty] = await kinds.toArray();
    expect(full).toEqual({
      b: true,
      i: -5,
      l: 9007199254740993n,
      f: 0.5,
      d: 2.5,
      m: '12.50',
      s: 'ä',
      t: '12:30:00',
      day: '2026-01-31',
      at: '2026-01-31 23:59:59.123',
      z: new Date('2026-01-31T23:59:59.123Z'),
      y: new Uint8Array([1, 2, 3]),
    });
    expect(empty).toEqual({
      b: null,
      i: 1,
      l: null,
      f: null,
      d: null,
      m: null,
      s: null,
      t: null,
      day: null,
      at: null,
      z: null,
      y: null,
    });
  });

  it('COUNT is a number, also after arithmetic and through projections; sums of counts are bigint', async () => {
    const rows = await bid
      .groupBy('auction')
      .agg(() => ({ n: count(), more: count().plus(1) }))
      .select(g => ({ auction: g.auction, n: g.n, more: g.more, twice: g.n.times(2), wide: g.n.plus(g.auction) }))
      .where(g => g.auction.eq(1))
      .toArray();
    expect(rows).toEqual([{ auction: 1n, n: 3, more: 4, twice: 6, wide: 4n }]);
    const total = await bid
      .groupBy('auction')
      .agg(() => ({ n: count() }))
      .agg(g => ({ total: sum(g.n), groups: count() }))
      .toArray();
    expect(total).toEqual([{ total: 5n, groups: 3 }]);
  });

  it('windows over a file with a watermark', async () => {
    const windows = bid
      .window(b => tumble(b.at, '10 minutes'))
      .groupBy('auction')
      .agg(b => ({ bids: count(), top: max(b.price) }));
    const rows = await windows.toArray();
    const at = (minute: string) => `2026-01-01 00:${minute}:00.000`;
    expect(rows.sort((a, b) => (a.window_start + a.auction < b.window_start + b.auction ? -1 : 1))).toEqual([
      { auction: 1n, window_start: at('00'), window_end: at('10'), bids: 1, top: 10.5 },
      { auction: 2n, window_start: at('00'), window_end: at('10'), bids: 1, top: 20 },
      { auction: 1n, window_start: at('10'), window_end: at('20'), bids: 1, top: 30 },
      { auction: 1n, window_start: at('20'), window_end: at('30'), bids: 1, top: 7 },
      { auction: 3n, window_start: at('20'), window_end: at('30'), bids: 1, top: 5 },
    ]);
  });

  it('orderBy, limit and offset', async () => {
    const ordered = bid.orderBy(b => b.price.desc());
    const prices = async (table: typeof ordered) => (await table.toArray()).map(row => row.price);
    expect(await prices(ordered)).toEqual([30, 20, 10.5, 7, 5]);
    expect(await prices(ordered.limit(2))).toEqual([30, 20]);
    expect(await prices(ordered.limit(2, 3))).toEqual([7, 5]);
    const byChannel = await bid.orderBy(b => [b.channel, b.price.times(-1)]).toArray();
    expect(byChannel.map(row => [row.channel, row.price])).toEqual([
      [null, 5],
      ['app', 20],
      ['app', 7],
      ['web', 30],
      ['web', 10.5],
    ]);
  });

  it('rows, ndjson, batches and toArrow give the same rows', async () => {
    const table = bid.select(b => ({ auction: b.auction, price: b.price, at: b.at }));
    const rows = await table.toArray();
    const streamed: unknown[] = [];
    for await (const row of table.rows()) streamed.push(row);
    expect(streamed).toEqual(rows);
    const lines: string[] = [];
    for await (const line of table.ndjson()) lines.push(line);
    expect(lines[0]).toBe('{"auction":1,"price":10.5,"at":"2026-01-01 00:00:01.000"}');
    expect(lines.length).toBe(rows.length);
    const arrow = await table.toArrow();
    expect(arrow.numRows).toBe(rows.length);
    expect(arrow.schema.fields.map(field => field.name)).toEqual(['auction', 'price', 'at']);
    expect([...arrow.getChild('auction')!]).toEqual(rows.map(row => row.auction));
    let batched = 0;
    for await (const batch of table.batches()) batched += batch.numRows;
    expect(batched).toBe(rows.length);
    expect((await table.where(b => b.price.gt(1e6)).toArrow()).numRows).toBe(0);
  });

  it('changes of an aggregation: each key from its first row to its last', async () => {
    await using small = await opened({ engine: { batchRows: 1 } });
    const changes: string[] = [];
    const table = bidOf(small)
      .groupBy('auction')
      .agg(() => ({ n: count() }));
    for await (const { op, row } of table.changes()) changes.push(`${op}${row.auction}:${row.n}`);
    expect(changes).toEqual(['+I1:1', '+I2:1', '-U1:1', '+U1:2', '+I3:1', '-U1:2', '+U1:3']);
  });

  it('distinct and unionAll', async () => {
    const channels = bid.select(b => ({ channel: b.channel, n: b.auction }));
    const swapped = bid.select(b => ({ n: b.auction, channel: b.channel }));
    expect((await channels.unionAll(swapped).toArray()).length).toBe(10);
    const distinct = await channels
      .unionAll(swapped)
      .select(b => ({ channel: b.channel }))
      .distinct()
      .toArray();
    expect(distinct.map(row => row.channel).sort()).toEqual(['app', null, 'web']);
  });

  it('explain shows the plan', () => {
    const table = bid.where(b => b.price.gt(1));
    expect(table.explain()).toContain('price > 1');
    expect(JSON.parse(table.explain('json'))).toBeTypeOf('object');
  });
});

describe('a query that never ends', () => {
  it('toArray and toArrow say what to use', async () => {
    const ticks = endlessOf(tm);
    const message = 'ticks never ends: use changes(), ndjson(), limit(n) or scan.bounded.mode';
    await expect(ticks.toArray()).rejects.toMatchObject({ code: 'endless', message });
    await expect(ticks.toArrow()).rejects.toMatchObject({ code: 'endless', message });
    await expect(
      ticks
        .groupBy('id')
        .agg(() => ({ n: count() }))
        .toArray(),
    ).rejects.toMatchObject({ code: 'endless', message });
  });

  it('a limit makes it end', async () => {
    expect((await endlessOf(tm).limit(5).toArray()).length).toBe(5);
  });

  it('leaving the loop stops the job', async () => {
    let seen = 0;
    for await (const row of endlessOf(tm).rows()) {
      expect(row.value).toBeTypeOf('number');
      if (++seen === 3) break;
    }
    expect(seen).toBe(3);
  });

  it('changes of an endless aggregation', async () => {
    const last = new Map<bigint, number>();
    const counts = endlessOf(tm)
      .groupBy('id')
      .agg(() => ({ n: count() }));
    for await (const { op, row } of counts.changes()) {
      if (op === '-U' || op === '-D') expect(last.get(row.id)).toBe(row.n);
      else last.set(row.id, row.n);
      if (last.size === 3 && [...last.values()].reduce((total, n) => total + n, 0) > 50) break;
    }
    expect([...last.keys()].sort()).toEqual([1n, 2n, 3n]);
  });

  it('rows and batches refuse what takes rows back; ndjson shows the operation', async () => {
    const counts = endlessOf(tm)
      .groupBy('id')
      .agg(() => ({ n: count() }));
    const drain = async (rows: AsyncIterable<unknown>) => {
      for await (const _ of rows) break;
    };
    await expect(drain(counts.rows())).rejects.toMatchObject({ code: 'updating', hint: 'use changes()' });
    await expect(drain(counts.batches())).rejects.toMatchObject({ code: 'updating' });
    for await (const line of counts.ndjson()) {
      expect(line).toMatch(/^\{"op":"\+I","id":[123],"n":\d+\}$/);
      break;
    }
  });
});

describe('insertInto', () => {
  it('prints', async () => {
    const sink = tm.table('hot', { columns: { channel: 'STRING', bids: 'BIGINT NOT NULL' }, with: { connector: 'print' } });
    const job = await bid
      .groupBy('channel')
      .agg(() => ({ bids: count() }))
      .insertInto(sink, h => ({ channel: h.channel, bids: h.bids }));
    await job.done;
    expect(printed.trim().split('\n').sort()).toEqual(['+I[app, 2]', '+I[null, 1]', '+I[web, 2]']);
  });

  it('writes files that are read again', async () => {
    const out = tm.table('dear', {
      columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE' },
      with: { connector: 'filesystem', path: 'out', format: 'csv' },
    });
    const job = await bid.where(b => b.price.ge(10)).insertInto(out, b => ({ price: b.price.times(2), auction: b.auction }));
    await job.done;
    expect(readdirSync(join(directory, 'out')).length).toBeGreaterThan(0);
    expect((await out.toArray()).sort((a, b) => (a.price ?? 0) - (b.price ?? 0))).toEqual([
      { auction: 1n, price: 21 },
      { auction: 2n, price: 40 },
      { auction: 1n, price: 60 },
    ]);
  });

  it('an endless job ends with stop()', async () => {
    const sink = tm.table('all', { columns: { id: 'BIGINT NOT NULL' }, with: { connector: 'print' } });
    const job = await endlessOf(tm).insertInto(sink, t => ({ id: t.id }));
    await expect.poll(() => printed.length).toBeGreaterThan(0);
    await expect(job.stop({ savepoint: 'savepoints/all' })).rejects.toMatchObject({ code: 'no-savepoint' });
    await job.stop();
    const length = printed.length;
    await new Promise(settle => setTimeout(settle, 50));
    expect(printed.length).toBe(length);
  });

  it('says which column is missing, unknown or of another type', async () => {
    const sink = tm.table('s', { columns: { channel: 'STRING', bids: 'BIGINT NOT NULL' }, with: { connector: 'print' } });
    await expect(
      bid.insertInto(
        sink,
        loose(b => ({ channel: b.channel })),
      ),
    ).rejects.toMatchObject({
      code: 'missing-column',
    });
    await expect(
      bid.insertInto(
        sink,
        loose(b => ({ chanel: b.channel, bids: b.auction })),
      ),
    ).rejects.toMatchObject({
      code: 'unknown-column',
      hint: "did you mean 'channel'?",
    });
    await expect(
      bid.insertInto(
        sink,
        loose(b => ({ channel: b.channel, bids: b.channel })),
      ),
    ).rejects.toMatchObject({
      code: 'type-mismatch',
    });
    await expect(
      bid.insertInto(
        bid.limit(1) as never,
        loose(b => ({ ...b })),
      ),
    ).rejects.toMatchObject({ code: 'not-a-sink' });
  });
});

describe('sql', () => {
  it('sees declared tables, and its rows are a table', async () => {
    const grouped = await tm.sql('SELECT auction, COUNT(*) AS n FROM bid GROUP BY auction', {
      auction: 'BIGINT NOT NULL',
      n: 'BIGINT NOT NULL',
    });
    expect(await grouped.where(g => g.n.gt(1)).toArray()).toEqual([{ auction: 1n, n: 3n }]);
  });

  it('runs statements in order; the last one counts', async () => {
    const result = await tm.sql(`
      CREATE TABLE sink (a BIGINT) WITH ('connector' = 'print');
      INSERT INTO sink SELECT auction FROM bid WHERE price > 15;
      SELECT channel FROM bid WHERE auction = 2;
    `);
    expect(printed.trim().split('\n').sort()).toEqual(['+I[1]', '+I[2]']);
    expect(await result.toArray()).toEqual([{ channel: 'app' }]);
    expect(result.job).toBeUndefined();
    const insert = await tm.sql('INSERT INTO sink SELECT auction FROM bid');
    await insert.job!.done;
    expect(await (await tm.sql('SHOW TABLES')).toArray()).toEqual([{ 'table name': 'bid' }, { 'table name': 'sink' }]);
    expect((await (await tm.sql('EXPLAIN SELECT * FROM bid')).toArray())[0]).toMatchObject({
      result: expect.stringContaining('Scan'),
    });
  });

  it('checks the declared columns', async () => {
    await expect(tm.sql('SELECT auction FROM bid', { auction: 'BIGINT' })).rejects.toMatchObject({
      code: 'type-mismatch',
      message: 'the query has other columns than were declared: (auction BIGINT NOT NULL)',
    });
  });

  it('errors have their place in the text, those of running too', async () => {
    await expect(tm.sql('SELECT pricee FROM bid')).rejects.toMatchObject({
      code: 'unknown-column',
      place: { source: '<sql>', span: { start: 7, end: 13 } },
    });
    const failing = await tm.sql('SELECT auction / (auction - 2) AS x FROM bid');
    await expect(failing.toArray()).rejects.toMatchObject({ code: 'division-by-zero', place: { span: { start: 7 } } });
  });

  it('a written file is what was written', async () => {
    await (
      await tm.sql(
        "CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = 'f', 'format' = 'json'); INSERT INTO f VALUES (1), (2)",
      )
    ).job!.done;
    const [part] = readdirSync(join(directory, 'f'));
    expect(
      readFileSync(join(directory, 'f', part!), 'utf8')
        .trim()
        .split('\n'),
    ).toEqual(['{"a":1}', '{"a":2}']);
  });
});
