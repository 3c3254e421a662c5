import { type ArrayType, isCharacter, type SqlType, sameType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Resolution, ScalarFunction } from './contract.ts';
import { anyNullable, define, shown } from './define.ts';
import { distinctValues, hasOrder, identityOf } from './nested-values.ts';
import { compareOrdered } from './order-values.ts';
import { canCastImplicitly, commonType } from './type-rules.ts';

const elementOf = (type: SqlType): SqlType => (type as ArrayType).element;
const list = (value: Value | undefined): readonly Value[] => value as readonly Value[];

/** One array, and no other argument. */
const oneArray =
  (
    result: (array: ArrayType) => SqlType,
    fits: (element: SqlType) => string | undefined = () => undefined,
  ): ScalarFunction['resolve'] =>
  given => {
    const [array] = given;
    if (given.length !== 1 || array?.kind !== 'ARRAY') return `takes an array, got ${given.map(shown).join(', ') || 'nothing'}`;
    return fits(array.element) ?? { argumentTypes: given, resultType: result(array) };
  };

/** An array and a value that Flink reads as one of its elements by itself; `result` sees the type the value is cast to. */
const arrayAndElement =
  (result: (array: ArrayType, element: SqlType) => SqlType): ScalarFunction['resolve'] =>
  given => {
    const [array, value] = given;
    if (given.length !== 2 || array?.kind !== 'ARRAY' || value === undefined)
      return `takes an array and a value, got ${given.map(shown).join(', ') || 'nothing'}`;
    if (!canCastImplicitly(value, array.element)) return `takes a value of ${shown(array.element)}, got ${shown(value)}`;
    const element = withNullable(array.element, value.nullable);
    return { argumentTypes: [array, element], resultType: result(array, element) };
  };

/** Arrays that are brought to one type; NULL when one is. */
const sameArrays =
  (least: number, most: number): ScalarFunction['resolve'] =>
  given => {
    if (given.length < least || given.length > most || given.some(type => type.kind !== 'ARRAY'))
      return `takes ${most === least ? `${least} arrays` : 'arrays'}, got ${given.map(shown).join(', ') || 'nothing'}`;
    const element = commonType(given.map(elementOf));
    if (element === undefined) return `takes arrays of one type, got ${given.map(shown).join(', ')}`;
    return {
      argumentTypes: given.map(type =>
        sameType(elementOf(type), element) ? type : types.array(withNullable(element, elementOf(type).nullable), type.nullable),
      ),
      resultType: types.array(element, anyNullable(given)),
    };
  };

const ordered = (element: SqlType): string | undefined =>
  hasOrder(element) && element.kind !== 'BOOLEAN' ? undefined : `cannot put values of ${shown(element)} in order`;

/** Equality of Flink's ISEQUAL, where NULL is the same as NULL, but NaN as nothing. */
function isSame(item: Value, needle: Value, type: SqlType): boolean {
  return !Number.isNaN(item) && identityOf(item, type) === identityOf(needle, type);
}

function added(name: 'append' | 'prepend', text: string): ScalarFunction {
  const spelling = `ARRAY_${name.toUpperCase()}`;
  return define({
    name: `array-${name}`,
    spellings: [spelling],
    resolve: arrayAndElement((array, element) =>
      types.array(withNullable(array.element, array.element.nullable || element.nullable), array.nullable || element.nullable),
    ),
    nulls: 'custom',
    reference: ([items, value]) =>
      items === null ? null : name === 'append' ? [...list(items), value!] : [value!, ...list(items)],
    usage: `${spelling}(array, x)`,
    text,
    example: `${spelling}(ARRAY[1, 2], 3)`,
  });
}

function extreme(name: 'max' | 'min', wanted: 1 | -1): ScalarFunction {
  const spelling = `ARRAY_${name.toUpperCase()}`;
  return define({
    name: `array-${name}`,
    spellings: [spelling],
    resolve: oneArray(array => withNullable(array.element, true), ordered),
    reference: ([items], { arguments: [type] }) => {
      const element = elementOf(type!);
      let best: Value = null;
      for (const item of list(items)) {
        if (item === null) continue;
        // what is neither less nor greater, as NaN, leaves the one before
        if (best === null || (!Number.isNaN(best) && compareOrdered(item, best, element) === wanted && !Number.isNaN(item)))
          best = item;
      }
      return best;
    },
    usage: `${spelling}(array)`,
    text: `The ${name === 'max' ? 'greatest' : 'least'} element that is not NULL; NULL when there is none.`,
    example: `${spelling}(ARRAY[3, 1, 2])`,
  });
}

function setFunction(
  name: 'union' | 'except' | 'intersect',
  keep: (left: readonly Value[], right: readonly Value[], element: SqlType) => readonly Value[],
  text: string,
  example: string,
): ScalarFunction {
  const spelling = `ARRAY_${name.toUpperCase()}`;
  return define({
    name: `array-${name}`,
    spellings: [spelling],
    resolve: sameArrays(2, 2),
    reference: ([left, right], { arguments: [type] }) => {
      const element = elementOf(type!);
      return distinctValues(keep(list(left), list(right), element), element);
    },
    usage: `${spelling}(a, b)`,
    text,
    example,
  });
}

const isIn = (items: readonly Value[], element: SqlType): ((value: Value) => boolean) => {
  const known = new Set(items.map(item => identityOf(item, element)));
  return value => known.has(identityOf(value, element));
};

/** A text of the array's strings: NULL elements are left out, or written as the third argument. */
const resolveJoin: ScalarFunction['resolve'] = given => {
  const [array, ...texts] = given;
  if (array?.kind !== 'ARRAY' || texts.length < 1 || texts.length > 2)
    return 'takes an array of strings, a text between them, and perhaps a text for NULL';
  if (!isCharacter(array.element)) return `takes an array of strings, got ${shown(array)}`;
  const wrong = texts.find(type => !isCharacter(type) && type.kind !== 'NULL');
  if (wrong !== undefined) return `expects a string, got ${shown(wrong)}`;
  return {
    argumentTypes: [array, ...texts.map(type => (type.kind === 'NULL' ? types.string() : type))],
    resultType: types.string(anyNullable(given)),
  };
};

const isSmallInteger = (type: SqlType): boolean => type.kind === 'INT' || type.kind === 'SMALLINT' || type.kind === 'TINYINT';
const resolveSlice: ScalarFunction['resolve'] = given => {
  const [array, ...places] = given;
  if (array?.kind !== 'ARRAY' || places.length < 1 || places.length > 2)
    return 'takes an array, where to start and perhaps where to end';
  const wrong = places.find(type => !isSmallInteger(type) && type.kind !== 'NULL');
  if (wrong !== undefined) return `takes an INT as a place in an array, got ${shown(wrong)}`;
  return {
    argumentTypes: [array, ...places.map(type => types.int(type.nullable))],
    resultType: withNullable(array, anyNullable(given)),
  };
};

/** Places count from 1, negative ones from the end; 0 is the first. */
function sliced(items: readonly Value[], start: number, end: number | undefined): readonly Value[] {
  const count = items.length;
  const place = (asked: number): number => (asked < 0 ? count + asked + 1 : asked === 0 ? 1 : asked);
  const first = Math.max(place(start), 1);
  const last = end === undefined ? count : Math.min(place(end), count);
  return first > last ? [] : items.slice(first - 1, last);
}

const resolveSort: ScalarFunction['resolve'] = given => {
  const [array, ...flags] = given;
  if (array?.kind !== 'ARRAY' || flags.length > 2)
    return 'takes an array, and perhaps whether ascending, and whether NULL comes first';
  if (array.element.kind === 'BOOLEAN' || !hasOrder(array.element))
    return `cannot put values of ${shown(array.element)} in order`;
  const wrong = flags.find(type => type.kind !== 'BOOLEAN' && type.kind !== 'NULL');
  if (wrong !== undefined) return `expects a condition, got ${shown(wrong)}`;
  const resolution: Resolution = {
    argumentTypes: [array, ...flags.map(type => types.boolean(type.nullable))],
    resultType: withNullable(array, anyNullable(given)),
  };
  return resolution;
};

/** Functions of arrays. Source: Flink docs, "System (Built-in) Functions / Collection Functions", and a running Flink 2.3. */
export const arrayFunctions: readonly ScalarFunction[] = [
  added('append', 'The array with x behind its elements.'),
  added('prepend', 'The array with x before its elements.'),
  define({
    name: 'array-concat',
    spellings: ['ARRAY_CONCAT'],
    resolve: sameArrays(1, Number.POSITIVE_INFINITY),
    reference: arrays => arrays.flatMap(items => [...list(items)]),
    usage: 'ARRAY_CONCAT(a, b, …)',
    text: 'The elements of all arrays, one array after the other; NULL when one is NULL.',
    example: 'ARRAY_CONCAT(ARRAY[1, 2], ARRAY[3])',
  }),
  define({
    name: 'array-contains',
    spellings: ['ARRAY_CONTAINS'],
    resolve: arrayAndElement(array => types.boolean(array.nullable)),
    nulls: 'custom',
    reference: ([items, needle], { arguments: [type] }) =>
      items === null ? null : list(items).some(item => isSame(item, needle!, elementOf(type!))),
    usage: 'ARRAY_CONTAINS(array, x)',
    text: 'Whether an array has an element equal to x; NULL is found when x is NULL.',
    example: 'ARRAY_CONTAINS(ARRAY[1, 2], 2)',
  }),
  define({
    name: 'array-distinct',
    spellings: ['ARRAY_DISTINCT'],
    resolve: oneArray(array => array),
    reference: ([items], { arguments: [type] }) => distinctValues(list(items), elementOf(type!)),
    usage: 'ARRAY_DISTINCT(array)',
    text: 'The elements without those that came before.',
    example: 'ARRAY_DISTINCT(ARRAY[2, 1, 2])',
  }),
  setFunction(
    'except',
    (left, right, element) => {
      const known = isIn(right, element);
      return left.filter(item => !known(item));
    },
    'The elements of a that are not in b, each once.',
    'ARRAY_EXCEPT(ARRAY[1, 2, 3], ARRAY[2])',
  ),
  setFunction(
    'intersect',
    (left, right, element) => left.filter(isIn(right, element)),
    'The elements of a that are in b too, each once.',
    'ARRAY_INTERSECT(ARRAY[1, 2, 3], ARRAY[3, 2])',
  ),
  setFunction(
    'union',
    (left, right) => [...left, ...right],
    'The elements of a and of b, each once.',
    'ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])',
  ),
  define({
    name: 'array-join',
    spellings: ['ARRAY_JOIN'],
    resolve: resolveJoin,
    reference: ([items, between, forNull]) =>
      list(items)
        .map(item => item ?? forNull ?? null)
        .filter(item => item !== null)
        .join(between as string),
    usage: "ARRAY_JOIN(array, ', '[, 'for NULL'])",
    text: 'The strings of an array with a text between them; NULL elements are left out unless the third argument stands for them.',
    example: "ARRAY_JOIN(ARRAY['a', 'b'], ', ')",
  }),
  extreme('max', 1),
  extreme('min', -1),
  define({
    name: 'array-position',
    spellings: ['ARRAY_POSITION'],
    resolve: arrayAndElement((array, element) => types.int(array.nullable || element.nullable)),
    reference: ([items, needle], { arguments: [type] }) =>
      list(items).findIndex(item => isSame(item, needle!, elementOf(type!))) + 1,
    usage: 'ARRAY_POSITION(array, x)',
    text: 'The place of the first element equal to x (1 is the first); 0 when there is none.',
    example: "ARRAY_POSITION(ARRAY['a', 'b'], 'b')",
  }),
  define({
    name: 'array-remove',
    spellings: ['ARRAY_REMOVE'],
    resolve: arrayAndElement(array => array),
    nulls: 'custom',
    reference: ([items, needle], { arguments: [type] }) =>
      items === null ? null : list(items).filter(item => !isSame(item, needle!, elementOf(type!))),
    usage: 'ARRAY_REMOVE(array, x)',
    text: 'The array without the elements equal to x; NULL takes the NULLs out.',
    example: 'ARRAY_REMOVE(ARRAY[1, 2, 1], 1)',
  }),
  define({
    name: 'array-reverse',
    spellings: ['ARRAY_REVERSE'],
    resolve: oneArray(array => array),
    reference: ([items]) => [...list(items)].reverse(),
    usage: 'ARRAY_REVERSE(array)',
    text: 'The elements from the last to the first.',
    example: 'ARRAY_REVERSE(ARRAY[1, 2, 3])',
  }),
  define({
    name: 'array-slice',
    spellings: ['ARRAY_SLICE'],
    resolve: resolveSlice,
    reference: ([items, start, end]) => sliced(list(items), start as number, end as number | undefined),
    usage: 'ARRAY_SLICE(array, start[, end])',
    text: 'The elements from one place to another, both included; 1 is the first, −1 the last.',
    example: 'ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3)',
  }),
  define({
    name: 'array-sort',
    spellings: ['ARRAY_SORT'],
    resolve: resolveSort,
    reference: ([items, ascending = true, nullsFirst = ascending], { arguments: [type] }) => {
      const element = elementOf(type!);
      const sign = ascending === true ? 1 : -1;
      const nulls = list(items).filter(item => item === null);
      const present = list(items)
        .filter(item => item !== null)
        .sort((left, right) => sign * compareOrdered(left, right, element));
      return nullsFirst === true ? [...nulls, ...present] : [...present, ...nulls];
    },
    usage: 'ARRAY_SORT(array[, ascending[, nulls_first]])',
    text: 'The elements in order; NULL comes first when ascending, else last, unless the third argument says otherwise.',
    example: 'ARRAY_SORT(ARRAY[3, 1, 2])',
  }),
];
