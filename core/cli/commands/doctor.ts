import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { version } from '../../common/version.ts';
import { connectors, formats } from '../../connectors/index.ts';
import { note, standardOutput } from '../io.ts';
import { historyPath } from '../shell/history-file.ts';
import { languages } from '../udf/languages.ts';
import { toolchains } from '../udf/toolchains.ts';

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
  for (const { name, title } of languages) {
    const { find, install } = toolchains[name]!;
    const found = find({ folder: process.cwd() })?.version;
    lines.push(`${found === undefined ? '·' : '✓'} ${title.padEnd(16)} ${found ?? `not found; ${install}`}`);
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
