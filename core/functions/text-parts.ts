import { isBinary, isCharacter, isInteger, maximumLength, type SqlType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { ScalarFunction } from './contract.ts';
import { accepts, define, shown, signature } from './define.ts';
import { javaFormat } from './java-format.ts';
import { literalValue, wellFormed } from './text.ts';
import { commonType } from './type-rules.ts';

const string = types.string();
const { string: text, int } = accepts;

/** Places count in UTF-16 units, and a length below 1 or beyond the end reaches to the end: so does Flink. */
function overlay(value: string, part: string, from: number, length = part.length): Value {
  if (from < 1 || from > value.length) return value;
  const end = from - 1 + length;
  return wellFormed(value.slice(0, from - 1) + part + (length < 1 || end > value.length ? '' : value.slice(end)));
}

/** Character by character, in UTF-16 units as Flink does; the first of several rules for one character counts. */
function translate(value: string, from: string, to: string): string {
  const targets = new Map<string, string>();
  for (let at = 0; at < from.length; at++) if (!targets.has(from[at]!)) targets.set(from[at]!, to[at] ?? '');
  let result = '';
  for (let at = 0; at < value.length; at++) result += targets.get(value[at]!) ?? value[at]!;
  return wellFormed(result);
}

const lengthOf = (type: SqlType): number => (isCharacter(type) && 'length' in type ? (type.length as number) : maximumLength);

/** What Double.parseDouble of Java reads. */
const decimalText =
  /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?|0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?\d+[fFdD]?)$/;

const test = (name: string, spelling: string, holds: (value: string) => boolean, doc: string, example: string): ScalarFunction =>
  define({
    name,
    spellings: [spelling],
    resolve: given => {
      if (given.length !== 1) return `takes 1 argument, not ${given.length}`;
      const type = given[0]!;
      if (
        !isCharacter(type) &&
        !isInteger(type) &&
        type.kind !== 'NULL' &&
        type.kind !== 'DECIMAL' &&
        type.kind !== 'DOUBLE' &&
        type.kind !== 'FLOAT'
      )
        return `expects a string as argument 1, got ${shown(type)}`;
      return {
        argumentTypes: [withNullable(isCharacter(type) ? type : string, type.nullable)],
        resultType: types.boolean(false),
      };
    },
    nulls: 'custom',
    reference: ([value]) => value !== null && holds(value as string),
    usage: `${spelling}(s)`,
    text: doc,
    example,
  });

export const textPartFunctions: readonly ScalarFunction[] = [
  define({
    name: 'overlay',
    spellings: ['OVERLAY'],
    resolve: (given, args) =>
      signature(
        [text, text, int, int],
        ([value, part]) => types.varchar(Math.min(maximumLength, lengthOf(value!) + lengthOf(part!))),
        {
          optional: 1,
        },
      )(given, args),
    reference: ([value, part, from, length]) =>
      overlay(value as string, part as string, from as number, length as number | undefined),
    flink: 'OVERLAY($*)',
    usage: 'OVERLAY(s PLACING part FROM n [FOR length])',
    text: 's with a part put in the place of characters from n on (as many as the part has when no length is given).',
    example: "OVERLAY('This is an old string' PLACING ' new' FROM 11 FOR 4)",
  }),
  define({
    name: 'translate',
    spellings: ['TRANSLATE', 'TRANSLATE3'],
    resolve: given => {
      const resolved = signature([text, text, text], string)(given, []);
      return typeof resolved === 'string' ? resolved : { ...resolved, resultType: withNullable(string, given[0]!.nullable) };
    },
    nulls: 'custom',
    reference: ([value, from, to]) => {
      if (value === null) return null;
      if (from === null || from === '') return value!;
      return translate(value as string, from as string, (to as string | null) ?? '');
    },
    usage: 'TRANSLATE(s, from, to)',
    text: 's with each character of `from` replaced by the one at its place in `to`, or taken out when there is none.',
    example: "TRANSLATE('www.mill.org', 'wmil', 'WMIL')",
  }),
  define({
    name: 'elt',
    spellings: ['ELT'],
    resolve: (given, args) => {
      if (given.length < 2) return `takes 2 arguments or more, not ${given.length}`;
      if (!isInteger(given[0]!)) return `expects an integer as argument 1, got ${shown(given[0]!)}`;
      const index = literalValue(args[0]);
      if ((typeof index === 'number' || typeof index === 'bigint') && index < 0) return `takes an index from 0 on, got ${index}`;
      const values = given.slice(1);
      const all = values.every(type => isCharacter(type)) || values.every(type => isBinary(type));
      const common = all ? commonType(values) : undefined;
      if (common === undefined) return 'expects only strings, or only bytes, after its first argument';
      return {
        argumentTypes: [withNullable(types.bigint(), given[0]!.nullable), ...values],
        resultType: withNullable(common, true),
      };
    },
    nulls: 'custom',
    reference: ([index, ...values]) => (index === null ? null : (values[Number(index) - 1] ?? null)),
    usage: 'ELT(n, a, b, …)',
    text: 'The n-th of the values, the first being 1; NULL when there is none.',
    example: "ELT(2, 'tide', 'mill')",
  }),
  define({
    name: 'printf',
    spellings: ['PRINTF'],
    resolve: given => {
      if (given.length === 0) return 'takes 1 argument or more, not 0';
      const format = text.accept(given[0]!);
      if (format === undefined) return `expects a string as argument 1, got ${shown(given[0]!)}`;
      return { argumentTypes: [format, ...given.slice(1)], resultType: withNullable(string, true) };
    },
    nulls: 'custom',
    reference: ([format, ...args], { arguments: given }) =>
      format === null ? null : (javaFormat(format as string, args, given.slice(1)) ?? null),
    usage: 'PRINTF(format, a, b, …)',
    text: "Values in a format of Java's Formatter (%s, %d, %.2f, %x …); NULL when it does not fit them.",
    example: "PRINTF('%s has %03d', 'tide', 7)",
  }),
  test(
    'is-decimal',
    'IS_DECIMAL',
    value => decimalText.test(value.trim()) || /^\p{Nd}+$/u.test(value),
    'Whether a string can be read as a number; FALSE for NULL.',
    "IS_DECIMAL('23')",
  ),
  test(
    'is-digit',
    'IS_DIGIT',
    value => /^\p{Nd}+$/u.test(value),
    'Whether a string consists of digits only; FALSE for NULL.',
    "IS_DIGIT('123')",
  ),
  test(
    'is-alpha',
    'IS_ALPHA',
    value => /^\p{L}+$/u.test(value),
    'Whether a string consists of letters only; FALSE for NULL.',
    "IS_ALPHA('abc')",
  ),
];
