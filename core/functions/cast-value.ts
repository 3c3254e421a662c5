import { formatTimestamp, formatValue } from '../columnar/format-value.ts';
import {
  childTypes,
  isCharacter,
  isInteger,
  isNumeric,
  isTimestamp,
  maximumLength,
  type SqlType,
  sameType,
  type TimestampType,
} from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { EvaluationContext } from './contract.ts';
import { atPrecision, fromWallClock, holdsClock, type WallClock, wallClock } from './datetime.ts';
import { parseDateText, parseTimestampText, parseTimeText, withoutControls, withoutSpaces } from './datetime-format.ts';
import { decimalToDouble, exactDecimal, powerOfTen, toDecimal, wrapInteger } from './numbers.ts';
import { isApproximate } from './type-rules.ts';

/** Says that a value cannot be read as a type; CAST fails the row with it, TRY_CAST gives NULL. */
export class CastFailure extends Error {}

/**
 * CAST of one value, not NULL. Source: Flink 2.3's cast rules.
 *
 * @throws CastFailure when the value cannot be read as `to`.
 */
export function castValue(value: Value, from: SqlType, to: SqlType, context: EvaluationContext): Value {
  if (value === null || sameType(from, to)) return value;
  if (isNumeric(to)) return castToNumber(value, from, to);
  switch (to.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return fitText(castToText(value, from, context), to.kind === 'CHAR', to.length);
    case 'BINARY':
    case 'VARBINARY':
      return castToBytes(value, to.kind === 'BINARY', to.length);
    case 'BOOLEAN':
      return castToBoolean(value, from);
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return castToTime(value, from, to, context.localTimeZone);
    case 'INTERVAL_DAY_TIME':
      return BigInt(value as bigint);
    case 'INTERVAL_YEAR_MONTH':
      return Number(BigInt.asIntN(32, BigInt(value as bigint)));
    case 'ARRAY':
    case 'MULTISET':
    case 'MAP':
    case 'ROW':
      return castNested(value, from, to, context);
    case 'NULL':
      return null;
  }
  throw internalError(`no cast from ${from.kind} to ${to.kind}`);
}

export function castToText(value: Value, from: SqlType, context: EvaluationContext): string {
  if (from.kind === 'TIMESTAMP_LTZ') {
    const local = fromWallClock(wallClock(value, from, context.localTimeZone), { ...from, kind: 'TIMESTAMP' }, 'UTC');
    return formatTimestamp(local as bigint, from.precision);
  }
  return formatValue(value, from, 'cast');
}

/** Cut to the length; CHAR is filled with spaces. */
export function fitText(text: string, padded: boolean, length: number): string {
  if (length >= maximumLength) return text;
  const characters = [...text];
  if (characters.length > length) return characters.slice(0, length).join('');
  return padded ? text + ' '.repeat(length - characters.length) : text;
}

function castToBytes(value: Value, padded: boolean, length: number): Uint8Array {
  const bytes = value instanceof Uint8Array ? value : new TextEncoder().encode(value as string);
  if (bytes.length > length) return bytes.slice(0, length);
  if (!padded || bytes.length === length || length >= maximumLength) return bytes;
  const filled = new Uint8Array(length);
  filled.set(bytes);
  return filled;
}

function castToBoolean(value: Value, from: SqlType): boolean {
  if (isCharacter(from)) {
    const text = (value as string).replace(/[A-Z]/g, letter => letter.toLowerCase());
    if (['t', 'true', 'y', 'yes', '1'].includes(text)) return true;
    if (['f', 'false', 'n', 'no', '0'].includes(text)) return false;
    throw new CastFailure();
  }
  return typeof value === 'bigint' ? value !== 0n : Number(value) !== 0;
}

const ranges = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 } as const;

function castToNumber(value: Value, from: SqlType, to: SqlType): Value {
  if (isCharacter(from))
    return numberFromText(isInteger(to) ? withoutSpaces(value as string) : withoutControls(value as string), to);
  if (from.kind === 'BOOLEAN') return castToNumber(value === true ? 1 : 0, { kind: 'INT', nullable: true }, to);
  if (from.kind === 'DECIMAL') {
    const unscaled = value as bigint;
    if (to.kind === 'DECIMAL') return toDecimal(unscaled, from.scale, to);
    if (to.kind === 'DOUBLE' || to.kind === 'FLOAT') {
      // a compact decimal is divided, as Flink does; a wide one is the nearest double
      const compact = from.precision <= limits.decimalCompactPrecisionMax;
      const x = compact ? Number(unscaled) / 10 ** from.scale : decimalToDouble(unscaled, from.scale);
      return to.kind === 'FLOAT' ? Math.fround(x) : x;
    }
    return wrapInteger(BigInt.asIntN(64, unscaled / powerOfTen(from.scale)), to);
  }
  if (isApproximate(from)) {
    const x = value as number;
    if (to.kind === 'DOUBLE') return x;
    if (to.kind === 'FLOAT') return Math.fround(x);
    if (to.kind === 'DECIMAL') return Number.isFinite(x) ? toDecimal(...exactDecimal(x), to) : null;
    if (Number.isNaN(x)) return wrapInteger(0n, to);
    const bits = to.kind === 'BIGINT' ? 64n : 32n;
    const [least, most] = [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
    const whole = Number.isFinite(x) ? BigInt(Math.trunc(x)) : x > 0 ? most : least;
    return wrapInteger(whole < least ? least : whole > most ? most : whole, to);
  }
  const whole = BigInt(value as bigint);
  if (to.kind === 'DECIMAL') return toDecimal(whole, 0, to);
  if (to.kind === 'DOUBLE') return Number(whole);
  if (to.kind === 'FLOAT') return Math.fround(Number(whole));
  return wrapInteger(whole, to);
}

/** Integers may have a fraction, which is cut; spaces around are ignored. */
function numberFromText(text: string, to: SqlType): Value {
  if (isApproximate(to)) {
    if (!/^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|NaN|Infinity)[dDfF]?$/.test(text)) throw new CastFailure();
    const x = Number(text.replace(/(?<=[\d.])[dDfF]$/, ''));
    return to.kind === 'FLOAT' ? Math.fround(x) : x;
  }
  if (to.kind === 'DECIMAL') {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
    if (match === null || (match[2] === '' && (match[3] ?? '') === '')) throw new CastFailure();
    const fraction = match[3] ?? '';
    const unscaled = BigInt(`${match[2]}${fraction}`) * (match[1] === '-' ? -1n : 1n);
    const scale = fraction.length - Number(match[4] ?? 0);
    return scale >= 0 ? toDecimal(unscaled, scale, to) : toDecimal(unscaled * powerOfTen(-scale), 0, to);
  }
  const match = /^([+-]?)(?=[\d.])(\d*)(?:\.\d*)?$/.exec(text);
  if (match === null) throw new CastFailure();
  const whole = BigInt(match[2]!) * (match[1] === '-' ? -1n : 1n);
  if (BigInt.asIntN(ranges[to.kind as 'INT'], whole) !== whole) throw new CastFailure();
  return isInteger(to) && to.kind !== 'BIGINT' ? Number(whole) : whole;
}

function castToTime(value: Value, from: SqlType, to: SqlType, zone: string): Value {
  if (isCharacter(from)) {
    const text = value as string;
    if (to.kind === 'DATE') return parseDateText(text) ?? fail();
    if (to.kind === 'TIME') return timeAtPrecision(parseTimeText(text) ?? fail(), to);
    const clock = parseTimestampText(text) ?? fail();
    if (!isTimestamp(to)) throw internalError('not a timestamp');
    return clockAs(cutClock(clock, to.precision), 9, to, zone);
  }
  if (from.kind === 'TIME' && to.kind === 'TIME') return timeAtPrecision(value as number, to);
  if (isTimestamp(from) && isTimestamp(to)) {
    // through the wall clock only where the kind changes
    if (from.kind === to.kind && holdsClock(wallClock(value, from, 'UTC'), to.precision))
      return atPrecision(value as bigint, from.precision, to.precision);
    return clockAs(
      wallClock(value, from, from.kind === to.kind ? 'UTC' : zone),
      from.precision,
      to,
      from.kind === to.kind ? 'UTC' : zone,
    );
  }
  if (to.kind === 'TIME' && from.kind === 'TIMESTAMP') {
    const precision = Math.min(from.precision, to.precision ?? 0);
    return wallClock(atPrecision(value as bigint, from.precision, precision), { ...from, precision }, zone).ms;
  }
  const clock = wallClock(value, from, zone);
  // Flink divides, so that a time of day before 1970 counts as the next day
  if (to.kind === 'DATE') return clock.days + (from.kind === 'TIMESTAMP' && clock.days < 0 && clock.ms > 0 ? 1 : 0);
  if (to.kind === 'TIME') return timeAtPrecision(clock.ms, to);
  if (!isTimestamp(to)) throw internalError(`no cast to ${to.kind}`);
  return clockAs(clock, 3, to, zone);
}

/** A wall clock with so many digits of the second as a timestamp, whose own are fewer. */
function clockAs(clock: WallClock, digits: number, to: TimestampType, zone: string): bigint {
  if (!holdsClock(clock, to.precision)) throw new CastFailure();
  // more digits than the type's unit holds go before the zone is looked at
  const unit: TimestampType = { kind: to.kind, precision: Math.max(to.precision, Math.min(digits, 6)), nullable: to.nullable };
  return atPrecision(fromWallClock(clock, unit, zone) as bigint, unit.precision, to.precision);
}

/** A text's fraction is cut where it stands. */
const cutClock = ({ days, ms, nanos }: WallClock, precision: number): WallClock => ({
  days,
  ms: ms - (ms % 10 ** Math.max(0, 3 - precision)),
  nanos: nanos - (nanos % 10 ** Math.min(6, 9 - precision)),
});

const timeAtPrecision = (ms: number, type: SqlType): number => {
  const precision = type.kind === 'TIME' ? (type.precision ?? 0) : 3;
  const unit = 10 ** Math.max(0, 3 - precision);
  return ms - (ms % unit);
};

const fail = (): never => {
  throw new CastFailure();
};

function castNested(value: Value, from: SqlType, to: SqlType, context: EvaluationContext): Value {
  const [fromTypes, toTypes] = [childTypes(from), childTypes(to)];
  const items = value as readonly Value[];
  if (to.kind === 'ROW') return items.map((item, index) => castValue(item, fromTypes[index]!, toTypes[index]!, context));
  if (to.kind === 'ARRAY') return items.map(item => castValue(item, fromTypes[0]!, toTypes[0]!, context));
  return items.map(entry =>
    (entry as readonly Value[]).map((item, index) => castValue(item, fromTypes[index]!, toTypes[index]!, context)),
  );
}
