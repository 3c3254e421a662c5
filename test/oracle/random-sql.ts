import fc from 'fast-check';

/** A column of a random query: its SQL, which never fails in a row, so that all rows can be compared. */
export interface RandomColumn {
  readonly sql: string;
}

/** The view that random expressions read: few rows of `bid`, in columns of many types, some with NULLs. */
export const sampleView = `CREATE VIEW bid_sample AS SELECT
  price AS p, \`dateTime\` AS t, bidder AS b,
  CAST(MOD(price, 1000) AS INT) - 500 AS i,
  CASE WHEN MOD(bidder, 5) = 0 THEN NULL ELSE CAST(MOD(bidder, 100) AS INT) - 50 END AS n,
  CASE WHEN MOD(auction, 4) = 0 THEN NULL ELSE auction END AS a,
  CASE WHEN MOD(bidder, 7) = 0 THEN NULL ELSE CAST(price AS DECIMAL(14, 2)) / 8 END AS d,
  CAST(MOD(price, 100000) AS DECIMAL(9, 3)) / 1000 AS e,
  CAST(price AS DOUBLE) / 7 - 1000 AS x,
  CASE WHEN MOD(price, 6) = 0 THEN NULL ELSE CAST(MOD(price, 64) AS DOUBLE) / 4 - 8 END AS y,
  channel AS s,
  CASE WHEN MOD(bidder, 6) = 0 THEN NULL ELSE SUBSTRING(url FROM 20 FOR 12) END AS u,
  CASE WHEN MOD(price, 9) = 0 THEN NULL ELSE MOD(price, 2) = 0 END AS f,
  CASE WHEN MOD(price, 8) = 0 THEN NULL ELSE CAST(\`dateTime\` AS DATE) END AS day_of,
  CASE WHEN MOD(auction, 9) = 0 THEN NULL ELSE TIMESTAMPADD(HOUR, CAST(MOD(price, 100000) AS INT), \`dateTime\`) END AS w
FROM bid WHERE MOD(auction + bidder, 131) = 0`;

type Kind = 'int' | 'long' | 'decimal' | 'double' | 'text' | 'truth' | 'time' | 'day';

const grammar = fc.letrec<Record<Kind, string>>(tie => {
  const one = (pattern: string, ...parts: readonly (Kind | fc.Arbitrary<unknown>)[]): fc.Arbitrary<string> =>
    fc
      .tuple(...parts.map(part => (typeof part === 'string' ? tie(part) : part)))
      .map(values => pattern.replaceAll(/\$(\d)/g, (_, at: string) => String(values[Number(at) - 1])));
  const small = fc.integer({ min: -9, max: 99 });
  const place = fc.integer({ min: -4, max: 9 });
  const length = fc.integer({ min: 0, max: 9 });
  const order = fc.constantFrom('=', '<>', '<', '<=', '>', '>=');
  const sign = fc.constantFrom('+', '-', '*');
  const number = fc.constantFrom<Kind>('int', 'long', 'decimal', 'double').chain(kind => tie(kind));
  const word = fc.constantFrom("'a'", "'Google'", "''", "'item'", "'Ünï'", "'x%'", "'_'");
  const conditional = (kind: Kind): fc.Arbitrary<string>[] => [
    one('CASE WHEN $1 THEN $2 ELSE $3 END', 'truth', kind, kind),
    one('COALESCE($1, $2)', kind, kind),
    one('NULLIF($1, $2)', kind, kind),
    one('IF($1, $2, $3)', 'truth', kind, kind),
  ];
  const grown = (leaves: readonly string[], ...others: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.constantFrom(...leaves), ...others);
  return {
    int: grown(
      ['i', 'n', '7', '-3', '2147483647', 'CAST(NULL AS INT)'],
      one('($1 $2 $3)', 'int', sign, 'int'),
      one('($1 / NULLIF($2, 0))', 'int', 'int'),
      one('MOD($1, NULLIF($2, 0))', 'int', 'int'),
      one('(- $1)', 'int'),
      one('ABS($1)', 'int'),
      one('SIGN($1)', 'int'),
      one('CHAR_LENGTH($1)', 'text'),
      one('POSITION($1 IN $2)', word, 'text'),
      one('LOCATE($1, $2, $3)', word, 'text', length),
      one('INSTR($1, $2)', 'text', word),
      one('ASCII($1)', 'text'),
      one(
        'TRY_CAST($1 AS INT)',
        fc.constantFrom<Kind>('text', 'long').chain(kind => tie(kind)),
      ),
      one('CAST(CAST($1 AS TINYINT) AS INT)', 'int'),
      one('CAST(CAST($1 AS SMALLINT) AS INT)', 'long'),
      one('TIMESTAMPDIFF($3, $1, $2)', 'time', 'time', fc.constantFrom('DAY', 'HOUR', 'MONTH', 'YEAR', 'MINUTE')),
      ...conditional('int'),
    ),
    long: grown(
      ['p', 'a', 'b', '9000000000', '-9223372036854775807', 'CAST(NULL AS BIGINT)'],
      one('($1 $2 $3)', 'long', sign, 'long'),
      one('($1 $2 $3)', 'long', sign, 'int'),
      one('($1 / NULLIF($2, 0))', 'long', 'int'),
      one('MOD($1, NULLIF($2, 0))', 'long', 'long'),
      one('CAST($1 AS BIGINT)', 'int'),
      one(
        'TRY_CAST($1 AS BIGINT)',
        fc.constantFrom<Kind>('text', 'decimal', 'double').chain(kind => tie(kind)),
      ),
      one(
        'EXTRACT($1 FROM $2)',
        fc.constantFrom('YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'DOY', 'DOW', 'HOUR', 'MINUTE', 'SECOND', 'EPOCH'),
        'time',
      ),
      one('EXTRACT($1 FROM $2)', fc.constantFrom('YEAR', 'MONTH', 'DAY', 'DOY'), 'day'),
      ...conditional('long'),
    ),
    decimal: grown(
      ['d', 'e', '1.25', '-0.005', '1234567890123456.123', 'CAST(NULL AS DECIMAL(8, 3))'],
      one('($1 $2 $3)', 'decimal', sign, 'decimal'),
      one('($1 $2 $3)', 'decimal', sign, 'int'),
      one('($1 / NULLIF($2, 0))', 'decimal', 'decimal'),
      one('ROUND($1, $2)', 'decimal', fc.integer({ min: -2, max: 4 })),
      one('TRUNCATE($1, $2)', 'decimal', fc.integer({ min: 0, max: 4 })),
      one('FLOOR($1)', 'decimal'),
      one('CEIL($1)', 'decimal'),
      one('ABS($1)', 'decimal'),
      one('CAST($1 AS DECIMAL(12, 4))', 'decimal'),
      one(
        'CAST($1 AS DECIMAL(20, 1))',
        fc.constantFrom<Kind>('int', 'long').chain(kind => tie(kind)),
      ),
      one('TRY_CAST($1 AS DECIMAL(10, 2))', 'text'),
      ...conditional('decimal'),
    ),
    double: grown(
      ['x', 'y', 'CAST(0.1 AS DOUBLE)', '1.5E10', 'CAST(NULL AS DOUBLE)'],
      one('($1 $2 $3)', 'double', sign, 'double'),
      one('($1 $2 $3)', 'double', fc.constantFrom('+', '*', '/'), 'int'),
      one('($1 / $2)', 'double', 'double'),
      one(
        'CAST($1 AS DOUBLE)',
        fc.constantFrom<Kind>('int', 'long', 'decimal').chain(kind => tie(kind)),
      ),
      one('TRY_CAST($1 AS DOUBLE)', 'text'),
      one('FLOOR($1)', 'double'),
      one('CEIL($1)', 'double'),
      one('ABS($1)', 'double'),
      one('SQRT(ABS($1))', 'double'),
      ...conditional('double'),
    ),
    text: grown(
      ['s', 'u', "'12'", "' 7 '", "'tide'", "'2026-02-03 04:05:06'", "''", 'CAST(NULL AS STRING)'],
      one('($1 || $2)', 'text', 'text'),
      one('CONCAT($1, $2)', 'text', word),
      one("CONCAT_WS('-', $1, $2)", 'text', 'text'),
      one('UPPER($1)', 'text'),
      one('LOWER($1)', 'text'),
      one('INITCAP($1)', 'text'),
      one('REVERSE($1)', 'text'),
      one('TRIM($1)', 'text'),
      one('TRIM(LEADING $1 FROM $2)', fc.constantFrom("'a'", "'h'", "'t'"), 'text'),
      one('SUBSTRING($1 FROM $2 FOR $3)', 'text', place, length),
      one('SUBSTRING($1 FROM $2)', 'text', place),
      one('LEFT($1, $2)', 'text', length),
      one('RIGHT($1, $2)', 'text', length),
      one("LPAD($1, $2, '*')", 'text', length),
      one("RPAD($1, $2, 'ab')", 'text', length),
      one('REPLACE($1, $2, $3)', 'text', fc.constantFrom("'a'", "'o'", "'oo'"), word),
      one("SPLIT_INDEX($1, '/', $2)", 'text', length),
      one('REPEAT($1, 2)', 'text'),
      one(
        'CAST($1 AS STRING)',
        fc.constantFrom<Kind>('int', 'long', 'decimal', 'truth', 'time', 'day').chain(kind => tie(kind)),
      ),
      one('DATE_FORMAT($1, $2)', 'time', fc.constantFrom("'yyyy-MM-dd HH:mm'", "'yyyy/MM/dd'", "'HH:mm:ss.SSS'", "'EEE d MMM'")),
      ...conditional('text'),
    ),
    truth: grown(
      ['f', 'TRUE', 'FALSE', 'n IS NULL', 'u IS NOT NULL', 'CAST(NULL AS BOOLEAN)'],
      fc.tuple(number, order, number).map(([left, sign, right]) => `(${left} ${sign} ${right})`),
      one('($1 $2 $3)', 'text', order, 'text'),
      one('($1 $2 $3)', 'time', order, 'time'),
      one('($1 $2 $3)', 'day', order, 'day'),
      one('($1 AND $2)', 'truth', 'truth'),
      one('($1 OR $2)', 'truth', 'truth'),
      one('(NOT $1)', 'truth'),
      one('($1 IS $2)', 'truth', fc.constantFrom('TRUE', 'NOT TRUE', 'FALSE', 'NOT FALSE', 'UNKNOWN', 'NULL')),
      one('($1 IN (1, 7, $2))', 'int', small),
      one('($1 BETWEEN $2 AND $3)', 'int', small, 'int'),
      one('($1 NOT BETWEEN $2 AND $3)', 'decimal', 'int', 'decimal'),
      one('($1 LIKE $2)', 'text', fc.constantFrom("'%o%'", "'G_ogle'", "'%e'", "'h%'", "''", "'%'")),
      one('($1 NOT LIKE $2)', 'text', fc.constantFrom("'%a%'", "'A%'")),
      one('($1 IS DISTINCT FROM $2)', 'int', 'int'),
      one('($1 IS NOT DISTINCT FROM $2)', 'text', 'text'),
      ...conditional('truth'),
    ),
    time: grown(
      ['t', 'w', "TIMESTAMP '2024-02-29 23:59:59.999'", "TIMESTAMP '1969-12-31 23:59:59'", 'CAST(NULL AS TIMESTAMP(3))'],
      one(
        "($1 $2 INTERVAL '1' $3)",
        'time',
        fc.constantFrom('+', '-'),
        fc.constantFrom('DAY', 'HOUR', 'SECOND', 'MONTH', 'YEAR'),
      ),
      one('FLOOR($1 TO $2)', 'time', fc.constantFrom('YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE')),
      one('CEIL($1 TO $2)', 'time', fc.constantFrom('YEAR', 'MONTH', 'DAY', 'HOUR')),
      one('TIMESTAMPADD($1, $2, $3)', fc.constantFrom('DAY', 'MONTH', 'MINUTE'), fc.integer({ min: -40, max: 40 }), 'time'),
      one('CAST($1 AS TIMESTAMP(3))', 'day'),
      one('TO_TIMESTAMP($1)', 'text'),
      ...conditional('time'),
    ),
    day: grown(
      ['day_of', "DATE '2024-02-29'", "DATE '1899-12-31'", 'CAST(NULL AS DATE)'],
      one('CAST($1 AS DATE)', 'time'),
      one("($1 $2 INTERVAL '1' $3)", 'day', fc.constantFrom('+', '-'), fc.constantFrom('DAY', 'MONTH', 'YEAR')),
      one('TO_DATE($1)', 'text'),
      ...conditional('day'),
    ),
  };
});

/** Decimals are compared as texts: JSON numbers would lose their digits. */
const asColumn = (kind: Kind, sql: string): RandomColumn => ({ sql: kind === 'decimal' ? `CAST(${sql} AS STRING)` : sql });
const kinds: readonly Kind[] = ['int', 'long', 'decimal', 'double', 'text', 'truth', 'time', 'day'];
const ofAnyKind = fc.constantFrom(...kinds).chain(kind => grammar[kind].map(sql => ({ kind, sql })));

const expression = ofAnyKind.filter(({ sql }) => sql.length < 300 && sql.length > 3).map(({ kind, sql }) => asColumn(kind, sql));

const aggregate: fc.Arbitrary<RandomColumn> = fc
  .tuple(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('SUM', 'AVG', 'MIN', 'MAX', 'COUNT'), fc.constantFrom<Kind>('int', 'long', 'decimal', 'double'))
        .chain(([name, kind]) => grammar[kind].map(sql => ({ name, kind: name === 'COUNT' ? ('long' as const) : kind, sql }))),
      fc
        .tuple(fc.constantFrom('MIN', 'MAX', 'COUNT'), fc.constantFrom<Kind>('text', 'time', 'day'))
        .chain(([name, kind]) => grammar[kind].map(sql => ({ name, kind: name === 'COUNT' ? ('long' as const) : kind, sql }))),
    ),
    fc.constantFrom('', '', 'DISTINCT '),
    fc.option(grammar.truth, { freq: 3, nil: undefined }),
  )
  .filter(([{ sql }, , condition]) => sql.length + (condition?.length ?? 0) < 250)
  .map(([{ name, kind, sql }, distinct, condition]) =>
    asColumn(kind, `${name}(${distinct}${sql})${condition === undefined ? '' : ` FILTER (WHERE ${condition})`}`),
  );

export const randomExpressions = (seed: number, count: number): readonly RandomColumn[] =>
  fc.sample(expression, { seed, numRuns: count });
export const randomAggregates = (seed: number, count: number): readonly RandomColumn[] =>
  fc.sample(aggregate, { seed: seed + 1, numRuns: count });
