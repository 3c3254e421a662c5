import type { FunctionDescriptor } from '../../catalog/descriptors.ts';
import { type SqlType, types, withNullable } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { expandAggregate } from '../../functions/index.ts';
import { type Expression, literal } from '../../plan/expressions.ts';
import type * as ast from '../ast/query.ts';
import { aggregateBySpelling, allSpellings, builtin, resolveAggregate, scalarByName, scalarBySpelling } from './builtins.ts';
import { coerce, requireBoolean } from './coercion.ts';
import type { ExpressionContext } from './context.ts';
import { isFlinkFunction } from './flink-functions.ts';
import { foreignFunctions } from './foreign-functions.ts';
import { bindOver, overOnly } from './over.ts';
import { type AggregateDescriptor, isAggregate, userAggregateCall, userAggregateNamed } from './user-aggregates.ts';
import { boundUserCall } from './user-call.ts';
import { isGroupWindowFunction } from './window-names.ts';

type BindInner = (node: ast.Expression, context: ExpressionContext) => Expression;

/** Functions of GROUPING SETS. */
const groupingFunctions = new Set(['GROUPING', 'GROUPING_ID', 'GROUP_ID']);

/** A call by name: temporary system function, built-in, then the catalog's, as Flink resolves them. */
export function bindCall(node: ast.Call, context: ExpressionContext, bindInner: BindInner): Expression {
  const names = node.name.map(part => part.name);
  const written = names.join('.');
  const upper = written.toUpperCase();
  const matched = context.matchCall?.(node, upper, inner => bindInner(inner, { ...context, aggregate: undefined }));
  if (matched !== undefined) return matched;
  if (node.over !== undefined && (names.length === 1 || userAggregateNamed(names, context.bind.catalog) !== undefined))
    return bindOver(node, upper, context, bindInner);
  if (names.length === 1 && overOnly.has(upper))
    throw new TidemillError('wrong-argument', `${upper} needs OVER (…)`, {
      span: node.span,
      hint: `write ${upper}(…) OVER (PARTITION BY … ORDER BY …)`,
    });
  if (node.withinGroup.length > 0) throw notSupported('WITHIN GROUP', node.span);
  if (node.nullTreatment === 'IGNORE' && upper !== 'ARRAY_AGG') throw notSupported('IGNORE NULLS', node.span);
  const system = context.bind.catalog.findFunction(names, 'system');
  if (isAggregate(system)) return bindAggregate(node, context, bindInner, written, system);
  if (system !== undefined)
    return bindUserCall(node, system, positional(node, context, bindInner, system.argumentNames), written);
  if (names.length === 1) {
    if (aggregateBySpelling(upper) !== undefined) return bindAggregate(node, context, bindInner, upper);
    if (upper === 'CURRENT_DATABASE') return nameLiteral(context.bind.catalog.currentDatabase, node.span);
    const scalar = scalarBySpelling(upper) ?? (upper === 'POSITION' ? scalarByName('position') : undefined);
    if (scalar !== undefined) {
      refuseAggregateSyntax(node, written);
      return builtin(scalar.name, positional(node, context, bindInner, undefined), node.span, upper);
    }
    if (groupingFunctions.has(upper)) {
      if (context.grouping === undefined)
        throw new TidemillError('wrong-argument', `${upper} needs GROUP BY`, { span: node.span });
      const inner = { ...context, aggregate: undefined, aliases: undefined };
      return context.grouping(upper, positional(node, inner, bindInner, undefined), node.span);
    }
    if (isGroupWindowFunction(upper)) {
      if (context.windowProperty !== undefined) return context.windowProperty(node, upper);
      throw new TidemillError('wrong-window', `${upper} stands in GROUP BY, or beside one`, {
        span: node.span,
        hint: 'write FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL …) GROUP BY window_start, window_end',
      });
    }
  }
  const user = context.bind.catalog.findFunction(names, 'catalog');
  if (isAggregate(user)) return bindAggregate(node, context, bindInner, written, user);
  if (user !== undefined) return bindUserCall(node, user, positional(node, context, bindInner, user.argumentNames), written);
  const other = names.length === 1 ? foreignFunctions.get(upper) : undefined;
  const foreign = other === undefined ? undefined : `Flink SQL has ${other}`;
  if (names.length === 1 && isFlinkFunction(upper)) throw notSupported(`the function ${upper}`, node.span);
  const known = [...allSpellings(), ...context.bind.catalog.listFunctions().map(descriptor => descriptor.name)];
  throw new TidemillError('unknown-function', `there is no function '${written}'`, {
    span: { start: node.name[0]!.span.start, end: node.name[node.name.length - 1]!.span.end },
    hint:
      foreign ?? didYouMean(written, known) ?? didYouMean(upper, known) ?? 'SHOW FUNCTIONS lists them; CREATE FUNCTION adds one',
  });
}

function refuseAggregateSyntax(node: ast.Call, written: string): void {
  if (node.distinct || node.star || node.filter !== undefined)
    throw new TidemillError('wrong-argument', `${written} is not an aggregate: DISTINCT, * and FILTER do not go with it`, {
      span: node.span,
    });
}

/** Arguments in their order; named ones only where names are known. */
function positional(
  node: ast.Call,
  context: ExpressionContext,
  bindInner: BindInner,
  argumentNames: readonly string[] | undefined,
): Expression[] {
  const placed: Expression[] = [];
  for (const [index, argument] of node.arguments.entries()) {
    if (argument.kind === 'default') throw notSupported('DEFAULT as an argument', argument.span);
    if (argument.kind !== 'named-argument') {
      placed[index] = bindInner(argument, context);
      continue;
    }
    const at = argumentNames?.indexOf(argument.name.name) ?? -1;
    if (at < 0)
      throw new TidemillError('wrong-argument', `there is no argument named '${argument.name.name}'`, {
        span: argument.name.span,
        hint: didYouMean(argument.name.name, argumentNames ?? []),
      });
    const value = argument.value;
    if (
      value.kind === 'descriptor' ||
      value.kind === 'table-argument' ||
      value.kind === 'named-argument' ||
      value.kind === 'default'
    )
      throw new TidemillError('wrong-argument', 'a table can only be given to a table function', { span: value.span });
    placed[at] = bindInner(value, context);
  }
  return placed;
}

function bindUserCall(node: ast.Call, descriptor: FunctionDescriptor, args: readonly Expression[], written: string): Expression {
  if (descriptor.tabular !== undefined)
    throw new TidemillError('wrong-argument', `${written} makes rows, and stands in FROM`, {
      span: node.span,
      hint:
        descriptor.tabular.kind === 'table'
          ? `write FROM t, LATERAL TABLE(${written}(…))`
          : `write FROM ${written}(TABLE t PARTITION BY k)`,
    });
  refuseAggregateSyntax(node, written);
  const expected = descriptor.argumentTypes;
  if (args.length !== expected.length)
    throw new TidemillError('wrong-argument', `${written} takes ${counted(expected.length)}, not ${args.length}`, {
      span: node.span,
    });
  return boundUserCall(descriptor, args, written, node.span);
}

const counted = (count: number): string => (count === 1 ? '1 argument' : `${count} arguments`);

function bindAggregate(
  node: ast.Call,
  context: ExpressionContext,
  bindInner: BindInner,
  upper: string,
  user?: AggregateDescriptor,
): Expression {
  if (context.aggregate === undefined)
    throw new TidemillError('aggregate-not-allowed', `${upper} is an aggregate and cannot stand in ${context.clause}`, {
      span: node.span,
      hint: context.clause === 'WHERE' ? 'conditions on aggregates go into HAVING' : undefined,
    });
  const inner: ExpressionContext = { ...context, aggregate: undefined, aliases: undefined, clause: `the arguments of ${upper}` };
  const args = positional(node, inner, bindInner, user?.argumentNames);
  if (user !== undefined) {
    const filter = node.filter && requireBoolean(bindInner(node.filter, { ...inner, clause: 'FILTER' }), 'FILTER');
    return context.aggregate({ ...userAggregateCall(user, node, args, upper), ...(filter && { filter }) });
  }
  if (node.star && upper !== 'COUNT')
    throw new TidemillError('wrong-argument', `only COUNT takes *, not ${upper}`, { span: node.span });
  if (upper === 'COUNT' && !node.star && args.length === 0)
    throw new TidemillError('wrong-argument', 'COUNT takes * or a value', { span: node.span, hint: 'write COUNT(*)' });
  const written = node.filter && requireBoolean(bindInner(node.filter, { ...inner, clause: 'FILTER' }), 'FILTER');
  const filter = node.nullTreatment === 'IGNORE' ? presentAnd(args[0], written, node.span) : written;
  const resolved = resolveAggregate(upper, args, node.distinct, node.span);
  // a filter may leave a group without rows
  const nullable = filter !== undefined && resolved.name !== 'count' && resolved.name !== 'collect';
  const call = nullable ? { ...resolved, type: withNullable(resolved.type, true) } : resolved;
  return expandAggregate(aggregateBySpelling(upper), { ...call, ...(filter && { filter }) }, context.aggregate);
}

/** IGNORE NULLS is a filter. */
function presentAnd(argument: Expression | undefined, filter: Expression | undefined, span: Span): Expression | undefined {
  if (argument === undefined || !argument.type.nullable) return filter;
  const present = builtin('is-not-null', [argument], span);
  return filter === undefined ? present : builtin('and', [filter, present], span);
}

/** CURRENT_DATE and its like, written without parentheses. */
export function bindNiladic(node: ast.Niladic, context: ExpressionContext): Expression {
  const { catalog } = context.bind;
  switch (node.name) {
    case 'CURRENT_CATALOG':
      return nameLiteral(catalog.currentCatalog, node.span);
    case 'CURRENT_SCHEMA':
      return nameLiteral(catalog.currentDatabase, node.span);
    case 'CURRENT_USER':
    case 'SESSION_USER':
    case 'SYSTEM_USER':
    case 'USER':
      throw notSupported(node.name, node.span);
    default: {
      const scalar = scalarBySpelling(node.name);
      if (scalar === undefined) throw notSupported(node.name, node.span);
      return builtin(scalar.name, [], node.span, node.name);
    }
  }
}

function nameLiteral(name: string, span: Span): Expression {
  const type: SqlType = types.string(false);
  return coerce(literal(name, type, span), type);
}
