import { internalError, type Span, TidemillError } from '../../common/errors.ts';
import { column, type Expression } from '../../plan/expressions.ts';
import { type LogicalNode, project, type WindowKind, windowTable } from '../../plan/nodes.ts';
import { expressionToString } from '../../plan/print-expression.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import { builtin } from './builtins.ts';
import type { ExpressionContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { emptyScope } from './scope.ts';
import { windowOf } from './window-functions.ts';
import { groupWindowKinds as kinds, groupWindowProperties as properties } from './window-names.ts';

/** A window of GROUP BY as a window table function below the aggregation. */
export interface GroupWindow {
  readonly input: LogicalNode;
  /** window_start, window_end and window_time, which take the window's place among the keys. */
  readonly keys: readonly Expression[];
  readonly kind: string;
  readonly text: string;
}

/** The one call of TUMBLE, HOP or SESSION among the keys of a GROUP BY. */
export function groupWindowOf(groupBy: ast.GroupBy | undefined): ast.Call | undefined {
  const found = (groupBy?.elements ?? []).flatMap(element =>
    element.kind === 'grouping-set' ? element.expressions.filter(isGroupWindow) : [],
  );
  if (found.length > 1) throw new TidemillError('wrong-window', 'GROUP BY takes one window function', { span: found[1]!.span });
  return found[0];
}

export const isGroupWindow = (node: ast.Expression): node is ast.Call =>
  node.kind === 'call' && node.name.length === 1 && (kinds as readonly string[]).includes(node.name[0]!.name.toUpperCase());

/** Puts the window function that a GROUP BY names below it. `otherKeys` tell the sessions apart. */
export function bindGroupWindow(
  node: ast.Call,
  input: LogicalNode,
  otherKeys: readonly Expression[],
  context: ExpressionContext,
): GroupWindow {
  const kind = node.name[0]!.name.toUpperCase();
  const { time, window, text } = windowCall(node, kind, context);
  if (window.kind !== 'session') return withWindow(windowTable(input, time, window, node.span), kind, text);
  const computed = otherKeys.filter(key => key.kind !== 'column');
  const fields = schemaOf(input);
  const wide =
    computed.length === 0
      ? input
      : project(
          input,
          [...fields.map((field, index) => column(index, field)), ...computed],
          [...fields.map(field => field.name), ...computed.map((_, index) => `session key ${index}`)],
        );
  let next = fields.length;
  const partitionBy = otherKeys.map(key => (key.kind === 'column' ? key.index : next++));
  return withWindow(windowTable(wide, time, window, node.span, partitionBy), kind, text);
}

function withWindow(input: LogicalNode, kind: string, text: string): GroupWindow {
  const fields = schemaOf(input);
  const keys = [3, 2, 1].map(back => column(fields.length - back, fields[fields.length - back]!));
  return { input, keys, kind, text };
}

/** `TUMBLE_START(ts, …)` and its like: a column of the window that GROUP BY names with the same arguments. */
export function bindWindowProperty(
  node: ast.Call,
  upper: string,
  window: GroupWindow | undefined,
  context: ExpressionContext,
): Expression {
  const kind = kinds.find(candidate => upper.startsWith(candidate)) ?? internal(upper);
  const property = properties.find(candidate => upper === `${kind}_${candidate}`);
  if (property === undefined)
    throw new TidemillError('wrong-window', `${upper} stands in GROUP BY; elsewhere ask for ${upper}_START or ${upper}_END`, {
      span: node.span,
    });
  const same = window !== undefined && window.kind === kind && windowCall(node, kind, context).text === window.text;
  if (!same)
    throw new TidemillError('wrong-window', `${upper} needs ${kind} with the same arguments in GROUP BY`, { span: node.span });
  if (property === 'PROCTIME') return builtin('proctime', [], node.span, upper);
  return window.keys[property === 'START' ? 0 : property === 'END' ? 1 : 2]!;
}

const internal = (upper: string): never => {
  throw internalError(`${upper} is no window function`);
};

function windowCall(
  node: ast.Call,
  kind: string,
  context: ExpressionContext,
): { readonly time: number; readonly window: WindowKind; readonly text: string } {
  const [first, ...sizes] = node.arguments;
  const parameters = kind === 'HOP' ? ['SLIDE', 'SIZE'] : kind === 'SESSION' ? ['GAP'] : ['SIZE'];
  const refuse = (problem: string, span: Span): never => {
    throw new TidemillError('wrong-argument', `${kind} ${problem}`, { span });
  };
  if (first === undefined || first.kind === 'default' || first.kind === 'named-argument' || sizes.length !== parameters.length)
    return refuse(`takes a time column and ${kind === 'HOP' ? 'two intervals' : 'an interval'}`, node.span);
  const time = bindExpression(first, { bind: context.bind, scope: context.scope, clause: `the arguments of ${kind}` });
  if (time.kind !== 'column') return refuse('takes a time attribute, and this is an expression', first.span);
  const durations = sizes.map(size => {
    if (size.kind === 'default' || size.kind === 'named-argument') return refuse('takes intervals', size.span);
    const bound = bindExpression(size, { bind: context.bind, scope: emptyScope, clause: `the arguments of ${kind}` });
    if (bound.kind === 'literal' && bound.type.kind === 'INTERVAL_DAY_TIME') return Number(bound.value);
    return refuse('takes intervals of days, hours, minutes or seconds', size.span);
  });
  const window = windowOf(kind, parameter => durations[parameters.indexOf(parameter)]!, 0, node.span);
  return { time: time.index, window, text: `${kind} ${expressionToString(time, { positions: true })} ${durations.join()}` };
}
