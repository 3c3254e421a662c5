import { count, max, open, tumble } from 'tidemill';
import { risk } from './risk.udf.js';
declare const console: { log(...x: unknown[]): void };
await using tm = await open({ checkpoints: '.tidemill/hot' });
const bid = tm.table('bid', {
  columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)', seen: 'TIMESTAMP(3)' },
  watermark: { at: '4 seconds' },
  with: { connector: 'kafka', topic: 'bid', 'properties.bootstrap.servers': 'localhost:9092', format: 'json' },
});
const auction = tm.table('auction', {
  columns: { id: 'BIGINT NOT NULL', category: 'STRING NOT NULL' }, primaryKey: ['id'],
  with: { connector: 'filesystem', path: 'auctions.parquet', format: 'parquet' },
});
const hot = bid
  .where(b => b.price.gt(100))
  .window(b => tumble(b.at, '10 minutes'))
  .groupBy('auction')
  .agg(b => ({ bids: count(), risk: max(risk(b.price, b.channel)) }))
  .leftJoin(auction, (h, a) => h.auction.eq(a.id), (h, a) => ({ ...h, category: a.category }));
for await (const { op, row } of hot.changes()) console.log(op, row.window_end, row.auction, row.bids + 1, row.category?.toUpperCase());
const sink = tm.table('hot', { columns: { category: 'STRING', bids: 'BIGINT NOT NULL' }, with: { connector: 'print' } });
const job = await hot.insertInto(sink, h => ({ category: h.category, bids: h.bids }));
await job.stop({ savepoint: 'savepoints/hot' });
export type Hot = Awaited<ReturnType<typeof hot.toArray>>[number];
export const check: Hot = { window_start: '', window_end: '', auction: 1n, bids: 1, risk: 1, category: null };
