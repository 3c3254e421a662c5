import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { open, type TableSession, unnest } from '../../core/index.ts';
import { optimizedText, planOf } from './support.ts';

let directory: string;
let tm: TableSession;
let posts: ReturnType<typeof postsOf>;
const postsOf = (session: TableSession) =>
  session.table('posts', {
    columns: {
      id: 'INT NOT NULL',
      tags: 'ARRAY<STRING>',
      votes: 'MAP<STRING NOT NULL, INT>',
      items: 'ARRAY<ROW<name STRING, pieces INT>>',
      bag: 'MULTISET<STRING>',
    },
    with: { connector: 'filesystem', path: 'posts.json', format: 'json' },
  });
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-unnest-'));
  const rows = [
    { id: 1, tags: ['tide', 'mill'], votes: { up: 2, down: null }, items: [{ name: 'sail', pieces: 4 }], bag: { a: 2, b: 1 } },
    { id: 2, tags: [], votes: null, items: null, bag: null },
    {
      id: 3,
      tags: [null, 'x'],
      votes: {},
      items: [
        { name: 'stone', pieces: 1 },
        { name: 'axle', pieces: null },
      ],
      bag: {},
    },
  ];
  writeFileSync(join(directory, 'posts.json'), rows.map(row => JSON.stringify(row)).join('\n'));
  tm = await open({ directory, notice: () => {} });
  posts = postsOf(tm);
});
afterAll(async () => {
  await tm.close();
  rmSync(directory, { recursive: true, force: true });
});

it('gives the plans that SQL gives', async () => {
  const pairs: readonly (readonly [string, unknown])[] = [
    [
      'SELECT id, `value` AS tag FROM posts CROSS JOIN UNNEST(tags) AS t (`value`)',
      posts.joinLateral(
        p => unnest(p.tags),
        (p, t) => ({ id: p.id, tag: t.value }),
      ),
    ],
    [
      'SELECT id, `key`, `value` FROM posts LEFT JOIN UNNEST(votes) AS v (`key`, `value`) ON TRUE',
      posts.leftOuterJoinLateral(
        p => unnest(p.votes),
        (p, v) => ({ id: p.id, ...v }),
      ),
    ],
    [
      'SELECT id, `value`, ordinality FROM posts LEFT JOIN UNNEST(bag) WITH ORDINALITY AS b (`value`, ordinality) ON ordinality > id',
      posts.leftOuterJoinLateral(
        p => unnest(p.bag, { ordinality: true }),
        (p, b) => b.ordinality.gt(p.id),
        (p, b) => ({ id: p.id, ...b }),
      ),
    ],
    [
      'SELECT id, name, pieces FROM posts JOIN UNNEST(items) ON pieces > 1',
      posts.joinLateral(
        p => unnest(p.items, { columns: { name: 'STRING', pieces: 'INT' } }),
        (_, i) => i.pieces.gt(1),
        (p, i) => ({ id: p.id, name: i.name, pieces: i.pieces }),
      ),
    ],
  ];
  for (const [sql, table] of pairs) expect(optimizedText(planOf(table)), sql).toBe(optimizedText(planOf(await tm.sql(sql))));
});

it('gives the elements, their keys, places and fields', async () => {
  const tags = posts.joinLateral(
    p => unnest(p.tags, { ordinality: true }),
    (p, t) => ({ id: p.id, tag: t.value.upper(), place: t.ordinality }),
  );
  expect(await tags.toArray()).toEqual([
    { id: 1, tag: 'TIDE', place: 1 },
    { id: 1, tag: 'MILL', place: 2 },
    { id: 3, tag: null, place: 1 },
    { id: 3, tag: 'X', place: 2 },
  ]);
  const items = posts.leftOuterJoinLateral(
    p => unnest(p.items, { columns: { name: 'STRING', pieces: 'INT' } }),
    (p, i) => ({ id: p.id, name: i.name, more: i.pieces.plus(1) }),
  );
  expect(await items.toArray()).toEqual([
    { id: 1, name: 'sail', more: 5 },
    { id: 2, name: null, more: null },
    { id: 3, name: 'stone', more: 2 },
    { id: 3, name: 'axle', more: null },
  ]);
  const bag = posts.joinLateral(
    p => unnest(p.bag),
    (p, b) => ({ id: p.id, b: b.value }),
  );
  expect((await bag.toArray()).map(({ b }) => b).sort()).toEqual(['a', 'a', 'b']);
  const votes = posts.joinLateral(
    p => unnest(p.votes),
    (_, v) => v.value.isNotNull(),
    (_, v) => ({ ...v }),
  );
  expect(await votes.toArray()).toEqual([{ key: 'up', value: 2 }]);
  expect(
    await posts
      .where(p => p.tags.isNull().not())
      .select(p => ({ tags: p.tags }))
      .limit(1)
      .toArray(),
  ).toEqual([{ tags: ['tide', 'mill'] }]);
});

it('says what is wrong with it', () => {
  const unchecked = unnest as unknown as (value: unknown, options?: unknown) => never;
  const built = (options: unknown, column: 'id' | 'items' = 'items') =>
    posts.joinLateral(
      p => unchecked(p[column], options),
      p => ({ id: p.id }),
    );
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
    return 'none';
  };
  expect(code(() => built(undefined, 'id'))).toBe('wrong-argument: unnest() takes an ARRAY, MAP or MULTISET, and this is INT');
  expect(code(() => built({ columns: { nam: 'STRING' } }))).toBe("unknown-column: the elements have no field 'nam'");
  expect(code(() => built({ columns: { name: 'INT' } }))).toMatch(/^type-mismatch: the field 'name' is .*, not INT/);
});
