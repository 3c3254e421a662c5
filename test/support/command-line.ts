import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with each piece of output; may end the process. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** For a process that prints nothing: may end it. */
  readonly started?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>;
}

/** Runs `tidemill` as a user does, in a process of its own. */
export function tidemill(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [join(projectRoot, 'core', 'cli', 'entry.js'), ...args], {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(text, signal => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', fail);
    options.started?.(signal => child.kill(signal)).catch(fail);
    child.on('close', code => settle({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
