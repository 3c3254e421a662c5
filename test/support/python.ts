import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const venv = fileURLToPath(new URL('../../.cache/venv', import.meta.url));
const python = `${venv}/bin/python`;

/** A Python with `packages`, in a virtual environment under .cache/ that is made on first use (needs python3 and a package index). */
export function pythonWith(...packages: string[]): (script: string, ...args: string[]) => string {
  if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' });
  try {
    execFileSync(python, ['-c', packages.map(name => `import ${name}`).join('\n')], { stdio: 'pipe' });
  } catch {
    execFileSync(python, ['-m', 'pip', 'install', '-q', ...packages], { stdio: 'pipe' });
  }
  return (script, ...args) => execFileSync(python, ['-c', script, ...args], { encoding: 'utf8', maxBuffer: 64 << 20 });
}
