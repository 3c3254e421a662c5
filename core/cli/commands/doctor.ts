import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { version } from '../../common/version.ts';
import { connectors, formats } from '../../connectors/index.ts';
import { note, standardOutput } from '../io.ts';
import { historyPath } from '../shell/history-file.ts';

interface Tool {
  readonly language: string;
  readonly command: readonly string[];
  readonly install: string;
}

/** Compilers that make functions for us; the abi is udf-sdk/abi/README.md. */
const tools: readonly Tool[] = [
  {
    language: 'AssemblyScript',
    command: ['npx', '--no-install', 'asc', '--version'],
    install: 'npm install --save-dev assemblyscript',
  },
  {
    language: 'Rust',
    command: ['rustc', '--version'],
    install: 'https://rustup.rs, then: rustup target add wasm32-unknown-unknown',
  },
  { language: 'C and C++', command: ['clang', '--version'], install: 'apt install clang lld' },
  { language: 'Zig', command: ['zig', 'version'], install: 'pip install ziglang' },
  { language: 'Go', command: ['tinygo', 'version'], install: 'https://tinygo.org/getting-started/install' },
];

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** `tidemill doctor`: what is here to run with; the exit code is 1 when something that is needed is not. */
export async function doctor(): Promise<void> {
  const require = createRequire(import.meta.url);
  let wrong = 0;
  const lines: string[] = [];
  const line = (name: string, good: boolean | undefined, text: string): void => {
    if (good === false) wrong++;
    lines.push(`${good === undefined ? '·' : good ? '✓' : '✗'} ${name.padEnd(16)} ${text}`);
  };
  line('tidemill', true, version);
  line(
    'Node',
    Number(process.versions.node.split('.')[0]) >= 24,
    `${process.versions.node} on ${process.platform} ${process.arch}; 24 or later is needed`,
  );
  line('DuckDB', ...duckdb(require));
  const kernels = new URL('../../kernels/build/kernels.wasm', import.meta.url);
  line(
    'kernels',
    existsSync(kernels),
    existsSync(kernels) ? `${Math.round(statSync(kernels).size / 1024)} KiB of wasm` : 'missing: npm run prepare',
  );
  line('shared memory', sharedMemory(), 'wasm memories that threads share');
  const limit = process.constrainedMemory();
  const constrained = limit > 0 && limit < totalmem() ? `, of which this process may have ${gibibytes(limit)}` : '';
  line('memory', true, `${gibibytes(totalmem())}, ${gibibytes(freemem())} free${constrained}`);
  line('cores', true, `${availableParallelism()}; --parallelism says how many a job uses`);
  line('history', undefined, historyPath(process.env) ?? 'none: TIDEMILL_HISTORY is empty');
  line('connectors', true, [...connectors.keys()].join(', '));
  line('formats', true, [...formats.keys()].join(', '));
  lines.push('', 'Compilers for functions in wasm (one is enough, none is needed to run):');
  for (const tool of tools) {
    const found = versionOf(tool.command);
    lines.push(`${found === undefined ? '·' : '✓'} ${tool.language.padEnd(16)} ${found ?? `not found; ${tool.install}`}`);
  }
  await standardOutput.write(`${lines.join('\n')}\n`);
  if (wrong > 0) {
    note(`${wrong} ${wrong === 1 ? 'thing is' : 'things are'} missing`);
    process.exitCode = 1;
  }
}

function duckdb(require: NodeJS.Require): [boolean, string] {
  try {
    const found = require('@duckdb/node-bindings') as { library_version?: () => string };
    return [true, `${found.library_version?.() ?? 'found'}; bounded stages and Parquet`];
  } catch {
    return [false, 'its binding cannot be loaded: npm install'];
  }
}

function sharedMemory(): boolean {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

function versionOf([command, ...args]: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command!, args, { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? stdout.split('\n')[0]!.trim() : undefined;
}
