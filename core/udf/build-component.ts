import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { userCacheFolder } from '../common/cache-folder.ts';
import { TidemillError } from '../common/errors.ts';
import { adaptCore, type ComponentFiles } from './component.ts';

const jcoVersion = '0.15.0';
/** Of what is kept for a component; one of another version is made anew. */
export const filesVersion = 3;

export interface ComponentBuildOptions {
  /** Shown in errors. */
  readonly name: string;
  /** Where what was made is kept; by default the user's cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Nothing is fetched. */
  readonly offline?: boolean | undefined;
}

/**
 * The JavaScript and core modules of a component. Made by jco in a process of its own the first time, and kept by the component's hash; jco
 * (8 MB) is fetched with npm the first time of all.
 *
 * @throws TidemillError `udf-build`: jco is not there and cannot be fetched; `udf-invalid`: it is not a component, or imports something.
 */
export function componentFiles(bytes: Uint8Array<ArrayBuffer>, options: ComponentBuildOptions): ComponentFiles {
  const cache = options.cacheFolder ?? userCacheFolder();
  const hash = createHash('sha256').update(`${jcoVersion} ${filesVersion} `).update(bytes).digest('hex');
  const folder = join(cache, 'components', hash);
  if (!existsSync(folder)) {
    const made = `${folder}-${process.pid}`;
    mkdirSync(made, { recursive: true, mode: 0o700 });
    try {
      make(bytes, made, installJco(cache, options.offline ?? false), options.name);
      renameSync(made, folder);
    } catch (error) {
      rmSync(made, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  const cores = readdirSync(folder).filter(file => file.endsWith('.wasm'));
  return {
    glue: readFileSync(join(folder, 'component.js'), 'utf8'),
    cores: new Map(cores.map(file => [file, new Uint8Array(readFileSync(join(folder, file)))])),
  };
}

/** What jco is told in its own process: its module, the component, the folder for its files. */
const script = `
const { readFileSync, writeFileSync } = await import('node:fs');
const [jco, component, folder] = process.argv.slice(1);
const { $init, generate } = await import(jco);
await $init;
const made = generate(readFileSync(component), {
  name: 'component', noTypescript: true, instantiation: { tag: 'sync' }, map: [], noNodejsCompat: true, noNamespacedExports: true,
  importBindings: { tag: 'js' }, base64Cutoff: 0, validLiftingOptimization: false, tracing: false, multiMemory: false, tlaCompat: false,
  idlImports: false,
});
for (const [file, bytes] of made.files) writeFileSync(folder + '/' + file, bytes);
process.stdout.write(JSON.stringify({ imports: made.imports, exports: made.exports }));
`;

function make(bytes: Uint8Array<ArrayBuffer>, folder: string, jco: string, name: string): void {
  const component = join(folder, 'input.component');
  writeFileSync(component, bytes);
  let made: { readonly imports: readonly string[]; readonly exports: readonly (readonly [string, string])[] };
  try {
    const output = execFileSync(
      process.execPath,
      ['--input-type=module', '-e', script, pathToFileURL(jco).href, component, folder],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 1 << 24,
      },
    );
    made = JSON.parse(output) as typeof made;
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    const reason = stderr?.split('\n').find(line => /error/i.test(line)) ?? (cause as Error).message;
    throw new TidemillError('udf-invalid', `${name} is not a component that can be run: ${reason.trim()}`, { cause });
  }
  if (made.imports.length > 0)
    throw new TidemillError('udf-import', `${name} imports ${made.imports.join(', ')}, which user functions cannot have`, {
      hint: 'Build it with stubs of WASI: componentize-py --stub-wasi, componentize-qjs --stub-wasi.',
    });
  if (!made.exports.some(([exported, kind]) => exported === 'call' && kind === 'function'))
    throw new TidemillError('udf-export', `${name} does not export the function call of tidemill:udf`, {
      hint: 'Build it for the world in udf-sdk/abi/wit/udf.wit.',
    });
  rmSync(component);
  for (const file of readdirSync(folder).filter(entry => entry.endsWith('.wasm'))) {
    const path = join(folder, file);
    writeFileSync(path, adaptCore(new Uint8Array(readFileSync(path)), name));
  }
}

/** The npm that came with this Node, which need not be on PATH (a Node of PyPI is not), else the one on PATH. */
function npm(): string[] {
  const programs = dirname(process.execPath);
  const places = [join(programs, '..', 'lib'), programs].map(place => join(place, 'node_modules', 'npm', 'bin', 'npm-cli.js'));
  const own = places.find(existsSync);
  return own === undefined ? ['npm'] : [process.execPath, own];
}

/** jco's generator without what it optimizes with, which is large and not used. Returns the file to import. */
function installJco(cache: string, offline: boolean): string {
  const folder = join(cache, 'toolchains', `jco-${jcoVersion}`);
  const entry = (root: string) =>
    join(root, 'node_modules', '@bytecodealliance', 'jco-transpile', 'vendor', 'js-component-bindgen-component.js');
  if (existsSync(entry(folder))) return entry(folder);
  const command = `npm install @bytecodealliance/jco-transpile@${jcoVersion}`;
  if (offline)
    throw new TidemillError('udf-build', 'components need jco (8 MB), which is not there, and nothing is fetched offline', {
      hint: command,
    });
  const made = `${folder}-${process.pid}`;
  const nothing = 'file:./nothing';
  mkdirSync(join(made, 'nothing'), { recursive: true });
  writeFileSync(join(made, 'nothing', 'package.json'), JSON.stringify({ name: 'nothing', version: '0.0.0' }));
  writeFileSync(
    join(made, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: { '@bytecodealliance/jco-transpile': jcoVersion },
      overrides: { binaryen: nothing, 'oxc-minify': nothing, '@bytecodealliance/preview3-shim': nothing },
    }),
  );
  try {
    const [program, ...first] = npm();
    execFileSync(program!, [...first, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
      cwd: made,
      stdio: 'pipe',
      // npm asks PATH for the Node that it runs on
      env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter) },
    });
    renameSync(made, folder);
  } catch (cause) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(entry(folder)))
      throw new TidemillError('udf-build', `components need jco, and '${command}' failed`, { domain: 'external', cause });
  }
  return entry(folder);
}
