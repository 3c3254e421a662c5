import { isInteger, isNumeric, type SqlType, types, withNullable, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import { call, type Expression } from '../plan/expressions.ts';
import type { AggregateFunction, ScalarFunction } from './contract.ts';
import { define, shown } from './define.ts';

/** The value at a share of the sorted values, interpolated between its neighbours; each counts as often as its frequency says. */
function percentileOf(sorted: readonly (readonly [number, bigint])[], total: bigint, share: number): number {
  const position = Number(total - 1n) * share;
  const below = BigInt(Math.floor(position));
  const above = BigInt(Math.ceil(position));
  const at = (rank: bigint): number => {
    let seen = 0n;
    for (const [value, count] of sorted) {
      seen += count;
      if (rank < seen) return value;
    }
    return sorted.at(-1)![0];
  };
  const lower = at(below);
  const higher = at(above);
  if (below === above || lower === higher) return lower;
  return (Number(above) - position) * lower + (position - Number(below)) * higher;
}

function percentiles(values: readonly Value[], share: Value, frequencies: readonly Value[] | undefined): Value {
  const counted: [number, bigint][] = [];
  values.forEach((value, index) => {
    const count = frequencies === undefined ? 1n : frequencies[index];
    if (value === null || count === null || count === undefined || BigInt(count as bigint) <= 0n) return;
    counted.push([value as number, BigInt(count as bigint)]);
  });
  if (counted.length === 0) return null;
  // as Java sorts doubles: -0.0 before 0.0, NaN last
  const rank = (x: number): number => (Number.isNaN(x) ? 2 : Object.is(x, -0) ? -1 : 0);
  counted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : rank(a) - rank(b)));
  const total = counted.reduce((sum, [, count]) => sum + count, 0n);
  const one = (given: Value): Value => {
    if (given === null) return null;
    const wanted = given as number;
    if (!(wanted >= 0 && wanted <= 1))
      throw new TidemillError('bad-argument', `the percentage of PERCENTILE must be between 0 and 1, not ${wanted}`);
    return percentileOf(counted, total, wanted);
  };
  return Array.isArray(share) ? share.map(one) : one(share);
}

const doubles = (element: SqlType): SqlType => types.array(withNullable(types.double(), element.nullable));

/** What PERCENTILE is made of: the values of a group as an array. */
export const percentileOfArray: ScalarFunction = define({
  name: 'percentile-of-array',
  resolve: given =>
    given.length < 2 || given.length > 3 || given[0]!.kind !== 'ARRAY'
      ? 'takes arrays of values and frequencies, and percentages'
      : { argumentTypes: given, resultType: given[1]!.kind === 'ARRAY' ? types.array(types.double()) : types.double() },
  nulls: 'custom',
  reference: ([values, share, frequencies]) =>
    values === null || share === null || share === undefined || frequencies === null
      ? null
      : percentiles(values as readonly Value[], share, frequencies as readonly Value[] | undefined),
  flink: 'PERCENTILE($*)',
  usage: 'PERCENTILE(x, percentage [, frequency])',
  text: 'The part of PERCENTILE that works on the values of a group.',
  example: 'COALESCE(CAST(NULL AS DOUBLE), 0e0)',
});

const aggregateResult = (share: SqlType): SqlType => (share.kind === 'ARRAY' ? types.array(types.double()) : types.double());

/** PERCENTILE, over ARRAY_AGG. Source: Flink docs, "Aggregate Functions", and a running Flink 2.3. */
export const percentile: AggregateFunction = Object.freeze({
  name: 'percentile',
  spellings: ['PERCENTILE'],
  resolve: given => {
    if (given.length < 2 || given.length > 3) return `takes 2 to 3 arguments, not ${given.length}`;
    const [value, share, frequency] = given.map(type => withoutTimeAttribute(type)) as [SqlType, SqlType, SqlType | undefined];
    if (!isNumeric(value)) return `expects a number as argument 1, got ${shown(value)}`;
    const one = share.kind === 'ARRAY' ? share.element : share;
    if (!isNumeric(one)) return `expects a percentage, or an array of them, as argument 2, got ${shown(share)}`;
    if (frequency !== undefined && !isInteger(frequency)) return `expects an integer as argument 3, got ${shown(frequency)}`;
    const argumentTypes = [
      types.double(value.nullable),
      share.kind === 'ARRAY' ? withNullable(doubles(one), share.nullable) : types.double(share.nullable),
      ...(frequency === undefined ? [] : [types.bigint(frequency.nullable)]),
    ];
    return { argumentTypes, resultType: aggregateResult(share) };
  },
  reference: rows =>
    rows.length === 0
      ? null
      : percentiles(
          rows.map(row => row[0]!),
          rows[0]![1]!,
          rows[0]!.length > 2 ? rows.map(row => row[2]!) : undefined,
        ),
  expand: (aggregate, add) => {
    const [value, share, frequency] = aggregate.arguments as [Expression, Expression, Expression | undefined];
    const all = (argument: Expression): Expression =>
      add({ ...aggregate, name: 'array-agg', arguments: [argument], type: types.array(argument.type, true) });
    const args = [all(value), share, ...(frequency === undefined ? [] : [all(frequency)])];
    return call('percentile-of-array', args, aggregate.type, aggregate.span);
  },
  duckdb: () => 'never',
  doc: {
    usage: 'PERCENTILE(x, percentage [, frequency])',
    text: 'The exact percentile of the values that are not NULL, interpolated between neighbours; for an array of percentages, an array.',
    example: 'PERCENTILE(x, 0.5)',
  },
} satisfies AggregateFunction);

/** APPROX_COUNT_DISTINCT, which is exact here. */
export const approximateCount: AggregateFunction = Object.freeze({
  name: 'approx-count-distinct',
  spellings: ['APPROX_COUNT_DISTINCT'],
  resolve: given =>
    given.length === 1 ? { argumentTypes: given, resultType: types.bigint(false) } : `takes 1 argument, not ${given.length}`,
  reference: rows => BigInt(new Set(rows.map(([value]) => value).filter(value => value !== null)).size),
  expand: (aggregate, add) => add({ ...aggregate, name: 'count', distinct: true }),
  duckdb: () => 'never',
  doc: {
    usage: 'APPROX_COUNT_DISTINCT(x)',
    text: 'The number of different values that are not NULL: counted here, estimated by Flink.',
    example: 'APPROX_COUNT_DISTINCT(x)',
  },
} satisfies AggregateFunction);
