import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../source-files.ts';

export interface ServeProcess {
  readonly port: string;
  readonly pid: number;
  /** Interrupts it; gives its exit code. */
  close(): Promise<number | null>;
}

/** A `tidemill serve` in a process of its own, on a free port; `entry` from the project's root. */
export function serveFlight(entry: readonly string[], options: readonly string[]): Promise<ServeProcess> {
  const args = [join(projectRoot, ...entry), 'serve', '--flight-port', '0', ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<number | null>(settle => child.once('exit', settle));
  let said = '';
  return new Promise((settle, fail) => {
    child.once('exit', () => fail(new Error(`tidemill serve has ended: ${said}`)));
    child.stderr.on('data', chunk => {
      said += chunk;
      const port = /grpc(?:\+tls)?:\/\/\S+:(\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      const close = (): Promise<number | null> => {
        child.kill('SIGINT');
        return exited;
      };
      settle({ port, pid: child.pid!, close });
    });
  });
}
