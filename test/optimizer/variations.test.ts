import { describe, expect, it } from 'vitest';
import { variationsOf } from '../../core/optimizer/index.ts';
import { optimizerContext, Planning } from '../support/planning.ts';

const planning = new Planning();
const reasons = (sql: string): string[] => variationsOf(planning.plan(sql), optimizerContext);

describe('why rows may differ from run to run', () => {
  it.each([
    ['SELECT price FROM bid', undefined],
    ['SELECT channel, COUNT(*) FROM bid GROUP BY channel', undefined],
    ['SELECT price FROM bid LIMIT 3', 'LIMIT without ORDER BY'],
    ['SELECT channel FROM bid ORDER BY price LIMIT 3', 'equal rank'],
    ['SELECT name FROM person ORDER BY city, id LIMIT 3', undefined],
    ['SELECT price FROM bid ORDER BY price LIMIT 3', undefined],
    ['SELECT channel, COUNT(*) FROM bid GROUP BY channel ORDER BY channel LIMIT 3', undefined],
    ['SELECT CURRENT_TIMESTAMP FROM bid', 'CURRENT_TIMESTAMP gives another value'],
    [
      "SELECT window_start FROM TUMBLE(TABLE (SELECT PROCTIME() AS p FROM bid), DESCRIPTOR(p), INTERVAL '1' MINUTE)",
      'windows of processing time',
    ],
    ['SELECT FIRST_VALUE(price) FROM bid', 'FIRST_VALUE depends'],
  ])('%s: %s', (sql, expected) => {
    if (expected === undefined) expect(reasons(sql)).toEqual([]);
    else expect(reasons(sql).some(reason => reason.includes(expected))).toBe(true);
  });
});
