import { beforeAll, describe, expect, it } from 'vitest';
import { count, hop, lit, max, open, type TableSession, tumble } from '../../core/index.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import { createTableText } from '../../core/session/create-table-text.ts';
import { type ExpressionBuilder, kindOf } from '../../core/table-api/expression.ts';
import { bidOf, openForTest, planOf } from './support.ts';

let tm: TableSession;
let bid: ReturnType<typeof bidOf>;
type BidRow = Parameters<Parameters<typeof bid.where>[0]>[0];
/** As JavaScript may call it. */
const loose = (callback: (row: BidRow) => unknown): never => callback as never;

beforeAll(async () => {
  tm = await openForTest();
  bid = bidOf(tm);
});

const failure = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('it should have failed');
};

describe('mistakes of a JavaScript program are found when the query is built', () => {
  it.each<readonly [string, () => unknown, object]>([
    [
      'an unknown column',
      () => bid.where(loose(b => (b as unknown as Record<string, BidRow['price']>)['pricee']!.gt(1))),
      { code: 'unknown-column', hint: "did you mean 'price'?" },
    ],
    [
      'an unknown key',
      () => bid.groupBy('auctoin' as 'auction').agg(() => ({ n: count() })),
      { code: 'unknown-column', hint: "did you mean 'auction'?" },
    ],
    ['a condition that is none', () => bid.where(loose(b => b.price)), { code: 'type-mismatch' }],
    [
      'kinds that cannot be compared',
      () => bid.where(loose(b => b.channel.eq(b.date_of as never).and(b.price.gt(b.date_of as never)))),
      { code: 'wrong-argument' },
    ],
    ['an aggregate in where', () => bid.where(() => count().gt(1)), { code: 'aggregate-not-allowed' }],
    ['an aggregate in select', () => bid.select(b => ({ top: max(b.price) })), { code: 'aggregate-not-allowed' }],
    [
      'an aggregate of an aggregate',
      () => bid.groupBy('auction').agg(() => ({ top: max(count()) })),
      { code: 'aggregate-not-allowed' },
    ],
    ['a column that is not grouped', () => bid.groupBy('auction').agg(b => ({ price: b.price })), { code: 'not-grouped' }],
    [
      'a column of another row',
      () => bid.where(outer => bid.where(b => b.price.gt(outer.price)) && outer.price.gt(1)),
      { code: 'foreign-column' },
    ],
    [
      'a filter of what is no aggregate',
      () => bid.where(b => b.channel.isNull().filter(b.channel.isNull())),
      { code: 'wrong-argument' },
    ],
    [
      'a window over an expression',
      () => bid.window(b => tumble(b.event_time.cast('TIMESTAMP(3)') as never, '1 minute')),
      { code: 'wrong-argument' },
    ],
    ['a duration that is none', () => bid.window(b => tumble(b.event_time, '1 fortnight' as never)), { code: 'wrong-argument' }],
    ['a window of nothing', () => bid.window(b => tumble(b.event_time, '0 minutes')), { code: 'wrong-argument' }],
    [
      'a slide that does not fit',
      () => bid.window(b => hop(b.event_time, '3 minutes', '10 minutes')),
      { code: 'wrong-argument' },
    ],
    ['no values of in()', () => bid.where(b => b.channel.in()), { code: 'wrong-argument' }],
    [
      'a text that is no date',
      () => bid.where(b => b.date_of.gt('31.1.2026')),
      { code: 'wrong-literal', hint: "write DATE '2026-01-31'" },
    ],
    ['a text that is no decimal', () => bid.where(b => b.fee.gt('12,50')), { code: 'wrong-literal' }],
    ['an invalid Date', () => bid.where(b => b.seen.gt(new Date('nonsense'))), { code: 'wrong-argument' }],
    ['what is no value', () => bid.where(loose(b => b.price.gt({} as never))), { code: 'wrong-argument' }],
    ['a fraction beside integers', () => bid.select(b => ({ x: b.auction.times(1.5) })), { code: 'wrong-argument' }],
    ['a big number beside INT', () => bid.select(b => ({ x: b.bidder.plus(3e9) })), { code: 'wrong-argument' }],
    ['a big divisor', () => bid.select(b => ({ x: b.auction.mod(5e9) })), { code: 'wrong-argument' }],
    ['a limit that is none', () => bid.limit(-1), { code: 'wrong-argument' }],
    ['no columns', () => bid.select(() => ({})), { code: 'no-columns' }],
    [
      'a union of other columns',
      () => bid.select(b => ({ a: b.auction })).unionAll(bid.select(b => ({ b: b.auction })) as never),
      { code: 'unknown-column' },
    ],
    [
      'a join without columns',
      () =>
        bid.join(
          bid,
          (l, r) => l.auction.eq(r.auction),
          () => ({}),
        ),
      { code: 'no-columns' },
    ],
    ['a type that is none', () => bid.select(b => ({ x: b.price.cast('DOUBEL' as 'DOUBLE') })), { code: 'syntax' }],
    ['a literal that does not fit', () => lit('x', 'DATE'), { code: 'wrong-literal' }],
  ])('%s', (_, act, expected) => {
    expect(failure(act)).toMatchObject(expected);
  });

  it('a window over what has no watermark is refused before it runs', async () => {
    const plain = tm.table('plain', { columns: { at: 'TIMESTAMP(3)' }, with: { connector: 'datagen' } });
    const windows = plain.window(p => tumble(p.at as never, '1 minute')).agg(() => ({ n: count() }));
    await expect(async () => {
      for await (const _ of windows.changes()) break;
    }).rejects.toMatchObject({ code: 'no-time-attribute' });
  });
});

describe('tables', () => {
  it('become CREATE TEMPORARY TABLE, with all names and texts quoted', () => {
    const definition = {
      columns: { 'a`b': 'INT NOT NULL', at: 'TIMESTAMP(3)' },
      watermark: { at: '1500 ms' },
      primaryKey: ['a`b'],
      with: { connector: 'filesystem', path: "it's", format: 'csv', nothing: undefined },
    };
    expect(createTableText('my table', definition)).toBe(
      "CREATE TEMPORARY TABLE `my table` (\n  `a``b` INT NOT NULL,\n  `at` TIMESTAMP(3),\n  WATERMARK FOR `at` AS `at` - INTERVAL '1.500' SECOND,\n" +
        "  PRIMARY KEY (`a``b`) NOT ENFORCED\n) WITH (\n  'connector' = 'filesystem',\n  'path' = 'it''s',\n  'format' = 'csv'\n)",
    );
  });

  it.each([
    ['0 seconds', '`at`'],
    ['1500 ms', "`at` - INTERVAL '1.500' SECOND"],
    ['90 minutes', "`at` - INTERVAL '5400' SECOND"],
    ['0.5 days', "`at` - INTERVAL '43200' SECOND"],
  ])('a watermark of %s', async (delay, text) => {
    await using session = await openForTest();
    const table = { columns: { at: 'TIMESTAMP(3)' }, watermark: { at: delay }, with: { connector: 'datagen' } } as const;
    expect(createTableText('t', table)).toContain(`WATERMARK FOR \`at\` AS ${text}`);
    const node = planOf(session.table('t', table as never));
    expect(node.kind).toBe('watermark');
  });

  it.each([
    [
      'an unknown connector',
      { columns: { a: 'INT' }, with: { connector: 'prnt' } },
      { code: 'unknown-connector', hint: expect.stringContaining('print') },
    ],
    [
      'an unknown option',
      { columns: { a: 'INT' }, with: { connector: 'datagen', 'rows-per-secnd': '1' } },
      { code: 'unknown-option' },
    ],
    ['an unknown type', { columns: { a: 'INTT' }, with: { connector: 'print' } }, { code: 'syntax' }],
    ['an unknown key', { columns: { a: 'INT' }, primaryKey: ['b'], with: { connector: 'print' } }, { code: 'unknown-column' }],
    [
      'two watermarks',
      {
        columns: { a: 'TIMESTAMP(3)', b: 'TIMESTAMP(3)' },
        watermark: { a: '1 second', b: '1 second' },
        with: { connector: 'datagen' },
      },
      { code: 'wrong-argument' },
    ],
    ['no columns', { columns: {}, with: { connector: 'print' } }, { code: 'no-columns' }],
  ])('%s is said at its place', (_, definition, expected) => {
    expect(failure(() => tm.table('wrong', definition as never))).toMatchObject(expected);
  });

  it('a name can be given once', () => {
    expect(failure(() => bidOf(tm))).toMatchObject({ code: 'table-exists' });
  });

  it('a sink cannot be read, a source not written', async () => {
    const print = tm.table('only_sink', { columns: { a: 'BIGINT' }, with: { connector: 'print' } });
    await expect(print.toArray()).rejects.toMatchObject({ code: 'not-a-source' });
    await expect(bid.insertInto(bid, b => ({ ...b }))).rejects.toMatchObject({ code: 'not-a-sink' });
  });

  it('what to do with checkpoints, without a place for them', async () => {
    await expect(open({ restore: 'latest' })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('kinds at run time are the kinds the compiler sees', () => {
  const columns = {
    INT: 'INT NOT NULL',
    TINYINT: 'TINYINT NOT NULL',
    BIGINT: 'BIGINT NOT NULL',
    DOUBLE: 'DOUBLE NOT NULL',
    FLOAT: 'FLOAT NOT NULL',
    DECIMAL: 'DECIMAL(10, 2) NOT NULL',
  } as const;
  type Column = keyof typeof columns;
  const kindOfColumn = {
    INT: 'INT',
    TINYINT: 'INT',
    BIGINT: 'BIGINT',
    DOUBLE: 'DOUBLE',
    FLOAT: 'DOUBLE',
    DECIMAL: 'DECIMAL',
    COUNT: 'COUNT',
  } as const;
  /** `Arithmetic` of expression-types.ts. */
  const expected = (left: string, right: string): string => {
    const both = [left, right];
    for (const kind of ['DOUBLE', 'DECIMAL', 'BIGINT', 'COUNT']) if (both.includes(kind)) return kind;
    return 'INT';
  };
  const names = [...Object.keys(columns), 'COUNT'] as (Column | 'COUNT')[];

  it.each(names.flatMap(left => names.map(right => [left, right] as const)))('%s and %s', async (left, right) => {
    await using session = await openForTest();
    const numbers = session.table('numbers', { columns, with: { connector: 'datagen' } });
    const side = (row: Record<string, unknown>, name: string): ExpressionBuilder =>
      (name === 'COUNT' ? count() : row[name]) as unknown as ExpressionBuilder;
    numbers.groupBy(...(Object.keys(columns) as Column[])).agg(row => {
      const [a, b] = [side(row, left), side(row, right)];
      const [leftKind, rightKind] = [kindOfColumn[left], kindOfColumn[right]];
      for (const result of [a.plus(b), a.minus(b), a.times(b), a.dividedBy(b)])
        expect(kindOf(result)).toBe(expected(leftKind, rightKind));
      for (const result of [a.plus(1), a.minus(1), a.times(2), a.dividedBy(2), a.abs(), a.orElse(0)])
        expect(kindOf(result)).toBe(leftKind);
      if (leftKind !== 'DOUBLE' && leftKind !== 'DECIMAL') expect(kindOf(a.mod(3))).toBe('INT');
      return { n: count() };
    });
  });

  it('literals are of the type they are declared with', () => {
    const table = bid.select(() => ({
      a: lit(1, 'BIGINT'),
      b: lit(1.5, 'DECIMAL(5, 2)'),
      c: lit('x', 'STRING'),
      d: lit('2026-01-31', 'DATE'),
      e: lit(new Date(0), 'TIMESTAMP_LTZ(3)'),
      f: lit(null, 'INT'),
      g: lit(true, 'BOOLEAN'),
    }));
    expect(schemaOf(planOf(table)).map(field => `${field.type.kind}${field.type.nullable ? '?' : ''}`)).toEqual([
      'BIGINT',
      'DECIMAL',
      'VARCHAR',
      'DATE',
      'TIMESTAMP_LTZ',
      'INT?',
      'BOOLEAN',
    ]);
  });
});
