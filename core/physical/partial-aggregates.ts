import { mergedName, userSlotName } from '../codegen/aggregates/index.ts';
import {
  type Field,
  isInteger,
  type Schema,
  type SqlType,
  types,
  withNullable,
  withoutTimeAttribute,
} from '../columnar/types.ts';
import { averageType } from '../functions/index.ts';
import { type AggregateCall, call, cast, column, type Expression } from '../plan/expressions.ts';
import { expressionToString } from '../plan/print-expression.ts';
import type { UserAggregate } from '../plan/user-aggregate.ts';

/** An aggregate in two phases: partial results before an exchange, merged behind it. */
export interface PartialAggregate {
  readonly partials: readonly AggregateCall[];
  /** Over the partials' columns, in their order. */
  readonly merge: (columns: readonly Expression[]) => readonly AggregateCall[];
  /** The result from the merged columns. */
  readonly finish: (columns: readonly Expression[]) => Expression;
}

/** Sums of decimals up to so many digits cannot leave 38 digits in any number of rows there can be. */
const safeDecimalDigits = 26;

/** How an aggregate splits into phases that give the same result (DOUBLE sums within rounding); undefined when it does not. */
export function partialAggregateOf(aggregate: AggregateCall): PartialAggregate | undefined {
  if (aggregate.distinct) return undefined;
  if (aggregate.user !== undefined) return aggregate.user.canMerge ? userPhases(aggregate, aggregate.user) : undefined;
  const argument = aggregate.arguments[0];
  switch (aggregate.name) {
    case 'count':
      return mergedBy('sum', aggregate);
    case 'min':
    case 'max':
      return mergedBy(aggregate.name, aggregate);
    case 'sum':
      if (argument === undefined || !sumsSafely(argument.type)) return undefined;
      return argument.type.kind === 'FLOAT' ? sumOfFloats(aggregate, argument) : mergedBy('sum', aggregate);
    case 'avg':
      return argument === undefined || !sumsSafely(argument.type) ? undefined : average(aggregate, argument);
    default:
      return undefined;
  }
}

/** {@link partialAggregateOf} each of a list; undefined when one does not split. */
export function partialAggregatesOf(aggregates: readonly AggregateCall[]): readonly PartialAggregate[] | undefined {
  const partials: PartialAggregate[] = [];
  for (const aggregate of aggregates) {
    const partial = partialAggregateOf(aggregate);
    if (partial === undefined) return undefined;
    partials.push({
      ...partial,
      merge: columns =>
        partial
          .merge(columns)
          .map((merging, index) => (merging.user === undefined ? named(merging, partial.partials[index]!) : merging)),
    });
  }
  return partials;
}

/** A merging call whose accumulator is named as if it saw the rows themselves: in one phase and in two, state is the same. */
function named(merging: AggregateCall, partial: AggregateCall): AggregateCall {
  const [argument] = partial.arguments;
  const { lineage } = partial;
  const text = lineage?.arguments[0] ?? (argument && expressionToString(argument)) ?? '*';
  const filter = lineage?.filter ?? (partial.filter && expressionToString(partial.filter));
  const over = argument && { text, nullable: argument.type.nullable };
  return { ...merging, lineage: { arguments: [text], merges: mergedName(partial.name, over, filter) } };
}

const sumsSafely = (type: SqlType): boolean => type.kind !== 'DECIMAL' || type.precision <= safeDecimalDigits;

const aggregateOf = (name: string, argument: Expression, type: SqlType): AggregateCall => ({
  name,
  arguments: [argument],
  distinct: false,
  type,
});

function mergedBy(name: string, aggregate: AggregateCall): PartialAggregate {
  return {
    partials: [aggregate],
    merge: ([column]) => [aggregateOf(name, column!, aggregate.type)],
    finish: ([column]) => column!,
  };
}

/** Accumulators cross as bytes, and are merged where they arrive. */
function userPhases(aggregate: AggregateCall, user: UserAggregate): PartialAggregate {
  const { name, lineage } = aggregate;
  const given = lineage?.arguments ?? aggregate.arguments.map(argument => expressionToString(argument));
  const filter = lineage?.filter ?? (aggregate.filter && expressionToString(aggregate.filter));
  const slot = userSlotName(name, given, false, filter);
  return {
    partials: [{ ...aggregate, user: { ...user, phase: 'partial' }, type: types.bytes(false) }],
    merge: ([column]) => [
      {
        name,
        user: { ...user, phase: 'merge', seesNulls: [] },
        arguments: [column!],
        distinct: false,
        type: aggregate.type,
        ...(aggregate.span && { span: aggregate.span }),
        lineage: { arguments: given, merges: { slot, over: slot } },
      },
    ],
    finish: ([column]) => column!,
  };
}

function sumOfFloats(aggregate: AggregateCall, argument: Expression): PartialAggregate {
  const type = types.double(aggregate.type.nullable);
  const wide = cast(argument, types.double(argument.type.nullable));
  return {
    partials: [{ ...aggregate, arguments: [wide], type }],
    merge: ([column]) => [aggregateOf('sum', column!, type)],
    finish: ([column]) => cast(column!, aggregate.type),
  };
}

/** The sum and the count of what is averaged; NULL where nothing was, because the sum is. */
function average(aggregate: AggregateCall, argument: Expression): PartialAggregate {
  const { nullable } = aggregate.type;
  const sumOf = sumForAverage(argument.type);
  const sumType = withNullable(sumOf, nullable);
  const countType = types.bigint(false);
  const summed = sumOf.kind === argument.type.kind ? argument : cast(argument, withNullable(sumOf, argument.type.nullable));
  const share = (name: string, input: Expression, type: SqlType): AggregateCall => ({
    ...aggregate,
    name,
    arguments: [input],
    type,
  });
  return {
    partials: [share('sum', summed, sumType), share('count', argument, countType)],
    merge: ([sum, count]) => [aggregateOf('sum', sum!, sumType), aggregateOf('sum', count!, countType)],
    finish: ([sum, count]) => quotient(sum!, count!, aggregate.type),
  };
}

/** As AVG itself sums: integers in 64 bits, floating point in DOUBLE, decimals in 38 digits. */
function sumForAverage(type: SqlType): SqlType {
  if (isInteger(type)) return types.bigint();
  if (type.kind === 'DECIMAL') return types.decimal(38, type.scale);
  return types.double();
}

function quotient(sum: Expression, count: Expression, type: SqlType): Expression {
  if (sum.type.kind === 'DECIMAL') {
    const result = averageType(types.decimal(sum.type.precision, sum.type.scale));
    return call('divide', [sum, cast(count, types.decimal(20, 0, false))], withNullable(result, true));
  }
  const divisor = sum.type.kind === 'BIGINT' ? count : cast(count, types.double(false));
  const divided = call('divide', [sum, divisor], sum.type);
  return type.kind === sum.type.kind ? divided : cast(divided, type);
}

/** Columns of partial results: keys, partial aggregates, and what else is sent. */
export function partialSchema(keys: readonly Expression[], calls: readonly AggregateCall[], ...others: readonly Field[]): Schema {
  const keyFields = keys.map(
    (key, index): Field => ({
      name: key.kind === 'column' ? key.name : `key${index}`,
      type: withoutTimeAttribute(key.type),
    }),
  );
  return [...keyFields, ...calls.map((call, index): Field => ({ name: `partial${index}`, type: call.type })), ...others];
}

/** Merging calls over columns of {@link partialSchema}, and each aggregate's result from theirs, which lie at `offset` of `schema`. */
export function mergedCalls(
  partials: readonly PartialAggregate[],
  keyCount: number,
  sent: Schema,
): {
  readonly calls: readonly AggregateCall[];
  readonly finish: (aggregate: number, offset: number, schema: Schema) => Expression;
} {
  let next = keyCount;
  const starts: number[] = [];
  const calls = partials.flatMap(partial => {
    starts.push(next - keyCount);
    return partial.merge(partial.partials.map(() => column(next, sent[next++]!)));
  });
  return {
    calls,
    finish: (aggregate, offset, schema) => {
      const partial = partials[aggregate]!;
      const from = offset + starts[aggregate]!;
      return partial.finish(partial.partials.map((_, index) => column(from + index, schema[from + index]!)));
    },
  };
}
