import { type SqlType, types, withNullable, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { type AggregateCall, call, caseOf, cast, type Expression, literal, nullLiteral } from '../plan/expressions.ts';
import { averageType } from './aggregates.ts';
import { castValue } from './cast-value.ts';
import type { AggregateFunction } from './contract.ts';
import { accepts, shown } from './define.ts';
import { approximateCount, percentile } from './percentile.ts';

const zone = { localTimeZone: 'UTC' };

/** Sum of squared distances from the mean by Welford's algorithm, as Flink adds it up. */
function squaredDistances(values: readonly number[]): number {
  let mean = 0;
  let sum = 0;
  values.forEach((value, index) => {
    const delta = value - mean;
    mean += delta / (index + 1);
    sum += delta * (value - mean);
  });
  return sum;
}

const doublesOf = (rows: readonly (readonly Value[])[], type: SqlType): number[] =>
  rows
    .map(([value]) => value!)
    .filter(value => value !== null)
    .map(value => castValue(value, type, types.double(), zone) as number);

/** What the variances are made of; Flink's planner has the same aggregate under the same name. */
const squares: AggregateFunction = Object.freeze({
  name: 'welford-m2',
  spellings: ['$WELFORD_M2$1'],
  resolve: given =>
    given.length === 1 && given[0]!.kind === 'DOUBLE'
      ? { argumentTypes: given, resultType: types.double(given[0]!.nullable) }
      : 'takes a DOUBLE',
  reference: rows => {
    const values = doublesOf(rows, types.double());
    return values.length === 0 ? null : squaredDistances(values);
  },
  duckdb: () => 'never',
  doc: {
    usage: '$WELFORD_M2$1(x)',
    text: 'The sum of the squared distances from the mean, which the variances are made of.',
    example: '$WELFORD_M2$1(x)',
  },
} satisfies AggregateFunction);

interface Spread {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly sample: boolean;
  readonly root: boolean;
  readonly text: string;
}

/** Variances and deviations: the sum of squares by the number of values, in the type that AVG has. */
function spread({ name, spellings, sample, root, text }: Spread): AggregateFunction {
  return Object.freeze({
    name,
    spellings,
    resolve: given => {
      if (given.length !== 1) return `takes 1 argument, not ${given.length}`;
      const argument = accepts.number.accept(withoutTimeAttribute(given[0]!));
      if (argument === undefined) return `takes a number, got ${shown(given[0]!)}`;
      return { argumentTypes: [argument], resultType: withNullable(averageType(argument), argument.nullable || sample) };
    },
    reference: (rows, { arguments: [type], result }) => {
      const values = doublesOf(rows, type!);
      if (values.length === 0 || (sample && values.length === 1)) return null;
      const variance = squaredDistances(values) / (sample ? values.length - 1 : values.length);
      return castValue(root ? variance ** 0.5 : variance, types.double(), result, zone);
    },
    expand: (aggregate, add) => {
      const argument = aggregate.arguments[0]!;
      const double = types.double(argument.type.nullable);
      const squared = add({
        ...aggregate,
        name: 'welford-m2',
        arguments: [argument.type.kind === 'DOUBLE' ? argument : cast(argument, double)],
        type: types.double(aggregate.type.nullable && (argument.type.nullable || aggregate.filter !== undefined)),
      });
      const count = add({ ...aggregate, name: 'count', type: types.bigint(false) });
      const divided = call('divide', [squared, cast(divisorOf(count, sample), types.double(sample))], types.double());
      const value = root ? call('power', [divided, literal(0.5, types.double(false))], types.double()) : divided;
      return cast(value, aggregate.type, false, aggregate.span);
    },
    duckdb: () => 'never',
    doc: { usage: `${spellings[0]}([DISTINCT] x)`, text, example: `${spellings[0]}(x)` },
  } satisfies AggregateFunction);
}

/** The number of values, or with a sample one less: NULL for one value. */
function divisorOf(count: Expression, sample: boolean): Expression {
  if (!sample) return count;
  const one = literal(1n, types.bigint(false));
  return caseOf(
    [{ when: call('equals', [count, one], types.boolean(false)), result: nullLiteral(types.bigint()) }],
    call('minus', [count, one], types.bigint(false)),
    types.bigint(),
  );
}

/** A call as it is computed: itself, or an expression over calls that `add` takes. */
export function expandAggregate(
  entry: AggregateFunction | undefined,
  aggregate: AggregateCall,
  add: (call: AggregateCall) => Expression,
): Expression {
  return entry?.expand === undefined ? add(aggregate) : entry.expand(aggregate, add);
}

export const statisticsList: readonly AggregateFunction[] = [
  percentile,
  approximateCount,
  squares,
  spread({ name: 'var-pop', spellings: ['VAR_POP'], sample: false, root: false, text: 'The variance of all values.' }),
  spread({
    name: 'var-samp',
    spellings: ['VAR_SAMP', 'VARIANCE'],
    sample: true,
    root: false,
    text: 'The variance of a sample; NULL for one value.',
  }),
  spread({
    name: 'stddev-pop',
    spellings: ['STDDEV_POP'],
    sample: false,
    root: true,
    text: 'The standard deviation of all values.',
  }),
  spread({
    name: 'stddev-samp',
    spellings: ['STDDEV_SAMP', 'STDDEV'],
    sample: true,
    root: true,
    text: 'The standard deviation of a sample; NULL for one value.',
  }),
];
