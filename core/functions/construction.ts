import { type SqlType, sameType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import { resolveCommon } from './comparison.ts';
import type { ScalarFunction } from './contract.ts';
import { define, shown } from './define.ts';
import { uniqueEntries } from './maps.ts';
import { sameValue } from './nested-values.ts';
import { commonType } from './type-rules.ts';

/** ARRAY, MAP and ROW values, and what is in them. */
export const constructionFunctions: readonly ScalarFunction[] = [
  define({
    name: 'array',
    resolve: (given, args) =>
      given.every(type => type.kind === 'NULL')
        ? 'takes values of one type, and NULL alone has none: write CAST(NULL AS …)'
        : resolveCommon(1, (common, all) =>
            types.array(
              withNullable(
                common,
                all.some(type => type.nullable),
              ),
              false,
            ),
          )(given, args),
    nulls: 'custom',
    reference: args => [...args],
    flink: 'ARRAY[$*]',
    usage: 'ARRAY[a, b, …]',
    text: 'An array of the values.',
    example: 'ARRAY[1, 2]',
  }),
  define({
    name: 'map',
    resolve: given => {
      if (given.length === 0 || given.length % 2 === 1) return 'takes pairs of a key and a value';
      const key = commonType(given.filter((_, index) => index % 2 === 0));
      const value = commonType(given.filter((_, index) => index % 2 === 1));
      if (key === undefined || value === undefined) return 'takes keys of one type and values of one type';
      return {
        argumentTypes: given.map((_, index) => (index % 2 === 0 ? key : value)),
        resultType: types.map(key, value, false),
      };
    },
    nulls: 'custom',
    reference: (args, { arguments: given }) => {
      const entries: (readonly [Value, Value])[] = [];
      for (let index = 0; index < args.length; index += 2) entries.push([args[index]!, args[index + 1]!]);
      return uniqueEntries(entries, given[0]!);
    },
    flink: 'MAP[$*]',
    usage: 'MAP[key, value, …]',
    text: 'A map of the pairs; the last value of a key counts.',
    example: "MAP['a', 1, 'b', 2]",
  }),
  define({
    name: 'row',
    resolve: given => ({
      argumentTypes: given,
      resultType: types.row(
        given.map((type, index) => ({ name: `EXPR$${index}`, type })),
        false,
      ),
    }),
    nulls: 'custom',
    reference: args => [...args],
    usage: 'ROW(a, b, …)',
    text: 'A row of the values; its fields are EXPR$0, EXPR$1, ….',
    example: "ROW(1, 'a')",
  }),
  define({
    name: 'element',
    resolve: given => {
      const [container, index] = given;
      if (given.length !== 2 || container === undefined || index === undefined)
        return 'takes an array or a map, and a place in it';
      if (container.kind === 'ARRAY') {
        if (index.kind !== 'INT' && index.kind !== 'SMALLINT' && index.kind !== 'TINYINT' && index.kind !== 'BIGINT')
          return `takes an integer as the place in an array, got ${shown(index)}`;
        return {
          argumentTypes: [container, withNullable(types.int(), index.nullable)],
          resultType: withNullable(container.element, true),
        };
      }
      if (container.kind === 'MAP') {
        if (commonType([container.key, index]) === undefined)
          return `takes a key of ${shown(container.key)}, got ${shown(index)}`;
        const key = sameType(container.key, index) ? index : withNullable(container.key, index.nullable);
        return { argumentTypes: [container, key], resultType: withNullable(container.value, true) };
      }
      return `takes an array or a map, got ${shown(container)}`;
    },
    reference: ([container, place], { arguments: [type] }) => {
      const items = container as readonly Value[];
      if (type!.kind === 'ARRAY') {
        const index = place as number;
        if (index < 1) {
          throw new TidemillError('bad-argument', `arrays start at 1, and ${index} was asked for`);
        }
        return items[index - 1] ?? null;
      }
      const keyType = (type as SqlType & { kind: 'MAP' }).key;
      const entry = (items as readonly (readonly Value[])[]).find(([key]) => sameValue(key!, place!, keyType));
      return entry?.[1] ?? null;
    },
    flink: '$1[$2]',
    usage: 'array[place] | map[key]',
    text: 'The element at a place of an array (1 is the first) or at a key of a map; NULL when there is none.',
    example: 'ARRAY[1, 2][2]',
  }),
  define({
    name: 'cardinality',
    spellings: ['CARDINALITY'],
    resolve: given => {
      const [type] = given;
      if (given.length !== 1 || type === undefined || (type.kind !== 'ARRAY' && type.kind !== 'MAP' && type.kind !== 'MULTISET'))
        return 'takes an array or a map';
      return { argumentTypes: given, resultType: types.int(type.nullable) };
    },
    reference: ([items]) => (items as readonly Value[]).length,
    usage: 'CARDINALITY(array | map)',
    text: 'The number of elements of an array, or of entries of a map.',
    example: 'CARDINALITY(ARRAY[1, 2])',
  }),
  define({
    name: 'only-element',
    spellings: ['ELEMENT'],
    resolve: given => {
      const [array] = given;
      if (given.length !== 1 || array?.kind !== 'ARRAY') return `takes an array, got ${given.map(shown).join(', ') || 'nothing'}`;
      return { argumentTypes: given, resultType: withNullable(array.element, true) };
    },
    reference: ([items]) => {
      const [only = null, ...others] = items as readonly Value[];
      if (others.length > 0)
        throw new TidemillError('bad-argument', `ELEMENT takes arrays of one element, and this one has ${others.length + 1}`);
      return only;
    },
    usage: 'ELEMENT(array)',
    text: 'The only element of an array; NULL when it has none, an error when it has several.',
    example: 'ELEMENT(ARRAY[1])',
  }),
];
