import { type Field, maximumLength, type SqlType, types, withNullable } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import type { IntervalQualifier, IntervalUnit, TimeUnit, TypeNode } from '../ast/node.ts';
import { type Cursor, spanOf } from './cursor.ts';

/** A type with its nullability, as in columns and CAST: `DECIMAL(10, 2) NOT NULL`, `ROW<a INT, b STRING ARRAY>`. Nullable unless NOT NULL is said. */
export function parseType(cursor: Cursor): TypeNode {
  const start = cursor.token.start;
  const type = cursor.nested(() => parseSqlType(cursor));
  return { kind: 'type', type, span: cursor.spanFrom(start) };
}

function parseSqlType(cursor: Cursor): SqlType {
  let type = parseNullability(cursor, parseBareType(cursor));
  for (;;) {
    if (cursor.acceptQuietly('ARRAY')) type = parseNullability(cursor, types.array(type));
    else if (cursor.acceptQuietly('MULTISET')) type = parseNullability(cursor, types.multiset(type));
    else return type;
  }
}

function parseNullability(cursor: Cursor, type: SqlType): SqlType {
  if (cursor.acceptQuietly('NOT', 'NULL')) return withNullable(type, false);
  // `RETURNING INT NULL ON EMPTY` is JSON_VALUE's NULL, not the type's.
  if (!cursor.atQuietly('NULL', 'ON')) cursor.acceptQuietly('NULL');
  return type;
}

const typeNames = (
  'BOOLEAN TINYINT SMALLINT INT INTEGER BIGINT FLOAT REAL DOUBLE DECIMAL DEC NUMERIC CHAR CHARACTER VARCHAR STRING BINARY VARBINARY ' +
  'BYTES BITMAP DATE TIME TIMESTAMP TIMESTAMP_LTZ INTERVAL ARRAY MAP MULTISET ROW NULL'
).split(' ');
const foreignTypes = ['RAW', 'STRUCTURED', 'VARIANT', 'DESCRIPTOR', 'ANY', 'NCHAR', 'CLOB', 'BLOB'];

function parseBareType(cursor: Cursor): SqlType {
  const name = cursor.token;
  if (name.type !== 'word') cursor.fail('a type');
  if (foreignTypes.includes(name.text)) cursor.unsupported(`the type ${name.text}`);
  if (!typeNames.includes(name.text)) {
    const written = cursor.text.slice(name.start, name.end);
    cursor.refuse(`'${written}' is not a type`, name, didYouMean(name.text, typeNames) ?? foreignSpelling(name.text));
  }
  cursor.advance();
  switch (name.text) {
    case 'BOOLEAN':
      return types.boolean();
    case 'TINYINT':
      return types.tinyint();
    case 'SMALLINT':
      return types.smallint();
    case 'INT':
    case 'INTEGER':
      return types.int();
    case 'BIGINT':
      return types.bigint();
    case 'FLOAT':
    case 'REAL':
      return types.float();
    case 'DOUBLE':
      cursor.acceptQuietly('PRECISION');
      return types.double();
    case 'DECIMAL':
    case 'DEC':
    case 'NUMERIC':
      return parseDecimal(cursor);
    case 'CHAR':
    case 'CHARACTER':
      if (cursor.acceptQuietly('VARYING')) return types.varchar(parseLength(cursor, maximumLength));
      return types.char(parseLength(cursor, 1));
    case 'VARCHAR':
      return types.varchar(parseLength(cursor, maximumLength));
    case 'STRING':
      return types.string();
    case 'BINARY':
      if (cursor.acceptQuietly('VARYING')) return types.varbinary(parseLength(cursor, maximumLength));
      return types.binary(parseLength(cursor, 1));
    case 'VARBINARY':
      return types.varbinary(parseLength(cursor, maximumLength));
    case 'BYTES':
      return types.bytes();
    case 'BITMAP':
      return types.bitmap();
    case 'DATE':
      return types.date();
    case 'TIME': {
      const precision = parsePrecision(cursor, 0);
      parseTimeZone(cursor, 'TIME');
      return types.time(true, precision);
    }
    case 'TIMESTAMP': {
      const precision = parsePrecision(cursor, 6);
      return parseTimeZone(cursor, 'TIMESTAMP') === 'local' ? types.timestampLtz(precision) : types.timestamp(precision);
    }
    case 'TIMESTAMP_LTZ':
      return types.timestampLtz(parsePrecision(cursor, 6));
    case 'INTERVAL': {
      const { from } = parseIntervalQualifier(cursor);
      return isYearMonthUnit(from) ? types.intervalYearMonth() : types.intervalDayTime();
    }
    case 'ARRAY':
      return types.array(parseElementType(cursor));
    case 'MULTISET':
      return types.multiset(parseElementType(cursor));
    case 'MAP': {
      cursor.expectSymbol('<');
      const key = parseType(cursor).type;
      cursor.expectSymbol(',');
      const value = parseType(cursor).type;
      cursor.expectSymbol('>');
      return types.map(key, value);
    }
    case 'ROW':
      return parseRowType(cursor);
    default:
      return types.null;
  }
}

/** What people coming from other systems write. */
function foreignSpelling(name: string): string | undefined {
  const known: Record<string, string> = {
    TEXT: 'STRING',
    LONG: 'BIGINT',
    INT8: 'BIGINT',
    INT4: 'INT',
    INT2: 'SMALLINT',
    BOOL: 'BOOLEAN',
    FLOAT8: 'DOUBLE',
    FLOAT4: 'FLOAT',
    DATETIME: 'TIMESTAMP',
    TIMESTAMPTZ: 'TIMESTAMP_LTZ',
    BYTEA: 'BYTES',
    BYTE: 'TINYINT',
    SHORT: 'SMALLINT',
    NUMBER: 'DECIMAL',
    STRUCT: 'ROW',
  };
  return known[name] === undefined ? undefined : `Flink SQL calls it ${known[name]}`;
}

function parseDecimal(cursor: Cursor): SqlType {
  if (!cursor.acceptSymbolQuietly('(')) return types.decimal(10, 0);
  const precision = cursor.smallInteger('the precision of a DECIMAL', 1, limits.decimalPrecisionMax);
  const scale = cursor.acceptSymbol(',') ? cursor.smallInteger('the scale of a DECIMAL', 0, precision) : 0;
  cursor.expectSymbol(')');
  return types.decimal(precision, scale);
}

function parseLength(cursor: Cursor, otherwise: number): number {
  if (!cursor.acceptSymbolQuietly('(')) return otherwise;
  const length = cursor.smallInteger('a length', 1, maximumLength);
  cursor.expectSymbol(')');
  return length;
}

function parsePrecision(cursor: Cursor, otherwise: number): number {
  if (!cursor.acceptSymbolQuietly('(')) return otherwise;
  const precision = cursor.smallInteger('a precision', 0, limits.timestampPrecisionMax);
  cursor.expectSymbol(')');
  return precision;
}

function parseTimeZone(cursor: Cursor, name: 'TIME' | 'TIMESTAMP'): 'none' | 'local' {
  if (cursor.acceptQuietly('WITHOUT', 'TIME', 'ZONE')) return 'none';
  if (cursor.atQuietly('WITH', 'TIME', 'ZONE') || (name === 'TIME' && cursor.atQuietly('WITH', 'LOCAL', 'TIME', 'ZONE')))
    cursor.unsupported(`${name} WITH TIME ZONE`, cursor.token, 'Flink has TIMESTAMP_LTZ for points in time.');
  return cursor.acceptQuietly('WITH', 'LOCAL', 'TIME', 'ZONE') ? 'local' : 'none';
}

function parseElementType(cursor: Cursor): SqlType {
  cursor.expectSymbol('<');
  const element = parseType(cursor).type;
  cursor.expectSymbol('>');
  return element;
}

/** `ROW<a INT 'comment', …>`, `ROW(a INT, …)` or, without names, `ROW<INT, STRING>` (fields f0, f1, …). */
function parseRowType(cursor: Cursor): SqlType {
  // `ROW<>` is read as ROW and the symbol of inequality.
  if (cursor.acceptSymbolQuietly('<>')) return types.row([]);
  const close = cursor.acceptSymbol('<') ? '>' : ')';
  if (close === ')') cursor.expectSymbol('(');
  if (cursor.acceptSymbolQuietly(close)) return types.row([]);
  const fields: Field[] = [];
  do {
    const named = cursor.token.type === 'quoted' || !isTypeStart(cursor);
    const name = named ? cursor.identifier('a field name').name : `f${fields.length}`;
    fields.push({ name, type: parseType(cursor).type });
    if (cursor.token.type === 'string') cursor.advance();
  } while (cursor.acceptSymbol(','));
  cursor.expectSymbol(close);
  return types.row(fields);
}

/** Type words are reserved, but MAP is not: `ROW<map MAP<…>>` names a field, `ROW<MAP<…>>` does not. */
function isTypeStart(cursor: Cursor): boolean {
  const { type, text } = cursor.token;
  if (type !== 'word' || !typeNames.includes(text)) return false;
  return text !== 'MAP' || cursor.follows('<');
}

// Units ---------------------------------------------------------------------------------------------------------------

const intervalUnits: readonly IntervalUnit[] = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];
const timeUnits: readonly TimeUnit[] = [
  ...intervalUnits,
  'MILLENNIUM',
  'CENTURY',
  'DECADE',
  'ISOYEAR',
  'DOY',
  'DOW',
  'ISODOW',
  'EPOCH',
  'MILLISECOND',
  'MICROSECOND',
  'NANOSECOND',
];
const unitAliases: Readonly<Record<string, TimeUnit>> = {
  DAYOFYEAR: 'DOY',
  DAYOFWEEK: 'DOW',
  SQL_TSI_YEAR: 'YEAR',
  SQL_TSI_QUARTER: 'QUARTER',
  SQL_TSI_MONTH: 'MONTH',
  SQL_TSI_WEEK: 'WEEK',
  SQL_TSI_DAY: 'DAY',
  SQL_TSI_HOUR: 'HOUR',
  SQL_TSI_MINUTE: 'MINUTE',
  SQL_TSI_SECOND: 'SECOND',
  SQL_TSI_MICROSECOND: 'MICROSECOND',
};

export const isYearMonthUnit = (unit: IntervalUnit): boolean => unit === 'YEAR' || unit === 'QUARTER' || unit === 'MONTH';

/** DAY, or DAYS: Flink takes the plural in intervals. */
function parseIntervalUnit(cursor: Cursor): IntervalUnit {
  const { type, text } = cursor.token;
  const unit = type === 'word' ? intervalUnits.find(candidate => text === candidate || text === `${candidate}S`) : undefined;
  if (unit === undefined) {
    for (const candidate of intervalUnits) cursor.at(candidate);
    cursor.fail('a unit of time');
  }
  cursor.advance();
  return unit;
}

/** `DAY [(p)] [TO SECOND [(f)]]` or `SECOND [(p [, f])]`. */
export function parseIntervalQualifier(cursor: Cursor): IntervalQualifier {
  const start = cursor.token;
  const from = parseIntervalUnit(cursor);
  let precision: number | undefined;
  let fraction: number | undefined;
  if (cursor.acceptSymbolQuietly('(')) {
    precision = cursor.smallInteger('the precision of an interval', 1, 10);
    if (from === 'SECOND' && cursor.acceptSymbol(',')) fraction = cursor.smallInteger('the precision of a fraction', 0, 9);
    cursor.expectSymbol(')');
  }
  let to: IntervalUnit | undefined;
  if (cursor.atQuietly('TO')) {
    cursor.advance();
    const token = cursor.token;
    to = parseIntervalUnit(cursor);
    const allowed = from === 'YEAR' ? to === 'MONTH' : unitRank(from) >= 0 && unitRank(to) > unitRank(from);
    if (!allowed) cursor.refuse(`an interval cannot run from ${from} to ${to}`, token);
    if (to === 'SECOND' && cursor.acceptSymbolQuietly('(')) {
      fraction = cursor.smallInteger('the precision of a fraction', 0, 9);
      cursor.expectSymbol(')');
    }
  }
  return {
    kind: 'interval-qualifier',
    from,
    ...(precision !== undefined && { precision }),
    ...(to !== undefined && { to }),
    ...(fraction !== undefined && { fraction }),
    span: cursor.spanFrom(start),
  };
}

const unitRank = (unit: IntervalUnit): number => ['DAY', 'HOUR', 'MINUTE', 'SECOND'].indexOf(unit);

/** The unit of EXTRACT, CEIL, FLOOR, TIMESTAMPADD and TIMESTAMPDIFF. */
export function parseTimeUnit(cursor: Cursor): TimeUnit {
  const unit = peekTimeUnit(cursor);
  if (unit === undefined) {
    const { type, text, start, end } = cursor.token;
    if (type !== 'word') cursor.fail('a unit of time');
    cursor.refuse(`'${cursor.text.slice(start, end)}' is not a unit of time`, spanOf(cursor.token), didYouMean(text, timeUnits));
  }
  cursor.advance();
  return unit;
}

export function peekTimeUnit(cursor: Cursor): TimeUnit | undefined {
  const { type, text } = cursor.token;
  if (type !== 'word') return undefined;
  return timeUnits.find(candidate => candidate === text) ?? unitAliases[text];
}
