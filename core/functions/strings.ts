import { isBinary, isInteger, maximumLength, type SqlType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Expression } from '../plan/expressions.ts';
import type { ScalarFunction } from './contract.ts';
import { accepts, anyNullable, define, shown, signature } from './define.ts';
import { likeMatches, wrongEscape } from './like.ts';
import { badEscape } from './similar.ts';
import { bytesOf, characters, literalValue, sameText, varyingText, wellFormed } from './text.ts';

const string = types.string();
const { string: text, int } = accepts;

/** Functions whose result for ASCII differs nowhere, but whose case mapping or character counting may: not for DuckDB. */
function ofText(
  name: string,
  spellings: readonly string[],
  compute: (text: string) => Value,
  doc: string,
  example: string,
  result: SqlType | ((given: readonly SqlType[]) => SqlType) = sameText,
  nullable: 'arguments' | 'always' = 'arguments',
): ScalarFunction {
  return define({
    name,
    spellings,
    resolve: signature([text], result, { nullable }),
    reference: ([value]) => compute(value as string),
    usage: `${spellings[0]}(s)`,
    text: doc,
    example,
  });
}

/** Characters from a 1-based start; a negative one counts from the end. Source: Flink, BinaryStringDataUtil.substringSQL. */
function substring(value: string, start: number, length?: number): Value {
  const all = characters(value);
  if (length !== undefined && length < 0) return null;
  const from = start >= 0 ? (start === 0 ? 0 : start - 1) : all.length + start;
  if (from < 0) return '';
  const end = length === undefined ? all.length : Math.min(all.length, from + length);
  return all.slice(from, end).join('');
}

/** Both count code points; places before the first character are Flink's own. */
function substringInDuckdb([text, start, length]: readonly string[]): string {
  const from = (place: string): string => (length === undefined ? `${place})` : `${place}, ${length})`);
  const atStart = `substring(${text}, ${from(`greatest(${start}, 1)`)}`;
  const atEnd = `substring(${text}, ${from(`length(${text}) + ${start} + 1`)}`;
  const refused = length === undefined ? '' : `WHEN ${length} < 0 THEN NULL `;
  return `CASE ${refused}WHEN ${start} >= 0 THEN ${atStart} WHEN length(${text}) + ${start} < 0 THEN '' ELSE ${atEnd} END`;
}

/** 1-based place of a character sequence from a place on, 0 when there is none; an empty one is at 1. */
function locate(needle: string, haystack: string, from = 1): number {
  if (needle === '') return 1;
  const all = characters(haystack);
  const wanted = characters(needle);
  for (let at = Math.max(0, from - 1); at + wanted.length <= all.length; at++) {
    if (wanted.every((character, index) => all[at + index] === character)) return at + 1;
  }
  return 0;
}

/** INSTR of Flink: the n-th place of a part at or after a place, backwards from the end for a negative one. */
function occurrenceOf(needle: string, haystack: string, from: number, occurrence: number): number {
  const all = characters(haystack);
  const wanted = characters(needle);
  if (from === 0 || occurrence < 1) return 0;
  if (wanted.length === 0 && from === 1 && occurrence === 1) return 1;
  const step = from > 0 ? 1 : -1;
  let left = occurrence;
  for (let at = from > 0 ? from - 1 : all.length + from; at >= 0 && at < all.length; at += step) {
    if (wanted.every((character, index) => all[at + index] === character) && --left === 0) return at + 1;
  }
  return 0;
}

/** Takes characters of a set off one side or both. */
function trim(value: string, set: string, side: 'BOTH' | 'LEADING' | 'TRAILING'): string {
  const all = characters(value);
  const taken = new Set(characters(set));
  let start = 0;
  let end = all.length;
  if (side !== 'TRAILING') while (start < end && taken.has(all[start]!)) start++;
  if (side !== 'LEADING') while (end > start && taken.has(all[end - 1]!)) end--;
  return all.slice(start, end).join('');
}

function trimmer(name: 'ltrim' | 'rtrim' | 'btrim', side: 'BOTH' | 'LEADING' | 'TRAILING'): ScalarFunction {
  const spelling = name.toUpperCase();
  return define({
    name,
    spellings: [spelling],
    resolve: signature([text, text], name === 'btrim' ? string : varyingText, { optional: 1 }),
    reference: ([value, set]) => trim(value as string, (set as string | undefined) ?? ' ', side),
    usage: `${spelling}(s [, characters])`,
    text: `s without spaces, or characters of a set, ${side === 'BOTH' ? 'at both ends' : side === 'LEADING' ? 'at its start' : 'at its end'}.`,
    example: `${spelling}('  a ')`,
  });
}

function pad(name: 'lpad' | 'rpad'): ScalarFunction {
  const spelling = name.toUpperCase();
  return define({
    name,
    spellings: [spelling],
    resolve: (given, args) => {
      const resolved = signature([text, int, text], string)(given, args);
      const length = literalValue(args[1]);
      const filling = literalValue(args[2]);
      // what may be NULL says so, where Flink does not
      const safe = typeof length === 'number' && length >= 0 && typeof filling === 'string' && filling !== '';
      return typeof resolved === 'string' || safe ? resolved : { ...resolved, resultType: withNullable(string, true) };
    },
    reference: ([given, length, filling]) => {
      const value = given as string;
      const fill = filling as string;
      const wanted = length as number;
      if (wanted < 0 || fill.length === 0) return null;
      if (value.length >= wanted) return wellFormed(value.slice(0, wanted));
      const added = fill.repeat(Math.ceil((wanted - value.length) / fill.length)).slice(0, wanted - value.length);
      return wellFormed(name === 'lpad' ? added + value : value + added);
    },
    usage: `${spelling}(s, length, filling)`,
    text: `s filled on the ${name === 'lpad' ? 'left' : 'right'}, or cut, to a length (in UTF-16 units, as Flink counts here); NULL for a negative length.`,
    example: `${spelling}('hi', 4, '?')`,
  });
}

function edge(
  name: 'starts-with' | 'ends-with',
  spelling: string,
  test: (value: Uint8Array, part: Uint8Array) => boolean,
): ScalarFunction {
  return define({
    name,
    spellings: [spelling],
    resolve: given => {
      if (given.length !== 2) return `takes 2 arguments, not ${given.length}`;
      if (given.every(type => isBinary(type))) return { argumentTypes: given, resultType: types.boolean(anyNullable(given)) };
      return signature([text, text], types.boolean())(given, []);
    },
    reference: ([value, part]) => test(bytesOf(value!), bytesOf(part!)),
    usage: `${spelling}(s, part)`,
    duckdb: given => (given.every(type => type.kind === 'VARCHAR') ? { same: name.replace('-', '_') } : 'never'),
    text: `Whether s ${name === 'starts-with' ? 'starts' : 'ends'} with a part; always with an empty one.`,
    example: `${spelling}('Apache Flink', '${name === 'starts-with' ? 'Apache' : 'Flink'}')`,
  });
}

const likePattern = (args: readonly Expression[]): string | undefined => {
  const [pattern, character] = [literalValue(args[1]), literalValue(args[2])];
  if (typeof character !== 'string') return undefined;
  if ([...character].length > 1) return `takes one character after ESCAPE, got '${character}'`;
  const at = typeof pattern === 'string' ? wrongEscape(pattern, character) : undefined;
  return at === undefined
    ? undefined
    : `has an escape character at place ${at + 1} of '${pattern as string}' that escapes neither % nor _ nor itself`;
};

/** Length of a concatenation, where both are known. */
const joinedLength = (given: readonly SqlType[]): number =>
  given.reduce((sum, type) => Math.min(maximumLength, sum + ('length' in type ? type.length : maximumLength)), 0);

export const stringFunctions: readonly ScalarFunction[] = [
  define({
    name: 'concat',
    spellings: [],
    resolve: given => {
      if (given.length < 2) return 'takes 2 operands';
      for (const type of given) if (text.accept(type) === undefined) return `takes strings, got ${shown(type)}`;
      const fixed = given.every(type => type.kind === 'CHAR');
      const length = joinedLength(given);
      const result = fixed ? types.char(length) : types.varchar(length);
      return {
        argumentTypes: given.map(type => text.accept(type)!),
        resultType: withNullable(result, anyNullable(given)),
      };
    },
    reference: args => args.join(''),
    duckdb: { rewrite: args => `(${args.join(' || ')})` },
    flink: '($1 || $2)',
    usage: 'a || b',
    text: 'The strings one after the other.',
    example: "'tide' || 'mill'",
  }),
  define({
    name: 'concat-all',
    spellings: ['CONCAT'],
    resolve: signature([text], string, { repeat: true }),
    reference: args => args.join(''),
    implementation: { kind: 'intrinsic', name: 'concat' },
    usage: 'CONCAT(a, b, …)',
    text: 'The strings one after the other; NULL when one is NULL.',
    example: "CONCAT('AA', 'BB', 'CC')",
  }),
  define({
    name: 'concat-ws',
    spellings: ['CONCAT_WS'],
    resolve: signature([text, text], string, { repeat: true, optional: 1 }),
    nulls: 'custom',
    reference: ([separator, ...args]) =>
      separator === null ? null : args.filter(value => value !== null).join(separator as string),
    usage: 'CONCAT_WS(separator, a, b, …)',
    text: 'The strings that are not NULL with a separator between; NULL when the separator is NULL.',
    example: "CONCAT_WS('~', 'AA', 'BB')",
  }),
  ofText('upper', ['UPPER', 'UCASE'], s => s.toUpperCase(), 's in capital letters.', "UPPER('tide')"),
  ofText('lower', ['LOWER', 'LCASE'], s => s.toLowerCase(), 's in small letters.', "LOWER('TIDE')"),
  ofText(
    'initcap',
    ['INITCAP'],
    s => s.replace(/[a-z0-9]+/gi, word => word[0]!.toUpperCase() + word.slice(1).toLowerCase()),
    'Each word of s with a capital letter first, the rest small.',
    "INITCAP('tide mill')",
  ),
  ofText(
    'char-length',
    ['CHAR_LENGTH', 'CHARACTER_LENGTH', 'LENGTH'],
    s => characters(s).length,
    'The number of characters of s.',
    "CHAR_LENGTH('mill')",
    types.int(),
  ),
  ofText('reverse', ['REVERSE'], s => characters(s).reverse().join(''), 's backwards.', "REVERSE('abc')", string, 'always'),
  ofText(
    'ascii',
    ['ASCII'],
    s => (s === '' ? 0 : (bytesOf(s)[0]! << 24) >> 24),
    'The first byte of s as a number from -128 to 127; 0 for an empty s.',
    "ASCII('a')",
    types.int(),
  ),
  define({
    name: 'octet-length',
    spellings: ['OCTET_LENGTH', 'BYTE_LENGTH'],
    resolve: signature([accepts.stringOrBytes], types.int()),
    reference: ([value]) => bytesOf(value!).length,
    usage: 'OCTET_LENGTH(s)',
    text: 'The number of bytes of s.',
    example: "OCTET_LENGTH('ü')",
  }),
  define({
    name: 'chr',
    spellings: ['CHR'],
    resolve: signature([accepts.bigint], string, { nullable: 'always' }),
    reference: ([code]) => ((code as bigint) < 0n ? '' : String.fromCharCode(Number((code as bigint) & 255n))),
    usage: 'CHR(n)',
    text: 'The character of a number 0 to 255 (n modulo 256).',
    example: 'CHR(97)',
  }),
  define({
    name: 'substring',
    spellings: ['SUBSTRING', 'SUBSTR'],
    resolve: signature([text, int, int], varyingText, { optional: 1, nullable: 'always' }),
    reference: ([value, start, length]) => substring(value as string, start as number, length as number | undefined),
    duckdb: { rewrite: substringInDuckdb },
    flink: 'SUBSTRING($*)',
    usage: 'SUBSTRING(s FROM start [FOR length])',
    text: 'Characters of s from a place (1 is the first, -1 the last) on; NULL for a negative length.',
    example: "SUBSTRING('tidemill', 5, 4)",
  }),
  define({
    name: 'trim',
    spellings: [],
    resolve: signature([text, text, text], given => varyingText(given.slice(2))),
    reference: ([side, set, value]) => trim(value as string, set as string, side as 'BOTH' | 'LEADING' | 'TRAILING'),
    flink: 'TRIM($1 $2 FROM $3)',
    usage: 'TRIM([BOTH | LEADING | TRAILING] [characters] FROM s)',
    text: 's without spaces, or characters of a set, at its ends.',
    example: "TRIM(LEADING 'x' FROM 'xxa')",
  }),
  trimmer('ltrim', 'LEADING'),
  trimmer('rtrim', 'TRAILING'),
  trimmer('btrim', 'BOTH'),
  define({
    name: 'position',
    spellings: [],
    resolve: signature([text, text, int], types.int(), { optional: 1 }),
    reference: ([needle, value, from]) => locate(needle as string, value as string, (from as number | undefined) ?? 1),
    flink: 'POSITION($1 IN $2)',
    usage: 'POSITION(part IN s [FROM n])',
    text: 'Where a part of s starts at or after a place, the first character being 1; 0 when there is none.',
    example: "POSITION('mill' IN 'tidemill')",
  }),
  define({
    name: 'locate',
    spellings: ['LOCATE'],
    resolve: signature([text, text, int], types.int(), { optional: 1 }),
    reference: ([needle, value, from]) => locate(needle as string, value as string, (from as number | undefined) ?? 1),
    usage: 'LOCATE(part, s [, from])',
    text: 'Where a part of s starts at or after a place; 0 when there is none.',
    example: "LOCATE('l', 'tidemill', 8)",
  }),
  define({
    name: 'instr',
    spellings: ['INSTR'],
    resolve: signature([text, text, int, int], types.int(), { optional: 2 }),
    reference: ([value, needle, from, occurrence]) =>
      occurrenceOf(needle as string, value as string, (from as number | undefined) ?? 1, (occurrence as number | undefined) ?? 1),
    usage: 'INSTR(s, part [, from [, occurrence]])',
    text: 'Where a part of s starts; a negative `from` searches backwards from the end; 0 when there is none.',
    example: "INSTR('tidemill', 'm')",
  }),
  define({
    name: 'replace',
    spellings: ['REPLACE'],
    resolve: signature([text, text, text], string),
    reference: ([value, from, to]) =>
      from === ''
        ? ['', ...characters(value!), ''].join(to as string)
        : (value as string).replaceAll(from as string, () => to as string),
    usage: 'REPLACE(s, old, new)',
    text: 's with all occurrences of a part replaced.',
    example: "REPLACE('hello world', 'world', 'mill')",
  }),
  pad('lpad'),
  pad('rpad'),
  define({
    name: 'left',
    spellings: ['LEFT'],
    resolve: signature([text, int], varyingText, { nullable: 'always' }),
    reference: ([value, count]) =>
      characters(value!)
        .slice(0, Math.max(0, count as number))
        .join(''),
    usage: 'LEFT(s, n)',
    text: 'The first n characters of s; none for a negative n.',
    example: "LEFT('tidemill', 4)",
  }),
  define({
    name: 'right',
    spellings: ['RIGHT'],
    resolve: signature([text, int], varyingText, { nullable: 'always' }),
    reference: ([value, count]) =>
      (count as number) <= 0
        ? ''
        : characters(value!)
            .slice(-(count as number))
            .join(''),
    usage: 'RIGHT(s, n)',
    text: 'The last n characters of s; none for a negative n.',
    example: "RIGHT('tidemill', 4)",
  }),
  define({
    name: 'repeat',
    spellings: ['REPEAT'],
    resolve: signature([text, int], string),
    reference: ([value, count]) => (value as string).repeat(Math.max(0, count as number)),
    usage: 'REPEAT(s, n)',
    text: 's n times.',
    example: "REPEAT('ab', 3)",
  }),
  define({
    name: 'split-index',
    spellings: ['SPLIT_INDEX'],
    resolve: (given, args) => {
      // a separator may be a character's number
      const code = given.length === 3 && isInteger(given[1]!);
      return signature([text, code ? int : text, int], string, { nullable: 'always' })(given, args);
    },
    reference: ([value, given, index]) => {
      const separator = typeof given === 'number' ? String.fromCharCode(given & 0xffff) : (given as string);
      if ((index as number) < 0 || value === '') return null;
      if (separator === '') return (index as number) === 0 ? (value as string) : null;
      return (value as string).split(separator)[index as number] ?? null;
    },
    usage: 'SPLIT_INDEX(s, separator, index)',
    text: 'A piece of s split at a separator, the first piece being 0; NULL when there is none.',
    example: "SPLIT_INDEX('a/b/c', '/', 1)",
  }),
  edge('starts-with', 'STARTSWITH', (value, part) => part.every((byte, index) => value[index] === byte)),
  edge(
    'ends-with',
    'ENDSWITH',
    (value, part) =>
      part.length <= value.length && part.every((byte, index) => value[value.length - part.length + index] === byte),
  ),
  define({
    name: 'like',
    resolve: (given, args) => likePattern(args) ?? signature([text, text, text], types.boolean(), { optional: 1 })(given, args),
    reference: ([value, pattern, character]) => {
      const at = character === undefined ? undefined : wrongEscape(pattern as string, character as string);
      if (at !== undefined) throw badEscape(pattern as string, at);
      return likeMatches(value as string, pattern as string, character as string | undefined);
    },
    // a pattern that is written out, of text and % only: what _ counts and what escapes is each engine's own
    duckdb: () => ({
      rewrite: args => (args.length === 2 && /^'[^\\_]*'$/.test(args[1]!) ? `(${args[0]} LIKE ${args[1]})` : undefined),
    }),
    flink: '($1 LIKE $2)',
    usage: "s LIKE pattern [ESCAPE 'c']",
    text: 'Whether s fits a pattern: _ stands for one character, % for any number of them.',
    example: "'tidemill' LIKE 'tide%'",
  }),
];
