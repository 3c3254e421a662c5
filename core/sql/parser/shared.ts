import type { Identifier, OptionNode, StringLiteral } from '../ast/node.ts';
import type { Query } from '../ast/query.ts';
import { type Cursor, identifierOf } from './cursor.ts';

/** True at the words a query begins with; `TABLE t` is one, `TABLE(f(…))` is not. */
export function atQuery(cursor: Cursor): boolean {
  if (cursor.atQuietly('TABLE')) return !cursor.follows('(');
  return cursor.atQuietly('SELECT') || cursor.atQuietly('WITH') || cursor.atQuietly('VALUES');
}

const continuations = ['UNION', 'EXCEPT', 'MINUS', 'INTERSECT', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH'];

/** True at what may follow a query in parentheses when it is part of a larger one. */
export function atQueryContinuation(cursor: Cursor): boolean {
  return continuations.some(word => cursor.atQuietly(word));
}

/** `( query )`. */
export function parseParenthesizedQuery(cursor: Cursor): Query {
  cursor.expectSymbol('(');
  const query = cursor.grammar.query(cursor);
  cursor.expectSymbol(')');
  return query;
}

/** `('k' = 'v', …)`; an empty list and a comma before `)` are taken, since generated scripts have them. */
export function parseOptions(cursor: Cursor): OptionNode[] {
  cursor.expectSymbol('(');
  const options: OptionNode[] = [];
  while (!cursor.atSymbol(')')) {
    const { type, start, end } = cursor.token;
    if (type === 'word')
      cursor.fail("an option's name", undefined, `options stand in single quotes: '${cursor.text.slice(start, end)}' = '…'`);
    const key = cursor.string("an option's name in single quotes");
    cursor.expectSymbol('=');
    const value = cursor.string("an option's value in single quotes");
    options.push({ kind: 'option', key, value, span: cursor.spanFrom(key) });
    if (!cursor.acceptSymbol(',')) break;
  }
  cursor.expectSymbol(')');
  return options;
}

/** `('k', …)`; empty is read too. */
export function parseKeys(cursor: Cursor): StringLiteral[] {
  cursor.expectSymbol('(');
  const keys = cursor.atSymbol(')') ? [] : cursor.commaSeparated(() => cursor.string("an option's name in single quotes"));
  cursor.expectSymbol(')');
  return keys;
}

export function parseComment(cursor: Cursor): StringLiteral | undefined {
  return cursor.accept('COMMENT') ? cursor.string() : undefined;
}

/** A word taken as a name although it is reserved: names of built-in functions, hints and the like. */
export function anyWord(cursor: Cursor, what: string): Identifier {
  if (cursor.token.type !== 'word' && cursor.token.type !== 'quoted') cursor.fail(what);
  return identifierOf(cursor.advance(), cursor.text);
}
