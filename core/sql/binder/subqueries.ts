import { types, withNullable, withoutTimeAttribute } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import {
  call,
  caseOf,
  column,
  type Expression,
  falseLiteral,
  literal,
  referencedColumns,
  substituteColumns,
  trueLiteral,
  visitExpression,
} from '../../plan/expressions.ts';
import { aggregate, filter, type JoinKind, join, type LogicalNode, project } from '../../plan/nodes.ts';
import { expressionToString } from '../../plan/print-expression.ts';
import { uniqueKeysOf } from '../../plan/properties.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import { builtin } from './builtins.ts';
import { conjunctionOf, conjunctsOf } from './conditions.ts';
import type { ExpressionContext, QueryContext, SubqueryNode } from './context.ts';
import { dependentJoin, overNothing, replaced } from './dependent-join.ts';
import { bindExpression } from './expressions.ts';
import { arrange, pullConditions, pullFromAggregate } from './pull-conditions.ts';
import { resolveColumn, type Scope } from './scope.ts';
import { isCorrelated, outerColumn, standInFrom } from './stand-ins.ts';

/** A sub-query that has been bound and waits to be joined to the rows it is asked for. */
interface Pending {
  readonly form: 'scalar' | 'exists' | 'any';
  readonly plan: LogicalNode;
  /** Values of the query around that the plan's stand-ins mean, over its scope. */
  readonly outer: readonly Expression[];
  /** Of `any`: what is compared, over the scope, and how. */
  readonly operands: readonly Expression[];
  readonly compare: (operands: readonly Expression[], columns: readonly Expression[]) => Expression;
  readonly span: Span;
}

type Comparison = ast.Quantified['operator'];
const comparisons: Readonly<Record<Comparison, string>> = {
  '=': 'equals',
  '<>': 'not-equals',
  '<': 'less-than',
  '<=': 'less-or-equal',
  '>': 'greater-than',
  '>=': 'greater-or-equal',
};

/** What the rows of a clause's input are joined to so that its expressions can be computed. */
export interface Applied {
  readonly node: LogicalNode;
  /** An expression without stand-ins, over the node. */
  readonly place: (expression: Expression) => Expression;
}

/**
 * Sub-queries of one clause. `bind` gives a stand-in for each; once the clause's input is known, they become joins of it, correlated ones without
 * correlation: EXISTS, IN, ANY and ALL in conditions semi and anti joins, elsewhere marks; scalar ones left joins.
 * Errors: wrong-column-count, not-supported for what cannot be freed from the query around.
 */
export class Subqueries {
  readonly #query: QueryContext;
  readonly #pending: Pending[] = [];

  constructor(query: QueryContext) {
    this.#query = query;
  }

  readonly bind = (node: SubqueryNode, context: ExpressionContext): Expression => {
    const outer: Expression[] = [];
    const plan = this.#query.bindQuery(node.query, { ...this.#query, outer: outerNames(context.scope, outer) });
    const fields = schemaOf(plan);
    const common = { plan, outer, span: node.span };
    const bindOperand = (inner: ast.Expression): Expression => bindExpression(inner, context);
    switch (node.kind) {
      case 'subquery': {
        if (fields.length !== 1) throw wrongWidth(node.span, 1, fields.length);
        const type = withNullable(withoutTimeAttribute(fields[0]!.type), true);
        return this.#add({ ...common, form: 'scalar', operands: [], compare: () => trueLiteral }, type, fields[0]!.name);
      }
      case 'exists':
        return this.#add({ ...common, form: 'exists', operands: [], compare: () => trueLiteral }, types.boolean(false), 'EXISTS');
      case 'in-query': {
        const operands = node.operand.kind === 'row' ? node.operand.elements.map(bindOperand) : [bindOperand(node.operand)];
        const found = this.#any(common, operands, '=', false, node.span);
        return node.negated ? builtin('not', [found], node.span) : found;
      }
      case 'quantified': {
        const operands = node.operand.kind === 'row' ? node.operand.elements.map(bindOperand) : [bindOperand(node.operand)];
        const all = node.quantifier === 'ALL';
        const found = this.#any(common, operands, node.operator, all, node.span);
        return all ? builtin('not', [found], node.span) : found;
      }
    }
  };

  /** Rows of `input` for which a condition is TRUE. */
  where(input: LogicalNode, condition: Expression, lift: Lift = same): LogicalNode {
    const conditions = conjunctsOf(condition);
    const plain = conjunctionOf(conditions.filter(part => this.#used(part).length === 0));
    let node = plain === undefined ? input : filter(input, plain);
    const rest: Expression[] = [];
    for (const part of conditions) {
      const used = this.#used(part);
      if (used.length === 0) continue;
      const negated = part.kind === 'call' && part.name === 'not';
      const tested = negated ? part.arguments[0]! : part;
      const pending = tested.kind === 'column' ? this.#pending[tested.index - standInFrom.subquery] : undefined;
      if (pending === undefined || pending.form === 'scalar') rest.push(part);
      else node = (negated ? antiJoined : semiJoined)(node, lifted(pending, lift));
    }
    for (const part of rest) {
      const applied = this.apply(node, [part], lift);
      node = filter(applied.node, applied.place(part));
    }
    return node;
  }

  /** Joins all sub-queries of the clause to its input. */
  applyAll(input: LogicalNode, lift: Lift = same): Applied {
    return this.apply(
      input,
      this.#pending.map((_, index) => standIn(index)),
      lift,
    );
  }

  /** Joins those that `expressions` use. `lift`: an expression over the scope as one over `input`. */
  apply(input: LogicalNode, expressions: readonly Expression[], lift: Lift = same): Applied {
    let node = input;
    const places = new Map<number, Expression>();
    for (const index of new Set(expressions.flatMap(expression => this.#used(expression)))) {
      const pending = lifted(this.#pending[index]!, lift);
      const joined = pending.form === 'scalar' ? scalarJoined(node, pending) : markJoined(node, pending);
      node = joined.node;
      places.set(index, joined.value);
    }
    const place = (expression: Expression): Expression =>
      substituteColumns(expression, reference => places.get(reference.index - standInFrom.subquery) ?? reference);
    return { node, place };
  }

  /** A join whose condition may hold sub-queries: of a full join each must concern one side only. */
  join(kind: JoinKind, left: LogicalNode, right: LogicalNode, condition: Expression | undefined, span: Span): LogicalNode {
    if (condition === undefined || this.#used(condition).length === 0) return join(kind, left, right, condition, span);
    if (kind === 'inner') {
      const parts = conjunctsOf(condition);
      const plain = conjunctionOf(parts.filter(part => this.#used(part).length === 0));
      const rest = conjunctionOf(parts.filter(part => this.#used(part).length > 0))!;
      return this.where(join('inner', left, right, plain, span), rest);
    }
    const [width, rightWidth] = [schemaOf(left).length, schemaOf(right).length];
    const ofLeft = (pending: Pending): boolean =>
      [...referencedColumns([...pending.outer, ...pending.operands])].every(index => index < width);
    const used = this.#used(condition).map(index => ({ index, pending: this.#pending[index]! }));
    const stands = (some: typeof used): Expression[] => some.map(({ index }) => standIn(index));
    const leftUses = used.filter(({ pending }) => ofLeft(pending));
    const rightUses = used.filter(use => !leftUses.includes(use));
    const asksOfBoth = rightUses.some(({ pending }) =>
      [...referencedColumns([...pending.outer, ...pending.operands])].some(index => index < width),
    );
    if (asksOfBoth && kind === 'full')
      throw notSupported(
        'a sub-query over both sides in the condition of a full join',
        span,
        'put it into a sub-select of one side',
      );
    if (asksOfBoth) return this.#outerJoin(kind, left, right, condition, span);
    const toRight = (expression: Expression): Expression =>
      substituteColumns(expression, reference =>
        reference.index >= standInFrom.subquery ? reference : { ...reference, index: reference.index - width },
      );
    const appliedLeft = this.apply(left, stands(leftUses));
    const appliedRight = this.apply(right, stands(rightUses), toRight);
    const nextWidth = schemaOf(appliedLeft.node).length;
    const shifted = (expression: Expression, by: number): Expression =>
      substituteColumns(expression, reference => ({ ...reference, index: reference.index + by }));
    const own = substituteColumns(condition, reference => {
      const index = reference.index - standInFrom.subquery;
      if (leftUses.some(use => use.index === index)) return appliedLeft.place(reference);
      if (rightUses.some(use => use.index === index)) return shifted(appliedRight.place(reference), nextWidth);
      return reference.index < width ? reference : { ...reference, index: reference.index - width + nextWidth };
    });
    const joined = join(kind, appliedLeft.node, appliedRight.node, own, span);
    const fields = schemaOf(joined);
    const kept = [...fields.keys()].filter(index => index < width || (index >= nextWidth && index < nextWidth + rightWidth));
    return project(
      joined,
      kept.map(index => column(index, fields[index]!)),
      kept.map(index => fields[index]!.name),
    );
  }

  /**
   * An outer join whose sub-queries ask of both sides: all pairs are found by an inner join, with each different combination of the values of the side that
   * keeps its rows, and joined to that side by these values.
   */
  #outerJoin(kind: JoinKind, left: LogicalNode, right: LogicalNode, condition: Expression, span: Span): LogicalNode {
    const [width, rightWidth] = [schemaOf(left).length, schemaOf(right).length];
    const keepsLeft = kind === 'left';
    const from = keepsLeft ? 0 : width;
    const side = keepsLeft ? left : right;
    const sideFields = schemaOf(side);
    const pending = this.#used(condition).map(index => this.#pending[index]!);
    const asked = referencedColumns([condition, ...pending.flatMap(each => [...each.outer, ...each.operands])]);
    const values = sideFields.map((_, index) => index).filter(index => asked.has(from + index));
    const domain = domainOf(
      side,
      values.map(index => column(index, sideFields[index]!)),
      span,
    );
    const pairs = keepsLeft ? join('inner', domain, right) : join('inner', left, domain);
    const place = (index: number): number => {
      if (keepsLeft) return index < width ? values.indexOf(index) : index - width + values.length;
      return index < width ? index : width + values.indexOf(index - width);
    };
    const lift: Lift = expression =>
      substituteColumns(expression, reference =>
        reference.index >= standInFrom.subquery ? reference : { ...reference, index: place(reference.index) },
      );
    const found = this.where(pairs, lift(condition), lift);
    const foundWidth = schemaOf(pairs).length;
    const kept = arrange(
      found,
      Array.from({ length: foundWidth }, (_, index) => index),
    );
    const fields = schemaOf(kept);
    const same = values.map((value, index) => {
      const mine = column(keepsLeft ? value : foundWidth + value, sideFields[value]!);
      const at = keepsLeft ? index : width + index;
      const theirs = column(keepsLeft ? width + at : at, fields[at]!);
      return call('is-not-distinct-from', [mine, theirs], types.boolean(false), span);
    });
    const joined = keepsLeft
      ? join('left', left, kept, conjunctionOf(same), span)
      : join('right', kept, right, conjunctionOf(same), span);
    const range = (start: number, count: number): number[] => Array.from({ length: count }, (_, index) => start + index);
    return arrange(
      joined,
      keepsLeft
        ? [...range(0, width), ...range(width + values.length, rightWidth)]
        : [...range(0, width), ...range(foundWidth, rightWidth)],
    );
  }

  /** `negated`: rows for which the comparison does not hold are looked for, as ALL needs it. */
  #any(
    common: Pick<Pending, 'plan' | 'outer' | 'span'>,
    operands: readonly Expression[],
    operator: Comparison,
    negated: boolean,
    span: Span,
  ): Expression {
    const fields = schemaOf(common.plan);
    if (fields.length !== operands.length) throw wrongWidth(span, operands.length, fields.length);
    const compare: Pending['compare'] = (left, right) => {
      const parts = left.map((operand, index) => builtin(comparisons[operator], [operand, right[index]!], span, operator));
      const all = parts.reduce((first, second) => builtin(operator === '<>' ? 'or' : 'and', [first, second], span, operator));
      return negated ? builtin('not', [all], span) : all;
    };
    // bound once so that types that cannot be compared are refused here
    const tried = compare(
      operands,
      fields.map((field, index) => column(index, field)),
    );
    return this.#add({ ...common, form: 'any', operands, compare }, tried.type, 'IN');
  }

  #add(pending: Pending, type: Expression['type'], name: string): Expression {
    const index = this.#pending.push(pending) - 1;
    return column(standInFrom.subquery + index, { name, type }, pending.span);
  }

  #used(expression: Expression): number[] {
    const found: number[] = [];
    visitExpression(expression, inner => {
      if (inner.kind !== 'column' || inner.index < standInFrom.subquery || inner.index >= standInFrom.outer) return;
      found.push(inner.index - standInFrom.subquery);
    });
    return found;
  }
}

type Lift = (expression: Expression) => Expression;
const same: Lift = expression => expression;
const standIn = (index: number): Expression => column(standInFrom.subquery + index, { name: '', type: types.boolean() });

const wrongWidth = (span: Span, wanted: number, found: number): TidemillError =>
  new TidemillError(
    'wrong-column-count',
    `the sub-query gives ${found} ${found === 1 ? 'column' : 'columns'} where ${wanted} ${wanted === 1 ? 'is' : 'are'} needed`,
    { span },
  );

/** Names of a scope for the queries inside it: each different value used is noted and stood for. */
export function outerNames(scope: Scope, outer: Expression[]): NonNullable<Scope['outer']> {
  return (parts, span) => {
    let found: Expression;
    try {
      found = resolveColumn(scope, parts, span);
    } catch (error) {
      if (error instanceof TidemillError && (error.code === 'unknown-column' || error.code === 'unknown-table')) return undefined;
      throw error;
    }
    const text = expressionToString(found, { positions: true });
    let index = outer.findIndex(known => expressionToString(known, { positions: true }) === text);
    if (index < 0) index = outer.push(found) - 1;
    return { ...outerColumn(index, parts.at(-1)!.name, withoutTimeAttribute(found.type)), span };
  };
}

function lifted(pending: Pending, lift: (expression: Expression) => Expression): Pending {
  return { ...pending, outer: pending.outer.map(lift), operands: pending.operands.map(lift) };
}

/** The sub-query without outer values, and what must hold between the rows of `node` and its rows (behind them). `emptyGroups`: as in pullConditions. */
export function freed(
  node: LogicalNode,
  pending: Pick<Pending, 'plan' | 'outer' | 'span'>,
  emptyGroups = true,
): { readonly plan: LogicalNode; readonly conditions: readonly Expression[] } {
  const { plan, outer, span } = pending;
  const width = schemaOf(node).length;
  const pulled = pullConditions(plan, emptyGroups);
  const behind = (conditions: readonly Expression[]): Expression[] =>
    conditions.map(condition =>
      replaced(
        condition,
        index => outer[index]!,
        index => index + width,
      ),
    );
  if (pulled !== undefined) return { plan: pulled.node, conditions: behind(pulled.conditions) };
  const domain = domainOf(node, outer, span);
  const dependent = dependentJoin(plan, domain, span);
  const at = width + schemaOf(dependent).length - outer.length;
  const fields = schemaOf(domain);
  return {
    plan: dependent,
    conditions: outer.map((value, index) =>
      call('is-not-distinct-from', [value, column(at + index, fields[index]!)], types.boolean(false), span),
    ),
  };
}

/** Each combination of the outer values that rows of `node` have, once. */
function domainOf(node: LogicalNode, outer: readonly Expression[], span: Span): LogicalNode {
  const names = outer.map((_, index) => `outer${index}`);
  const values = project(node, outer, names);
  const keys = schemaOf(values).map((field, index) => column(index, { ...field, type: withoutTimeAttribute(field.type) }));
  return aggregate(values, keys, [], names, span);
}

const columnsBehind = (node: LogicalNode, plan: LogicalNode, count: number): Expression[] => {
  const width = schemaOf(node).length;
  return schemaOf(plan)
    .slice(0, count)
    .map((field, index) => column(width + index, field));
};

function semiJoined(node: LogicalNode, pending: Pending): LogicalNode {
  const { plan, conditions } = freed(node, pending);
  const match = pending.form === 'any' ? [matchOf(node, plan, pending)] : [];
  return join('semi', node, plan, conjunctionOf([...match, ...conditions]), pending.span);
}

const matchOf = (node: LogicalNode, plan: LogicalNode, { operands, compare }: Pending): Expression =>
  compare(operands, columnsBehind(node, plan, operands.length));

/** Conditions under which the comparison with some row is neither TRUE nor FALSE; each with the rows it is asked of. */
function unknowns(
  node: LogicalNode,
  plan: LogicalNode,
  pending: Pending,
): { readonly plan: LogicalNode; readonly condition?: Expression | undefined }[] {
  const { operands, span } = pending;
  const match = matchOf(node, plan, pending);
  if (!match.type.nullable) return [];
  if (operands.length > 1) return [{ plan, condition: builtin('is-null', [match], span) }];
  const operand = operands[0]!;
  const field = schemaOf(plan)[0]!;
  return [
    ...(operand.type.nullable ? [{ plan, condition: builtin('is-null', [operand], span) }] : []),
    ...(field.type.nullable ? [{ plan: filter(plan, builtin('is-null', [column(0, field)], span)) }] : []),
  ];
}

/** NOT IN and its like: rows for which no comparison holds, nor is unknown. */
function antiJoined(node: LogicalNode, pending: Pending): LogicalNode {
  const { plan, conditions } = freed(node, pending);
  if (pending.form === 'exists') return join('anti', node, plan, conjunctionOf(conditions), pending.span);
  let next: LogicalNode = join('anti', node, plan, conjunctionOf([matchOf(node, plan, pending), ...conditions]), pending.span);
  for (const unknown of unknowns(node, plan, pending))
    next = join(
      'anti',
      next,
      unknown.plan,
      conjunctionOf([...(unknown.condition ? [unknown.condition] : []), ...conditions]),
      pending.span,
    );
  return next;
}

interface Joined {
  readonly node: LogicalNode;
  readonly value: Expression;
}

/** The truth of EXISTS, IN, ANY: TRUE, FALSE, or NULL when no comparison holds but one is unknown. */
function markJoined(node: LogicalNode, pending: Pending): Joined {
  const { plan, conditions } = freed(node, pending);
  const match = pending.form === 'any' ? [matchOf(node, plan, pending)] : [];
  const mark = (input: LogicalNode, right: LogicalNode, parts: readonly Expression[]): Joined => {
    // columns of the right stand behind those of the rows asked, which marks have been added to
    const by = schemaOf(input).length - schemaOf(node).length;
    const condition = conjunctionOf(parts);
    const width = schemaOf(node).length;
    const moved =
      condition &&
      substituteColumns(condition, reference =>
        reference.index < width || reference.index >= standInFrom.subquery
          ? reference
          : { ...reference, index: reference.index + by },
      );
    const marked = join('mark', input, right, moved, pending.span);
    const at = schemaOf(marked).length - 1;
    return { node: marked, value: column(at, schemaOf(marked)[at]!) };
  };
  const found = mark(node, plan, [...match, ...conditions]);
  const open = pending.form === 'any' ? unknowns(node, plan, pending) : [];
  if (open.length === 0) return found;
  let next = found.node;
  const branches = [{ when: found.value, result: trueLiteral as Expression }];
  for (const unknown of open) {
    const marked = mark(next, unknown.plan, [...(unknown.condition ? [unknown.condition] : []), ...conditions]);
    next = marked.node;
    branches.push({ when: marked.value, result: literal(null, types.boolean()) });
  }
  return { node: next, value: caseOf(branches, falseLiteral, types.boolean(), pending.span) };
}

/** The one value of a query, NULL when it has no row; more than one is an error of the run. */
function scalarJoined(node: LogicalNode, pending: Pending): Joined {
  const width = schemaOf(node).length;
  const plan = uniqueKeysOf(pending.plan).some(key => key.length === 0) ? pending.plan : singleValue(pending.plan, pending.span);
  const whole = { ...pending, plan };
  if (isCorrelated(plan)) {
    const grouped = groupedScalar(node, whole);
    if (grouped !== undefined) return grouped;
  }
  const { plan: right, conditions } = freed(node, whole);
  const joined = join('left', node, right, conjunctionOf(conditions), pending.span);
  return { node: joined, value: column(width, schemaOf(joined)[width]!) };
}

/** An aggregation over rows that are chosen by equality with outer values: grouped by them, and computed upon after the join. */
function groupedScalar(node: LogicalNode, pending: Pending): Joined | undefined {
  let plan = pending.plan;
  let value: Expression = column(0, schemaOf(plan)[0]!);
  while (plan.kind === 'project') {
    const { expressions } = plan;
    value = substituteColumns(value, reference =>
      reference.index >= standInFrom.outer ? reference : expressions[reference.index]!,
    );
    plan = plan.input;
  }
  if (plan.kind !== 'aggregate' || plan.keys.length > 0) return undefined;
  const pulled = pullFromAggregate(plan);
  if (pulled === undefined) return undefined;
  const width = schemaOf(node).length;
  const outerAt = (index: number): Expression => pending.outer[index]!;
  const conditions = pulled.conditions.map(condition => replaced(condition, outerAt, index => index + width));
  const joined = join('left', node, pulled.node, conjunctionOf(conditions), pending.span);
  const fields = schemaOf(joined);
  const { aggregates } = plan;
  const result = substituteColumns(value, reference => {
    if (reference.index >= standInFrom.outer) return outerAt(reference.index - standInFrom.outer);
    const at = width + reference.index;
    return overNothing(aggregates[reference.index]!, column(at, fields[at]!));
  });
  return { node: joined, value: result };
}

/** At most one row, or an error: what Flink's SINGLE_VALUE does. */
function singleValue(plan: LogicalNode, span: Span): LogicalNode {
  const field = schemaOf(plan)[0]!;
  const type = withNullable(withoutTimeAttribute(field.type), true);
  const calls = [
    { name: 'first-value', arguments: [column(0, field)], distinct: false, type, span },
    { name: 'count', arguments: [], distinct: false, type: types.bigint(false), span },
  ];
  const grouped = aggregate(plan, [], calls, [field.name, 'rows'], span);
  const fields = schemaOf(grouped);
  const value = builtin('single-value', [column(0, fields[0]!), column(1, fields[1]!)], span);
  return project(grouped, [value], [field.name]);
}
