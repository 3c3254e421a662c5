import { isCharacter, type MapType, type SqlType, sameType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import type { ScalarFunction } from './contract.ts';
import { anyNullable, define, shown } from './define.ts';
import { identityOf } from './nested-values.ts';
import { commonType } from './type-rules.ts';

type Entry = readonly [Value, Value];
const entriesOf = (map: Value | undefined): readonly Entry[] => map as unknown as readonly Entry[];

/** Entries with each key once: the place of its first, the value of its last. */
export function uniqueEntries(entries: readonly Entry[], key: SqlType): Entry[] {
  const found = new Map<string, Entry>();
  for (const entry of entries) {
    const identity = identityOf(entry[0], key);
    found.set(identity, [found.get(identity)?.[0] ?? entry[0], entry[1]]);
  }
  return [...found.values()];
}

const oneMap =
  (result: (map: MapType) => SqlType): ScalarFunction['resolve'] =>
  given => {
    const [map] = given;
    if (given.length !== 1 || map?.kind !== 'MAP') return `takes a map, got ${given.map(shown).join(', ') || 'nothing'}`;
    return { argumentTypes: given, resultType: withNullable(result(map), map.nullable) };
  };

const resolveUnion: ScalarFunction['resolve'] = given => {
  if (given.length === 0 || given.some(type => type.kind !== 'MAP'))
    return `takes maps, got ${given.map(shown).join(', ') || 'nothing'}`;
  const common = commonType(given);
  if (common?.kind !== 'MAP') return `takes maps of one type, got ${given.map(shown).join(', ')}`;
  return {
    argumentTypes: given.map(type => (sameType(type, common) ? type : withNullable(common, type.nullable))),
    resultType: withNullable(common, anyNullable(given)),
  };
};

const resolveFromArrays: ScalarFunction['resolve'] = given => {
  const [keys, values] = given;
  if (given.length !== 2 || keys?.kind !== 'ARRAY' || values?.kind !== 'ARRAY')
    return `takes an array of keys and an array of values, got ${given.map(shown).join(', ') || 'nothing'}`;
  return { argumentTypes: given, resultType: types.map(keys.element, values.element, anyNullable(given)) };
};

const resolveTexts =
  (least: number, most: number, result: (nullable: boolean) => SqlType): ScalarFunction['resolve'] =>
  given => {
    if (given.length < least || given.length > most)
      return `takes ${least === most ? least : `${least} to ${most}`} strings, not ${given.length}`;
    const wrong = given.find(type => !isCharacter(type) && type.kind !== 'NULL');
    if (wrong !== undefined) return `expects a string, got ${shown(wrong)}`;
    return {
      argumentTypes: given.map(type => (type.kind === 'NULL' ? types.string() : type)),
      resultType: result(anyNullable(given)),
    };
  };

/** Java's String.split: empty parts at the end are left out; an empty part before a match of no characters at the start is too. */
function splitByPattern(text: string, pattern: string, most = 0): string[] {
  const matcher = new RegExp(pattern, 'gu');
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(matcher)) {
    if (most > 0 && parts.length === most - 1) break;
    const until = match.index + match[0].length;
    if (until === 0 || (match[0] === '' && match.index === text.length)) continue;
    parts.push(text.slice(from, match.index));
    from = until;
  }
  parts.push(text.slice(from));
  if (most === 0) while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}

function mapOfText(text: string, between: string, inside: string): Entry[] {
  if (text === '') return [];
  try {
    const entries = splitByPattern(text, between).map((part): Entry => {
      const [key, value] = splitByPattern(part, inside, 2);
      return [key!, value ?? null];
    });
    return uniqueEntries(entries, types.string());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TidemillError('bad-argument', `'${between}' and '${inside}' must be regular expressions: ${error.message}`);
  }
}

/** Functions of maps, and texts that become maps and arrays. Source: Flink docs, "Collection Functions", and a running Flink 2.3. */
export const mapFunctions: readonly ScalarFunction[] = [
  define({
    name: 'map-entries',
    spellings: ['MAP_ENTRIES'],
    resolve: oneMap(map =>
      types.array(
        types.row([
          { name: 'key', type: map.key },
          { name: 'value', type: map.value },
        ]),
      ),
    ),
    reference: ([map]) => entriesOf(map),
    usage: 'MAP_ENTRIES(map)',
    text: 'The entries of a map as rows of key and value.',
    example: "MAP_ENTRIES(MAP['a', 1, 'b', 2])",
  }),
  define({
    name: 'map-from-arrays',
    spellings: ['MAP_FROM_ARRAYS'],
    resolve: resolveFromArrays,
    reference: ([keys, values]) => {
      const [all, items] = [keys as readonly Value[], values as readonly Value[]];
      if (all.length !== items.length)
        throw new TidemillError('bad-argument', `MAP_FROM_ARRAYS got ${all.length} keys and ${items.length} values`);
      return all.map((key, index): Entry => [key, items[index]!]);
    },
    usage: 'MAP_FROM_ARRAYS(keys, values)',
    text: 'A map of keys and values at the same places of two arrays of one length; a key that comes twice stays twice, as in Flink.',
    example: "MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[1, 2])",
  }),
  define({
    name: 'map-keys',
    spellings: ['MAP_KEYS'],
    resolve: oneMap(map => types.array(map.key)),
    reference: ([map]) => entriesOf(map).map(([key]) => key),
    usage: 'MAP_KEYS(map)',
    text: 'The keys of a map.',
    example: "MAP_KEYS(MAP['a', 1, 'b', 2])",
  }),
  define({
    name: 'map-union',
    spellings: ['MAP_UNION'],
    resolve: resolveUnion,
    reference: (maps, { result }) => uniqueEntries(maps.flatMap(entriesOf), (result as MapType).key),
    usage: 'MAP_UNION(a, b, …)',
    text: 'The entries of all maps; of a key that several have, the last value.',
    example: "MAP_UNION(MAP['a', 1], MAP['b', 2])",
  }),
  define({
    name: 'map-values',
    spellings: ['MAP_VALUES'],
    resolve: oneMap(map => types.array(map.value)),
    reference: ([map]) => entriesOf(map).map(([, value]) => value),
    usage: 'MAP_VALUES(map)',
    text: 'The values of a map.',
    example: "MAP_VALUES(MAP['a', 1, 'b', 2])",
  }),
  define({
    name: 'str-to-map',
    spellings: ['STR_TO_MAP'],
    resolve: (given, args) =>
      given.length === 2
        ? 'takes a text, or a text and both separators'
        : resolveTexts(1, 3, () => types.map(types.string(), types.string()))(given, args),
    reference: ([text, between = ',', inside = '=']) => mapOfText(text as string, between as string, inside as string),
    usage: "STR_TO_MAP(text[, ',', '='])",
    text: 'A map of the pairs of a text; both separators are regular expressions. A pair without the second separator has the value NULL.',
    example: "STR_TO_MAP('a=1,b=2')",
  }),
  define({
    name: 'split',
    spellings: ['SPLIT'],
    resolve: resolveTexts(2, 2, nullable => types.array(types.string(), nullable)),
    reference: ([text, between]) => {
      if (text === '') return [];
      return between === '' ? [...(text as string)] : (text as string).split(between as string);
    },
    usage: "SPLIT(text, ',')",
    text: 'The parts of a text between occurrences of another one; its characters when that is empty.',
    example: "SPLIT('a,b,c', ',')",
  }),
];
