import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tidemill } from '../support/command-line.ts';

const bid =
  "CREATE TABLE bid (auction BIGINT, price BIGINT, `dateTime` TIMESTAMP(3)) WITH ('connector' = 'nexmark', 'events.num' = '100');";
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-errors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an error is code, place, cause and what to do', () => {
  it('with the line underlined and the nearest name', async () => {
    writeFileSync(join(folder, 'hot.sql'), `${bid}\n\nSELECT auction,\n       pricee FROM bid;\n`);
    const { code, stdout, stderr } = await tidemill(['run', join(folder, 'hot.sql')]);
    expect(stderr).toBe(
      "error[unknown-column]: bid has no column 'pricee'\n --> hot.sql:4:8\n  |\n4 |        pricee FROM bid;\n  |        ^^^^^^\n  did you mean 'price'?\n",
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it.each([
    ['SELCT 1', 'syntax', 1],
    ['SELECT * FROM nowhere', 'unknown-table', 1],
    ["SELECT * FROM 'nowhere.parquet'", 'file-not-found', 1],
    ["CREATE TABLE x (a INT) WITH ('connector' = 'kafkaa')", 'unknown-connector', 1],
    ["SET 'execution.runtime-mod' = 'batch'", 'unknown-setting', 1],
    ['SELECT 1 / (1 - 1)', 'division-by-zero', 1],
    ["CREATE FUNCTION f USING 'nowhere.wasm'", 'unreadable-file', 1],
    ["CREATE FUNCTION f USING 'package.json'", 'udf-invalid', 1],
    ["STOP JOB 'j'", 'unknown-job', 1],
    ["EXECUTE PLAN 'p.json'", 'not-supported', 1],
  ])('%s', async (sql, code, exit) => {
    const finished = await tidemill(['run', '-c', sql]);
    expect(finished.stderr).toContain(`error[${code}]`);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
    expect(finished.code).toBe(exit);
  });

  it('secrets are never shown', async () => {
    const { stdout } = await tidemill(
      [
        'run',
        '-c',
        "CREATE TABLE p (a INT) WITH ('connector' = 'print', 'print-identifier' = '${env:SECRET_NAME}'); SHOW CREATE TABLE p",
      ],
      { env: { SECRET_NAME: 'hunter2' } },
    );
    expect(stdout).toContain('***');
    expect(stdout).not.toContain('hunter2');
  });

  it('a missing file, a wrong option and a wrong command end with 1', async () => {
    expect((await tidemill(['run', 'nowhere.sql'])).stderr).toContain(
      'error[unreadable-file]: cannot read nowhere.sql: there is no such file',
    );
    expect((await tidemill(['run', '-c', 'SELECT 1', '--parallelism', 'x'])).code).toBe(1);
    expect((await tidemill(['runn'])).code).toBe(1);
  });

  it('final rows of an endless updating query are refused, naming changelog', async () => {
    const { code, stderr } = await tidemill([
      'run',
      '--output',
      'json',
      '-c',
      "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1'); SELECT a, COUNT(*) FROM g GROUP BY a",
    ]);
    expect(stderr).toContain('error[endless]');
    expect(stderr).toContain('changelog');
    expect(code).toBe(1);
  });
});

describe('check and explain', () => {
  it('check reports every error of a file and runs nothing', async () => {
    writeFileSync(join(folder, 'bad.sql'), `${bid}\nSELECT pricee FROM bid;\nSELECT * FROM nowhere;\nSELECT price FROM bid;\n`);
    const { code, stdout, stderr } = await tidemill(['check', join(folder, 'bad.sql')]);
    expect(stdout).toContain('bad.sql: 4 statements, 2 errors');
    expect(stderr).toContain('bad.sql:2:8');
    expect(stderr).toContain('bad.sql:3:15');
    expect(stderr).toContain('2 errors');
    expect(code).toBe(1);
  });

  it('explain shows plans, properties and stages', async () => {
    const { code, stdout } = await tidemill(['explain', '-c', `${bid} SELECT auction, COUNT(*) FROM bid GROUP BY auction`]);
    expect(stdout).toContain('Optimized plan');
    expect(stdout).toContain('group-aggregate');
    expect(code).toBe(0);
    const json = await tidemill(['explain', '--format', 'json', '-c', `${bid} SELECT price FROM bid`]);
    expect(JSON.parse(json.stdout)).toHaveProperty('stages');
  });
});
