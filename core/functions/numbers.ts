import type { DecimalType, SqlType } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';

/** Plain arithmetic of the references: BIGINT and DECIMAL are bigints, all other numbers JavaScript's. */
export const powerOfTen = (digits: number): bigint => 10n ** BigInt(digits);

export const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** dividend / divisor, rounded half away from zero. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  if (2n * magnitude(remainder) < magnitude(divisor)) return quotient;
  return quotient + (dividend < 0n === divisor < 0n ? 1n : -1n);
}

/** An unscaled decimal at another scale, rounded half up. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  return to >= from ? unscaled * powerOfTen(to - from) : divideHalfUp(unscaled, powerOfTen(from - to));
}

/** The unscaled value when it has at most `precision` digits, else NULL. */
export function fitDecimal(unscaled: bigint, precision: number): bigint | null {
  return magnitude(unscaled) < powerOfTen(precision) ? unscaled : null;
}

/** An exact value of any scale as a decimal of a type: rounded half up, NULL when too large. */
export function toDecimal(unscaled: bigint, scale: number, type: DecimalType): bigint | null {
  return fitDecimal(rescale(unscaled, scale, type.scale), type.precision);
}

/** Wraps to the width of an integer type, as Java does. */
export function wrapInteger(value: bigint | number, type: SqlType): Value {
  switch (type.kind) {
    case 'TINYINT':
      return Number(BigInt.asIntN(8, BigInt(value)));
    case 'SMALLINT':
      return Number(BigInt.asIntN(16, BigInt(value)));
    case 'INT':
      return Number(BigInt.asIntN(32, BigInt(value)));
    default:
      return BigInt.asIntN(64, BigInt(value));
  }
}

/** A quotient of decimals with 38 significant digits, as Java's MathContext(38, HALF_UP) gives it: [unscaled, scale]. */
export function divideDecimals(
  dividend: bigint,
  dividendScale: number,
  divisor: bigint,
  divisorScale: number,
): readonly [bigint, number] {
  if (dividend === 0n) return [0n, 0];
  // enough digits that the 38th and all behind it can be seen
  const shift = Math.max(0, 80 - magnitude(dividend).toString().length + magnitude(divisor).toString().length);
  const scaled = dividend * powerOfTen(shift);
  const quotient = scaled / divisor;
  const exact = scaled % divisor === 0n;
  const scale = dividendScale - divisorScale + shift;
  const excess = magnitude(quotient).toString().length - 38;
  if (excess <= 0) return [quotient, scale];
  // a remainder behind the digits we have only matters at an exact half
  const unit = powerOfTen(excess);
  const rest = magnitude(quotient) % unit;
  const half = unit / 2n;
  const up = rest > half || rest === half || (!exact && rest === half);
  const cut = magnitude(quotient) / unit + (up ? 1n : 0n);
  return [quotient < 0n ? -cut : cut, scale - excess];
}

export function divisionByZero(): TidemillError {
  return new TidemillError('division-by-zero', 'division by zero');
}

/** A finite double's shortest decimal as [unscaled, scale], what BigDecimal.valueOf(double) is. */
export function shortestDecimal(value: number): readonly [bigint, number] {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const unscaled = BigInt(whole + fraction);
  return scale >= 0 ? [unscaled, scale] : [unscaled * powerOfTen(-scale), 0];
}

/** A finite double's exact decimal as [unscaled, scale], what new BigDecimal(double) is. */
export function exactDecimal(value: number): readonly [bigint, number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = (exponent === 0 ? fraction : fraction | (1n << 52n)) * (bits >> 63n === 1n ? -1n : 1n);
  const power = (exponent === 0 ? 1 : exponent) - 1075;
  if (power >= 0) return [mantissa << BigInt(power), 0];
  return [mantissa * 5n ** BigInt(-power), -power];
}

/** A decimal as the nearest double. */
export function decimalToDouble(unscaled: bigint, scale: number): number {
  return Number(scale === 0 ? unscaled.toString() : `${unscaled}e-${scale}`);
}

/** Rounds a decimal number to `digits` after the point (before it when negative); the scale that comes out is max(digits, 0). */
export function roundTo(unscaled: bigint, scale: number, digits: number, mode: 'half-up' | 'down'): readonly [bigint, number] {
  if (digits >= scale) return [unscaled, scale];
  if (digits < -400) return [0n, 0];
  const unit = powerOfTen(scale - digits);
  const rounded = mode === 'down' ? unscaled / unit : divideHalfUp(unscaled, unit);
  return digits >= 0 ? [rounded, digits] : [rounded * powerOfTen(-digits), 0];
}
