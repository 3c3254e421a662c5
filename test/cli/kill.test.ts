import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { projectRoot } from '../support/source-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = join(projectRoot, 'core', 'cli', 'entry.js');

/** One event in ten is kept as it is, all are counted by window and by auction: rows, windows and an updating state. */
function program(out: string, rate: number | undefined): string {
  const events = eventStatements({
    connector: 'nexmark',
    'events.num': '30000',
    seed: '7',
    'first-event.rate': '10000',
    ...(rate !== undefined && { 'first-event.rate': String(rate), 'rate.limited': 'true' }),
    'us-per-event': '1000',
  });
  const sink = (name: string, columns: string): string =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = '${out}/${name}', 'format' = 'json')`;
  return [
    ...events,
    sink('kept', 'auction BIGINT, bidder BIGINT, price BIGINT'),
    sink('windows', 'auction BIGINT, window_end TIMESTAMP(3), bids BIGINT, price BIGINT'),
    'INSERT INTO kept SELECT auction, bidder, price FROM bid WHERE MOD(price, 10) = 3',
    "INSERT INTO windows SELECT auction, window_end, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '1' SECOND)) GROUP BY auction, window_start, window_end",
  ].join(';\n');
}

function start(file: string, flags: readonly string[]): ChildProcess {
  return spawn(process.execPath, [entry, 'run', file, '--progress', 'none', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  return { code, errors };
}

/** Lines of all parts that are visible, sorted. */
const rowsOf = (directory: string): string[] =>
  readdirSync(directory)
    .filter(name => !name.startsWith('.'))
    .flatMap(name => readFileSync(join(directory, name), 'utf8').split('\n').filter(Boolean))
    .sort();

it('kill -9 at any moment, and the same files in the end: nothing lost, nothing twice', { timeout: 300_000 }, async () => {
  const plain = join(folder, 'plain.sql');
  writeFileSync(plain, program('plain', undefined));
  expect(await ended(start(plain, []))).toMatchObject({ code: 0 });

  const random = seededRandom(Number(process.env['SEED'] ?? 1));
  const file = join(folder, 'killed.sql');
  writeFileSync(file, program('killed', 12_000));
  const flags = ['--checkpoints', join(folder, 'checkpoints'), '--set', 'execution.checkpointing.interval=150ms'];
  let kills = 0;
  for (let running = true; running; ) {
    const child = start(file, [...flags, '--restore', 'latest']);
    const exit = ended(child);
    const patienceMs = kills < Number(process.env['KILLS'] ?? 6) ? 900 + (random.next32() % 2500) : 120_000;
    const outcome = await Promise.race([exit, sleep(patienceMs, undefined, { ref: false })]);
    if (outcome === undefined) {
      child.kill('SIGKILL');
      await exit;
      kills++;
      continue;
    }
    expect(outcome.code, outcome.errors).toBe(0);
    running = false;
  }
  expect(kills).toBeGreaterThan(2);
  for (const table of ['kept', 'windows']) {
    const expected = rowsOf(join(folder, 'plain', table));
    expect(expected.length).toBeGreaterThan(1000);
    expect(rowsOf(join(folder, 'killed', table)), table).toEqual(expected);
  }
  // all that was asked for is done: a start without a word of what to do with the state is refused, one that goes on does nothing more
  const refused = await ended(start(file, flags));
  expect(refused.code).toBe(1);
  expect(refused.errors).toContain('error[state-exists]');
  expect((await ended(start(file, [...flags, '--restore', 'latest']))).code).toBe(0);
  expect(rowsOf(join(folder, 'killed', 'kept'))).toEqual(rowsOf(join(folder, 'plain', 'kept')));
});
