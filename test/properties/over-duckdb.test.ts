import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';
import { randomRun } from './seed.ts';

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const session = openSession({ name: 'operators', settings: { 'duckdb.stages': 'off' } });
afterAll(async () => {
  await session.close();
  connection.closeSync();
  instance.closeSync();
});

type Row = readonly [number, number | null, number | null, number | null];
const small = (max: number): fc.Arbitrary<number | null> => fc.option(fc.integer({ min: -max, max }), { freq: 6, nil: null });
/** Few rows with ties and NULLs, or enough of one partition that long frames slide. */
const table: fc.Arbitrary<Row[]> = fc
  .oneof(
    fc.array(fc.tuple(small(2), small(4), small(50)), { maxLength: 40 }),
    fc.array(fc.tuple(fc.constant(1), small(200), small(50)), { minLength: 600, maxLength: 700 }),
  )
  .map(rows => rows.map(([k, o, v], id): Row => [id, k, o, v]));

const bound = (side: 'PRECEDING' | 'FOLLOWING'): fc.Arbitrary<readonly [string, number]> =>
  fc.oneof(
    fc.constant([`UNBOUNDED ${side}`, side === 'PRECEDING' ? -1e9 : 1e9] as const),
    fc.constant(['CURRENT ROW', 0] as const),
    fc
      .tuple(fc.constantFrom(0, 1, 2, 5, 300), fc.constantFrom('PRECEDING', 'FOLLOWING'))
      .map(([count, way]) => [`${count} ${way}`, way === 'PRECEDING' ? -count : count] as const),
  );
/** A frame of ROWS goes over a total order; one of RANGE over its one key. */
const window = fc
  .tuple(bound('PRECEDING'), bound('FOLLOWING'), fc.boolean(), fc.boolean(), fc.boolean())
  .filter(
    ([[start, from], [end, to]]) =>
      from <= to &&
      !(start === 'CURRENT ROW' && / PRECEDING$/.test(end)) &&
      !(/ FOLLOWING$/.test(start) && end === 'CURRENT ROW') &&
      !(/^\d+ FOLLOWING$/.test(start) && / PRECEDING$/.test(end)),
  )
  .map(([[start], [end], rows, descending, partitioned]) => {
    const direction = descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
    const order = rows ? `o ${direction}, id` : `o ${direction}`;
    const frame = `${rows ? 'ROWS' : 'RANGE'} BETWEEN ${start} AND ${end}`;
    return { partition: partitioned ? 'PARTITION BY k ' : '', order, total: `o ${direction}, id`, frame };
  });

const aggregates = [
  'SUM(v)',
  'COUNT(v)',
  'COUNT(*)',
  'MIN(v)',
  'MAX(v)',
  'FIRST_VALUE(v)',
  'LAST_VALUE(v)',
  'SUM(v) FILTER (WHERE v > 0)',
];
const places = ['ROW_NUMBER()', 'NTILE(3)', 'LAG(v, 2)', 'LEAD(v, 1)', 'LEAD(v, 300, 7)', 'LAG(v)'];
const ties = ['RANK()', 'DENSE_RANK()', 'CUME_DIST()', 'PERCENT_RANK()'];

const inDuckdb = (call: string): string => call.replace(/^((?:FIRST|LAST)_VALUE)\(v\)/, '$1(v IGNORE NULLS)');

test('functions with OVER give what DuckDB gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      table.filter(rows => rows.length > 0),
      window,
      async (rows, { partition, order, total, frame }) => {
        const shown = (value: number | null): string => (value === null ? 'CAST(NULL AS INT)' : `${value}`);
        const values = rows.map(row => `(${row.map(shown).join(', ')})`).join(', ');
        const query = (name: (call: string) => string): string => {
          const calls = [
            ...aggregates.map(call => `${name(call)} OVER (${partition}ORDER BY ${order} ${frame})`),
            ...places.map(call => `${name(call)} OVER (${partition}ORDER BY ${total})`),
            ...ties.map(call => `${name(call)} OVER (${partition}ORDER BY o)`),
          ];
          const items = calls.map((call, index) => `${call} AS c${index}`).join(', ');
          return `SELECT id, ${items} FROM (VALUES ${values}) AS t(id, k, o, v)`;
        };
        const ours = await runStatement(
          session,
          query(call => call),
          '.',
        );
        const reader = await connection.runAndReadAll(query(inDuckdb).replaceAll('ORDER BY o)', 'ORDER BY o ASC NULLS FIRST)'));
        const theirs = reader
          .getRowsJS()
          .map(row => row.map(value => (value === null ? 'NULL' : number(String(value)))).join('|'));
        const texts = rowTexts(ours!).map(text => text.split('|').map(number).join('|'));
        expect(texts.sort()).toEqual(theirs.sort());
      },
    ),
    randomRun('OVER and DuckDB', 60),
  );
}, 120_000);

/** Doubles by value, whatever their text. */
const number = (text: string): string => (text === 'NULL' ? text : `${Number(text)}`);
