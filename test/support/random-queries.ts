import fc from 'fast-check';
import type { Value } from '../../core/columnar/values.ts';
import { Planning } from './planning.ts';

/** Tables that random queries read; their rows are {@link randomRows}. */
export const queryPlanning = new Planning(`
CREATE TABLE t (a INT, b INT NOT NULL, s STRING, ts TIMESTAMP(3), r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts) WITH ('connector' = 'endless', 'rows' = 'some');
CREATE TABLE u (a INT, b INT, s STRING) WITH ('connector' = 'files', 'path' = 'u', 'format' = 'parquet');
`);

const small = fc.integer({ min: -2, max: 3 });
const orNull = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { freq: 5 });
const word = fc.constantFrom('', 'a', 'b', 'ab');
const rowsOfT = fc.array(
  fc
    .tuple(orNull(small), small, orNull(word), fc.integer({ min: 0, max: 20 }), orNull(fc.tuple(orNull(small), orNull(word))))
    .map(([a, b, s, seconds, r]): Value[] => [a, b, s, BigInt(seconds) * 1_000_000n, r]),
  { maxLength: 12 },
);
const rowsOfU = fc.array(
  fc.tuple(orNull(small), orNull(small), orNull(word)).map((row): Value[] => [...row]),
  { maxLength: 8 },
);

const number: fc.Arbitrary<string> = fc.letrec<{ e: string }>(tie => ({
  e: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', '1', '2', 'CAST(NULL AS INT)'),
    fc.tuple(tie('e'), fc.constantFrom('+', '-', '*'), tie('e')).map(([l, o, r]) => `(${l} ${o} ${r})`),
    tie('e').map(e => `COALESCE(${e}, 0)`),
    fc.tuple(tie('e'), tie('e'), tie('e')).map(([x, y, z]) => `CASE WHEN ${x} > ${y} THEN ${z} ELSE b END`),
  ),
})).e;
const condition: fc.Arbitrary<string> = fc.letrec<{ c: string }>(tie => ({
  c: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(number, fc.constantFrom('=', '<>', '<', '>='), number).map(([l, o, r]) => `${l} ${o} ${r}`),
    fc.constantFrom('TRUE', 'FALSE', 's IS NULL', "s = 'a'", 'a IS NOT NULL', "s LIKE 'a%'", 'b IS NULL', 'a IN (1, 2)'),
    fc.tuple(tie('c'), fc.constantFrom('AND', 'OR'), tie('c')).map(([l, o, r]) => `(${l} ${o} ${r})`),
    tie('c').map(c => `NOT (${c})`),
    tie('c').map(c => `(${c}) IS NOT TRUE`),
  ),
})).c;

/** Windows grouped, grouped again, filtered by their bounds, and as plain rows. */
const windowed: readonly ((window: string, condition: string) => string)[] = [
  (w, c) =>
    `SELECT a, CAST(COUNT(*) AS INT) AS b, CAST(window_end AS STRING) AS s FROM TABLE(${w}) WHERE ${c} GROUP BY window_start, window_end, a`,
  (w, c) =>
    `SELECT SUM(b) AS a, CAST(COUNT(DISTINCT s) AS INT) AS b, CAST(window_start AS STRING) AS s FROM TABLE(${w}) WHERE ${c} GROUP BY window_start, window_end`,
  (w, c) =>
    `SELECT a, b, CAST(window_end AS STRING) AS s FROM (SELECT MAX(n) AS a, CAST(COUNT(*) AS INT) AS b, window_end FROM (SELECT a, CAST(COUNT(*) AS INT) AS n, window_start, window_end FROM TABLE(${w}) WHERE ${c} GROUP BY window_start, window_end, a) GROUP BY window_start, window_end)`,
  (w, c) =>
    `SELECT a, CAST(COUNT(*) AS INT) AS b, CAST(window_start AS STRING) AS s FROM TABLE(${w}) WHERE ${c} AND window_start >= TIMESTAMP '1970-01-01 00:00:06' GROUP BY window_start, window_end, a`,
  (w, c) => `SELECT a, b, CAST(window_time AS STRING) AS s FROM TABLE(${w}) WHERE ${c}`,
  (w, c) =>
    `SELECT a, CAST(COUNT(*) AS INT) AS b, CAST(window_end AS STRING) AS s FROM TABLE(${w}) WHERE ${c} GROUP BY window_end, a`,
];

const joinCondition = fc.constantFrom(
  'l.a = r.a',
  'l.a = r.b AND l.s = r.s',
  'l.a = r.a AND l.b < r.b',
  'l.a IS NOT DISTINCT FROM r.a',
  'l.b >= r.b',
  'l.s = r.s OR l.a = r.a',
  "l.a = r.a AND l.s = 'a' AND r.b > 0",
  'TRUE',
);

/** Sub-queries in every place that they have a plan of their own for; `c` says which rows of r belong to one of l. */
const subqueries: readonly ((l: string, r: string, c: string) => string)[] = [
  (l, r, c) => `SELECT a, b, s FROM (${l}) AS l WHERE EXISTS (SELECT 1 FROM (${r}) AS r WHERE ${c})`,
  (l, r, c) => `SELECT a, b, s FROM (${l}) AS l WHERE NOT EXISTS (SELECT 1 FROM (${r}) AS r WHERE ${c})`,
  (l, r) => `SELECT a, b, s FROM (${l}) AS l WHERE a IN (SELECT a FROM (${r}) AS r)`,
  (l, r) => `SELECT a, b, s FROM (${l}) AS l WHERE a NOT IN (SELECT b FROM (${r}) AS r)`,
  (l, r, c) => `SELECT a, b, s FROM (${l}) AS l WHERE b NOT IN (SELECT r.a FROM (${r}) AS r WHERE ${c})`,
  (l, r, c) => `SELECT a, b, s FROM (${l}) AS l WHERE a IN (SELECT b FROM (${r}) AS r WHERE ${c}) OR s = 'a'`,
  (l, r) => `SELECT a, b, s FROM (${l}) AS l WHERE a > ALL (SELECT a FROM (${r}) AS r WHERE a < 2)`,
  (l, r, c) => `SELECT a, (SELECT MAX(r.b) FROM (${r}) AS r WHERE ${c}) AS b, s FROM (${l}) AS l`,
  (l, r, c) => `SELECT a, (SELECT CAST(COUNT(*) AS INT) FROM (${r}) AS r WHERE ${c}) AS b, s FROM (${l}) AS l`,
  (l, r, c) => `SELECT a, b, s FROM (${l}) AS l WHERE b < (SELECT SUM(r.a) + 1 FROM (${r}) AS r WHERE ${c})`,
  (l, r) =>
    `SELECT a, CAST(COUNT(*) AS INT) AS b, MAX(s) AS s FROM (${l}) AS l GROUP BY a HAVING a IN (SELECT a FROM (${r}) AS r)`,
];

/** Queries that give columns a, b and s again, so that they can be put into each other. */
export const randomQuery: fc.Arbitrary<string> = fc.letrec<{ q: string }>(tie => ({
  q: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'SELECT a, b, s FROM t',
      'SELECT a, b, s FROM u',
      'SELECT r.x AS a, b, r.y AS s FROM t',
      "SELECT 1 AS a, 2 AS b, 'x' AS s",
    ),
    fc.tuple(tie('q'), condition).map(([q, c]) => `SELECT * FROM (${q}) WHERE ${c}`),
    fc.tuple(tie('q'), number, number).map(([q, x, y]) => `SELECT ${x} AS a, ${y} AS b, s FROM (${q})`),
    fc.tuple(tie('q'), number).map(([q, x]) => `SELECT a, ${x} AS b, UPPER(s) AS s FROM (${q})`),
    fc.tuple(tie('q'), tie('q')).map(([l, r]) => `SELECT a, b, s FROM (${l}) UNION ALL SELECT b, a, s FROM (${r})`),
    tie('q').map(q => `SELECT a, CAST(COUNT(*) AS INT) AS b, MAX(s) AS s FROM (${q}) GROUP BY a`),
    fc
      .tuple(tie('q'), number, condition)
      .map(
        ([q, x, c]) =>
          `SELECT SUM(${x}) AS a, CAST(COUNT(DISTINCT b) FILTER (WHERE ${c}) AS INT) AS b, s FROM (${q}) GROUP BY s HAVING ${c.replaceAll(/\b[ab]\b/g, 'COUNT(*)').replaceAll(/COUNT\(\*\) IN \(1, 2\)/g, 'TRUE')}`,
      ),
    tie('q').map(q => `SELECT DISTINCT a, b, s FROM (${q})`),
    fc
      .tuple(tie('q'), fc.constantFrom('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'), tie('q'), joinCondition)
      .map(
        ([l, kind, r, c]) => `SELECT l.a AS a, r.b AS b, COALESCE(l.s, r.s) AS s FROM (${l}) AS l ${kind} (${r}) AS r ON ${c}`,
      ),
    fc.tuple(tie('q'), tie('q'), joinCondition, fc.constantFrom(...subqueries)).map(([l, r, c, shape]) => shape(l, r, c)),
    tie('q').map(q => `SELECT a, b, s FROM (${q}) ORDER BY a, b DESC, s LIMIT 3 OFFSET 1`),
    fc
      .tuple(
        condition,
        fc.constantFrom(
          "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND)",
          "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '4' SECOND)",
          "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '4' SECOND)",
        ),
        fc.constantFrom(...windowed),
      )
      .map(([c, w, shape]) => shape(w, c)),
  ),
})).q;

/** Rows of t and u, as their connectors deliver them. */
export const randomRows = fc.record({ t: rowsOfT, u: rowsOfU });
