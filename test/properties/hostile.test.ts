import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TidemillError } from '../../core/common/errors.ts';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows, or `error[code]`; anything that is not said to the user fails the test. */
async function outcome(...statements: readonly string[]): Promise<readonly string[] | string> {
  const session = openSession({ name: 'hostile' });
  let rows: readonly string[] = [];
  try {
    for (const sql of statements) {
      const result = await runStatement(session, sql, folder);
      if (result !== undefined) rows = rowTexts(result);
    }
    return rows;
  } catch (error) {
    if (!(error instanceof TidemillError) || error.domain === 'internal') throw error;
    return `error[${error.code}]`;
  } finally {
    await session.close();
  }
}

const over = (path: string, format: string, columns = 'a INT, s STRING'): readonly string[] => [
  `CREATE TABLE x (${columns}) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = '${format}')`,
  'SELECT * FROM x',
];
let files = 0;
function file(format: string, content: string | Uint8Array): string {
  const name = `${files++}.${format}`;
  writeFileSync(join(folder, name), content);
  return name;
}
const repeated = (count: number, each: (index: number) => string, between: string): string =>
  Array.from({ length: count }, (_, index) => each(index)).join(between);

describe('text files', () => {
  const long = 'x'.repeat(10_000_000);
  const invalid = Buffer.from([0xff, 0xfe]);
  it.each<[string, 'csv' | 'json', string | Uint8Array, readonly string[] | string, string?]>([
    ['no rows', 'csv', '', []],
    ['empty lines only', 'csv', '\n\n\n', 'error[bad-record]'],
    ['no newline at the end', 'csv', '1,a\n2,b', ['1|a', '2|b']],
    ['lines that end in CR LF', 'csv', '1,a\r\n2,b\r\n', ['1|a', '2|b']],
    ['a byte order mark', 'csv', '\ufeff1,a\n2,b\n', ['1|a', '2|b']],
    ['a byte order mark and nothing else', 'csv', '\ufeff', []],
    ['a NUL character', 'csv', '1,a\0b\n', ['1|a\0b']],
    ['invalid UTF-8', 'csv', Buffer.concat([Buffer.from('1,'), invalid]), 'error[bad-record]'],
    ['a quote that never closes', 'csv', '1,"abc\n2,b\n', 'error[bad-record]'],
    ['too many fields', 'csv', '1,a,b\n', 'error[bad-record]'],
    ['a number that is none', 'csv', 'x,a\n', 'error[bad-record]'],
    ['a number that does not fit', 'csv', '99999999999,a\n', 'error[bad-record]'],
    [
      'numbers at their limits',
      'csv',
      '-9223372036854775808,9223372036854775807\n',
      ['-9223372036854775808|9223372036854775807'],
      'a BIGINT, b BIGINT',
    ],
    [
      'years 1 and 9999',
      'csv',
      '0001-01-01,9999-12-31 23:59:59.999\n',
      ['0001-01-01|9999-12-31 23:59:59.999'],
      'a DATE, b TIMESTAMP(3)',
    ],
    ['a year that nanoseconds cannot hold', 'csv', '9999-12-31 23:59:59\n', 'error[bad-record]', 'a TIMESTAMP(9)'],
    ['a day that does not exist', 'csv', '2026-02-30\n', 'error[bad-record]', 'a DATE'],
    ['a text of 10 MB', 'csv', `1,${long}\n2,y\n`, [`1|${long}`, '2|y']],
    [
      '2000 columns',
      'csv',
      `${repeated(2000, String, ',')}\n`,
      [repeated(2000, String, '|')],
      repeated(2000, at => `c${at} INT`, ', '),
    ],
    ['no rows', 'json', '', []],
    ['no newline at the end, CR LF', 'json', '{"a":1,"s":"x"}\r\n{"a":2}', ['1|x', '2|NULL']],
    ['a byte order mark', 'json', '\ufeff{"a":1}\n', ['1|NULL']],
    ['a record that is cut off', 'json', '{"a":1,"s":"x"}\n{"a":2,"s":"', 'error[bad-record]'],
    ['no object', 'json', '[1,2]\n', 'error[bad-record]'],
    ['a NUL in a string', 'json', '{"a":1,"s":"a\0b"}\n', 'error[bad-record]'],
    ['an escaped NUL', 'json', '{"a":1,"s":"a\\u0000b"}\n', ['1|a\0b']],
    ['invalid UTF-8', 'json', Buffer.concat([Buffer.from('{"s":"'), invalid, Buffer.from('"}')]), 'error[bad-record]'],
    [
      'a value nested 100,000 deep that nobody asks for',
      'json',
      `{"a":1,"z":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`,
      ['1|NULL'],
    ],
    ['a text of 10 MB', 'json', `{"a":1,"s":"${long}"}\n`, [`1|${long}`]],
    [
      'numbers at their limits',
      'json',
      '{"a":-9223372036854775808,"d":1e309,"e":-0.0}\n',
      ['-9223372036854775808|Infinity|-0.0'],
      'a BIGINT, d DOUBLE, e DOUBLE',
    ],
  ])('%s (%s)', async (_, format, content, expected, columns) => {
    expect(await outcome(...over(file(format, content), format, columns))).toEqual(expected);
  });

  it('a byte order mark is no part of an inferred column', async () => {
    expect(await outcome(`SELECT a FROM '${file('json', '\ufeff{"a":1}\n{"a":2}\n')}'`)).toEqual(['1', '2']);
  });

  it('missing, empty and odd places', async () => {
    expect(await outcome(...over('nowhere', 'csv'))).toBe('error[file-not-found]');
    mkdirSync(join(folder, 'empty'));
    expect(await outcome(...over('empty', 'csv'))).toEqual([]);
    expect(await outcome(...over('empty', 'parquet'))).toEqual([]);
    expect(await outcome("SELECT * FROM 'empty/*.csv'")).toBe('error[no-columns]');
    expect(await outcome(...over('a\0b', 'csv'))).toBe('error[io]');
  });
});

describe('binary files', () => {
  const good = async (format: string): Promise<Buffer> => {
    const name = `good-${format}`;
    await outcome(over(name, format)[0]!, "INSERT INTO x VALUES (1, 'x'), (2, NULL)");
    const written = readdirSync(join(folder, name)).find(part => !/^[._]/.test(part))!;
    return readFileSync(join(folder, name, written));
  };

  it.each(['parquet', 'arrow'])('%s that is empty, something else or cut off is said to be damaged', async format => {
    const whole = await good(format);
    const pieces = [0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map(part => whole.subarray(0, Math.floor(whole.length * part)));
    for (const content of ['', 'this is no such file, not at all', 'PAR1PAR1', 'ARROW1\0\0ARROW1', ...pieces]) {
      const name = file(format, content);
      expect(await outcome(...over(name, format))).toBe('error[bad-file]');
      expect(await outcome(`SELECT * FROM '${name}'`)).toBe('error[bad-file]');
    }
    const name = file(format, whole);
    expect(await outcome(...over(name, format))).toEqual(['1|x', '2|NULL']);
    expect(await outcome(...over(name, format, 'a STRING, s INT'))).toBe('error[wrong-type]');
    expect(await outcome(...over(name, format, 'zz INT'))).toBe('error[unknown-column]');
  });

  it('Parquet with any byte changed gives rows or says that it is damaged', async () => {
    const whole = await good('parquet');
    for (let at = 0; at < whole.length; at += Number(process.env['STEP'] ?? 7)) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0xff;
      const found = await outcome(...over(file('parquet', changed), 'parquet'));
      if (typeof found === 'string')
        expect(['error[bad-file]', 'error[io]', 'error[unknown-column]', 'error[wrong-type]']).toContain(found);
    }
  });
});

describe('statements', () => {
  const one = 'FROM (VALUES (1)) AS t (a)';
  it.each<[string, string, readonly string[] | string]>([
    ['400 parentheses too many', `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`, 'error[syntax]'],
    ['100 parentheses', `SELECT ${'('.repeat(100)}1${')'.repeat(100)}`, ['1']],
    ['5000 conditions', `SELECT a ${one} WHERE ${repeated(5000, at => `a = ${at}`, ' OR ')}`, ['1']],
    ['5000 conditions in a list', `SELECT ${repeated(5000, at => `a <> -${at + 1}`, ' AND ')} ${one}`, ['TRUE']],
    ['6000 conditions', `SELECT a ${one} WHERE ${repeated(6000, at => `a = ${at}`, ' OR ')}`, 'error[syntax]'],
    ['400 sums', `SELECT ${repeated(400, () => 'a', ' + ')} ${one}`, ['400']],
    ['1000 sums', `SELECT ${repeated(1000, () => 'a', ' + ')} ${one}`, 'error[syntax]'],
    ['10,000 values of IN', `SELECT a ${one} WHERE a IN (${repeated(10_000, String, ', ')})`, ['1']],
    ['5000 times NOT', `SELECT ${'NOT '.repeat(5000)}TRUE`, 'error[syntax]'],
    ['2000 times CASE', `SELECT ${'CASE WHEN TRUE THEN '.repeat(2000)}1${' ELSE 2 END'.repeat(2000)}`, 'error[syntax]'],
    ['a literal of 10 MB', `SELECT CHAR_LENGTH('${'x'.repeat(10_000_000)}')`, ['10000000']],
    ['a comment of 1 MB', `SELECT 1 /* ${'x'.repeat(1_000_000)} */`, ['1']],
    ['2000 columns', `SELECT ${repeated(2000, at => `a + ${at}`, ', ')} ${one}`, [repeated(2000, at => `${at + 1}`, '|')]],
    [
      '500 UNION ALL',
      `SELECT COUNT(*), SUM(a) FROM (${repeated(500, at => `SELECT ${at} AS a`, ' UNION ALL ')})`,
      ['500|124750'],
    ],
    ['5000 sub-queries in each other', `${'SELECT * FROM ('.repeat(5000)}SELECT 1${')'.repeat(5000)}`, 'error[syntax]'],
    [
      '300 common tables',
      `WITH ${repeated(300, at => `c${at} AS (SELECT * FROM ${at === 0 ? '(VALUES (1)) AS t (a)' : `c${at - 1}`})`, ', ')} SELECT * FROM c299`,
      ['1'],
    ],
    [
      '100,000 rows of VALUES',
      `SELECT COUNT(*), COUNT(DISTINCT b) FROM (VALUES ${repeated(100_000, at => `(${at}, 'v${at}')`, ', ')}) AS t (a, b)`,
      ['100000|100000'],
    ],
    ['a NUL', 'SELECT 1\0', 'error[syntax]'],
    ['half a surrogate pair', "SELECT '\ud800'", ['\ufffd']],
    ['nothing', ';;', []],
    ['a text that never closes', "SELECT 'abc", 'error[syntax]'],
    ['a comment that never closes', 'SELECT 1 /* abc', 'error[syntax]'],
    ['500 digits', `SELECT ${'9'.repeat(500)}`, 'error[wrong-literal]'],
    ['years 1 and 9999', "SELECT DATE '0001-01-01', TIMESTAMP '9999-12-31 23:59:59.999'", ['0001-01-01|9999-12-31 23:59:59.999']],
    ['a text of 20 GB', "SELECT CHAR_LENGTH(REPEAT('xxxxxxxxxx', 2147483647))", 'error[out-of-memory]'],
    [
      'a text of 20 GB from a column',
      "SELECT CHAR_LENGTH(REPEAT(s, 2147483647)) FROM (VALUES ('xxxxxxxxxx')) AS t (s)",
      'error[out-of-memory]',
    ],
    ['a pattern that is none', "SELECT REGEXP(s, '((') FROM (VALUES ('a')) AS t (s)", ['FALSE']],
    ['a name of 100,000 letters', `SELECT 1 AS ${'a'.repeat(100_000)}`, ['1']],
    ['an offset behind the end', 'SELECT 1 OFFSET 99999999999', []],
  ])('%s', async (_, sql, expected) => {
    expect(await outcome(sql)).toEqual(expected);
  });
});

describe('what DuckDB’s optimizer would take out', () => {
  it('an overflow or a narrowing cast in a comparison wraps as in Flink', async () => {
    await outcome(
      "CREATE TABLE x (a INT, b BIGINT) WITH ('connector' = 'filesystem', 'path' = 'wrap', 'format' = 'parquet')",
      'INSERT INTO x VALUES (2147483647, 40000), (1, 1)',
    );
    const table = "CREATE TABLE x (a INT, b BIGINT) WITH ('connector' = 'filesystem', 'path' = 'wrap', 'format' = 'parquet')";
    expect(await outcome(table, 'SELECT a FROM x WHERE a + 1 > 5 ORDER BY a')).toEqual([]);
    expect(await outcome(table, 'SELECT b FROM x WHERE CAST(b AS SMALLINT) > 0 ORDER BY b')).toEqual(['1']);
    expect(await outcome(table, 'SELECT COUNT(*) FROM x HAVING SUM(a) > 5')).toEqual([]);
  });
});
