// Builds dist/, what is published: JavaScript and declarations of core/, and the files beside them that are read at run time.
// JavaScript is bundled, because loading 300 modules one by one takes longer than answering a query. Types are checked by
// `npm run typecheck`, not here. Run by `npm run build` and `npm run prepare`, after the kernels.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const core = dirname(fileURLToPath(import.meta.url));
const root = dirname(core);
if (!existsSync(join(core, 'kernels', 'build', 'kernels.wasm'))) await import('./kernels/build.mjs');

// Made aside and renamed: a process that starts meanwhile finds the old files or the new ones.
const made = join(root, '.cache', `dist-${process.pid}`);
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [compiler, '-p', join(core, 'tsconfig.build.json'), '--outDir', made], { stdio: 'inherit' });

// Chunks lie elsewhere than their modules, yet `import.meta.url` must stay the module's place in the tree: files are found beside it.
const placeMark = '__tidemill_place_of';
const placeOfModule = {
  name: 'place-of-module',
  transform(code, id) {
    const path = relative(core, id).replaceAll('\\', '/').replace(/\.ts$/, '.js');
    return path.startsWith('..') ? undefined : code.replaceAll('import.meta.url', `${placeMark}(${JSON.stringify(path)})`);
  },
  renderChunk(code, { fileName }) {
    const up = '../'.repeat(fileName.split('/').length - 1) || './';
    return code.replace(/__tidemill_place_of\("([^"]+)"\)/g, (_, path) => `new URL("${up}${path}", import.meta.url).href`);
  },
};
const entries = ['index', 'cli/main', 'runtime/hosts/worker-start', 'session/session'];
const bundle = await rolldown({
  input: Object.fromEntries(entries.map(name => [name, join(core, `${name}.ts`)])),
  platform: 'node',
  external: id => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith(core),
  plugins: [placeOfModule],
});
await bundle.write({ dir: made, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' });
await bundle.close();

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
