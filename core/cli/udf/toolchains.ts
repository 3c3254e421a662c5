import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TidemillError } from '../../common/errors.ts';

/** A compiler that was found: how it is called, and its version. */
export interface Toolchain {
  readonly name: string;
  /** Program and first arguments; of a package of npm, the file to import. */
  readonly command: readonly string[];
  readonly version: string;
}

export interface Search {
  /** Where the packages of the user's project are looked for. */
  readonly folder: string;
}

/** How to get a language's compiler, and how it is found. */
export interface ToolchainSource {
  readonly install: string;
  readonly find: (search: Search) => Toolchain | undefined;
}

const timeoutMs = 60_000;

/** The first line that a command prints, or undefined where it is not there or fails. */
function output(command: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8', timeout: timeoutMs });
  return status === 0 ? stdout.split('\n')[0]!.trim() : undefined;
}

function program(name: string, command: readonly string[], versionOption: string): Toolchain | undefined {
  const version = output([...command, versionOption]);
  return version === undefined ? undefined : { name, command, version };
}

/** A package of npm in the user's project, or beside this program. */
function packageFile(name: string, folder: string): { file: string; folder: string; version: string } | undefined {
  for (const from of [join(folder, 'package.json'), import.meta.url]) {
    const require = createRequire(from);
    for (const path of require.resolve.paths(name) ?? []) {
      const manifest = join(path, name, 'package.json');
      if (!existsSync(manifest)) continue;
      const { version, exports: exported } = require(manifest) as { version: string; exports?: { default?: string } };
      return { file: join(path, name, exported?.default ?? 'index.js'), folder: join(path, name), version };
    }
  }
  return undefined;
}

function zig(): Toolchain | undefined {
  return program('zig', ['zig'], 'version') ?? program('zig', ['python3', '-m', 'ziglang'], 'version');
}

/** clang with a linker for wasm beside it, clang of npm, which needs nothing of the system, or Zig's. */
function clang({ folder }: Search): Toolchain | undefined {
  const own = program('clang', ['clang'], '--version');
  if (own !== undefined && output(['wasm-ld', '--version']) !== undefined) return own;
  const npm = packageFile('@yowasp/clang', folder);
  if (npm !== undefined) return { name: '@yowasp/clang', command: [npm.file], version: `@yowasp/clang ${npm.version}` };
  const found = zig();
  return found && { name: 'zig', command: found.command, version: `zig cc ${found.version}` };
}

function rust(): Toolchain | undefined {
  const cargo = program('cargo', ['cargo'], '--version');
  const rustc = [process.env['RUSTC'] ?? 'rustc'];
  const libraries = output([...rustc, '--print', 'target-libdir', '--target', 'wasm32-unknown-unknown']);
  if (cargo === undefined || libraries === undefined || !existsSync(libraries)) return undefined;
  if (!readdirSync(libraries).some(name => name.startsWith('libstd-'))) return undefined;
  return { ...cargo, version: output([...rustc, '--version']) ?? cargo.version };
}

function go(): Toolchain | undefined {
  const found = program('go', ['go'], 'version');
  const [, minor] = /go1\.(\d+)/.exec(found?.version ?? '') ?? [];
  return Number(minor) >= 24 ? found : undefined;
}

function assemblyScript({ folder }: Search): Toolchain | undefined {
  const found = packageFile('assemblyscript', folder);
  return found && { name: 'assemblyscript', command: [], version: `assemblyscript ${found.version}` };
}

/** QuickJS as a component, from npm. */
function javaScript({ folder }: Search): Toolchain | undefined {
  const found = packageFile('componentize-qjs', folder);
  if (found === undefined) return undefined;
  const program = join(found.folder, 'cli.mjs');
  return { name: 'componentize-qjs', command: [process.execPath, program], version: `componentize-qjs ${found.version}` };
}

const clangSource: ToolchainSource = { install: 'npm install --save-dev @yowasp/clang', find: clang };

export const toolchains: Readonly<Record<string, ToolchainSource>> = {
  assemblyscript: { install: 'npm install --save-dev assemblyscript', find: assemblyScript },
  c: clangSource,
  cpp: clangSource,
  rust: { install: 'rustup target add wasm32-unknown-unknown (rustup: https://rustup.rs)', find: rust },
  go: { install: 'https://go.dev/dl, 1.24 or later', find: go },
  javascript: { install: 'npm install --save-dev componentize-qjs@0.4.5', find: javaScript },
  python: {
    install: 'python3 -m pip install componentize-py==0.25.1',
    find: () => program('componentize-py', ['componentize-py'], '--version'),
  },
  zig: { install: 'python3 -m pip install ziglang', find: zig },
};

/** @throws TidemillError `udf-toolchain` with the command that installs what is missing. */
export function findToolchain(language: { readonly name: string; readonly title: string }, folder: string): Toolchain {
  const { find, install } = toolchains[language.name]!;
  const found = find({ folder });
  if (found !== undefined) return found;
  throw new TidemillError('udf-toolchain', `there is no compiler for ${language.title} that makes wasm`, {
    domain: 'external',
    hint: install,
  });
}
