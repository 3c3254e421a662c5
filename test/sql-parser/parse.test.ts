import { describe, expect, it } from 'vitest';
import { typeToString } from '../../core/columnar/types.ts';
import { parseExpression, parseScript, parseStatement, parseType } from '../../core/sql/parse.ts';
import { unparseExpression, unparseStatement } from '../../core/sql/unparse.ts';
import { withoutSpans } from './support.ts';

describe('expressions', () => {
  /** What an expression means, with every parenthesis written. */
  const explicit: readonly (readonly [text: string, meaning: string])[] = [
    ['a + b * c', 'a + (b * c)'],
    ['a - b - c', '(a - b) - c'],
    ['a || b + c', '(a || b) + c'],
    ['-a * b', '(-a) * b'],
    ['-a[1]', '-(a[1])'],
    ['NOT a = b AND c OR d', '((NOT (a = b)) AND c) OR d'],
    ['a = b IS NULL', '(a = b) IS NULL'],
    ['a = b IN (1)', 'a = (b IN (1))'],
    ['a < b + c LIKE d', 'a < ((b + c) LIKE d)'],
    ['a BETWEEN b AND c AND d', '(a BETWEEN b AND c) AND d'],
    ['a BETWEEN b + 1 AND c + 1 OR d', '(a BETWEEN (b + 1) AND (c + 1)) OR d'],
    ['NOT a BETWEEN b AND c', 'NOT (a BETWEEN b AND c)'],
    ['a IS NOT DISTINCT FROM b AND c', '(a IS NOT DISTINCT FROM b) AND c'],
    ['a NOT IN (1) = TRUE', '(a NOT IN (1)) = TRUE'],
    ['CASE WHEN a THEN b ELSE c END + d', '(CASE WHEN a THEN b ELSE c END) + d'],
  ];
  it.each(explicit)('%s', (text, meaning) => {
    expect(withoutSpans(parseExpression(text))).toEqual(withoutSpans(parseExpression(meaning)));
  });

  const canonical: readonly (readonly [text: string, printed: string])[] = [
    ['((a) + ((b)))', 'a + b'],
    ['a != b', 'a <> b'],
    ['(a, b)', 'ROW(a, b)'],
    ["INTERVAL '10' MINUTES", "INTERVAL '10' MINUTE"],
    ['substring(a from 1 for 2)', 'substring(a, 1, 2)'],
    ['CASE a WHEN 1, 2 THEN b END', 'CASE a WHEN 1 THEN b WHEN 2 THEN b END'],
    ['a = SOME (TABLE t)', 'a = ANY (TABLE t)'],
    ['cast(a as int array)', 'CAST(a AS ARRAY<INT>)'],
    ['`a`.`b c`.`select`', 'a.`b c`.`select`'],
    ['count(*) filter (where a) over (order by b)', 'count(*) FILTER (WHERE a) OVER (ORDER BY b)'],
    ["U&'\\0041' ", "'A'"],
    ["x'0aff'", "X'0AFF'"],
    ['1 - -1', '1 - -1'],
    ['- - 1', '- -1'],
    ['CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP'],
    ['`CURRENT_TIMESTAMP`', '`CURRENT_TIMESTAMP`'],
    ['CEIL((a TO b))'.replace(' TO b', ''), 'CEIL(a)'],
  ];
  it.each(canonical)('%s is printed as %s', (text, printed) => {
    expect(unparseExpression(parseExpression(text))).toBe(printed);
  });

  it('tells columns, fields and calls apart', () => {
    expect(parseExpression('a.b.c').kind).toBe('column');
    expect(parseExpression('(a.b).c').kind).toBe('field');
    expect(parseExpression('a.b(c)').kind).toBe('call');
    expect(parseExpression('f(c).a').kind).toBe('field');
    expect(parseExpression('CURRENT_DATE').kind).toBe('niladic');
    expect(parseExpression('`CURRENT_DATE`').kind).toBe('column');
    expect(parseExpression('MAP[1, 2]').kind).toBe('map');
    expect(parseExpression('`MAP`[1]').kind).toBe('element');
    expect(parseExpression('map').kind).toBe('column');
  });

  it('spans are offsets into the text as written', () => {
    const text = "a + '😀' || (b.c * 2)";
    const tree = parseExpression(text);
    if (tree.kind !== 'binary' || tree.right.kind !== 'binary') throw new Error(tree.kind);
    expect(text.slice(tree.right.span.start, tree.right.span.end)).toBe("'😀' || (b.c * 2)");
    expect(text.slice(tree.right.right.span.start, tree.right.right.span.end)).toBe('(b.c * 2)');
    expect(tree.span).toEqual({ start: 0, end: text.length });
  });

  it('a chain of many operators is no nesting', () => {
    const terms = Array.from({ length: 5000 }, (_, i) => `a = ${i}`);
    const text = terms.join(' OR ');
    expect(unparseExpression(parseExpression(text))).toBe(text);
  });
});

describe('types', () => {
  it.each([
    ['INT', 'INT'],
    ['INTEGER NOT NULL', 'INT NOT NULL'],
    ['BIGINT NULL', 'BIGINT'],
    ['DECIMAL', 'DECIMAL(10, 0)'],
    ['NUMERIC(5)', 'DECIMAL(5, 0)'],
    ['REAL', 'FLOAT'],
    ['DOUBLE PRECISION', 'DOUBLE'],
    ['VARCHAR', 'STRING'],
    ['CHAR', 'CHAR(1)'],
    ['VARBINARY', 'BYTES'],
    ['TIMESTAMP', 'TIMESTAMP(6)'],
    ['TIMESTAMP(3) WITHOUT TIME ZONE', 'TIMESTAMP(3)'],
    ['TIMESTAMP(3) WITH LOCAL TIME ZONE NOT NULL', 'TIMESTAMP_LTZ(3) NOT NULL'],
    ['ROW<a INT, `b c` STRING NOT NULL>', 'ROW<`a` INT, `b c` STRING NOT NULL>'],
    ['ROW<INT, MAP<STRING, INT>>', 'ROW<`f0` INT, `f1` MAP<STRING, INT>>'],
    ['ROW<map MAP<STRING, INT>, date_ DATE>', 'ROW<`map` MAP<STRING, INT>, `date_` DATE>'],
    ['INT NOT NULL ARRAY NOT NULL MULTISET', 'MULTISET<ARRAY<INT NOT NULL> NOT NULL>'],
    ['INTERVAL MONTH', 'INTERVAL YEAR TO MONTH'],
    ['INTERVAL DAY(3) TO SECOND(6)', 'INTERVAL DAY TO SECOND'],
  ])('%s is %s', (text, printed) => {
    expect(typeToString(parseType(text).type)).toBe(printed);
  });
});

describe('statements', () => {
  it('CREATE TABLE, in full', () => {
    const table = parseStatement(
      `
      CREATE TEMPORARY TABLE bid (
        auction BIGINT NOT NULL COMMENT 'id',
        price AS auction * 2,
        at TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL,
        WATERMARK FOR at AS at - INTERVAL '4' SECOND,
        PRIMARY KEY (auction) NOT ENFORCED
      ) WITH ('connector' = 'kafka')`.replaceAll(' at ', ' `at` '),
    );
    expect(table).toMatchObject({
      kind: 'create-table',
      temporary: true,
      ifNotExists: false,
      columns: [
        {
          kind: 'physical-column',
          name: { name: 'auction' },
          type: { type: { kind: 'BIGINT', nullable: false } },
          comment: { value: 'id' },
        },
        { kind: 'computed-column', name: { name: 'price' } },
        { kind: 'metadata-column', name: { name: 'at' }, key: { value: 'timestamp' }, virtual: true },
      ],
      watermarks: [{ column: [{ name: 'at' }], expression: { kind: 'binary', operator: '-' } }],
      primaryKey: { columns: [{ name: 'auction' }], enforced: false },
      options: [{ key: { value: 'connector' }, value: { value: 'kafka' } }],
    });
    expect(unparseStatement(table)).toBe(
      [
        'CREATE TEMPORARY TABLE bid (',
        "  auction BIGINT NOT NULL COMMENT 'id',",
        '  price AS auction * 2,',
        "  `at` TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL,",
        "  WATERMARK FOR `at` AS `at` - INTERVAL '4' SECOND,",
        '  PRIMARY KEY (auction) NOT ENFORCED',
        ')',
        "WITH (\n  'connector' = 'kafka'\n)",
      ].join('\n'),
    );
  });

  it('CREATE FUNCTION: one grammar', () => {
    expect(parseStatement("CREATE FUNCTION late USING 'late.wasm'")).toMatchObject({
      resources: [{ type: 'WASM', path: { value: 'late.wasm' } }],
    });
    expect(parseStatement("CREATE FUNCTION f AS 'x.Y' LANGUAGE JAVA USING JAR 'y.jar'")).toMatchObject({
      as: { value: 'x.Y' },
      language: 'JAVA',
      resources: [{ type: 'JAR', path: { value: 'y.jar' } }],
    });
  });

  it('SET takes texts and bare words', () => {
    const { statements } = parseScript("SET 'a.b' = 'c'; SET a.b = c-d/e 'f' ; SET a=;SET x = '${env:NAME}';");
    expect(
      statements.map(statement => (statement.kind === 'set' ? [statement.option?.key.value, statement.option?.value.value] : [])),
    ).toEqual([
      ['a.b', 'c'],
      ['a.b', "c-d/e 'f'"],
      ['x', '${env:NAME}'],
    ]);
  });

  it('a table function is the same with and without TABLE()', () => {
    const inner = "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY)";
    expect(withoutSpans(parseStatement(`SELECT * FROM ${inner}`))).toEqual(
      withoutSpans(parseStatement(`SELECT * FROM TABLE(${inner})`)),
    );
    const [reference] = (parseStatement(`SELECT * FROM ${inner}`) as { body: { from: readonly unknown[] } }).body.from;
    expect(withoutSpans(reference)).toMatchObject({
      kind: 'table-function',
      arguments: [
        { kind: 'table-argument', table: [{ name: 't' }] },
        { kind: 'descriptor', columns: [{ name: 'ts' }] },
        { kind: 'interval', text: '1' },
      ],
    });
  });

  it('takes time in proportion: a megabyte of statements', () => {
    const text = 'SELECT a, b + c * 2 AS d, f(x) FROM t WHERE a BETWEEN 1 AND 2 AND b IN (1, 2, 3);\n'.repeat(12_500);
    const before = performance.now();
    expect(parseScript(text).statements.length).toBe(12_500);
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});
