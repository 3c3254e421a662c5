import type { Identifier } from '../ast/node.ts';
import type { Expression, NiladicName } from '../ast/query.ts';
import { type Cursor, identifierOf, spanOf, stringOf } from './cursor.ts';
import { parseCall, parseSpecialCall } from './functions.ts';
import { reservedFunctionNames } from './keywords.ts';
import { atQuery, atQueryContinuation } from './shared.ts';
import { parseIntervalQualifier } from './types.ts';

/** A literal, name, call, constructor, CASE or parentheses, with all `.field` and `[index]` that follow. */
export function parsePrimary(cursor: Cursor): Expression {
  let operand = parseAtom(cursor);
  for (;;) {
    if (cursor.acceptSymbolQuietly('.')) {
      const field = cursor.identifier('a field name');
      operand = { kind: 'field', operand, field, span: cursor.spanFrom(operand) };
    } else if (cursor.acceptSymbolQuietly('[')) {
      const index = cursor.grammar.expression(cursor);
      cursor.expectSymbol(']');
      operand = { kind: 'element', operand, index, span: cursor.spanFrom(operand) };
    } else return operand;
  }
}

function parseAtom(cursor: Cursor): Expression {
  const token = cursor.token;
  switch (token.type) {
    case 'string':
      return parseString(cursor);
    case 'bytes':
      cursor.advance();
      return { kind: 'bytes', hex: token.text, span: spanOf(token) };
    case 'integer':
    case 'decimal':
    case 'approximate':
      cursor.advance();
      return { kind: 'number', form: token.type, text: token.text, span: spanOf(token) };
    case 'symbol':
      if (token.text === '(') return parseParentheses(cursor);
      return cursor.fail('an expression');
    case 'quoted':
      return parseName(cursor);
    case 'word':
      return parseWord(cursor);
    default:
      return cursor.fail('an expression');
  }
}

/** Texts on several lines are one, as the standard has it. */
function parseString(cursor: Cursor): Expression {
  const first = stringOf(cursor.advance());
  let value = first.value;
  while (cursor.token.type === 'string' && cursor.text.slice(cursor.previous.end, cursor.token.start).includes('\n'))
    value += cursor.advance().text;
  return { kind: 'string', value, span: cursor.spanFrom(first) };
}

const niladicNames: ReadonlySet<string> = new Set<NiladicName>([
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'CURRENT_CATALOG',
  'CURRENT_SCHEMA',
  'CURRENT_USER',
  'SESSION_USER',
  'SYSTEM_USER',
  'USER',
]);

function parseWord(cursor: Cursor): Expression {
  const token = cursor.token;
  switch (token.text) {
    case 'TRUE':
    case 'FALSE':
      cursor.advance();
      return { kind: 'boolean', value: token.text === 'TRUE', span: spanOf(token) };
    case 'UNKNOWN':
      cursor.advance();
      return { kind: 'boolean', value: null, span: spanOf(token) };
    case 'NULL':
      cursor.advance();
      return { kind: 'null', span: spanOf(token) };
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return parseTemporal(cursor, token.text);
    case 'INTERVAL':
      return parseInterval(cursor);
    case 'CASE':
      return parseCase(cursor);
    case 'EXISTS': {
      cursor.advance();
      cursor.expectSymbol('(');
      const query = cursor.grammar.query(cursor);
      cursor.expectSymbol(')');
      return { kind: 'exists', query, span: cursor.spanFrom(token) };
    }
    case 'ROW': {
      cursor.advance();
      cursor.expectSymbol('(');
      const elements = cursor.commaSeparated(() => cursor.grammar.expression(cursor));
      cursor.expectSymbol(')');
      return { kind: 'row', elements, span: cursor.spanFrom(token) };
    }
    case 'ARRAY':
    case 'MAP':
      if (cursor.follows('[') || token.text === 'ARRAY') return parseCollection(cursor, token.text);
      break;
    case 'MULTISET':
    case 'CURSOR':
    case 'PERIOD':
      return cursor.unsupported(`${token.text} as an expression`);
  }
  if (niladicNames.has(token.text)) {
    cursor.advance();
    let precision: number | undefined;
    if (cursor.acceptSymbolQuietly('(')) {
      if (!cursor.atSymbol(')')) precision = cursor.smallInteger('a precision', 0, 9);
      cursor.expectSymbol(')');
    }
    const name = token.text as NiladicName;
    return { kind: 'niladic', name, ...(precision !== undefined && { precision }), span: cursor.spanFrom(token) };
  }
  if (cursor.follows('(')) {
    const special = parseSpecialCall(cursor);
    if (special !== undefined) return special;
    if (reservedFunctionNames.has(token.text)) return parseCall(cursor, [identifierOf(cursor.advance(), cursor.text)]);
  }
  if (!cursor.atIdentifier) cursor.fail('an expression', 'expression');
  return parseName(cursor);
}

/** `a`, `a.b.c`, `f(…)` or `database.f(…)`. */
function parseName(cursor: Cursor): Expression {
  const parts: Identifier[] = [cursor.identifier()];
  while (cursor.atSymbolQuietly('.')) {
    // `t.*` is the business of the SELECT list.
    if (cursor.follows('*')) break;
    cursor.advance();
    parts.push(cursor.identifier());
  }
  if (cursor.atSymbolQuietly('(')) return parseCall(cursor, parts);
  return { kind: 'column', parts, span: cursor.spanFrom(parts[0]!) };
}

const intervalUnits = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'];

/** `(x)`, `(x, y)` which is a row, or a query. */
function parseParentheses(cursor: Cursor): Expression {
  const open = cursor.advance();
  if (atQuery(cursor)) {
    const query = cursor.grammar.query(cursor);
    cursor.expectSymbol(')');
    return { kind: 'subquery', query, span: cursor.spanFrom(open) };
  }
  const first = cursor.grammar.expression(cursor);
  if (first.kind === 'subquery' && atQueryContinuation(cursor)) {
    const query = cursor.grammar.continueQuery(cursor, first.query);
    cursor.expectSymbol(')');
    return { kind: 'subquery', query, span: cursor.spanFrom(open) };
  }
  const elements = [first];
  while (cursor.acceptSymbol(',')) elements.push(cursor.grammar.expression(cursor));
  cursor.expectSymbol(')');
  if (elements.length > 1) return { kind: 'row', elements, span: cursor.spanFrom(open) };
  if (first.kind === 'binary' && first.operator === '-' && intervalUnits.some(unit => cursor.atQuietly(unit)))
    cursor.unsupported(
      `(a - b) ${cursor.token.text}`,
      cursor.token,
      `TIMESTAMPDIFF(${cursor.token.text}, b, a) gives the number of them`,
    );
  return { ...first, span: cursor.spanFrom(open) };
}

function parseTemporal(cursor: Cursor, type: 'DATE' | 'TIME' | 'TIMESTAMP' | 'TIMESTAMP_LTZ'): Expression {
  const start = cursor.token;
  if (type === 'TIMESTAMP' && cursor.follows('WITH') && cursor.follows('LOCAL', 2)) {
    cursor.advance();
    cursor.expect('WITH', 'LOCAL', 'TIME', 'ZONE');
    return { kind: 'temporal', type: 'TIMESTAMP_LTZ', text: cursor.string().value, span: cursor.spanFrom(start) };
  }
  // A reserved word: without a text behind it somebody meant a column.
  if (cursor.ahead().type !== 'string') cursor.fail('an expression', 'expression');
  cursor.advance();
  const { value } = cursor.string();
  return { kind: 'temporal', type, text: value, span: cursor.spanFrom(start) };
}

/** `INTERVAL [+|-] '…' DAY TO SECOND`, or `INTERVAL n DAY` with a number, a column or something in parentheses. */
function parseInterval(cursor: Cursor): Expression {
  const start = cursor.advance();
  const negative = cursor.acceptSymbolQuietly('-');
  if (!negative) cursor.acceptSymbolQuietly('+');
  if (cursor.token.type === 'string') {
    const text = cursor.advance().text;
    const qualifier = parseIntervalQualifier(cursor);
    return { kind: 'interval', negative, text, qualifier, span: cursor.spanFrom(start) };
  }
  const { type, text } = cursor.token;
  if (type !== 'integer' && type !== 'decimal' && !(type === 'symbol' && text === '(') && !cursor.atIdentifier)
    cursor.fail("the length of the interval, as in INTERVAL '10' MINUTE");
  const inner = parseAtom(cursor);
  const value: Expression = negative ? { kind: 'unary', operator: '-', operand: inner, span: cursor.spanFrom(inner) } : inner;
  const qualifier = parseIntervalQualifier(cursor);
  return { kind: 'interval-of', value, qualifier, span: cursor.spanFrom(start) };
}

function parseCase(cursor: Cursor): Expression {
  const start = cursor.advance();
  const operand = cursor.at('WHEN') ? undefined : cursor.grammar.expression(cursor);
  const branches = [];
  while (cursor.accept('WHEN')) {
    const from = cursor.previous;
    const conditions = [cursor.grammar.expression(cursor)];
    while (operand !== undefined && cursor.acceptSymbol(',')) conditions.push(cursor.grammar.expression(cursor));
    cursor.expect('THEN');
    const result = cursor.grammar.expression(cursor);
    for (const when of conditions) branches.push({ kind: 'case-branch', when, result, span: cursor.spanFrom(from) } as const);
  }
  if (branches.length === 0) cursor.fail('WHEN');
  const otherwise = cursor.accept('ELSE') ? cursor.grammar.expression(cursor) : undefined;
  cursor.expect('END');
  return { kind: 'case', ...(operand && { operand }), branches, ...(otherwise && { otherwise }), span: cursor.spanFrom(start) };
}

/** `ARRAY[…]`, `MAP[k, v, …]`. */
function parseCollection(cursor: Cursor, kind: 'ARRAY' | 'MAP'): Expression {
  const start = cursor.advance();
  if (cursor.atSymbolQuietly('(')) cursor.unsupported(`${kind} of a query`, start);
  cursor.expectSymbol('[');
  const elements = cursor.atSymbol(']') ? [] : cursor.commaSeparated(() => cursor.grammar.expression(cursor));
  cursor.expectSymbol(']');
  const span = cursor.spanFrom(start);
  if (kind === 'ARRAY') return { kind: 'array', elements, span };
  if (elements.length % 2 !== 0) cursor.refuse('MAP[…] takes keys and values in turn, and the last key has no value', span);
  return { kind: 'map', entries: elements, span };
}
