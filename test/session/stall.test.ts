import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { RunningJob } from '../../core/session/contract.ts';
import { Session } from '../../core/session/session.ts';

const open: { readonly session: Session; readonly folder: string }[] = [];
afterEach(async () => {
  for (const { session, folder } of open.splice(0)) {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

const bid = `CREATE TABLE bid (a INT, t TIMESTAMP(3), WATERMARK FOR t AS t - INTERVAL '4' SECOND) WITH (
  'connector' = 'filesystem', 'path' = 'bids', 'format' = 'json', 'source.monitor-interval' = '1 s')`;
const windows = `SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(t), INTERVAL '10' MINUTE)) GROUP BY window_start, window_end`;
const rows = '{"a":1,"t":"2026-01-31 12:01:00"}\n{"a":2,"t":"2026-01-31 12:03:14"}\n';

/** Starts an INSERT of the query over a folder of files and waits until all rows were read. */
async function started(files: readonly string[], query: string, parallelism = 1): Promise<{ job: RunningJob; session: Session }> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-stall-'));
  mkdirSync(join(folder, 'bids'));
  for (const [index, text] of files.entries()) writeFileSync(join(folder, 'bids', `${index}.json`), text);
  const session = new Session({ parallelism });
  open.push({ session, folder });
  const columns = query.includes('window_start') ? 's TIMESTAMP(3), n BIGINT' : 'a INT, t TIMESTAMP(3)';
  const text = `${bid}; CREATE TABLE out_t (${columns}) WITH ('connector' = 'blackhole'); INSERT INTO out_t ${query};`;
  let job: RunningJob | undefined;
  for await (const result of session.run({ text, source: 'test', baseDirectory: folder }, 'changelog'))
    if (result.kind === 'insert') job = result.job;
  const expected = files.join('').split('\n').length - 1;
  while (job!.progress().rowsRead < expected) await new Promise(resolve => setTimeout(resolve, 20));
  await new Promise(resolve => setTimeout(resolve, 100));
  return { job: job!, session };
}

test('a window that waits names the watermark it needs, where it is, and what holds it', async () => {
  const { job } = await started([rows], windows);
  const { held, reason } = await job.explainStall();
  expect(held).toBe(true);
  expect(reason).toBe(
    'window [2026-01-31 12:00:00, 2026-01-31 12:10:00) waits for watermark 2026-01-31 12:10:00, at 2026-01-31 12:03:10; bid has nothing to read now',
  );
});

test('the reason is found through an exchange too', async () => {
  const { job } = await started([rows, rows], windows, 2);
  const { reason, details } = await job.explainStall();
  expect(reason).toMatch(/^window \[2026-01-31 12:00:00, .*\) waits for watermark 2026-01-31 12:10:00/);
  expect(details.length).toBeGreaterThan(2);
});

test('without windows, sources that are silent are named; EXPLAIN STALL says it of all jobs', async () => {
  const { job, session } = await started([rows], 'SELECT * FROM bid');
  expect((await job.explainStall()).held).toBe(false);
  const texts: string[] = [];
  for await (const result of session.run({ text: 'EXPLAIN STALL', source: 'test', baseDirectory: '.' }, 'final'))
    if (result.kind === 'text') texts.push(result.text);
  expect(texts.join()).toContain(job.name);
  await expect(async () => {
    for await (const _ of session.run({ text: `EXPLAIN STALL 'nobody'`, source: 'test', baseDirectory: '.' }, 'final'));
  }).rejects.toMatchObject({ code: 'unknown-job' });
});
