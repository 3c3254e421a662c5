// node test/state/write-old-checkpoint.ts: keeps the checkpoints of old-checkpoints/several/program.sql, as this version writes them, and what came of them.
// To be run once for each version of the form, when that is new.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tidemill } from '../support/command-line.ts';

export const severalFolder = fileURLToPath(new URL('./old-checkpoints/several', import.meta.url));
const program = join(severalFolder, 'program.sql');

/** Rows of sinks with a primary key, of which the last of a key stands, with how many columns the key has. */
const keyed: Readonly<Record<string, number>> = { totals: 1, ranked: 2, newest: 1 };

/** What stands in the end by what the print sinks show: the last row of each key, and all rows of the others; sorted. */
export function outcomeOf(output: string): string[] {
  const rows = new Set<string>();
  const last = new Map<string, string>();
  for (const line of output.split('\n')) {
    const found = /^(\w+)> ([+-][IUDB])\[(.*)\]$/.exec(line);
    if (found === null) continue;
    const [, sink, kind, row] = found as unknown as [string, string, string, string];
    const columns = keyed[sink];
    if (columns === undefined) rows.add(`${sink}: ${row}`);
    else if (kind.startsWith('+')) last.set(`${sink}: ${row.split(', ').slice(0, columns)}`, `${sink}: ${row}`);
  }
  return [...rows, ...last.values()].sort();
}

/** Goes on from the last checkpoint of each of the program's jobs until it ends. */
export async function outcomeFrom(checkpoints: string): Promise<string[]> {
  const { code, stdout, stderr } = await tidemill([
    'run',
    program,
    '--checkpoints',
    checkpoints,
    '--restore',
    'latest',
    '--progress',
    'none',
  ]);
  if (code !== 0) throw new Error(stderr);
  return outcomeOf(stdout);
}

/** Names of a job's checkpoints, the latest first. */
const checkpointsOf = (job: string): string[] =>
  readdirSync(job)
    .filter(name => existsSync(join(job, name, 'manifest.json')))
    .sort((a, b) => Number(b.slice(4)) - Number(a.slice(4)));

/** Runs each of the program's inserts, as the job that it is in the whole, until it has two checkpoints, and kills it. */
async function interrupt(directory: string, folder: string): Promise<void> {
  // so slowly that none of them is at its end by then
  const slow = readFileSync(program, 'utf8').replace("'rows-per-second' = '100000'", "'rows-per-second' = '200'");
  cpSync(severalFolder, folder, { recursive: true });
  const [declarations, ...inserts] = slow.split(/^(?=INSERT )/m) as [string, ...string[]];
  for (const [index, insert] of inserts.entries()) {
    const name = index === 0 ? 'several' : `several ${index + 1}`;
    writeFileSync(join(folder, 'program.sql'), declarations.replace("'several'", `'${name}'`) + insert);
    const job = join(directory, name.replace(' ', '-'));
    await tidemill(['run', join(folder, 'program.sql'), '--checkpoints', directory, '--fresh', '--progress', 'none'], {
      started: async kill => {
        while (!existsSync(job) || checkpointsOf(job).length < 2) await sleep(20);
        kill('SIGKILL');
      },
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-old-'));
  try {
    const made = join(folder, 'checkpoints');
    await interrupt(made, join(folder, 'slow'));
    let formatVersion = 0;
    for (const job of readdirSync(made).map(name => join(made, name))) {
      const [latest, ...older] = checkpointsOf(job);
      // their files may be the latest one's too
      for (const name of older) rmSync(join(job, name, 'manifest.json'));
      const [manifest] = readFileSync(join(job, latest!, 'manifest.json'), 'utf8').split('\n');
      ({ formatVersion } = JSON.parse(manifest!) as { formatVersion: number });
    }
    const kept = join(severalFolder, `version-${formatVersion}`);
    if (existsSync(kept)) throw new Error(`${kept} is there: what an older build wrote is not written again`);
    const whole = await tidemill(['run', program, '--progress', 'none']);
    cpSync(made, join(folder, 'copy'), { recursive: true });
    const after = await outcomeFrom(join(folder, 'copy'));
    // what the sinks show after it belongs to what they show of the whole
    const all = new Set(outcomeOf(whole.stdout));
    const wrong = after.filter(row => !all.has(row));
    if (wrong.length > 0) throw new Error(`not of the whole: ${wrong.slice(0, 5).join(' | ')}`);
    cpSync(made, join(kept, 'checkpoints'), { recursive: true });
    writeFileSync(join(kept, 'after.txt'), `${after.join('\n')}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
