import { fstatSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { limits } from '../common/limits.ts';

/**
 * Looks from a thread of its own whether standard input has ended, because a thread that is busy hears of nothing. A pipe of libuv's does not block: as
 * long as nobody writes, reading it says EAGAIN.
 */
const watcher = `
const { readSync } = require('node:fs');
const { workerData } = require('node:worker_threads');
const byte = Buffer.alloc(1);
const looking = setInterval(() => {
  try {
    if (readSync(0, byte) > 0) return;
  } catch (error) {
    if (error.code === 'EAGAIN') return;
  }
  clearInterval(looking);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), workerData.patienceMs);
}, workerData.everyMs);`;

/**
 * Calls `end` when standard input ends: a process ends with the one that started it. Where that is a pipe, it is killed when it is still there some
 * seconds later.
 */
export function endWithInput(end: () => void): void {
  process.stdin.on('end', end).resume();
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return;
  const workerData = { everyMs: limits.inputEndLookMs, patienceMs: limits.inputEndPatienceMs };
  new Worker(watcher, { eval: true, workerData, stdin: false }).unref();
}
