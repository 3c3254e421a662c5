import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import type { RunningJob } from '../../core/session/contract.ts';
import { Session } from '../../core/session/session.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-savepoints-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = (out: string, rows: number, rate: number | undefined): string => `
  CREATE TABLE bid (auction BIGINT, price BIGINT, made AS TO_TIMESTAMP_LTZ(price * 1000, 3), WATERMARK FOR made AS made)
    WITH ('connector' = 'datagen', 'number-of-rows' = '${rows}', ${rate === undefined ? '' : `'rows-per-second' = '${rate}',`}
    'fields.auction.kind' = 'sequence', 'fields.auction.start' = '1', 'fields.auction.end' = '${rows}',
    'fields.price.kind' = 'sequence', 'fields.price.start' = '1', 'fields.price.end' = '${rows}');
  CREATE TABLE kept (window_end TIMESTAMP(3), n BIGINT, total BIGINT) WITH ('connector' = 'filesystem', 'path' = '${out}', 'format' = 'json');
  INSERT INTO kept SELECT window_end, COUNT(*), SUM(price)
    FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(made), INTERVAL '10' SECOND)) GROUP BY window_start, window_end`;

interface Started {
  readonly job: RunningJob;
  readonly notices: string[];
  close(): Promise<void>;
}

async function start(text: string, checkpoints: ConstructorParameters<typeof Session>[0] = {}): Promise<Started> {
  const notices: string[] = [];
  const session = new Session({ ...checkpoints, notice: notice => notices.push(notice), output: () => undefined });
  const results = session.run({ text, source: 'test', baseDirectory: folder }, 'changelog');
  for (;;) {
    const { value } = await results.next();
    if (value?.kind === 'insert') return { job: value.job, notices, close: () => session.close() };
    if (value === undefined) throw new Error('no job started');
  }
}

const rowsOf = (name: string): string[] =>
  existsSync(join(folder, name))
    ? readdirSync(join(folder, name))
        .filter(file => !file.startsWith('.') && !file.startsWith('_'))
        .flatMap(file =>
          readFileSync(join(folder, name, file), 'utf8')
            .split('\n')
            .filter(Boolean),
        )
        .sort()
    : [];

const settings = { 'table.local-time-zone': 'UTC', 'execution.checkpointing.interval': '200 ms' };

it('a job ends at a savepoint and goes on from there, at another parallelism: every row once', { timeout: 120_000 }, async () => {
  const whole = await start(program('whole', 20_000, undefined), { settings });
  await whole.job.done;
  await whole.close();
  const expected = rowsOf('whole');
  expect(expected).toHaveLength(2001);

  const checkpoints = { directory: join(folder, 'checkpoints') };
  const text = program('parts', 20_000, 4000);
  const first = await start(text, { settings, checkpoints });
  await sleep(1500);
  const savepoint = join(folder, 'savepoint');
  await first.job.stop({ savepoint });
  await first.job.done;
  await first.close();
  const before = rowsOf('parts');
  expect(before.length).toBeGreaterThan(0);
  expect(before.length).toBeLessThan(expected.length);
  // the last window is open: it is in the savepoint, not among the rows
  expect(expected).toEqual(expect.arrayContaining(before));

  const second = await start(text, { settings, parallelism: 2, checkpoints: { ...checkpoints, restore: savepoint } });
  await second.job.done;
  await second.close();
  expect(rowsOf('parts')).toEqual(expected);
});

it('with drain open windows fire; without checkpoints there are no savepoints', { timeout: 60_000 }, async () => {
  const job = await start(program('drained', 20_000, 3000), {
    settings,
    checkpoints: { directory: join(folder, 'drained-checkpoints') },
  });
  await sleep(800);
  await job.job.stop({ savepoint: join(folder, 'drained-savepoint'), drain: true });
  await job.close();
  const counts = rowsOf('drained').map(line => (JSON.parse(line) as { n: number }).n);
  expect(counts.length).toBeGreaterThan(1);
  expect(counts.some(count => count < 10)).toBe(true);

  const plain = await start(program('plain', 20_000, 3000), { settings });
  await expect(plain.job.savepoint(join(folder, 'none'))).rejects.toMatchObject({ code: 'no-savepoint' });
  await plain.job.cancel();
  await plain.close();
});

it('an edited program: refused while it would lose state, unless told', { timeout: 60_000 }, async () => {
  const checkpoints = { directory: join(folder, 'edited-checkpoints') };
  const text = program('edited', 100_000, 3000);
  const first = await start(text, { settings, checkpoints });
  await sleep(800);
  await first.job.suspend();
  await first.close();
  const longer = text.replace("'10' SECOND", "'20' SECOND");
  const again = { settings, checkpoints: { ...checkpoints, restore: 'latest' } };
  await expect(start(longer, again)).rejects.toMatchObject({ code: 'state-dropped' });
  const allowed = await start(longer, { settings, checkpoints: { ...again.checkpoints, allowNonRestored: true } });
  expect(allowed.notices.some(notice => /^starts empty .*tumble 20000 ms/.test(notice))).toBe(true);
  await allowed.job.suspend();
  await allowed.close();
});
