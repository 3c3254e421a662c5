import type { Field } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { type AggregateCall, column, type Expression, operands, type SortKey, withOperands } from '../../plan/expressions.ts';
import { aggregate, filter, type LogicalNode, project, sort } from '../../plan/nodes.ts';
import { aggregateToString, expressionToString } from '../../plan/print-expression.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import { isAggregateName } from './builtins.ts';
import { requireBoolean } from './coercion.ts';
import type { ExpressionContext, QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { bindFrom } from './from.ts';
import { expandGroupBy } from './grouping.ts';
import { type Scope, tableOf } from './scope.ts';

interface Item {
  readonly name: string;
  readonly expression: Expression;
  readonly span: Span;
  /** Only what was named can be found by name in ORDER BY. */
  readonly alias?: string | undefined;
}

/** SELECT … FROM … WHERE … GROUP BY … HAVING, with the ORDER BY behind it, because that may name columns that are not selected. */
export function bindSelect(node: ast.Select, orderBy: readonly ast.SortItem[], context: QueryContext): LogicalNode {
  if (node.qualify !== undefined) throw notSupported('QUALIFY', node.qualify.span);
  if (node.windows.length > 0) throw notSupported('WINDOW', node.windows[0]!.span);
  const { node: from, scope } = bindFrom(node.from, context);
  const input = bindWhere(node, from, scope, context);
  const grouped = node.groupBy !== undefined || node.having !== undefined || usesAggregates(node, orderBy);
  const bound = grouped ? bindGrouped(node, orderBy, input, scope, context) : bindPlain(node, orderBy, input, scope, context);
  return finish(node, bound);
}

/** What comes before the projection: its input, the selected items and the sort keys over that input. */
interface Bound {
  readonly input: LogicalNode;
  readonly items: readonly Item[];
  readonly keys: readonly (SortKey & { readonly span: Span })[];
}

function bindWhere(node: ast.Select, from: LogicalNode, scope: Scope, context: QueryContext): LogicalNode {
  if (node.where === undefined) return from;
  const condition = bindExpression(node.where, { bind: context.bind, scope, clause: 'WHERE' });
  return filter(from, requireBoolean(condition, 'WHERE'));
}

function bindPlain(
  node: ast.Select,
  orderBy: readonly ast.SortItem[],
  input: LogicalNode,
  scope: Scope,
  context: QueryContext,
): Bound {
  const items = bindItems(node, scope, { bind: context.bind, scope, clause: 'SELECT' });
  const keys = bindSortKeys(orderBy, items, { bind: context.bind, scope, clause: 'ORDER BY', aliases: aliasesOf(items) });
  return { input, items, keys };
}

/**
 * Aggregation: select items are bound to the input with a stand-in column for each aggregate; then keys and stand-ins become columns of the
 * aggregate node, and any column left over is not grouped.
 */
function bindGrouped(
  node: ast.Select,
  orderBy: readonly ast.SortItem[],
  input: LogicalNode,
  scope: Scope,
  context: QueryContext,
): Bound {
  const width = schemaOf(input).length;
  const calls: AggregateCall[] = [];
  const addCall = (call: AggregateCall): Expression => {
    const text = aggregateToString(call, { positions: true });
    let index = calls.findIndex(known => aggregateToString(known, { positions: true }) === text);
    if (index < 0) index = calls.push(call) - 1;
    return column(width + index, { name: aggregateToString(call), type: call.type }, call.span);
  };
  const keyContext: ExpressionContext = { bind: context.bind, scope, clause: 'GROUP BY' };
  const keys = uniqueKeys(expandGroupBy(node.groupBy, node, key => bindExpression(key, keyContext)));
  const global = keys.length === 0;
  const itemContext: ExpressionContext = {
    bind: context.bind,
    scope,
    clause: 'SELECT',
    aggregate: call => addCall(global ? nullableGlobally(call) : call),
  };
  const items = bindItems(node, scope, itemContext);
  const having = node.having && requireBoolean(bindExpression(node.having, { ...itemContext, clause: 'HAVING' }), 'HAVING');
  const sortKeys = bindSortKeys(orderBy, items, { ...itemContext, clause: 'ORDER BY', aliases: aliasesOf(items) });

  const keyNames = keys.map((key, index) => (key.kind === 'column' ? key.name : `key${index}`));
  const names = [...keyNames, ...calls.map(call => aggregateToString(call))];
  const grouped = aggregate(input, keys, calls, names, node.groupBy?.span ?? node.span);
  const fields = schemaOf(grouped);
  const texts = keys.map(key => expressionToString(key, { positions: true }));
  const lift = (expression: Expression): Expression =>
    liftExpression(expression, texts, fields, width, node.groupBy !== undefined);
  const above = having === undefined ? grouped : filter(grouped, lift(having));
  return {
    input: above,
    items: items.map(item => ({ ...item, expression: lift(item.expression) })),
    keys: sortKeys.map(key => ({ ...key, expression: lift(key.expression) })),
  };
}

/** Over no rows at all, a global aggregate other than COUNT is NULL. */
function nullableGlobally(call: AggregateCall): AggregateCall {
  if (call.name === 'count' || call.type.nullable) return call;
  return { ...call, type: { ...call.type, nullable: true } };
}

function uniqueKeys(keys: readonly Expression[]): Expression[] {
  const seen = new Set<string>();
  return keys.filter(key => {
    const text = expressionToString(key, { positions: true });
    return !seen.has(text) && seen.add(text);
  });
}

function liftExpression(
  expression: Expression,
  keys: readonly string[],
  fields: readonly Field[],
  width: number,
  hasGroupBy: boolean,
): Expression {
  const at = keys.indexOf(expressionToString(expression, { positions: true }));
  if (at >= 0) return column(at, fields[at]!, expression.span);
  if (expression.kind === 'column') {
    if (expression.index >= width) {
      const index = keys.length + expression.index - width;
      return column(index, fields[index]!, expression.span);
    }
    throw new TidemillError('not-grouped', `'${expression.name}' is neither in GROUP BY nor inside an aggregate`, {
      span: expression.span,
      hint: hasGroupBy
        ? `add ${expression.name} to GROUP BY, or write MAX(${expression.name})`
        : `write GROUP BY ${expression.name}, or MAX(${expression.name})`,
    });
  }
  return withOperands(
    expression,
    operands(expression).map(operand => liftExpression(operand, keys, fields, width, hasGroupBy)),
  );
}

function bindItems(node: ast.Select, scope: Scope, context: ExpressionContext): Item[] {
  const used = new Set<string>();
  const items = node.items.flatMap((item): Item[] => {
    if (item.kind === 'star') return expandStar(item, scope);
    const expression = bindExpression(item.expression, context);
    const written = item.alias?.name ?? nameOf(item.expression);
    return [{ name: written ?? '', expression, span: item.span, alias: written }];
  });
  for (const item of items) if (item.name !== '') used.add(item.name);
  return items.map((item, index) => {
    if (item.name !== '') return item;
    let name = `EXPR$${index}`;
    while (used.has(name)) name += '_';
    used.add(name);
    return { ...item, name };
  });
}

/** The name Flink gives an item without alias, where it has one: the column or the field. */
function nameOf(node: ast.Expression): string | undefined {
  if (node.kind === 'column') return node.parts[node.parts.length - 1]!.name;
  if (node.kind === 'field') return node.field.name;
  return undefined;
}

function expandStar(item: ast.StarItem, scope: Scope): Item[] {
  const names = item.qualifier.map(part => part.name);
  const tables = names.length === 0 ? scope.tables : [tableOf(scope, names)];
  if (tables.length === 0) throw new TidemillError('wrong-argument', 'SELECT * needs FROM', { span: item.span });
  return tables.flatMap(table => {
    if (table === undefined)
      throw new TidemillError('unknown-table', `FROM has no table '${names.join('.')}'`, {
        span: item.span,
        hint: `FROM has ${scope.tables.flatMap(known => known.name ?? []).join(', ') || 'tables without names'}`,
      });
    return table.schema.map((field, index) => ({
      name: field.name,
      expression: column(table.offset + index, field, item.span),
      span: item.span,
      alias: field.name,
    }));
  });
}

function aliasesOf(items: readonly Item[]): ReadonlyMap<string, Expression> {
  const aliases = new Map<string, Expression>();
  for (const item of items) if (item.alias !== undefined && !aliases.has(item.alias)) aliases.set(item.alias, item.expression);
  return aliases;
}

/** Sort keys over the projection's input: ordinals and aliases stand for the selected expression. */
function bindSortKeys(
  orderBy: readonly ast.SortItem[],
  items: readonly Item[],
  context: ExpressionContext,
): (SortKey & { readonly span: Span })[] {
  return orderBy.map(item => {
    const ordinal = ordinalOf(item.expression);
    const expression =
      ordinal === undefined ? bindExpression(item.expression, context) : at(items, ordinal, item.span).expression;
    return { expression, ...direction(item), span: item.span };
  });
}

export function direction(item: ast.SortItem): Pick<SortKey, 'descending' | 'nullsFirst'> {
  return { descending: item.descending, nullsFirst: item.nulls === undefined ? !item.descending : item.nulls === 'FIRST' };
}

export function ordinalOf(node: ast.Expression): number | undefined {
  return node.kind === 'number' && node.form === 'integer' ? Number(node.text) : undefined;
}

export function at<T>(items: readonly T[], ordinal: number, span: Span): T {
  const item = items[ordinal - 1];
  if (item === undefined)
    throw new TidemillError(
      'wrong-ordinal',
      `ORDER BY ${ordinal}: there ${items.length === 1 ? 'is 1 column' : `are ${items.length} columns`}`,
      {
        span,
        hint: 'columns count from 1',
      },
    );
  return item;
}

/** Projection, DISTINCT and sort. Keys that are not selected ride along as hidden columns and are dropped at the end. */
function finish(node: ast.Select, bound: Bound): LogicalNode {
  const { input, items, keys } = bound;
  const expressions = items.map(item => item.expression);
  const names = items.map(item => item.name);
  const texts = expressions.map(expression => expressionToString(expression, { positions: true }));
  const hidden: Expression[] = [];
  const places = keys.map(key => {
    const text = expressionToString(key.expression, { positions: true });
    const place = texts.indexOf(text);
    if (place >= 0) return place;
    if (node.distinct)
      throw new TidemillError('not-grouped', 'with SELECT DISTINCT, ORDER BY can only use selected columns', { span: key.span });
    texts.push(text);
    hidden.push(key.expression);
    return expressions.length + hidden.length - 1;
  });
  const hiddenNames = hidden.map(expression => `${expressionToString(expression)} (order)`);
  let plan: LogicalNode = project(input, [...expressions, ...hidden], [...names, ...hiddenNames]);
  if (node.distinct) plan = distinct(plan, node.span);
  if (keys.length === 0) return plan;
  const fields = schemaOf(plan);
  const sorted = sort(
    plan,
    keys.map((key, index) => ({
      expression: column(places[index]!, fields[places[index]!]!, key.span),
      descending: key.descending,
      nullsFirst: key.nullsFirst,
    })),
    { start: keys[0]!.span.start, end: keys[keys.length - 1]!.span.end },
  );
  if (hidden.length === 0) return sorted;
  return project(
    sorted,
    names.map((_, index) => column(index, fields[index]!)),
    names,
  );
}

/** Each different row once. */
export function distinct(input: LogicalNode, span: Span): LogicalNode {
  const fields = schemaOf(input);
  const keys = fields.map((field, index) => column(index, field));
  const grouped = aggregate(
    input,
    keys,
    [],
    fields.map(field => field.name),
    span,
  );
  return grouped;
}

function usesAggregates(node: ast.Select, orderBy: readonly ast.SortItem[]): boolean {
  return (
    node.items.some(item => item.kind === 'item' && hasAggregate(item.expression)) ||
    orderBy.some(item => hasAggregate(item.expression))
  );
}

/** Looks through the syntax without binding, and without recursion, as a chain of operators nests as deep as it is long; sub-queries have aggregates of their own. */
export function hasAggregate(value: unknown): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      open.push(...next);
      continue;
    }
    const node = next as { readonly kind?: string } & Partial<Omit<ast.Call, 'kind'>>;
    if (node.kind === 'query') continue;
    if (node.kind === 'call' && node.over === undefined && node.name?.length === 1 && isAggregateName(node.name[0]!.name))
      return true;
    for (const [key, inner] of Object.entries(next)) if (key !== 'span') open.push(inner);
  }
  return false;
}
