import { combineRoaring, roaringNumbers, roaringOf, roaringText } from '../columnar/roaring.ts';
import { isInteger, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import type { AggregateFunction, ScalarFunction } from './contract.ts';
import { type ArgumentKind, define, shown, signature } from './define.ts';

const bitmap: ArgumentKind = {
  words: 'a BITMAP',
  accept: type => (type.kind === 'BITMAP' ? type : type.kind === 'NULL' ? types.bitmap() : undefined),
};
const bytes: ArgumentKind = {
  words: 'bytes',
  accept: type => (type.kind === 'VARBINARY' || type.kind === 'BINARY' ? type : type.kind === 'NULL' ? types.bytes() : undefined),
};
/** Integers up to INT. */
const integers: ArgumentKind = {
  words: 'an array of INT',
  accept: type => {
    if (type.kind === 'NULL') return types.array(types.int());
    if (type.kind !== 'ARRAY' || !isInteger(type.element) || type.element.kind === 'BIGINT') return undefined;
    return types.array(types.int(type.element.nullable), type.nullable);
  },
};

const set = (value: Value | undefined): Uint8Array => value as Uint8Array;
const numbersOf = (value: Value | undefined): Uint32Array => roaringNumbers(set(value)) ?? new Uint32Array();

type Keeps = (inLeft: boolean, inRight: boolean) => boolean;
const operations: Readonly<Record<'AND' | 'OR' | 'XOR' | 'ANDNOT', { readonly keeps: Keeps; readonly words: string }>> = {
  AND: { keeps: (a, b) => a && b, words: 'The numbers that are in both.' },
  OR: { keeps: (a, b) => a || b, words: 'The numbers that are in one or both.' },
  XOR: { keeps: (a, b) => a !== b, words: 'The numbers that are in one and not in both.' },
  ANDNOT: { keeps: (a, b) => a && !b, words: 'The numbers of the first that are not in the second.' },
};

const combining = (Object.keys(operations) as (keyof typeof operations)[]).map(name =>
  define({
    name: `bitmap-${name.toLowerCase()}`,
    spellings: [`BITMAP_${name}`],
    resolve: signature([bitmap, bitmap], types.bitmap()),
    reference: ([left, right]) => combineRoaring(set(left), set(right), operations[name].keeps),
    usage: `BITMAP_${name}(a, b)`,
    text: operations[name].words,
    example: `BITMAP_${name}(BITMAP_BUILD(ARRAY[1, 2]), BITMAP_BUILD(ARRAY[2, 3]))`,
  }),
);

/** Sets of 32-bit numbers. Source: Flink docs, "Bitmap Functions", and a running Flink 2.3. */
export const bitmapFunctions: readonly ScalarFunction[] = [
  define({
    name: 'bitmap-build',
    spellings: ['BITMAP_BUILD'],
    resolve: signature([integers], types.bitmap()),
    reference: ([items]) => roaringOf((items as readonly Value[]).filter(item => item !== null) as readonly number[]),
    usage: 'BITMAP_BUILD(array)',
    text: 'The set of the numbers of an array, without NULL; they count as numbers without a sign, −1 as 4294967295.',
    example: 'BITMAP_BUILD(ARRAY[3, 1, 3])',
  }),
  define({
    name: 'bitmap-from-bytes',
    spellings: ['BITMAP_FROM_BYTES'],
    resolve: signature([bytes], types.bitmap()),
    reference: ([value]) => {
      const numbers = roaringNumbers(set(value));
      if (numbers === undefined)
        throw new TidemillError('bad-argument', 'BITMAP_FROM_BYTES got bytes that are no Roaring bitmap', {
          hint: 'it reads the portable form of 32-bit Roaring bitmaps, which BITMAP_TO_BYTES writes',
        });
      return roaringOf(numbers);
    },
    usage: 'BITMAP_FROM_BYTES(bytes)',
    text: 'The set in the portable form of 32-bit Roaring bitmaps; bytes that are none fail the job.',
    example: 'BITMAP_FROM_BYTES(BITMAP_TO_BYTES(BITMAP_BUILD(ARRAY[1, 2])))',
  }),
  define({
    name: 'bitmap-to-bytes',
    spellings: ['BITMAP_TO_BYTES'],
    resolve: signature([bitmap], types.bytes()),
    reference: ([value]) => value!,
    usage: 'BITMAP_TO_BYTES(bitmap)',
    text: 'The set in the portable form of 32-bit Roaring bitmaps.',
    example: 'BITMAP_TO_BYTES(BITMAP_BUILD(ARRAY[1, 2]))',
  }),
  define({
    name: 'bitmap-to-array',
    spellings: ['BITMAP_TO_ARRAY'],
    resolve: signature([bitmap], types.array(types.int())),
    reference: ([value]) => Array.from(numbersOf(value), number => number | 0),
    usage: 'BITMAP_TO_ARRAY(bitmap)',
    text: 'The numbers as an array of INT in the order of numbers without a sign.',
    example: 'BITMAP_TO_ARRAY(BITMAP_BUILD(ARRAY[2, 1]))',
  }),
  define({
    name: 'bitmap-to-string',
    spellings: ['BITMAP_TO_STRING'],
    resolve: signature([bitmap], types.string()),
    reference: ([value]) => roaringText(set(value)),
    usage: 'BITMAP_TO_STRING(bitmap)',
    text: 'The numbers as text, without a sign: {1,2,4294967295}.',
    example: 'BITMAP_TO_STRING(BITMAP_BUILD(ARRAY[2, 1]))',
  }),
  define({
    name: 'bitmap-cardinality',
    spellings: ['BITMAP_CARDINALITY'],
    resolve: signature([bitmap], types.bigint()),
    reference: ([value]) => BigInt(numbersOf(value).length),
    usage: 'BITMAP_CARDINALITY(bitmap)',
    text: 'How many numbers are in the set.',
    example: 'BITMAP_CARDINALITY(BITMAP_BUILD(ARRAY[1, 2, 2]))',
  }),
  ...combining,
];

/** An aggregate over the values that are not NULL, as a set or as its size; NULL when there are none. */
function aggregate(
  spelling: string,
  argument: { readonly kind: ArgumentKind; readonly usage: string },
  gather: (values: readonly Value[]) => Uint8Array,
  text: string,
): readonly AggregateFunction[] {
  return [false, true].map(counts => {
    const name = counts ? spelling.replace('_AGG', '_CARDINALITY_AGG') : spelling;
    return Object.freeze({
      name: name.toLowerCase().replaceAll('_', '-'),
      spellings: [name],
      resolve: given => {
        const [type] = given;
        if (given.length !== 1 || type === undefined) return `takes 1 argument, not ${given.length}`;
        const accepted = argument.kind.accept(type);
        if (accepted === undefined) return `expects ${argument.kind.words} as argument 1, got ${shown(type)}`;
        return { argumentTypes: [accepted], resultType: counts ? types.bigint() : types.bitmap() };
      },
      reference: rows => {
        const values = rows.flatMap(([value]) => (value === null || value === undefined ? [] : [value]));
        if (values.length === 0) return null;
        const result = gather(values);
        return counts ? BigInt(numbersOf(result).length) : result;
      },
      duckdb: () => 'never',
      doc: {
        usage: `${name}(${argument.usage})`,
        text: counts ? `How many numbers ${spelling} has; NULL when there is no value.` : text,
        example: `${name}(${argument.usage})`,
      },
    } satisfies AggregateFunction);
  });
}

const int: ArgumentKind = {
  words: 'an integer up to INT',
  accept: type => {
    if (type.kind === 'NULL') return types.int();
    return isInteger(type) && type.kind !== 'BIGINT' ? withNullable(types.int(), type.nullable) : undefined;
  },
};
const numbers = { kind: int, usage: 'n' };
const sets = { kind: bitmap, usage: 'bitmap' };
const folded = (name: keyof typeof operations) => (values: readonly Value[]) =>
  values.slice(1).reduce((left: Uint8Array, right) => combineRoaring(left, set(right), operations[name].keeps), set(values[0]));

export const bitmapAggregates: readonly AggregateFunction[] = [
  ...aggregate(
    'BITMAP_BUILD_AGG',
    numbers,
    values => roaringOf(values as readonly number[]),
    'The set of the numbers; NULL when there are none.',
  ),
  ...aggregate('BITMAP_AND_AGG', sets, folded('AND'), 'The numbers that are in all sets; NULL when there are none.'),
  ...aggregate('BITMAP_OR_AGG', sets, folded('OR'), 'The numbers that are in one set or more; NULL when there are none.'),
  ...aggregate('BITMAP_XOR_AGG', sets, folded('XOR'), 'The numbers that are in an odd number of sets; NULL when there are none.'),
];
