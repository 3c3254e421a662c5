import type { SqlType } from '../columnar/types.ts';
import { types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { type Random, realRandom } from '../common/environment.ts';
import { TidemillError } from '../common/errors.ts';
import { call, type Expression } from '../plan/expressions.ts';
import type { EvaluationContext, ScalarFunction } from './contract.ts';
import { type ArgumentKind, accepts, define, signature } from './define.ts';

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

/** A generator that is seeded by chance. */
function unseeded(context: EvaluationContext): JavaRandom {
  const random: Random = context.random ?? realRandom;
  return new JavaRandom((BigInt(random.next32()) << 16n) ^ BigInt(random.next32()));
}

/** The generators of calls whose seed is written out: one a place in a task, which goes on from row to row. */
const sequences = new WeakMap<object, JavaRandom>();
function sequence(place: object, seed: number): JavaRandom {
  const found = sequences.get(place) ?? new JavaRandom(BigInt(seed));
  sequences.set(place, found);
  return found;
}

const int = accepts.int;
const boundOf = (value: unknown): number => {
  if ((value as number) > 0) return value as number;
  throw new TidemillError('bad-argument', `the bound of RAND_INTEGER must be above 0, not ${value}`);
};

/** A seed that is written out starts a sequence; any other makes a generator for its row. */
const bySeed =
  (name: string): ((args: readonly Expression[], type: SqlType) => Expression) =>
  (args, type) => {
    const [seed] = args;
    const isConstant =
      seed!.kind === 'literal' || (seed!.kind === 'call' && seed!.arguments.every(part => part.kind === 'literal'));
    return call(`${name}-${isConstant ? 'sequence' : 'of-seed'}`, args, type, seed!.span);
  };

function randoms(
  name: 'rand' | 'rand-integer',
  spelling: string,
  bound: number,
  type: SqlType,
  draw: (generator: JavaRandom, args: readonly Value[]) => number,
  doc: { readonly usage: string; readonly text: string; readonly example: string },
): readonly ScalarFunction[] {
  const kinds = (count: number): ArgumentKind[] => new Array<ArgumentKind>(count).fill(int);
  const common = { deterministic: false, flink: `${spelling}($*)`, ...doc } as const;
  return [
    define({
      ...common,
      name,
      spellings: [spelling],
      resolve: (given, args) => signature(kinds(given.length > bound ? bound + 1 : bound), type)(given, args),
      reference: (args, _, context) => draw(unseeded(context), args),
      implementation: {
        kind: 'rewrite',
        expand: (args, result) => (args.length > bound ? bySeed(name)(args, result) : call(`${name}-unseeded`, args, result)),
      },
    }),
    define({
      ...common,
      name: `${name}-unseeded`,
      resolve: signature(kinds(bound), type),
      reference: (args, _, context) => draw(unseeded(context), args),
    }),
    define({
      ...common,
      name: `${name}-sequence`,
      resolve: signature(kinds(bound + 1), type),
      reference: (args, types) => draw(sequence(types, args[0] as number), args),
    }),
    define({
      ...common,
      name: `${name}-of-seed`,
      resolve: signature(kinds(bound + 1), type),
      reference: args => draw(new JavaRandom(BigInt(args[0] as number)), args),
    }),
  ];
}

const random: readonly ScalarFunction[] = [
  ...randoms('rand', 'RAND', 0, types.double(false), generator => generator.double(), {
    usage: 'RAND([seed])',
    text: 'A random DOUBLE from 0 up to but not with 1; the rows of a call with a seed written out get the numbers of its sequence.',
    example: 'RAND(42)',
  }),
  ...randoms('rand-integer', 'RAND_INTEGER', 1, types.int(false), (generator, args) => generator.below(boundOf(args.at(-1))), {
    usage: 'RAND_INTEGER([seed,] bound)',
    text: 'A random INT from 0 up to but not with the bound; the rows of a call with a seed written out get the numbers of its sequence.',
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
