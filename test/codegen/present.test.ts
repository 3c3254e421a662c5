import { expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { call } from '../../core/plan/expressions.ts';
import { computeRows, testTask } from '../support/compute.ts';

test('the present is what the task says, once a batch', () => {
  let calls = 0;
  const task = { ...testTask({ localTimeZone: 'Asia/Tokyo' }), epochMs: () => 1_769_904_000_123 + calls++ };
  const outputs = [
    call('current-timestamp', [], types.timestampLtz(3, false)),
    call('proctime', [], types.timestampLtz(3, false)),
    call('local-timestamp', [], types.timestamp(3, false)),
    call('current-date', [], types.date(false)),
  ];
  const rows = computeRows(task, { input: [], outputs: outputs.slice(0, 2) }, [[], []]);
  expect(rows).toEqual([
    [1_769_904_000_123_000n, 1_769_904_000_123_000n],
    [1_769_904_000_123_000n, 1_769_904_000_123_000n],
  ]);
  expect(calls).toBe(1);
  calls = 0;
  const [[local]] = computeRows(task, { input: [], outputs: outputs.slice(2, 3) }, [[]]) as [[bigint]];
  expect(local).toBe(1_769_904_000_123_000n + 9n * 3_600_000_000n);
});
