import { open } from 'tidemill';
const tm = await open();
const bid = tm.table('bid', {
  columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)' },
  with: { connector: 'print' },
});
bid.select(b => ({ x: b.price.plus(b.channel) }));
bid.select(b => ({ x: b.channel.plus(1) }));
bid.select(b => ({ x: b.price.plus('1') }));
bid.where(b => b.price);
bid.where(b => b.price.eq(b.channel));
bid.groupBy('pric');
bid.agg(() => ({ n: 1 }));
tm.table('x', { columns: { a: 'BIGIN' }, with: { connector: 'print' } });
tm.table('x', { columns: { a: 'BIGINT', t: 'TIMESTAMP(3)' }, watermark: { a: '1 second' }, with: { connector: 'print' } });
tm.table('x', { columns: { a: 'BIGINT', t: 'TIMESTAMP(3)' }, watermark: { t: '1 secnd' }, with: { connector: 'print' } });
tm.table('x', { columns: { a: 'BIGINT', t: 'TIMESTAMP(3)' }, primaryKey: ['b'], with: { connector: 'print' } });
tm.table('x', { columns: { a: 'BIGINT', t: 'TIMESTAMP(3)' }, with: { connector: 'prnt' } });
tm.table('x', { columns: { a: 'BIGINT', t: 'TIMESTAMP(3)' }, with: { connector: 'kafka', topic: 'a' } });
