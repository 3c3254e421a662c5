import { formatDate, formatDecimal, formatDouble, formatFloat } from '../../columnar/format-value.ts';
import { roaringText } from '../../columnar/roaring.ts';
import { type Schema, type SqlType, timestampUnitsPerSecond, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import type { Operation } from '../operations.ts';

/**
 * A row as Flink's Row.toString gives it, after conversion to Java's types: `+I[1, a, null, 2026-01-31T23:59:59.123]`.
 * Source: Flink, RowUtils.deepToString; java.time's toString.
 */
export function printRow(schema: Schema, row: readonly Value[], operation: Operation): string {
  return `${operation}[${schema.map((field, index) => printValue(row[index]!, field.type)).join(', ')}]`;
}

function printValue(value: Value, type: SqlType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'NULL':
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'CHAR':
    case 'VARCHAR':
      return String(value);
    case 'FLOAT':
      return formatFloat(value as number);
    case 'DOUBLE':
      return formatDouble(value as number);
    case 'DECIMAL':
      return formatDecimal(value as bigint, type.scale);
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return javaTime(BigInt(value as number) * 1_000_000n);
    case 'TIMESTAMP':
      return javaDateTime(value as bigint, type.precision, false);
    case 'TIMESTAMP_LTZ':
      return `${javaDateTime(value as bigint, type.precision, true)}Z`;
    case 'INTERVAL_YEAR_MONTH':
      return javaPeriod(value as number);
    case 'INTERVAL_DAY_TIME':
      return javaDuration(value as bigint);
    case 'BITMAP':
      return roaringText(value as Uint8Array);
    case 'BINARY':
    case 'VARBINARY':
      return `[${Array.from(value as Uint8Array, byte => (byte << 24) >> 24).join(', ')}]`;
    case 'ARRAY':
      return `[${(value as readonly Value[]).map(element => printValue(element, type.element)).join(', ')}]`;
    case 'MAP':
      return printEntries(value as readonly Value[], type.key, type.value);
    case 'MULTISET':
      return printEntries(value as readonly Value[], type.element, types.int());
    case 'ROW':
      return printRow(type.fields, value as readonly Value[], '+I');
  }
}

function printEntries(entries: readonly Value[], keyType: SqlType, valueType: SqlType): string {
  const texts = (entries as readonly (readonly [Value, Value])[]).map(
    ([key, value]) => `${printValue(key, keyType)}=${printValue(value, valueType)}`,
  );
  return `{${texts.join(', ')}}`;
}

/** LocalTime.toString: seconds only when not zero, fractions in groups of three digits. */
function javaTime(nanosOfDay: bigint, alwaysSeconds = false): string {
  const seconds = Number(nanosOfDay / 1_000_000_000n);
  const nanos = Number(nanosOfDay % 1_000_000_000n);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  if (seconds % 60 === 0 && nanos === 0 && !alwaysSeconds) return minutes;
  if (nanos === 0) return `${minutes}:${two(seconds % 60)}`;
  let fraction = String(nanos).padStart(9, '0');
  while (fraction.endsWith('000')) fraction = fraction.slice(0, -3);
  return `${minutes}:${two(seconds % 60)}.${fraction}`;
}

function javaDateTime(value: bigint, precision: number, alwaysSeconds: boolean): string {
  const nanos = value * (timestampUnitsPerSecond(precision) === 1_000_000 ? 1000n : 1n);
  const day = 86_400_000_000_000n;
  const nanosOfDay = ((nanos % day) + day) % day;
  return `${formatDate(Number((nanos - nanosOfDay) / day))}T${javaTime(nanosOfDay, alwaysSeconds)}`;
}

function javaPeriod(months: number): string {
  const years = Math.trunc(months / 12);
  const rest = months % 12;
  return months === 0 ? 'P0D' : `P${years === 0 ? '' : `${years}Y`}${rest === 0 ? '' : `${rest}M`}`;
}

function javaDuration(ms: bigint): string {
  if (ms === 0n) return 'PT0S';
  const hours = ms / 3_600_000n;
  const minutes = (ms / 60_000n) % 60n;
  const milliseconds = ms % 60_000n;
  const negative = milliseconds < 0n;
  const whole = (negative ? -milliseconds : milliseconds) / 1000n;
  const fraction = String((negative ? -milliseconds : milliseconds) % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '');
  const seconds = milliseconds === 0n ? '' : `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}S`;
  return `PT${hours === 0n ? '' : `${hours}H`}${minutes === 0n ? '' : `${minutes}M`}${seconds}`;
}
