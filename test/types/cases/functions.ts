import { open, udf } from 'tidemill';
import { risk } from './risk.udf.js';
const tm = await open();
const bid = tm.table('bid', {
  columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)' },
  with: { connector: 'kafka', topic: 'bid', 'properties.bootstrap.servers': 'localhost:9092', format: 'json' },
});
const length = udf.host({ arguments: ['STRING'], result: 'INT NOT NULL' }, channel => channel.length);
const next = udf.host({ arguments: ['BIGINT', 'DECIMAL(10, 2)'], result: 'BIGINT' }, (auction, price) =>
  price.startsWith('-') ? null : auction + 1n,
);
const late = await udf.assemblyscript('late', { arguments: ['DOUBLE NOT NULL'], result: 'BOOLEAN NOT NULL' })`
  export function late(delay: f64): bool { return delay > ${15}; }`;
const rows = await bid
  .where(b => late(b.price).and(risk(b.price, b.channel).gt(1)))
  .select(b => ({ length: length(b.channel), known: length('web'), next: next(b.auction, 1), late: late(b.price) }))
  .toArray();
const { length: maybe, known, next: after, late: isLate } = rows[0]!;
const checked: [number | null, number, bigint | null, boolean] = [maybe, known, after, isLate];
export { checked };
