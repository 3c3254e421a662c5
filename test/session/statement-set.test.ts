import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunningJob } from '../../core/session/contract.ts';
import { Session } from '../../core/session/session.ts';

const table = (name: string, more: string): string =>
  `CREATE TABLE ${name} (a BIGINT) WITH ('connector' = 'filesystem', 'path' = '${name}', 'format' = 'json'${more});`;
const numbers = (name: string, count: number, more = ''): string =>
  `CREATE TABLE ${name} (a BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '${count}', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '${count}'${more});`;

async function inFolder(act: (folder: string, session: Session) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-set-'));
  const session = new Session();
  try {
    await act(folder, session);
  } finally {
    await session.close();
    rmSync(folder, { recursive: true });
  }
}

test('a statement set has ended when all of its inserts have', async () => {
  await inFolder(async (folder, session) => {
    const text = `${numbers('slow', 200, ", 'rows-per-second' = '400'")} ${numbers('quick', 3)} ${table('left_out', '')} ${table('right_out', '')}
      EXECUTE STATEMENT SET BEGIN INSERT INTO left_out SELECT a FROM slow; INSERT INTO right_out SELECT a FROM quick; END;`;
    const sinks: string[] = [];
    for await (const result of session.run({ text, source: 'test', baseDirectory: folder }, 'changelog'))
      if (result.kind === 'insert') sinks.push(result.sink);
    const lines = (name: string): number =>
      readdirSync(join(folder, name)).reduce(
        (sum, file) => sum + readFileSync(join(folder, name, file), 'utf8').split('\n').length - 1,
        0,
      );
    expect(sinks).toEqual(['left_out, right_out']);
    expect([lines('left_out'), lines('right_out')]).toEqual([200, 3]);
  });
});

test('when one of its inserts fails the others end, and the error is told', async () => {
  await inFolder(async (folder, session) => {
    const text = `${numbers('endless', 1_000_000, ", 'rows-per-second' = '100'")} ${numbers('few', 3)} ${table('left_out', '')} ${table('right_out', '')}
      EXECUTE STATEMENT SET BEGIN INSERT INTO left_out SELECT a FROM endless; INSERT INTO right_out SELECT CAST('x' || CAST(a AS STRING) AS BIGINT) FROM few; END;`;
    await expect(async () => {
      for await (const _ of session.run({ text, source: 'test', baseDirectory: folder }, 'changelog'));
    }).rejects.toMatchObject({ code: 'bad-cast' });
    expect(session.running()).toEqual([]);
  });
});

const events = `CREATE TABLE numbers (n BIGINT, k AS MOD(n, 3), ts AS TO_TIMESTAMP_LTZ(n * 10, 3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '400', 'rows-per-second' = 'RATE');
  CREATE TABLE counts (k BIGINT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'print', 'print-identifier' = 'counts');
  CREATE TABLE greatest (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'print', 'print-identifier' = 'greatest');
  CREATE TABLE ends (e TIMESTAMP_LTZ(3), s BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'ends');`;
const inserts = {
  counts: 'INSERT INTO counts SELECT k, COUNT(*) FROM numbers GROUP BY k;',
  // the same keys over the same rows: only the sink tells its state from that of counts
  greatest: 'INSERT INTO greatest SELECT k, MAX(n) FROM numbers GROUP BY k;',
  ends: `INSERT INTO ends SELECT window_end, SUM(n) FROM TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end;`,
} as const;
const setOf = (names: readonly (keyof typeof inserts)[]): string =>
  `EXECUTE STATEMENT SET BEGIN ${names.map(name => inserts[name]).join(' ')} END;`;

/** The last row of each key of the keyed tables, and all of the others, by table. */
function outcomeOf(output: string): Record<string, string[]> {
  const last = new Map<string, [table: string, row: string]>();
  for (const [, table, row] of output.matchAll(/^(\w+)> \+[IU]\[(.*)\]$/gm))
    last.set(`${table} ${row!.split(', ')[0]}`, [table!, row!]);
  const found: Record<string, string[]> = {};
  for (const [table, row] of last.values()) (found[table] ??= []).push(row);
  for (const rows of Object.values(found)) rows.sort();
  return found;
}

const windowSums = Array.from({ length: 5 }, (_, second) => {
  const rows = Array.from({ length: 400 }, (_, index) => index + 1).filter(n => Math.floor(n / 100) === second);
  return `1970-01-01T00:00:0${second + 1}Z, ${rows.reduce((sum, n) => sum + n, 0)}`;
});
const whole = {
  counts: ['0, 133', '1, 134', '2, 133'],
  greatest: ['0, 399', '1, 400', '2, 398'],
  ends: windowSums,
};

async function runSet(
  names: readonly (keyof typeof inserts)[],
  options: { readonly rate: number; readonly settings?: Readonly<Record<string, string>>; readonly parallelism?: number },
  more: Partial<ConstructorParameters<typeof Session>[0]> = {},
  act?: (session: Session, job: RunningJob) => Promise<void>,
): Promise<{ readonly found: Record<string, string[]>; readonly notices: string[]; readonly jobs: string[] }> {
  let output = '';
  const notices: string[] = [];
  const jobs: string[] = [];
  const session = new Session({
    ...more,
    settings: { 'table.local-time-zone': 'UTC', ...options.settings },
    ...(options.parallelism !== undefined && { parallelism: options.parallelism, engine: { host: 'main' as const } }),
    output: text => (output += text),
    notice: text => notices.push(text),
  });
  try {
    const text = `${events.replace('RATE', String(options.rate))} ${setOf(names)}`;
    for await (const result of session.run({ text, source: 'test', baseDirectory: '.' }, 'changelog')) {
      if (result.kind !== 'insert') continue;
      jobs.push(...session.running().map(job => job.name));
      if (act === undefined) await result.job.done;
      else await act(session, result.job);
    }
  } finally {
    await session.close();
  }
  return { found: outcomeOf(output.replaceAll(/^\d+> (?=\w+>)/gm, '')), notices, jobs };
}

test.each([
  ['one task', {}],
  ['two tasks', { parallelism: 2 }],
  ['the optimizer off', { settings: { 'tidemill.optimizer': 'off' } }],
])('a statement set is one job that reads what its inserts share once: %s', async (_name, options) => {
  const { found, jobs } = await runSet(['counts', 'greatest', 'ends'], { rate: 1_000_000, ...options });
  expect(found).toEqual(whole);
  expect(jobs).toEqual(['statement set']);
});

test('EXPLAIN shows what is read once, and operators of equal keys by their sinks', async () => {
  const session = new Session();
  const text = `${events.replace('RATE', '10')} EXPLAIN ${setOf(['counts', 'greatest', 'ends']).replace('EXECUTE ', '')}`;
  let plan = '';
  for await (const result of session.run({ text, source: 'test', baseDirectory: '.' }, 'changelog'))
    if (result.kind === 'text') plan = result.text;
  await session.close();
  expect(plan).toContain('== Read once: numbers ==\nWatermark ts AS ts\n  Project n, (n % 3) AS k');
  const stages = plan.slice(plan.indexOf('== Stages =='));
  expect(stages.match(/read numbers by datagen/g)).toHaveLength(1);
  expect(stages.match(/ {2}from stage-1/g)).toHaveLength(3);
  const ids = [...stages.matchAll(/\((aggregate-\w+|insert-\w+|watermark-\w+)\)/g)].map(found => found[1]);
  expect(new Set(ids).size).toBe(ids.length);
});

test('sources that end and are joined are read by each insert', async () => {
  const session = new Session({ output: text => (output += text) });
  let output = '';
  const bounded = (name: string): string =>
    `CREATE TABLE ${name} (id BIGINT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '50000', 'number-of-rows' = '50000');`;
  const sink = (name: string): string =>
    `CREATE TABLE ${name} (c BIGINT) WITH ('connector' = 'print', 'print-identifier' = '${name}');`;
  const text = `SET 'execution.runtime-mode' = 'batch'; ${bounded('left_rows')} ${bounded('right_rows')} ${sink('first_out')} ${sink('second_out')}
    EXECUTE STATEMENT SET BEGIN
      INSERT INTO first_out SELECT COUNT(*) FROM left_rows JOIN right_rows ON left_rows.id = right_rows.id;
      INSERT INTO second_out SELECT COUNT(*) FROM right_rows JOIN left_rows ON left_rows.id = right_rows.id; END;`;
  for await (const _ of session.run({ text, source: 'test', baseDirectory: '.' }, 'changelog'));
  await session.close();
  expect(output.trim().split('\n').sort()).toEqual(['first_out> +I[50000]', 'second_out> +I[50000]']);
});

test('one checkpoint holds all of a set, and an insert more or less leaves the others their state', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidemill-set-'));
  const settings = { 'execution.checkpointing.interval': '1 h' };
  try {
    const stopped = await runSet(
      ['counts', 'ends'],
      { rate: 400, settings },
      { checkpoints: { directory } },
      async (_session, job) => {
        while (job.progress().rowsRead < 150) await new Promise(wake => setTimeout(wake, 10));
        await job.suspend();
      },
    );
    expect(readdirSync(directory)).toEqual(['statement-set']);
    const before = Number(stopped.found['counts']![0]!.split(', ')[1]);
    expect(before).toBeLessThan(133);
    // an insert more: it begins with what is still to be read
    const more = await runSet(
      ['greatest', 'counts', 'ends'],
      { rate: 1_000_000, settings },
      { checkpoints: { directory, restore: 'latest' } },
      async (_session, job) => job.done,
    );
    expect(more.found['counts']).toEqual(whole.counts);
    expect(more.found['greatest']).toEqual(whole.greatest);
    expect([...new Set([...(stopped.found['ends'] ?? []), ...more.found['ends']!])].sort()).toEqual(whole.ends);
    expect(more.notices.filter(text => text.startsWith('starts empty'))).toHaveLength(2);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('checkpoints of inserts that were jobs of their own are refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidemill-set-'));
  const settings = { 'table.local-time-zone': 'UTC', 'execution.checkpointing.interval': '1 h' };
  try {
    const session = new Session({ settings, checkpoints: { directory }, output: () => undefined });
    const text = `${events.replace('RATE', '400')} SET 'table.dml-sync' = 'false'; ${inserts.counts}`;
    for await (const result of session.run({ text, source: 'test', baseDirectory: '.' }, 'changelog')) {
      if (result.kind !== 'insert') continue;
      while (result.job.progress().rowsRead < 20) await new Promise(wake => setTimeout(wake, 10));
      await result.job.suspend();
      break;
    }
    await session.close();
    expect(readdirSync(directory)).toEqual(['insert-into-counts']);
    const set = { rate: 1_000_000, settings };
    for (const restore of ['latest', undefined])
      await expect(runSet(['counts', 'ends'], set, { checkpoints: { directory, restore } })).rejects.toMatchObject({
        code: 'state-exists',
        message: expect.stringContaining('insert-into-counts holds checkpoints of an insert of'),
      });
    expect((await runSet(['counts', 'ends'], set, { checkpoints: { directory, restore: 'fresh' } })).found).toMatchObject({
      counts: whole.counts,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('an insert less is refused unless its state may be left behind', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidemill-set-'));
  const settings = { 'execution.checkpointing.interval': '1 h' };
  try {
    await runSet(['counts', 'greatest'], { rate: 400, settings }, { checkpoints: { directory } }, async (_session, job) => {
      while (job.progress().rowsRead < 150) await new Promise(wake => setTimeout(wake, 10));
      await job.suspend();
    });
    const less = { rate: 1_000_000, settings };
    await expect(runSet(['greatest'], less, { checkpoints: { directory, restore: 'latest' } })).rejects.toMatchObject({
      code: 'state-dropped',
    });
    const { found } = await runSet(['greatest'], less, { checkpoints: { directory, restore: 'latest', allowNonRestored: true } });
    expect(found).toEqual({ greatest: whole.greatest });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
