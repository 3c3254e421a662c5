import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

const toolchains = join(projectRoot, '.cache', 'toolchains');
const run = (command: string, args: readonly string[], cwd: string): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
};

/** The command of componentize-qjs, from npm into the cache once, aside and renamed. */
export function componentizeJavaScript(): readonly string[] {
  const place = join(toolchains, 'componentize-qjs-0.4.5');
  if (!existsSync(place)) {
    const made = `${place}-${process.pid}`;
    mkdirSync(made, { recursive: true });
    writeFileSync(join(made, 'package.json'), '{"private":true}');
    run('npm', ['install', '--silent', '--ignore-scripts', '--no-audit', '--no-fund', 'componentize-qjs@0.4.5'], made);
    renameSync(made, place);
  }
  return [process.execPath, join(place, 'node_modules', 'componentize-qjs', 'cli.mjs')];
}

/** The command of componentize-py, from PyPI into the cache once. A venv holds its own path, so it is made where it stays. */
export function componentizePython(): readonly string[] {
  const venv = join(toolchains, 'componentize-py-0.25.1');
  const command = join(venv, 'bin', 'componentize-py');
  if (!existsSync(command)) {
    mkdirSync(toolchains, { recursive: true });
    run('python3', ['-m', 'venv', venv], toolchains);
    run(join(venv, 'bin', 'pip'), ['install', '-q', '--disable-pip-version-check', 'componentize-py==0.25.1'], toolchains);
  }
  return [command];
}
