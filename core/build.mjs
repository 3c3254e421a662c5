// Builds dist/, what is published: JavaScript and declarations of core/, and the files beside them that are read at run time.
// Types are checked by `npm run typecheck`, not here. Run by `npm run build` and `npm run prepare`, after the kernels.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const core = dirname(fileURLToPath(import.meta.url));
const root = dirname(core);
const kernels = join(core, 'kernels', 'build', 'kernels.wasm');
if (!existsSync(kernels)) await import('./kernels/build.mjs');

// Made aside and renamed: a process that starts meanwhile finds the old files or the new ones.
const made = join(root, '.cache', `dist-${process.pid}`);
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [compiler, '-p', join(core, 'tsconfig.build.json'), '--outDir', made], { stdio: 'inherit' });

const copied = ['kernels/build/kernels.wasm', 'cli/entry.js'];
for (const file of readdirSync(join(core, 'cli', 'demo'))) {
  if (/\.(sql|wasm|as\.ts)$/.test(file)) copied.push(`cli/demo/${file}`);
}
for (const file of copied) {
  mkdirSync(dirname(join(made, file)), { recursive: true });
  copyFileSync(join(core, file), join(made, file));
}
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
renameSync(made, dist);
