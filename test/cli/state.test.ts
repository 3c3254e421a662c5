import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidemillError } from '../../core/common/errors.ts';
import { Session } from '../../core/session/session.ts';
import { checkpointTables, jobFolders, openSnapshot } from '../../core/session/state-tables.ts';
import { tidemill } from '../support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-state-'));
const checkpoints = join(folder, 'checkpoints');
const program = `CREATE TABLE orders (item BIGINT, price BIGINT)
  WITH ('connector' = 'datagen', 'rows-per-second' = '5000', 'fields.item.min' = '1', 'fields.item.max' = '7', 'fields.price.min' = '1', 'fields.price.max' = '9');
CREATE TABLE totals (item BIGINT, n BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO totals
SELECT item, COUNT(*), SUM(price) FROM orders GROUP BY item`;
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const job = join(checkpoints, 'insert-into-totals');

beforeAll(async () => {
  const session = new Session({ checkpoints: { directory: checkpoints }, output: () => undefined });
  for await (const result of session.run({ text: program, source: 'test', baseDirectory: folder }, 'changelog')) {
    if (result.kind !== 'insert') continue;
    await sleep(400);
    await result.job.checkpoint();
    await result.job.suspend();
  }
  await session.close();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('tidemill state', () => {
  it('ls lists checkpoints by job', async () => {
    const { stdout, code } = await tidemill(['state', 'ls', checkpoints]);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ job, checkpoint, operators, rows }) => [job, checkpoint, operators, rows])).toEqual([
      ['insert-into-totals', 'chk-2', 1, 7],
      ['insert-into-totals', 'chk-1', 1, 7],
    ]);
  });

  it('query answers over the rows, and schema names them', async () => {
    const [found] = await jobFolders(job);
    const tables = checkpointTables(await openSnapshot(found!, found!.ids[0]!));
    const groups = tables.find(table => table.isState)!;
    expect(groups.schema.map(field => field.name)).toEqual(['item', 'count *', 'sum price', 'count price']);
    const { stdout, stderr } = await tidemill([
      'state',
      'query',
      job,
      `SELECT COUNT(*) AS items, SUM(\`count *\`) > 0 AS many FROM ${groups.name}`,
    ]);
    expect(`${stdout}${stderr}`).toBe('{"items":7,"many":true}\n');
    const wrong = await tidemill(['state', 'query', job, 'SELECT * FROM nothing']);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining(`there are '${groups.name}', 'splits'`)]);
  });

  it('diff says what an edit keeps, drops and starts empty', async () => {
    const edited = file('edited.sql', program.replace('SUM(price)', 'MAX(price)'));
    const { stdout, stderr, code } = await tidemill(['state', 'diff', edited, checkpoints]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/-[0-9a-f]{12}/g, '').replaceAll(/at most \d+/g, 'some')).toBe(`insert into totals
  kept                    read orders (scan), 1 split
  kept          line 5    group by item (aggregate), some rows: max price starts empty
  dropped       line 5    group by item (aggregate), some rows: sum price is gone
  kept          line 4    insert totals (insert)
`);
    expect(stderr).toContain('--allow-non-restored-state');
  });

  it('a folder without checkpoints is said', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(jobFolders(empty)).rejects.toMatchObject({ code: 'usage' });
    await expect(jobFolders(join(folder, 'nowhere'))).rejects.toBeInstanceOf(TidemillError);
  });
});
