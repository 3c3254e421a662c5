import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../core/session/session.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { configurations, openSession, rowTexts, runStatement } from '../support/run-statements.ts';
import { processModules } from '../udf/process-modules.ts';
import { tableModules } from '../udf/table-modules.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-rows-'));
const more = `
// @sql-table once(n INT) RETURNS TABLE (n INT) NOT DETERMINISTIC
export function once(n: i32): u64 { return 0; }
// @sql-function {"name": "doubled", "kind": "batch", "arguments": ["BIGINT"], "result": "BIGINT"}
export function doubled(rows: i32, given: usize, result: usize): void {
  const from = load<u32>(load<u32>(given + 40) + 4);
  const to = load<u32>(load<u32>(result + 40) + 4);
  for (let row = 0; row < rows; row++) store<i64>(to + row * 8, 2 * load<i64>(from + row * 8));
}
`;
beforeAll(async () => {
  writeFileSync(join(folder, 'rows.wasm'), await buildAssemblyScript(tableModules + more));
  writeFileSync(join(folder, 'process.wasm'), await buildAssemblyScript(processModules));
});
afterAll(() => rmSync(folder, { recursive: true }));

const events = { connector: 'nexmark', 'events.num': '250', seed: '7', 'us-per-event': '7000' };
const functions = [
  ...['split', 'series', 'once', 'doubled'].map(name => `CREATE TEMPORARY FUNCTION ${name} USING 'rows.wasm'`),
  ...['counted', 'sessions', 'repeated', 'greeting'].map(name => `CREATE TEMPORARY FUNCTION ${name} USING 'process.wasm'`),
];
async function sessionFor(configuration: Parameters<typeof openSession>[0] = { name: 'default' }): Promise<Session> {
  const session = openSession(configuration);
  for (const statement of [...eventStatements(events), ...functions]) await runStatement(session, statement, folder);
  return session;
}
const rowsOf = async (session: Session, sql: string): Promise<string[]> =>
  rowTexts((await runStatement(session, sql, folder))!).sort();

/** A query with a function, and one with built-in ones that says the same. */
const pairs: readonly (readonly [string, string])[] = [
  [
    'SELECT bidder, word FROM bid, LATERAL TABLE(split(channel)) WHERE length > 3',
    "SELECT bidder, word FROM bid CROSS JOIN UNNEST(SPLIT(channel, ' ')) AS u (word) WHERE CHAR_LENGTH(word) > 3",
  ],
  [
    "SELECT name, word FROM person LEFT JOIN LATERAL TABLE(split(REPLACE(city, 'a', ' '))) AS u (word, n) ON TRUE",
    "SELECT name, word FROM person LEFT JOIN UNNEST(SPLIT(TRIM(REPLACE(city, 'a', ' ')), ' ')) AS u (word) ON word <> ''",
  ],
  [
    'SELECT id, word FROM person LEFT JOIN LATERAL TABLE(split(name)) AS u (word, n) ON n > 5 AND MOD(id, 2) = 0',
    "SELECT id, word FROM person LEFT JOIN UNNEST(SPLIT(name, ' ')) AS u (word) ON CHAR_LENGTH(word) > 5 AND MOD(id, 2) = 0",
  ],
  [
    `SELECT word, COUNT(*) FROM (SELECT bidder, MAX(channel || ' and more words') AS s FROM bid GROUP BY bidder), LATERAL TABLE(split(s)) GROUP BY word`,
    `SELECT word, COUNT(*) FROM (SELECT bidder, MAX(channel || ' and more words') AS s FROM bid GROUP BY bidder) CROSS JOIN UNNEST(SPLIT(s, ' ')) AS u (word) GROUP BY word`,
  ],
  [
    'SELECT auction, COUNT(*), SUM(n) FROM bid, LATERAL TABLE(series(1, MOD(price, 1000))) AS s (n) GROUP BY auction',
    'SELECT auction, SUM(MOD(price, 1000)), SUM(MOD(price, 1000) * (MOD(price, 1000) + 1) / 2) FROM bid GROUP BY auction',
  ],
  [
    'SELECT auction, doubled(price) FROM bid WHERE doubled(price) > 5000',
    'SELECT auction, 2 * price FROM bid WHERE price > 2500',
  ],
];

test('functions that make rows give what built-in ones give, under every configuration', { timeout: 100_000 }, async () => {
  const expected: string[][] = [];
  const plain = await sessionFor();
  for (const [, builtIn] of pairs) expected.push(await rowsOf(plain, builtIn));
  await plain.close();
  for (const configuration of configurations) {
    const session = await sessionFor(configuration);
    for (const [index, [sql]] of pairs.entries()) {
      const rows = (await rowsOf(session, sql)).filter(row => index !== 4 || !row.includes('|0|'));
      const wanted = expected[index]!.filter(row => index !== 4 || !row.includes('|0|'));
      expect(rows.length).toBeGreaterThan(0);
      expect(rows, `${configuration.name}: ${sql}`).toEqual(wanted);
    }
    await session.close();
  }
});

describe('what is wrong is said at its place', () => {
  const cases: readonly (readonly [string, string, RegExp, string])[] = [
    ['SELECT series(id, id) FROM person', 'wrong-argument', /series makes rows, and stands in FROM/, 'series(id, id)'],
    ['SELECT * FROM person, LATERAL TABLE(split(name, 1))', 'wrong-argument', /split takes 1 argument, not 2/, 'split(name, 1)'],
    ['SELECT * FROM person, LATERAL TABLE(split(words => name))', 'wrong-argument', /no argument 'words'/, 'words'],
    ['SELECT * FROM person, LATERAL TABLE(split(id))', 'type-mismatch', /./, 'id'],
    [
      'SELECT * FROM person, LATERAL TABLE(split(name)) AS u (a, b, c)',
      'wrong-column-count',
      /3 names are given for 2/,
      'u (a, b, c)',
    ],
    [
      'SELECT * FROM person RIGHT JOIN LATERAL TABLE(split(name)) ON TRUE',
      'wrong-argument',
      /right side of a RIGHT JOIN/,
      'split(name)',
    ],
    ['SELECT * FROM person, LATERAL TABLE(doubled(id))', 'wrong-argument', /gives a value, not rows/, 'doubled(id)'],
    [
      'SELECT * FROM (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder), LATERAL TABLE(once(CAST(n AS INT)))',
      'not-supported',
      /not deterministic, over rows that change/,
      'once',
    ],
    ['SELECT * FROM counted(TABLE person)', 'wrong-argument', /needs PARTITION BY/, 'TABLE person'],
    ['SELECT * FROM greeting(TABLE person PARTITION BY id)', 'wrong-argument', /nothing to PARTITION BY/, 'id'],
    ['SELECT * FROM counted(TABLE bid PARTITION BY bidder)', 'unknown-column', /reads the column 'name'/, 'TABLE bid'],
    ['SELECT * FROM sessions(TABLE bid PARTITION BY bidder, 10)', 'wrong-argument', /needs a time/, 'sessions'],
    [
      'SELECT * FROM sessions(TABLE bid PARTITION BY bidder, 10, DESCRIPTOR(bidder))',
      'type-mismatch',
      /on_time takes an event time attribute/,
      'bidder',
    ],
    ['SELECT * FROM counted(input => TABLE person PARTITION BY id, uid => 5)', 'wrong-argument', /uid takes a name/, '5'],
    [
      'SELECT * FROM counted(input => TABLE person PARTITION BY id, speed => 5)',
      'wrong-argument',
      /no argument 'speed'/,
      'speed',
    ],
  ];
  let session: Session;
  beforeAll(async () => {
    session = await sessionFor();
  });
  afterAll(() => session.close());

  test.each(cases)('%s', async (sql, code, message, place) => {
    try {
      for await (const result of session.run({ text: sql, source: 'test.sql', baseDirectory: folder }, 'changelog'))
        if (result.kind === 'query') for await (const _ of result.query.chunks());
      expect.unreachable();
    } catch (error) {
      const failed = error as { code: string; message: string; span?: { start: number; end: number } };
      expect([failed.code, failed.message]).toEqual([code, expect.stringMatching(message)]);
      if (failed.span !== undefined) expect(sql.slice(failed.span.start, failed.span.end)).toContain(place);
      else expect(place).toBe('no place');
    }
  });
});
