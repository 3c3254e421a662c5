import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

/** The folder of the Python package. */
export const pythonBridge = join(projectRoot, 'python-bridge');

/** What to run Python with so that no Node is on PATH: the package brings its own. */
export const withoutNode: NodeJS.ProcessEnv = { ...process.env, PATH: '/usr/bin:/bin' };

/**
 * Builds dist/ and installs the Python package from it into a virtual environment of its own under .cache/, with what its tests need; gives the
 * interpreter. Needs python3 and a package index.
 */
export function installTidemillPython(): string {
  const environment = join(projectRoot, '.cache', 'venv-tidemill');
  const python = join(environment, 'bin', 'python');
  execFileSync(process.execPath, [join(projectRoot, 'core', 'build.mjs')], { stdio: 'inherit' });
  if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', `${pythonBridge}[test]`], {
    stdio: 'inherit',
  });
  return python;
}
