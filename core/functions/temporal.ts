import { isCharacter, type SqlType, types, withNullable, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { call, cast, type Expression, literal } from '../plan/expressions.ts';
import type { EvaluationContext, ScalarFunction } from './contract.ts';
import {
  addInterval,
  clockUnits,
  extractUnit,
  extractUnits,
  fromWallClock,
  roundToUnit,
  roundUnits,
  unitMonths,
  unitMs,
  unitsBetween,
  type WallClock,
  wallClock,
} from './datetime.ts';
import { formatClock, parseClock, parsePattern, parseTimestampText } from './datetime-format.ts';
import { accepts, anyNullable, define, shown, signature } from './define.ts';
import { overlaps } from './overlaps.ts';
import { isDatetime, isInterval } from './type-rules.ts';

const defaultPattern = 'yyyy-MM-dd HH:mm:ss';
const { string: text } = accepts;

/** The unit a literal argument names, or what is wrong with it. */
function unitOf(argument: Expression | undefined, allowed: readonly string[]): { unit: string } | string {
  if (argument?.kind !== 'literal' || typeof argument.value !== 'string') return 'needs a unit such as DAY';
  const unit = argument.value.toUpperCase();
  return allowed.includes(unit) ? { unit } : `does not know the unit ${unit}: ${allowed.join(', ')}`;
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

/** YEAR(x) and its like are EXTRACT(YEAR FROM x). */
function part(name: string, spellings: readonly string[], unit: string): ScalarFunction {
  return define({
    name,
    spellings,
    resolve: signature([clockUnits.has(unit) ? accepts.datetime : accepts.dateOrTimestamp], types.bigint()),
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
      const clock =
        pattern === undefined
          ? parseTimestampText(value as string)
          : parseClock(value as string, parsePattern(pattern as string));
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
      parseClock(value as string, parsePattern((pattern as string | undefined) ?? 'yyyy-MM-dd'))?.days ?? null,
    usage: 'TO_DATE(s [, pattern])',
    text: "A text as DATE, by default 'yyyy-MM-dd'; NULL when it is none.",
    example: "TO_DATE('2026-01-31')",
  }),
  define({
    name: 'to-timestamp-ltz',
    spellings: ['TO_TIMESTAMP_LTZ'],
    resolve: (given, args) => {
      const resolved = signature([accepts.bigint, accepts.int], types.timestampLtz(3), { optional: 1, nullable: 'always' })(
        given,
        args,
      );
      const precision = args[1];
      if (precision?.kind === 'literal' && precision.value !== 0 && precision.value !== 3)
        return 'takes 0 (seconds) or 3 (milliseconds) as precision';
      return resolved;
    },
    reference: ([value, precision]) => {
      const epoch = value as bigint;
      return BigInt.asIntN(64, (precision ?? 3) === 0 ? epoch * 1_000_000n : epoch * 1000n);
    },
    usage: 'TO_TIMESTAMP_LTZ(n [, precision])',
    text: 'Seconds (precision 0) or milliseconds (3) since 1970-01-01 UTC as TIMESTAMP_LTZ(3).',
    example: 'TO_TIMESTAMP_LTZ(100, 0)',
  }),
  define({
    name: 'unix-timestamp',
    spellings: ['UNIX_TIMESTAMP'],
    resolve: signature([text, text], types.bigint(), { optional: 2 }),
    deterministic: false,
    reference: ([value, pattern], _, context) => {
      if (value === undefined) return BigInt(Math.floor((context.epochMs?.() ?? 0) / 1000));
      const clock = parseClock(value as string, parsePattern((pattern as string | undefined) ?? defaultPattern));
      if (clock === undefined) return -(1n << 63n);
      return (fromWallClock(clock, ltz, context.localTimeZone) as bigint) / 1_000_000n;
    },
    usage: 'UNIX_TIMESTAMP([s [, pattern]])',
    text: 'A local time as seconds since 1970-01-01 UTC; without arguments, the present.',
    example: "UNIX_TIMESTAMP('2026-01-31 00:00:00')",
  }),
  define({
    name: 'from-unixtime',
    spellings: ['FROM_UNIXTIME'],
    resolve: signature([accepts.bigint, text], types.string(), { optional: 1, nullable: 'always' }),
    reference: ([seconds, pattern], _, context) =>
      formatClock(
        wallClock((seconds as bigint) * 1_000_000n, ltz, context.localTimeZone),
        parsePattern((pattern as string | undefined) ?? defaultPattern),
      ),
    usage: 'FROM_UNIXTIME(seconds [, pattern])',
    text: 'Seconds since 1970-01-01 UTC as text in the local time zone.',
    example: 'FROM_UNIXTIME(44)',
  }),
  define({
    name: 'convert-tz',
    spellings: ['CONVERT_TZ'],
    resolve: signature([text, text, text], types.string(), { nullable: 'always' }),
    reference: ([value, from, to]) => {
      const clock = parseTimestampText(value as string);
      if (clock === undefined) return null;
      const instant = fromWallClock(clock, ltz, from as string);
      return formatClock(wallClock(instant, ltz, to as string), parsePattern(defaultPattern));
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
