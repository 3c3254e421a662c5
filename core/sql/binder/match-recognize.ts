import { isProctime, isRowtime, isTimestamp, type Schema, withNullable, withoutTimeAttribute } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import {
  type AggregateCall,
  column,
  type Expression,
  type SortKey,
  transformExpression,
  visitExpression,
} from '../../plan/expressions.ts';
import { type LogicalNode, type MatchRecognize, matchRecognize } from '../../plan/nodes.ts';
import { type MatchSkip, type MatchTerm, matchTermName, type Pattern, patternVariables } from '../../plan/patterns.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import { builtin } from './builtins.ts';
import { requireBoolean } from './coercion.ts';
import type { ExpressionContext, QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { emptyScope, type Scope, scopeOf } from './scope.ts';

/** `t MATCH_RECOGNIZE (…)` over a bound table. Source: Flink docs, "Pattern Recognition". */
export function bindMatchRecognize(
  node: ast.MatchRecognize,
  input: LogicalNode,
  scope: Scope,
  context: QueryContext,
): LogicalNode {
  if (node.allRows) throw notSupported('ALL ROWS PER MATCH', node.span, 'ONE ROW PER MATCH is there');
  if (node.subsets.length > 0) throw notSupported('SUBSET', node.subsets[0]!.span);
  const pattern = patternOf(node.pattern);
  if (mayBeEmpty(pattern))
    throw new TidemillError('wrong-pattern', 'the pattern also matches no rows at all', {
      span: node.pattern.span,
      hint: 'let one of its variables stand at least once',
    });
  const plain: ExpressionContext = { bind: context.bind, scope, clause: 'MATCH_RECOGNIZE' };
  const partitionBy = node.partitionBy.map(key => {
    const bound = bindExpression(key, { ...plain, clause: 'PARTITION BY' });
    if (bound.kind === 'column') return bound.index;
    throw new TidemillError('wrong-argument', 'PARTITION BY of MATCH_RECOGNIZE takes columns', { span: key.span });
  });
  const orderBy = bindOrder(node, { ...plain, clause: 'ORDER BY' });
  const binder = new MatchBinder(schemaOf(input), patternVariables(pattern), orderBy[0]!, plain);
  const conditions: Record<string, Expression> = {};
  for (const { variable, condition } of node.define) {
    binder.variableOf(variable.name, variable.span);
    conditions[variable.name] = requireBoolean(binder.bind(condition, variable.name), 'DEFINE');
  }
  const measures = node.measures.map(measure => binder.bind(measure.expression, undefined));
  const parts: Omit<MatchRecognize, 'kind'> = {
    input,
    partitionBy,
    orderBy,
    pattern,
    terms: binder.terms,
    conditions,
    measures,
    names: node.measures.map(measure => measure.alias.name),
    skip: skipOf(node.skip, binder),
    ...(node.within && { withinMs: withinOf(node.within, plain) }),
    span: node.span,
  };
  return matchRecognize(parts);
}

function bindOrder(node: ast.MatchRecognize, context: ExpressionContext): SortKey[] {
  const keys = node.orderBy.map((item): SortKey => {
    const nullsFirst = item.nulls === undefined ? !item.descending : item.nulls === 'FIRST';
    return { expression: bindExpression(item.expression, context), descending: item.descending, nullsFirst };
  });
  const [first] = keys;
  const type = first?.expression.type;
  if (type === undefined || first!.descending || !(isRowtime(type) || isProctime(type)))
    throw new TidemillError('no-time-attribute', 'MATCH_RECOGNIZE goes through its rows in order of time', {
      span: node.orderBy[0]?.span ?? node.span,
      hint: 'write ORDER BY a time attribute, ascending, first',
    });
  const computed = keys.find(key => key.expression.kind !== 'column');
  if (computed !== undefined) throw notSupported('ORDER BY an expression in MATCH_RECOGNIZE', computed.expression.span);
  return keys;
}

function patternOf(node: ast.RowPattern): Pattern {
  switch (node.kind) {
    case 'pattern-variable':
      return { kind: 'variable', name: node.name.name };
    case 'pattern-sequence':
      return { kind: 'sequence', parts: node.parts.map(patternOf) };
    case 'pattern-alternation':
      return { kind: 'alternation', parts: node.parts.map(patternOf) };
    case 'pattern-repeat':
      return { kind: 'repeat', pattern: patternOf(node.pattern), min: node.min, max: node.max, greedy: !node.reluctant };
  }
}

function mayBeEmpty(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'variable':
      return false;
    case 'sequence':
      return pattern.parts.every(mayBeEmpty);
    case 'alternation':
      return pattern.parts.some(mayBeEmpty);
    case 'repeat':
      return pattern.min === 0 || mayBeEmpty(pattern.pattern);
  }
}

function skipOf(skip: ast.MatchSkip | undefined, binder: MatchBinder): MatchSkip {
  // Flink's default, unlike the standard's
  if (skip === undefined || skip.to === 'TO NEXT ROW') return { kind: 'to-next-row' };
  if (skip.to === 'PAST LAST ROW') return { kind: 'past-last-row' };
  const variable = binder.variableOf(skip.variable!.name, skip.variable!.span);
  return { kind: skip.to === 'TO FIRST' ? 'to-first' : 'to-last', variable };
}

function withinOf(node: ast.Expression, context: ExpressionContext): number {
  const bound = bindExpression(node, { ...context, scope: emptyScope, clause: 'WITHIN' });
  if (bound.kind === 'literal' && bound.type.kind === 'INTERVAL_DAY_TIME' && Number(bound.value) > 0) return Number(bound.value);
  throw new TidemillError('wrong-argument', 'WITHIN takes an interval of days, hours, minutes or seconds', {
    span: node.span,
    hint: "write WITHIN INTERVAL '1' HOUR",
  });
}

/** Binds conditions and measures: columns of pattern variables, FIRST, LAST and aggregates become terms. */
class MatchBinder {
  readonly terms: MatchTerm[] = [];
  readonly #names: string[] = [];
  readonly #fields: Schema;
  readonly #variables: readonly string[];
  readonly #order: SortKey;
  readonly #context: ExpressionContext;

  constructor(fields: Schema, variables: readonly string[], order: SortKey, context: ExpressionContext) {
    this.#fields = fields;
    this.#variables = variables;
    this.#order = order;
    this.#context = context;
  }

  variableOf(name: string, span: Span): string {
    if (this.#variables.includes(name)) return name;
    throw new TidemillError('unknown-column', `the pattern has no variable '${name}'`, {
      span,
      hint: didYouMean(name, this.#variables) ?? `it has ${this.#variables.join(', ')}`,
    });
  }

  /** `variable`: whose condition this is; undefined for a measure. The result is over the input's columns, then the terms. */
  bind(node: ast.Expression, variable: string | undefined): Expression {
    const clause = variable === undefined ? 'MEASURES' : 'DEFINE';
    const bound = bindExpression(this.#renamed(node), {
      bind: this.#context.bind,
      scope: scopeOf(this.#wideSchema()),
      clause,
      aggregate: call => this.#aggregate(call),
      matchCall: (call, upper, bindInner) => this.#call(call, upper, inner => bindInner(this.#renamed(inner))),
    });
    const width = this.#fields.length;
    return transformExpression(bound, inner => {
      if (inner.kind !== 'column' || inner.index >= termBase) return this.#placed(inner);
      const of = this.#ofVariable(inner.index);
      const own = variable !== undefined && (of === undefined || of === variable);
      const field = this.#fields[inner.index % width]!;
      const plain = column(inner.index % width, field, inner.span);
      const last: MatchTerm = { kind: 'navigation', from: 'last', variable: of, offset: 0, expression: plain };
      return own ? plain : this.#placed(this.#term(last));
    });
  }

  #placed(expression: Expression): Expression {
    if (expression.kind !== 'column') return expression;
    const index = expression.index - termBase + this.#fields.length;
    return { ...expression, index };
  }

  /** `A.price` becomes one name, because variables are no tables of their own. */
  #renamed(node: ast.Expression): ast.Expression {
    const visit = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(visit);
      const inner = value as ast.Expression;
      if (inner.kind === 'column' && inner.parts.length > 1 && this.#variables.includes(inner.parts[0]!.name)) {
        const [variable, name, ...rest] = inner.parts;
        const joined = { ...name!, name: qualified(variable!.name, name!.name) };
        return { ...inner, parts: [joined, ...rest] };
      }
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, key === 'span' ? part : visit(part)]));
    };
    return visit(node) as ast.Expression;
  }

  /** The input's columns, then those of each variable. */
  #wideSchema(): Schema {
    const ofVariables = this.#variables.flatMap(variable =>
      this.#fields.map(field => ({
        name: qualified(variable, field.name),
        type: withNullable(withoutTimeAttribute(field.type), true),
      })),
    );
    return [...this.#fields.map(field => ({ name: field.name, type: withoutTimeAttribute(field.type) })), ...ofVariables];
  }

  #ofVariable(index: number): string | undefined {
    const place = Math.floor(index / this.#fields.length);
    return place === 0 ? undefined : this.#variables[place - 1];
  }

  #call(node: ast.Call, upper: string, bindInner: (node: ast.Expression) => Expression): Expression | undefined {
    switch (upper) {
      case 'FIRST':
      case 'LAST': {
        const [value, offset] = node.arguments;
        if (value === undefined || value.kind === 'default' || value.kind === 'named-argument' || node.arguments.length > 2)
          throw new TidemillError('wrong-argument', `${upper} takes a column of a pattern variable, and an offset`, {
            span: node.span,
          });
        if (offset !== undefined && !(offset.kind === 'number' && offset.form === 'integer'))
          throw new TidemillError('wrong-argument', `${upper} takes an offset that is a whole number and written out`, {
            span: offset.span,
          });
        const bound = bindInner(value);
        const { variable, expression } = this.#overOne([bound], node.span);
        const from = upper === 'FIRST' ? 'first' : 'last';
        return this.#term({ kind: 'navigation', from, variable, offset: Number(offset?.text ?? 0), expression: expression[0]! });
      }
      case 'MATCH_ROWTIME': {
        const expression = this.#order.expression;
        const { type } = expression;
        if (!isTimestamp(type) || !isRowtime(type))
          throw new TidemillError('no-time-attribute', 'MATCH_ROWTIME needs an order by event time', { span: node.span });
        return this.#term({ kind: 'navigation', from: 'last', offset: 0, expression }, true);
      }
      case 'MATCH_PROCTIME':
        return builtin('proctime', [], node.span, upper);
      case 'PREV':
      case 'NEXT':
      case 'CLASSIFIER':
      case 'MATCH_NUMBER':
        throw notSupported(upper, node.span, 'LAST(A.column, 1) is the row of A before the current one');
      default:
        return undefined;
    }
  }

  #aggregate(call: AggregateCall): Expression {
    const { variable, expression } = this.#overOne([...call.arguments, ...(call.filter ? [call.filter] : [])], call.span);
    const args = expression.slice(0, call.arguments.length);
    const type = call.name === 'count' ? call.type : withNullable(call.type, true);
    const over = { ...call, type, arguments: args, ...(call.filter && { filter: expression[args.length]! }) };
    return this.#term({ kind: 'aggregate', variable, call: over });
  }

  /** Expressions over the columns of one variable as expressions over the input. */
  #overOne(
    expressions: readonly Expression[],
    span: Span | undefined,
  ): { readonly variable: string | undefined; readonly expression: readonly Expression[] } {
    const found = new Set<string | undefined>();
    for (const expression of expressions)
      visitExpression(expression, inner => {
        if (inner.kind !== 'column') return;
        if (inner.index >= termBase)
          throw new TidemillError('wrong-argument', 'FIRST, LAST and aggregates cannot be nested', { span });
        found.add(this.#ofVariable(inner.index));
      });
    if (found.size > 1) throw new TidemillError('wrong-argument', 'one call takes columns of one pattern variable', { span });
    const width = this.#fields.length;
    const expression = expressions.map(one =>
      transformExpression(one, inner => {
        if (inner.kind !== 'column') return inner;
        return column(inner.index % width, { name: this.#fields[inner.index % width]!.name, type: inner.type }, inner.span);
      }),
    );
    return { variable: [...found][0], expression };
  }

  #term(term: MatchTerm, keepsTime = false): Expression {
    const name = matchTermName(term);
    let index = this.#names.indexOf(name);
    if (index < 0) {
      index = this.#names.push(name) - 1;
      this.terms.push(term);
    }
    const type = term.kind === 'aggregate' ? term.call.type : term.expression.type;
    const shown = keepsTime
      ? withNullable(type, false)
      : term.kind === 'aggregate'
        ? type
        : withNullable(withoutTimeAttribute(type), true);
    const span = term.kind === 'aggregate' ? term.call.span : term.expression.span;
    return column(termBase + index, { name, type: shown }, span);
  }
}

const termBase = 1 << 24;
const qualified = (variable: string, name: string): string => `${variable}.${name}`;
