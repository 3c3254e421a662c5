// node --test __NAME___test.js
import assert from 'node:assert';
import { test } from 'node:test';
import { __NAME__, __NAME___timer } from './__NAME__.js';

test('visits end', () => {
  const visit = { total: 0, items: 0n, last: null };
  const timers = [];
  const context = {
    time: 1000n,
    setTimer: (name, time) => timers.push([name, time]),
    clearState: () => Object.assign(visit, { total: 0, items: 0n, last: null }),
  };
  assert.deepEqual([...__NAME__(context, visit, 10, 500n)], []);
  assert.deepEqual([...__NAME__(context, visit, 5, 500n)], []);
  assert.deepEqual(timers.at(-1), ['over', 1500n]);
  context.time = 1501n;
  assert.deepEqual([...__NAME__(context, visit, 7, 500n)], [[15, 2n]]);
  assert.deepEqual([...__NAME___timer(context, visit)], [[7, 1n]]);
  assert.equal(visit.items, 0n);
});
