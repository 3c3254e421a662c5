import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { componentizeJavaScript, componentizePython } from '../support/component-tools.ts';
import { projectRoot } from '../support/source-files.ts';

const world = join(projectRoot, 'udf-sdk', 'abi', 'wit', 'udf.wit');
const sources = join(projectRoot, 'test', 'servers', 'components');
const folder = mkdtempSync(join(tmpdir(), 'tidemill-components-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string, args: readonly string[], cwd = folder): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
};

function buildJavaScript(output: string): void {
  const [command, ...first] = componentizeJavaScript();
  const source = join(sources, 'risk.js');
  run(command!, [...first, '--wit', world, '--world', 'functions', '--js', source, '-o', output, '--stub-wasi', '--sync']);
}

function buildPython(output: string): void {
  const wit = join(projectRoot, 'udf-sdk', 'abi', 'wit');
  run(componentizePython()[0]!, [
    '-d',
    wit,
    '-w',
    'functions',
    'componentize',
    '--stub-wasi',
    '-p',
    sources,
    'app',
    '-o',
    output,
  ]);
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
