import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ringWords } from '../../core/runtime/ring.ts';
import { consume, type StressPart, type StressSums, stressWords } from '../support/channel-producer.ts';

const entry = new URL('../support/channel-producer.ts', import.meta.url);
const newMemory = () => new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });

const partOf = (rows: number, seed: number): StressPart => ({
  control: new SharedArrayBuffer(4 * (stressWords.ring + ringWords)),
  producer: newMemory(),
  consumer: newMemory(),
  rows,
  seed,
});
const start = (part: StressPart, role: 'produce' | 'consume') => new Worker(entry, { workerData: { part, role }, execArgv: [] });

function check(part: StressPart, sums: StressSums, what: string): void {
  const { rows } = part;
  let halves = 0;
  let nulls = 0;
  for (let row = 0; row < rows; row++) {
    if (row % 3 === 0) nulls++;
    else halves += row >> 1;
  }
  expect(sums.inOrder, what).toBe(true);
  expect(sums, what).toMatchObject({ rows, nulls, halves, numbers: (BigInt(rows) * BigInt(rows - 1)) / 2n });
  expect(sums.watermarks, what).toBeGreaterThan(0);
}

describe('a channel between two threads', () => {
  test('millions of rows in batches of random sizes, both ends asleep now and then', { timeout: 120_000 }, async () => {
    for (const seed of [1, 2, 3]) {
      const part = partOf(2_000_000, seed);
      const consumer = start(part, 'consume');
      const producer = start(part, 'produce');
      const [sums] = (await once(consumer, 'message')) as [StressSums];
      check(part, sums, `seed ${seed}`);
      await Promise.all([consumer.terminate(), producer.terminate()]);
    }
  });

  test('the same with the consumer on the event loop', { timeout: 120_000 }, async () => {
    for (const seed of [4, 5]) {
      const part = partOf(1_000_000, seed);
      const producer = start(part, 'produce');
      check(part, await consume(part, 'event loop'), `seed ${seed}`);
      await producer.terminate();
    }
  });
});
