// What each verb gives: every line fails to compile when a type is other than what it says.
import { avg, count, countDistinct, type Expr, lit, max, min, open, sum, tumble, type Table, unnest, type Values } from 'tidemill';
import { late } from './late.udf.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type RowOf<T> = T extends Table<infer C> ? { [P in keyof C]: C[P] extends Expr<infer K, infer N> ? Values[K] | N : never } : never;
function holds<_T extends true>(): void {}

const tm = await open();
const t = tm.table('t', {
  columns: {
    i: 'INT NOT NULL',
    l: 'BIGINT NOT NULL',
    d: 'DOUBLE NOT NULL',
    m: 'DECIMAL(10, 2) NOT NULL',
    s: 'STRING',
    b: 'BOOLEAN NOT NULL',
    day: 'DATE',
    at: 'TIMESTAMP(3)',
    z: 'TIMESTAMP_LTZ(3)',
    bytes: 'BYTES',
  },
  watermark: { at: '0 seconds' },
  with: { connector: 'datagen' },
});
holds<
  Equal<
    RowOf<typeof t>,
    {
      i: number;
      l: bigint;
      d: number;
      m: string;
      s: string | null;
      b: boolean;
      day: string | null;
      at: string;
      z: Date | null;
      bytes: Uint8Array | null;
    }
  >
>();

const arithmetic = t.select(r => ({
  ii: r.i.plus(1),
  il: r.i.plus(r.l),
  id: r.i.times(r.d),
  im: r.i.minus(r.m),
  mm: r.m.dividedBy(2),
  rest: r.l.mod(7),
  half: r.d.dividedBy(2),
}));
holds<
  Equal<
    RowOf<typeof arithmetic>,
    { ii: number; il: bigint; id: number; im: string | null; mm: string | null; rest: number; half: number }
  >
>();

const conditions = t.select(r => ({
  a: r.i.gt(1),
  c: r.s.eq('x'),
  e: r.i.eq(r.l).or(r.s.isNull()),
  f: r.b.and(r.s.like('a%')),
  g: r.d.ge(r.s.charLength()),
  h: r.s.orElse('none'),
  y: r.day.year(),
  x: r.s.cast('INT'),
  v: r.i.tryCast('STRING'),
  w: lit('2026-01-31', 'DATE'),
  n: lit(null, 'INT'),
}));
holds<
  Equal<
    RowOf<typeof conditions>,
    {
      a: boolean;
      c: boolean | null;
      e: boolean;
      f: boolean | null;
      g: boolean | null;
      h: string;
      y: bigint | null;
      x: number | null;
      v: string | null;
      w: string;
      n: null | number;
    }
  >
>();

const grouped = t.groupBy('s').agg(r => ({
  n: count(),
  some: count().filter(r.b),
  different: countDistinct(r.l),
  total: sum(r.i),
  big: sum(r.l),
  money: sum(r.m),
  mean: avg(r.i),
  lowest: min(r.s),
  last: max(r.at),
  ofSome: max(r.i).filter(r.b),
  more: count().plus(1),
}));
holds<
  Equal<
    RowOf<typeof grouped>,
    {
      s: string | null;
      n: number;
      some: number;
      different: number;
      total: number;
      big: bigint;
      money: string | null;
      mean: number;
      lowest: string | null;
      last: string;
      ofSome: number | null;
      more: number;
    }
  >
>();

const overall = t.agg(r => ({ n: count(), total: sum(r.i) }));
holds<Equal<RowOf<typeof overall>, { n: number; total: number | null }>>();

const windows = t.window(r => tumble(r.at, '1 minute')).agg(() => ({ n: count() }));
holds<Equal<RowOf<typeof windows>, { window_start: string; window_end: string; n: number }>>();
const twice = t
  .window(r => tumble(r.at, '1 minute'))
  .groupBy('s', 'window_time')
  .agg(() => ({ n: count() }))
  .window(r => tumble(r.window_time, '1 hour'))
  .agg(r => ({ most: max(r.n) }));
holds<Equal<RowOf<typeof twice>, { window_start: string; window_end: string; most: bigint }>>();

const functions = t.select(r => ({ a: late(r.d), b: late(r.i), c: late(r.s.charLength()), d: late(3) }));
holds<Equal<RowOf<typeof functions>, { a: number; b: number; c: number | null; d: number }>>();

const typed = await tm.sql('SELECT i, s FROM t', { i: 'INT NOT NULL', s: 'STRING' });
holds<Equal<RowOf<typeof typed>, { i: number; s: string | null }>>();
const untyped = await tm.sql('SELECT i FROM t');
for await (const row of untyped.where(r => r['i']!.gt(1).and(r['i']!.isNotNull())).rows())
  holds<Equal<(typeof row)[string], Values[keyof Values] | null>>();

const posts = tm.table('posts', {
  columns: {
    id: 'INT NOT NULL',
    tags: 'ARRAY<STRING NOT NULL>',
    votes: 'MAP<STRING NOT NULL, BIGINT> NOT NULL',
    items: 'ARRAY<ROW<name STRING, pieces INT>>',
    bag: 'MULTISET<DECIMAL(10, 2)>',
  },
  with: { connector: 'datagen' },
});
const tags = posts.joinLateral(
  p => unnest(p.tags, { ordinality: true }),
  (p, t) => ({ id: p.id, tag: t.value.upper(), place: t.ordinality }),
);
holds<Equal<RowOf<typeof tags>, { id: number; tag: string; place: number }>>();
const votes = posts.leftOuterJoinLateral(
  p => unnest(p.votes),
  (_, v) => v.value.gt(1),
  (_, v) => ({ ...v }),
);
holds<Equal<RowOf<typeof votes>, { key: string | null; value: bigint | null }>>();
const items = posts.joinLateral(
  p => unnest(p.items, { columns: { name: 'STRING', pieces: 'INT NOT NULL' } }),
  (_, i) => i,
);
holds<Equal<RowOf<typeof items>, { name: string | null; pieces: number }>>();
const bag = posts.joinLateral(
  p => unnest(p.bag),
  (_, b) => ({ b: b.value }),
);
holds<Equal<RowOf<typeof bag>, { b: string | null }>>();
