import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { limits } from '../../core/common/limits.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { componentFiles } from '../../core/udf/build-component.ts';
import { ComponentUdf, encodeSignatures, loadComponent, type ScalarSignature, signatureSection } from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { withCustomSection } from '../../core/wasm/reader/index.ts';
import { projectRoot } from '../support/source-files.ts';

const toolchains = join(projectRoot, '.cache', 'toolchains');
const world = join(projectRoot, 'udf-sdk', 'abi', 'wit', 'udf.wit');
const sources = join(projectRoot, 'test', 'servers', 'components');
const folder = mkdtempSync(join(tmpdir(), 'tidemill-components-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string, args: readonly string[], cwd = folder): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
};

/** Makes a folder of the cache once, aside and renamed. */
function once(name: string, make: (made: string) => void): string {
  const place = join(toolchains, name);
  if (!existsSync(place)) {
    const made = `${place}-${process.pid}`;
    mkdirSync(made, { recursive: true });
    make(made);
    renameSync(made, place);
  }
  return place;
}

function buildJavaScript(output: string): void {
  const tool = once('componentize-qjs-0.4.5', made => {
    writeFileSync(join(made, 'package.json'), '{"private":true}');
    run('npm', ['install', '--silent', '--ignore-scripts', '--no-audit', '--no-fund', 'componentize-qjs@0.4.5'], made);
  });
  const command = join(tool, 'node_modules', 'componentize-qjs', 'cli.mjs');
  const source = join(sources, 'risk.js');
  run(process.execPath, [command, '--wit', world, '--world', 'functions', '--js', source, '-o', output, '--stub-wasi', '--sync']);
}

function buildPython(output: string): void {
  // A venv holds its own path, so it is made where it stays.
  const venv = join(toolchains, 'componentize-py-0.25.1');
  const command = join(venv, 'bin', 'componentize-py');
  if (!existsSync(command)) {
    run('python3', ['-m', 'venv', venv]);
    run(join(venv, 'bin', 'pip'), ['install', '-q', '--disable-pip-version-check', 'componentize-py==0.25.1']);
  }
  const wit = join(projectRoot, 'udf-sdk', 'abi', 'wit');
  run(command, ['-d', wit, '-w', 'functions', 'componentize', '--stub-wasi', '-p', sources, 'app', '-o', output]);
}

const scalar = (name: string, type: ScalarSignature['result']): ScalarSignature => ({
  name,
  arguments: [type],
  result: type,
  nulls: 'propagate',
  deterministic: true,
});
const signatures = encodeSignatures([
  scalar('line', types.double()),
  scalar('shout', types.string()),
  scalar('spin', types.double()),
  scalar('refuse', types.double()),
]);

function tidemill(...args: readonly string[]): { readonly output: string; readonly error: string } {
  const entry = join(projectRoot, 'core', 'cli', 'entry.js');
  const { stdout, stderr } = spawnSync(process.execPath, [entry, ...args], { cwd: folder, encoding: 'utf8' });
  return { output: stdout, error: stderr };
}

describe.each([
  ['JavaScript', 'js.wasm', buildJavaScript],
  ['Python', 'py.wasm', buildPython],
] as const)('a component in %s', (_language, file, build) => {
  const path = join(folder, file);
  beforeAll(() => {
    const bare = join(folder, `bare-${file}`);
    build(bare);
    writeFileSync(path, withCustomSection(readFileSync(bare), signatureSection, signatures));
  }, 300_000);

  test('runs in a query', () => {
    const text = `CREATE FUNCTION line USING '${file}'; CREATE FUNCTION shout USING '${file}';
      SELECT line(x) AS x, shout(s) AS s FROM (VALUES (1.5E0, 'abc'), (CAST(NULL AS DOUBLE), 'grown to more than twelve'),
        (3E0, CAST(NULL AS STRING)), (4E0, '')) t (x, s)`;
    const { output, error } = tidemill('run', '-c', text);
    expect(error).toBe('');
    expect(output.trim().split('\n')).toEqual([
      '{"x":4,"s":"ABC"}',
      '{"x":null,"s":"GROWN TO MORE THAN TWELVE"}',
      '{"x":7,"s":null}',
      '{"x":9,"s":""}',
    ]);
  });

  test('its errors and its endless loops are errors of the query', () => {
    const call = (name: string) =>
      tidemill('run', '-c', `CREATE FUNCTION ${name} USING '${file}'; SELECT ${name}(x) FROM (VALUES (1E0)) t (x)`).error;
    expect(call('refuse')).toContain("error[udf-error]: 'refuse' failed: the tide is out");
    expect(call('spin')).toContain(
      `error[udf-fuel]: 'spin' used up its fuel of ${limits.udfComponentFuelPerBatch + limits.udfComponentFuelPerRow} units`,
    );
  });

  test('a batch costs a tenth of its rows one by one, and loading what is cached little', () => {
    const cpuMs = (): number => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    };
    const least = (rounds: number, body: () => void): number => {
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < rounds; round++) {
        const start = cpuMs();
        body();
        best = Math.min(best, cpuMs() - start);
      }
      return best;
    };
    const bytes = new Uint8Array(readFileSync(path));
    const load = () => loadComponent(bytes, file, componentFiles(bytes, { name: file }));
    const module = load();
    const memory = new TaskMemory({ pagesInitial: 64 });
    const rows = 8192;
    const column = columnOf(
      memory,
      types.double(),
      Array.from({ length: rows }, (_, row) => row),
    );
    const start = () => new ComponentUdf(module, 'line', memory, { kernels: loadKernels(memory) });
    const loadMs = least(3, load) + least(3, () => start().call(1, [column], 0));
    const udf = start();
    const batchNs = (least(10, () => udf.call(rows, [column], 0)) / rows) * 1e6;
    const rowNs = (least(5, () => Array.from({ length: 500 }, () => udf.call(1, [column], 0))) / 500) * 1e6;
    console.log(
      `${file}: ${loadMs.toFixed(0)} ms to load and start, ${batchNs.toFixed(0)} ns a row, ${rowNs.toFixed(0)} ns one by one`,
    );
    expect(rowNs).toBeGreaterThan(10 * batchNs);
    expect(loadMs).toBeLessThan(1000);
  });
});
