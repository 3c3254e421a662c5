import { expect, test } from 'vitest';
import { count, open } from '../../core/index.ts';

test('several insertions are one job', async () => {
  let output = '';
  await using tm = await open({ output: text => (output += text) });
  const numbers = tm.table('numbers', {
    columns: { n: 'BIGINT NOT NULL' },
    with: { connector: 'datagen', 'fields.n.kind': 'sequence', 'fields.n.start': '1', 'fields.n.end': '6' },
  });
  const sink = (name: string) =>
    tm.table(name, { columns: { n: 'BIGINT', c: 'BIGINT' }, with: { connector: 'print', 'print-identifier': name } });
  const even = numbers.where(row => row.n.mod(2).eq(0));
  const groups = numbers
    .select(row => ({ rest: row.n.mod(3) }))
    .groupBy('rest')
    .agg(() => ({ c: count() }));
  const job = await tm.statementSet(
    even.insertion(sink('even'), row => ({ n: row.n, c: row.n })),
    groups.where(row => row.c.eq(2)).insertion(sink('rests'), row => ({ n: row.rest, c: row.c })),
  );
  await job.done;
  const lines = output.trim().split('\n');
  expect(lines.filter(line => line.startsWith('even')).sort()).toEqual(['even> +I[2, 2]', 'even> +I[4, 4]', 'even> +I[6, 6]']);
  expect(lines.filter(line => line.startsWith('rests> +')).sort()).toEqual([
    'rests> +I[0, 2]',
    'rests> +I[1, 2]',
    'rests> +I[2, 2]',
  ]);
});

test('it wants insertions, into tables that were declared', async () => {
  await using tm = await open();
  const numbers = tm.table('numbers', { columns: { n: 'BIGINT' }, with: { connector: 'datagen', 'number-of-rows': '1' } });
  await expect(tm.statementSet()).rejects.toMatchObject({ code: 'usage' });
  const query = numbers.where(row => row.n.gt(1));
  expect(() => numbers.insertion(query as unknown as typeof numbers, row => ({ n: row.n }))).toThrow(
    /insertion\(\) writes to a table/,
  );
});
