import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TidemillError } from '../../common/errors.ts';
import { signatureSection } from '../../udf/index.ts';
import { withCustomSection } from '../../wasm/reader/index.ts';
import { note } from '../io.ts';
import type { UdfProject } from './languages.ts';
import { findToolchain, type Toolchain } from './toolchains.ts';

export interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly toolchain: Toolchain;
}

/**
 * Loops over bytes go on with four at a time where fewer than a vector are left, in place of one by one: most texts are as short as that. LLVM does so by itself only on processors with
 * longer vectors.
 */
const shortVectors = '-epilogue-vectorization-force-VF=4';
const clangOptions = ['-O3', '-mllvm', shortVectors, '-msimd128', '-mbulk-memory', '-ffreestanding', '-nostdlib', '-Wall'];
const rustFlags = ['-Ctarget-feature=+simd128', `-Cllvm-args=${shortVectors}`];
const cppOptions = ['-std=c++20', '-nostdinc++', '-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics'];
const linkOptions = ['--no-entry', '--gc-sections', '--stack-first', '-z', 'stack-size=65536'];

/**
 * Compiles a project with the language's own compiler, whose messages are passed on.
 * @throws TidemillError `udf-toolchain`, `udf-build`.
 */
export async function compile(project: UdfProject): Promise<Compiled> {
  const { language, folder } = project;
  const toolchain = findToolchain(language, folder);
  switch (language.name) {
    case 'assemblyscript': {
      const { buildAssemblyScript } = await import('../../udf/build-assemblyscript.ts');
      const source = project.sources.map(file => readFileSync(join(folder, file), 'utf8')).join('\n');
      return { bytes: await buildAssemblyScript(source), toolchain };
    }
    case 'javascript':
    case 'python': {
      const { compileComponent } = await import('./components.ts');
      return { bytes: compileComponent(project, toolchain), toolchain };
    }
    case 'c':
    case 'cpp':
      return { bytes: await compileC(project, toolchain), toolchain };
    case 'rust': {
      const target = 'wasm32-unknown-unknown';
      const flags = `target.${target}.rustflags=${JSON.stringify(rustFlags)}`;
      runTool(project, [...toolchain.command, 'build', '--release', '--target', target, '--config', flags]);
      const made = join(folder, 'target', target, 'release');
      const file = readdirSync(made).find(name => name.endsWith('.wasm'));
      if (file === undefined) throw nothingMade(project, 'Cargo.toml needs [lib] crate-type = ["cdylib"].');
      return { bytes: read(join(made, file)), toolchain };
    }
    case 'go': {
      runTool(project, [...toolchain.command, 'run', './tidemill/generate']);
      return inTemporary(project, out => {
        const flags = ['build', '-buildmode=c-shared', '-ldflags=-s -w', '-o', out, '.'];
        runTool(project, [...toolchain.command, ...flags], { GOOS: 'wasip1', GOARCH: 'wasm' });
        const signatures = readFileSync(join(folder, 'tidemill_signatures.json'));
        return { bytes: withCustomSection(read(out), signatureSection, new Uint8Array(signatures)), toolchain };
      });
    }
    default:
      return { bytes: compileZig(project, toolchain), toolchain };
  }
}

/** In two steps, as only Zig's clang takes options of LLVM: to LLVM's own form, and from there. */
function compileZig(project: UdfProject, { command }: Toolchain): Uint8Array<ArrayBuffer> {
  const main = project.sources.find(file => file === `${project.name}.zig`) ?? project.sources[0]!;
  const flags = ['-target', 'wasm32-freestanding', '-mcpu=generic+simd128+bulk_memory', '-fno-entry', '-rdynamic', '-fstrip'];
  const build = [...command, 'build-exe', ...flags, '-O', 'ReleaseFast'];
  return inTemporary(project, out => {
    const middle = `${out}.bc`;
    try {
      runTool(project, [...build, main, '-fno-emit-bin', `--verbose-llvm-bc=${middle}`]);
      runTool(project, [...build, `-femit-bin=${out}`, '-cflags', '-O3', '-mllvm', shortVectors, '--', middle]);
    } finally {
      rmSync(middle, { force: true });
    }
    return read(out);
  });
}

async function compileC(project: UdfProject, { name, command }: Toolchain): Promise<Uint8Array<ArrayBuffer>> {
  const { folder, language, sources } = project;
  const options = [...clangOptions, ...(language.name === 'cpp' ? cppOptions : [])];
  if (name === '@yowasp/clang') return compileInProcess(project, command[0]!, options);
  const compiler = name === 'zig' ? [...command, language.name === 'cpp' ? 'c++' : 'cc'] : command;
  const target = name === 'zig' ? ['-target', 'wasm32-freestanding'] : ['--target=wasm32'];
  // Zig's linker puts the stack first by itself
  const links = linkOptions.filter(option => name !== 'zig' || !/^(-z|stack-size=.*|--stack-first)$/.test(option));
  const linking = links
    .map(option => `-Wl,${option}`)
    .join(' ')
    .replace('-Wl,-z -Wl,', '-Wl,-z,')
    .split(' ');
  return inTemporary(project, out => {
    runTool(project, [...compiler, ...target, ...options, ...linking, '-I', folder, '-o', out, ...sources]);
    return read(out);
  });
}

/** clang of npm is a program in wasm, which has no processes: it compiles, and links, in two calls. */
async function compileInProcess(project: UdfProject, file: string, options: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  interface Tree {
    readonly [name: string]: Uint8Array | string | Tree;
  }
  type Run = (args: readonly string[], files: Tree, options: object) => Promise<Tree>;
  const { runLLVM } = (await import(pathToFileURL(file).href)) as { runLLVM: Run };
  const { folder, language, sources } = project;
  const names = readdirSync(folder).filter(name => /\.(h|hpp|c|cc|cpp|cxx)$/.test(name));
  const files: Record<string, Uint8Array | string> = Object.fromEntries(
    names.map(name => [name, readFileSync(join(folder, name))]),
  );
  let messages = '';
  const decoder = new TextDecoder();
  const streams = {
    fetchProgress: () => undefined,
    stdout: (bytes: Uint8Array | null) => void (messages += bytes === null ? '' : decoder.decode(bytes)),
    stderr: (bytes: Uint8Array | null) => void (messages += bytes === null ? '' : decoder.decode(bytes)),
  };
  const objects: string[] = [];
  let made: Tree = files;
  const step = async (args: readonly string[]): Promise<void> => {
    try {
      made = { ...made, ...(await runLLVM(args, made, streams)) };
    } catch (cause) {
      throw failed(project, messages, cause);
    }
  };
  for (const source of sources) {
    const object = `${source}.o`;
    objects.push(object);
    const compiler = language.name === 'cpp' ? 'clang++' : 'clang';
    await step([compiler, '--target=wasm32', ...options, '-c', source, '-o', object]);
  }
  await step(['wasm-ld', ...linkOptions, ...objects, '-o', 'out.wasm']);
  const warnings = messages.trim();
  if (warnings !== '') note(warnings);
  return Uint8Array.from((made as Record<string, Uint8Array>)['out.wasm']!);
}

function runTool(project: UdfProject, command: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  const { status, stdout, stderr, error } = spawnSync(command[0]!, command.slice(1), {
    cwd: project.folder,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 26,
  });
  if (status === 0) return;
  throw failed(project, `${stderr}${stdout}`, error);
}

function failed(project: UdfProject, messages: string, cause: unknown): TidemillError {
  const text = messages.trim();
  return new TidemillError('udf-build', `${project.name} does not compile${text === '' ? `: ${String(cause)}` : `:\n${text}`}`, {
    cause,
  });
}

function nothingMade(project: UdfProject, hint: string): TidemillError {
  return new TidemillError('udf-build', `${project.name} compiles, and makes no .wasm file`, { hint });
}

function inTemporary<T>(project: UdfProject, make: (out: string) => T): T {
  const out = join(project.folder, `.${basename(project.name)}-${process.pid}.wasm`);
  try {
    return make(out);
  } finally {
    if (existsSync(out)) rmSync(out);
  }
}

const read = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(file));
