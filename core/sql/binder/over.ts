import {
  isInteger,
  isNumeric,
  isTimestamp,
  types,
  typeToString,
  withNullable,
  withoutTimeAttribute,
} from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { evaluatedConstant } from '../../functions/index.ts';
import { column, type Expression, type Literal, literal, type SortKey, transformExpression } from '../../plan/expressions.ts';
import { type LogicalNode, over } from '../../plan/nodes.ts';
import { expressionToString, sortKeyToString } from '../../plan/print-expression.ts';
import { schemaOf } from '../../plan/schema.ts';
import { type Frame, type FrameBound, type OverCall, runningFrame, wholeFrame } from '../../plan/windows.ts';
import type * as ast from '../ast/query.ts';
import { aggregateBySpelling, resolveAggregate } from './builtins.ts';
import { coerce, commonTypeOf, requireBoolean } from './coercion.ts';
import type { ExpressionContext, OverScope, WindowedCall } from './context.ts';
import { emptyScope } from './scope.ts';
import { standInFrom } from './stand-ins.ts';
import { userAggregateCall, userAggregateNamed } from './user-aggregates.ts';

type BindInner = (node: ast.Expression, context: ExpressionContext) => Expression;

/** Columns from here on stand for functions with OVER until their nodes exist. */
export const overStandIn = 1 << 24;

/** The functions with OVER of one SELECT, each once. */
export class OverCalls implements OverScope {
  readonly #windows: ReadonlyMap<string, ast.NamedWindow>;
  readonly #calls: WindowedCall[] = [];
  readonly #texts: string[] = [];

  constructor(windows: readonly ast.NamedWindow[]) {
    this.#windows = new Map(windows.map(window => [window.name.name, window]));
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** `OVER w`, `OVER (w …)`: with what the named windows say filled in. */
  window(node: ast.WindowSpecification | ast.NamedWindow['name'], depth = 0): ast.WindowSpecification {
    if ('partitionBy' in node) {
      if (node.base === undefined) return node;
      const base = this.window(node.base, depth + 1);
      const refuse = (what: string): never => {
        throw new TidemillError('wrong-window', `the window '${node.base!.name}' has ${what} already`, { span: node.span });
      };
      if (node.partitionBy.length > 0 && base.partitionBy.length > 0) refuse('a PARTITION BY');
      if (node.orderBy.length > 0 && base.orderBy.length > 0) refuse('an ORDER BY');
      if (base.frame !== undefined) refuse('a frame');
      return {
        kind: 'window',
        partitionBy: node.partitionBy.length > 0 ? node.partitionBy : base.partitionBy,
        orderBy: node.orderBy.length > 0 ? node.orderBy : base.orderBy,
        ...(node.frame && { frame: node.frame }),
        span: node.span,
      };
    }
    const found = this.#windows.get(node.name);
    if (found === undefined || depth > this.#windows.size)
      throw new TidemillError('unknown-window', `there is no window '${node.name}'`, {
        span: node.span,
        hint: `declare it behind the query: WINDOW ${node.name} AS (PARTITION BY … ORDER BY …)`,
      });
    return this.window(found.window, depth + 1);
  }

  add(pending: WindowedCall): Expression {
    const { call } = pending;
    const show = (expression: Expression): string => expressionToString(expression, { positions: true });
    const text = JSON.stringify([
      call.name,
      call.arguments.map(show),
      call.distinct,
      call.filter && show(call.filter),
      frameText(call.frame),
      windowText(pending),
    ]);
    let index = this.#texts.indexOf(text);
    if (index < 0) {
      index = this.#texts.push(text) - 1;
      this.#calls.push(pending);
    }
    return column(overStandIn + index, { name: call.name.toUpperCase().replaceAll('-', '_'), type: call.type }, call.span);
  }

  /** The nodes that compute the calls above `input`, to which `lift` brings their expressions, and what puts their columns in the stand-ins' place. */
  apply(
    input: LogicalNode,
    lift: (expression: Expression) => Expression,
    span: Span,
  ): { readonly node: LogicalNode; readonly place: (expression: Expression) => Expression } {
    const lifted = this.#calls.map(pending => ({
      partitionBy: pending.partitionBy.map(lift),
      orderBy: pending.orderBy.map(key => ({ ...key, expression: lift(key.expression) })),
      call: {
        ...pending.call,
        arguments: pending.call.arguments.map(lift),
        ...(pending.call.filter && { filter: lift(pending.call.filter) }),
      },
    }));
    const groups = [...new Set(lifted.map(windowText))];
    const places = new Map<number, number>();
    let node = input;
    for (const group of groups) {
      const members = lifted.flatMap((pending, index) => (windowText(pending) === group ? [index] : []));
      const width = schemaOf(node).length;
      for (const [position, index] of members.entries()) places.set(index, width + position);
      const first = lifted[members[0]!]!;
      node = over(
        node,
        first.partitionBy,
        first.orderBy,
        members.map(index => lifted[index]!.call),
        members.map(index => `over${index}`),
        first.call.span ?? span,
      );
    }
    const fields = schemaOf(node);
    const place = (expression: Expression): Expression =>
      transformExpression(expression, inner => {
        if (inner.kind !== 'column' || inner.index < overStandIn || inner.index >= standInFrom.subquery) return inner;
        const index = places.get(inner.index - overStandIn)!;
        return column(index, fields[index]!, inner.span);
      });
    return { node, place };
  }
}

const windowText = ({ partitionBy, orderBy }: Pick<WindowedCall, 'partitionBy' | 'orderBy'>): string =>
  JSON.stringify([
    partitionBy.map(key => expressionToString(key, { positions: true })),
    orderBy.map(key => sortKeyToString(key, { positions: true })),
  ]);
const boundText = (bound: FrameBound): string => `${bound.kind}${'offset' in bound ? String(bound.offset.value) : ''}`;
const frameText = ({ unit, start, end }: Frame): string => `${unit} ${boundText(start)} ${boundText(end)}`;

const numbers: Readonly<Record<string, string>> = {
  ROW_NUMBER: 'row-number',
  RANK: 'rank',
  DENSE_RANK: 'dense-rank',
  PERCENT_RANK: 'percent-rank',
  CUME_DIST: 'cume-dist',
};
/** Functions that only make sense with OVER. */
export const overOnly: ReadonlySet<string> = new Set([...Object.keys(numbers), 'NTILE', 'LAG', 'LEAD']);

/** A call with OVER. Source: Flink docs, "Over Aggregation" and "Top-N". */
export function bindOver(node: ast.Call, upper: string, context: ExpressionContext, bind: BindInner): Expression {
  const { over: calls } = context;
  if (calls === undefined)
    throw new TidemillError('window-not-allowed', `${upper} with OVER cannot stand in ${context.clause}`, {
      span: node.span,
      hint: context.clause === 'WHERE' ? 'conditions on it go into QUALIFY, or into WHERE around a sub-query' : undefined,
    });
  if (node.nullTreatment === 'IGNORE' && upper !== 'LAG' && upper !== 'LEAD')
    throw new TidemillError('wrong-argument', `IGNORE NULLS does not go with ${upper}`, { span: node.span });
  const inner: ExpressionContext = { ...context, over: undefined, aliases: undefined, clause: `OVER of ${upper}` };
  const window = calls.window(node.over!);
  const partitionBy = window.partitionBy.map(key => bind(key, inner));
  const orderBy = window.orderBy.map((item): SortKey => {
    const expression = bind(item.expression, inner);
    const nullsFirst = item.nulls === undefined ? !item.descending : item.nulls === 'FIRST';
    return { expression, descending: item.descending, nullsFirst };
  });
  const args = node.arguments.map(argument => {
    if (argument.kind === 'default' || argument.kind === 'named-argument')
      throw notSupported('a named argument here', argument.span);
    return bind(argument, { ...inner, clause: `the arguments of ${upper}` });
  });
  if (overOnly.has(upper)) {
    if (orderBy.length === 0)
      throw new TidemillError('wrong-window', `${upper} needs an ORDER BY in OVER (…)`, { span: window.span });
    if (window.frame !== undefined && numbers[upper] !== undefined)
      throw new TidemillError('wrong-window', `a frame of ROWS or RANGE does not go with ${upper}`, { span: window.span });
    if (node.distinct || node.star || node.filter !== undefined)
      throw new TidemillError('wrong-argument', `DISTINCT, * and FILTER do not go with ${upper}`, { span: node.span });
    return calls.add({ partitionBy, orderBy, call: positionCall(upper, args, node.span) });
  }
  const user = userAggregateNamed(
    node.name.map(part => part.name),
    context.bind.catalog,
  );
  if (user === undefined && aggregateBySpelling(upper) === undefined)
    throw new TidemillError('wrong-argument', `${upper} is not a function that goes with OVER`, { span: node.span });
  if (user === undefined && node.star && upper !== 'COUNT')
    throw new TidemillError('wrong-argument', `only COUNT takes *, not ${upper}`, { span: node.span });
  const frame = bindFrame(window, orderBy, inner, bind);
  const filter = node.filter && requireBoolean(bind(node.filter, { ...inner, clause: 'FILTER' }), 'FILTER');
  if (user !== undefined) {
    const written = node.name.map(part => part.name).join('.');
    const call: OverCall = { ...userAggregateCall(user, node, args, written), ...(filter && { filter }), frame };
    return calls.add({ partitionBy, orderBy, call });
  }
  const resolved = resolveAggregate(upper, args, node.distinct, node.span);
  const mayBeEmpty = filter !== undefined || !holdsCurrentRow(frame);
  const type = mayBeEmpty && resolved.name !== 'count' ? withNullable(resolved.type, true) : resolved.type;
  const call: OverCall = { ...resolved, ...(filter && { filter }), frame, type };
  return calls.add({ partitionBy, orderBy, call });
}

function positionCall(upper: string, args: readonly Expression[], span: Span): OverCall {
  const frameOf = (name: string): { readonly frame: Frame } => ({ frame: name === 'lag' ? runningFrame('rows') : wholeFrame });
  const common = { distinct: false, frame: wholeFrame, span } as const;
  const refuse = (problem: string): never => {
    throw new TidemillError('wrong-argument', `${upper} ${problem}`, { span });
  };
  const number = numbers[upper];
  if (number !== undefined) {
    if (args.length > 0) refuse('takes no arguments');
    const type = upper === 'PERCENT_RANK' || upper === 'CUME_DIST' ? types.double(false) : types.bigint(false);
    // so far, where nothing behind a row changes its place
    const frame = upper === 'PERCENT_RANK' || upper === 'CUME_DIST' ? wholeFrame : runningFrame('rows');
    return { ...common, name: number, arguments: [], type, frame };
  }
  if (upper === 'NTILE') {
    const [count] = args;
    if (args.length !== 1 || count?.kind !== 'literal' || !isInteger(count.type) || Number(count.value) < 1)
      return refuse('takes a whole number from 1 that is written out');
    return { ...common, name: 'ntile', arguments: args, type: types.bigint(false) };
  }
  const [value, written, otherwise] = args;
  const offset = written && evaluatedConstant(written, { localTimeZone: 'UTC' });
  if (value === undefined || args.length > 3) return refuse('takes a value, an offset and what stands where there is no row');
  if (offset !== undefined && (offset.kind !== 'literal' || !isInteger(offset.type)))
    return refuse('takes an offset that is a whole number and written out');
  // an offset below zero looks the other way
  const backwards = offset !== undefined && offset.kind === 'literal' && Number(offset.value) < 0;
  const name = (upper === 'LAG') !== backwards ? 'lag' : 'lead';
  const distance = backwards ? literal(-Number(offset.value), types.int(false), offset.span) : offset;
  if (otherwise === undefined) {
    const type = withNullable(withoutTimeAttribute(value.type), true);
    return { ...common, ...frameOf(name), name, arguments: distance === undefined ? [value] : [value, distance], type };
  }
  const type = commonTypeOf([value, otherwise], span, upper);
  const cast = [coerce(value, withNullable(type, value.type.nullable)), distance!, coerce(otherwise, type)];
  return { ...common, ...frameOf(name), name, arguments: cast, type };
}

function bindFrame(
  window: ast.WindowSpecification,
  orderBy: readonly SortKey[],
  context: ExpressionContext,
  bind: BindInner,
): Frame {
  const { frame } = window;
  if (frame === undefined) return orderBy.length === 0 ? wholeFrame : runningFrame('range');
  const unit = frame.unit === 'ROWS' ? 'rows' : 'range';
  const bound = (node: ast.FrameBound): FrameBound => {
    switch (node.bound) {
      case 'UNBOUNDED PRECEDING':
        return { kind: 'unbounded-preceding' };
      case 'UNBOUNDED FOLLOWING':
        return { kind: 'unbounded-following' };
      case 'CURRENT ROW':
        return { kind: 'current-row' };
      case 'PRECEDING':
      case 'FOLLOWING': {
        const offset = bind(node.offset!, { ...context, scope: emptyScope, clause: 'a frame' });
        return {
          kind: node.bound === 'PRECEDING' ? 'preceding' : 'following',
          offset: checkedOffset(offset, unit, orderBy, node),
        };
      }
    }
  };
  const start = bound(frame.start);
  const end: FrameBound = frame.end === undefined ? { kind: 'current-row' } : bound(frame.end);
  const backwards =
    start.kind === 'unbounded-following' ||
    end.kind === 'unbounded-preceding' ||
    (start.kind === 'following' && (end.kind === 'current-row' || end.kind === 'preceding')) ||
    (start.kind === 'current-row' && end.kind === 'preceding');
  if (backwards) throw new TidemillError('wrong-window', 'a frame ends before it begins', { span: frame.span });
  if (orderBy.length === 0 && unit === 'rows') return { unit, start, end };
  if (orderBy.length === 0) throw new TidemillError('wrong-window', 'a frame of RANGE needs an ORDER BY', { span: frame.span });
  return { unit, start, end };
}

function checkedOffset(offset: Expression, unit: Frame['unit'], orderBy: readonly SortKey[], node: ast.FrameBound): Literal {
  const refuse = (problem: string, hint?: string): never => {
    throw new TidemillError('wrong-window', problem, { span: node.span, hint });
  };
  if (offset.kind !== 'literal' || offset.value === null) return refuse('the size of a frame is a constant');
  if (unit === 'rows')
    return isInteger(offset.type) && Number(offset.value) >= 0 ? offset : refuse('ROWS takes a whole number of rows');
  const [key] = orderBy;
  if (key === undefined || orderBy.length > 1) return refuse('RANGE with a distance needs one ORDER BY key');
  const { type } = key.expression;
  const fits =
    isTimestamp(type) || type.kind === 'DATE' || type.kind === 'TIME'
      ? offset.type.kind === 'INTERVAL_DAY_TIME'
      : isNumeric(type) && isNumeric(offset.type);
  if (!fits)
    return refuse(
      `a distance of ${typeToString(offset.type, false)} does not go with an order by ${typeToString(withoutTimeAttribute(type), false)}`,
      isTimestamp(type) ? "write RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW" : undefined,
    );
  return offset;
}

/** Frames that reach from the current row or before it to the current row or behind it are never empty. */
const holdsCurrentRow = ({ start, end }: Frame): boolean =>
  (start.kind === 'unbounded-preceding' || start.kind === 'preceding' || start.kind === 'current-row') &&
  (end.kind === 'unbounded-following' || end.kind === 'following' || end.kind === 'current-row');
