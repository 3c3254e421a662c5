import type { SqlType } from '../columnar/types.ts';
import { types } from '../columnar/types.ts';
import { type Random, realRandom } from '../common/environment.ts';
import { TidemillError } from '../common/errors.ts';
import type { EvaluationContext, ScalarFunction } from './contract.ts';
import { accepts, define, signature } from './define.ts';

const degreesPerRadian = 57.29577951308232;
const radiansPerDegree = 0.017453292519943295;

/**
 * Functions of one or two doubles, by catalogue name: generated code calls these, and the references are these. Flink calls java.lang.Math,
 * whose last bit is not specified; ours is that of the JavaScript engine.
 */
export const elementary: Readonly<Record<string, (x: number, y: number) => number>> = {
  power: (x, y) => x ** y,
  atan2: (y, x) => Math.atan2(y, x),
  exp: x => Math.exp(x),
  ln: x => Math.log(x),
  log10: x => Math.log10(x),
  log2: x => Math.log(x) / Math.LN2,
  'log-base': (base, x) => Math.log(x) / Math.log(base),
  sin: x => Math.sin(x),
  cos: x => Math.cos(x),
  tan: x => Math.tan(x),
  cot: x => 1 / Math.tan(x),
  asin: x => Math.asin(x),
  acos: x => Math.acos(x),
  atan: x => Math.atan(x),
  sinh: x => Math.sinh(x),
  cosh: x => Math.cosh(x),
  tanh: x => Math.tanh(x),
  degrees: x => x * degreesPerRadian,
  radians: x => x * radiansPerDegree,
};

const double = accepts.double;

function ofOne(name: string, spelling: string, text: string, example: string): ScalarFunction {
  const compute = elementary[name]!;
  return define({
    name,
    spellings: [spelling],
    resolve: signature([double], types.double()),
    reference: ([x]) => compute(x as number, 0),
    usage: `${spelling}(x)`,
    text,
    example,
  });
}

function ofTwo(name: string, spelling: string, parameters: string, text: string, example: string): ScalarFunction {
  const compute = elementary[name]!;
  return define({
    name,
    spellings: [spelling],
    resolve: signature([double, double], types.double()),
    reference: ([x, y]) => compute(x as number, y as number),
    usage: `${spelling}(${parameters})`,
    text,
    example,
  });
}

function constant(name: string, spelling: string, value: number, text: string): ScalarFunction {
  return define({
    name,
    spellings: [spelling],
    resolve: signature([], types.double(false)),
    reference: () => value,
    implementation: { kind: 'rewrite', expand: (_, type) => ({ kind: 'literal', value, type }) },
    flink: name === 'pi' ? 'PI()' : `${spelling}()`,
    usage: `${spelling}()`,
    text,
    example: `${spelling}()`,
  });
}

const multiplier = 0x5deece66dn;
const mask = (1n << 48n) - 1n;

/** Numbers of java.util.Random. Source: its documented algorithm. */
export class JavaRandom {
  #seed: bigint;

  constructor(seed: bigint) {
    this.#seed = (seed ^ multiplier) & mask;
  }

  #next(bits: number): number {
    this.#seed = (this.#seed * multiplier + 11n) & mask;
    return Number(BigInt.asIntN(32, this.#seed >> BigInt(48 - bits)));
  }

  /** 0 ≤ x < 1. */
  double(): number {
    return (this.#next(26) * 2 ** 27 + this.#next(27)) * 2 ** -53;
  }

  /** 0 ≤ n < bound. */
  below(bound: number): number {
    let bits = this.#next(31);
    if ((bound & (bound - 1)) === 0) return Number((BigInt(bound) * BigInt(bits)) >> 31n);
    let value = bits % bound;
    while (bits - value + (bound - 1) > 0x7fffffff) {
      bits = this.#next(31);
      value = bits % bound;
    }
    return value;
  }
}

/** A generator that is seeded by the argument, or by chance. */
function generator(seed: unknown, context: EvaluationContext): JavaRandom {
  if (seed !== undefined) return new JavaRandom(BigInt(seed as number));
  const random: Random = context.random ?? realRandom;
  return new JavaRandom((BigInt(random.next32()) << 16n) ^ BigInt(random.next32()));
}

const int = accepts.int;
const nullableWith = (seeded: boolean, type: SqlType) => signature(seeded ? [int] : [], type);

const random: readonly ScalarFunction[] = [
  define({
    name: 'rand',
    spellings: ['RAND'],
    resolve: (given, args) => nullableWith(given.length > 0, types.double(false))(given, args),
    deterministic: false,
    reference: ([seed], _, context) => generator(seed, context).double(),
    usage: 'RAND([seed])',
    text: 'A random DOUBLE from 0 up to but not with 1; a seed gives the first number of its sequence.',
    example: 'RAND(42)',
  }),
  define({
    name: 'rand-integer',
    spellings: ['RAND_INTEGER'],
    resolve: signature([int, int], types.int(false), { optional: 1 }),
    deterministic: false,
    reference: (args, _, context) => {
      const bound = args.at(-1) as number;
      if (bound <= 0) throw new TidemillError('bad-argument', `the bound of RAND_INTEGER must be above 0, not ${bound}`);
      return generator(args.length > 1 ? args[0] : undefined, context).below(bound);
    },
    usage: 'RAND_INTEGER([seed,] bound)',
    text: 'A random INT from 0 up to but not with the bound; a seed gives the first number of its sequence.',
    example: 'RAND_INTEGER(42, 100)',
  }),
];

export const elementaryFunctions: readonly ScalarFunction[] = [
  ofTwo('power', 'POWER', 'x, y', 'x to the power of y.', 'POWER(2, 10)'),
  ofTwo('atan2', 'ATAN2', 'y, x', 'The angle of a point (x, y), in radians.', 'ATAN2(0, 1)'),
  define({
    name: 'log',
    spellings: ['LOG'],
    resolve: signature([double, double], types.double(), { optional: 1 }),
    reference: ([x, y]) =>
      y === undefined ? elementary['ln']!(x as number, 0) : elementary['log-base']!(x as number, y as number),
    usage: 'LOG([base,] x)',
    text: 'The logarithm of x: natural, or to a base.',
    example: 'LOG(2, 8)',
  }),
  ofOne('exp', 'EXP', 'e to the power of x.', 'EXP(0)'),
  ofOne('ln', 'LN', 'The natural logarithm.', 'LN(1)'),
  ofOne('log10', 'LOG10', 'The logarithm to base 10.', 'LOG10(1000)'),
  ofOne('log2', 'LOG2', 'The logarithm to base 2.', 'LOG2(8)'),
  ofOne('sin', 'SIN', 'The sine of an angle in radians.', 'SIN(0)'),
  ofOne('cos', 'COS', 'The cosine of an angle in radians.', 'COS(0)'),
  ofOne('tan', 'TAN', 'The tangent of an angle in radians.', 'TAN(0)'),
  ofOne('cot', 'COT', 'The cotangent of an angle in radians.', 'COT(1)'),
  ofOne('asin', 'ASIN', 'The arc sine.', 'ASIN(0)'),
  ofOne('acos', 'ACOS', 'The arc cosine.', 'ACOS(1)'),
  ofOne('atan', 'ATAN', 'The arc tangent.', 'ATAN(0)'),
  ofOne('sinh', 'SINH', 'The hyperbolic sine.', 'SINH(0)'),
  ofOne('cosh', 'COSH', 'The hyperbolic cosine.', 'COSH(0)'),
  ofOne('tanh', 'TANH', 'The hyperbolic tangent.', 'TANH(0)'),
  ofOne('degrees', 'DEGREES', 'An angle in radians as degrees.', 'DEGREES(0)'),
  ofOne('radians', 'RADIANS', 'An angle in degrees as radians.', 'RADIANS(180)'),
  constant('pi', 'PI', Math.PI, 'The number π.'),
  constant('e', 'E', Math.E, "Euler's number."),
  ...random,
];
