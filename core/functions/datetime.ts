import { civilFromDays, daysFromCivil } from '../columnar/format-value.ts';
import { isTimestamp, type SqlType, timestampUnitsPerSecond } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError } from '../common/errors.ts';
import { offsetSeconds, offsetSecondsOfLocal, zoneOffsets } from './time-zone.ts';

export const msPerDay = 86_400_000;

/** Units that EXTRACT, FLOOR … TO, TIMESTAMPADD and TIMESTAMPDIFF know. */
export const extractUnits = [
  ...['EPOCH', 'MILLENNIUM', 'CENTURY', 'DECADE', 'YEAR', 'ISOYEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'DOY', 'DOW', 'ISODOW'],
  ...['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND', 'NANOSECOND'],
] as const;
export const roundUnits = [
  'MILLENNIUM',
  'CENTURY',
  'DECADE',
  'YEAR',
  'QUARTER',
  'MONTH',
  'WEEK',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
  'MILLISECOND',
];

export const unitMs: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: msPerDay,
  WEEK: 7 * msPerDay,
};
export const unitMonths: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1200,
  MILLENNIUM: 12_000,
};

const floorDivide = (a: bigint, b: bigint): bigint => {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
};
export const floorMod = (a: number, b: number): number => a - Math.floor(a / b) * b;

const unitsPerMs = (type: SqlType): bigint => BigInt(timestampUnitsPerSecond(isTimestamp(type) ? type.precision : 3) / 1000);

/** A wall clock: days since 1970, ms of the day, and what is left of the ms in nanoseconds. */
export interface WallClock {
  readonly days: number;
  readonly ms: number;
  readonly nanos: number;
}

/** The wall clock of a DATE, TIME, TIMESTAMP or, in a zone, TIMESTAMP_LTZ. */
export function wallClock(value: Value, type: SqlType, zone: string): WallClock {
  if (type.kind === 'DATE') return { days: value as number, ms: 0, nanos: 0 };
  if (type.kind === 'TIME') return { days: 0, ms: value as number, nanos: 0 };
  if (!isTimestamp(type)) throw internalError(`${type.kind} is no point in time`);
  const perMs = unitsPerMs(type);
  const units = value as bigint;
  const epochMs = floorDivide(units, perMs);
  const nanos = Number(units - epochMs * perMs) * (perMs === 1000n ? 1000 : 1);
  let ms = Number(epochMs);
  if (type.kind === 'TIMESTAMP_LTZ') ms += offsetSeconds(zoneOffsets(zone), Math.floor(ms / 1000)) * 1000;
  const days = Math.floor(ms / msPerDay);
  return { days, ms: ms - days * msPerDay, nanos };
}

/** The value of a type at a wall clock; the inverse of {@link wallClock}. */
export function fromWallClock(clock: WallClock, type: SqlType, zone: string): Value {
  if (type.kind === 'DATE') return clock.days;
  if (type.kind === 'TIME') return clock.ms;
  let ms = clock.days * msPerDay + clock.ms;
  if (type.kind === 'TIMESTAMP_LTZ') ms -= offsetSecondsOfLocal(zoneOffsets(zone), Math.floor(ms / 1000)) * 1000;
  const perMs = unitsPerMs(type);
  return BigInt.asIntN(64, BigInt(ms) * perMs + BigInt(Math.floor(clock.nanos / (perMs === 1000n ? 1000 : 1))));
}

/** The same units at another precision; digits that are no longer held are cut. */
export function atPrecision(value: bigint, from: number, to: number): bigint {
  const [a, b] = [timestampUnitsPerSecond(from), timestampUnitsPerSecond(to)];
  let result = a === b ? value : a < b ? value * 1000n : floorDivide(value, 1000n);
  if (to < from) {
    const digits = b === 1_000_000 ? 6 : 9;
    const unit = 10n ** BigInt(digits - to);
    // milliseconds are cut towards the past, and whole digits of them towards 1970, as Flink does
    const ms = 10n ** BigInt(digits - 3);
    result = to >= 3 ? floorDivide(result, unit) * unit : ((floorDivide(result, ms) * ms) / unit) * unit;
  }
  return result;
}

/** Whether a timestamp's 64 bits hold a wall clock: with 7 digits of the second and more they end in 1677 and 2262. */
export function holdsClock({ days, ms }: WallClock, precision: number): boolean {
  return timestampUnitsPerSecond(precision) === 1_000_000 || Math.abs(days * msPerDay + ms) < 9_223_372_036_000;
}

/** A date moved by months; the day is kept where the month has it. Source: Calcite, DateTimeUtils.addMonths. */
export function addMonths(days: number, months: number): number {
  const [year, month, day] = civilFromDays(days);
  const index = year * 12 + (month - 1) + months;
  const [nextYear, nextMonth] = [Math.floor(index / 12), floorMod(index, 12) + 1];
  return daysFromCivil(nextYear, nextMonth, Math.min(day, daysInMonth(nextYear, nextMonth)));
}

export function daysInMonth(year: number, month: number): number {
  return month === 12 ? 31 : daysFromCivil(year, month + 1, 1) - daysFromCivil(year, month, 1);
}

/** A point in time, or an interval, plus or minus an interval. Source: Flink, generateTemporalPlusMinus. */
export function addInterval(value: Value, type: SqlType, interval: Value, intervalType: SqlType, sign: 1 | -1): Value {
  if (intervalType.kind === 'INTERVAL_YEAR_MONTH') {
    const months = (interval as number) * sign;
    if (type.kind === 'TIME') return value;
    if (type.kind === 'DATE') return addMonths(value as number, months);
    const units = value as bigint;
    const perDay = unitsPerMs(type) * BigInt(msPerDay);
    const days = floorDivide(units, perDay);
    return BigInt.asIntN(64, BigInt(addMonths(Number(days), months)) * perDay + (units - days * perDay));
  }
  const ms = (interval as bigint) * BigInt(sign);
  if (type.kind === 'DATE') return Number(BigInt.asIntN(32, BigInt(value as number) + ms / BigInt(msPerDay)));
  if (type.kind === 'TIME') return Number((BigInt((value as number) + msPerDay) + (ms % BigInt(msPerDay))) % BigInt(msPerDay));
  return BigInt.asIntN(64, (value as bigint) + ms * unitsPerMs(type));
}

/** ISO 8601 week of a date, and the year it belongs to. */
export function isoWeek(days: number): readonly [number, number] {
  const thursday = days - floorMod(days + 3, 7) + 3;
  const [year] = civilFromDays(thursday);
  return [Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1, year];
}

/** Units of the time of day; a DATE's are those of its day number as milliseconds, as Flink has it. */
export const clockUnits: ReadonlySet<string> = new Set(['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND', 'NANOSECOND']);

/** Days and ms of the day as Flink divides them for EXTRACT: towards 1970, so that before it the ms are negative. */
function dividedClock(unit: string, value: Value, type: SqlType, zone: string): WallClock {
  if (type.kind === 'DATE' && clockUnits.has(unit)) return { days: 0, ms: (value as number) % msPerDay, nanos: 0 };
  const { days, ms, nanos } = wallClock(value, type, zone);
  return days < 0 && ms > 0 ? { days: days + 1, ms: ms - msPerDay, nanos } : { days, ms, nanos };
}

/** One field of a point in time. Weeks and ISODOW start on Monday, DOW is 1 on Sunday. */
export function extractUnit(unit: string, value: Value, type: SqlType, zone: string): bigint {
  if (unit === 'EPOCH' && !type.kind.startsWith('INTERVAL')) {
    const { days, ms } = dividedClock(unit, value, type, zone);
    return BigInt(days) * 86_400n + BigInt(Math.trunc(ms / 1000));
  }
  if (type.kind === 'INTERVAL_YEAR_MONTH') {
    const months = value as number;
    return BigInt(
      unit === 'YEAR' ? Math.trunc(months / 12) : unit === 'QUARTER' ? Math.trunc((months % 12) / 3) + 1 : months % 12,
    );
  }
  if (type.kind === 'INTERVAL_DAY_TIME') {
    const ms = value as bigint;
    const size = { DAY: msPerDay, HOUR: 3_600_000, MINUTE: 60_000, SECOND: 1000, MILLISECOND: 1 }[unit] ?? 1;
    const above = { DAY: undefined, HOUR: msPerDay, MINUTE: 3_600_000, SECOND: 60_000, MILLISECOND: 1000 }[unit];
    return (above === undefined ? ms : ms % BigInt(above)) / BigInt(size);
  }
  return BigInt(fieldOf(unit, dividedClock(unit, value, type, zone)));
}

function fieldOf(unit: string, { days, ms, nanos }: WallClock): number {
  switch (unit) {
    case 'HOUR':
      return Math.trunc(ms / 3_600_000);
    case 'MINUTE':
      return Math.trunc(ms / 60_000) % 60;
    case 'SECOND':
      return Math.trunc(ms / 1000) % 60;
    case 'MILLISECOND':
      return ms % 1000;
    case 'MICROSECOND':
      return (ms % 1000) * 1000 + Math.floor(nanos / 1000);
    case 'NANOSECOND':
      return (ms % 1000) * 1_000_000 + nanos;
    case 'DOW':
      return floorMod(days + 4, 7) + 1;
    case 'ISODOW':
      return floorMod(days + 3, 7) + 1;
    case 'WEEK':
      return isoWeek(days)[0];
    case 'ISOYEAR':
      return isoWeek(days)[1];
    default: {
      const [year, month, day] = civilFromDays(days);
      switch (unit) {
        case 'DAY':
          return day;
        case 'MONTH':
          return month;
        case 'QUARTER':
          return Math.floor((month + 2) / 3);
        case 'YEAR':
          return year;
        case 'DOY':
          return days - daysFromCivil(year, 1, 1) + 1;
        case 'DECADE':
          return Math.floor(year / 10);
        case 'CENTURY':
          return year > 0 ? Math.floor((year + 99) / 100) : -Math.floor((99 - year) / 100);
        case 'MILLENNIUM':
          return year > 0 ? Math.floor((year + 999) / 1000) : -Math.floor((999 - year) / 1000);
      }
      throw internalError(`no unit ${unit}`);
    }
  }
}

/** FLOOR and CEIL of a point in time TO a unit; weeks start on Sunday there, as in Calcite. */
export function roundToUnit(unit: string, value: Value, type: SqlType, zone: string, up: boolean): Value {
  const clock = wallClock(value, type, zone);
  const size = unitMs[unit];
  const exact = clock.nanos === 0;
  if (size !== undefined && unit !== 'WEEK' && unit !== 'DAY') {
    const ms = Math.floor(clock.ms / size) * size;
    const next = up && (ms !== clock.ms || !exact) ? ms + size : ms;
    const days = clock.days + Math.floor(next / msPerDay);
    return fromWallClock({ days, ms: floorMod(next, msPerDay), nanos: 0 }, type, zone);
  }
  // as Flink, which cuts milliseconds off towards 1970
  const day = unit !== 'DAY' && clock.days < 0 && clock.ms > 0 ? clock.days + 1 : clock.days;
  const first = firstDay(unit, day);
  // as Flink, which looks at the date alone for units longer than a day
  const isFloor = first === day && (unit !== 'DAY' || (clock.ms === 0 && exact));
  const days = up && !isFloor ? nextFirstDay(unit, first) : first;
  return fromWallClock({ days, ms: 0, nanos: 0 }, type, zone);
}

function firstDay(unit: string, days: number): number {
  if (unit === 'DAY') return days;
  if (unit === 'WEEK') return days - floorMod(days + 4, 7);
  const [year, month] = civilFromDays(days);
  switch (unit) {
    case 'MONTH':
      return daysFromCivil(year, month, 1);
    case 'QUARTER':
      return daysFromCivil(year, month - ((month - 1) % 3), 1);
    case 'YEAR':
      return daysFromCivil(year, 1, 1);
    case 'DECADE':
      return daysFromCivil(Math.floor(year / 10) * 10, 1, 1);
    case 'CENTURY':
      return daysFromCivil(Math.floor((year - 1) / 100) * 100 + 1, 1, 1);
    case 'MILLENNIUM':
      return daysFromCivil(Math.floor((year - 1) / 1000) * 1000 + 1, 1, 1);
  }
  throw internalError(`no unit ${unit}`);
}

function nextFirstDay(unit: string, first: number): number {
  if (unit === 'DAY') return first + 1;
  if (unit === 'WEEK') return first + 7;
  return addMonths(first, unitMonths[unit]!);
}

/** Whole units from one point in time to another, cut towards zero. */
export function unitsBetween(unit: string, from: Value, fromType: SqlType, to: Value, toType: SqlType, zone: string): number {
  const [a, b] = [wallClock(from, fromType, zone), wallClock(to, toType, zone)];
  const size = unitMs[unit];
  if (size !== undefined) return Math.trunc(((b.days - a.days) * msPerDay + (b.ms - a.ms)) / size);
  const months = monthsBetween(a, b);
  return Math.trunc(months / unitMonths[unit]!);
}

/** Whole months from a to b. Source: Calcite, DateTimeUtils.subtractMonths. */
function monthsBetween(a: WallClock, b: WallClock): number {
  if (b.days < a.days || (b.days === a.days && b.ms < a.ms)) return -monthsBetween(b, a);
  const [ya, ma] = civilFromDays(a.days);
  const [yb, mb] = civilFromDays(b.days);
  let months = (yb - ya) * 12 + (mb - ma);
  while (months > 0) {
    const moved = addMonths(a.days, months);
    if (moved < b.days || (moved === b.days && a.ms <= b.ms)) break;
    months--;
  }
  return months;
}
