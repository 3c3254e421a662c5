import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Job, open } from '../../core/index.ts';

const rowCount = 4000;
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-open-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A job that writes the numbers 1 to 4000 in about a second. */
async function numbers(out: string, restore?: string): Promise<{ job: Job; close: () => Promise<void> }> {
  const tm = await open({
    directory,
    checkpoints: `${out}-checkpoints`,
    notice: () => {},
    settings: { 'execution.checkpointing.interval': '100 ms' },
    ...(restore !== undefined && { restore }),
  });
  const source = tm.table('numbers', {
    columns: { id: 'BIGINT' },
    with: {
      connector: 'datagen',
      'rows-per-second': String(rowCount),
      'fields.id.kind': 'sequence',
      'fields.id.start': '1',
      'fields.id.end': String(rowCount),
    },
  });
  const sink = tm.table('kept', { columns: { id: 'BIGINT' }, with: { connector: 'filesystem', path: out, format: 'json' } });
  return { job: await source.insertInto(sink, row => ({ id: row.id })), close: () => tm.close() };
}

const written = (out: string): number[] =>
  readdirSync(join(directory, out))
    .filter(name => !name.startsWith('.'))
    .flatMap(name =>
      readFileSync(join(directory, out, name), 'utf8')
        .split('\n')
        .filter(Boolean),
    )
    .map(line => (JSON.parse(line) as { id: number }).id)
    .sort((a, b) => a - b);

describe('open({ checkpoints })', () => {
  it('a cancelled job goes on from its last checkpoint: each row once', async () => {
    const first = await numbers('resumed');
    first.job.done.catch(() => undefined);
    await sleep(400);
    await first.close();
    expect(written('resumed').length).toBeLessThan(rowCount);

    const refused = await numbers('resumed')
      .then(
        ({ job }) => job.done,
        (error: unknown) => Promise.reject(error),
      )
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'state-exists' });

    const second = await numbers('resumed', 'latest');
    await second.job.done;
    await second.close();
    expect(written('resumed')).toEqual(Array.from({ length: rowCount }, (_, index) => index + 1));
  });

  it('a savepoint is where another session starts', async () => {
    const first = await numbers('saved');
    await sleep(200);
    await first.job.stop({ savepoint: join(directory, 'savepoint') });
    await first.close();
    const before = written('saved').length;
    const second = await numbers('saved', join(directory, 'savepoint'));
    await second.job.done;
    await second.close();
    expect(before).toBeLessThan(rowCount);
    expect(written('saved')).toEqual(Array.from({ length: rowCount }, (_, index) => index + 1));
  });
});
