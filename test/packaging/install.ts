// Packs the project, installs the tarball into an empty folder and uses it there as a stranger would. Slow and needs the package registry
// for the dependencies: npm run test:packaging
import assert from 'node:assert/strict';
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tidemill-packaging-'));
const options: ExecFileSyncOptionsWithStringEncoding = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
const run = (command: string, ...args: string[]): string => execFileSync(command, args, options);
const tidemill = (...args: string[]): string => run('npx', '--offline', 'tidemill', ...args);
let packed: string[] = [];

before(() => {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: projectRoot,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const tarball = readdirSync(folder).find(file => file.endsWith('.tgz'))!;
  packed = run('tar', '-tzf', tarball).trim().split('\n');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  run('npm', 'install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the published package', () => {
  it('brings built files and no sources', () => {
    const wrong = packed.filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.endsWith('.as.ts'));
    assert.deepEqual(wrong, []);
    for (const file of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/entry.js',
      'dist/kernels/build/kernels.wasm',
      'LICENSE',
      'README.md',
    ])
      assert.ok(packed.includes(`package/${file}`), `${file} is missing`);
  });

  it('runs a statement', () => {
    assert.deepEqual(Object.values(JSON.parse(tidemill('run', '-c', 'SELECT 1', '--output', 'json')) as object), [1]);
  });

  it('runs a stream through kernels and generated code', () => {
    writeFileSync(
      join(folder, 'bids.sql'),
      `CREATE TABLE bid (auction BIGINT, price BIGINT) WITH ('connector' = 'nexmark', 'events.num' = '1000');
       SELECT COUNT(*) AS bids, MAX(price) > 0 AS paid FROM bid;`,
    );
    const expected = [{ bids: 920, paid: true }];
    for (const parallelism of ['1', '2']) {
      const lines = tidemill('run', 'bids.sql', '--output', 'json', '--parallelism', parallelism).trim().split('\n');
      assert.deepEqual(
        lines.map(line => JSON.parse(line) as unknown),
        expected,
        `parallelism ${parallelism}`,
      );
    }
  });

  it('says what is wrong with exit code 1', () => {
    assert.throws(
      () => tidemill('run', '-c', 'SELECT nothing_like_it'),
      (error: { status: number; stderr: string }) => error.status === 1 && error.stderr.includes('error['),
    );
  });

  it('is imported, and its declarations compile', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { open } from 'tidemill';
await using tm = await open();
const answers = await tm.sql('SELECT 1 + 1 AS two', { two: 'INT NOT NULL' });
console.log(JSON.stringify(await answers.toArray()));
`,
    );
    const compiler = join(projectRoot, 'node_modules', '.bin', 'tsc');
    const types = join(projectRoot, 'node_modules', '@types');
    run(
      compiler,
      ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--typeRoots', types, '--types', 'node'],
      'use.ts',
    );
    assert.equal(run('node', 'use.ts').trim(), '[{"two":2}]');
  });
});
