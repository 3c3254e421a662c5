import { types, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { AggregateFunction } from './contract.ts';
import { identityOf } from './nested-values.ts';

/** Aggregates that keep all values. Source: Flink docs, "Aggregate Functions", and a running Flink 2.3. */
export const collectingList: readonly AggregateFunction[] = [
  Object.freeze({
    name: 'array-agg',
    spellings: ['ARRAY_AGG'],
    resolve: (given, { grouped }) => {
      const [type] = given;
      if (given.length !== 1 || type === undefined) return `takes 1 argument, not ${given.length}`;
      const element = withoutTimeAttribute(type);
      return { argumentTypes: [element], resultType: types.array(element, element.nullable || !grouped) };
    },
    reference: rows => (rows.length === 0 ? null : rows.map(([value]) => value!)),
    duckdb: () => 'never',
    doc: {
      usage: 'ARRAY_AGG([DISTINCT] x [IGNORE NULLS])',
      text: 'An array of the values in the order they came, NULL among them unless they are ignored; NULL when there is none.',
      example: 'ARRAY_AGG(x)',
    },
  } satisfies AggregateFunction),
  Object.freeze({
    name: 'collect',
    spellings: ['COLLECT'],
    resolve: given => {
      const [type] = given;
      if (given.length !== 1 || type === undefined) return `takes 1 argument, not ${given.length}`;
      const element = withoutTimeAttribute(type);
      return { argumentTypes: [element], resultType: types.multiset(element, false) };
    },
    reference: (rows, { arguments: [type] }) => {
      const counts = new Map<string, [Value, number]>();
      for (const [value] of rows) {
        if (value === null || value === undefined) continue;
        const identity = identityOf(value, type!);
        const known = counts.get(identity);
        if (known === undefined) counts.set(identity, [value, 1]);
        else known[1]++;
      }
      return [...counts.values()];
    },
    duckdb: () => 'never',
    doc: {
      usage: 'COLLECT([DISTINCT] x)',
      text: 'A multiset of the values that are not NULL.',
      example: 'COLLECT(x)',
    },
  } satisfies AggregateFunction),
];
