import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tidemill } from '../support/command-line.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-tools-'));
  writeFileSync(join(folder, 'people.csv'), 'name,age\nann,3\nbob,5\n');
  writeFileSync(join(folder, 'events.jsonl'), '{"id":1,"at":"2026-01-31 12:00:00","tags":["a"],"who":{"name":"ann"}}\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('schema', () => {
  it('prints SQL that pastes and runs', async () => {
    const { stdout, code } = await tidemill(['schema', 'people.csv'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('`age` BIGINT');
    const run = await tidemill(['run', '-c', `${stdout} SELECT SUM(age) AS s FROM people`], { cwd: folder });
    expect(run.stdout).toBe('{"s":8}\n');
  });

  it('prints TypeScript that pastes and runs', async () => {
    const { stdout } = await tidemill(['schema', 'people.csv', '--as', 'ts', '--name', 'crowd'], { cwd: folder });
    writeFileSync(
      join(folder, 'crowd.ts'),
      `import { open } from 'tidemill';\nawait using tm = await open();\n${stdout}\nconsole.log((await crowd.toArray()).length);\n`,
    );
    const run = await tidemill(['run', 'crowd.ts'], { cwd: folder });
    expect(run.stdout).toBe('2\n');
  });

  it('prints a call of a Python table environment', async () => {
    const { stdout } = await tidemill(['schema', 'people.csv', '--as', 'python'], { cwd: folder });
    expect(stdout).toMatch(/^t_env\.execute_sql\(r"""\nCREATE TEMPORARY TABLE `people` \([\s\S]*\)\n"""\)\n$/);
  });

  it('sees nested values and takes globs; says what it cannot', async () => {
    const { stdout } = await tidemill(['schema', '*.jsonl', '--name', 'events'], { cwd: folder });
    expect(stdout).toContain('`tags` ARRAY<STRING>');
    expect(stdout).toContain('`who` ROW<`name` STRING>');
    const unknown = await tidemill(['schema', 'people'], { cwd: folder });
    expect(unknown.stderr).toContain('Say it with --format csv.');
    expect(unknown.code).toBe(1);
  });
});

describe('check', () => {
  const job = `CREATE TABLE bid (auction BIGINT, price BIGINT) WITH ('connector' = 'nexmark', 'scan.parallelism' = '2');
CREATE TABLE hot (auction BIGINT, n BIGINT NOT NULL) WITH ('connector' = 'blackhole');
INSERT INTO hot SELECT auction, COUNT(*) FROM bid GROUP BY auction;
SELECT name FROM 'people.csv';
`;

  it('tells what bounds the state of each query, and what is ignored', async () => {
    writeFileSync(join(folder, 'job.sql'), job);
    const { stdout, stderr, code } = await tidemill(['check', 'job.sql'], { cwd: folder });
    expect(stdout).toBe(`job.sql: 4 statements, no errors
  line 3    INSERT INTO hot: endless, rows are taken back and replaced
            state without bound: aggregate: keeps every key for ever
  line 4    query: bounded
  line 1    table bid: 'scan.parallelism' ignored: no meaning here
`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('--for flink: what it becomes there', async () => {
    const { stdout } = await tidemill(['check', 'job.sql', '--for', 'flink'], { cwd: folder });
    expect(stdout).toContain("FROM 'people.csv' reads a file without a table");
    expect(stdout).toContain('CREATE TEMPORARY TABLE `people`');
    expect(stdout).toContain("connector 'nexmark'");
    expect(stdout).not.toContain("'csv.header'");
  });
});

it('explain begins with what matters', async () => {
  const { stdout } = await tidemill([
    'explain',
    '-c',
    "CREATE TABLE bid (auction BIGINT) WITH ('connector' = 'nexmark'); SELECT auction, COUNT(*) AS n FROM bid GROUP BY auction",
  ]);
  expect(stdout).toMatch(
    /^== Query ==\ninput: {3}never ends: bid\nchanges: .*by key \(auction\)\nstate: {3}WITHOUT BOUND: aggregate:/,
  );
});

it('doctor finds what is needed', async () => {
  const { stdout, code } = await tidemill(['doctor']);
  expect(stdout).toMatch(/✓ Node +\d+/);
  expect(stdout).toMatch(/✓ DuckDB/);
  expect(code).toBe(0);
});
