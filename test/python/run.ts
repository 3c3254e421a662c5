// `npm run test:python`: the package is installed into a virtual environment of its own under .cache/, and its tests are run there.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/source-files.ts';

const folder = join(projectRoot, 'python-bridge');
const environment = join(projectRoot, '.cache', 'venv-tidemill');
const python = join(environment, 'bin', 'python');

execFileSync(process.execPath, [join(projectRoot, 'core', 'build.mjs')], { stdio: 'inherit' });
if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' });
execFileSync(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', `${folder}[test]`], { stdio: 'inherit' });
// the installed package is what is tested, without a Node on PATH
const env = { ...process.env, PATH: '/usr/bin:/bin' };
const run = (...args: string[]): number => spawnSync(python, args, { cwd: folder, stdio: 'inherit', env }).status ?? 1;
const tests = process.argv.length > 2 ? process.argv.slice(2) : ['tests', '--pyargs', 'tidemill'];
const failed = run('-m', 'pytest', '-q', '-o', 'pythonpath=.', ...tests) + run('-m', 'pyright', '--pythonpath', python);
process.exitCode = failed === 0 ? 0 : 1;
