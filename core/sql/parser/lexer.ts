import { type Span, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';

export type TokenType =
  | 'word'
  | 'quoted'
  | 'string'
  | 'bytes'
  | 'integer'
  | 'decimal'
  | 'approximate'
  | 'symbol'
  | 'hint-start'
  | 'hint-end'
  | 'invalid'
  | 'end';

/** `text` is a word in upper case, a symbol, the digits of a number, or the decoded content of what stands in quotes. */
export interface Token extends Span {
  readonly type: TokenType;
  readonly text: string;
  /** Why an invalid token is one. */
  readonly error?: TidemillError;
}

const symbols = [
  '=>',
  '<>',
  '<=',
  '>=',
  '!=',
  '||',
  '(',
  ')',
  ',',
  ';',
  '.',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '[',
  ']',
  '{',
  '}',
  ':',
  '?',
  '|',
  '!',
];
const spacePattern = /\s+/y;
const lineCommentPattern = /--[^\n]*/y;
const wordPattern = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const numberPattern = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;

const uescapePattern = /\s+UESCAPE\s+'[^'0-9a-fA-F+\s]'/iy;
const charsets = new Set(['_UTF8', '_UTF16', '_UTF16LE', '_LATIN1', '_ISO88591', '_ASCII']);
/** Symbols of other dialects, and what Flink SQL has instead. */
const foreignSymbols: readonly (readonly [symbol: string, advice: string])[] = [
  ['::', 'a cast is written CAST(x AS type)'],
  [':=', 'options and arguments are written name = value and name => value'],
  ['==', 'equality is a single ='],
  ['<=>', 'equality that takes NULL for a value is IS NOT DISTINCT FROM'],
  ['&&', 'it is AND in words'],
  ['->>', "a field of JSON is JSON_VALUE(x, '$.field')"],
  ['->', "a field of JSON is JSON_QUERY(x, '$.field')"],
  ['~*', 'a test of a regular expression is REGEXP(x, pattern)'],
  ['!~', 'a test of a regular expression is NOT REGEXP(x, pattern)'],
  ['~', 'a test of a regular expression is REGEXP(x, pattern)'],
  ['#', 'a comment begins with --'],
  ['@', 'there are no variables; SET is for settings'],
];
const space = 32;
const newline = 10;
/** ASCII letters and `_`; other letters take the slower way through `wordPattern`. */
const isWordStart = (code: number): boolean => ((code | 32) >= 97 && (code | 32) <= 122 ? code < 128 : code === 95);
const isWordPart = (code: number): boolean => isWordStart(code) || (code >= 48 && code <= 57);

function wordAt(text: string, at: number): string | undefined {
  let end = at;
  if (isWordStart(text.charCodeAt(at))) for (end++; isWordPart(text.charCodeAt(end)); ) end++;
  const next = text.charCodeAt(end);
  return end > at && !(next === 36 || next >= 128) ? text.slice(at, end) : matchAt(wordPattern, text, at);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function syntaxError(message: string, start: number, end: number, hint?: string): TidemillError {
  return new TidemillError('syntax', message, { span: { start, end }, hint });
}

/**
 * The tokens of a text; the last is of type `end`. Never throws on bad text: what cannot be read becomes an `invalid` token that carries its error, so that
 * statements around it can still be parsed. Throws only when the text is larger than `limits.sqlTextBytesMax`.
 */
export function tokenize(text: string): Token[] {
  if (text.length > limits.sqlTextBytesMax)
    throw new TidemillError('sql-too-long', `the text has ${text.length} characters; at most ${limits.sqlTextBytesMax} are read`);
  const tokens: Token[] = [];
  let at = 0;
  let inHint = false;
  while (at < text.length) {
    const first = text.charCodeAt(at);
    if (first === space || first === newline) {
      at++;
      continue;
    }
    if (isWordStart(first)) {
      const token = readToken(text, at);
      tokens.push(token);
      at = token.end;
      continue;
    }
    const skipped = matchAt(spacePattern, text, at) ?? matchAt(lineCommentPattern, text, at);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    if (text.startsWith('/*+', at)) {
      tokens.push({ type: 'hint-start', text: '/*+', start: at, end: at + 3 });
      inHint = true;
      at += 3;
      continue;
    }
    if (inHint && text.startsWith('*/', at)) {
      tokens.push({ type: 'hint-end', text: '*/', start: at, end: at + 2 });
      inHint = false;
      at += 2;
      continue;
    }
    if (text.startsWith('/*', at)) {
      const close = text.indexOf('*/', at + 2);
      if (close < 0) {
        const error = syntaxError('this comment is never closed', at, at + 2, "end it with '*/'");
        tokens.push({ type: 'invalid', text: '/*', start: at, end: at + 2, error });
        at = text.length;
      } else at = close + 2;
      continue;
    }
    const token = readToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ type: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function readToken(text: string, at: number): Token {
  const first = text[at]!;
  if (first === "'") return readQuoted(text, at, at, 'string');
  if (first === '`') return readQuoted(text, at, at, 'quoted');
  if ((first === 'x' || first === 'X') && text[at + 1] === "'") return readBytes(text, at);
  if ((first === 'u' || first === 'U') && text[at + 1] === '&' && text[at + 2] === "'") return readUnicode(text, at);
  if ((first === 'n' || first === 'N') && text[at + 1] === "'") return readQuoted(text, at, at + 1, 'string');
  const word = wordAt(text, at);
  // `_UTF8'…'`: texts are Unicode here whatever they were written in
  if (word !== undefined && first === '_' && text[at + word.length] === "'" && charsets.has(word.toUpperCase()))
    return readQuoted(text, at, at + word.length, 'string');
  if (word !== undefined) return { type: 'word', text: word.toUpperCase(), start: at, end: at + word.length };
  const digits = matchAt(numberPattern, text, at);
  if (digits !== undefined) return readNumber(text, at, digits);
  const foreign = foreignSymbols.find(([written]) => text.startsWith(written, at));
  if (foreign !== undefined) {
    const [written, advice] = foreign;
    const error = syntaxError(`Flink SQL has no '${written}'`, at, at + written.length, advice);
    return { type: 'invalid', text: written, start: at, end: at + written.length, error };
  }
  const symbol = symbols.find(candidate => text.startsWith(candidate, at));
  if (symbol !== undefined) return { type: 'symbol', text: symbol, start: at, end: at + symbol.length };
  if (first === '"') {
    const close = text.indexOf('"', at + 1);
    const end = close < 0 || text.slice(at, close).includes('\n') ? at + 1 : close + 1;
    const error = syntaxError(
      'double quotes mean nothing in Flink SQL',
      at,
      end,
      "write names in `backticks` and texts in 'single quotes'",
    );
    return { type: 'invalid', text: text.slice(at, end), start: at, end, error };
  }
  const character = String.fromCodePoint(text.codePointAt(at)!);
  const error = syntaxError(`unexpected character '${character}'`, at, at + character.length);
  return { type: 'invalid', text: character, start: at, end: at + character.length, error };
}

function readNumber(text: string, at: number, digits: string): Token {
  const end = at + digits.length;
  const tail = matchAt(wordPattern, text, end);
  if (tail !== undefined) {
    const whole = digits + tail;
    const error = syntaxError(
      `'${whole}' is neither a number nor a name`,
      at,
      at + whole.length,
      `a name that begins with a digit needs backticks: \`${whole}\``,
    );
    return { type: 'invalid', text: whole, start: at, end: at + whole.length, error };
  }
  const type = /[eE]/.test(digits) ? 'approximate' : digits.includes('.') ? 'decimal' : 'integer';
  return { type, text: digits, start: at, end };
}

/** From the opening quote at `open` to its end; the quote doubled stands for itself. */
function readQuoted(text: string, start: number, open: number, type: 'string' | 'quoted'): Token {
  const quote = text[open]!;
  let at = open + 1;
  for (;;) {
    const close = text.indexOf(quote, at);
    if (close < 0) break;
    if (text[close + 1] === quote) {
      at = close + 2;
      continue;
    }
    const content = text.slice(open + 1, close).replaceAll(quote + quote, quote);
    if (type === 'quoted' && content === '')
      return { type: 'invalid', text: '', start, end: close + 1, error: syntaxError('a name cannot be empty', start, close + 1) };
    return { type, text: content, start, end: close + 1 };
  }
  // Only up to the end of the line, so that the statements after a forgotten quote are still looked at.
  const lineEnd = text.indexOf('\n', open);
  const end = lineEnd < 0 ? text.length : lineEnd;
  const what = type === 'string' ? 'this text is' : 'this name is';
  const error = syntaxError(
    `${what} never closed`,
    start,
    end,
    `end it with ${quote === "'" ? "a single quote '" : 'a backtick `'}`,
  );
  return { type: 'invalid', text: text.slice(start, end), start, end, error };
}

function readBytes(text: string, at: number): Token {
  const quoted = readQuoted(text, at, at + 1, 'string');
  if (quoted.type === 'invalid') return quoted;
  if (/^(?:[0-9a-fA-F]{2})*$/.test(quoted.text)) return { ...quoted, type: 'bytes', text: quoted.text.toUpperCase() };
  const error = syntaxError("X'…' takes an even number of hexadecimal digits", at, quoted.end);
  return { ...quoted, type: 'invalid', error };
}

/** `U&'d\0061t\+000061'`, with another escape character by UESCAPE behind it. */
function readUnicode(text: string, at: number): Token {
  const quoted = readQuoted(text, at, at + 2, 'string');
  if (quoted.type === 'invalid') return quoted;
  const clause = matchAt(uescapePattern, text, quoted.end);
  const escaper = clause === undefined ? '\\' : clause[clause.length - 2]!;
  const end = quoted.end + (clause?.length ?? 0);
  const quotedEscape = escaper.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`${quotedEscape}(?:${quotedEscape}|\\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|)`, 'g');
  let bad = false;
  const decoded = quoted.text.replaceAll(pattern, (all: string, six?: string, four?: string) => {
    if (all === escaper + escaper) return escaper;
    const code = Number.parseInt(six ?? four ?? '-1', 16);
    if (code < 0 || code > 0x10ffff) bad = true;
    return bad ? '' : six === undefined ? String.fromCharCode(code) : String.fromCodePoint(code);
  });
  if (!bad) return { ...quoted, text: decoded, end };
  const name = escaper === '\\' ? 'a backslash' : `'${escaper}'`;
  const error = syntaxError(
    `in U&'…' ${name} stands before four hexadecimal digits, + and six, or another ${escaper === '\\' ? 'backslash' : name}`,
    at,
    quoted.end,
  );
  return { ...quoted, type: 'invalid', error };
}
