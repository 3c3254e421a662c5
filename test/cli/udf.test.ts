import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { typedImports } from '../../core/cli/udf/declarations.ts';
import { languages } from '../../core/cli/udf/languages.ts';
import { readModuleFile } from '../../core/cli/udf/module-file.ts';
import { createProject, openProject } from '../../core/cli/udf/project.ts';
import { toolchains } from '../../core/cli/udf/toolchains.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { tidemill } from '../support/command-line.ts';
import { projectRoot } from '../support/source-files.ts';
import { processModules } from '../udf/process-modules.ts';
import { tableModules } from '../udf/table-modules.ts';

// Every call is a process, of which there are many here.
vi.setConfig({ testTimeout: 120_000 });
const folder = mkdtempSync(join(tmpdir(), 'tidemill-udf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const late = join(projectRoot, 'core', 'cli', 'demo', 'late.wasm');
const cli = (...args: string[]) => tidemill(args, { cwd: folder });

test('every language has a compiler to look for, and a project that is recognised', () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const language of languages) {
      expect(toolchains[language.name]?.install).toBeDefined();
      for (const kind of language.kinds) {
        const name = `${kind}_${language.name}`;
        const { files } = createProject(name, language, kind);
        expect(files.length).toBeGreaterThan(0);
        expect(openProject(name)).toMatchObject({ name, language: { name: language.name } });
        for (const file of files) expect(readFileSync(join(folder, name, file), 'utf8')).not.toContain('__');
      }
    }
  } finally {
    process.chdir(before);
  }
});

test('what cannot be made or built says so', async () => {
  expect((await cli('udf', 'new', 'f', '--lang', 'rusty')).stderr).toBe(
    "error[usage]: there is no language 'rusty'\n  did you mean 'rust'?\n",
  );
  expect((await cli('udf', 'new', 'Not-a-name', '--lang', 'c')).stderr).toContain(
    "error[usage]: 'Not-a-name' cannot be a function's name",
  );
  expect((await cli('udf', 'new', 'f', '--lang', 'javascript', '--kind', 'batch')).stderr).toContain('error[not-supported]');
  writeFileSync(join(folder, 'alone.zig'), '');
  const missing = await tidemill(['udf', 'build', 'alone.zig'], { cwd: folder, env: { PATH: '' } });
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  expect(missing.stderr).toBe(
    'error[udf-toolchain]: there is no compiler for Zig that makes wasm\n  python3 -m pip install ziglang\n',
  );
  expect(existsSync(join(folder, 'alone.wasm'))).toBe(false);
  expect((await cli('udf', 'check', 'nothing.wasm')).stderr).toContain('error[unreadable-file]');
});

test('check, run and bench look into a file', async () => {
  const checked = await cli('udf', 'check', late);
  expect(checked.stdout).toContain('scalar    late(delay DOUBLE) → DOUBLE');
  expect(checked.stdout).toContain('no imports');
  expect(await cli('udf', 'run', late, 'late', '20')).toMatchObject({ code: 0, stdout: '{"late":1}\n' });
  expect(await cli('udf', 'run', late, 'late', 'NULL')).toMatchObject({ code: 0, stdout: '{"late":null}\n' });
  expect((await cli('udf', 'run', late, 'late')).stderr).toContain("'late' takes 1 argument, not 0");
  expect((await cli('udf', 'run', late, 'lato', '1')).stderr).toContain("did you mean 'late'?");
  const measured = await cli('udf', 'bench', late, 'late', '--against', 'abs');
  expect(measured.stdout).toMatch(/ns\/row\nABS, built in {2}[\d.]+ ns\/row: [\d.]+ times\n$/);
});

test('typed imports name the file beside them', async () => {
  const { javaScript, declarations } = typedImports(await readModuleFile(late));
  expect(javaScript).toContain("export const late = udf(new URL('late.wasm', import.meta.url), 'late', ['DOUBLE'], 'DOUBLE');");
  expect(declarations).toContain("export declare const late: Udf<['DOUBLE'], 'DOUBLE'>;");
});

test('typed imports of every kind', async () => {
  const importsOf = async (name: string, source: string) => {
    writeFileSync(join(folder, name), await buildAssemblyScript(source));
    return typedImports(await readModuleFile(join(folder, name)));
  };
  const tables = await importsOf('tables.wasm', tableModules);
  expect(tables.declarations).toContain("import type { UdfTable } from 'tidemill';");
  expect(tables.declarations).toContain(`split: UdfTable<['STRING'], { "word": 'STRING NOT NULL', "length": 'INT' }>;`);
  const processes = await importsOf('processes.wasm', processModules);
  expect(processes.declarations).toContain(`sessions: UdfProcess<{ "gap": 'BIGINT NOT NULL' }, { "first_ms": 'BIGINT', `);
  const call = "udf.process(new URL('processes.wasm', import.meta.url), 'sessions', { arguments: { \"gap\": 'BIGINT NOT NULL' }";
  expect(processes.javaScript).toContain(call);
});
