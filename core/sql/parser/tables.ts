import { TidemillError } from '../../common/errors.ts';
import type { Hint, Identifier, OptionNode } from '../ast/node.ts';
import type {
  Expression,
  Join,
  SortItem,
  TableAlias,
  TableArgument,
  TableFunction,
  TableFunctionArgument,
  TableReference,
} from '../ast/query.ts';
import { type Cursor, spanOf } from './cursor.ts';
import { reservedWords } from './keywords.ts';
import { parseMatchRecognize } from './match-recognize.ts';
import { anyWord, atQuery, atQueryContinuation, parseParenthesizedQuery } from './shared.ts';
import { parseSortItems } from './windows.ts';

/** One reference with all the joins that follow it. */
export function parseTableReference(cursor: Cursor): TableReference {
  let left = parseTablePrimary(cursor);
  for (;;) {
    const join = parseJoin(cursor, left);
    if (join === undefined) return left;
    left = join;
  }
}

function parseJoin(cursor: Cursor, left: TableReference): Join | undefined {
  const start = cursor.position;
  const natural = cursor.accept('NATURAL');
  const cross = !natural && cursor.accept('CROSS');
  const side = cross ? undefined : cursor.acceptOneOf(['INNER', 'LEFT', 'RIGHT', 'FULL'] as const);
  if (side !== undefined && side !== 'INNER') {
    cursor.accept('OUTER');
    if (cursor.token.text === 'SEMI' || cursor.token.text === 'ANTI')
      cursor.unsupported(
        `${cursor.token.text} JOIN`,
        cursor.token,
        'Flink SQL writes it as WHERE [NOT] EXISTS (…) or WHERE a [NOT] IN (…).',
      );
  }
  if (!cursor.accept('JOIN')) {
    if (cursor.position === start) return undefined;
    if (cross && cursor.token.text === 'APPLY')
      cursor.unsupported('CROSS APPLY', cursor.token, 'Write CROSS JOIN LATERAL TABLE(f(…)).');
    cursor.fail('JOIN');
  }
  const right = parseTablePrimary(cursor);
  const type = cross ? 'CROSS' : (side ?? 'INNER');
  let on: Expression | undefined;
  let using: readonly Identifier[] = [];
  if (!cross && !natural) {
    // A chain `a JOIN b JOIN c ON … ON …` nests to the right, but Flink refuses it too.
    if (cursor.accept('ON')) on = cursor.grammar.expression(cursor);
    else if (cursor.accept('USING')) using = cursor.identifierList();
    else if (right.kind !== 'unnest' && !isLateral(right)) cursor.fail('ON');
  }
  return { kind: 'join', type, natural, left, right, ...(on && { on }), using, span: cursor.spanFrom(left) };
}

/** `JOIN UNNEST(…)` and `JOIN LATERAL TABLE(…)` may go without a condition. */
const isLateral = (reference: TableReference): boolean =>
  (reference.kind === 'table-function' || reference.kind === 'derived') && reference.lateral;

function parseTablePrimary(cursor: Cursor): TableReference {
  const primary = cursor.nested(() => parseNestedPrimary(cursor));
  if (!cursor.atQuietly('MATCH_RECOGNIZE')) return primary;
  const match = parseMatchRecognize(cursor, primary);
  const alias = parseAlias(cursor);
  return { ...match, ...(alias && { alias }), span: cursor.spanFrom(primary) };
}

function parseNestedPrimary(cursor: Cursor): TableReference {
  const start = cursor.token;
  if (start.type === 'string') {
    const path = cursor.string();
    const hints = parseHints(cursor);
    const alias = parseAlias(cursor);
    return { kind: 'file', path, hints, ...(alias && { alias }), span: cursor.spanFrom(start) };
  }
  const lateral = cursor.acceptQuietly('LATERAL');
  if (cursor.atQuietly('UNNEST')) {
    cursor.advance();
    cursor.expectSymbol('(');
    const operand = cursor.grammar.expression(cursor);
    cursor.expectSymbol(')');
    const ordinality = cursor.accept('WITH');
    if (ordinality) cursor.expect('ORDINALITY');
    const alias = parseAlias(cursor);
    return { kind: 'unnest', operand, ordinality, ...(alias && { alias }), span: cursor.spanFrom(start) };
  }
  if (cursor.atQuietly('TABLE')) {
    cursor.advance();
    if (!cursor.atSymbol('(')) {
      if (lateral) cursor.fail("'('");
      return parseNamedTable(cursor);
    }
    cursor.expectSymbol('(');
    const call = parseTableFunction(cursor, lateral);
    cursor.expectSymbol(')');
    const alias = parseAlias(cursor);
    return { ...call, ...(alias && { alias }), span: cursor.spanFrom(start) };
  }
  if (cursor.atSymbolQuietly('(')) return parseParenthesized(cursor, lateral);
  if (lateral || atFunction(cursor)) {
    const call = parseTableFunction(cursor, lateral);
    const alias = parseAlias(cursor);
    return { ...call, ...(alias && { alias }), span: cursor.spanFrom(start) };
  }
  return parseNamedTable(cursor);
}

function atFunction(cursor: Cursor): boolean {
  let distance = 0;
  while (cursor.follows('.', distance + 1)) distance += 2;
  return cursor.atIdentifier && cursor.follows('(', distance + 1);
}

function parseNamedTable(cursor: Cursor): TableReference {
  const name = cursor.path('a table');
  const hints = parseHints(cursor);
  let systemTime: Expression | undefined;
  if (cursor.accept('FOR')) {
    cursor.expect('SYSTEM_TIME', 'AS', 'OF');
    systemTime = cursor.grammar.expression(cursor);
  }
  const alias = parseAlias(cursor);
  return {
    kind: 'table',
    name,
    hints,
    ...(systemTime && { systemTime }),
    ...(alias && { alias }),
    span: cursor.spanFrom(name[0]!),
  };
}

/** `(query) alias`, or a join in parentheses. */
function parseParenthesized(cursor: Cursor, lateral: boolean): TableReference {
  const open = cursor.advance();
  let query = atQuery(cursor) ? cursor.grammar.query(cursor) : undefined;
  if (query === undefined) {
    const inner = parseTableReference(cursor);
    if (inner.kind !== 'derived' || inner.alias !== undefined || !atQueryContinuation(cursor)) {
      cursor.expectSymbol(')');
      if (inner.kind === 'derived' && inner.alias === undefined) {
        const alias = parseAlias(cursor);
        return { ...inner, lateral, ...(alias && { alias }), span: cursor.spanFrom(open) };
      }
      if (lateral) cursor.refuse('LATERAL takes a query or a table function', inner);
      if (inner.kind === 'table') cursor.refuse('parentheses in FROM are for queries and joins', inner, 'leave them out');
      return inner;
    }
    query = cursor.grammar.continueQuery(cursor, inner.query);
  }
  cursor.expectSymbol(')');
  const alias = parseAlias(cursor);
  return { kind: 'derived', lateral, query, ...(alias && { alias }), span: cursor.spanFrom(open) };
}

/** Words that are names elsewhere but begin something we do not read when `(` follows. */
function parseAlias(cursor: Cursor): TableAlias | undefined {
  for (const word of ['TABLESAMPLE', 'PIVOT', 'UNPIVOT'])
    if (cursor.atQuietly(word) && (word === 'TABLESAMPLE' || cursor.follows('('))) cursor.unsupported(word);
  const name = cursor.accept('AS') ? cursor.identifier('an alias') : cursor.implicitAlias();
  if (name === undefined) return undefined;
  const columns = cursor.atSymbolQuietly('(') ? cursor.identifierList() : [];
  return { kind: 'alias', name, columns, span: cursor.spanFrom(name) };
}

// Table functions -----------------------------------------------------------------------------------------------------

function parseTableFunction(cursor: Cursor, lateral: boolean): TableFunction {
  const name = cursor.path('a table function');
  cursor.expectSymbol('(');
  const args = cursor.atSymbol(')') ? [] : cursor.commaSeparated(() => parseTableFunctionArgument(cursor));
  cursor.expectSymbol(')');
  return { kind: 'table-function', lateral, name, arguments: args, span: cursor.spanFrom(name[0]!) };
}

function parseTableFunctionArgument(cursor: Cursor): TableFunctionArgument {
  const start = cursor.token;
  if (cursor.atIdentifier && cursor.follows('=>')) {
    const name = cursor.identifier();
    cursor.expectSymbol('=>');
    const value = parseTableFunctionArgument(cursor);
    return { kind: 'named-argument', name, value, span: cursor.spanFrom(start) };
  }
  if (cursor.acceptQuietly('DEFAULT')) return { kind: 'default', span: spanOf(start) };
  if (cursor.atQuietly('DESCRIPTOR') && cursor.follows('(')) {
    cursor.advance();
    const columns = cursor.identifierList();
    return { kind: 'descriptor', columns, span: cursor.spanFrom(start) };
  }
  if (cursor.atQuietly('TABLE') && !cursor.follows('(')) {
    cursor.advance();
    return finishTableArgument(cursor, cursor.path('a table'), start.start);
  }
  if (
    cursor.atQuietly('TABLE') &&
    cursor.ahead(2).type === 'word' &&
    ['SELECT', 'WITH', 'VALUES'].includes(cursor.ahead(2).text)
  ) {
    cursor.advance();
    return finishTableArgument(cursor, parseParenthesizedQuery(cursor), start.start);
  }
  if (cursor.atQuietly('MODEL') && cursor.ahead().type === 'word' && !reservedWords.has(cursor.ahead().text))
    cursor.unsupported('a model as an argument');
  if (atQuery(cursor)) {
    const query = cursor.grammar.query(cursor);
    return { kind: 'table-argument', table: query, partitionBy: [], orderBy: [], span: cursor.spanFrom(start) };
  }
  const expression = cursor.grammar.expression(cursor);
  if (expression.kind === 'subquery') return finishTableArgument(cursor, expression.query, start.start);
  return expression;
}

function finishTableArgument(cursor: Cursor, table: TableArgument['table'], start: number): TableArgument {
  let partitionBy: readonly Expression[] = [];
  let orderBy: readonly SortItem[] = [];
  if (cursor.accept('PARTITION')) {
    cursor.expect('BY');
    partitionBy = parseKeys(cursor);
  }
  if (cursor.accept('ORDER')) {
    cursor.expect('BY');
    if (cursor.atSymbolQuietly('(')) {
      cursor.advance();
      orderBy = parseSortItems(cursor);
      cursor.expectSymbol(')');
    } else orderBy = [parseOneSortItem(cursor)];
  }
  return { kind: 'table-argument', table, partitionBy, orderBy, span: cursor.spanFrom(start) };
}

/** One key, or several in parentheses: a comma belongs to the function's arguments. */
function parseKeys(cursor: Cursor): readonly Expression[] {
  const first = cursor.grammar.expression(cursor);
  return first.kind === 'row' ? first.elements : [first];
}

function parseOneSortItem(cursor: Cursor): SortItem {
  const expression = cursor.grammar.expression(cursor);
  const descending = cursor.accept('DESC');
  if (!descending) cursor.accept('ASC');
  return { kind: 'sort-item', expression, descending, span: cursor.spanFrom(expression) };
}

// Hints ---------------------------------------------------------------------------------------------------------------

/** The content of a hint comment, or nothing. */
export function parseHints(cursor: Cursor): Hint[] {
  if (!cursor.atType('hint-start')) return [];
  cursor.advance();
  const hints: Hint[] = [];
  do hints.push(parseHint(cursor));
  while (cursor.acceptSymbol(','));
  if (!cursor.atType('hint-end')) cursor.fail("'*/'");
  cursor.advance();
  return hints;
}

function parseHint(cursor: Cursor): Hint {
  const name = anyWord(cursor, "a hint's name");
  const options: OptionNode[] = [];
  const values: string[] = [];
  if (cursor.acceptSymbol('(')) {
    while (!cursor.atSymbol(')')) {
      parseHintArgument(cursor, options, values);
      if (!cursor.acceptSymbol(',')) break;
    }
    cursor.expectSymbol(')');
  }
  if (options.length > 0 && values.length > 0)
    throw new TidemillError('syntax', "a hint takes either 'key' = 'value' pairs or values", { span: name.span });
  return { kind: 'hint', name, options, values, span: cursor.spanFrom(name) };
}

function parseHintArgument(cursor: Cursor, options: OptionNode[], values: string[]): void {
  const token = cursor.token;
  if (token.type === 'integer' || token.type === 'decimal') {
    values.push(cursor.advance().text);
    return;
  }
  const first = token.type === 'string' ? cursor.string() : anyWord(cursor, 'an option or a value');
  const text = first.kind === 'string' ? first.value : first.name;
  if (!cursor.acceptSymbol('=')) {
    let whole = text;
    while (cursor.acceptSymbolQuietly('.')) whole += `.${cursor.identifier().name}`;
    values.push(whole);
    return;
  }
  const value = cursor.string();
  options.push({ kind: 'option', key: { kind: 'string', value: text, span: first.span }, value, span: cursor.spanFrom(first) });
}
