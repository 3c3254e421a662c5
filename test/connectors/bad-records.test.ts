import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../core/session/session.ts';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';

const work = mkdtempSync(join(tmpdir(), 'tidemill-bad-'));
let session: Session;
beforeAll(() => {
  session = openSession({ name: 'default' });
});
afterAll(async () => {
  await session.close();
  rmSync(work, { recursive: true });
});
const run = async (sql: string): Promise<string[]> => {
  const rows = await runStatement(session, sql, work);
  return rows === undefined ? [] : rowTexts(rows);
};
const file = (name: string, bytes: string | Uint8Array): void => {
  mkdirSync(join(work, name, '..'), { recursive: true });
  writeFileSync(join(work, name), bytes);
};
let tables = 0;
async function tableOf(columns: string, options: Record<string, string>): Promise<string> {
  const name = `t${++tables}`;
  const given = Object.entries({ connector: 'filesystem', ...options }).map(([key, value]) => `'${key}' = '${value}'`);
  await run(`CREATE TABLE ${name} (${columns}) WITH (${given.join(', ')})`);
  return name;
}

const json = '{"a":1,"b":"x"}\n{"a":"zz","b":"y"}\nnot json\n{"a":3}\n{"a":4\n{"a":99999999999,"b":"z"}\n';

describe('records that cannot be read', () => {
  it('fail the job with file, line, column and reason', async () => {
    file('bad.json', json);
    const table = await tableOf('a INT, b STRING', { path: 'bad.json', format: 'json', 'bad-records': 'fail' });
    await expect(run(`SELECT * FROM ${table}`)).rejects.toThrow(/bad\.json:2:6: expected INT for column 'a', found "zz"/);
  });

  it('are skipped and counted', async () => {
    const table = await tableOf('a INT, b STRING', { path: 'bad.json', format: 'json', 'bad-records': 'skip' });
    expect(await run(`SELECT * FROM ${table}`)).toEqual(['1|x', '3|NULL']);
    for await (const result of session.run(
      { text: `SELECT * FROM ${table}`, source: 'test.sql', baseDirectory: work },
      'final',
    )) {
      if (result.kind !== 'query') continue;
      for await (const _ of result.query.chunks());
      expect(result.query.job?.progress().badRecords).toBe(4);
    }
  });

  for (const format of ['json', 'arrow', 'parquet', 'avro']) {
    it(`go into a dead-letter table of ${format}`, async () => {
      file('bad.csv', '1,x\nq,y\n3\n"4,z\n');
      const dead = await tableOf('source STRING, `position` BIGINT, `column` STRING, error STRING, record STRING, extra INT', {
        path: `dead-${format}`,
        format,
      });
      const table = await tableOf('a INT, b STRING', { path: 'bad.csv', format: 'csv', 'bad-records': `table:${dead}` });
      expect(await run(`SELECT * FROM ${table}`)).toEqual(['1|x']);
      expect((await run(`SELECT \`position\`, \`column\`, error, record FROM ${dead}`)).sort()).toEqual(
        [
          "4|a|expected INT for column 'a', found q,y|q,y",
          '8|NULL|the record has fewer fields than the table has columns, but the line ends|3',
          '10|a|the quoted field of column \'a\' does not end, found "4,z|"4,z',
        ].sort(),
      );
    });
  }

  it('with thousands of them', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? `${index}` : `x${index}`));
    file('many.csv', `${lines.join('\n')}\n`);
    const dead = await tableOf('record BYTES', { path: 'dead-many', format: 'json' });
    const table = await tableOf('a INT', { path: 'many.csv', format: 'csv', 'bad-records': `table:${dead}` });
    expect(await run(`SELECT COUNT(*), SUM(a) FROM ${table}`)).toEqual(['10000|99990000']);
    expect(await run(`SELECT COUNT(*) FROM ${dead}`)).toEqual(['10000']);
  });

  it('are not of a table that cannot take them, and policies do not contradict', async () => {
    const wrong = await tableOf('a INT NOT NULL', { path: 'dead-wrong', format: 'json' });
    const table = await tableOf('a INT', { path: 'bad.csv', format: 'csv' });
    const hint = (value: string, more = ''): string => `SELECT * FROM ${table} /*+ OPTIONS('bad-records' = '${value}'${more}) */`;
    await expect(run(hint(`table:${wrong}`))).rejects.toThrow(
      /column 'a' of t\d+ cannot be INT NOT NULL in a table of bad records/,
    );
    await expect(run(hint('table:nowhere'))).rejects.toThrow(/nowhere/);
    await expect(run(hint('drop'))).rejects.toThrow(/'fail', 'skip' or 'table:<name>'/);
    await expect(run(hint('skip', ", 'csv.ignore-parse-errors' = 'true'"))).rejects.toThrow(/contradict each other/);
  });
});

describe('packed text', () => {
  const rows = Array.from({ length: 30_000 }, (_, index) => `{"a":${index},"b":"text ${index % 97}"}`);
  const text = `\ufeff${rows.join('\n')}\n`;

  it('is read by its ending', async () => {
    file('z/a.json.gz', gzipSync(text));
    file('z/b.json.zst', zstdCompressSync(text));
    file('z/c.json.deflate', deflateSync(text));
    file('z/d.json.gzip', Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}')]));
    const table = await tableOf('a INT, b STRING', { path: 'z', format: 'json' });
    expect(await run(`SELECT COUNT(*), SUM(a), COUNT(b) FROM ${table}`)).toEqual(['90002|1349955003|90000']);
    expect(await run("SELECT COUNT(*) FROM 'z/b.json.zst'")).toEqual(['30000']);
    expect(await run(`SELECT a FROM ${table} LIMIT 1`)).toHaveLength(1);
  });

  it('that is damaged is told from bad records', async () => {
    file('broken.json.gz', gzipSync(text).subarray(0, 5000));
    const table = await tableOf('a INT', { path: 'broken.json.gz', format: 'json' });
    await expect(run(`SELECT COUNT(*) FROM ${table}`)).rejects.toThrow(/broken\.json\.gz cannot be unpacked/);
    file('bad.json.gz', gzipSync('{"a":1}\n{"a":x}\n'));
    const other = await tableOf('a INT', { path: 'bad.json.gz', format: 'json' });
    await expect(run(`SELECT COUNT(*) FROM ${other}`)).rejects.toThrow(/bad\.json\.gz:unpacked byte 8: expected/);
  });
});
