import { withNullable } from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { column, type Expression } from '../../plan/expressions.ts';
import { type JoinKind, join, type LogicalNode } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { Identifier } from '../ast/node.ts';
import type * as ast from '../ast/query.ts';
import { builtin } from './builtins.ts';
import { requireBoolean } from './coercion.ts';
import type { ExpressionContext, QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { joinedScope, type MergedColumn, type Scope, type ScopeTable } from './scope.ts';
import { Subqueries } from './subqueries.ts';

/** A table reference as a plan, with the names it brings. */
export interface BoundFrom {
  readonly node: LogicalNode;
  readonly scope: Scope;
}

/** `a, b`: every row with every row; conditions come in WHERE. */
export function crossJoined(left: BoundFrom, right: BoundFrom, span: Span): BoundFrom {
  const node = join('inner', left.node, right.node, undefined, span);
  return { node, scope: joinedScope(left.scope, right.scope, schemaOf(node), schemaOf(left.node).length, span) };
}

/** JOIN … ON, USING, NATURAL and CROSS. Source: Flink docs, "Joins"; names as in standard SQL. */
export function bindJoin(node: ast.Join, left: BoundFrom, right: BoundFrom, context: QueryContext): BoundFrom {
  const span: Span = { start: node.right.span.start, end: node.span.end };
  const kind: JoinKind = node.type === 'CROSS' ? 'inner' : kinds[node.type];
  const names = node.natural ? commonNames(left.scope, right.scope) : node.using;
  if (node.natural || names.length > 0) return bindUsing(kind, names, left, right, node.natural ? node.span : span);
  // the condition sees both sides as they are before the join makes one of them nullable
  const both = join('inner', left.node, right.node);
  const width = schemaOf(left.node).length;
  const scope: Scope = { ...joinedScope(left.scope, right.scope, schemaOf(both), width, span), outer: context.outer };
  const subqueries = new Subqueries(context);
  const inner: ExpressionContext = { bind: context.bind, scope, clause: 'ON', subquery: subqueries.bind };
  const condition = node.on && requireBoolean(bindExpression(node.on, inner), 'ON');
  const joined = subqueries.join(kind, left.node, right.node, condition, span);
  return { node: joined, scope: joinedScope(left.scope, right.scope, schemaOf(joined), width, span) };
}

const kinds: Readonly<Record<Exclude<ast.Join['type'], 'CROSS'>, JoinKind>> = {
  INNER: 'inner',
  LEFT: 'left',
  RIGHT: 'right',
  FULL: 'full',
};

interface Named {
  readonly name: string;
  readonly span?: Span | undefined;
}

/** Column names that both sides have, in the left side's order. */
function commonNames(left: Scope, right: Scope): Named[] {
  const names = (scope: Scope): string[] => [...new Set(scope.tables.flatMap(table => table.schema.map(field => field.name)))];
  const others = new Set(names(right));
  return names(left)
    .filter(name => others.has(name))
    .map(name => ({ name }));
}

/** Equal columns of both sides become one, which comes first in `*`: the left one, or the one that has a value. */
function bindUsing(
  kind: JoinKind,
  names: readonly (Named | Identifier)[],
  left: BoundFrom,
  right: BoundFrom,
  span: Span,
): BoundFrom {
  const width = schemaOf(left.node).length;
  const rightFields = schemaOf(right.node);
  const equalities = names.map(({ name, span: nameSpan }) => {
    const mine = placeOf(left.scope, name, nameSpan ?? span);
    const theirs = placeOf(right.scope, name, nameSpan ?? span);
    const second = column(width + theirs.index, rightFields[theirs.index]!, nameSpan);
    return { name, mine, theirs: width + theirs.index, second, span: nameSpan ?? span };
  });
  const conditions = equalities.map(({ mine, second, span: place }) =>
    builtin('equals', [mine.expression, second], place, 'USING'),
  );
  const condition = conditions.length === 0 ? undefined : conditions.reduce((a, b) => builtin('and', [a, b], span));
  const node = join(kind, left.node, right.node, condition, span);
  const fields = schemaOf(node);
  const scope = joinedScope(left.scope, right.scope, fields, width, span);
  const taken = new Set(names.map(({ name }) => name));
  const merged = equalities.map(({ name, mine, theirs, span: place }): MergedColumn => {
    const known = scope.merged?.find(candidate => candidate.name === name);
    const first = known?.expression ?? column(mine.index, fields[mine.index]!, place);
    const second = column(theirs, fields[theirs]!, place);
    const expression: Expression =
      kind === 'inner' || kind === 'left' ? first : kind === 'right' ? second : builtin('coalesce', [first, second], place);
    return { name, expression, hides: [...(known?.hides ?? [mine.index]), theirs] };
  });
  return { node, scope: { ...scope, merged: [...merged, ...(scope.merged ?? []).filter(({ name }) => !taken.has(name))] } };
}

/** The one column of a side that has a name; a merged one of an earlier USING counts as one. */
function placeOf(scope: Scope, name: string, span: Span): { readonly index: number; readonly expression: Expression } {
  const known = scope.merged?.find(candidate => candidate.name === name);
  if (known !== undefined) return { index: known.hides[0]!, expression: known.expression };
  const hidden = new Set((scope.merged ?? []).flatMap(candidate => candidate.hides));
  const found = scope.tables.flatMap((table: ScopeTable) =>
    table.schema.flatMap((field, index) =>
      field.name === name && !hidden.has(table.offset + index) ? [{ index: table.offset + index, field }] : [],
    ),
  );
  if (found.length === 0)
    throw new TidemillError('unknown-column', `a side of the join has no column '${name}'`, {
      span,
      hint: 'USING names columns that both sides have',
    });
  if (found.length > 1)
    throw new TidemillError('ambiguous-column', `'${name}' could be any of ${found.length} columns of one side of the join`, {
      span,
      hint: 'write ON with the names of the tables',
    });
  const { index, field } = found[0]!;
  return { index, expression: column(index, { ...field, type: withNullable(field.type, field.type.nullable) }, span) };
}
