import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { highWaterBytesOf } from './machine.ts';
import { projectRoot } from './queries.ts';

export interface TidemillRequest {
  /** Declarations; not timed. */
  readonly setup: readonly string[];
  /** What is timed: from handing the text over until the job has ended, planning and code generation included. */
  readonly statement: string;
  readonly parallelism: number;
  /** What relative paths are relative to; default: the working directory. */
  readonly baseDirectory?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Runs in the same process, one after another; default 1. */
  readonly repeat?: number;
  /** Keep a query's rows: the final ones, or the changelog folded into the bag that stands at its end. Default: count them only. */
  readonly mode?: 'final' | 'changelog';
}

export interface TidemillOutcome {
  /** `jobMs`: from the start of an INSERT's job to its end, as Flink's own time stamps have it. */
  readonly times: readonly { readonly wallMs: number; readonly cpuMs: number; readonly jobMs?: number }[];
  /** From the start of Node, which a run in a fresh process pays as well. */
  readonly processMs: number;
  readonly processCpuMs: number;
  readonly residentBytesMax: number;
  readonly rowsRead: number;
  /** Of all task memories, at the end of an INSERT. */
  readonly memoryBytes: number;
  readonly resultRows: number;
  readonly duckdbLoaded: boolean;
  /** Sorted texts, when the request asked for them. */
  readonly rows: readonly string[] | undefined;
}

/** Builds dist/: what is measured is what users get. */
export function buildTidemill(): void {
  const { status } = spawnSync('npm', ['run', '-s', 'prepare'], { cwd: projectRoot, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('dist/ could not be built; --as-built measures the one that is there');
}

const child = fileURLToPath(new URL('./tidemill-child.ts', import.meta.url));

/** Runs a statement on our engine in a fresh process. @throws Error with what the process said when it failed. */
export async function runTidemill(request: TidemillRequest): Promise<TidemillOutcome> {
  const { output } = await runNode([child, JSON.stringify(request)]);
  return JSON.parse(output) as TidemillOutcome;
}

export interface NodeOutcome {
  readonly output: string;
  /** From the start of the process to its first byte of standard output. */
  readonly firstByteMs: number;
  readonly wallMs: number;
  /** Largest resident size seen, sampled; undefined where there is no /proc. */
  readonly residentBytesMax: number | undefined;
}

/** A fresh Node with these arguments. @throws Error with what it said when it failed. */
export function runNode(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): Promise<NodeOutcome> {
  return new Promise((resolve, reject) => {
    let residentBytesMax: number | undefined;
    const sample = (): void => {
      residentBytesMax = highWaterBytesOf(running.pid!) ?? residentBytesMax;
    };
    const start = performance.now();
    const running = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const sampling = setInterval(sample, 20);
    let firstByteMs = Number.NaN;
    const output: Buffer[] = [];
    let errors = '';
    running.stdout.on('data', (chunk: Buffer) => {
      if (output.length === 0) firstByteMs = performance.now() - start;
      output.push(chunk);
    });
    running.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    running.on('error', reject);
    running.on('close', (code, signal) => {
      clearInterval(sampling);
      const text = Buffer.concat(output).toString();
      if (code === 0) resolve({ output: text, firstByteMs, wallMs: performance.now() - start, residentBytesMax });
      else reject(new Error(`node ${args[0]} ended with ${signal ?? code}:\n${errors.slice(0, 4000)}`));
    });
  });
}
