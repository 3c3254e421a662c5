import { type SqlType, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { type Expression, literal } from '../../plan/expressions.ts';
import type { IntervalLiteral, IntervalQualifier, IntervalUnit, Literal, NumberLiteral, TemporalLiteral } from '../ast/node.ts';

/** A literal with Flink's type for it: INT before BIGINT before DECIMAL, CHAR(n) NOT NULL, TIMESTAMP with its own digits. */
export function bindLiteral(node: Literal): Expression {
  switch (node.kind) {
    case 'number':
      return bindNumber(node);
    case 'string':
      return literal(node.value, types.char(node.value.length, false), node.span);
    case 'bytes':
      return literal(new Uint8Array(Buffer.from(node.hex, 'hex')), types.binary(node.hex.length / 2, false), node.span);
    case 'boolean':
      return literal(node.value, types.boolean(node.value === null), node.span);
    case 'null':
      return literal(null, types.null, node.span);
    case 'temporal':
      return bindTemporal(node);
    case 'interval':
      return bindInterval(node);
  }
}

function bindNumber(node: NumberLiteral): Expression {
  const { text, span } = node;
  if (node.form === 'approximate') return literal(Number(text), types.double(false), span);
  if (node.form === 'integer') {
    const value = BigInt(text);
    if (value <= 2147483647n) return literal(Number(value), types.int(false), span);
    if (value <= 9223372036854775807n) return literal(value, types.bigint(false), span);
    return decimal(value, value.toString().length, 0, span);
  }
  const [whole = '', fraction = ''] = text.split('.');
  return decimal(BigInt(`${whole}${fraction}`), Math.max(1, whole.length + fraction.length), fraction.length, span);
}

function decimal(unscaled: bigint, precision: number, scale: number, span: Span): Expression {
  if (precision > limits.decimalPrecisionMax)
    throw new TidemillError('wrong-literal', `a number has at most ${limits.decimalPrecisionMax} digits`, {
      span,
      hint: 'write it with an exponent (1.5e40) to make it a DOUBLE',
    });
  return literal(unscaled, types.decimal(precision, scale, false), span);
}

function bindTemporal(node: TemporalLiteral): Expression {
  const fail = (form: string): never => {
    throw new TidemillError('wrong-literal', `'${node.text}' is not a ${node.type}`, {
      span: node.span,
      hint: `write ${node.type} '${form}'`,
    });
  };
  switch (node.type) {
    case 'DATE': {
      const days = parseDate(node.text.trim());
      return days === undefined ? fail('2026-01-31') : literal(days, types.date(false), node.span);
    }
    case 'TIME': {
      const time = parseTime(node.text.trim());
      return time === undefined ? fail('23:59:59') : literal(Number(time.nanos / 1_000_000n), types.time(false), node.span);
    }
    case 'TIMESTAMP': {
      const text = node.text.trim();
      const parsed = parseTimestamp(/^\d{4,}-\d{1,2}-\d{1,2}$/.test(text) ? `${text} 00:00:00` : text);
      if (parsed === undefined) return fail('2026-01-31 23:59:59.123');
      const type = types.timestamp(parsed.precision, false);
      return literal(scaled(parsed.nanos, parsed.precision), type, node.span);
    }
    case 'TIMESTAMP_LTZ':
      throw notSupported(
        'TIMESTAMP_LTZ literals',
        node.span,
        "write CAST(TIMESTAMP '…' AS TIMESTAMP_LTZ(3)), or TO_TIMESTAMP_LTZ(ms, 3)",
      );
  }
}

const scaled = (nanos: bigint, precision: number): bigint =>
  precision <= limits.timestampMicrosPrecisionMax ? nanos / 1000n : nanos;

function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? Math.floor(date.getTime() / 86_400_000) : undefined;
}

function parseTime(text: string): { nanos: bigint; precision: number } | undefined {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null || Number(match[1]) > 23 || Number(match[2]) > 59 || Number(match[3]) > 59) return undefined;
  const fraction = match[4] ?? '';
  const seconds = BigInt(match[1]!) * 3600n + BigInt(match[2]!) * 60n + BigInt(match[3]!);
  return { nanos: seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')), precision: fraction.length };
}

function parseTimestamp(text: string): { nanos: bigint; precision: number } | undefined {
  const [date = '', time, rest] = text.split(' ');
  const days = parseDate(date);
  const clock = time === undefined ? undefined : parseTime(time);
  if (days === undefined || clock === undefined || rest !== undefined) return undefined;
  return { nanos: BigInt(days) * 86_400_000_000_000n + clock.nanos, precision: clock.precision };
}

const unitMs: Readonly<Partial<Record<IntervalUnit, bigint>>> = {
  WEEK: 604_800_000n,
  DAY: 86_400_000n,
  HOUR: 3_600_000n,
  MINUTE: 60_000n,
  SECOND: 1000n,
};
const unitMonths: Readonly<Partial<Record<IntervalUnit, number>>> = { YEAR: 12, QUARTER: 3, MONTH: 1 };

function bindInterval(node: IntervalLiteral): Expression {
  const value = intervalValue(node.text.trim(), node.qualifier);
  if (value === undefined)
    throw new TidemillError('wrong-literal', `'${node.text}' is not an interval ${qualifierText(node.qualifier)}`, {
      span: node.span,
      hint: "write INTERVAL '10' MINUTE, or INTERVAL '1 02:30' DAY TO MINUTE",
    });
  return literal(negated(value, node.negative), intervalType(node.qualifier), node.span);
}

const negated = (value: Value, negative: boolean): Value =>
  !negative ? value : typeof value === 'bigint' ? -value : -(value as number);

export function intervalType(qualifier: IntervalQualifier): SqlType {
  return unitMonths[qualifier.from] === undefined ? types.intervalDayTime(false) : types.intervalYearMonth(false);
}

/** One unit as a value: what INTERVAL (expression) UNIT is multiplied with. */
export function unitInterval(qualifier: IntervalQualifier): Expression {
  const months = unitMonths[qualifier.from];
  return literal(months ?? unitMs[qualifier.from]!, intervalType(qualifier), qualifier.span);
}

const qualifierText = (qualifier: IntervalQualifier): string =>
  qualifier.to === undefined ? qualifier.from : `${qualifier.from} TO ${qualifier.to}`;

/** Months as a number or milliseconds as a bigint; undefined when the text does not fit the qualifier. */
function intervalValue(text: string, qualifier: IntervalQualifier): Value | undefined {
  const match = /^([+-]?)(.*)$/s.exec(text)!;
  const sign = match[1] === '-' ? -1n : 1n;
  const body = match[2]!.trim();
  const months = unitMonths[qualifier.from];
  if (months !== undefined) {
    const parts = /^(\d+)(?:-(\d+))?$/.exec(body);
    if (parts === null || (parts[2] !== undefined) !== (qualifier.to === 'MONTH')) return undefined;
    return Number(sign) * (Number(parts[1]) * months + Number(parts[2] ?? 0));
  }
  const units = fieldsBetween(qualifier);
  const parts = /^(\d+)(?:[ :](\d+))?(?::(\d+))?(?::(\d+))?(?:\.(\d+))?$/.exec(body);
  if (parts === null) return undefined;
  const numbers = [parts[1], parts[2], parts[3], parts[4]].filter(part => part !== undefined);
  if (numbers.length !== units.length || (parts[5] !== undefined && units.at(-1) !== 'SECOND')) return undefined;
  const whole = numbers.reduce((sum, part, index) => sum + BigInt(part) * unitMs[units[index]!]!, 0n);
  return sign * (whole + BigInt((parts[5] ?? '').padEnd(3, '0').slice(0, 3)));
}

const dayTimeUnits: readonly IntervalUnit[] = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];
function fieldsBetween(qualifier: IntervalQualifier): readonly IntervalUnit[] {
  if (qualifier.to === undefined) return [qualifier.from];
  return dayTimeUnits.slice(dayTimeUnits.indexOf(qualifier.from), dayTimeUnits.indexOf(qualifier.to) + 1);
}
