// node --test __NAME___test.js
import assert from 'node:assert';
import { test } from 'node:test';
import { __NAME___accumulate, __NAME___finish, __NAME___merge, __NAME___retract } from './__NAME__.js';

test('values count by their weights', () => {
  const some = __NAME___accumulate(...__NAME___accumulate(0, 0n, 1, 3n), 5, 1n);
  assert.equal(__NAME___finish(...some), 2);
  assert.equal(__NAME___finish(...__NAME___retract(...some, 5, 1n)), 1);
  assert.equal(__NAME___finish(...__NAME___merge(...some, 2, 0n)), 2.5);
  assert.equal(__NAME___finish(0, 0n), null);
});
