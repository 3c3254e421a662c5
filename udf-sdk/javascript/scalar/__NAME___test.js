// node --test __NAME___test.js
import assert from 'node:assert';
import { test } from 'node:test';
import { __NAME__ } from './__NAME__.js';

test('direct prices count once', () => {
  assert.equal(__NAME__(10, 'direct'), 10);
  assert.equal(__NAME__(10, null), 20);
  assert.throws(() => __NAME__(-1, null));
});
