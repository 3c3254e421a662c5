// Bids of the last seconds: the auctions with the most bids, window by window. Run: tidemill run busiest.ts
import { count, max, open, tumble } from 'tidemill';

await using tm = await open();
const bid = tm.table('bid', {
  columns: { auction: 'BIGINT NOT NULL', price: 'BIGINT NOT NULL', dateTime: 'TIMESTAMP(3)' },
  watermark: { dateTime: '4 seconds' },
  with: { connector: 'nexmark', 'events.num': '50000' },
});
const busiest = bid
  .window(b => tumble(b.dateTime, '1 second'))
  .groupBy('auction')
  .agg(b => ({ bids: count(), highest: max(b.price) }))
  .orderBy(b => [b.bids.desc(), b.auction])
  .limit(5);
for (const row of await busiest.toArray())
  console.log(`${row.window_start} auction ${row.auction}: ${row.bids} bids, up to ${row.highest}`);
