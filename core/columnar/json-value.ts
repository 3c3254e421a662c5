import { formatDate, formatDecimal, formatTime, formatTimestamp, formatValue, shortestFloat } from './format-value.ts';
import { childTypes, type Schema, type SqlType } from './types.ts';
import type { Value } from './values.ts';

/**
 * A value as JSON text, the contract of `--output json` and `ndjson()`: BIGINT and DECIMAL as numbers with all digits, TIMESTAMP
 * `"2026-01-31 23:59:59.123"`, TIMESTAMP_LTZ the same in UTC with `Z`, bytes base64, NaN and infinities as strings, ROW and MAP as objects
 * (a MULTISET maps elements to counts), intervals as Flink's text.
 *
 * @example
 * jsonValue([1, 'a'], types.row([{ name: 'n', type: types.int() }, { name: 's', type: types.string() }])) // '{"n":1,"s":"a"}'
 */
export function jsonValue(value: Value, type: SqlType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'NULL':
      return 'null';
    case 'BOOLEAN':
      return value === true ? 'true' : 'false';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return String(value);
    case 'FLOAT':
    case 'DOUBLE': {
      const number = value as number;
      if (!Number.isFinite(number)) return `"${number}"`;
      if (Object.is(number, -0)) return '-0';
      if (type.kind === 'DOUBLE') return String(number);
      return number < 0 ? `-${shortestFloat(-number)}` : shortestFloat(number);
    }
    case 'DECIMAL':
      return formatDecimal(value as bigint, type.scale);
    case 'CHAR':
    case 'VARCHAR':
      return JSON.stringify(value);
    case 'BINARY':
    case 'VARBINARY': {
      const bytes = value as Uint8Array;
      return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`;
    }
    case 'BITMAP':
      return `"${formatValue(value, type)}"`;
    case 'DATE':
      return `"${formatDate(value as number)}"`;
    case 'TIME':
      return `"${formatTime(value as number)}"`;
    case 'TIMESTAMP':
      return `"${formatTimestamp(value as bigint, type.precision)}"`;
    case 'TIMESTAMP_LTZ':
      return `"${formatTimestamp(value as bigint, type.precision)}Z"`;
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return `"${formatValue(value, type)}"`;
    case 'ARRAY':
      return `[${(value as readonly Value[]).map(item => jsonValue(item, type.element)).join(',')}]`;
    case 'MAP':
    case 'MULTISET': {
      const [keyType, valueType] = childTypes(type);
      const entries = value as readonly (readonly Value[])[];
      return `{${entries
        .map(entry => `${jsonKey(entry[0]!, keyType ?? type)}:${jsonValue(entry[1]!, valueType ?? type)}`)
        .join(',')}}`;
    }
    case 'ROW':
      return jsonRow(type.fields, value as readonly Value[]);
  }
}

/** A row as one JSON object, its columns in order; `op` (`+I`, `-U`, …) comes first when given. */
export function jsonRow(schema: Schema, row: readonly Value[], op?: string): string {
  const members = schema.map((field, index) => `${JSON.stringify(field.name)}:${jsonValue(row[index]!, field.type)}`);
  if (op !== undefined) members.unshift(`"op":"${op}"`);
  return `{${members.join(',')}}`;
}

/** JSON knows only strings as names: what is not text is written as text. */
function jsonKey(key: Value, type: SqlType): string {
  if (key === null) return '"null"';
  const text = jsonValue(key, type);
  return text.startsWith('"') ? text : JSON.stringify(text);
}
