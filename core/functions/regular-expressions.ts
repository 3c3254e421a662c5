import { types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import type { ScalarFunction } from './contract.ts';
import { accepts, define, signature } from './define.ts';
import { groupName, type JavaPattern, javaPattern } from './java-regex.ts';
import { similarPattern } from './similar.ts';
import { literalValue } from './text.ts';

const string = types.string();
const { string: text, int } = accepts;

/** Matches from left to right as Java's Matcher.find: after an empty one the search goes on a character later. */
function* matches({ expression }: JavaPattern, value: string): Generator<RegExpExecArray> {
  expression.lastIndex = 0;
  for (let from = 0; from <= value.length; ) {
    expression.lastIndex = from;
    const found = expression.exec(value);
    if (found === null) return;
    yield found;
    const end = found.index + found[0].length;
    from = found[0] === '' ? end + (value.codePointAt(end)! > 0xffff ? 2 : 1) : end;
  }
}

const first = (pattern: JavaPattern, value: string): RegExpExecArray | undefined => {
  pattern.expression.lastIndex = 0;
  return pattern.expression.exec(value) ?? undefined;
};

const groupOf = (found: RegExpExecArray, group: number): string | null =>
  group === 0 ? found[0] : (found.groups?.[groupName(group)] ?? null);

function replaceAll(value: string, pattern: JavaPattern, replacement: string): Value {
  let result = '';
  let from = 0;
  for (const found of matches(pattern, value)) {
    result += value.slice(from, found.index) + replacement;
    from = found.index + found[0].length;
  }
  return result + value.slice(from);
}

/** Places are UTF-16 units, from 1 on. */
const placeOf = (found: RegExpExecArray): number => found.index + 1;

function counting(
  name: string,
  spelling: string,
  count: (pattern: JavaPattern, value: string) => number,
  doc: string,
  example: string,
): ScalarFunction {
  return define({
    name,
    spellings: [spelling],
    resolve: signature([text, text], types.int(), { nullable: 'always' }),
    reference: ([value, pattern]) => {
      const found = javaPattern(pattern as string);
      return found === undefined ? null : count(found, value as string);
    },
    usage: `${spelling}(s, pattern)`,
    text: doc,
    example,
  });
}

export const regularExpressionFunctions: readonly ScalarFunction[] = [
  define({
    name: 'similar-to',
    resolve: signature([text, text, text], types.boolean(), { optional: 1 }),
    reference: ([value, pattern, escaping]) => {
      const found = javaPattern(similarPattern(pattern as string, escaping as string | undefined));
      if (found === undefined)
        throw new TidemillError('bad-argument', `'${pattern as string}' is no pattern of SIMILAR TO`, {
          hint: 'its signs are % _ | * + ? {n,m} ( ) [ ]; ESCAPE gives a character that takes their meaning away',
        });
      return first(found, value as string) !== undefined;
    },
    flink: '($1 SIMILAR TO $2)',
    usage: "s SIMILAR TO pattern [ESCAPE 'c']",
    text: 'Whether s as a whole fits a pattern of LIKE signs and those of regular expressions.',
    example: "'tidemill' SIMILAR TO 'tide(mill|wheel)+'",
  }),
  define({
    name: 'regexp',
    spellings: ['REGEXP'],
    resolve: signature([text, text], types.boolean()),
    reference: ([value, pattern]) => {
      if (pattern === '') return false;
      const found = javaPattern(pattern as string);
      return found !== undefined && first(found, value as string) !== undefined;
    },
    usage: 'REGEXP(s, pattern)',
    text: "Whether a part of s matches a regular expression in Java's syntax; FALSE for an empty or a wrong one.",
    example: "REGEXP('tidemill', 'm.l')",
  }),
  define({
    name: 'regexp-replace',
    spellings: ['REGEXP_REPLACE'],
    resolve: (given, args) => {
      const resolved = signature([text, text, text], string)(given, args);
      const pattern = literalValue(args[1]);
      // what is NULL says so, where Flink does not
      const wrong = typeof pattern === 'string' && javaPattern(pattern) === undefined;
      return typeof resolved === 'string' || !wrong ? resolved : { ...resolved, resultType: withNullable(string, true) };
    },
    reference: ([value, pattern, replacement]) => {
      const found = javaPattern(pattern as string);
      return found === undefined ? null : replaceAll(value as string, found, replacement as string);
    },
    usage: 'REGEXP_REPLACE(s, pattern, replacement)',
    text: 's with all matches of a regular expression replaced by a text as it is ($1 has no meaning in it); NULL for a wrong pattern.',
    example: "REGEXP_REPLACE('foobar', 'oo|ar', '')",
  }),
  define({
    name: 'regexp-extract',
    spellings: ['REGEXP_EXTRACT'],
    resolve: signature([text, text, int], string, { optional: 1, nullable: 'always' }),
    reference: ([value, pattern, group]) => {
      const found = javaPattern(pattern as string);
      const number = (group as number | undefined) ?? 0;
      if (found === undefined || number < 0 || number > found.groups) return null;
      const match = first(found, value as string);
      return match === undefined ? null : groupOf(match, number);
    },
    usage: 'REGEXP_EXTRACT(s, pattern [, group])',
    text: 'What a group of a regular expression matches first (the whole match is 0); NULL when nothing does.',
    example: "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)",
  }),
  define({
    name: 'regexp-extract-all',
    spellings: ['REGEXP_EXTRACT_ALL'],
    resolve: signature([text, text, int], types.array(types.string()), { optional: 1, nullable: 'always' }),
    reference: ([value, pattern, group]) => {
      const found = javaPattern(pattern as string);
      const number = (group as number | undefined) ?? 1;
      if (found === undefined || number < 0 || number > found.groups) return null;
      return Array.from(matches(found, value as string), match => groupOf(match, number));
    },
    usage: 'REGEXP_EXTRACT_ALL(s, pattern [, group])',
    text: 'What a group of a regular expression (1 when none is given, the whole match is 0) matches, all of it as an array.',
    example: "REGEXP_EXTRACT_ALL('Ab0a1b2', '[ab](\\d)', 1)",
  }),
  counting(
    'regexp-count',
    'REGEXP_COUNT',
    (pattern, value) => [...matches(pattern, value)].length,
    'How often a regular expression matches in s; NULL when it is none.',
    "REGEXP_COUNT('Hello, hello', '(?i)hello')",
  ),
  counting(
    'regexp-instr',
    'REGEXP_INSTR',
    (pattern, value) => {
      const found = first(pattern, value);
      return found === undefined ? 0 : placeOf(found);
    },
    'Where a regular expression matches first in s (in UTF-16 units, from 1); 0 when it does not.',
    "REGEXP_INSTR('tidemill', 'm.l')",
  ),
  define({
    name: 'regexp-substr',
    spellings: ['REGEXP_SUBSTR'],
    resolve: signature([text, text], string, { nullable: 'always' }),
    reference: ([value, pattern]) => {
      const found = javaPattern(pattern as string);
      return (found && first(found, value as string)?.[0]) ?? null;
    },
    usage: 'REGEXP_SUBSTR(s, pattern)',
    text: 'What a regular expression matches first in s; NULL when nothing does.',
    example: "REGEXP_SUBSTR('hello world!', '\\w+!')",
  }),
];
