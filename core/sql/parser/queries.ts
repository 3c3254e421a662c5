import type { Identifier, Path } from '../ast/node.ts';
import type {
  CommonTable,
  Expression,
  GroupBy,
  GroupingElement,
  GroupingSet,
  NamedWindow,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SortItem,
  TableReference,
} from '../ast/query.ts';
import type { Cursor } from './cursor.ts';
import { parseHints, parseTableReference } from './tables.ts';
import { parseSortItems, parseWindow } from './windows.ts';

/** `[WITH …] body [ORDER BY …] [OFFSET …] [LIMIT … | FETCH …]`. */
export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(() => {
    const start = cursor.token.start;
    let recursive = false;
    let commonTables: CommonTable[] = [];
    if (cursor.accept('WITH')) {
      recursive = cursor.acceptQuietly('RECURSIVE');
      commonTables = cursor.commaSeparated(() => parseCommonTable(cursor));
    }
    return finishQuery(cursor, start, recursive, commonTables, parseBody(cursor, 0));
  });
}

/** Goes on behind a query that stood in parentheses. */
export function continueQuery(cursor: Cursor, left: Query): Query {
  return finishQuery(cursor, left.span.start, false, [], parseSetOperations(cursor, bodyOf(left), 0));
}

function finishQuery(
  cursor: Cursor,
  start: number,
  recursive: boolean,
  commonTables: readonly CommonTable[],
  body: QueryBody,
): Query {
  const tail = parseTail(cursor);
  const bare = commonTables.length === 0 && tail.orderBy.length === 0 && tail.offset === undefined && tail.limit === undefined;
  if (bare && body.kind === 'query') return body;
  return { kind: 'query', recursive, with: commonTables, body, ...tail, span: cursor.spanFrom(start) };
}

/** Parentheses around a query with nothing of its own say nothing. */
function bodyOf(query: Query): QueryBody {
  const bare = query.with.length === 0 && query.orderBy.length === 0 && query.offset === undefined && query.limit === undefined;
  return bare ? query.body : query;
}

function parseCommonTable(cursor: Cursor): CommonTable {
  const name = cursor.identifier("a common table's name");
  const columns = cursor.atSymbol('(') ? cursor.identifierList() : [];
  cursor.expect('AS');
  cursor.expectSymbol('(');
  const query = parseQuery(cursor);
  cursor.expectSymbol(')');
  return { kind: 'common-table', name, columns, query, span: cursor.spanFrom(name) };
}

function parseTail(cursor: Cursor): { orderBy: SortItem[]; offset?: Expression; limit?: Expression } {
  let orderBy: SortItem[] = [];
  let offset: Expression | undefined;
  let limit: Expression | undefined;
  if (cursor.accept('ORDER')) {
    cursor.expect('BY');
    orderBy = parseSortItems(cursor);
  }
  if (cursor.accept('LIMIT')) {
    if (!cursor.accept('ALL')) limit = cursor.grammar.expression(cursor);
    if (limit !== undefined && cursor.acceptSymbol(',')) {
      offset = limit;
      limit = cursor.grammar.expression(cursor);
    }
  }
  if (offset === undefined && cursor.accept('OFFSET')) {
    offset = cursor.grammar.expression(cursor);
    if (!cursor.accept('ROWS')) cursor.accept('ROW');
    if (limit === undefined && cursor.accept('LIMIT') && !cursor.accept('ALL')) limit = cursor.grammar.expression(cursor);
  }
  if (limit === undefined && cursor.accept('FETCH')) {
    const from = cursor.previous;
    cursor.expectOneOf(['FIRST', 'NEXT'] as const);
    limit =
      cursor.at('ROW') || cursor.at('ROWS')
        ? { kind: 'number', form: 'integer', text: '1', span: cursor.spanFrom(from) }
        : cursor.grammar.expression(cursor);
    cursor.expectOneOf(['ROWS', 'ROW'] as const);
    cursor.expect('ONLY');
  }
  return { orderBy, ...(offset && { offset }), ...(limit && { limit }) };
}

// Set operations ------------------------------------------------------------------------------------------------------

const setPrecedence = { UNION: 1, EXCEPT: 1, INTERSECT: 2 } as const;

function parseBody(cursor: Cursor, least: number): QueryBody {
  return parseSetOperations(cursor, parseBodyPrimary(cursor), least);
}

function parseSetOperations(cursor: Cursor, first: QueryBody, least: number): QueryBody {
  let left = first;
  for (;;) {
    const operator = (['UNION', 'EXCEPT', 'INTERSECT'] as const).find(
      word => cursor.at(word) || (word === 'EXCEPT' && cursor.atQuietly('MINUS')),
    );
    if (operator === undefined || setPrecedence[operator] < least) return left;
    cursor.advance();
    const all = cursor.accept('ALL');
    if (!all) cursor.accept('DISTINCT');
    const right = parseBody(cursor, setPrecedence[operator] + 1);
    left = { kind: 'set-operation', operator, all, left, right, span: cursor.spanFrom(left) };
  }
}

function parseBodyPrimary(cursor: Cursor): QueryBody {
  const start = cursor.token;
  if (cursor.at('SELECT')) return parseSelect(cursor);
  if (cursor.accept('VALUES')) {
    const rows = cursor.commaSeparated(() => parseValuesRow(cursor));
    return { kind: 'values', rows, span: cursor.spanFrom(start) };
  }
  if (cursor.accept('TABLE')) return { kind: 'table-query', name: cursor.path('a table'), span: cursor.spanFrom(start) };
  if (cursor.acceptSymbol('(')) {
    const query = parseQuery(cursor);
    cursor.expectSymbol(')');
    return bodyOf(query);
  }
  return cursor.fail('a query');
}

/** `(1, 2)`, `ROW(1, 2)` or a single expression. */
function parseValuesRow(cursor: Cursor): readonly Expression[] {
  const value = cursor.grammar.expression(cursor);
  return value.kind === 'row' ? value.elements : [value];
}

// SELECT --------------------------------------------------------------------------------------------------------------

function parseSelect(cursor: Cursor): Select {
  const start = cursor.advance();
  const hints = parseHints(cursor);
  if (cursor.atQuietly('STREAM')) cursor.refuse('SELECT STREAM is not Flink SQL', cursor.token, 'leave STREAM out');
  if (cursor.atQuietly('TOP') && (cursor.ahead().type === 'integer' || cursor.follows('(')))
    cursor.refuse('Flink SQL has no SELECT TOP', cursor.token, 'LIMIT n stands at the end');
  const distinct = cursor.acceptQuietly('DISTINCT');
  if (!distinct) cursor.acceptQuietly('ALL');
  const items = cursor.commaSeparated(() => parseSelectItem(cursor));
  if (cursor.atQuietly('INTO'))
    cursor.refuse('Flink SQL has no SELECT … INTO', cursor.token, 'write INSERT INTO t SELECT …, or CREATE TABLE t AS SELECT …');
  const from: TableReference[] = cursor.accept('FROM') ? cursor.commaSeparated(() => parseTableReference(cursor)) : [];
  const where = cursor.accept('WHERE') ? cursor.grammar.expression(cursor) : undefined;
  let groupBy: GroupBy | undefined;
  if (cursor.accept('GROUP')) groupBy = parseGroupBy(cursor);
  const having = cursor.accept('HAVING') ? cursor.grammar.expression(cursor) : undefined;
  const windows: NamedWindow[] = cursor.accept('WINDOW') ? cursor.commaSeparated(() => parseNamedWindow(cursor)) : [];
  const qualify = cursor.accept('QUALIFY') ? cursor.grammar.expression(cursor) : undefined;
  return {
    kind: 'select',
    hints,
    distinct,
    items,
    from,
    ...(where && { where }),
    ...(groupBy && { groupBy }),
    ...(having && { having }),
    windows,
    ...(qualify && { qualify }),
    span: cursor.spanFrom(start),
  };
}

function parseSelectItem(cursor: Cursor): SelectItem {
  const start = cursor.token;
  const qualifier = parseStarQualifier(cursor);
  if (qualifier !== undefined) return { kind: 'star', qualifier, span: cursor.spanFrom(start) };
  const expression = cursor.grammar.expression(cursor);
  const alias = cursor.accept('AS') ? cursor.identifier('an alias') : cursor.implicitAlias();
  return { kind: 'item', expression, ...(alias && { alias }), span: cursor.spanFrom(expression) };
}

/** Takes `*` or `a.b.*`; undefined, and nothing taken, when something else stands there. */
function parseStarQualifier(cursor: Cursor): Path | undefined {
  if (cursor.acceptSymbolQuietly('*')) return [];
  const position = cursor.position;
  const parts: Identifier[] = [];
  while (cursor.atIdentifier && cursor.follows('.')) {
    parts.push(cursor.identifier());
    cursor.advance();
  }
  if (parts.length > 0 && cursor.acceptSymbolQuietly('*')) return parts;
  cursor.rewind(position);
  return undefined;
}

function parseNamedWindow(cursor: Cursor): NamedWindow {
  const name = cursor.identifier("a window's name");
  cursor.expect('AS');
  const window = parseWindow(cursor);
  return { kind: 'named-window', name, window, span: cursor.spanFrom(name) };
}

// GROUP BY ------------------------------------------------------------------------------------------------------------

function parseGroupBy(cursor: Cursor): GroupBy {
  const start = cursor.previous;
  cursor.expect('BY');
  const distinct = cursor.acceptQuietly('DISTINCT');
  if (!distinct) cursor.acceptQuietly('ALL');
  const elements = cursor.commaSeparated(() => parseGroupingElement(cursor));
  return { kind: 'group-by', distinct, elements, span: cursor.spanFrom(start) };
}

function parseGroupingElement(cursor: Cursor): GroupingElement {
  return cursor.nested(() => {
    const start = cursor.token;
    if (cursor.atQuietly('GROUPING', 'SETS')) {
      cursor.acceptQuietly('GROUPING', 'SETS');
      cursor.expectSymbol('(');
      const elements = cursor.commaSeparated(() => parseGroupingElement(cursor));
      cursor.expectSymbol(')');
      return { kind: 'grouping-sets', elements, span: cursor.spanFrom(start) };
    }
    const kind = cursor.atQuietly('ROLLUP') ? 'rollup' : cursor.atQuietly('CUBE') ? 'cube' : undefined;
    if (kind === undefined) return parseGroupingSet(cursor);
    cursor.advance();
    cursor.expectSymbol('(');
    const sets = cursor.commaSeparated(() => parseGroupingSet(cursor));
    cursor.expectSymbol(')');
    return { kind, sets, span: cursor.spanFrom(start) };
  });
}

/** `()`, `(a, b)` or one expression. */
function parseGroupingSet(cursor: Cursor): GroupingSet {
  const start = cursor.token;
  if (cursor.atSymbolQuietly('(') && cursor.follows(')')) {
    cursor.advance();
    cursor.advance();
    return { kind: 'grouping-set', expressions: [], span: cursor.spanFrom(start) };
  }
  const isRow = !cursor.atQuietly('ROW');
  const expression = cursor.grammar.expression(cursor);
  const expressions = isRow && expression.kind === 'row' ? expression.elements : [expression];
  return { kind: 'grouping-set', expressions, span: cursor.spanFrom(start) };
}
