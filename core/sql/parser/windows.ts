import type { Identifier } from '../ast/node.ts';
import type { FrameBound, SortItem, WindowFrame, WindowSpecification } from '../ast/query.ts';
import type { Cursor } from './cursor.ts';

export function parseSortItems(cursor: Cursor): SortItem[] {
  return cursor.commaSeparated(() => {
    const expression = cursor.grammar.expression(cursor);
    const descending = cursor.accept('DESC');
    if (!descending) cursor.accept('ASC');
    let nulls: 'FIRST' | 'LAST' | undefined;
    if (cursor.accept('NULLS')) nulls = cursor.expectOneOf(['FIRST', 'LAST'] as const);
    return { kind: 'sort-item', expression, descending, ...(nulls && { nulls }), span: cursor.spanFrom(expression) };
  });
}

/** `OVER w`, `OVER (…)`; undefined without OVER. */
export function parseOver(cursor: Cursor): WindowSpecification | Identifier | undefined {
  if (!cursor.acceptQuietly('OVER')) return undefined;
  if (!cursor.atSymbol('(')) return cursor.identifier("a window's name");
  return parseWindow(cursor);
}

/** `([base] [PARTITION BY …] [ORDER BY …] [ROWS | RANGE …])`. */
export function parseWindow(cursor: Cursor): WindowSpecification {
  const start = cursor.token;
  cursor.expectSymbol('(');
  const base = cursor.atIdentifier ? cursor.identifier() : undefined;
  const partitionBy = cursor.accept('PARTITION') ? parsePartitionBy(cursor) : [];
  let orderBy: SortItem[] = [];
  if (cursor.accept('ORDER')) {
    cursor.expect('BY');
    orderBy = parseSortItems(cursor);
  }
  const frame = parseFrame(cursor);
  cursor.expectSymbol(')');
  return {
    kind: 'window',
    ...(base && { base }),
    partitionBy,
    orderBy,
    ...(frame && { frame }),
    span: cursor.spanFrom(start),
  };
}

function parsePartitionBy(cursor: Cursor) {
  cursor.expect('BY');
  return cursor.commaSeparated(() => cursor.grammar.expression(cursor));
}

function parseFrame(cursor: Cursor): WindowFrame | undefined {
  const from = cursor.token;
  const unit = cursor.acceptOneOf(['ROWS', 'RANGE'] as const);
  if (unit === undefined) return undefined;
  if (!cursor.accept('BETWEEN')) {
    const start = parseBound(cursor);
    return { kind: 'window-frame', unit, start, span: cursor.spanFrom(from) };
  }
  const start = parseBound(cursor);
  cursor.expect('AND');
  const end = parseBound(cursor);
  return { kind: 'window-frame', unit, start, end, span: cursor.spanFrom(from) };
}

function parseBound(cursor: Cursor): FrameBound {
  const from = cursor.token;
  const fixed = cursor.acceptOneOf(['UNBOUNDED PRECEDING', 'UNBOUNDED FOLLOWING', 'CURRENT ROW'] as const);
  if (fixed !== undefined) return { kind: 'frame-bound', bound: fixed, span: cursor.spanFrom(from) };
  const offset = cursor.grammar.expression(cursor);
  const bound = cursor.expectOneOf(['PRECEDING', 'FOLLOWING'] as const);
  return { kind: 'frame-bound', bound, offset, span: cursor.spanFrom(from) };
}
