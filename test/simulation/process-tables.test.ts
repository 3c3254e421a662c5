import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import type { UserFunctionEntry } from '../../core/runtime/index.ts';
import type { Session } from '../../core/session/session.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { loadUdf, type UdfModule } from '../../core/udf/index.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { configurations, openSession, rowTexts, runStatement } from '../support/run-statements.ts';
import { insertPlan } from '../support/simulation/insert-plan.ts';
import { runThrough } from '../support/simulation/run-through.ts';
import { projectRoot } from '../support/source-files.ts';
import { processTwinOf } from '../udf/component-twins.ts';
import { processModules } from '../udf/process-modules.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-process-'));
const names = ['counted', 'sessions', 'repeated', 'greeting'];
const functions = names.map(name => `CREATE TEMPORARY FUNCTION ${name} USING '${join(folder, 'process.wasm')}'`);
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  bytes = await buildAssemblyScript(processModules);
  writeFileSync(join(folder, 'process.wasm'), bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

const events = { connector: 'nexmark', 'events.num': '250', seed: '42', 'us-per-event': '7000' };

/** Bids of a bidder without a pause of a second: by the function, and by a window. */
const ownSessions = `SELECT bidder, CAST(items AS BIGINT), total FROM sessions(
  input => TABLE (SELECT bidder, CAST(price AS DOUBLE) AS price, \`dateTime\` AS ts FROM bid) PARTITION BY bidder,
  gap => 1000, on_time => DESCRIPTOR(ts))`;
const builtInSessions = `SELECT bidder, COUNT(*), SUM(CAST(price AS DOUBLE)) FROM SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(\`dateTime\`), INTERVAL '1' SECOND)
  GROUP BY bidder, window_start, window_end`;
/** The same in buckets, so that the order of rows does not matter. */
const buckets = `SELECT bidder, bucket, first_ms, last_ms, items, total, rowtime FROM sessions(
  input => TABLE (SELECT bidder, CAST(FLOOR(\`dateTime\` TO SECOND) AS STRING) || ' is a second' AS bucket, CAST(price AS DOUBLE) AS price, \`dateTime\` AS ts FROM bid) PARTITION BY (bidder, bucket),
  gap => 3000, on_time => DESCRIPTOR(ts))`;
/** State of text, and a number for each bid. */
const numbered = `SELECT k, MAX(times), COUNT(*), COUNT(before) FROM counted(TABLE (SELECT CAST(MOD(bidder, 7) AS STRING) || ' is a key of text' AS k, channel || ' of channels' AS name FROM bid) PARTITION BY k) GROUP BY k`;
/** Timers without a name, rows in several blocks; and a partition of all rows. */
const timers = `SELECT auction, what, k, rowtime FROM repeated(
  input => TABLE (SELECT auction, COALESCE(CAST(MOD(price, 30) AS INT), 0) AS n, \`dateTime\` AS ts FROM bid) PARTITION BY auction, on_time => DESCRIPTOR(ts), uid => 'rep')`;

async function sessionFor(configuration: Parameters<typeof openSession>[0]): Promise<Session> {
  const session = openSession(configuration);
  for (const statement of [...eventStatements(events), ...functions]) await runStatement(session, statement, projectRoot);
  return session;
}

test('sessions by a function are those of a window, under every configuration; all queries give the same rows', {
  timeout: 100_000,
}, async () => {
  const rowsOf = async (session: Session, sql: string): Promise<string[]> =>
    rowTexts((await runStatement(session, sql, projectRoot))!).sort();
  const plain = await sessionFor({ name: 'default' });
  const expected = await rowsOf(plain, builtInSessions);
  const others = new Map<string, string[]>();
  for (const sql of [buckets, numbered, timers]) others.set(sql, await rowsOf(plain, sql));
  expect(expected.length).toBeGreaterThan(8);
  expect(others.get(numbered)!.length).toBe(7);
  expect(others.get(timers)!.some(row => row.includes('|abc|'))).toBe(true);
  for (const configuration of configurations) {
    const session = await sessionFor(configuration);
    // several splits are read at once then, and rows come in any order
    if (configuration.parallelism === undefined) expect(await rowsOf(session, ownSessions), configuration.name).toEqual(expected);
    for (const [sql, rows] of others) expect(await rowsOf(session, sql), `${configuration.name}: ${sql}`).toEqual(rows);
    await session.close();
  }
  await plain.close();
});

test('state and timers go through checkpoints, at one to three tasks: the same rows', { timeout: 100_000 }, async () => {
  const session = await sessionFor({ name: 'default' });
  const entriesOf = (module: UdfModule): UserFunctionEntry[] =>
    names.map(name => ({ name: session.catalog.findFunction([name], 'catalog')!.key, module, export: name }));
  const entries = entriesOf(loadUdf(bytes, { name: 'process.wasm' }));
  const component = entriesOf(processTwinOf(bytes));
  let resumed = 0;
  for (const [number, sql] of [buckets, numbered, timers].entries()) {
    const [one, two, three] = [
      await insertPlan(session, sql, 1),
      await insertPlan(session, sql, 2),
      await insertPlan(session, sql, 3),
    ];
    // each is twelve runs of a whole query
    for (let round = 0; round < Math.ceil(Number(process.env['SEEDS'] ?? 1) / 100); round++) {
      const seed = Number(process.env['SEED'] ?? 1) + number + 10 * round;
      const whole = await runThrough([one], seededRandom(seed), entries);
      for (const [path, functions] of [
        [[one, one], entries],
        [[one, two, three, one], entries],
        [[three, one], entries],
        [[one, two, three, one], component],
      ] as const) {
        const run = await runThrough(path, seededRandom(seed), functions);
        resumed += run.resumed;
        const what = functions === component ? 'a component' : 'a module';
        expect(run.rows, `${sql} with seed ${seed}, ${what}`).toEqual(whole.rows);
      }
    }
  }
  expect(resumed).toBeGreaterThan(5);
  await session.close();
});
