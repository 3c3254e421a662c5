import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { failpoints, killTable, runThroughTroubles, startProcess, type Trouble } from './harness.ts';
import { visibleRows } from './visible-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-chaos-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `KILLS=100` for the whole. */
const kills = Number(process.env['KILLS'] ?? 24);
const seed = Number(process.env['SEED'] ?? 1);

const tables: Readonly<Record<string, string>> = {
  kept: 'auction BIGINT, bidder BIGINT, price BIGINT',
  windows: 'auction BIGINT, window_end TIMESTAMP(3), bids BIGINT, price BIGINT',
  counted: 'auction BIGINT, price BIGINT, bids BIGINT, part STRING',
};

/** Rows as they are, a windowed aggregate, and a running one whose state grows with every auction; all in one job. */
function program(out: string, events: number, rate: number | undefined): string {
  const source = eventStatements({
    connector: 'nexmark',
    'events.num': String(events),
    seed: '7',
    'first-event.rate': String(rate ?? 10_000),
    ...(rate !== undefined && { 'rate.limited': 'true' }),
    'us-per-event': '1000',
  });
  const sinks = Object.entries(tables).map(
    ([name, columns]) =>
      `CREATE TABLE ${name} (${columns}) ${name === 'counted' ? 'PARTITIONED BY (part)' : ''} WITH ('connector' = 'filesystem', 'path' = '${out}/${name}', 'format' = 'json', 'sink.rolling-policy.file-size' = '20 kb'${name === 'counted' ? ", 'sink.partition-commit.policy.kind' = 'success-file'" : ''})`,
  );
  return [
    ...source,
    ...sinks,
    `EXECUTE STATEMENT SET BEGIN
INSERT INTO kept SELECT auction, bidder, price FROM bid WHERE MOD(price, 10) = 3;
INSERT INTO windows SELECT auction, window_end, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(\`dateTime\`), INTERVAL '1' SECOND)) GROUP BY auction, window_start, window_end;
INSERT INTO counted SELECT auction, price, COUNT(*) OVER (PARTITION BY auction ORDER BY \`dateTime\` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), CAST(MOD(price, 20) AS STRING) FROM bid WHERE MOD(auction, 7) = 1;
END`,
  ].join(';\n');
}

const plainRows = new Map<number, Promise<Map<string, string[]>>>();

/** Of a run without troubles; rounds of one size share it. */
function expectedRows(events: number): Promise<Map<string, string[]>> {
  const rows = plainRows.get(events) ?? plainRun(events);
  plainRows.set(events, rows);
  return rows;
}

async function plainRun(events: number): Promise<Map<string, string[]>> {
  const file = join(folder, `plain-${events}.sql`);
  writeFileSync(file, program(`plain-${events}`, events, undefined));
  const { code, errors } = await startProcess(file, []).ended;
  expect(code, errors).toBe(0);
  return new Map(Object.keys(tables).map(table => [table, visibleRows(join(folder, `plain-${events}`, table))]));
}

/** Every place in turn, so that a hundred are ten at each; and after every five one from outside. */
function troublesOf(count: number): Trouble[] {
  const outside: Trouble[] = ['random', 'paused, then random', 'disk full'];
  return Array.from({ length: count }, (_, index): Trouble[] => [
    failpoints[index % failpoints.length]!,
    ...(index % 5 === 4 ? [outside[Math.floor(index / 5) % 3]!] : []),
  ]).flat();
}

test(`${kills} × kill -9 at named places and some from outside, files exactly once`, {
  timeout: 120_000 + kills * 60_000,
}, async () => {
  const random = seededRandom(seed);
  const total = new Map<Trouble, number>();
  let left: readonly Trouble[] = troublesOf(kills);
  for (let round = 1; left.length > 0; round++) {
    const events = 20_000 + 3000 * Math.min(left.length, 40);
    const expected = await expectedRows(events);
    const file = join(folder, `round-${round}.sql`);
    writeFileSync(file, program(`round-${round}`, events, 12_000));
    const flags = [
      '--checkpoints',
      join(folder, `checkpoints-${round}`),
      '--restore',
      'latest',
      '--parallelism',
      String(1 + (round % 2)),
    ];
    const outcome = await runThroughTroubles({
      file,
      flags: [...flags, '--set', 'execution.checkpointing.interval=120ms'],
      random,
      troubles: left.slice(0, 40),
    });
    for (const [trouble, count] of outcome.kills) total.set(trouble, (total.get(trouble) ?? 0) + count);
    left = [...outcome.left, ...left.slice(40)];
    for (const table of Object.keys(tables)) {
      const found = visibleRows(join(folder, `round-${round}`, table));
      const rows = expected.get(table)!;
      expect(rows.length).toBeGreaterThan(500);
      expect(found, `SEED=${seed} round ${round}, ${table}`).toEqual(rows);
    }
  }
  process.stdout.write(`\n${killTable(total)}\n`);
  for (const place of failpoints)
    expect(total.get(place) ?? 0, place).toBeGreaterThanOrEqual(Math.floor(kills / failpoints.length));
});

test('without going on from checkpoints the same test fails', { timeout: 600_000 }, async () => {
  const events = 60_000;
  const expected = (await expectedRows(events)).get('kept')!;
  const slow = join(folder, 'forgetful-slow.sql');
  const whole = join(folder, 'forgetful-whole.sql');
  // some 30 s, of which only the first are needed
  writeFileSync(slow, program('forgetful', events, 2000));
  writeFileSync(whole, program('forgetful', events, undefined));
  // every start forgets what was: what was committed before is written again
  const flags = ['--checkpoints', join(folder, 'forgotten'), '--fresh', '--set', 'execution.checkpointing.interval=120ms'];
  const { child, ended } = startProcess(slow, flags);
  let over = false;
  void ended.then(() => (over = true));
  const seen = (): string[] => visibleRows(join(folder, 'forgetful', 'kept'));
  while (seen().length === 0 && !over) await sleep(20);
  child.kill('SIGKILL');
  const first = await ended;
  expect(first.signal, first.errors).toBe('SIGKILL');
  const before = seen();
  const second = await startProcess(whole, flags).ended;
  expect(second.code, second.errors).toBe(0);
  expect(seen()).not.toEqual(expected);
  expect(seen()).toEqual([...expected, ...before].sort());
});
