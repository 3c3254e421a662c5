declare const console: { log(...x: unknown[]): void };
import { count, max, open, tumble } from 'tidemill';
import { risk } from './risk.udf.js';                        // written with its .d.ts beside risk.wasm by `udf build`
await using tm = await open({ checkpoints: '.tidemill/hot' });
const bid = tm.table('bid', {                                // SQL's types: nullable unless NOT NULL. `tidemill schema … --as ts` prints this
  columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)', seen: 'TIMESTAMP(3)' },
  watermark: { at: '4 seconds' },
  with: { connector: 'kafka', topic: 'bid', 'properties.bootstrap.servers': 'localhost:9092', format: 'json' } });
const auction = tm.table('auction', { columns: { id: 'BIGINT NOT NULL', category: 'STRING NOT NULL' }, primaryKey: ['id'],
  with: { connector: 'filesystem', path: 'auctions.parquet', format: 'parquet' } });
const hot = bid.where(b => b.price.gt(100)).window(b => tumble(b.at, '10 minutes')).groupBy('auction')
  .agg(b => ({ bids: count(), risk: max(risk(b.price, b.channel)) }))        // keys, window_start and window_end are kept
  .leftJoin(auction, (h, a) => h.auction.eq(a.id), (h, a) => ({ ...h, category: a.category }));
for await (const { op, row } of hot.changes()) console.log(op, row.auction, row.bids + 1, row.category?.toUpperCase());
const sink = tm.table('hot', { columns: { category: 'STRING', bids: 'BIGINT NOT NULL' }, with: { connector: 'print' } });
const job = await hot.insertInto(sink, h => ({ category: h.category, bids: h.bids }));
await job.stop({ savepoint: 'savepoints/hot' });
bid.where(b => b.pricee.gt(100));              // tsc: Property 'pricee' does not exist … Did you mean 'price'?
bid.window(b => tumble(b.seen, '1 minute'));   // tsc: '"TIMESTAMP"' is not assignable to '"ROWTIME"'
await hot.toArray();                           // error[endless]: bid never ends: use changes(), ndjson(), limit(n) or scan.bounded.mode
