import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { didYouMean, nearestNames } from '../../common/nearest-names.ts';
import type { Identifier, Node, NumberLiteral, Path, StringLiteral } from '../ast/node.ts';
import type { Expression, Query } from '../ast/query.ts';
import { clauseWords, reservedWords } from './keywords.ts';
import { type Token, type TokenType, tokenize } from './lexer.ts';

/** The rules that call one another across files; injected, because files must not import in circles. */
export interface Grammar {
  query(cursor: Cursor): Query;
  /** Goes on behind a query that stood in parentheses: `(SELECT 1) UNION SELECT 2`. */
  continueQuery(cursor: Cursor, left: Query): Query;
  /** Only operators that bind at least as tight as `least` are taken. */
  expression(cursor: Cursor, least?: number): Expression;
}

/** How many alternatives an error message names at most. */
const alternativesShown = 5;

/**
 * A position in the tokens of a text. Every word or symbol a rule asks for is remembered while the position stands, so that an error can say all that
 * would have fitted there.
 */
export class Cursor {
  readonly text: string;
  readonly grammar: Grammar;
  /** Errors of statements inside a statement set, which is left out as a whole. */
  readonly errors: TidemillError[] = [];
  private readonly tokens: readonly Token[];
  private index = 0;
  private depth = 0;
  private expectedAt = -1;
  private expected: string[] = [];
  /** The last token that was taken as an alias without AS: often a misspelt keyword. */
  private aliasAt = -1;
  private aliasExpected: string[] = [];
  /** Where an alias would have fitted: a reserved word there may have been meant as one. */
  private aliasWantedAt = -1;

  constructor(text: string, grammar: Grammar) {
    this.text = text;
    this.grammar = grammar;
    this.tokens = tokenize(text);
  }

  get token(): Token {
    return this.tokens[this.index]!;
  }

  ahead(distance = 1): Token {
    return this.tokens[Math.min(this.index + distance, this.tokens.length - 1)]!;
  }

  /** True when a word or symbol, not something in quotes, stands `distance` tokens ahead. */
  follows(text: string, distance = 1): boolean {
    const token = this.ahead(distance);
    return token.text === text && (token.type === 'word' || token.type === 'symbol');
  }

  get previous(): Token {
    return this.tokens[Math.max(0, this.index - 1)]!;
  }

  get position(): number {
    return this.index;
  }

  /** Back to a position read before; only for a short look ahead. */
  rewind(position: number): void {
    this.index = position;
  }

  advance(): Token {
    const token = this.token;
    if (token.type === 'invalid') throw token.error!;
    if (token.type !== 'end') this.index++;
    return token;
  }

  /** Goes on even over what the lexer could not read. */
  skip(): void {
    if (this.token.type !== 'end') this.index++;
  }

  get atEnd(): boolean {
    return this.token.type === 'end';
  }

  // What comes next -------------------------------------------------------------------------------------------------

  /** True when the words come next. Asking is remembered for the error message. */
  at(...words: string[]): boolean {
    this.remember(words.join(' '));
    return this.atQuietly(...words);
  }

  /** The same without being remembered: for what may nearly always follow. */
  atQuietly(...words: string[]): boolean {
    return words.every((word, i) => {
      const token = this.ahead(i);
      return token.type === 'word' && token.text === word;
    });
  }

  atType(type: TokenType): boolean {
    return this.token.type === type;
  }

  atSymbol(symbol: string): boolean {
    this.remember(`'${symbol}'`);
    return this.atSymbolQuietly(symbol);
  }

  atSymbolQuietly(symbol: string): boolean {
    return this.token.type === 'symbol' && this.token.text === symbol;
  }

  accept(...words: string[]): boolean {
    if (!this.at(...words)) return false;
    this.index += words.length;
    return true;
  }

  acceptQuietly(...words: string[]): boolean {
    if (!this.atQuietly(...words)) return false;
    this.index += words.length;
    return true;
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.atSymbol(symbol)) return false;
    this.index++;
    return true;
  }

  acceptSymbolQuietly(symbol: string): boolean {
    if (!this.atSymbolQuietly(symbol)) return false;
    this.index++;
    return true;
  }

  /** The first of the words that comes next, taken; undefined when none does. */
  acceptOneOf<Word extends string>(words: readonly Word[]): Word | undefined {
    return words.find(word => this.accept(...word.split(' ')));
  }

  expect(...words: string[]): void {
    for (const word of words) if (!this.accept(word)) this.fail(word);
  }

  expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) this.fail(`'${symbol}'`);
  }

  expectOneOf<Word extends string>(words: readonly Word[], what?: string): Word {
    return this.acceptOneOf(words) ?? this.fail(what);
  }

  // Names and literals ----------------------------------------------------------------------------------------------

  /** True when a name comes next: anything in backticks, or a word that is not reserved. */
  get atIdentifier(): boolean {
    const { type, text } = this.token;
    return type === 'quoted' || (type === 'word' && !reservedWords.has(text));
  }

  identifier(what = 'a name'): Identifier {
    if (!this.atIdentifier) this.fail(what, 'name');
    return identifierOf(this.advance(), this.text);
  }

  /** `a.b.c`. */
  path(what = 'a name'): Path {
    const parts = [this.identifier(what)];
    while (this.acceptSymbolQuietly('.')) parts.push(this.identifier());
    return parts;
  }

  /** A name that stands where one without AS may: remembered, since it may be a misspelt keyword. */
  implicitAlias(): Identifier | undefined {
    if (!this.atIdentifier) {
      this.aliasWantedAt = this.index;
      return undefined;
    }
    this.aliasExpected = this.expectedAt === this.index ? this.expected : [];
    this.aliasAt = this.index;
    return this.identifier();
  }

  /** `(a, b, …)`. */
  identifierList(what = 'a column name'): Identifier[] {
    this.expectSymbol('(');
    const names = this.commaSeparated(() => this.identifier(what));
    this.expectSymbol(')');
    return names;
  }

  commaSeparated<T>(item: () => T): T[] {
    const items = [item()];
    while (this.acceptSymbol(',')) items.push(item());
    return items;
  }

  string(what = 'a text in single quotes'): StringLiteral {
    if (this.token.type !== 'string') this.fail(what);
    return stringOf(this.advance());
  }

  integer(what = 'a whole number'): NumberLiteral {
    if (this.token.type !== 'integer') this.fail(what);
    const token = this.advance();
    return { kind: 'number', form: 'integer', text: token.text, span: spanOf(token) };
  }

  /** An integer in [least, most] as a JavaScript number. */
  smallInteger(what: string, least: number, most: number): number {
    const literal = this.integer(what);
    const value = Number(literal.text);
    if (value < least || value > most)
      throw new TidemillError('syntax', `${what} is from ${least} to ${most}, not ${literal.text}`, { span: literal.span });
    return value;
  }

  // Spans and nesting -----------------------------------------------------------------------------------------------

  /** From a node, token or offset to the end of what was taken last. */
  spanFrom(start: number | Node | Token | Span): Span {
    const from = typeof start === 'number' ? start : 'span' in start ? start.span.start : start.start;
    return { start: from, end: Math.max(from, this.previous.end) };
  }

  /** Runs a rule one level deeper; deeper than `limits.sqlNestingMax` is an error, not a stack overflow. */
  nested<T>(rule: () => T): T {
    if (this.depth >= limits.sqlNestingMax)
      throw new TidemillError('syntax', `this is nested more than ${limits.sqlNestingMax} deep`, { span: spanOf(this.token) });
    this.depth++;
    try {
      return rule();
    } finally {
      this.depth--;
    }
  }

  /** Forgets open nesting and goes behind the next ';' (or to the end). A text that was never closed may have swallowed it. */
  recover(): void {
    this.depth = 0;
    const ends = ({ type, text }: Token) =>
      type === 'end' || (type === 'symbol' && text === ';') || (type === 'invalid' && /;\s*$/.test(text));
    while (!ends(this.token)) this.index++;
    if (!this.atEnd) this.index++;
  }

  // Errors ----------------------------------------------------------------------------------------------------------

  /**
   * Throws `expected … after …, found …` at the current token. `what` is what the rule needs; alternatives asked for at this place are added.
   * `role`: whether a name or an expression was wanted, for the hint about reserved words. `advice` is a hint that goes before those found here.
   */
  fail(what?: string, role?: 'name' | 'expression', advice?: string): never {
    const found = this.token;
    if (found.type === 'invalid') throw found.error!;
    const alternatives = [
      ...new Set([...(what === undefined ? [] : [what]), ...(this.expectedAt === this.index ? this.expected : [])]),
    ];
    const alias = this.aliasAt >= 0 && this.aliasAt === this.index - 1 ? this.tokens[this.aliasAt]! : undefined;
    if (alias?.type === 'word') {
      const wanted = [...alternatives, ...this.aliasExpected].filter(isWords);
      const hint = misspelled(alias.text, wanted);
      if (hint !== undefined)
        this.failAt(this.aliasAt, [...new Set([...this.aliasExpected, ...alternatives.filter(isWords)])], hint);
    }
    let hint = advice ?? (found.type === 'word' ? misspelled(found.text, alternatives.filter(isWords)) : undefined);
    const isReserved = found.type === 'word' && reservedWords.has(found.text);
    if (
      hint === undefined &&
      isReserved &&
      (role === 'name' || ((role === 'expression' || this.aliasWantedAt === this.index) && !this.beginsClause(found)))
    ) {
      const written = this.text.slice(found.start, found.end);
      hint = `'${written}' is a reserved word: as a name it needs backticks, \`${written}\``;
    }
    if (hint === undefined && role === 'expression' && this.previous.text === ',' && this.index > 0)
      hint = 'there is a comma too many';
    this.failAt(this.index, alternatives, hint);
  }

  /** ORDER and GROUP without BY behind them were meant as names. */
  private beginsClause({ text }: Token): boolean {
    return clauseWords.has(text) && ((text !== 'ORDER' && text !== 'GROUP') || this.follows('BY'));
  }

  /** Refuses the statement at a token with a message of its own. */
  refuse(message: string, at: Token | Node | Span, hint?: string): never {
    throw new TidemillError('syntax', message, { span: 'span' in at ? at.span : spanOf(at), hint });
  }

  /** What Flink has and we read over, at its place. */
  unsupported(what: string, at: Token | Node = this.token, hint?: string): never {
    throw notSupported(what, 'span' in at ? at.span : spanOf(at), hint);
  }

  private failAt(index: number, alternatives: readonly string[], hint: string | undefined): never {
    const found = this.tokens[index]!;
    // Symbols say more about what went wrong than the clauses that might have followed.
    const ordered = [...alternatives].sort((a, b) => Number(isWords(a)) - Number(isWords(b)));
    const shown = ordered.slice(0, alternativesShown);
    const expected = shown.length < 2 ? (shown[0] ?? 'something else') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
    const after = index === 0 || this.tokens[index - 1]!.text === ';' ? '' : ` after ${this.quoteToken(this.tokens[index - 1]!)}`;
    const what = found.type === 'end' ? 'the end of the text' : this.quoteToken(found);
    const span = found.type === 'end' && index > 0 ? endOf(this.tokens[index - 1]!) : spanOf(found);
    throw new TidemillError('syntax', `expected ${expected}${after}, found ${what}`, { span, hint });
  }

  private quoteToken(token: Token): string {
    const written = this.text.slice(token.start, token.end).replaceAll(/\s+/g, ' ');
    const short = written.length > 40 ? `${written.slice(0, 39)}…` : written;
    return token.type === 'string' || token.type === 'quoted' ? short : `'${short}'`;
  }

  private remember(alternative: string): void {
    if (this.expectedAt !== this.index) {
      this.expectedAt = this.index;
      this.expected = [];
    }
    this.expected.push(alternative);
  }
}

const isWords = (alternative: string): boolean => /^[A-Z_ ]+$/.test(alternative);

function misspelled(word: string, wanted: readonly string[]): string | undefined {
  const first = wanted.map(words => words.split(' ')[0]!).filter(candidate => candidate !== word);
  // One letter wrong in a short word is nearly always another word.
  return nearestNames(word, first).length === 0 || word.length < 3 ? undefined : didYouMean(word, first);
}

/** The last character of the text, so that an underline has something to stand under. */
const endOf = (token: Token): Span => ({ start: Math.max(token.start, token.end - 1), end: token.end });

export const spanOf = (token: Span): Span => ({ start: token.start, end: token.end });

export function identifierOf(token: Token, text: string): Identifier {
  const name = token.type === 'quoted' ? token.text : text.slice(token.start, token.end);
  return { kind: 'identifier', name, span: spanOf(token) };
}

export const stringOf = (token: Token): StringLiteral => ({ kind: 'string', value: token.text, span: spanOf(token) });
