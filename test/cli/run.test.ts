import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tidemill } from '../support/command-line.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-cli-'));
  writeFileSync(join(folder, 'people.csv'), 'ann,3\nbob,5\nann,4\n');
  writeFileSync(
    join(folder, 'people.sql'),
    "CREATE TABLE people (name STRING, age INT) WITH ('connector' = 'filesystem', 'path' = 'people.csv', 'format' = 'csv');\nSELECT name, SUM(age) AS total FROM people GROUP BY name ORDER BY name;\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('outputs', () => {
  it('json is the default in a pipe: one object a line, columns in order, all digits', async () => {
    const { code, stdout, stderr } = await tidemill([
      'run',
      '-c',
      "SELECT 9223372036854775807 AS big, CAST(1.50 AS DECIMAL(5, 2)) AS d, TIMESTAMP '2026-01-31 23:59:59.123' AS t, CAST(NULL AS INT) AS n",
    ]);
    expect(stderr).toBe('');
    expect(stdout).toBe('{"big":9223372036854775807,"d":1.50,"t":"2026-01-31 23:59:59.123","n":null}\n');
    expect(code).toBe(0);
  });

  it('csv has a head and quotes what needs it', async () => {
    const { stdout } = await tidemill([
      'run',
      '-c',
      "SELECT 'a,b' AS x, 'say \"hi\"' AS y, CAST(NULL AS INT) AS z",
      '--output',
      'csv',
    ]);
    expect(stdout).toBe('x,y,z\n"a,b","say ""hi""",\n');
  });

  it('table draws one', async () => {
    const { stdout } = await tidemill(['run', '-c', "SELECT 1 AS n, 'ü' AS s", '--output', 'table']);
    expect(stdout).toBe('┌───┬───┐\n│ n │ s │\n├───┼───┤\n│ 1 │ ü │\n└───┴───┘\n1 row\n');
  });

  it('changelog puts op first', async () => {
    const { stdout } = await tidemill([
      'run',
      '-c',
      'SELECT k, COUNT(*) AS n FROM (VALUES (1), (2), (1)) AS t (k) GROUP BY k',
      '--output',
      'changelog',
    ]);
    expect(
      stdout
        .trim()
        .split('\n')
        .every(line => line.startsWith('{"op":"')),
    ).toBe(true);
  });
});

describe('programs', () => {
  it('paths are relative to the file, final rows come out', async () => {
    const { code, stdout } = await tidemill(['run', join(folder, 'people.sql')]);
    expect(stdout).toBe('{"name":"ann","total":7}\n{"name":"bob","total":5}\n');
    expect(code).toBe(0);
  });

  it('standard input is a program too', async () => {
    const { stdout } = await tidemill(['run', '-'], { input: 'SELECT 1 AS a; SELECT 2 AS a' });
    expect(stdout).toBe('{"a":1}\n{"a":2}\n');
  });

  it('a bounded INSERT has ended before the next statement reads what it wrote', async () => {
    const program = `CREATE TABLE copy (name STRING, age INT) WITH ('connector' = 'filesystem', 'path' = 'copy', 'format' = 'csv');
      CREATE TABLE people (name STRING, age INT) WITH ('connector' = 'filesystem', 'path' = 'people.csv', 'format' = 'csv');
      INSERT INTO copy SELECT name, age + 1 FROM people;
      SELECT * FROM copy ORDER BY age;`;
    const { code, stdout, stderr } = await tidemill(['run', '-c', program], { cwd: folder });
    expect(stderr).toContain('rows written to copy');
    expect(stdout).toBe('{"name":"ann","age":4}\n{"name":"ann","age":5}\n{"name":"bob","age":6}\n');
    expect(code).toBe(0);
    expect(
      readdirSync(join(folder, 'copy')).some(name => readFileSync(join(folder, 'copy', name), 'utf8').includes('bob,6')),
    ).toBe(true);
  });

  it('a function in wasm runs, relative to where the statement is', async () => {
    const { stdout } = await tidemill([
      'run',
      '-c',
      "CREATE TEMPORARY FUNCTION late USING 'core/cli/demo/late.wasm'; SELECT late(d) AS l FROM (VALUES (CAST(20 AS DOUBLE)), (CAST(3 AS DOUBLE)), (CAST(NULL AS DOUBLE))) AS t (d)",
    ]);
    expect(stdout.trim().split('\n').sort()).toEqual(['{"l":0}', '{"l":1}', '{"l":null}']);
  });

  it('--set, --parallelism and -i count', async () => {
    const { code, stdout } = await tidemill([
      'run',
      '-i',
      join(folder, 'people.sql'),
      '--parallelism',
      '2',
      '--set',
      'duckdb.stages=off',
      '-c',
      'SELECT COUNT(*) AS n FROM people',
    ]);
    expect(stdout.endsWith('{"n":3}\n')).toBe(true);
    expect(code).toBe(0);
  });

  it('print writes Flink’s rows', async () => {
    const { stdout } = await tidemill([
      'run',
      '-c',
      "CREATE TABLE p (a INT, b STRING) WITH ('connector' = 'print'); INSERT INTO p VALUES (1, 'x')",
    ]);
    expect(stdout).toBe('+I[1, x]\n');
  });
});

describe('ends', () => {
  it('leaving the pipe ends an endless query without noise', async () => {
    const { code, stdout } = await tidemill([
      'run',
      '-c',
      "CREATE TABLE g (a BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000'); SELECT a FROM g LIMIT 5",
    ]);
    expect(stdout.trim().split('\n').length).toBe(5);
    expect(code).toBe(0);
  });

  it('SIGINT ends an endless query in order', async () => {
    let killed = false;
    const { code, stderr } = await tidemill(
      [
        'run',
        '--output',
        'changelog',
        '-c',
        "CREATE TABLE g (a BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000'); SELECT a FROM g",
      ],
      {
        onOutput: (_, kill) => {
          if (!killed) kill('SIGINT');
          killed = true;
        },
      },
    );
    expect(stderr).toContain('stopping');
    expect(code).toBe(0);
  });
});
