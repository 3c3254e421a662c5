import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatTimestamp } from '../../columnar/format-value.ts';
import { jsonRow } from '../../columnar/json-value.ts';
import type { Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { TidemillError } from '../../common/errors.ts';
import { version } from '../../common/version.ts';
import type { JobProgress, QueryResult } from '../../session/contract.ts';
import { Session } from '../../session/session.ts';
import { note } from '../io.ts';
import { flightsFile } from './dataset.ts';
import { runDuckdb, twinStatement, writeByDeparture } from './duckdb-twin.ts';
import { LiveView } from './live-view.ts';

const program = fileURLToPath(new URL('flights.sql', import.meta.url));
const daysPerSecond = 45;
const daysInFile = 182;
const rowsInFile = 3_000_000;
const busiestShown = 6;
/** How far behind rows may come with --late: half an hour; a flight that left later than that is a late row. */
const lateAllowance = "'30' MINUTE";

/** Seconds since the process was started, as the first column of every line. */
const stamp = (): string => `${(performance.now() / 1000).toFixed(1)}`.padStart(4);
const say = (text: string): void => void process.stdout.write(`${stamp()} ${text}\n`);
const day = (value: Value): string => formatTimestamp(value as bigint, 3).slice(0, 10);

/** `tidemill demo`: the main job on real data, watched, then at full speed, then checked against DuckDB row for row. */
export async function demo(options: { readonly late?: boolean }): Promise<void> {
  const file = flightsFile();
  const skip = new SkipKey();
  const live = process.stdout.isTTY === true;
  say(
    `Tidemill ${version} · one process, no server · flights.sql: 3,000,000 flights, Jan–Jun 2001${live ? '      q skips' : ''}`,
  );
  const work = options.late ? mkdtempSync(join(tmpdir(), 'tidemill-demo-')) : undefined;
  try {
    const source = work === undefined ? file : join(work, 'by-departure.parquet');
    if (work !== undefined) {
      say('putting the flights into the order of their real departures: date + delay');
      await writeByDeparture(file, source);
    }
    if (live) await watch(source, options.late ?? false, skip);
    const run = await fullSpeed(source, options.late ?? false, live ? 'again, unpaced: ' : '', !live);
    if (options.late) sayLate(run);
    else await compare(run, file);
    sayWorst(run);
    sayNext();
  } finally {
    skip.close();
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
}

interface Run {
  readonly schema: Schema;
  readonly rows: readonly (readonly Value[])[];
  readonly progress: JobProgress;
}

/** The first query of flights.sql over a file. */
async function open(file: string, late: boolean): Promise<{ session: Session; query: QueryResult }> {
  const baseDirectory = dirname(program);
  let text = readFileSync(program, 'utf8').replace(
    /'path' = '[^']*'/,
    `'path' = '${relative(baseDirectory, file).replaceAll("'", "''")}'`,
  );
  if (late) text = text.replace("INTERVAL '1' MINUTE", `INTERVAL ${lateAllowance}`);
  const session = new Session();
  for await (const result of session.run({ text, source: 'flights.sql', baseDirectory }, 'final')) {
    if (result.kind === 'query') return { session, query: result.query };
  }
  throw new TidemillError('internal', 'flights.sql has no query', { domain: 'internal' });
}

/** Reads windows as they close, a day every 1/45 s: the engine waits for its reader, which is all the pacing there is. */
async function watch(file: string, late: boolean, skip: SkipKey): Promise<void> {
  const { session, query } = await open(file, late);
  const view = new LiveView();
  const startedMs = performance.now();
  let days = 0;
  let today: bigint | undefined;
  let airports: { airport: string; flights: number; lateShare: number }[] = [];
  const draw = (): void => {
    const progress = query.job?.progress();
    const busiest = airports.sort((a, b) => b.flights - a.flights).slice(0, busiestShown);
    view.draw({
      share: days / daysInFile,
      watermark: formatTimestamp(today ?? 0n, 3).slice(0, 10),
      rows: progress?.rowsRead ?? 0,
      lateRows: progress?.lateRows ?? 0,
      busiest,
    });
  };
  try {
    for await (const chunk of query.chunks()) {
      for (const row of chunk.rows) {
        const start = row[1] as bigint;
        if (today !== undefined && start > today) {
          if (days === 0) say(`first window closed: ${day(today)}`);
          days++;
          draw();
          airports = [];
          const dueMs = startedMs + (days * 1000) / daysPerSecond;
          const waitMs = dueMs - performance.now();
          if (waitMs > 0) await skip.sleep(waitMs);
          if (skip.pressed) return;
        }
        if (today === undefined || start > today) today = start;
        airports.push({ airport: row[0] as string, flights: Number(row[2]), lateShare: row[5] as number });
      }
    }
    days++;
    draw();
  } finally {
    await session.close();
  }
}

async function fullSpeed(file: string, late: boolean, prefix: string, first: boolean): Promise<Run> {
  const { session, query } = await open(file, late);
  const rows: (readonly Value[])[] = [];
  const startedMs = performance.now();
  try {
    for await (const chunk of query.chunks()) {
      if (first && rows.length === 0 && chunk.rows.length > 0) say(`first window closed: ${day(chunk.rows[0]![1]!)}`);
      for (const row of chunk.rows) rows.push(row);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const progress = query.job!.progress();
    const megabytes = Math.round(process.memoryUsage.rss() / 1e6);
    say(
      `${prefix}${progress.rowsRead.toLocaleString('en')} rows in ${seconds.toFixed(2)} s = ${(progress.rowsRead / seconds / 1e6).toFixed(1)} M rows/s, one core, ${megabytes} MB`,
    );
    if (progress.rowsRead !== rowsInFile) note(`the file should have ${rowsInFile.toLocaleString('en')} rows`);
    return { schema: query.schema, rows, progress };
  } finally {
    await session.close();
  }
}

/** Row for row against DuckDB; a difference is shown, and the exit code is 3. */
async function compare(run: Run, file: string): Promise<void> {
  const startedMs = performance.now();
  const twin = await runDuckdb(twinStatement(file), run.schema);
  const seconds = (performance.now() - startedMs) / 1000;
  const ours = ordered(run.rows);
  const theirs = ordered(twin);
  const differences: string[] = [];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const [left, right] = [ours[index], theirs[index]];
    if (left !== undefined && right !== undefined && left.every((value, at) => sameValue(value, right[at]!))) continue;
    differences.push(
      `  tidemill ${left === undefined ? 'has no such row' : jsonRow(run.schema, left)}\n  duckdb   ${right === undefined ? 'has no such row' : jsonRow(run.schema, right)}`,
    );
  }
  const counts = `${ours.length.toLocaleString('en')} rows = ${theirs.length.toLocaleString('en')} rows`;
  if (differences.length === 0) {
    say(`the same file as a batch through DuckDB: ${seconds.toFixed(2)} s.  ${counts}, identical`);
    return;
  }
  say(
    `the same file as a batch through DuckDB: ${seconds.toFixed(2)} s.  ${counts.replace('=', 'against')}, ${differences.length} differ:`,
  );
  process.stdout.write(`${differences.slice(0, 5).join('\n')}\n`);
  process.exitCode = 3;
}

function ordered(rows: readonly (readonly Value[])[]): (readonly Value[])[] {
  return [...rows].sort((a, b) =>
    (a[1] as bigint) < (b[1] as bigint)
      ? -1
      : (a[1] as bigint) > (b[1] as bigint)
        ? 1
        : (a[0] as string) < (b[0] as string)
          ? -1
          : 1,
  );
}

/** Averages may differ in the last bits: sums of doubles depend on their order. */
function sameValue(left: Value, right: Value): boolean {
  if (typeof left === 'number' && typeof right === 'number')
    return left === right || Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
  return left === right;
}

function sayLate({ progress, rows }: Run): void {
  const kept = rows.reduce((sum, row) => sum + Number(row[2]), 0);
  const sum = kept + progress.lateRows;
  const equal = sum === progress.rowsRead;
  say(
    `out of order by up to a day, ${lateAllowance.replaceAll("'", '').toLowerCase()}s allowed: ${kept.toLocaleString('en')} kept + ${progress.lateRows.toLocaleString('en')} late ${equal ? '=' : '≠'} ${progress.rowsRead.toLocaleString('en')} read`,
  );
  if (!equal) process.exitCode = 3;
}

function sayWorst({ rows }: Run): void {
  const worst = rows.filter(row => (row[2] as bigint) >= 100n).sort((a, b) => (b[3] as number) - (a[3] as number))[0];
  if (worst === undefined) return;
  say(
    `    the worst airport-day: ${worst[0]} on ${day(worst[1]!)}: ${worst[2]} flights left ${Math.round(worst[3] as number)} minutes late on average,`,
  );
  say(`    ${Math.round((worst[5] as number) * 100)} % of them late, the worst by ${(Number(worst[4]) / 60).toFixed(1)} hours`);
}

function sayNext(): void {
  const inCheckout = existsSync(fileURLToPath(new URL('../../../core/cli/main.ts', import.meta.url)));
  const command = inCheckout ? 'npm run -s tidemill --' : 'npx tidemill';
  const shown = relative(process.cwd(), program);
  say('    Next:');
  process.stdout.write(
    `       ${command} sql\n       ${command} run ${shown} --output json\n       ${command} run -c "SELECT orign FROM '${relative(process.cwd(), flightsFile())}' LIMIT 5"\n`,
  );
}

/** Listens for q while the demo is shown; Ctrl-C still ends the process. */
class SkipKey {
  pressed = false;
  #wake: (() => void) | undefined;
  readonly #listening: boolean;
  readonly #listener = (data: Buffer): void => {
    const key = data.toString();
    if (key === '\u0003') {
      this.close();
      process.exit(130);
    }
    if (key !== 'q' && key !== 'Q') return;
    this.pressed = true;
    this.#wake?.();
  };

  constructor() {
    this.#listening = process.stdin.isTTY === true && process.stdout.isTTY === true;
    if (!this.#listening) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#listener);
    process.stdin.unref();
  }

  /** Settles after so long, or when q is pressed. */
  async sleep(durationMs: number): Promise<void> {
    await new Promise<void>(settle => {
      const timer = setTimeout(settle, durationMs);
      this.#wake = () => {
        clearTimeout(timer);
        settle();
      };
    });
    this.#wake = undefined;
  }

  close(): void {
    if (!this.#listening) return;
    process.stdin.off('data', this.#listener);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}
