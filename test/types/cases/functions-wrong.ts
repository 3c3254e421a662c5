import { open, udf, unnest } from 'tidemill';
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
const posts = tm.table('posts', { columns: { id: 'INT NOT NULL', tags: 'ARRAY<STRING>' }, with: { connector: 'datagen' } });
posts.joinLateral(p => unnest(p.id), p => ({ id: p.id }));
posts.joinLateral(p => unnest(p.tags), (_, t) => ({ tag: t.tag }));
posts.where(p => p.tags.eq('tide'));
