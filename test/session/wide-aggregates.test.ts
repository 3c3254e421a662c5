import { expect, it } from 'vitest';
import { limits } from '../../core/common/limits.ts';
import { Session } from '../../core/session/session.ts';

/** Rows of a key and columns of which every third value is NULL, and one is never. */
const columns = ['a', 'b', 'c'];
const rows = Array.from({ length: 40 }, (_, row) => {
  const values = columns.map((_column, index) => ((row + index) % 3 === 0 ? 'CAST(NULL AS INT)' : `${(row * 7 + index) % 11}`));
  return `(${row % 4}, ${row}, ${values.join(', ')})`;
});
const input = `(VALUES ${rows.join(', ')}) AS t(k, n, ${columns.join(', ')})`;
/** Of the inner grouping results are taken back: the outer one retracts. */
const inputs = {
  'rows that only come': input,
  'rows that are taken back': `(SELECT MAX(k) AS k, n % 20 AS n, SUM(a) AS a, MIN(b) AS b, MAX(c) AS c FROM ${input} GROUP BY n % 20)`,
};

/** More accumulators than one generated loop takes: unlike ones in turn, so that every loop has some of each. */
const calls = Array.from({ length: limits.slotsPerLoop * 2 }, (_, index) => {
  const column = columns[index % 3]!;
  const value = `${column} + ${index}`;
  return [
    `SUM(${value})`,
    `COUNT(${value})`,
    `MAX(${value}) FILTER (WHERE n > ${index % 9})`,
    `MIN(n + ${index})`,
    `AVG(${value})`,
    index < 40 ? `COUNT(DISTINCT ${column} + ${index % 5})` : `SUM(n * ${index})`,
    `SUM(DISTINCT ${column}) FILTER (WHERE n > ${index % 7})`,
  ][index % 7]!;
});

async function results(text: string, settings: Readonly<Record<string, string>>): Promise<readonly unknown[][]> {
  const session = new Session({ settings, engine: { host: 'main' } });
  const found: unknown[][] = [];
  try {
    for await (const result of session.run({ text, source: 'test', baseDirectory: '.' }, 'final'))
      if (result.kind === 'query')
        for await (const chunk of result.query.chunks()) found.push(...chunk.rows.map(row => [...row]));
  } finally {
    await session.close();
  }
  return found.sort((a, b) => Number(a[0]) - Number(b[0]));
}

it.each(Object.entries(inputs))('many aggregates in one query are what each is by itself: %s', async (_name, from) => {
  const query = (some: readonly string[]): string => `SELECT k, ${some.join(', ')} FROM ${from} GROUP BY k`;
  const together = await results(query(calls), { 'parallelism.default': '1' });
  expect(await results(query(calls), { 'parallelism.default': '2' })).toEqual(together);
  expect(together.length).toBe(4);
  const pieces: (readonly unknown[][])[] = [];
  for (let at = 0; at < calls.length; at += 16) pieces.push(await results(query(calls.slice(at, at + 16)), {}));
  expect(together).toEqual(pieces[0]!.map((row, index) => [row[0], ...pieces.flatMap(piece => piece[index]!.slice(1))]));
});
