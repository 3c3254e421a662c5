import { formatValue } from '../columnar/format-value.ts';
import type { SqlType } from '../columnar/types.ts';
import { types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';

const directive = /%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y;

class FormatProblem extends Error {}

/**
 * java.util.Formatter over SQL values, with the default locale of a server (English): `%s %d %x %o %f %e %g %b %c %n %%` with widths,
 * precisions and flags. Undefined where Java throws.
 * Source: Java SE 17, class Formatter.
 */
export function javaFormat(format: string, args: readonly Value[], argumentTypes: readonly SqlType[]): string | undefined {
  let result = '';
  let next = 0;
  let last = -1;
  try {
    for (let at = 0; at < format.length; ) {
      if (format[at] !== '%') {
        result += format[at++];
        continue;
      }
      directive.lastIndex = at;
      const found = directive.exec(format);
      if (found === null) return undefined;
      at = directive.lastIndex;
      const [, index, flags, width, precision, conversion] = found as unknown as [
        string,
        string?,
        string?,
        string?,
        string?,
        string?,
      ];
      const wide = width === undefined ? 0 : Number(width);
      if (flags!.includes('-') && width === undefined) return undefined;
      if (conversion === '%' || conversion === 'n') {
        result += conversion === 'n' ? '\n' : padded('%', wide, flags!);
        continue;
      }
      const place = index !== undefined ? Number(index) - 1 : flags!.includes('<') ? last : next++;
      if (place < 0 || place >= args.length) return undefined;
      last = place;
      result += padded(
        converted(
          conversion!,
          args[place]!,
          argumentTypes[place]!,
          flags!,
          precision === undefined ? undefined : Number(precision),
          wide,
        ),
        wide,
        flags!,
      );
    }
  } catch (error) {
    if (error instanceof FormatProblem) return undefined;
    throw error;
  }
  return result;
}

const padded = (text: string, width: number, flags: string): string =>
  flags.includes('-') ? text.padEnd(width) : text.padStart(width);

function converted(
  conversion: string,
  value: Value,
  type: SqlType,
  flags: string,
  precision: number | undefined,
  width: number,
): string {
  const upper = conversion !== conversion.toLowerCase();
  const cased = (text: string): string => (upper ? text.toUpperCase() : text);
  const cut = (text: string): string => cased(precision === undefined ? text : text.slice(0, precision));
  const kind = conversion.toLowerCase();
  switch (kind) {
    case 'b':
      return cut(String(value === null ? false : typeof value === 'boolean' ? value : true));
    case 's':
      return cut(value === null ? 'null' : textOf(value, type));
    case 'c':
      if (value === null) return cased('null');
      if (type.kind !== 'INT' && type.kind !== 'SMALLINT' && type.kind !== 'TINYINT') throw new FormatProblem();
      return cased(String.fromCodePoint(value as number));
    case 'd':
    case 'x':
    case 'o':
      if (value === null) return cased('null');
      if (precision !== undefined || !isWhole(type)) throw new FormatProblem();
      return cased(
        kind === 'd' ? decimal(BigInt(value as number | bigint), flags, width) : unsigned(value, type, kind, flags, width),
      );
    case 'f':
    case 'e':
    case 'g':
      if (value === null) return cased('null');
      if (type.kind !== 'DOUBLE' && type.kind !== 'FLOAT') throw new FormatProblem();
      return cased(floating(kind, value as number, flags, precision ?? 6, width));
    default:
      throw new FormatProblem();
  }
}

const isWhole = (type: SqlType): boolean =>
  type.kind === 'TINYINT' || type.kind === 'SMALLINT' || type.kind === 'INT' || type.kind === 'BIGINT';

/** A value as the object that Flink hands to Java prints itself: dates and times are their numbers. */
function textOf(value: Value, type: SqlType): string {
  switch (type.kind) {
    case 'BOOLEAN':
      return String(value);
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return String(value);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return formatValue(value, { ...type, precision: type.precision > 6 ? 9 : 6 })
        .replace(' ', 'T')
        .replace(/\.?0+$/, '');
    default:
      return formatValue(value, type === undefined ? types.string() : type);
  }
}

/** Signs, grouping, zeros. */
function signed(digits: string, negative: boolean, flags: string, width: number): string {
  let [whole, rest] = [/^\d+/.exec(digits)?.[0] ?? digits, digits.slice(/^\d+/.exec(digits)?.[0].length ?? digits.length)];
  if (flags.includes(',')) whole = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const before = negative ? (flags.includes('(') ? '(' : '-') : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const after = negative && flags.includes('(') ? ')' : '';
  if (flags.includes('0')) whole = whole.padStart(width - before.length - after.length - rest.length, '0');
  return before + whole + rest + after;
}

const decimal = (value: bigint, flags: string, width: number): string =>
  signed(String(value < 0n ? -value : value), value < 0n, flags, width);

const bits: Readonly<Record<string, number>> = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 };

function unsigned(value: Value, type: SqlType, kind: string, flags: string, width: number): string {
  if (/[+ ,(]/.test(flags)) throw new FormatProblem();
  const digits = BigInt.asUintN(bits[type.kind]!, BigInt(value as number | bigint)).toString(kind === 'x' ? 16 : 8);
  const prefix = flags.includes('#') ? (kind === 'x' ? '0x' : '0') : '';
  return prefix + (flags.includes('0') ? digits.padStart(width - prefix.length, '0') : digits);
}

function floating(kind: string, value: number, flags: string, precision: number, width: number): string {
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'NaN' : 'Infinity';
    return Number.isNaN(value) ? text : signed(text, value < 0, flags.replace('0', ''), width);
  }
  const negative = value < 0 || Object.is(value, -0);
  const size = Math.abs(value);
  if (kind === 'e') return signed(exponential(size, precision), negative, flags, width);
  if (kind === 'g') {
    const digits = precision === 0 ? 1 : precision;
    const rounded = Number(size.toPrecision(digits));
    if (size !== 0 && (rounded < 1e-4 || rounded >= 10 ** digits))
      return signed(exponential(size, digits - 1), negative, flags, width);
    const whole = size === 0 ? 0 : Math.floor(Math.log10(rounded)) + 1;
    return signed(fixed(size, digits - (whole === 0 && size === 0 ? 1 : whole)), negative, flags, width);
  }
  return signed(fixed(size, precision), negative, flags, width);
}

/** Rounded half up over the shortest decimal digits of the number, as Java does. */
function fixed(size: number, precision: number): string {
  const [mantissa, exponent] = size.toExponential().split('e') as [string, string];
  const digits = mantissa.replace('.', '');
  const scale = digits.length - 1 - Number(exponent);
  let units = BigInt(digits) * 10n ** BigInt(Math.max(0, precision - scale));
  if (scale > precision) {
    const step = 10n ** BigInt(scale - precision);
    units = (units + step / 2n) / step;
  }
  const text = String(units).padStart(precision + 1, '0');
  return precision <= 0 ? text : `${text.slice(0, -precision)}.${text.slice(-precision)}`;
}

function exponential(size: number, precision: number): string {
  const [mantissa, exponent] = size.toExponential().split('e') as [string, string];
  let power = Number(exponent);
  let text = fixed(Number(mantissa), precision);
  if (text.startsWith('10')) {
    power++;
    text = fixed(Number(mantissa) / 10, precision);
  }
  return `${text}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
