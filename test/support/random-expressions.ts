import fc from 'fast-check';
import {
  isNumeric,
  type Schema,
  type SqlType,
  sameType,
  types,
  withNullable,
  withoutTimeAttribute,
} from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { canCast, castMayGiveNull, commonType, scalarFunctions } from '../../core/functions/index.ts';
import { call, caseOf, cast, column, type Expression, literal } from '../../core/plan/expressions.ts';

/** Types that random expressions are over. */
export const testedTypes: readonly SqlType[] = [
  types.boolean(),
  types.tinyint(),
  types.smallint(),
  types.int(),
  types.bigint(),
  types.float(),
  types.double(),
  types.decimal(5, 2),
  types.decimal(18, 4),
  types.decimal(19, 0),
  types.decimal(38, 10),
  types.string(),
  types.varchar(5),
  types.date(),
  types.time(),
  types.timestamp(3),
  types.timestamp(9),
  types.timestampLtz(3),
  types.intervalDayTime(),
  types.intervalYearMonth(),
];

const integerOf = (bits: number): fc.Arbitrary<bigint> => {
  const [least, most] = [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
  return fc.oneof(
    fc.bigInt({ min: -3n, max: 12n }),
    fc.constantFrom(least, most, least + 1n, most - 1n),
    fc.bigInt({ min: least, max: most }),
  );
};

const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'tide',
    'Mill',
    'TRUE',
    'false',
    '12',
    '-7',
    ' 3.50 ',
    '1e3',
    '2026-01-31',
    '2026-02-28 23:59:59.123',
    '12:34:56',
    'ß',
    '日本語',
  ),
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('a string that is longer than twelve bytes', 'a string that is longer than twelve byteS', 'x/y/z'),
);

/** Values of a type, NULL among them when it is nullable. */
export function valuesOf(type: SqlType): fc.Arbitrary<Value> {
  const present = presentValue(type);
  return type.nullable ? fc.option(present, { freq: 6, nil: null }) : present;
}

function presentValue(type: SqlType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'BOOLEAN':
      return fc.boolean();
    case 'TINYINT':
      return integerOf(8).map(Number);
    case 'SMALLINT':
      return integerOf(16).map(Number);
    case 'INT':
      return integerOf(32).map(Number);
    case 'BIGINT':
      return integerOf(64);
    case 'FLOAT':
      return fc.oneof(fc.constantFrom(0, -0, 1.5, 1e10, Number.NaN, 0.1).map(Math.fround), fc.float());
    case 'DOUBLE':
      return fc.oneof(
        fc.constantFrom(0, -0, 0.1, 1.005, -2.5, 1e-5, 1e7, 123456789.125, Number.NaN, Number.POSITIVE_INFINITY, 1e300),
        fc.integer({ min: -100_000, max: 100_000 }).map(value => value / 100),
        fc.double(),
      );
    case 'DECIMAL': {
      const most = 10n ** BigInt(type.precision) - 1n;
      return fc.oneof(
        fc.bigInt({ min: -most, max: most }),
        fc.constantFrom(most, -most, 0n, 1n, -1n),
        fc.bigInt({ min: -999n, max: 999n }),
      );
    }
    case 'CHAR':
    case 'VARCHAR':
      return text.map(value => (type.length > 100 ? value : [...value].slice(0, type.length).join('')));
    case 'DATE':
      return fc.oneof(fc.integer({ min: -40_000, max: 60_000 }), fc.constantFrom(0, -1, 59, 18_321));
    case 'TIME':
      return fc.integer({ min: 0, max: 86_399_999 });
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const [units, digits] = type.precision <= 6 ? [1_000_000n, 6] : [1_000_000_000n, 9];
      const step = 10n ** BigInt(digits - type.precision);
      const second = fc.oneof(fc.bigInt({ min: -3_000_000_000n, max: 5_000_000_000n }), fc.bigInt({ min: -5n, max: 5n }));
      return fc
        .tuple(second, fc.bigInt({ min: 0n, max: units - 1n }))
        .map(([whole, part]) => whole * units + (part / step) * step);
    }
    case 'INTERVAL_DAY_TIME':
      return fc.oneof(fc.bigInt({ min: -200_000_000n, max: 200_000_000n }), fc.constantFrom(0n, 86_400_000n, -86_400_000n));
    case 'INTERVAL_YEAR_MONTH':
      return fc.integer({ min: -300, max: 300 });
    default:
      throw new Error(`no values of ${type.kind}`);
  }
}

/** A call of the catalogue with its arguments cast, as the binder makes it; undefined when the types do not fit. */
export function bindCall(name: string, args: readonly Expression[]): Expression | undefined {
  const entry = scalarFunctions.get(name)!;
  const resolution = entry.resolve(
    args.map(argument => withoutTimeAttribute(argument.type)),
    args,
  );
  if (typeof resolution === 'string') return undefined;
  const given = args.map((argument, index) => coerced(argument, resolution.argumentTypes[index] ?? argument.type));
  if (given.some(argument => argument === undefined)) return undefined;
  const operands = given as Expression[];
  return entry.implementation.kind === 'rewrite'
    ? entry.implementation.expand(operands, resolution.resultType)
    : call(name, operands, resolution.resultType);
}

function coerced(expression: Expression, type: SqlType): Expression | undefined {
  if (sameType(expression.type, type)) return expression;
  if (!canCast(expression.type, type)) return undefined;
  return cast(expression, withNullable(type, expression.type.nullable || castMayGiveNull(expression.type, type)));
}

const unary = ['negate', 'abs', 'sign', 'ceil', 'floor', 'not', 'is-null', 'is-not-null', 'is-true', 'is-not-false', 'round'];
const unaryText = ['upper', 'lower', 'char-length', 'reverse', 'ltrim', 'btrim', 'octet-length', 'ascii'];
const binary = ['plus', 'minus', 'times', 'divide', 'mod', 'greatest', 'least', 'nullif', 'coalesce'];
const comparisons = [
  'equals',
  'not-equals',
  'less-than',
  'less-or-equal',
  'greater-than',
  'greater-or-equal',
  'is-distinct-from',
  'is-not-distinct-from',
];
const binaryText = ['concat', 'position', 'starts-with', 'ends-with', 'like', 'instr'];
const units = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'DOY', 'DOW', 'HOUR', 'MINUTE', 'SECOND', 'EPOCH'];
const char = (value: string): Expression => literal(value, types.char(value.length, false));

/** An expression of some type over the schema, at most `depth` deep. */
export function expressionOver(schema: Schema, depth: number): fc.Arbitrary<Expression> {
  const leaf: fc.Arbitrary<Expression> = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: schema.length - 1 }).map(index => column(index, schema[index]!)) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...testedTypes)
        .chain(type => valuesOf(type).map(value => literal(value, withNullable(type, value === null)))),
    },
  );
  if (depth === 0) return leaf;
  const inner = expressionOver(schema, depth - 1);
  const attempt = (name: string, args: readonly Expression[]): Expression => bindCall(name, args) ?? args[0]!;
  return fc.oneof(
    leaf,
    fc.tuple(fc.constantFrom(...unary, ...unaryText), inner).map(([name, a]) => attempt(name, [a])),
    fc.tuple(fc.constantFrom(...binary, ...binaryText), inner, inner).map(([name, a, b]) => attempt(name, [a, b])),
    fc.tuple(fc.constantFrom(...comparisons), inner, inner).map(([name, a, b]) => attempt(name, [a, b])),
    fc.tuple(fc.constantFrom('and', 'or'), inner, inner).map(([name, a, b]) => attempt(name, [truth(a), truth(b)])),
    fc.tuple(inner, inner, inner).map(([a, b, c]) => attempt('between', [a, b, c])),
    fc.tuple(inner, fc.array(inner, { minLength: 1, maxLength: 4 })).map(([a, list]) => inList(a, list)),
    fc
      .tuple(inner, fc.integer({ min: -3, max: 9 }), fc.integer({ min: 0, max: 9 }))
      .map(([a, from, length]) => attempt('substring', [a, literal(from, types.int(false)), literal(length, types.int(false))])),
    fc.tuple(fc.constantFrom(...units), inner).map(([unit, a]) => bindCall('extract', [char(unit), a]) ?? a),
    fc
      .tuple(
        fc.constantFrom('floor-to', 'ceil-to'),
        fc.constantFrom('YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'),
        inner,
      )
      .map(([name, unit, a]) => bindCall(name, [a, char(unit)]) ?? a),
    fc
      .tuple(inner, fc.constantFrom(...testedTypes), fc.boolean())
      .map(([a, type, safe]) => (canCast(a.type, type) ? cast(a, withNullable(type, true), safe) : a)),
    fc.tuple(inner, inner, inner, inner).map(([condition, a, second, b]) => {
      const type = commonType([a.type, b.type]);
      if (type === undefined) return a;
      const [left, right] = [coerced(a, type), coerced(b, type)];
      if (left === undefined || right === undefined) return a;
      return caseOf(
        [
          { when: truth(condition), result: left },
          { when: truth(second), result: right },
        ],
        left,
        withNullable(type, left.type.nullable || right.type.nullable),
      );
    }),
  );
}

/** Some condition over the expression. */
export function truth(expression: Expression): Expression {
  if (expression.type.kind === 'BOOLEAN') return expression;
  if (isNumeric(expression.type)) return bindCall('greater-than', [expression, literal(0, types.int(false))])!;
  return call('is-not-null', [expression], types.boolean(false));
}

function inList(value: Expression, list: readonly Expression[]): Expression {
  const common = commonType([value, ...list].map(inner => inner.type));
  if (common === undefined) return value;
  const all = [value, ...list].map(inner => coerced(inner, common));
  return all.some(inner => inner === undefined) ? value : bindCall('in', all as Expression[])!;
}
