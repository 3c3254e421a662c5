import { limits } from '../common/limits.ts';
import { roaringText } from './roaring.ts';
import { childTypes, type SqlType } from './types.ts';
import type { Value } from './values.ts';

/**
 * How bytes are written: 'print' as `x'68690a'` (results shown to people), 'cast' as the text they encode (CAST(b AS STRING)).
 * Source: Flink's BinaryToStringCastRule.
 */
export type FormatPurpose = 'print' | 'cast';

/**
 * A value as Flink writes it: `TRUE`, `12.50`, `1.0E7`, `2026-01-31 23:59:59.123`, `[1, NULL]`, `{k=v}`, `(1, a)`, `NULL`.
 * TIMESTAMP_LTZ is written as the UTC wall clock: shift it first for a session's time zone.
 * Source: Flink 2.3, cast rules to STRING and DateTimeUtils.
 *
 * @example
 * formatValue(1250n, types.decimal(6, 2)) // '12.50'
 */
export function formatValue(value: Value, type: SqlType, purpose: FormatPurpose = 'print'): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'NULL':
      return 'NULL';
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
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
    case 'BINARY':
    case 'VARBINARY': {
      const bytes = value as Uint8Array;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return purpose === 'print' ? `x'${buffer.toString('hex')}'` : buffer.toString('utf8');
    }
    case 'BITMAP':
      return roaringText(value as Uint8Array);
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return formatTime(value as number, type.precision);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return formatTimestamp(value as bigint, type.precision);
    case 'INTERVAL_YEAR_MONTH': {
      const months = value as number;
      const size = Math.abs(months);
      return `${months < 0 ? '-' : '+'}${Math.floor(size / 12)}-${pad(size % 12, 2)}`;
    }
    case 'INTERVAL_DAY_TIME': {
      const ms = value as bigint;
      const size = ms < 0n ? -ms : ms;
      const inDay = Number(size % 86_400_000n);
      return `${ms < 0n ? '-' : '+'}${size / 86_400_000n} ${clock(Math.floor(inDay / 1000))}.${pad(inDay % 1000, 3)}`;
    }
    case 'ARRAY': {
      const items = value as readonly Value[];
      return `[${items.map(item => formatValue(item, type.element, purpose)).join(', ')}]`;
    }
    case 'MAP':
    case 'MULTISET': {
      const [keyType, valueType] = childTypes(type);
      const entries = value as readonly (readonly Value[])[];
      return `{${entries
        .map(entry => `${formatValue(entry[0]!, keyType ?? type, purpose)}=${formatValue(entry[1]!, valueType ?? type, purpose)}`)
        .join(', ')}}`;
    }
    case 'ROW': {
      const fields = value as readonly Value[];
      return `(${type.fields.map((field, index) => formatValue(fields[index]!, field.type, purpose)).join(', ')})`;
    }
  }
}

/** An unscaled decimal in plain notation, always with `scale` digits after the point. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** As Java's Double.toString (shortest digits that read back, JDK 19 and later): `100.0`, `1.0E7`, `1.0E-4`, `NaN`, `-Infinity`. */
export function formatDouble(value: number): string {
  return javaNotation(value, String(Math.abs(value)));
}

/** As Java's Float.toString of a number that a 32-bit float holds exactly. */
export function formatFloat(value: number): string {
  return javaNotation(value, shortestFloat(Math.abs(value)));
}

/** The shortest JavaScript number text that reads back to the same 32-bit float. */
export function shortestFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function javaNotation(value: number, shortest: string): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${sign}Infinity`;
  if (size === 0) return `${sign}0.0`;
  const [mantissa = '', exponentText] = shortest.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const padded = whole + fraction;
  const digits = padded.replace(/^0+/, '');
  // the value is 0.digits × 10^point
  const point = whole.length + Number(exponentText ?? 0) - (padded.length - digits.length);
  const significant = digits.replace(/0+$/, '');
  if (size >= 1e-3 && size < 1e7) {
    if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${significant}`;
    return `${sign}${significant.slice(0, point).padEnd(point, '0')}.${significant.slice(point) || '0'}`;
  }
  return `${sign}${significant[0]}.${significant.slice(1) || '0'}E${point - 1}`;
}

/** Days since 1970-01-01 as `2026-01-31`. */
export function formatDate(days: number): string {
  const [year, month, day] = civilFromDays(days);
  return `${year < 0 ? '-' : ''}${pad(Math.abs(year), 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Milliseconds of the day as `23:59:59` or `23:59:59.12`: only what is not zero of the fraction, but with a precision one digit at least. */
export function formatTime(ms: number, precision = 0): string {
  const fraction = ms % 1000;
  const text = clock(Math.floor(ms / 1000));
  if (fraction === 0 && precision > 0) return `${text}.0`;
  return fraction === 0 ? text : `${text}.${pad(fraction, 3).replace(/0+$/, '')}`;
}

/** A timestamp's i64 as `2026-01-31 23:59:59.123`, with exactly `precision` digits, or more where those are not zero. */
export function formatTimestamp(value: bigint, precision: number): string {
  const digits = precision <= limits.timestampMicrosPrecisionMax ? 6 : 9;
  const unitsPerSecond = digits === 6 ? 1_000_000n : 1_000_000_000n;
  let seconds = value / unitsPerSecond;
  let units = value % unitsPerSecond;
  if (units < 0n) {
    units += unitsPerSecond;
    seconds -= 1n;
  }
  const wholeSeconds = Number(seconds);
  const days = Math.floor(wholeSeconds / 86_400);
  let fraction = units.toString().padStart(digits, '0');
  while (fraction.length > precision && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return `${formatDate(days)} ${clock(wholeSeconds - days * 86_400)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Year, month, day of a day number in the proleptic Gregorian calendar. Source: Howard Hinnant, "chrono-compatible low-level date algorithms". */
export function civilFromDays(days: number): readonly [number, number, number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

/** The day number of a date of the proleptic Gregorian calendar; the inverse of {@link civilFromDays}. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function clock(seconds: number): string {
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}
