import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import { clauseWords, reservedWords } from '../../sql/parser/keywords.ts';
import { type Token, tokenize } from '../../sql/parser/lexer.ts';

/** A part of a text and how a terminal shows it (an SGR code). */
export interface StyledSpan {
  readonly start: number;
  readonly end: number;
  readonly style: string;
}

const styles = { keyword: '1;34', function: '36', string: '32', number: '35', comment: '2', invalid: '31', command: '1' };

let builtins: ReadonlySet<string> | undefined;
const functionNames = (): ReadonlySet<string> =>
  (builtins ??= new Set([...scalarFunctions.values(), ...aggregateFunctions.values()].flatMap(entry => entry.spellings)));

/**
 * Colours of a text as it is typed: words of the language, functions, texts, numbers, comments, and what cannot be read.
 *
 * @example
 * highlight('SELECT 1'); // [{ start: 0, end: 6, style: '1;34' }, { start: 7, end: 8, style: '35' }]
 */
export function highlight(text: string): StyledSpan[] {
  if (/^\s*[\\.]/.test(text)) return [{ start: 0, end: text.length, style: styles.command }];
  const spans: StyledSpan[] = [];
  let tokens: Token[];
  try {
    tokens = tokenize(text);
  } catch {
    return [];
  }
  let before = 0;
  for (const [index, token] of tokens.entries()) {
    if (text.slice(before, token.start).trim() !== '') spans.push({ start: before, end: token.start, style: styles.comment });
    before = token.end;
    const style = styleOf(token, tokens[index + 1]);
    if (style !== undefined) spans.push({ start: token.start, end: token.end, style });
  }
  return spans;
}

function styleOf(token: Token, next: Token | undefined): string | undefined {
  switch (token.type) {
    case 'word':
      if (next?.text === '(' && next.type === 'symbol' && functionNames().has(token.text) && token.text !== 'IN')
        return styles.function;
      return reservedWords.has(token.text) || clauseWords.has(token.text) ? styles.keyword : undefined;
    case 'string':
    case 'bytes':
      return styles.string;
    case 'integer':
    case 'decimal':
    case 'approximate':
      return styles.number;
    case 'hint-start':
    case 'hint-end':
      return styles.comment;
    case 'invalid':
      return /^['`]/.test(token.text) ? styles.string : styles.invalid;
    case 'quoted':
    case 'symbol':
    case 'end':
      return undefined;
  }
}
