import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, markdownTable, number } from './goals.ts';
import { machineFacts, residentBytesOf } from './machine.ts';
import { eventStatements, projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { quantile } from './statistics.ts';

/** Windows, groups and a probe: one of so many bids is printed as it is, and its event time tells how late it comes. */
const probeEvery = 5000;
const groups = 50_000;

function program(options: Readonly<Record<string, string>>, probe: boolean): string {
  const blackhole = (name: string, columns: string): string =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'blackhole')`;
  return [
    ...eventStatements('nested', options),
    blackhole('windows', 'auction BIGINT, ends TIMESTAMP(3), bids BIGINT, price BIGINT'),
    blackhole('totals', 'bidder BIGINT, bids BIGINT, price BIGINT, latest TIMESTAMP(3)'),
    "CREATE TABLE probe (event_time TIMESTAMP(3)) WITH ('connector' = 'print')",
    "EXECUTE STATEMENT SET BEGIN\nINSERT INTO windows SELECT auction, window_end, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end",
    `INSERT INTO totals SELECT MOD(bidder, ${groups}), COUNT(*), SUM(price), MAX(\`dateTime\`) FROM bid GROUP BY MOD(bidder, ${groups})`,
    ...(probe ? [`INSERT INTO probe SELECT \`dateTime\` FROM bid WHERE MOD(price, ${probeEvery}) = 1`] : []),
    'END',
  ].join(';\n');
}

const progressEveryMs = 60_000;

/** What happened since the last line of progress. */
function progressText(beganMs: number, sinceMs: number, samples: readonly Sample[], arrivals: readonly Arrival[]): string {
  const fastest = fastestOf(arrivals);
  const late = arrivals
    .filter(({ atMs }) => atMs >= sinceMs)
    .map(({ atMs, eventMs }) => atMs - eventMs - fastest)
    .sort((left, right) => left - right);
  const minutes = ((performance.now() - beganMs) / 60_000).toFixed(1);
  const memory = number(samples.at(-1)?.residentMiB ?? Number.NaN);
  return `${minutes} min: ${memory} MiB, ${late.length} probes, p50 ${number(quantile(late, 0.5))} ms, p99 ${number(quantile(late, 0.99))} ms`;
}

/** Of the row that came soonest after its event time: what the clocks differ by, and what no row is faster than. */
const fastestOf = (arrivals: readonly Arrival[]): number =>
  arrivals.reduce((least, { atMs, eventMs }) => Math.min(least, atMs - eventMs), Number.POSITIVE_INFINITY);

interface Sample {
  readonly atMs: number;
  readonly residentMiB: number;
}
interface Arrival {
  readonly atMs: number;
  /** Event time: a job that keeps up is as far behind it all the time. */
  readonly eventMs: number;
}

function start(file: string, checkpoints: string) {
  const entry = join(projectRoot, 'dist', 'cli', 'entry.js');
  const child = spawn(
    process.execPath,
    [
      entry,
      'run',
      file,
      '--progress',
      'none',
      '--checkpoints',
      checkpoints,
      '--fresh',
      '--set',
      'execution.checkpointing.interval=10s',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
  const ended = new Promise<number | null>(resolve => child.once('close', code => resolve(code)));
  return { child, ended, errors: () => errors };
}

/** Events a second of the same program when nothing holds it back: from two bounded runs, so that starting does not count. */
async function highestRate(folder: string): Promise<number> {
  const secondsOf = async (events: number): Promise<number> => {
    const file = join(folder, `highest-${events}.sql`);
    const options = { connector: 'nexmark', 'events.num': String(events), seed: '7', 'first-event.rate': '100000' };
    writeFileSync(file, program(options, false));
    const beganMs = performance.now();
    const { ended, errors } = start(file, join(folder, `highest-${events}`));
    if ((await ended) !== 0) throw new Error(`the program failed\n${errors()}`);
    return (performance.now() - beganMs) / 1000;
  };
  const [few, many] = [2_000_000, 22_000_000];
  const startSeconds = await secondsOf(few);
  return (many - few) / ((await secondsOf(many)) - startSeconds);
}

/**
 * A job with windows, updating groups and a checkpoint every 10 s at half the rate it could do, for as many minutes as asked: memory and latency have to
 * stay what they are: by the end of a run the trend of memory may have risen by 5 %, that of the median latency by 25 %. Latency counts from the fastest row
 * of the whole run.
 */
export async function soak(options: {
  minutes: number;
  /** Events a second; default: half of what a bounded run of the same program reaches. */
  rate: number | undefined;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-soak-'));
  const samples: Sample[] = [];
  const arrivals: Arrival[] = [];
  let rate = options.rate;
  try {
    rate ??= Math.floor((await highestRate(folder)) / 2);
    process.stderr.write(`${number(rate)} events a second for ${options.minutes} minutes\n`);
    const file = join(folder, 'soak.sql');
    writeFileSync(
      file,
      program({ connector: 'nexmark', seed: '7', 'first-event.rate': String(rate), 'rate.limited': 'true' }, true),
    );
    const { child, ended, errors } = start(file, join(folder, 'checkpoints'));
    let gone = false;
    void ended.then(() => (gone = true));
    createInterface({ input: child.stdout }).on('line', line => {
      const text = /\d{4}-\d\d-\d\d[ T][\d:.]+/.exec(line)?.[0];
      if (text !== undefined) arrivals.push({ atMs: performance.now(), eventMs: Date.parse(`${text.replace(' ', 'T')}Z`) });
    });
    const beganMs = performance.now();
    let toldMs = beganMs;
    while (!gone && performance.now() - beganMs < options.minutes * 60_000) {
      await sleep(1000);
      const bytes = gone ? undefined : residentBytesOf(child.pid!);
      if (bytes !== undefined) samples.push({ atMs: performance.now(), residentMiB: bytes / 2 ** 20 });
      if (performance.now() - toldMs < progressEveryMs) continue;
      process.stderr.write(`${progressText(beganMs, toldMs, samples, arrivals)}\n`);
      toldMs = performance.now();
    }
    if (gone) throw new Error(`the job ended by itself after ${number((performance.now() - beganMs) / 1000)} s\n${errors()}`);
    child.kill('SIGTERM');
    const code = await ended;
    if (code !== 0) throw new Error(`the job ended with ${code}\n${errors()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const tenths = tenthsOf(samples, arrivals);
  // the first tenth starts threads and warms up
  const steady = tenths.slice(1);
  const memoryGrowth = growthOf(steady.map(({ residentMiB }) => residentMiB));
  const latencyGrowth = growthOf(steady.map(({ p50Ms }) => p50Ms));
  const p50Ms = Math.max(...steady.map(each => each.p50Ms));
  writeReport(
    {
      benchmark: 'soak',
      machine,
      goals: [
        atMost('soak: memory at the end of its trend against the beginning', memoryGrowth, 1.05, '×', 'soak'),
        atMost('soak: median latency at the end of its trend against the beginning', latencyGrowth, 1.25, '×', 'soak'),
      ],
      sections: [
        `Windows of 10 s, ${number(groups)} updating groups and a checkpoint every 10 s at ${number(rate)} events a second, for ${options.minutes} minutes. Latency of one bid in ${number(probeEvery)}, from its event time, above that of the fastest row of the run. Trends are straight lines through the second to the last tenth (medians of each); the slowest of their median latencies is ${number(p50Ms)} ms.`,
        markdownTable(
          ['tenth', 'resident MiB, median', 'p50 ms', 'p99 ms', 'most ms', 'probes'],
          tenths.map(({ residentMiB: memory, p50Ms, p99Ms, mostMs, probes }, index) => [
            String(index + 1),
            number(memory),
            number(p50Ms),
            number(p99Ms),
            number(mostMs),
            String(probes),
          ]),
        ),
      ],
      data: { rate, minutes: options.minutes, memoryGrowth, latencyGrowth, tenths },
    },
    options,
  );
}

/** The straight line through values at equal distances (least squares): its end against its beginning. */
function growthOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [products, squares] = [0, 0];
  for (const [index, value] of values.entries()) {
    products += (index - middle) * (value - mean);
    squares += (index - middle) ** 2;
  }
  const rise = (products / squares) * middle;
  return (mean + rise) / (mean - rise);
}

function tenthsOf(samples: readonly Sample[], arrivals: readonly Arrival[]) {
  const fastest = fastestOf(arrivals);
  const [firstMs, lastMs] = [samples[0]!.atMs, samples.at(-1)!.atMs];
  return Array.from({ length: 10 }, (_, tenth) => {
    const from = firstMs + ((lastMs - firstMs) * tenth) / 10;
    const to = firstMs + ((lastMs - firstMs) * (tenth + 1)) / 10;
    const inside = <T extends { readonly atMs: number }>(list: readonly T[]): T[] =>
      list.filter(({ atMs }) => atMs >= from && atMs < to);
    const late = inside(arrivals)
      .map(({ atMs, eventMs }) => atMs - eventMs - fastest)
      .sort((left, right) => left - right);
    const memory = inside(samples)
      .map(each => each.residentMiB)
      .sort((left, right) => left - right);
    return {
      residentMiB: quantile(memory, 0.5),
      p50Ms: quantile(late, 0.5),
      p99Ms: quantile(late, 0.99),
      mostMs: late.at(-1) ?? Number.NaN,
      probes: late.length,
    };
  });
}
