import { TidemillError } from '../common/errors.ts';

const classNames: Readonly<Record<string, string>> = {
  ALPHA: '\\p{Alpha}',
  UPPER: '\\p{Upper}',
  LOWER: '\\p{Lower}',
  DIGIT: '\\p{Digit}',
  SPACE: ' ',
  WHITESPACE: '\\s',
  ALNUM: '\\p{Alnum}',
};

/**
 * A pattern of SIMILAR TO as one of java.util.regex over the whole text: `_` and `%` as in LIKE, `|`, `*`, `+`, `?`, `{n,m}`, groups and
 * `[…]` with `[:ALPHA:]`-like names as in regular expressions. As in Flink, `.`, `^` and `$` keep their meaning there.
 *
 * @throws TidemillError bad-argument for an escape character that escapes nothing special
 */
export function similarPattern(pattern: string, escapeCharacter?: string): string {
  if (escapeCharacter !== undefined && [...escapeCharacter].length !== 1)
    throw new TidemillError('bad-argument', `'${escapeCharacter}' is not one character to escape with`, {});
  const characters = [...pattern];
  let result = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === escapeCharacter) {
      const next = characters[at + 1];
      if (next === undefined || !(next === escapeCharacter || '_%[]()|^-+*?{}'.includes(next))) throw badEscape(pattern, at);
      result += literally(next);
      at++;
    } else if (character === '_') result += '(?s:.)';
    else if (character === '%') result += '(?s:.*)';
    else if (character === '\\') result += '\\\\';
    else if (character === '[') {
      const end = closing(characters, at);
      result += characters
        .slice(at, end + 1)
        .join('')
        .replace(/\\/g, '\\\\')
        .replace(/\[:(\w+):\]/g, (whole, name: string) => classNames[name.toUpperCase()] ?? whole);
      at = end;
    } else result += character;
  }
  return `\\A(?:${result})\\z`;
}

export const badEscape = (pattern: string, at: number): TidemillError =>
  new TidemillError(
    'bad-argument',
    `the escape character at place ${at + 1} of '${pattern}' stands before nothing it could escape`,
    {
      hint: 'it may stand before % and _ and before itself',
    },
  );

const literally = (character: string): string => (/[A-Za-z0-9\s]/.test(character) ? character : `\\${character}`);

/** The bracket that closes a set, names in it aside; the end when there is none. */
function closing(characters: readonly string[], from: number): number {
  for (let at = from + 1; at < characters.length; at++) {
    if (characters[at] === '[' && characters[at + 1] === ':') {
      at += 2;
      while (at < characters.length && !(characters[at] === ':' && characters[at + 1] === ']')) at++;
      at++;
    } else if (characters[at] === ']') return at;
  }
  return characters.length - 1;
}
