// `npm run test:python`: the package is installed into a virtual environment of its own under .cache/, and its tests are run there.
import { spawnSync } from 'node:child_process';
import { installTidemillPython, pythonBridge, withoutNode } from '../support/tidemill-python.ts';

const python = installTidemillPython();
// the installed package is what is tested, without a Node on PATH
const run = (...args: string[]): number =>
  spawnSync(python, args, { cwd: pythonBridge, stdio: 'inherit', env: withoutNode }).status ?? 1;
const tests = process.argv.length > 2 ? process.argv.slice(2) : ['tests', '--pyargs', 'tidemill'];
const failed = run('-m', 'pytest', '-q', '-o', 'pythonpath=.', ...tests) + run('-m', 'pyright', '--pythonpath', python);
process.exitCode = failed === 0 ? 0 : 1;
