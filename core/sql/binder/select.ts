import type { Catalog } from '../../catalog/catalog.ts';
import { type Field, types, typeToString } from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { type AggregateCall, column, type Expression, operands, type SortKey, withOperands } from '../../plan/expressions.ts';
import { type Aggregate, aggregate, filter, type LogicalNode, project, sort } from '../../plan/nodes.ts';
import { aggregateToString, expressionToString } from '../../plan/print-expression.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import { isAggregateName } from './builtins.ts';
import { requireBoolean } from './coercion.ts';
import type { ExpressionContext, QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { bindFrom } from './from.ts';
import { bindGroupWindow, bindWindowProperty, type GroupWindow, groupWindowOf, isGroupWindow } from './group-windows.ts';
import { expandGroupBy, expandSets, type GroupingKeys, groupingFunction, setStandIn } from './grouping.ts';
import { checkSelectHints, stateTtlOf } from './hints.ts';
import { OverCalls, overStandIn } from './over.ts';
import { bindField, resolveColumn, type Scope, tableOf } from './scope.ts';
import { Subqueries } from './subqueries.ts';
import { userAggregateNamed } from './user-aggregates.ts';

interface Item {
  readonly name: string;
  readonly expression: Expression;
  readonly span: Span;
  /** Only what was named can be found by name in ORDER BY. */
  readonly alias?: string | undefined;
}

/** SELECT … FROM … WHERE … GROUP BY … HAVING, with the ORDER BY behind it, because that may name columns that are not selected. */
export function bindSelect(node: ast.Select, orderBy: readonly ast.SortItem[], context: QueryContext): LogicalNode {
  checkSelectHints(node);
  const { node: from, scope } = bindFrom(node.from, context);
  const input = bindWhere(node, from, scope, context);
  const grouped = node.groupBy !== undefined || node.having !== undefined || usesAggregates(node, orderBy, context.bind.catalog);
  const over = new OverCalls(node.windows);
  const bound = grouped
    ? bindGrouped(node, orderBy, input, scope, context, over)
    : bindPlain(node, orderBy, input, scope, context, over);
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
  const subqueries = new Subqueries(context);
  const inner: ExpressionContext = { bind: context.bind, scope, clause: 'WHERE', subquery: subqueries.bind };
  const condition = withoutAliases(node, 'WHERE', () => bindExpression(node.where!, inner));
  return subqueries.where(from, requireBoolean(condition, 'WHERE'));
}

/** A column that is not there but is an alias of SELECT gets told so: aliases come after the clause. */
function withoutAliases<T>(node: ast.Select, clause: string, bind: () => T): T {
  try {
    return bind();
  } catch (error) {
    if (!(error instanceof TidemillError) || error.code !== 'unknown-column' || error.span === undefined) throw error;
    const { start, end } = error.span;
    const item = node.items.find(
      candidate =>
        candidate.kind === 'item' && candidate.alias !== undefined && error.message.endsWith(`'${candidate.alias.name}'`),
    );
    if (item?.kind !== 'item') throw error;
    throw new TidemillError('unknown-column', `'${item.alias!.name}' is an alias of SELECT, which ${clause} does not see`, {
      span: { start, end },
      hint: `repeat the expression in ${clause}, or select it in a sub-query first`,
    });
  }
}

function bindPlain(
  node: ast.Select,
  orderBy: readonly ast.SortItem[],
  input: LogicalNode,
  scope: Scope,
  context: QueryContext,
  over: OverCalls,
): Bound {
  const subqueries = new Subqueries(context);
  const itemContext: ExpressionContext = { bind: context.bind, scope, clause: 'SELECT', over, subquery: subqueries.bind };
  const items = bindItems(node, scope, itemContext);
  const keys = bindSortKeys(orderBy, items, { ...itemContext, clause: 'ORDER BY', aliases: aliasesOf(items) });
  const qualify = bindQualify(node, items, itemContext);
  const applied = subqueries.applyAll(input);
  return withOver({ input: applied.node, items, keys }, qualify, over, applied.place, node.span);
}

function bindQualify(node: ast.Select, items: readonly Item[], context: ExpressionContext): Expression | undefined {
  if (node.qualify === undefined) return undefined;
  const bound = bindExpression(node.qualify, { ...context, clause: 'QUALIFY', aliases: aliasesOf(items) });
  return requireBoolean(bound, 'QUALIFY');
}

/** Functions with OVER are computed above all else but the projection; QUALIFY keeps rows by them. */
function withOver(
  bound: Bound,
  qualify: Expression | undefined,
  over: OverCalls,
  lift: (expression: Expression) => Expression,
  span: Span,
): Bound {
  const { node, place } = over.apply(bound.input, lift, span);
  const map = (expression: Expression): Expression => place(lift(expression));
  return {
    input: qualify === undefined ? node : filter(node, map(qualify)),
    items: bound.items.map(item => ({ ...item, expression: map(item.expression) })),
    keys: bound.keys.map(key => ({ ...key, expression: map(key.expression) })),
  };
}

/**
 * Aggregation: select items are bound to the input with a stand-in column for each aggregate; then keys and stand-ins become columns of the
 * aggregate node, and any column left over is not grouped.
 */
function bindGrouped(
  node: ast.Select,
  orderBy: readonly ast.SortItem[],
  from: LogicalNode,
  scope: Scope,
  context: QueryContext,
  over: OverCalls,
): Bound {
  // what is computed for each row, for each group, and to choose groups
  const ofRows = new Subqueries(context);
  const ofGroups = new Subqueries(context);
  const ofHaving = new Subqueries(context);
  const aggregated =
    (outside: Subqueries): ExpressionContext['subquery'] =>
    (query, inner) =>
      (inner.aggregate === undefined ? ofRows : outside).bind(query, inner);
  const keyContext: ExpressionContext = { bind: context.bind, scope, clause: 'GROUP BY', subquery: ofRows.bind };
  const bindKeys = (window: GroupWindow | undefined): GroupingKeys =>
    expandGroupBy(node.groupBy, node, key => (isGroupWindow(key) ? (window?.keys ?? []) : [bindExpression(key, keyContext)]));
  const windowCall = groupWindowOf(node.groupBy);
  const window = windowCall && bindGroupWindow(windowCall, from, bindKeys(undefined).keys, keyContext);
  const input = window?.input ?? from;
  const width = schemaOf(input).length;
  const calls: AggregateCall[] = [];
  const places = new Map<string, number>();
  const addCall = (call: AggregateCall): Expression => {
    const text = aggregateToString(call, { positions: true });
    const index = places.get(text) ?? calls.push(call) - 1;
    places.set(text, index);
    return column(width + index, { name: aggregateToString(call), type: call.type }, call.span);
  };
  const grouping = bindKeys(window);
  const { keys } = grouping;
  const global = keys.length === 0;
  const setNumber = column(setStandIn, { name: 'grouping set', type: types.bigint(false) });
  const itemContext: ExpressionContext = {
    bind: context.bind,
    scope,
    clause: 'SELECT',
    aggregate: call => addCall(global ? nullableGlobally(call) : call),
    over,
    ...(node.groupBy && { grouping: (name, args, span) => groupingFunction(name, args, grouping, setNumber, span) }),
    windowProperty: (call, upper) => bindWindowProperty(call, upper, window, keyContext),
    subquery: aggregated(ofGroups),
  };
  const items = bindItems(node, scope, itemContext);
  const havingContext: ExpressionContext = { ...itemContext, clause: 'HAVING', subquery: aggregated(ofHaving) };
  const having = node.having && requireBoolean(bindExpression(node.having, havingContext), 'HAVING');
  const sortKeys = bindSortKeys(orderBy, items, { ...itemContext, clause: 'ORDER BY', aliases: aliasesOf(items) });
  const qualify = bindQualify(node, items, itemContext);

  const several = grouping.sets.length > 1 || grouping.sets[0]!.length < keys.length;
  const rows = ofRows.applyAll(input);
  const placed = { ...grouping, keys: keys.map(rows.place) };
  const expanded = several ? expandSets(rows.node, placed) : { input: rows.node, keys: placed.keys };
  const keyNames = expanded.keys.map((key, index) => (key.kind === 'column' ? key.name : `key${index}`));
  const names = [...keyNames, ...calls.map(call => aggregateToString(call))];
  const computed = calls.map(call => mapArguments(call, rows.place));
  const grouped = withStateTtl(
    aggregate(expanded.input, expanded.keys, computed, names, node.groupBy?.span ?? node.span),
    stateTtlOf(node),
  );
  const fields = schemaOf(grouped);
  const texts = keys.map(key => expressionToString(key, { positions: true }));
  const lifting: Lifting = { keys: texts, keyCount: expanded.keys.length, fields, width, hasGroupBy: node.groupBy !== undefined };
  const lift = (expression: Expression): Expression => liftExpression(expression, lifting);
  const above = having === undefined ? grouped : ofHaving.where(grouped, lift(having), lift);
  const applied = ofGroups.applyAll(above, lift);
  return withOver(
    { input: applied.node, items, keys: sortKeys },
    qualify,
    over,
    expression => applied.place(lift(expression)),
    node.span,
  );
}

function mapArguments(call: AggregateCall, map: (expression: Expression) => Expression): AggregateCall {
  return { ...call, arguments: call.arguments.map(map), ...(call.filter && { filter: map(call.filter) }) };
}

/** Over no rows at all, a global aggregate other than COUNT is NULL. */
function nullableGlobally(call: AggregateCall): AggregateCall {
  if (call.name === 'count' || call.name === 'collect' || call.user !== undefined || call.type.nullable) return call;
  return { ...call, type: { ...call.type, nullable: true } };
}

/** How expressions over an aggregation's input become expressions over its output. */
interface Lifting {
  /** Texts of the keys, which are the output's first columns. */
  readonly keys: readonly string[];
  /** Keys and the grouping set's number. */
  readonly keyCount: number;
  readonly fields: readonly Field[];
  /** Columns of the input; further ones stand for aggregates. */
  readonly width: number;
  readonly hasGroupBy: boolean;
}

function liftExpression(expression: Expression, lifting: Lifting): Expression {
  const { keys, keyCount, fields, width, hasGroupBy } = lifting;
  const at = keys.indexOf(expressionToString(expression, { positions: true }));
  if (at >= 0) return column(at, fields[at]!, expression.span);
  if (expression.kind === 'column') {
    if (expression.index >= overStandIn) return expression;
    if (expression.index === setStandIn) return column(keyCount - 1, fields[keyCount - 1]!, expression.span);
    if (expression.index >= width) {
      const index = keyCount + expression.index - width;
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
    operands(expression).map(operand => liftExpression(operand, lifting)),
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
  // a name that has been taken gets a number behind it, as in Flink
  return items.map((item, index) => {
    const wanted = item.name === '' ? `EXPR$${index}` : item.name;
    let name = wanted;
    for (let number = 0; used.has(name); number++) name = `${wanted}${number}`;
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
  if (names.length > 0 && tableOf(scope, names) === undefined) {
    const fields = fieldsOf(item, scope);
    if (fields !== undefined) return fields;
  }
  const merged = names.length === 0 ? (scope.merged ?? []) : [];
  const hidden = new Set(merged.flatMap(column => column.hides));
  const tables = names.length === 0 ? scope.tables : [tableOf(scope, names)];
  if (tables.length === 0) throw new TidemillError('wrong-argument', 'SELECT * needs FROM', { span: item.span });
  const first = merged.map(({ name, expression }) => ({ name, expression, span: item.span, alias: name }));
  const others = tables.flatMap(table => {
    if (table === undefined)
      throw new TidemillError('unknown-table', `FROM has no table '${names.join('.')}'`, {
        span: item.span,
        hint: `FROM has ${scope.tables.flatMap(known => known.name ?? []).join(', ') || 'tables without names'}`,
      });
    return table.schema.flatMap((field, index) => {
      const place = table.offset + index;
      if (hidden.has(place)) return [];
      return [{ name: field.name, expression: column(place, field, item.span), span: item.span, alias: field.name }];
    });
  });
  return [...first, ...others];
}

/** `row.*`: the fields of a ROW column; undefined when there is no such column. */
function fieldsOf({ qualifier, span }: ast.StarItem, scope: Scope): Item[] | undefined {
  let operand: Expression;
  try {
    operand = resolveColumn(scope, qualifier, span);
  } catch (error) {
    if (error instanceof TidemillError) return undefined;
    throw error;
  }
  if (operand.type.kind !== 'ROW')
    throw new TidemillError(
      'type-mismatch',
      `only a table or a ROW has fields, and this is ${typeToString(operand.type, false)}`,
      { span },
    );
  return operand.type.fields.map(({ name }) => {
    const expression = bindField(operand, { kind: 'identifier', name, span });
    return { name, expression, span, alias: name };
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
  if (node.distinct) plan = distinct(plan, node.span, stateTtlOf(node));
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

const withStateTtl = (grouped: Aggregate, stateTtlMs: number | undefined): Aggregate =>
  stateTtlMs === undefined ? grouped : Object.freeze({ ...grouped, stateTtlMs });

/** Each different row once. */
export function distinct(input: LogicalNode, span: Span, stateTtlMs?: number): LogicalNode {
  const fields = schemaOf(input);
  const keys = fields.map((field, index) => column(index, field));
  const grouped = aggregate(
    input,
    keys,
    [],
    fields.map(field => field.name),
    span,
  );
  return withStateTtl(grouped, stateTtlMs);
}

function usesAggregates(node: ast.Select, orderBy: readonly ast.SortItem[], catalog: Catalog): boolean {
  const isAggregate = (name: ast.Call['name']): boolean =>
    (name.length === 1 && isAggregateName(name[0]!.name)) ||
    userAggregateNamed(
      name.map(part => part.name),
      catalog,
    ) !== undefined;
  return (
    node.items.some(item => item.kind === 'item' && hasAggregate(item.expression, isAggregate)) ||
    orderBy.some(item => hasAggregate(item.expression, isAggregate))
  );
}

/** Looks through the syntax without binding, and without recursion, as a chain of operators nests as deep as it is long; sub-queries have aggregates of their own. */
function hasAggregate(value: unknown, isAggregate: (name: ast.Call['name']) => boolean): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      open.push(...next);
      continue;
    }
    const node = next as { readonly kind?: string; readonly function?: string } & Partial<Omit<ast.Call, 'kind'>>;
    if (node.kind === 'query') continue;
    if (node.kind === 'json' && node.function?.endsWith('AGG')) return true;
    if (node.kind === 'call' && node.over === undefined && node.name !== undefined && isAggregate(node.name)) return true;
    for (const [key, inner] of Object.entries(next)) if (key !== 'span') open.push(inner);
  }
  return false;
}
