import { formatDate, formatDecimal, formatTime, formatTimestamp, formatValue } from './format-value.ts';
import { childTypes, type Schema, type SqlType, timestampUnitsPerSecond } from './types.ts';
import type { Value } from './values.ts';

/** What the Table API hands to users; {@link publicValue} says which SQL type becomes what. */
export type PublicValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly PublicValue[]
  | ReadonlyMap<PublicValue, PublicValue>
  | PublicRow;
export interface PublicRow {
  readonly [column: string]: PublicValue;
}

/**
 * A value as the Table API returns it: integers up to INT, FLOAT and DOUBLE → number; BIGINT → bigint; DECIMAL, DATE, TIME, TIMESTAMP and
 * intervals → string; TIMESTAMP_LTZ → Date (whole milliseconds, rounded down); bytes and BITMAP → Uint8Array; ARRAY → array; MAP and MULTISET → Map;
 * ROW → object.
 */
export function publicValue(value: Value, type: SqlType): PublicValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'NULL':
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return value as boolean | number | bigint | string | Uint8Array;
    case 'DECIMAL':
      return formatDecimal(value as bigint, type.scale);
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return formatTime(value as number);
    case 'TIMESTAMP':
      return formatTimestamp(value as bigint, type.precision);
    case 'TIMESTAMP_LTZ': {
      const unitsPerMs = BigInt(timestampUnitsPerSecond(type.precision) / 1000);
      const units = value as bigint;
      const ms = units / unitsPerMs - (units % unitsPerMs < 0n ? 1n : 0n);
      return new Date(Number(ms));
    }
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return formatValue(value, type);
    case 'ARRAY':
      return (value as readonly Value[]).map(item => publicValue(item, type.element));
    case 'MAP':
    case 'MULTISET': {
      const [keyType, valueType] = childTypes(type);
      const entries = value as readonly (readonly Value[])[];
      return new Map(entries.map(entry => [publicValue(entry[0]!, keyType ?? type), publicValue(entry[1]!, valueType ?? type)]));
    }
    case 'ROW':
      return publicRow(type.fields, value as readonly Value[]);
  }
}

/** A row as an object of its columns; `counts` names the BIGINT columns that come from COUNT, which the Table API returns as numbers. */
export function publicRow(schema: Schema, row: readonly Value[], counts?: ReadonlySet<string>): PublicRow {
  const result: Record<string, PublicValue> = {};
  for (let index = 0; index < schema.length; index++) {
    const { name, type } = schema[index]!;
    const value = publicValue(row[index]!, type);
    result[name] = typeof value === 'bigint' && counts?.has(name) ? Number(value) : value;
  }
  return result;
}
