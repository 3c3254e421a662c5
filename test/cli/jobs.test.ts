import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, tidemill } from '../support/command-line.ts';

let folder: string;
let env: Record<string, string>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-jobs-'));
  mkdirSync(join(folder, 'bids'));
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  env = { XDG_RUNTIME_DIR: join(folder, 'run') };
  writeFileSync(join(folder, 'bids', '0.json'), '{"a":1,"t":"2026-01-31 12:01:00"}\n{"a":2,"t":"2026-01-31 12:03:14"}\n');
  writeFileSync(
    join(folder, 'hot.sql'),
    `CREATE TABLE bid (a INT, t TIMESTAMP(3), WATERMARK FOR t AS t - INTERVAL '4' SECOND)
       WITH ('connector' = 'filesystem', 'path' = 'bids', 'format' = 'json', 'source.monitor-interval' = '1 s');
     CREATE TABLE hot (s TIMESTAMP(3), n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'json');
     SET 'pipeline.name' = 'hot';
     INSERT INTO hot SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(t), INTERVAL '10' MINUTE))
       GROUP BY window_start, window_end;`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the job and waits until `tidemill jobs` lists it with both rows read. */
async function started(more: readonly string[]): Promise<{ job: Record<string, unknown>; ended: Promise<Finished> }> {
  const ended = tidemill(['run', 'hot.sql', ...more], { cwd: folder, env });
  for (let tries = 0; tries < 60; tries++) {
    const { stdout } = await tidemill(['jobs', '--output', 'json'], { env });
    const job = stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>);
    if (job?.['rows read'] === 2) return { job, ended };
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error(`the job never appeared: ${JSON.stringify(await ended)}`);
}

test('jobs lists, why explains, stop ends a job of another process; nothing is left behind', async () => {
  const { job, ended } = await started(['--checkpoints', 'state']);
  expect(job).toMatchObject({ job: 'hot', 'rows written': 0, watermark: '2026-01-31 12:03:10.000' });
  const why = await tidemill(['why', 'hot'], { env });
  expect(why.stdout).toMatch(
    /^window \[2026-01-31 12:00:00, 2026-01-31 12:10:00\) waits for watermark 2026-01-31 12:10:00, at 2026-01-31 12:03:10/,
  );
  const wrong = await tidemill(['why', 'hit'], { env });
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("no job 'hit' runs\n  did you mean 'hot'?")]);
  const stopped = await tidemill(['stop', 'hot'], { env });
  expect(stopped.stdout).toContain('to go on: the same command with --checkpoints state --restore latest');
  expect((await ended).code).toBe(0);
  expect((await tidemill(['jobs', '--output', 'json'], { env })).stdout).toBe('');
  const silent = await tidemill(['stop', 'hot'], { env });
  expect(silent.stderr).toContain('no process of this user runs any');
});

test('stop --drain lets open windows fire', async () => {
  const { ended } = await started([]);
  const stopped = await tidemill(['stop', 'hot', '--drain'], { env });
  expect(stopped.stdout).toBe('hot has ended\n');
  expect((await ended).code).toBe(0);
  const { stdout } = await tidemill(['run', '-c', `SELECT n FROM 'out/*.json'`], { cwd: folder, env });
  expect(stdout).toBe('{"n":2}\n');
});
