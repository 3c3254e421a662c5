import {
  isCharacter,
  isNumeric,
  isTimestamp,
  type SqlType,
  types,
  withNullable,
  withoutTimeAttribute,
} from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { call, cast, type Expression, literal } from '../plan/expressions.ts';
import type { EvaluationContext, ScalarFunction } from './contract.ts';
import {
  addInterval,
  clockUnits,
  extractUnit,
  extractUnits,
  fromWallClock,
  msPerDay,
  roundToUnit,
  roundUnits,
  unitMonths,
  unitMs,
  unitsBetween,
  type WallClock,
  wallClock,
} from './datetime.ts';
import { formatClock, parseClock, parseDateText, parsePattern, parseSqlClock, parseTimestampText } from './datetime-format.ts';
import { type ArgumentKind, accepts, anyNullable, define, shown, signature } from './define.ts';
import { overlaps } from './overlaps.ts';
import { formatSimpleDate, parseSimpleDate } from './simple-date-format.ts';
import { calendarOffset, calendarOffsetOfLocal, calendarZone } from './time-zone.ts';
import { isApproximate, isDatetime, isInterval } from './type-rules.ts';

const defaultPattern = 'yyyy-MM-dd HH:mm:ss';
const { string: text } = accepts;

/** The unit a literal argument names, or what is wrong with it. */
function unitOf(argument: Expression | undefined, allowed: readonly string[]): { unit: string } | string {
  if (argument?.kind !== 'literal' || typeof argument.value !== 'string') return 'needs a unit such as DAY';
  const unit = argument.value.toUpperCase();
  return allowed.includes(unit) ? { unit } : `does not know the unit ${unit}: ${allowed.join(', ')}`;
}

/** Milliseconds since 1970 UTC of a wall clock, as java.util.GregorianCalendar reads it. */
function calendarMs({ days, ms }: WallClock, zone: string): number {
  const local = days * msPerDay + ms;
  return local - calendarOffsetOfLocal(zone, Math.floor(local / 1000)) * 1000;
}

/** A text as TO_TIMESTAMP reads it: what does not fit the pattern may still be a date or a timestamp as java.sql has them. */
function timestampClock(value: string, pattern: string | undefined): WallClock | undefined {
  if (pattern === undefined) return parseTimestampText(value);
  return parseClock(value, parsePattern(pattern)) ?? parseSqlClock(value);
}

const wholeNumber: ArgumentKind = {
  words: 'a number or a string',
  accept: type => (isNumeric(type) ? withNullable(types.bigint(), type.nullable) : undefined),
};

/** Seconds since 1970 UTC as java.text.SimpleDateFormat writes them. */
function calendarText(epoch: number, pattern: string, zone: string): string {
  const offset = calendarOffset(zone, epoch);
  const days = Math.floor((epoch + offset) / 86_400);
  const clock = { days, ms: (epoch + offset - days * 86_400) * 1000, nanos: 0 };
  return formatSimpleDate(clock, pattern, { offsetSeconds: offset, name: zone });
}

const clockText = (value: Value, type: SqlType, context: EvaluationContext): WallClock | undefined =>
  isCharacter(type) ? parseTimestampText(value as string) : wallClock(value, type, context.localTimeZone);

function resolveRounding(allowed: readonly string[]): ScalarFunction['resolve'] {
  return (given, args) => {
    if (given.length !== 2) return `takes 2 arguments, not ${given.length}`;
    const unit = unitOf(args[1], allowed);
    if (typeof unit === 'string') return unit;
    const type = accepts.datetime.accept(given[0]!);
    return type === undefined
      ? `rounds a date, time or timestamp, got ${shown(given[0]!)}`
      : { argumentTypes: [type, given[1]!], resultType: type };
  };
}

function roundingTo(name: 'floor-to' | 'ceil-to'): ScalarFunction {
  const spelling = name === 'floor-to' ? 'FLOOR' : 'CEIL';
  return define({
    name,
    resolve: resolveRounding(roundUnits),
    reference: ([value, unit], { arguments: [type] }, context) =>
      roundToUnit((unit as string).toUpperCase(), value!, type!, context.localTimeZone, name === 'ceil-to'),
    flink: `${spelling}($1 TO $2)`,
    usage: `${spelling}(time TO unit)`,
    text: `A point in time rounded ${name === 'floor-to' ? 'down' : 'up'} to a unit; weeks start on Sunday.`,
    example: `${spelling}(TIMESTAMP '2026-01-31 23:59:59' TO HOUR)`,
  });
}

/** DAY and what is shorter are parts of intervals too. */
const ofTime = (unit: string): ArgumentKind => {
  const points = clockUnits.has(unit) ? accepts.datetime : accepts.dateOrTimestamp;
  return { words: points.words, accept: type => (type.kind === 'INTERVAL_DAY_TIME' ? type : points.accept(type)) };
};

/** YEAR(x) and its like are EXTRACT(YEAR FROM x). */
function part(name: string, spellings: readonly string[], unit: string): ScalarFunction {
  return define({
    name,
    spellings,
    resolve: signature([clockUnits.has(unit) || unit === 'DAY' ? ofTime(unit) : accepts.dateOrTimestamp], types.bigint()),
    reference: ([value], { arguments: [type] }, context) => extractUnit(unit, value!, type!, context.localTimeZone),
    implementation: {
      kind: 'rewrite',
      expand: ([value], type) => call('extract', [literal(unit, types.char(unit.length, false)), value!], type, value!.span),
    },
    usage: `${spellings[0]}(time)`,
    text: `EXTRACT(${unit} FROM time).`,
    example: `${spellings[0]}(TIMESTAMP '1994-09-27 13:14:15')`,
  });
}

/** Times that depend on when they are asked for; the context says when that is. */
function now(
  name: string,
  spellings: readonly string[],
  result: SqlType,
  value: (epochMs: number, zone: string) => Value,
  doc: string,
): ScalarFunction {
  return define({
    name,
    spellings,
    resolve: signature([], result, { nullable: 'never' }),
    reference: (_, __, context) => value(context.epochMs?.() ?? 0, context.localTimeZone),
    deterministic: false,
    flink: name === 'proctime' || name === 'now' ? `${spellings[0]}()` : spellings[0]!,
    usage: name === 'proctime' || name === 'now' ? `${spellings[0]}()` : spellings[0]!,
    text: doc,
    example: name === 'proctime' || name === 'now' ? `${spellings[0]}()` : spellings[0]!,
  });
}

const ltz = types.timestampLtz(3, false);
const asLtz = (epochMs: number): bigint => BigInt(epochMs) * 1000n;
const localNow = (epochMs: number, zone: string): WallClock => wallClock(asLtz(epochMs), ltz, zone);

const diffUnits = [...Object.keys(unitMs), ...Object.keys(unitMonths)];

const intervalUnits: Readonly<Record<string, readonly string[]>> = {
  INTERVAL_YEAR_MONTH: ['YEAR', 'QUARTER', 'MONTH'],
  INTERVAL_DAY_TIME: ['DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND'],
  TIME: ['HOUR', 'MINUTE', 'SECOND', 'MILLISECOND'],
};

/** n units as an interval expression. */
function intervalOf(unit: string, count: Expression): Expression {
  const months = unitMonths[unit];
  const type = withNullable(months === undefined ? types.intervalDayTime() : types.intervalYearMonth(), count.type.nullable);
  const one =
    months === undefined
      ? literal(BigInt(unitMs[unit]!), types.intervalDayTime(false))
      : literal(months, types.intervalYearMonth(false));
  const factor = cast(count, withNullable(months === undefined ? types.bigint() : types.int(), count.type.nullable));
  return call('times', [one, factor], type);
}

export const temporalFunctions: readonly ScalarFunction[] = [
  overlaps,
  define({
    name: 'extract',
    spellings: [],
    resolve: (given, args) => {
      if (given.length !== 2) return `takes 2 arguments, not ${given.length}`;
      const unit = unitOf(args[0], extractUnits);
      if (typeof unit === 'string') return unit;
      const type = withoutTimeAttribute(given[1]!);
      const ofInterval = intervalUnits[type.kind];
      if (ofInterval !== undefined && !ofInterval.includes(unit.unit))
        return `takes ${ofInterval.join(', ')} of ${type.kind === 'TIME' ? 'a TIME' : 'an interval'}`;
      if (type.kind === 'DATE' && (unit.unit === 'MICROSECOND' || unit.unit === 'NANOSECOND'))
        return `does not take ${unit.unit} of a DATE`;
      if (!isDatetime(type) && !isInterval(type) && type.kind !== 'NULL')
        return `takes a point in time or an interval, got ${shown(type)}`;
      return {
        argumentTypes: [given[0]!, type.kind === 'NULL' ? types.timestamp(3) : type],
        resultType: types.bigint(type.nullable),
      };
    },
    reference: ([unit, value], { arguments: [, type] }, context) =>
      extractUnit((unit as string).toUpperCase(), value!, type!, context.localTimeZone),
    duckdb: ([, type]) =>
      type?.kind !== 'DATE'
        ? 'never'
        : {
            rewrite: ([unit, value]) =>
              /^'(YEAR|MONTH|DAY)'$/i.test(unit!) ? `extract(${unit!.slice(1, -1)} FROM ${value})` : undefined,
          },
    flink: 'EXTRACT($1 FROM $2)',
    usage: 'EXTRACT(unit FROM time)',
    text: 'One field of a point in time or an interval, as BIGINT. WEEK is ISO 8601; DOW is 1 on Sunday.',
    example: "EXTRACT(DAY FROM DATE '2006-06-05')",
  }),
  part('year', ['YEAR'], 'YEAR'),
  part('quarter', ['QUARTER'], 'QUARTER'),
  part('month', ['MONTH'], 'MONTH'),
  part('week', ['WEEK'], 'WEEK'),
  part('day-of-year', ['DAYOFYEAR'], 'DOY'),
  part('day-of-month', ['DAYOFMONTH'], 'DAY'),
  part('day-of-week', ['DAYOFWEEK'], 'DOW'),
  part('hour', ['HOUR'], 'HOUR'),
  part('minute', ['MINUTE'], 'MINUTE'),
  part('second', ['SECOND'], 'SECOND'),
  roundingTo('floor-to'),
  roundingTo('ceil-to'),
  define({
    name: 'timestamp-add',
    resolve: (given, args) => {
      if (given.length !== 3) return `takes 3 arguments, not ${given.length}`;
      const unit = unitOf(args[0], diffUnits);
      if (typeof unit === 'string') return unit;
      const count = accepts.bigint.accept(given[1]!);
      const time = accepts.datetime.accept(withoutTimeAttribute(given[2]!));
      if (count === undefined || time === undefined) return 'takes a unit, an integer and a point in time';
      const finer = time.kind === 'DATE' && unitMs[unit.unit] !== undefined && unitMs[unit.unit]! < unitMs.DAY!;
      const moved = finer ? types.timestamp(6, time.nullable) : time;
      return { argumentTypes: [given[0]!, given[1]!, moved], resultType: withNullable(moved, anyNullable(given.slice(1))) };
    },
    reference: ([unit, count, value], { arguments: [, , type] }) => {
      const name = (unit as string).toUpperCase();
      const months = unitMonths[name];
      return months === undefined
        ? addInterval(value!, type!, BigInt(count as bigint) * BigInt(unitMs[name]!), types.intervalDayTime(), 1)
        : addInterval(value!, type!, Number(count) * months, types.intervalYearMonth(), 1);
    },
    implementation: {
      kind: 'rewrite',
      expand: ([unit, count, value], type) =>
        call('plus', [value!, intervalOf(((unit as { value: Value }).value as string).toUpperCase(), count!)], type, value!.span),
    },
    flink: 'TIMESTAMPADD($1, $2, $3)',
    usage: 'TIMESTAMPADD(unit, n, time)',
    text: 'A point in time moved by n units.',
    example: "TIMESTAMPADD(DAY, 1, TIMESTAMP '2003-01-02 00:00:00')",
  }),
  define({
    name: 'timestamp-diff',
    resolve: (given, args) => {
      if (given.length !== 3) return `takes 3 arguments, not ${given.length}`;
      const unit = unitOf(args[0], diffUnits);
      if (typeof unit === 'string') return unit;
      const [from, to] = [given[1]!, given[2]!].map(type => accepts.dateOrTimestamp.accept(withoutTimeAttribute(type)));
      if (from === undefined || to === undefined) return 'takes a unit and two dates or timestamps';
      return { argumentTypes: [given[0]!, from, to], resultType: types.int(from.nullable || to.nullable) };
    },
    reference: ([unit, from, to], { arguments: [, fromType, toType] }, context) =>
      Number(
        BigInt.asIntN(
          32,
          BigInt(unitsBetween((unit as string).toUpperCase(), from!, fromType!, to!, toType!, context.localTimeZone)),
        ),
      ),
    flink: 'TIMESTAMPDIFF($1, $2, $3)',
    usage: 'TIMESTAMPDIFF(unit, from, to)',
    text: 'Whole units from one point in time to another.',
    example: "TIMESTAMPDIFF(DAY, TIMESTAMP '2003-01-02 10:00:00', TIMESTAMP '2003-01-03 10:00:00')",
  }),
  define({
    name: 'date-format',
    spellings: ['DATE_FORMAT'],
    resolve: signature(
      [
        { words: 'a timestamp', accept: type => text.accept(type) ?? accepts.dateOrTimestamp.accept(withoutTimeAttribute(type)) },
        text,
      ],
      types.string(),
      { nullable: 'always' },
    ),
    reference: ([value, pattern], { arguments: [type] }, context) => {
      const clock = clockText(value!, type!, context);
      return clock === undefined ? null : formatClock(clock, parsePattern(pattern as string));
    },
    usage: 'DATE_FORMAT(time, pattern)',
    text: "A timestamp as text by a pattern of Java's DateTimeFormatter.",
    example: "DATE_FORMAT(TIMESTAMP '2026-01-31 23:59:59', 'yyyy-MM-dd HH:mm')",
  }),
  define({
    name: 'to-timestamp',
    spellings: ['TO_TIMESTAMP'],
    resolve: signature([text, text], types.timestamp(3), { optional: 1, nullable: 'always' }),
    reference: ([value, pattern], { result }) => {
      const clock = timestampClock(value as string, pattern as string | undefined);
      return clock === undefined ? null : fromWallClock({ ...clock, nanos: 0 }, result, 'UTC');
    },
    usage: 'TO_TIMESTAMP(s [, pattern])',
    text: "A text as TIMESTAMP(3), by default 'yyyy-MM-dd HH:mm:ss'; NULL when it is none.",
    example: "TO_TIMESTAMP('2026-01-31 23:59:59')",
  }),
  define({
    name: 'to-date',
    spellings: ['TO_DATE'],
    resolve: signature([text, text], types.date(), { optional: 1, nullable: 'always' }),
    reference: ([value, pattern]) =>
      (pattern === undefined ? parseDateText(value as string) : parseSimpleDate(value as string, pattern as string)?.days) ??
      null,
    usage: 'TO_DATE(s [, pattern])',
    text: "A text as DATE, by default 'yyyy-MM-dd'; NULL when it is none.",
    example: "TO_DATE('2026-01-31')",
  }),
  define({
    name: 'to-timestamp-ltz',
    spellings: ['TO_TIMESTAMP_LTZ'],
    resolve: (given, args) => {
      const [first] = given;
      if (first !== undefined && (isCharacter(first) || first.kind === 'NULL'))
        return signature([text, text, text], types.timestampLtz(3), { optional: 2, nullable: 'always' })(given, args);
      const kind = first !== undefined && isApproximate(first) ? accepts.double : wholeNumber;
      const given1 = args[1];
      const precision = given1?.kind === 'literal' && typeof given1.value === 'number' ? given1.value : 3;
      if (precision < 0 || precision > 9) return 'takes a precision from 0 to 9';
      return signature([kind, accepts.int], types.timestampLtz(Math.max(3, precision)), { optional: 1, nullable: 'always' })(
        given,
        args,
      );
    },
    reference: ([value, precision, zone], { arguments: [type], result }) => {
      if (isCharacter(type!)) {
        const clock = timestampClock(value as string, precision as string | undefined);
        return clock === undefined ? null : fromWallClock({ ...clock, nanos: 0 }, result, (zone as string | undefined) ?? 'UTC');
      }
      const digits = (precision ?? 3) as number;
      // units of the result in one of what is given
      const target = isTimestamp(result) && result.precision > 6 ? 9 : 6;
      const scale = 10 ** (Math.max(digits, 3) - digits);
      // no point in time is that far away, and NaN is none
      if (isApproximate(type!) && !(Math.abs(value as number) < 1e18)) return null;
      const kept = isApproximate(type!)
        ? BigInt(digits === 9 ? Math.trunc(value as number) : Math.floor((value as number) * scale))
        : (value as bigint) * BigInt(scale);
      const power = target - Math.max(digits, 3);
      return BigInt.asIntN(64, power >= 0 ? kept * 10n ** BigInt(power) : kept / 10n ** BigInt(-power));
    },
    usage: 'TO_TIMESTAMP_LTZ(n [, precision]) | TO_TIMESTAMP_LTZ(s [, pattern [, zone]])',
    text: 'A number of units of 10^-precision seconds (3: milliseconds) since 1970-01-01 UTC, or a text that is a time of a zone (UTC), as TIMESTAMP_LTZ.',
    example: 'TO_TIMESTAMP_LTZ(100, 0)',
  }),
  define({
    name: 'unix-timestamp',
    spellings: ['UNIX_TIMESTAMP'],
    resolve: signature([text, text], types.bigint(), { optional: 2 }),
    deterministic: false,
    reference: ([value, pattern], _, context) => {
      if (value === undefined) return BigInt(Math.floor((context.epochMs?.() ?? 0) / 1000));
      const clock = parseSimpleDate(value as string, (pattern as string | undefined) ?? defaultPattern);
      return clock === undefined ? -(1n << 63n) : BigInt(Math.trunc(calendarMs(clock, context.localTimeZone) / 1000));
    },
    usage: 'UNIX_TIMESTAMP([s [, pattern]])',
    text: 'A local time as seconds since 1970-01-01 UTC; without arguments, the present.',
    example: "UNIX_TIMESTAMP('2026-01-31 00:00:00')",
  }),
  define({
    name: 'from-unixtime',
    spellings: ['FROM_UNIXTIME'],
    resolve: signature([accepts.bigint, text], types.string(), { optional: 1, nullable: 'always' }),
    reference: ([seconds, pattern], _, context) => {
      return calendarText(Number(seconds as bigint), (pattern as string | undefined) ?? defaultPattern, context.localTimeZone);
    },
    usage: 'FROM_UNIXTIME(seconds [, pattern])',
    text: 'Seconds since 1970-01-01 UTC as text in the local time zone.',
    example: 'FROM_UNIXTIME(44)',
  }),
  define({
    name: 'convert-tz',
    spellings: ['CONVERT_TZ'],
    resolve: signature([text, text, text], types.string(), { nullable: 'always' }),
    reference: ([value, from, to]) => {
      const clock = parseSimpleDate(value as string, defaultPattern);
      if (clock === undefined) return null;
      const epoch = Math.floor(calendarMs(clock, calendarZone(from as string)) / 1000);
      return calendarText(epoch, defaultPattern, calendarZone(to as string));
    },
    usage: 'CONVERT_TZ(s, from, to)',
    text: 'A local time of one time zone as that of another.',
    example: "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')",
  }),
  now('current-timestamp', ['CURRENT_TIMESTAMP', 'NOW', 'CURRENT_ROW_TIMESTAMP'], ltz, asLtz, 'The present.'),
  now(
    'local-timestamp',
    ['LOCALTIMESTAMP'],
    types.timestamp(3, false),
    (epochMs, zone) => fromWallClock(localNow(epochMs, zone), types.timestamp(3), zone),
    'The present, as a local time.',
  ),
  now(
    'current-date',
    ['CURRENT_DATE'],
    types.date(false),
    (epochMs, zone) => localNow(epochMs, zone).days,
    'Today, in the local time zone.',
  ),
  now(
    'local-time',
    ['LOCALTIME', 'CURRENT_TIME'],
    types.time(false),
    (epochMs, zone) => Math.floor(localNow(epochMs, zone).ms / 1000) * 1000,
    'The time of day, in the local time zone.',
  ),
  now('proctime', ['PROCTIME'], ltz, asLtz, 'The processing time, as a time attribute.'),
];
