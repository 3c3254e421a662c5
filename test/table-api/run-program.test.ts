import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../../core/cli/entry.js', import.meta.url));
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-program-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(name: string, program: string, ...flags: string[]) {
  writeFileSync(join(directory, name), program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'run', name, ...flags], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}
const declarations = `import { count, open } from 'tidemill';
await using tm = await open();
const t = tm.table('t', { columns: { id: 'INT' }, with: { connector: 'datagen', 'rows-per-second': '1000' } });
`;

describe('tidemill run FILE.ts', () => {
  it("finds this installation as 'tidemill', wherever the file lies", () => {
    const { status, stdout, stderr } = run('good.ts', `${declarations}console.log((await t.limit(3).toArray()).length);\n`);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '3\n', stderr: '' });
  });

  it('shows the line of the program that an error comes from', () => {
    const { status, stdout, stderr } = run('endless.ts', `${declarations}await t.toArray();\n`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      `error[endless]: t never ends: use changes(), ndjson(), limit(n) or scan.bounded.mode
 --> endless.ts:4:9
  |
4 | await t.toArray();
  |         ^^^^^^^
  toArray() waits for the last row
`,
    );
  });

  it("a program's own exception is the program's, without a trace of ours", () => {
    const { status, stderr } = run('throws.ts', `${declarations}JSON.parse('{');\n`);
    expect(status).toBe(1);
    expect(stderr).toContain('error[program]: SyntaxError');
    expect(stderr).toContain('throws.ts:4:');
    expect(stderr).not.toContain('    at ');
  });

  it('settings, environment and -i scripts hold for the sessions it opens', () => {
    writeFileSync(
      join(directory, 'init.sql'),
      "CREATE TABLE made (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '${env:ROWS}');",
    );
    writeFileSync(join(directory, '.env'), 'ROWS=7\n');
    const program = `import { open } from 'tidemill';
await using tm = await open();
const made = await tm.sql('SELECT COUNT(*) AS n FROM made');
console.log(JSON.stringify(await made.select(m => ({ n: m.n!.cast('INT') })).toArray()), made.explain().includes('hash'));
`;
    const { status, stdout, stderr } = run('init.ts', program, '-i', 'init.sql', '--env-file', '.env', '--parallelism', '2');
    expect({ status, stdout: stdout.slice(0, 9), stderr }).toEqual({ status: 0, stdout: '[{"n":7}]', stderr: '' });
    expect(run('init.ts', program, '--output', 'json')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--output is for SQL'),
    });
  });

  it('Ctrl-C ends endless jobs in order, and the program goes on to its end', async () => {
    const program = `import { count, open } from 'tidemill';
await using tm = await open();
const t = tm.table('t', { columns: { id: 'INT' }, with: { connector: 'datagen', 'rows-per-second': '100' } });
const sink = tm.table('s', { columns: { id: 'INT' }, with: { connector: 'blackhole' } });
const job = await t.insertInto(sink, r => ({ id: r.id }));
let rows = 0;
for await (const _ of t.rows()) if (rows++ === 0) console.log('started');
await job.done;
console.log('ended');
`;
    writeFileSync(join(directory, 'endless-loop.ts'), program);
    const child = spawn(process.execPath, [entry, 'run', 'endless-loop.ts'], { cwd: directory });
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => {
      if (stdout === '') child.kill('SIGINT');
      stdout += data;
    });
    const status = await new Promise(settle => child.on('exit', settle));
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'started\nended\n' });
  });

  it('a missing file is said', () => {
    const { status, stderr } = spawnSync(process.execPath, [entry, 'run', 'nowhere.ts'], { cwd: directory, encoding: 'utf8' });
    expect({ status, code: stderr.slice(0, 24) }).toEqual({ status: 1, code: 'error[unreadable-file]: ' });
  });
});
