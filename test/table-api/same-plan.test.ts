import { beforeAll, describe, expect, it } from 'vitest';
import {
  avg,
  count,
  countDistinct,
  cumulate,
  hop,
  type Job,
  lit,
  max,
  min,
  sum,
  type TableSession,
  tumble,
} from '../../core/index.ts';
import type { Insert, LogicalNode } from '../../core/plan/nodes.ts';
import { Session } from '../../core/session/session.ts';
import { SessionExecutor } from '../../core/session/table-executor.ts';
import { scanOf, sinkOf } from '../../core/sql/binder/index.ts';
import { TableBuilder } from '../../core/table-api/table.ts';
import { type Bid, bidOf, openForTest, optimizedText, planOf } from './support.ts';

type BidRow = Parameters<Parameters<Bid['where']>[0]>[0];

/** Law 9: a plan is the same whether it came from SQL or from the Table API. */
type PlanCase = readonly [sql: string, table: (bid: Bid, tm: TableSession) => unknown];
const pairs: readonly PlanCase[] = [
  ['SELECT * FROM bid', bid => bid],
  [
    'SELECT b.auction, c.price FROM bid b JOIN bid c ON b.auction = c.bidder AND b.price > c.fee',
    bid =>
      bid.join(
        bid,
        (b, c) => b.auction.eq(c.bidder).and(b.price.gt(c.fee)),
        (b, c) => ({ auction: b.auction, price: c.price }),
      ),
  ],
  [
    'SELECT b.auction, c.price FROM bid b LEFT JOIN bid c ON b.auction = c.bidder',
    bid =>
      bid.leftJoin(
        bid,
        (b, c) => b.auction.eq(c.bidder),
        (b, c) => ({ auction: b.auction, price: c.price }),
      ),
  ],
  [
    'SELECT b.auction, c.price FROM bid b RIGHT JOIN bid c ON b.auction = c.bidder',
    bid =>
      bid.rightJoin(
        bid,
        (b, c) => b.auction.eq(c.bidder),
        (b, c) => ({ auction: b.auction, price: c.price }),
      ),
  ],
  [
    'SELECT b.auction, c.price FROM bid b FULL JOIN bid c ON b.auction = c.bidder',
    bid =>
      bid.fullOuterJoin(
        bid,
        (b, c) => b.auction.eq(c.bidder),
        (b, c) => ({ auction: b.auction, price: c.price }),
      ),
  ],
  [
    'SELECT * FROM bid b WHERE EXISTS (SELECT * FROM bid c WHERE c.bidder = b.auction)',
    bid => bid.semiJoin(bid, (b, c) => c.bidder.eq(b.auction)),
  ],
  [
    'SELECT * FROM bid b WHERE NOT EXISTS (SELECT * FROM bid c WHERE c.bidder = b.auction)',
    bid => bid.antiJoin(bid, (b, c) => c.bidder.eq(b.auction)),
  ],
  ['SELECT auction, price FROM bid', bid => bid.select(b => ({ auction: b.auction, price: b.price }))],
  ['SELECT *, price * 2 AS twice FROM bid', bid => bid.select(b => ({ ...b, twice: b.price.times(2) }))],
  ['SELECT * FROM bid WHERE price > 100', bid => bid.where(b => b.price.gt(100))],
  ["SELECT * FROM bid WHERE channel = 'web' AND bidder <> 7", bid => bid.where(b => b.channel.eq('web').and(b.bidder.ne(7)))],
  [
    "SELECT auction FROM bid WHERE channel LIKE 'a%' OR channel IS NULL OR NOT (price <= 1.5)",
    bid =>
      bid.where(b => b.channel.like('a%').or(b.channel.isNull()).or(b.price.le(1.5).not())).select(b => ({ auction: b.auction })),
  ],
  [
    'SELECT auction FROM bid WHERE bidder BETWEEN 1 AND 10',
    bid => bid.where(b => b.bidder.between(1, 10)).select(b => ({ auction: b.auction })),
  ],
  [
    "SELECT auction FROM bid WHERE channel IN ('web', 'app') AND auction IN (1, 5000000000)",
    bid => bid.where(b => b.channel.in('web', 'app').and(b.auction.in(1, 5000000000))).select(b => ({ auction: b.auction })),
  ],
  [
    "SELECT UPPER(channel) AS u, LOWER(channel) AS l, TRIM(channel) AS t, CHAR_LENGTH(channel) AS n, SUBSTRING(channel, 2, 3) AS s, channel || '!' AS c FROM bid",
    bid =>
      bid.select(b => ({
        u: b.channel.upper(),
        l: b.channel.lower(),
        t: b.channel.trim(),
        n: b.channel.charLength(),
        s: b.channel.substring(2, 3),
        c: b.channel.concat('!'),
      })),
  ],
  [
    'SELECT auction + bidder AS a, price - fee AS b, fee * 2 AS c, bidder / 2 AS d, MOD(auction, 10) AS e, ABS(bidder) AS f, fee / 3 AS g FROM bid',
    bid =>
      bid.select(b => ({
        a: b.auction.plus(b.bidder),
        b: b.price.minus(b.fee),
        c: b.fee.times(2),
        d: b.bidder.dividedBy(2),
        e: b.auction.mod(10),
        f: b.bidder.abs(),
        g: b.fee.dividedBy(3),
      })),
  ],
  [
    "SELECT EXTRACT(YEAR FROM event_time) AS y, EXTRACT(MONTH FROM date_of) AS m, EXTRACT(HOUR FROM event_time) AS h, DATE_FORMAT(event_time, 'yyyy-MM') AS f FROM bid",
    bid =>
      bid.select(b => ({
        y: b.event_time.year(),
        m: b.date_of.month(),
        h: b.event_time.hour(),
        f: b.event_time.dateFormat('yyyy-MM'),
      })),
  ],
  [
    "SELECT auction FROM bid WHERE date_of >= DATE '2026-01-31' AND event_time < TIMESTAMP '2026-02-01 00:00:00' AND fee > 12.50",
    bid =>
      bid
        .where(b => b.date_of.ge('2026-01-31').and(b.event_time.lt('2026-02-01 00:00:00')).and(b.fee.gt('12.50')))
        .select(b => ({ auction: b.auction })),
  ],
  [
    "SELECT COALESCE(channel, 'none') AS c, COALESCE(fee, 0) AS f FROM bid",
    bid => bid.select(b => ({ c: b.channel.orElse('none'), f: b.fee.orElse(0) })),
  ],
  [
    'SELECT CAST(price AS INT) AS i, TRY_CAST(channel AS DOUBLE) AS d, CAST(auction AS STRING) AS s FROM bid',
    bid => bid.select(b => ({ i: b.price.cast('INT'), d: b.channel.tryCast('DOUBLE'), s: b.auction.cast('STRING') })),
  ],
  [
    "SELECT auction, CAST('web' AS STRING) AS source, CAST(-5 AS INT) AS n, CAST(NULL AS DOUBLE) AS nothing FROM bid",
    bid =>
      bid.select(b => ({ auction: b.auction, source: lit('web', 'STRING'), n: lit(-5, 'INT'), nothing: lit(null, 'DOUBLE') })),
  ],
  ['SELECT auction, COUNT(*) AS bids FROM bid GROUP BY auction', bid => bid.groupBy('auction').agg(() => ({ bids: count() }))],
  [
    'SELECT channel, auction, SUM(price) AS total, AVG(price) AS mean, MIN(bidder) AS low, MAX(fee) AS high, COUNT(channel) AS n, COUNT(DISTINCT bidder) AS d FROM bid GROUP BY channel, auction',
    bid =>
      bid.groupBy('channel', 'auction').agg(b => ({
        total: sum(b.price),
        mean: avg(b.price),
        low: min(b.bidder),
        high: max(b.fee),
        n: count(b.channel),
        d: countDistinct(b.bidder),
      })),
  ],
  [
    'SELECT auction, MAX(price) - MIN(price) AS spread, COUNT(*) + 1 AS n, auction + COUNT(*) AS odd FROM bid GROUP BY auction',
    bid =>
      bid.groupBy('auction').agg(b => ({
        spread: max(b.price).minus(min(b.price)),
        n: count().plus(1),
        odd: b.auction.plus(count()),
      })),
  ],
  [
    'SELECT auction, COUNT(*) FILTER (WHERE price > 10) AS dear, SUM(fee) FILTER (WHERE channel IS NOT NULL) AS fees FROM bid GROUP BY auction',
    bid =>
      bid.groupBy('auction').agg(b => ({
        dear: count().filter(b.price.gt(10)),
        fees: sum(b.fee).filter(b.channel.isNotNull()),
      })),
  ],
  ['SELECT COUNT(*) AS n, SUM(bidder) AS total FROM bid', bid => bid.agg(b => ({ n: count(), total: sum(b.bidder) }))],
  [
    'SELECT auction, COUNT(*) AS n FROM bid GROUP BY auction HAVING COUNT(*) > 3',
    bid =>
      bid
        .groupBy('auction')
        .agg(() => ({ n: count() }))
        .where(g => g.n.gt(3)),
  ],
  [
    'SELECT k, COUNT(*) AS n FROM (SELECT MOD(auction, 10) AS k FROM bid) GROUP BY k',
    bid =>
      bid
        .select(b => ({ k: b.auction.mod(10) }))
        .groupBy('k')
        .agg(() => ({ n: count() })),
  ],
  [
    "SELECT auction, window_start, window_end, COUNT(*) AS bids FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(event_time), INTERVAL '10' MINUTE)) GROUP BY auction, window_start, window_end",
    bid =>
      bid
        .window(b => tumble(b.event_time, '10 minutes'))
        .groupBy('auction')
        .agg(() => ({ bids: count() })),
  ],
  [
    "SELECT auction, window_start, window_end, MAX(price) AS top FROM TABLE(HOP((SELECT * FROM bid WHERE price > 100), DESCRIPTOR(event_time), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE)) GROUP BY auction, window_start, window_end",
    bid =>
      bid
        .where(b => b.price.gt(100))
        .window(b => hop(b.event_time, '5 minutes', '10 minutes'))
        .groupBy('auction')
        .agg(b => ({ top: max(b.price) })),
  ],
  [
    "SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE bid, DESCRIPTOR(event_time), INTERVAL '1' MINUTE, INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
    bid => bid.window(b => cumulate(b.event_time, '1 minute', '1 hour')).agg(() => ({ n: count() })),
  ],
  [
    `SELECT window_start, window_end, MAX(n) AS most FROM TABLE(TUMBLE((
       SELECT auction, window_time, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(event_time), INTERVAL '1' MINUTE)) GROUP BY auction, window_time, window_start, window_end
     ), DESCRIPTOR(window_time), INTERVAL '1' HOUR)) GROUP BY window_start, window_end`,
    bid =>
      bid
        .window(b => tumble(b.event_time, '1 minute'))
        .groupBy('auction', 'window_time')
        .agg(() => ({ n: count() }))
        .select(w => ({ auction: w.auction, window_time: w.window_time, n: w.n }))
        .window(w => tumble(w.window_time, '1 hour'))
        .agg(w => ({ most: max(w.n) })),
  ],
  ['SELECT DISTINCT channel FROM bid', bid => bid.select(b => ({ channel: b.channel })).distinct()],
  ['SELECT * FROM bid LIMIT 5 OFFSET 2', bid => bid.limit(5, 2)],
  ['SELECT * FROM bid ORDER BY price DESC, auction LIMIT 3', bid => bid.orderBy(b => [b.price.desc(), b.auction]).limit(3)],
  [
    'SELECT auction, price FROM bid ORDER BY price * bidder DESC LIMIT 3',
    bid =>
      bid
        .orderBy(b => b.price.times(b.bidder).desc())
        .limit(3)
        .select(b => ({ auction: b.auction, price: b.price })),
  ],
  ['SELECT * FROM bid ORDER BY event_time', bid => bid.orderBy(b => b.event_time)],
  [
    'SELECT auction FROM bid UNION ALL SELECT auction FROM bid WHERE price > 1 UNION ALL SELECT auction FROM bid',
    bid => {
      const auctions = bid.select(b => ({ auction: b.auction }));
      return auctions.unionAll(bid.where(b => b.price.gt(1)).select(b => ({ auction: b.auction }))).unionAll(auctions);
    },
  ],
  [
    'SELECT channel AS c, bidder AS n FROM bid UNION ALL SELECT c, n FROM (SELECT bidder AS n, CAST(auction AS STRING) AS c FROM bid)',
    bid =>
      bid
        .select(b => ({ c: b.channel, n: b.bidder }))
        .unionAll(bid.select(b => ({ n: b.bidder, c: b.auction.cast('STRING') })) as never),
  ],
  ...(['union', 'minus', 'minusAll', 'intersect', 'intersectAll'] as const).map((method): PlanCase => {
    const operator = {
      union: 'UNION',
      minus: 'EXCEPT',
      minusAll: 'EXCEPT ALL',
      intersect: 'INTERSECT',
      intersectAll: 'INTERSECT ALL',
    };
    return [
      `SELECT channel FROM bid ${operator[method]} SELECT channel FROM bid WHERE price > 1`,
      bid =>
        bid.select(b => ({ channel: b.channel }))[method](bid.where(b => b.price.gt(1)).select(b => ({ channel: b.channel }))),
    ];
  }),
];

let tm: TableSession;
let bid: Bid;
beforeAll(async () => {
  tm = await openForTest();
  bid = bidOf(tm);
});

describe('the same insert', () => {
  it.each<readonly [string, (bids: Bid) => readonly [table: unknown, select: (row: never) => object]]>([
    [
      'INSERT INTO sink SELECT auction AS a, price AS p, channel AS c FROM bid',
      bids => [bids, (b: BidRow) => ({ a: b.auction, p: b.price, c: b.channel })],
    ],
    [
      'INSERT INTO sink (c, a, p) SELECT channel AS c, bidder AS a, bidder AS p FROM bid',
      bids => [bids, (b: BidRow) => ({ c: b.channel, a: b.bidder, p: b.bidder })],
    ],
    [
      'INSERT INTO sink SELECT auction AS a, SUM(price) AS p, MAX(channel) AS c FROM bid GROUP BY auction',
      bids => [
        bids.groupBy('auction').agg(b => ({ p: sum(b.price), c: max(b.channel) })),
        (g: { auction: object; p: object; c: object }) => ({ a: g.auction, p: g.p, c: g.c }),
      ],
    ],
  ])('%s', async (sql, table) => {
    const session = new Session();
    const directory = '.';
    await session.declare(
      await session.bind(
        "CREATE TABLE bid (auction BIGINT NOT NULL, price DOUBLE NOT NULL, bidder INT NOT NULL, channel STRING) WITH ('connector' = 'datagen')",
        directory,
      ),
    );
    await session.declare(
      await session.bind("CREATE TABLE sink (a BIGINT NOT NULL, p DOUBLE, c STRING) WITH ('connector' = 'print')", directory),
    );
    const bound = await session.bind(sql, directory);
    const executor = new RecordingExecutor(session, directory);
    const context = session.bindContext('', directory);
    const [source, sink] = ['bid', 'sink'].map(name => {
      const descriptor = session.catalog.lookup({ parts: [name] });
      if (descriptor.kind !== 'table') throw new Error('not a table');
      return new TableBuilder(executor, {
        scan: () => scanOf(descriptor, {}, context, undefined),
        sink: () => sinkOf(descriptor, {}, context, undefined),
      });
    });
    const [query, select] = table(source as never);
    await (query as TableBuilder).insertInto(sink, select as never);
    if (bound.kind !== 'insert') throw new Error('not an insert');
    expect(optimizedText(executor.recorded!)).toBe(optimizedText(bound.plan));
  });
});

/** Keeps the plan instead of running it. */
class RecordingExecutor extends SessionExecutor {
  recorded: LogicalNode | undefined;
  override async insert(node: Insert): Promise<Job> {
    this.recorded = node;
    return { done: Promise.resolve(), stop: () => Promise.resolve() };
  }
}

describe('the same plan', () => {
  it.each(pairs)('%s', async (sql, table) => {
    const fromSql = optimizedText(planOf(await tm.sql(sql)));
    const fromTable = optimizedText(planOf(table(bid, tm)));
    expect(fromTable).toBe(fromSql);
  });
});
