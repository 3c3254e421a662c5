import { count, max, open, tumble } from 'tidemill';
import { risk } from './risk.udf.js';
const tm = await open();
const bid = tm.table('bid', {
  columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)', seen: 'TIMESTAMP(3)' },
  watermark: { at: '4 seconds' },
  with: { connector: 'kafka', topic: 'bid', 'properties.bootstrap.servers': 'localhost:9092', format: 'json' },
});
bid.where(b => b.pricee.gt(100));
bid.where(b => b.channel.gt(100));
bid.window(b => tumble(b.seen, '10 minutes'));
bid.select(b => ({ r: risk(b.channel, b.price) }));
const sink = tm.table('hot', { columns: { channel: 'BIGINT', bids: 'BIGINT NOT NULL' }, with: { connector: 'print' } });
bid.groupBy('channel').agg(b => ({ bids: count() })).insertInto(sink, h => ({ channel: h.channel, bids: h.bids }));
bid.insertInto(sink, b => ({ channel: b.auction }));
for await (const { row } of bid.changes()) row.channel.toUpperCase();
