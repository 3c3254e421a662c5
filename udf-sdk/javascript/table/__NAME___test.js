// node --test __NAME___test.js
import assert from 'node:assert';
import { test } from 'node:test';
import { __NAME__ } from './__NAME__.js';

test('a line has words', () => {
  assert.deepEqual(
    [...__NAME__(' a  tide ')],
    [
      ['a', 1],
      ['tide', 4],
    ],
  );
  assert.deepEqual([...__NAME__('')], []);
});
