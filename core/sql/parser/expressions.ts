import { type Span, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { Node } from '../ast/node.ts';
import { binaryPrecedence, precedence } from '../ast/precedence.ts';
import type { BinaryOperator, Comparison, Expression, IsTest } from '../ast/query.ts';
import type { Cursor } from './cursor.ts';
import { parsePrimary } from './primary.ts';
import { atQuery, atQueryContinuation } from './shared.ts';

const symbolOperators: Readonly<Record<string, BinaryOperator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
  '||': '||',
};
const wordOperators: Readonly<Record<string, BinaryOperator>> = { OR: 'OR', AND: 'AND', OVERLAPS: 'OVERLAPS' };

/** An expression whose operators all bind at least as tight as `least`. */
export function parseExpressionFrom(cursor: Cursor, least = 0): Expression {
  return cursor.nested(() => {
    let left = parseOperand(cursor, least);
    let links = 0;
    for (;;) {
      const next = parseOperator(cursor, left, least);
      if (next === undefined) return left;
      requireShort(next, ++links);
      left = next;
    }
  });
}

/** a + b + c … nests to the left: too many would be a stack overflow where the tree is walked. AND and OR become one call. */
function requireShort(chain: Expression, links: number): void {
  const connective = chain.kind === 'binary' && (chain.operator === 'AND' || chain.operator === 'OR');
  const most = connective ? limits.sqlConditionsMax : limits.sqlNestingMax;
  if (links <= most) return;
  throw new TidemillError('syntax', `more than ${most} operators follow one another`, {
    span: chain.span,
    hint: connective ? 'IN (…) takes any number of values.' : 'Compute parts of it in a sub-query.',
  });
}

function parseOperand(cursor: Cursor, least: number): Expression {
  const start = cursor.token;
  if (start.type === 'word' && start.text === 'NOT' && least <= precedence.not) {
    cursor.advance();
    const operand = parseExpressionFrom(cursor, precedence.not);
    return { kind: 'unary', operator: 'NOT', operand, span: cursor.spanFrom(start) };
  }
  if (start.type === 'symbol' && (start.text === '-' || start.text === '+')) {
    cursor.advance();
    const operand = parseExpressionFrom(cursor, precedence.sign);
    return { kind: 'unary', operator: start.text, operand, span: cursor.spanFrom(start) };
  }
  return parsePrimary(cursor);
}

/** `left` with the next operator applied, or undefined when none that binds tight enough follows. */
function parseOperator(cursor: Cursor, left: Expression, least: number): Expression | undefined {
  const token = cursor.token;
  if (token.type === 'symbol') {
    const operator = symbolOperators[token.text];
    if (operator === undefined || binaryPrecedence[operator] < least) return undefined;
    cursor.advance();
    return parseBinaryRight(cursor, left, operator);
  }
  if (token.type !== 'word') return undefined;
  const operator = wordOperators[token.text];
  if (operator !== undefined) {
    if (binaryPrecedence[operator] < least) return undefined;
    cursor.advance();
    return parseBinaryRight(cursor, left, operator);
  }
  refuseForeignOperator(cursor);
  if (token.text === 'IS') return parseIs(cursor, left, least);
  if (precedence.range < least) return undefined;
  const negated = token.text === 'NOT';
  const word = negated ? cursor.ahead().text : token.text;
  if ((negated && cursor.ahead().type !== 'word') || !['BETWEEN', 'IN', 'LIKE', 'SIMILAR'].includes(word)) return undefined;
  if (negated) cursor.advance();
  cursor.advance();
  if (word === 'BETWEEN') return parseBetween(cursor, left, negated);
  if (word === 'IN') return parseIn(cursor, left, negated);
  if (word === 'SIMILAR') cursor.expect('TO');
  const pattern = parseExpressionFrom(cursor, precedence.range + 1);
  const escaped = cursor.acceptQuietly('ESCAPE') ? parseExpressionFrom(cursor, precedence.range + 1) : undefined;
  return {
    kind: 'like',
    operator: word === 'LIKE' ? 'LIKE' : 'SIMILAR TO',
    negated,
    operand: left,
    pattern,
    ...(escaped && { escape: escaped }),
    span: spanOver(cursor, left),
  };
}

/** Operators of other dialects, which would be taken for an alias. */
const foreignOperators: Readonly<Record<string, string>> = {
  ILIKE: 'write LOWER(x) LIKE LOWER(pattern)',
  RLIKE: 'write REGEXP(x, pattern)',
  REGEXP: 'write REGEXP(x, pattern)',
  GLOB: 'LIKE has % for any text and _ for one character',
  DIV: 'the division of whole numbers by / gives a whole number',
  XOR: 'write a <> b of two BOOLEANs',
};

function refuseForeignOperator(cursor: Cursor): void {
  const { text } = cursor.token;
  const advice = Object.hasOwn(foreignOperators, text) ? foreignOperators[text] : undefined;
  if (advice === undefined) return;
  const next = cursor.ahead();
  const isOperand = next.type === 'string' || next.type === 'integer' || next.type === 'decimal' || cursor.follows('(');
  if (isOperand) cursor.refuse(`Flink SQL has no operator ${text}`, cursor.token, advice);
}

function parseBinaryRight(cursor: Cursor, left: Expression, operator: BinaryOperator): Expression {
  if (isComparison(operator)) {
    const quantifier = (['ANY', 'SOME', 'ALL'] as const).find(word => cursor.atQuietly(word) && cursor.follows('('));
    if (quantifier !== undefined) {
      cursor.advance();
      const query = parseQueryInParentheses(cursor);
      return {
        kind: 'quantified',
        operator,
        quantifier: quantifier === 'ALL' ? 'ALL' : 'ANY',
        operand: left,
        query,
        span: spanOver(cursor, left),
      };
    }
  }
  const right = parseExpressionFrom(cursor, binaryPrecedence[operator] + 1);
  return { kind: 'binary', operator, left, right, span: spanOver(cursor, left) };
}

const isComparison = (operator: BinaryOperator): operator is Comparison => ['=', '<>', '<', '<=', '>', '>='].includes(operator);

function parseQueryInParentheses(cursor: Cursor) {
  cursor.expectSymbol('(');
  const query = cursor.grammar.query(cursor);
  cursor.expectSymbol(')');
  return query;
}

/** IS [NOT] NULL | TRUE | FALSE | UNKNOWN | JSON … | DISTINCT FROM x. */
function parseIs(cursor: Cursor, operand: Expression, least: number): Expression | undefined {
  const distinct = cursor.follows('DISTINCT') || (cursor.follows('NOT') && cursor.follows('DISTINCT', 2));
  if ((distinct ? precedence.comparison : precedence.is) < least) return undefined;
  cursor.advance();
  const negated = cursor.accept('NOT');
  if (cursor.accept('DISTINCT')) {
    cursor.expect('FROM');
    const operator = negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
    const right = parseExpressionFrom(cursor, precedence.comparison + 1);
    return { kind: 'binary', operator, left: operand, right, span: spanOver(cursor, operand) };
  }
  const tests: readonly IsTest['test'][] = [
    'NULL',
    'TRUE',
    'FALSE',
    'UNKNOWN',
    'JSON VALUE',
    'JSON OBJECT',
    'JSON ARRAY',
    'JSON SCALAR',
    'JSON',
  ];
  const test = cursor.expectOneOf(tests);
  return { kind: 'is', test, negated, operand, span: spanOver(cursor, operand) };
}

function parseBetween(cursor: Cursor, operand: Expression, negated: boolean): Expression {
  const symmetric = cursor.acceptQuietly('SYMMETRIC');
  if (!symmetric) cursor.acceptQuietly('ASYMMETRIC');
  const lower = parseExpressionFrom(cursor, precedence.and + 1);
  cursor.expect('AND');
  const upper = parseExpressionFrom(cursor, precedence.range + 1);
  return { kind: 'between', negated, symmetric, operand, lower, upper, span: spanOver(cursor, operand) };
}

function parseIn(cursor: Cursor, operand: Expression, negated: boolean): Expression {
  cursor.expectSymbol('(');
  if (atQuery(cursor)) {
    const query = cursor.grammar.query(cursor);
    cursor.expectSymbol(')');
    return { kind: 'in-query', negated, operand, query, span: spanOver(cursor, operand) };
  }
  const first = parseExpressionFrom(cursor);
  if (first.kind === 'subquery' && atQueryContinuation(cursor)) {
    const query = cursor.grammar.continueQuery(cursor, first.query);
    cursor.expectSymbol(')');
    return { kind: 'in-query', negated, operand, query, span: spanOver(cursor, operand) };
  }
  const values = [first];
  while (cursor.acceptSymbol(',')) values.push(parseExpressionFrom(cursor));
  cursor.expectSymbol(')');
  return { kind: 'in-list', negated, operand, values, span: spanOver(cursor, operand) };
}

function spanOver(cursor: Cursor, left: Node): Span {
  return cursor.spanFrom(left.span.start);
}
