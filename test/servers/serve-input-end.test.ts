import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../support/source-files.ts';

/** Of a server whose standard input ends when it listens: how it ended, and what it wrote. */
function served(preload: string): Promise<{ readonly ended: number | NodeJS.Signals | null; readonly errors: string }> {
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  const command = [join(projectRoot, 'core', 'cli', 'entry.js'), 'serve', '--flight-port', '0', '--until-input-ends'];
  const child = spawn(process.execPath, [...flags, ...command], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (piece: Buffer) => {
    errors += piece.toString();
    if (errors.includes('Ctrl-C stops it')) child.stdin.end();
  });
  return new Promise(resolve => child.once('close', (code, signal) => resolve({ ended: signal ?? code, errors })));
}

test('a server ends with the process that started it', async () => {
  const { ended, errors } = await served('');
  expect(ended, errors).toBe(0);
});

test('one that is busy and hears nothing is killed some seconds later', async () => {
  const busy =
    "import { isMainThread } from 'node:worker_threads'; if (isMainThread) process.stdin.once('resume', () => setTimeout(() => { for (;;); }));";
  const { ended, errors } = await served(busy);
  expect(ended, errors).toBe('SIGKILL');
});
