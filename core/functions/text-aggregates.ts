import { isCharacter, types, withNullable } from '../columnar/types.ts';
import { call, literal } from '../plan/expressions.ts';
import type { AggregateFunction, ScalarFunction } from './contract.ts';
import { define, shown, withCount } from './define.ts';

const string = types.string();

/** What LISTAGG makes of all values of a group. */
export const textAggregateFunctions: readonly ScalarFunction[] = [
  define({
    name: 'joined-texts',
    resolve: withCount(2, given =>
      given[0]!.kind === 'ARRAY' && isCharacter(given[1]!)
        ? { argumentTypes: given, resultType: string }
        : 'takes an array of strings and a string',
    ),
    nulls: 'custom',
    reference: ([values, separator]) => {
      const present = (values as readonly (string | null)[] | null)?.filter(value => value !== null) ?? [];
      return present.length === 0 ? null : present.join(separator as string);
    },
    usage: 'inside LISTAGG',
    text: 'The texts of an array that are not NULL, with a separator between; NULL when there is none.',
    example: "CONCAT_WS(',', 'a', 'b')",
  }),
];

/** LISTAGG, over ARRAY_AGG. Source: Flink docs, "Aggregate Functions", and a running Flink 2.3. */
export const listAggregate: AggregateFunction = Object.freeze({
  name: 'listagg',
  spellings: ['LISTAGG'],
  resolve: given => {
    if (given.length < 1 || given.length > 2) return `takes 1 to 2 arguments, not ${given.length}`;
    for (const [index, type] of given.entries())
      if (!isCharacter(type)) return `expects a string as argument ${index + 1}, got ${shown(type)}`;
    return { argumentTypes: given, resultType: withNullable(given[0]!, true) };
  },
  reference: rows => {
    const present = rows.map(([value]) => value).filter(value => value !== null);
    return present.length === 0 ? null : present.join((rows[0]![1] as string | undefined) ?? ',');
  },
  expand: (aggregate, add) => {
    const [value, separator = literal(',', types.char(1, false))] = aggregate.arguments;
    const collected = add({ ...aggregate, name: 'array-agg', arguments: [value!], type: types.array(value!.type, true) });
    return call('joined-texts', [collected, separator], aggregate.type, aggregate.span);
  },
  duckdb: () => 'never',
  doc: {
    usage: 'LISTAGG([DISTINCT] s [, separator])',
    text: 'The strings of all rows that are not NULL, in the order they came, with a separator (`,`) between.',
    example: 'LISTAGG(s)',
  },
} satisfies AggregateFunction);
