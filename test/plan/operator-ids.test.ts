import { expect, it } from 'vitest';
import { type OperatorNote, withOperatorIds } from '../../core/plan/operator-ids.ts';
import { Session } from '../../core/session/session.ts';
import { runStatement } from '../support/run-statements.ts';

const tables = [
  `CREATE TABLE orders (item STRING, customer STRING, price BIGINT, made TIMESTAMP(3), WATERMARK FOR made AS made - INTERVAL '1' SECOND)
   WITH ('connector' = 'datagen')`,
  "CREATE TABLE totals (item STRING, n BIGINT) WITH ('connector' = 'print')",
];

async function notesOf(sql: string, given?: Record<string, string>): Promise<OperatorNote[]> {
  const session = new Session({ output: () => undefined });
  for (const table of tables) await runStatement(session, table, '.');
  const bound = await session.bind(sql, '.');
  if (bound.kind !== 'query' && bound.kind !== 'insert') throw new Error('a query was expected');
  const notes: OperatorNote[] = [];
  withOperatorIds(bound.plan, { given, note: note => notes.push(note) });
  await session.close();
  return notes;
}
const idsOf = async (sql: string, given?: Record<string, string>): Promise<string[]> =>
  (await notesOf(sql, given)).map(note => note.id).sort();

const plain = 'INSERT INTO totals SELECT item, COUNT(*) FROM orders GROUP BY item';

it('an id does not depend on names, columns, filters and aggregates', async () => {
  const ids = await idsOf(plain);
  expect(ids.map(id => id.split('-')[0])).toEqual(['aggregate', 'insert', 'scan', 'watermark']);
  for (const same of [
    'INSERT INTO totals SELECT o.item AS what, COUNT(*) AS n FROM orders AS o GROUP BY o.item',
    'INSERT INTO totals SELECT what, COUNT(*) FROM (SELECT customer, item AS what FROM orders) GROUP BY what',
    'INSERT INTO totals SELECT item, SUM(price) FROM orders WHERE price > 3 GROUP BY item HAVING SUM(price) > 1',
    'INSERT INTO totals WITH o (a, b) AS (SELECT price, item FROM orders) SELECT b, MAX(a) FROM o GROUP BY b',
  ])
    expect(await idsOf(same), same).toEqual(ids);
});

it('it depends on keys, windows and what is below', async () => {
  const aggregate = async (sql: string): Promise<string> => (await idsOf(sql)).find(id => id.startsWith('aggregate'))!;
  const ids = await Promise.all(
    [
      'SELECT item, COUNT(*) FROM orders GROUP BY item',
      'SELECT customer, COUNT(*) FROM orders GROUP BY customer',
      'SELECT UPPER(item), COUNT(*) FROM orders GROUP BY UPPER(item)',
      'SELECT COUNT(*) FROM orders',
      "SELECT item, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(made), INTERVAL '1' MINUTE)) GROUP BY item, window_start, window_end",
      "SELECT item, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(made), INTERVAL '2' MINUTE)) GROUP BY item, window_start, window_end",
    ].map(aggregate),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

it('equal parts of one query have ids of their own, in their order', async () => {
  const part = '(SELECT item, COUNT(*) AS n FROM orders GROUP BY item)';
  const ids = await idsOf(`INSERT INTO totals SELECT * FROM ${part} UNION ALL SELECT * FROM ${part}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter(id => id.startsWith('aggregate'))).toHaveLength(2);
});

it('a sink is known by its table, and any id can be given by hand', async () => {
  const sink = (ids: readonly string[]): string => ids.find(id => id.startsWith('insert'))!;
  const ids = await idsOf(plain);
  expect(sink(await idsOf('INSERT INTO totals SELECT customer, price FROM orders'))).toBe(sink(ids));
  const aggregate = ids.find(id => id.startsWith('aggregate'))!;
  expect(await idsOf(plain, { [aggregate]: 'by-item' })).toContain('by-item');
});

it('notes say what it is and where it stands', async () => {
  const note = (await notesOf(plain)).find(each => each.id.startsWith('aggregate'))!;
  expect(note.text).toBe('group by item');
  expect(plain.slice(note.span!.start, note.span!.end)).toContain('GROUP BY item');
});
