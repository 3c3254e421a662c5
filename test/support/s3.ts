import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from './source-files.ts';

const version = 'v1.2.0';

export interface S3Server {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** gofakes3, a server of S3 that keeps objects in memory and makes buckets when they are asked for. Built once into the git-ignored cache; needs Go. */
export async function startS3(): Promise<S3Server> {
  const folder = join(projectRoot, '.cache', 's3');
  const program = join(folder, 'gofakes3');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const env = { ...process.env, GOBIN: folder };
    execFileSync('go', ['install', `github.com/johannesboyne/gofakes3/cmd/gofakes3@${version}`], { env, stdio: 'ignore' });
  }
  const port = await freePort();
  const child = spawn(program, ['-backend', 'mem', '-host', `127.0.0.1:${port}`, '-autobucket'], { stdio: 'ignore' });
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) break;
    if (tries > 200 || child.exitCode !== null) throw new Error('the S3 server did not start');
    await sleep(50);
  }
  return {
    endpoint,
    async close() {
      child.kill();
      await exited;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address === null || typeof address === 'string' ? reject(new Error('no port')) : resolve(address.port),
      );
    });
  });
}
