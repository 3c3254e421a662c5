import { describe, expect, it } from 'vitest';
import type { TidemillError } from '../../core/common/errors.ts';
import { limits } from '../../core/common/limits.ts';
import { parseExpression, parseScript, parseStatement } from '../../core/sql/parse.ts';

/** Text, the words under the error, its message, its hint. */
const cases: readonly (readonly [text: string, at: string, message: RegExp | string, hint?: RegExp | string])[] = [
  // Misspelt keywords
  ['SELECT a FORM t', 'FORM', /^expected .*FROM.* after 'a', found 'FORM'$/, "did you mean 'FROM'?"],
  ['SELECT a FROM t WERE a = 1', 'WERE', /found 'WERE'$/, "did you mean 'WHERE'?"],
  ['SELECT a, COUNT(*) FROM t GRUOP BY a', 'GRUOP', /found 'GRUOP'$/, "did you mean 'GROUP'?"],
  ['SELECT a FROM t ORDR BY a', 'ORDR', /found 'ORDR'$/, /'ORDER'/],
  ['SELECT a FROM t LIMTI 10', 'LIMTI', /found 'LIMTI'$/, "did you mean 'LIMIT'?"],
  ['SELECT a FROM t UNOIN SELECT 1', 'UNOIN', /found 'UNOIN'$/, "did you mean 'UNION'?"],
  ['SELECT a FROM t JION u ON TRUE', 'JION', /found 'JION'$/, "did you mean 'JOIN'?"],
  ['SELEC 1', 'SELEC', /^expected a statement, .* found 'SELEC'$/, "did you mean 'SELECT'?"],
  ['CREATE TABEL t (a INT)', 'TABEL', /found 'TABEL'$/, "did you mean 'TABLE'?"],
  ["CREATE TABLE t (a INT) WIHT ('a' = 'b')", 'WIHT', /found 'WIHT'$/, "did you mean 'WITH'?"],
  ['INSERT INOT t SELECT 1', 'INOT', /^expected INTO or OVERWRITE after 'INSERT', found 'INOT'$/, "did you mean 'INTO'?"],
  ['SHOW TABELS', 'TABELS', /found 'TABELS'$/, "did you mean 'TABLES'?"],
  ['CREATE TABLE t (a STIRNG)', 'STIRNG', "'STIRNG' is not a type", "did you mean 'STRING'?"],
  ['CREATE TABLE t (a TEXT)', 'TEXT', "'TEXT' is not a type", 'Flink SQL calls it STRING'],
  ['SELECT EXTRACT(YAER FROM d)', 'YAER', "'YAER' is not a unit of time", /'YEAR'/],
  ["SELECT INTERVAL '1' MINUTS", 'MINUTS', /^expected a unit of time.* found 'MINUTS'$/, "did you mean 'MINUTE'?"],
  // What was expected, and after what
  ['SELECT f(a, b FROM t', 'FROM', "expected ')' or ',' after 'b', found 'FROM'"],
  ['SELECT a b c FROM t', 'c', /^expected ';', ',', .* after 'b', found 'c'$/],
  ['SELECT', 'T', "expected an expression after 'SELECT', found the end of the text"],
  ['SELECT a,', ',', "expected an expression after ',', found the end of the text"],
  ['SELECT a + FROM t', 'FROM', "expected an expression after '+', found 'FROM'"],
  ['SELECT a FROM t WHERE', 'E', /^expected an expression after 'WHERE', found the end/],
  ['SELECT CASE a END', 'END', /^expected WHEN after 'a', found 'END'$/],
  ['SELECT CAST(a INT)', 'INT', "expected AS after 'a', found 'INT'"],
  ['SELECT a FROM t JOIN u', 'u', /^expected ON, .*found the end/],
  ['SELECT a FROM (SELECT 1', '1', /^expected '\)'.* found the end/],
  ['INSERT INTO t VALUES (1, 2', '2', "expected ')' or ',' after '2', found the end of the text"],
  ['CREATE TABLE t (a INT b INT)', 'b', /^expected '\)', ',', .* after 'INT', found 'b'$/],
  [
    "CREATE TABLE t (a INT) WITH (connector = 'x')",
    'connector',
    /^expected an option's name or '\)' after '\(', found 'connector'$/,
    "options stand in single quotes: 'connector' = '…'",
  ],
  ['SELECT a BETWEEN 1', '1', "expected AND after '1', found the end of the text"],
  ['SELECT 1 2', '2', /found '2'$/],
  ['SELECT MAP[1, 2, 3]', 'MAP[1, 2, 3]', /the last key has no value/],
  ['SELECT a FROM t)', ')', /found '\)'$/],
  // Reserved words
  [
    'SELECT value FROM t',
    'value',
    /^expected an expression after 'SELECT', found 'value'$/,
    "'value' is a reserved word: as a name it needs backticks, `value`",
  ],
  ['SELECT a AS count FROM t', 'count', /^expected an alias.* found 'count'$/, /`count`/],
  ['SELECT timestamp FROM t', 'timestamp', /found 'timestamp'$/, /`timestamp`/],
  ['CREATE TABLE t (user STRING)', 'user', /^expected a column name.* found 'user'$/, /`user`/],
  ['SELECT a value FROM t', 'value', /found 'value'$/, /`value`/],
  ['SELECT a FROM t user', 'user', /found 'user'$/, /`user`/],
  ['SELECT t.order FROM t', 'order', /found 'order'$/, /`order`/],
  ['SELECT FROM t', 'FROM', /found 'FROM'$/, /^$/],
  // Texts and characters
  ["SELECT 'abc FROM t", "'abc FROM t", 'this text is never closed', /single quote/],
  ['SELECT `abc FROM t', '`abc FROM t', 'this name is never closed', /backtick/],
  ['SELECT /* a', '/*', 'this comment is never closed', /\*\//],
  ['SELECT "a" FROM t', '"a"', 'double quotes mean nothing in Flink SQL', /`backticks`/],
  ['SELECT 1a FROM t', '1a', "'1a' is neither a number nor a name", /`1a`/],
  ["SELECT X'abc'", "X'abc'", /even number/],
  ["SELECT U&'\\00'", "U&'\\00'", /four hexadecimal digits/],
  ['SELECT ``', '``', 'a name cannot be empty'],
  ['SELECT a ~ b', '~', "Flink SQL has no '~'", /REGEXP/],
  ['SELECT a § b', '§', "unexpected character '§'"],
  ['SELECT a::INT', '::', "Flink SQL has no '::'", /CAST/],
  ["SELECT a ILIKE 'x'", 'ILIKE', 'Flink SQL has no operator ILIKE', /LOWER/],
  ['SELECT TOP 5 a FROM t', 'TOP', 'Flink SQL has no SELECT TOP', /LIMIT/],
  ['CREATE TABLE t (a INT DEFAULT 5)', 'DEFAULT', 'Flink SQL has no DEFAULT of columns', /COALESCE/],
  ['SELECT 😀', '😀', "unexpected character '😀'"],
  // Limits of types and units
  ['SELECT CAST(a AS DECIMAL(39, 2))', '39', 'the precision of a DECIMAL is from 1 to 38, not 39'],
  ['SELECT CAST(a AS DECIMAL(5, 6))', '6', 'the scale of a DECIMAL is from 0 to 5, not 6'],
  ['SELECT CAST(a AS TIMESTAMP(10))', '10', /from 0 to 9/],
  ["SELECT INTERVAL '1' MONTH TO DAY", 'DAY', 'an interval cannot run from MONTH to DAY'],
  // Statements
  ['CREATE TABLE t (a)', 'a', "the column 'a' has no type"],
  [
    'CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED)',
    'PRIMARY KEY (a) NOT ENFORCED',
    'a table has one primary key',
  ],
  ['CREATE FUNCTION f', 'f', /^expected AS.* found the end/],
  ['EXPLAIN CREATE VIEW v AS SELECT 1', 'CREATE', /^EXPLAIN takes/],
];

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

const thrown = (text: string): TidemillError => {
  const { statements, errors } = parseScript(text);
  expect(statements, text).toEqual([]);
  expect(errors.length, text).toBe(1);
  return errors[0]!;
};

describe('syntax errors', () => {
  it.each(cases.map(([text, at, message, hint]) => ({ text, at, message, hint })))('$text', ({ text, at, message, hint }) => {
    const error = thrown(text);
    expect(error.code).toBe('syntax');
    expect(error.domain).toBe('user');
    expect(error.message).toMatch(message instanceof RegExp ? message : new RegExp(`^${escaped(message)}$`));
    expect(text.slice(error.span!.start, error.span!.end)).toBe(at);
    if (hint !== undefined) expect(error.hint ?? '').toMatch(hint instanceof RegExp ? hint : new RegExp(escaped(hint)));
  });

  const unsupported: readonly (readonly [text: string, at: string])[] = [
    ['SELECT * FROM t MATCH_RECOGNIZE (PATTERN (PERMUTE(A, B)))', 'PERMUTE'],
    ['SELECT * FROM t PIVOT (SUM(a) FOR b IN (1))', 'PIVOT'],
    ['SELECT * FROM t TABLESAMPLE SYSTEM (10)', 'TABLESAMPLE'],
    ['SELECT * FROM a LEFT SEMI JOIN b ON TRUE', 'SEMI'],
    ['CREATE CONNECTION c', 'CONNECTION'],
    ["CREATE TABLE t (a RAW('x', 'y'))", 'RAW'],
    ['CREATE TABLE t (a TIMESTAMP(3) WITH TIME ZONE)', 'WITH'],
    ['CREATE TABLE t (a INT UNIQUE)', 'UNIQUE'],
    ['SELECT ARRAY(SELECT 1)', 'ARRAY'],
  ];
  it.each(unsupported)('not supported: %s', (text, at) => {
    const error = thrown(text);
    expect(error.code).toBe('not-supported');
    expect(text.slice(error.span!.start).startsWith(at.slice(0, error.span!.end - error.span!.start))).toBe(true);
    expect(text.slice(error.span!.start, error.span!.end)).toMatch(new RegExp(`^${at}`));
  });
});

describe('recovery', () => {
  it('reads on behind the next semicolon', () => {
    const text = 'SELECT 1;\nSELEC 2;\nSELECT 3 FORM t;\nSELECT 4;\nCREATE TABLE t (a INT;\nSELECT 5';
    const { statements, errors } = parseScript(text, 'a.sql');
    expect(statements.map(({ span }) => text.slice(span.start, span.end))).toEqual(['SELECT 1', 'SELECT 4', 'SELECT 5']);
    expect(errors.map(error => text.slice(error.place!.span.start, error.place!.span.end))).toEqual(['SELEC', 'FORM', ';']);
    expect(errors.every(error => error.place?.source === 'a.sql' && error.place.text === text)).toBe(true);
  });

  it('a forgotten quote spoils its own line only', () => {
    const { statements, errors } = parseScript("SELECT 'a;\nSELECT 2;\nSELECT `b;\nSELECT 3");
    expect([statements.length, errors.length]).toEqual([2, 2]);
  });

  it('a bad INSERT in a statement set spoils the set, not what follows', () => {
    const text = 'BEGIN STATEMENT SET; INSERT INTO a SELEC 1; INSERT INTO b SELECT 2; INSERT c SELECT 3; END; SELECT 4;';
    const { statements, errors } = parseScript(text);
    expect(statements.map(statement => statement.kind)).toEqual(['query']);
    expect(errors.map(error => text.slice(error.span!.start, error.span!.end))).toEqual(['SELEC', 'c']);
  });

  it(`stops after ${limits.errorsShownMax} errors`, () => {
    expect(parseScript('SELEC 1;'.repeat(100)).errors.length).toBe(limits.errorsShownMax);
  });

  it('nothing is a script of no statements', () => {
    for (const text of ['', ' \n', ';', '-- only a comment', '/* and another */;;'])
      expect(parseScript(text)).toEqual({ statements: [], errors: [] });
  });
});

describe('limits', () => {
  it('nesting ends in an error, not in a stack overflow', () => {
    const depth = 100_000;
    for (const [open, close] of [
      ['(', ')'],
      ['- ', ''],
      ['NOT ', ''],
      ['f(', ')'],
      ['ARRAY[', ']'],
      ['(SELECT ', ')'],
      ['CASE WHEN ', ''],
      ['a IN (', ')'],
    ])
      expect(() => parseExpression(`${open!.repeat(depth)}1${close!.repeat(depth)}`)).toThrow(/nested more than \d+ deep/);
    for (const text of [
      `SELECT * FROM ${'('.repeat(depth)}t`,
      `SELECT CAST(1 AS ${'ARRAY<'.repeat(depth)}INT`,
      `${'('.repeat(depth)}SELECT 1`,
      `SELECT 1 GROUP BY ${'GROUPING SETS ('.repeat(depth)}a`,
      `SELECT * FROM ${'f(a => '.repeat(depth)}a`,
      `SELECT ${'f(a => '.repeat(depth)}a`,
    ])
      expect(() => parseStatement(text)).toThrow(/nested more than \d+ deep/);
  });

  it('nesting below the limit is read', () => {
    const depth = Math.floor(limits.sqlNestingMax / 2) - 5;
    expect(parseExpression(`${'('.repeat(depth)}1${')'.repeat(depth)}`).kind).toBe('number');
  });
});
