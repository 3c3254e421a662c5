import { open, udf } from 'tidemill';
const tm = await open();
const bid = tm.table('bid', {
  columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING' },
  with: { connector: 'kafka', topic: 'bid', 'properties.bootstrap.servers': 'localhost:9092', format: 'json' },
});
const length = udf.host({ arguments: ['STRING'], result: 'INT NOT NULL' }, channel => channel.lenght);
udf.host({ arguments: ['BIGINT'], result: 'BIGINT NOT NULL' }, auction => (auction > 1n ? auction : null));
udf.host({ arguments: ['BIGINT'], result: 'STRING' }, auction => auction);
bid.select(b => ({ x: length(b.price) }));
bid.select(b => ({ x: length(b.channel).upper() }));
const late = udf.assemblyscript('late', { arguments: ['DOUBLE'], result: 'BOOLEAN' })`export function late(x: f64): bool { return x > 1; }`;
bid.where(b => late(b.price));
