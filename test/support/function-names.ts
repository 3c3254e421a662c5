import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

/** SQL names of what SHOW FUNCTIONS lists otherwise than in capitals with underscores. */
const sqlNames: Readonly<Record<string, string>> = {
  and: 'AND',
  array: 'ARRAY[…]',
  at: '[…]',
  between: 'BETWEEN',
  ceil: 'CEIL',
  charLength: 'CHAR_LENGTH',
  divide: '/',
  equals: '=',
  get: '.field',
  greaterThan: '>',
  greaterThanOrEqual: '>=',
  ifThenElse: 'IF',
  in: 'IN',
  initCap: 'INITCAP',
  isFalse: 'IS FALSE',
  isNotFalse: 'IS NOT FALSE',
  isNotNull: 'IS NOT NULL',
  isNotTrue: 'IS NOT TRUE',
  isNull: 'IS NULL',
  isTrue: 'IS TRUE',
  IS_JSON: 'IS JSON',
  JSON_ARRAYAGG_ABSENT_ON_NULL: 'JSON_ARRAYAGG',
  JSON_ARRAYAGG_NULL_ON_NULL: 'JSON_ARRAYAGG',
  JSON_OBJECTAGG_ABSENT_ON_NULL: 'JSON_OBJECTAGG',
  JSON_OBJECTAGG_NULL_ON_NULL: 'JSON_OBJECTAGG',
  lessThan: '<',
  lessThanOrEqual: '<=',
  listAgg: 'LISTAGG',
  localTime: 'LOCALTIME',
  localTimestamp: 'LOCALTIMESTAMP',
  lowerCase: 'LOWER',
  map: 'MAP[…]',
  minus: '-',
  minusPrefix: '-x',
  not: 'NOT',
  notBetween: 'NOT BETWEEN',
  notEquals: '<>',
  or: 'OR',
  plus: '+',
  randInteger: 'RAND_INTEGER',
  row: 'ROW(…)',
  similar: 'SIMILAR TO',
  stddevPop: 'STDDEV_POP',
  stddevSamp: 'STDDEV_SAMP',
  temporalOverlaps: 'OVERLAPS',
  times: '*',
  timestampDiff: 'TIMESTAMPDIFF',
  TRANSLATE3: 'TRANSLATE',
  upperCase: 'UPPER',
  fromBase64: 'FROM_BASE64',
  toBase64: 'TO_BASE64',
};

/** What SHOW FUNCTIONS lists but a SQL text cannot call. */
const notSql: Readonly<Record<string, string>> = {
  AGG_DECIMAL_MINUS: 'internal',
  AGG_DECIMAL_PLUS: 'internal',
  ASSIGNMENT: 'named arguments, `name => value`',
  DEFAULT: 'an argument that is left out',
  HIVE_AGG_DECIMAL_PLUS: 'internal',
  as: 'an alias',
  asc: 'a sort order',
  desc: 'a sort order',
  distinct: 'part of an aggregate',
  end: 'Table API: a window property',
  flatten: 'Table API',
  over: 'a window clause',
  rangeTo: 'Table API',
  reinterpretCast: 'internal',
  rowtime: 'Table API: a window property',
  start: 'Table API: a window property',
  streamRecordTimestamp: 'Table API',
  sum0: 'internal',
  withColumns: 'Table API',
  withoutColumns: 'Table API',
};

/** SQL functions of Flink's documentation that SHOW FUNCTIONS does not list. */
const unlisted: readonly string[] = [
  '||',
  'APPROX_COUNT_DISTINCT',
  'CASE',
  'CUME_DIST',
  'DATE_FORMAT',
  'DAYOFMONTH',
  'DAYOFWEEK',
  'DAYOFYEAR',
  'DENSE_RANK',
  'EXISTS',
  'FROM_UNIXTIME',
  'GROUPING',
  'GROUPING_ID',
  'HOUR',
  'IS DISTINCT FROM',
  'IS_ALPHA',
  'IS_DECIMAL',
  'IS_DIGIT',
  'IS NOT DISTINCT FROM',
  'IS NOT UNKNOWN',
  'IS UNKNOWN',
  'MINUTE',
  'MONTH',
  'NTH_VALUE',
  'NTILE',
  'NULLIF',
  'PERCENT_RANK',
  'QUARTER',
  'RANK',
  'ROW_NUMBER',
  'SECOND',
  'STDDEV',
  'TIMESTAMPADD',
  'VARIANCE',
  'WEEK',
  'YEAR',
];

/** Functions with a syntax of their own: there without a spelling in the catalogue, and compared by other tests. */
export const syntaxFunctions: Readonly<Record<string, string>> = {
  AND: '`test/codegen/`',
  BETWEEN: '`test/sql/`',
  CAST: '`test/functions/casts.test.ts`',
  CUME_DIST: '`test/sql/`',
  CURRENT_DATABASE: '`test/sql-binder/`',
  DENSE_RANK: '`test/sql/`',
  EXISTS: '`test/sql/`',
  GROUPING: '`test/sql/`',
  GROUPING_ID: '`test/sql/`',
  IN: '`test/sql/`',
  LAG: '`test/sql/`',
  LEAD: '`test/sql/`',
  NOT: '`test/codegen/`',
  NTH_VALUE: '`test/sql/`',
  NTILE: '`test/sql/`',
  OR: '`test/codegen/`',
  PERCENT_RANK: '`test/sql/`',
  RANK: '`test/sql/`',
  ROW_NUMBER: '`test/sql/`',
  TRY_CAST: '`test/functions/casts.test.ts`',
};

/** Why a function is not here. */
export const missingReasons: Readonly<Record<string, string>> = {
  CURRENT_WATERMARK: 'it reads an operator’s watermark within an expression',
  FROM_CHANGELOG: 'a process table function over changelogs',
  ML_PREDICT: 'models are not run here',
  OBJECT_OF: 'structured types are Java classes',
  OBJECT_UPDATE: 'structured types are Java classes',
  PARSE_JSON: 'the type VARIANT is not here; JSON_VALUE and JSON_QUERY read JSON text',
  SOURCE_WATERMARK: 'no connector here gives watermarks of its own',
  TO_CHANGELOG: 'a process table function over changelogs',
  TRY_PARSE_JSON: 'the type VARIANT is not here; IS JSON tests a text',
};

const capitals = (name: string): string =>
  name === name.toUpperCase() ? name : name.replace(/[a-z0-9](?=[A-Z])/g, character => `${character}_`).toUpperCase();

/** Functions that a SQL text can call, by their SQL names, with the names SHOW FUNCTIONS has for them. */
export function flinkFunctions(): ReadonlyMap<string, readonly string[]> {
  const listed = JSON.parse(
    readFileSync(join(projectRoot, 'test', 'functions', 'show-functions.json'), 'utf8'),
  ) as readonly string[];
  const found = new Map<string, string[]>();
  for (const name of listed) {
    if (notSql[name] !== undefined) continue;
    const sql = sqlNames[name] ?? capitals(name);
    found.set(sql, [...(found.get(sql) ?? []), name]);
  }
  for (const name of unlisted) if (!found.has(name)) found.set(name, []);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const notCallable = notSql;

/** The file of cases of a SQL name: `IS JSON` → `is_json`, `+` → `plus`. */
export function caseFileOf(sqlName: string, flinkNames: readonly string[]): string {
  if (/^[A-Z]/.test(sqlName))
    return sqlName
      .toLowerCase()
      .replaceAll(' ', '_')
      .replace(/[^a-z0-9_]/g, '');
  return sqlName === '||' ? 'concat_operator' : capitals(flinkNames[0] ?? sqlName).toLowerCase();
}
