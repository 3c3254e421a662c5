import type { OptionNode, StringLiteral } from '../ast/node.ts';
import type { Statement } from '../ast/statement.ts';
import type { Cursor } from './cursor.ts';

/** `SET`, `SET 'key' = 'value'`, and the bare `SET key = value` of older scripts, whose value ends at ';'. */
export function parseSet(cursor: Cursor): Statement {
  const start = cursor.advance();
  if (cursor.atEnd || cursor.atSymbolQuietly(';')) return { kind: 'set', span: cursor.spanFrom(start) };
  const key = cursor.token.type === 'string' ? cursor.string() : parseRaw(cursor, '=', "an option's name");
  cursor.expectSymbol('=');
  const quoted = cursor.token.type === 'string' && (cursor.ahead().type === 'end' || cursor.follows(';'));
  const value = quoted ? cursor.string() : parseRaw(cursor, undefined, "the option's value");
  const option: OptionNode = { kind: 'option', key, value, span: cursor.spanFrom(key) };
  return { kind: 'set', option, span: cursor.spanFrom(start) };
}

export function parseReset(cursor: Cursor): Statement {
  const start = cursor.advance();
  if (cursor.atEnd || cursor.atSymbolQuietly(';')) return { kind: 'reset', span: cursor.spanFrom(start) };
  const key = cursor.token.type === 'string' ? cursor.string() : parseRaw(cursor, undefined, "an option's name");
  return { kind: 'reset', key, span: cursor.spanFrom(start) };
}

/** The text as written, up to a symbol or the end of the statement. */
function parseRaw(cursor: Cursor, until: string | undefined, what: string): StringLiteral {
  const start = cursor.token.start;
  let end = start;
  while (!cursor.atEnd && !cursor.atSymbolQuietly(';') && !(until !== undefined && cursor.atSymbolQuietly(until))) {
    end = cursor.token.end;
    cursor.skip();
  }
  if (end === start) cursor.fail(what);
  return { kind: 'string', value: cursor.text.slice(start, end), span: { start, end } };
}
