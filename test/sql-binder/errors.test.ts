import { describe, expect, it } from 'vitest';
import { Planning } from '../support/planning.ts';

/** Statements that must fail, each with its code, the text it points at, the message and the hint. */
const statements: readonly string[] = [
  'SELECT pricee FROM bid',
  'SELECT b.pricee FROM bid AS b',
  'SELECT x.price FROM bid',
  'SELECT * FROM bidd',
  'SELECT * FROM nowhere.bid',
  'SELECT * FROM default_databas.bid',
  'SELECT c.* FROM bid AS b',
  'SELECT UPPR(channel) FROM bid',
  'SELECT UPPER(channel, 1) FROM bid',
  'SELECT UPPER(price) FROM bid',
  'SELECT price + channel FROM bid',
  'SELECT ts + 1 FROM bid',
  'SELECT channel FROM bid WHERE price',
  'SELECT channel FROM bid WHERE COUNT(*) > 1',
  'SELECT SUM(COUNT(*)) FROM bid',
  'SELECT SUM(channel) FROM bid',
  'SELECT channel, price FROM bid GROUP BY channel',
  'SELECT channel, COUNT(*) FROM bid',
  'SELECT channel AS c, COUNT(*) FROM bid GROUP BY c',
  'SELECT channel, COUNT(*) FROM bid GROUP BY 1',
  'SELECT channel FROM bid HAVING price > 1',
  'SELECT channel FROM bid ORDER BY 3',
  'SELECT DISTINCT channel FROM bid ORDER BY price',
  'SELECT a FROM (SELECT price AS a, auction AS a FROM bid)',
  'SELECT auction FROM bid UNION ALL SELECT id, name FROM person',
  'SELECT auction FROM bid UNION ALL SELECT name FROM person',
  "SELECT CASE WHEN price > 1 THEN 1 ELSE 'x' END FROM bid",
  "SELECT price IN (1, DATE '2026-01-01') FROM bid",
  'SELECT address.zipp FROM person',
  'SELECT name.first FROM person',
  "SELECT DATE '2026-02-30'",
  "SELECT TIMESTAMP '2026-02'",
  "SELECT INTERVAL '1:2' HOUR",
  'SELECT 123456789012345678901234567890123456789',
  'SELECT CAST(born AS INT) FROM person',
  'SELECT * FROM (VALUES (1, 2), (3))',
  'SELECT x FROM (VALUES (1, 2)) AS t(x)',
  "SELECT channel FROM bid LIMIT 'x'",
  "SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(tss), INTERVAL '1' MINUTE)",
  "SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(price), INTERVAL '1' MINUTE)",
  'SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(ts))',
  "SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MONTH)",
  'SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), 5)',
  "SELECT * FROM TUMBLE(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), SIZ => INTERVAL '1' MINUTE)",
  "SELECT * FROM HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '2' MINUTE)",
  'SELECT * FROM split(TABLE bid)',
  'INSERT INTO printedd SELECT channel, price FROM bid',
  'INSERT INTO printed SELECT channel FROM bid',
  'INSERT INTO printed (k, m) SELECT channel, price FROM bid',
  'INSERT INTO printed SELECT auction, price FROM bid',
  'INSERT INTO bid SELECT * FROM bid',
  "CREATE TABLE t (a INT) WITH ('connector' = 'file')",
  "CREATE TABLE t (a INT) WITH ('connector' = 'files', 'pth' = 'x')",
  "CREATE TABLE t (a INT) WITH ('connector' = 'files', 'format' = 'parquet')",
  "CREATE TABLE t (a INT) WITH ('connector' = 'files', 'path' = 'x', 'format' = 'parket')",
  "CREATE TABLE t (a INT) WITH ('connector' = 'files', 'path' = 'x', 'format' = 'json', 'json.ignore-parse-errors' = 'yes')",
  "CREATE TABLE t (a INT, a STRING) WITH ('connector' = 'endless')",
  "CREATE TABLE t (a INT, b AS c + 1) WITH ('connector' = 'endless')",
  "CREATE TABLE t (a INT, WATERMARK FOR a AS a) WITH ('connector' = 'endless')",
  "CREATE TABLE t (a TIMESTAMP(6), WATERMARK FOR a AS a) WITH ('connector' = 'endless')",
  "CREATE TABLE t (a TIMESTAMP(3), WATERMARK FOR a AS 5) WITH ('connector' = 'endless')",
  "CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'endless')",
  "CREATE TABLE t (a INT, PRIMARY KEY (a)) WITH ('connector' = 'endless')",
  "CREATE TABLE t WITH ('connector' = 'endless')",
  'CREATE VIEW v (a, b) AS SELECT auction FROM bid',
  "CREATE FUNCTION f AS 'com.example.F' LANGUAGE JAVA",
  "CREATE FUNCTION f AS 'f'",
  "SELECT * FROM 'missing.parquet'",
];

describe('what the binder refuses', () => {
  const planning = new Planning();
  it('names the code, the place, the reason and what to write instead', async () => {
    const shown = statements.map(sql => {
      const { code, at, message, hint } = planning.errorOf(sql);
      return `${sql}\n  error[${code}] at '${at}': ${message}\n  ${hint ?? '(no hint)'}\n`;
    });
    await expect(shown.join('\n')).toMatchFileSnapshot('errors.snapshot.txt');
  });

  it('gives every error a place', () => {
    for (const sql of statements) expect(planning.errorOf(sql).at, sql).not.toBe('');
  });
});
