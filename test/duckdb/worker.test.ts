import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

function start(workerData: { sql: string; closeAfterMs?: number }): { worker: Worker; rows: Promise<number> } {
  const worker = new Worker(new URL('./worker-thread.ts', import.meta.url), { workerData });
  return {
    worker,
    rows: new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    }),
  };
}

test('two threads read side by side', async () => {
  const workers = [1, 2].map(() => start({ sql: 'SELECT range FROM range(500000)' }));
  expect(await Promise.all(workers.map(({ rows }) => rows))).toEqual([500000, 500000]);
  await Promise.all(workers.map(({ worker }) => worker.terminate()));
});

test('a thread may be ended once its statements have settled, even the interrupted ones', async () => {
  for (const closeAfterMs of [1, 20, 60]) {
    const { worker, rows } = start({ sql: 'SELECT count(*) FROM range(100000000000)', closeAfterMs });
    expect(await rows).toBe(0);
    await worker.terminate();
  }
});
