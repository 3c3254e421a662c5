import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tidemill } from '../support/command-line.ts';
import { projectRoot } from '../support/source-files.ts';
import { outcomeFrom, severalFolder } from './write-old-checkpoint.ts';

// old-checkpoints/version-N: what `tidemill run program.sql --checkpoints DIR` had left of chk-3 to chk-5 when it was killed, as version N of the form
const kept = join(projectRoot, 'test', 'state', 'old-checkpoints');
const folder = mkdtempSync(join(tmpdir(), 'tidemill-old-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The last row of each key that a changelog of the print connector shows. */
function lastRows(output: string): Map<string, string> {
  const rows = new Map<string, string>();
  for (const line of output.split('\n')) {
    const found = /^(?:\d+> )?(\+[IU])\[(.*), (\d+, \d+, \d+)\]$/.exec(line);
    if (found !== null) rows.set(found[2]!, found[3]!);
  }
  return rows;
}

test.each([
  ['version-2', 'chk-5'],
  // goes on from chk-3
  ['version-2', 'chk-4'],
])('a job goes on from a checkpoint of %s, %s', async (version, checkpoint) => {
  const directory = join(folder, `${version}-${checkpoint}`);
  cpSync(join(kept, version), join(directory, 'old'), { recursive: true });
  const { code, stdout, stderr } = await tidemill([
    'run',
    join(kept, 'program.sql'),
    '--checkpoints',
    join(folder, 'new', checkpoint),
    '--restore',
    join(directory, 'old', checkpoint),
    '--progress',
    'none',
  ]);
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  const key = (number: number): string => `a key that is long: ${number}`;
  expect([...lastRows(stdout)].sort()).toEqual([0, 1, 2, 3, 4].map(number => [key(number), `4000, ${maxText(number)}, 7`]));
});

const versions = readdirSync(severalFolder).filter(name => name.startsWith('version-'));

// groups with functions of users, ranks, windows, sessions, joins, a pattern and frames
test.each(versions)('jobs with state of many kinds go on from checkpoints of %s', { timeout: 60_000 }, async version => {
  const checkpoints = join(folder, `several-${version}`);
  cpSync(join(severalFolder, version, 'checkpoints'), checkpoints, { recursive: true });
  const after = readFileSync(join(severalFolder, version, 'after.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(await outcomeFrom(checkpoints)).toEqual(after);
  // what is written now has a version that is kept here too: write-old-checkpoint.ts
  const written = readdirSync(join(checkpoints, 'several')).map(name => Number(name.slice(4)));
  const manifest = readFileSync(join(checkpoints, 'several', `chk-${Math.max(...written)}`, 'manifest.json'), 'utf8');
  expect(versions).toContain(`version-${/"formatVersion":(\d+)/.exec(manifest)![1]}`);
});

/** The greatest text among the numbers to 20000 that leave this rest. */
function maxText(rest: number): string {
  let greatest = '';
  for (let number = 1; number <= 20_000; number++)
    if (number % 5 === rest && String(number) > greatest) greatest = String(number);
  return greatest;
}
