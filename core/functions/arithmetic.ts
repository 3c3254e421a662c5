import { isInteger, isNumeric, type SqlType, types, withNullable, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Expression } from '../plan/expressions.ts';
import type { DuckdbVerdict, Resolution, ScalarFunction } from './contract.ts';
import { addInterval } from './datetime.ts';
import { accepts, anyNullable, define, shown, signature } from './define.ts';
import { elementaryFunctions } from './elementary.ts';
import {
  divideDecimals,
  divisionByZero,
  magnitude,
  powerOfTen,
  rescale,
  roundTo,
  shortestDecimal,
  toDecimal,
  wrapInteger,
} from './numbers.ts';
import { percentileOfArray } from './percentile.ts';
import {
  asDecimal,
  commonNumber,
  decimalResults,
  isApproximate,
  isDatetime,
  isExact,
  isInterval,
  roundedDecimal,
} from './type-rules.ts';

type Operation = 'plus' | 'minus' | 'times' | 'divide' | 'mod';
interface Types {
  readonly arguments: readonly SqlType[];
  readonly result: SqlType;
}
const symbols = { plus: '+', minus: '-', times: '*', divide: '/', mod: '%' } as const;

function resolveBinary(operation: Operation): ScalarFunction['resolve'] {
  return given => {
    if (given.length !== 2) return `takes 2 operands, not ${given.length}`;
    const nullable = anyNullable(given);
    const [left, right] = given.map(type => withoutTimeAttribute(type)) as [SqlType, SqlType];
    const of = (result: SqlType, a: SqlType = left, b: SqlType = right): Resolution => ({
      argumentTypes: [withNullable(a, left.nullable), withNullable(b, right.nullable)],
      resultType: withNullable(result, nullable),
    });
    const temporal = resolveTemporal(operation, left, right, of);
    if (temporal !== undefined) return temporal;
    if (left.kind === 'NULL' && isNumeric(right)) return of(right, right, right);
    if (right.kind === 'NULL' && isNumeric(left)) return of(left, left, left);
    if (left.kind === 'NULL' && right.kind === 'NULL') return of(types.int(), types.int(), types.int());
    if (!isNumeric(left) || !isNumeric(right)) return `does not take ${shown(left)} and ${shown(right)}`;
    if (isExact(left) && isExact(right) && (left.kind === 'DECIMAL' || right.kind === 'DECIMAL')) {
      const [a, b] = [asDecimal(left), asDecimal(right)];
      const derive = decimalResults[operation === 'minus' ? 'plus' : operation];
      const result = derive(a, b);
      // a result of 38 digits may overflow, and then it is NULL
      return {
        argumentTypes: [a, b],
        resultType: withNullable(result, nullable || result.precision === 38),
      };
    }
    if (operation === 'mod' && isInteger(left) && isInteger(right)) return of(right);
    if (operation === 'mod') return `takes exact numbers, not ${shown(left)} and ${shown(right)}`;
    // Flink computes FLOAT with DOUBLE in the type that stands first
    const common = isApproximate(left) && isApproximate(right) ? left : commonNumber(left, right);
    return of(common, common, common);
  };
}

function resolveTemporal(
  operation: Operation,
  left: SqlType,
  right: SqlType,
  of: (result: SqlType, a?: SqlType, b?: SqlType) => Resolution,
): Resolution | string | undefined {
  const additive = operation === 'plus' || operation === 'minus';
  if (isDatetime(left) && isInterval(right) && additive) return of(left);
  if (isInterval(left) && isDatetime(right) && operation === 'plus') return of(right);
  if (isInterval(left) && isInterval(right) && additive && left.kind === right.kind) return of(left);
  if (isInterval(left) && isNumeric(right) && (operation === 'times' || operation === 'divide')) {
    const factor = left.kind === 'INTERVAL_YEAR_MONTH' ? types.int() : types.bigint();
    if (isInteger(right)) return of(left, left, factor);
  }
  if (isNumeric(left) && isInterval(right) && operation === 'times' && isInteger(left)) {
    return of(right, right.kind === 'INTERVAL_YEAR_MONTH' ? types.int() : types.bigint(), right);
  }
  if (isDatetime(left) && isDatetime(right) && operation === 'minus') {
    return 'does not take two points in time: TIMESTAMPDIFF(unit, a, b) gives what lies between them';
  }
  return undefined;
}

function arithmetic(operation: Operation): (args: readonly Value[], types: Types) => Value {
  return ([left, right], { arguments: given, result }) => {
    const [leftType, rightType] = given as [SqlType, SqlType];
    if (isDatetime(leftType)) return addInterval(left!, leftType, right!, rightType, operation === 'minus' ? -1 : 1);
    if (isDatetime(rightType)) return addInterval(right!, rightType, left!, leftType, 1);
    if (result.kind === 'DECIMAL' && leftType.kind === 'DECIMAL' && rightType.kind === 'DECIMAL') {
      const [a, b] = [left as bigint, right as bigint];
      const scale = Math.max(leftType.scale, rightType.scale);
      switch (operation) {
        case 'plus':
          return toDecimal(rescale(a, leftType.scale, scale) + rescale(b, rightType.scale, scale), scale, result);
        case 'minus':
          return toDecimal(rescale(a, leftType.scale, scale) - rescale(b, rightType.scale, scale), scale, result);
        case 'times':
          return toDecimal(a * b, leftType.scale + rightType.scale, result);
        case 'divide': {
          if (b === 0n) throw divisionByZero();
          const [quotient, quotientScale] = divideDecimals(a, leftType.scale, b, rightType.scale);
          return quotientScale >= 0
            ? toDecimal(quotient, quotientScale, result)
            : toDecimal(quotient * powerOfTen(-quotientScale), 0, result);
        }
        case 'mod': {
          if (b === 0n) throw divisionByZero();
          return toDecimal(rescale(a, leftType.scale, scale) % rescale(b, rightType.scale, scale), scale, result);
        }
      }
    }
    if (isApproximate(result)) {
      const value = approximate(operation, Number(left), Number(right));
      return result.kind === 'FLOAT' ? Math.fround(value) : value;
    }
    const [a, b] = [BigInt(left as bigint), BigInt(right as bigint)];
    if ((operation === 'divide' || operation === 'mod') && b === 0n) throw divisionByZero();
    const exact = { plus: () => a + b, minus: () => a - b, times: () => a * b, divide: () => a / b, mod: () => a % b }[
      operation
    ]();
    if (result.kind === 'INTERVAL_YEAR_MONTH') return wrapInteger(exact, types.int());
    return wrapInteger(exact, result);
  };
}

function approximate(operation: Operation, a: number, b: number): number {
  switch (operation) {
    case 'plus':
      return a + b;
    case 'minus':
      return a - b;
    case 'times':
      return a * b;
    case 'divide':
      return a / b;
    case 'mod':
      return a % b;
  }
}

/** IEEE arithmetic is the same everywhere; integers overflow and decimals round in other ways in DuckDB. */
interface Digits {
  readonly precision: number;
  readonly scale: number;
}
/** A decimal, or an integer as both engines take it beside one. */
function decimalDigits(type: SqlType): Digits | undefined {
  if (type.kind === 'DECIMAL') return type;
  return type.kind === 'INT' ? { precision: 10, scale: 0 } : type.kind === 'BIGINT' ? { precision: 19, scale: 0 } : undefined;
}

/** Where Flink rounds nothing: DuckDB keeps all digits too, and refuses what does not fit, so that the stage is run on operators. */
function isExactInDuckdb(operation: Operation, left: Digits, right: Digits): boolean {
  const scale = Math.max(left.scale, right.scale);
  if (operation === 'plus' || operation === 'minus')
    return Math.max(left.precision - left.scale, right.precision - right.scale) + scale + 1 <= 38;
  if (operation !== 'times') return false;
  return left.precision + right.precision < 38 || left.scale + right.scale <= 6;
}

/** Products of which Flink cuts digits. DuckDB has them all in 38, and the cast to the result rounds as Flink does; what does not fit 38 is refused. */
const roundedProductScaleMax = 18;
function isRoundedInDuckdb(operation: Operation, left: Digits, right: Digits): boolean {
  if (operation !== 'times') return false;
  return left.precision + right.precision <= 38 || left.scale + right.scale <= roundedProductScaleMax;
}

const onDoubles =
  (operation: Operation) =>
  (argumentTypes: readonly SqlType[]): DuckdbVerdict => {
    const doubles = argumentTypes.every(type => type.kind === 'DOUBLE');
    if (doubles && operation !== 'mod' && operation !== 'divide')
      return { rewrite: args => `(${args.join(` ${symbols[operation]} `)})` };
    // An overflow is an error in DuckDB, and the stage is then run again on operators. Its optimizer would move the constant of `a + 1 > 5` over to
    // the 5 and lose the overflow; greatest() of one value costs nothing and stops it.
    const integers = argumentTypes.every(type => type.kind === 'BIGINT' || type.kind === 'INT');
    const same = argumentTypes.every(type => type.kind === argumentTypes[0]!.kind);
    if (integers && same && operation !== 'mod' && operation !== 'divide')
      return { rewrite: args => `greatest(${args.join(` ${symbols[operation]} `)})` };
    const [left, right] = argumentTypes.map(decimalDigits);
    if (left === undefined || right === undefined) return 'never';
    // its optimizer moves no constants of decimals
    const rewrite = (args: readonly string[]): string => `(${args.join(` ${symbols[operation]} `)})`;
    if (isExactInDuckdb(operation, left, right)) return { rewrite, sameScale: true };
    return isRoundedInDuckdb(operation, left, right) ? { rewrite } : 'never';
  };

function binary(operation: Operation, spellings: readonly string[], text: string, example: string): ScalarFunction {
  return define({
    name: operation,
    spellings,
    resolve: resolveBinary(operation),
    reference: arithmetic(operation),
    duckdb: onDoubles(operation),
    flink: `($1 ${symbols[operation]} $2)`,
    usage: `a ${symbols[operation]} b`,
    text,
    example,
  });
}

const numericUnary = (type: SqlType): SqlType => type;
const isWhole = (type: SqlType): boolean => isInteger(type);

/** A function of one double. */
function ofDouble(
  name: string,
  spellings: readonly string[],
  compute: (x: number) => number,
  text: string,
  example: string,
): ScalarFunction {
  return define({
    name,
    spellings,
    resolve: signature([accepts.double], types.double()),
    reference: ([x]) => compute(x as number),
    usage: `${spellings[0]}(x)`,
    text,
    example,
  });
}

function negated(value: Value, type: SqlType): Value {
  if (typeof value === 'bigint') return type.kind === 'DECIMAL' ? -value : BigInt.asIntN(64, -value);
  if (isApproximate(type)) return -(value as number);
  return wrapInteger(-(value as number), type.kind === 'INTERVAL_YEAR_MONTH' ? types.int() : type);
}

const digitsOf = (args: readonly Expression[]): number | undefined => {
  const digits = args[1];
  if (args.length < 2) return 0;
  if (digits?.kind === 'call' && digits.name === 'negate') {
    const [positive] = digits.arguments;
    return positive?.kind === 'literal' && typeof positive.value === 'number' ? -positive.value : undefined;
  }
  return digits?.kind === 'literal' && typeof digits.value === 'number' ? digits.value : undefined;
};

function rounding(name: 'round' | 'truncate', mode: 'half-up' | 'down', text: string, example: string): ScalarFunction {
  return define({
    name,
    spellings: [name.toUpperCase()],
    resolve: signature(
      [accepts.number, accepts.int],
      (argumentTypes, args) => {
        const type = argumentTypes[0]!;
        if (type.kind !== 'DECIMAL') return type;
        const digits = digitsOf(args);
        return digits === undefined ? type : roundedDecimal(type, digits);
      },
      { optional: 1 },
    ),
    reference: ([value, given], { arguments: argumentTypes, result }) => {
      const digits = (given ?? 0) as number;
      const type = argumentTypes[0]!;
      if (type.kind === 'DECIMAL' && result.kind === 'DECIMAL') {
        const [unscaled, scale] = roundTo(value as bigint, type.scale, digits, mode);
        return toDecimal(unscaled, scale, result);
      }
      if (isApproximate(type)) {
        const x = value as number;
        if (!Number.isFinite(x)) return x;
        const [unscaled, scale] = roundTo(...shortestDecimal(x), digits, mode);
        const rounded = Number(`${unscaled}e-${scale}`);
        return type.kind === 'FLOAT' ? Math.fround(rounded) : rounded;
      }
      const [unscaled] = roundTo(BigInt(value as bigint), 0, digits, mode);
      return wrapInteger(unscaled, type);
    },
    usage: `${name.toUpperCase()}(x [, digits])`,
    text,
    example,
  });
}

function toWhole(name: 'ceil' | 'floor', compute: (x: number) => number, example: string): ScalarFunction {
  return define({
    name,
    spellings: name === 'ceil' ? ['CEIL', 'CEILING'] : ['FLOOR'],
    resolve: signature([accepts.number], ([type]) => (type?.kind === 'DECIMAL' ? types.decimal(type.precision, 0) : type!)),
    reference: ([value], { arguments: [type], result }) => {
      if (isWhole(type!)) return value!;
      if (type!.kind === 'DECIMAL' && result.kind === 'DECIMAL') {
        const unit = powerOfTen(type!.scale);
        const x = value as bigint;
        const cut = x / unit;
        const rest = x % unit;
        const whole = rest === 0n ? cut : name === 'ceil' ? (x > 0n ? cut + 1n : cut) : x < 0n ? cut - 1n : cut;
        return toDecimal(whole, 0, result);
      }
      return compute(value as number);
    },
    usage: `${name.toUpperCase()}(x)`,
    text: `The ${name === 'ceil' ? 'smallest whole number that is not below' : 'largest whole number that is not above'} x.`,
    example,
  });
}

export const arithmeticFunctions: readonly ScalarFunction[] = [
  binary(
    'plus',
    [],
    'The sum. Integers wrap; a decimal that does not fit is NULL; a point in time plus an interval moves it.',
    '1 + 2',
  ),
  binary('minus', [], 'The difference.', '1.5 - 2'),
  binary('times', [], 'The product.', '0.908 * 100'),
  binary('divide', [], 'The quotient; of integers it is cut. Zero as a divisor of integers and decimals fails the job.', '7 / 2'),
  binary('mod', ['MOD'], "The remainder, with the dividend's sign.", '-7 % 3'),
  define({
    name: 'unary-plus',
    resolve: signature([accepts.number], ([type]) => type!),
    reference: ([value]) => value!,
    implementation: { kind: 'rewrite', expand: args => args[0]! },
    flink: '(+$1)',
    usage: '+x',
    text: 'x itself.',
    example: '+1',
  }),
  define({
    name: 'negate',
    resolve: given =>
      given.length === 1 && given[0] !== undefined && (isNumeric(given[0]) || isInterval(given[0]))
        ? { argumentTypes: given, resultType: numericUnary(given[0]) }
        : 'takes a number or an interval',
    reference: ([value], { result }) => negated(value!, result),
    duckdb: ([type]) => (type!.kind === 'DOUBLE' ? { rewrite: args => `(-${args[0]})` } : 'never'),
    flink: '(-$1)',
    usage: '-x',
    text: 'x with the other sign.',
    example: '-(1 + 2)',
  }),
  define({
    name: 'abs',
    spellings: ['ABS'],
    resolve: signature([accepts.number], ([type]) => type!),
    reference: ([value], { result }) => {
      if (typeof value === 'bigint') return result.kind === 'DECIMAL' ? magnitude(value) : BigInt.asIntN(64, magnitude(value));
      return isApproximate(result) ? Math.abs(value as number) : wrapInteger(Math.abs(value as number), result);
    },
    duckdb: ([type]) => (type!.kind === 'DOUBLE' ? { same: 'abs' } : 'never'),
    usage: 'ABS(x)',
    text: 'x without its sign.',
    example: 'ABS(-3)',
  }),
  define({
    name: 'sign',
    spellings: ['SIGN'],
    resolve: signature([accepts.number], ([type]) => type!),
    reference: ([value], { result }) => {
      if (typeof value !== 'bigint') return Math.sign(value as number);
      const sign = value === 0n ? 0n : value < 0n ? -1n : 1n;
      return result.kind === 'DECIMAL' ? sign * powerOfTen(result.scale) : sign;
    },
    usage: 'SIGN(x)',
    text: '-1, 0 or 1, in the type of x.',
    example: 'SIGN(-2.5)',
  }),
  toWhole('ceil', Math.ceil, 'CEIL(1.2)'),
  toWhole('floor', Math.floor, 'FLOOR(-1.2)'),
  rounding(
    'round',
    'half-up',
    'x rounded half away from zero to so many digits after the point; before it when negative.',
    'ROUND(2.345, 2)',
  ),
  rounding('truncate', 'down', 'x cut to so many digits after the point.', 'TRUNCATE(2.349, 2)'),
  ofDouble(
    'sqrt',
    ['SQRT'],
    x => (x === Number.NEGATIVE_INFINITY ? -x : Math.sqrt(x + 0)),
    'The square root; NaN for a negative number.',
    'SQRT(16)',
  ),
  ...elementaryFunctions,
  percentileOfArray,
];
