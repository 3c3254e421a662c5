import type { Field, Schema } from '../columnar/types.ts';
import { internalError, notSupported } from '../common/errors.ts';
import { type OperatorSpec, type ReleaseTime, runningCalls } from '../operators/index.ts';
import { column, type Expression, referencedColumns, type SortKey } from '../plan/expressions.ts';
import type { Filter, Over } from '../plan/nodes.ts';
import { type TopRows, timeOrderOf, topRowsOf } from '../plan/over-properties.ts';
import { expressionToString } from '../plan/print-expression.ts';
import { boundednessOf, isWindowRank } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { windowPropertiesOf } from '../plan/window-properties.ts';
import type { OverCall } from '../plan/windows.ts';
import { type OpenStage, withFilter, withOperator, withProjection } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';

/** A node's keys and arguments as columns behind those of its input. */
export interface Materialised {
  readonly fields: Schema;
  readonly expressions: readonly Expression[];
  readonly place: (expression: Expression) => Expression;
}

export function behindInput(input: Schema, computed: readonly Expression[]): Materialised {
  const columns: Expression[] = input.map((field, index) => column(index, field));
  const fields: Field[] = [...input];
  const texts = new Map<string, number>();
  for (const expression of computed) {
    const text = expressionToString(expression, { positions: true });
    if (expression.kind === 'column' || texts.has(text)) continue;
    texts.set(text, columns.push(expression) - 1);
    fields.push({ name: `value${fields.length}`, type: expression.type });
  }
  const place = (expression: Expression): Expression => {
    if (expression.kind === 'column') return expression;
    const index = texts.get(expressionToString(expression, { positions: true })) ?? missing();
    return column(index, fields[index]!, expression.span);
  };
  return { fields, expressions: columns, place };
}

const missing = (): never => {
  throw internalError('a value was not computed before an operator');
};

/** Literals that say how a call works, not what it works on. */
const isParameter = (call: OverCall, index: number): boolean =>
  call.name === 'ntile' || ((call.name === 'lag' || call.name === 'lead') && index === 1);

/** A filter that keeps the first rows of each partition becomes part of the operator that ranks them. */
export function planTopRows(
  node: Filter,
  needed: ReadonlySet<number> | undefined,
  final: boolean,
  steps: PlanSteps,
): OpenStage | undefined {
  const top = topRowsOf(node);
  if (top === undefined) return undefined;
  const bounded = boundednessOf(top.over.input) === 'bounded';
  const atTheEnd = steps.runtimeMode === 'batch' || (final && bounded);
  const ranked =
    atTheEnd || releaseOf(top.over, steps, true) !== undefined
      ? planOver(top.over, final, steps, top)
      : planRank(top, needed !== undefined && !readsNumber(top, needed), final, steps);
  const kept = top.rest.reduce((stage, condition) => withFilter(stage, condition), ranked);
  return top.project === undefined ? kept : withProjection(kept, top.project.expressions, schemaOf(top.project));
}

export function planOver(node: Over, final: boolean, steps: PlanSteps, top?: TopRows): OpenStage {
  const bounded = boundednessOf(node.input) === 'bounded';
  const release = releaseOf(node, steps, top !== undefined);
  if (release === undefined && !bounded)
    throw notSupported(
      'OVER in an order that is not that of time, over an endless input,',
      node.span,
      'order by a time attribute, or keep the first rows of each partition: WHERE rank <= n',
    );
  const below = steps.visit(node.input, final || release === undefined);
  const inputFields = schemaOf(node.input);
  const computed = [
    ...node.partitionBy,
    ...node.orderBy.map(key => key.expression),
    ...node.calls.flatMap(call => [
      ...call.arguments.filter((_, index) => !isParameter(call, index)),
      ...(call.filter ? [call.filter] : []),
    ]),
  ];
  const { fields, expressions, place } = behindInput(inputFields, computed);
  const partitionKeys = node.partitionBy.map(place);
  const rows = steps.byKeys(steps.flush(withProjection(below, expressions, fields)), partitionKeys, 'partitions of OVER');
  const schema = schemaOf(node);
  const calls = node.calls.map(call => ({
    ...call,
    arguments: call.arguments.map((argument, index) => (isParameter(call, index) ? argument : place(argument))),
    ...(call.filter && { filter: place(call.filter) }),
  }));
  const partition = partitionKeys.map(key => (key.kind === 'column' ? key.index : missing()));
  const order = node.orderBy.map((key): SortKey => ({ ...key, expression: place(key.expression) }));
  const running = release?.looksBack && top === undefined ? runningCalls(calls, rows.rows) : undefined;
  if (running !== undefined) {
    const byTime: OperatorSpec = Object.freeze({
      kind: 'running',
      input: rows.rows,
      width: inputFields.length,
      partition,
      order,
      ...running,
      ...(!release?.arrival && { release: { column: release!.column, exclusive: release!.exclusive } }),
      ttlMs: steps.stateTtlMs,
      schema,
    });
    return withOperator(rows, { id: node.id ?? steps.id('running'), spec: byTime }, schema);
  }
  if (release?.arrival)
    throw notSupported(
      'a frame that begins at a row, in order of processing time,',
      node.span,
      'order by an event time attribute',
    );
  const spec: OperatorSpec = Object.freeze({
    kind: 'over',
    input: rows.rows,
    width: inputFields.length,
    partition,
    order,
    calls,
    ...(release && { release: { column: release.column, exclusive: release.exclusive }, looksBack: release.looksBack }),
    ...(top && { keep: { call: 0, from: top.from, to: top.to } }),
    ...(release?.looksBack && { ttlMs: steps.stateTtlMs }),
    schema,
  });
  return withOperator(rows, { id: node.id ?? steps.id('over'), spec }, schema);
}

/** Whether the number is read by what is left of the filter, or above it. */
function readsNumber({ over, rest, project }: TopRows, needed: ReadonlySet<number>): boolean {
  const number = schemaOf(over.input).length;
  const above = project === undefined ? needed : referencedColumns([...needed].map(index => project.expressions[index]!));
  return above.has(number) || referencedColumns(rest).has(number);
}

/** The first rows of each partition, kept up to date. */
function planRank(top: TopRows, unnumbered: boolean, final: boolean, steps: PlanSteps): OpenStage {
  const node = top.over;
  if (node.calls[0]!.name !== 'row-number')
    throw notSupported(
      `${node.calls[0]!.name.toUpperCase().replace('-', '_')} over rows that keep coming`,
      node.span,
      'use ROW_NUMBER',
    );
  const retracting = !steps.appends(node.input, final);
  const below = steps.visit(node.input, final);
  const inputFields = schemaOf(node.input);
  const { fields, expressions, place } = behindInput(inputFields, [
    ...node.partitionBy,
    ...node.orderBy.map(key => key.expression),
  ]);
  const partitionKeys = node.partitionBy.map(place);
  const rows = steps.byKeys(steps.flush(withProjection(below, expressions, fields)), partitionKeys, 'partitions of OVER');
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'rank',
    input: rows.rows,
    width: inputFields.length,
    partition: partitionKeys.map(key => (key.kind === 'column' ? key.index : missing())),
    order: node.orderBy.map((key): SortKey => ({ ...key, expression: place(key.expression) })),
    from: top.from,
    to: top.to,
    retracting,
    ...(unnumbered && { unnumbered }),
    ttlMs: steps.stateTtlMs,
    // the first or last row in order of time is Flink's deduplication, not its Top-N
    byPartition: steps.stateTtlMs !== undefined && !retracting && !(top.to === 1 && timeOrderOf(node) !== undefined),
    schema,
  });
  return withOperator(rows, { id: node.id ?? steps.id('rank'), spec }, schema);
}

interface Release extends ReleaseTime {
  readonly looksBack: boolean;
  /** In order of processing time: rows are worked on as they come. */
  readonly arrival?: boolean;
}

/** In a stream, rows in order of event time and rows of windows do not wait for the end. */
function releaseOf(node: Over, steps: PlanSteps, onlyFirst: boolean): Release | undefined {
  if (steps.runtimeMode === 'batch') return undefined;
  const [first] = node.orderBy;
  if (isWindowRank(node)) {
    const window = windowPropertiesOf(node.input)!;
    const local = schemaOf(window.table)[window.table.timeColumn]!.type.kind === 'TIMESTAMP_LTZ';
    // window_time is a moment, window_end is local time
    const [time] = window.time;
    if (time !== undefined) return { column: time, exclusive: false, looksBack: false };
    if (!local) return { column: window.end[0]!, exclusive: true, looksBack: false };
    throw notSupported('ranks in windows of TIMESTAMP_LTZ without their window_time', node.span, 'select window_time too');
  }
  const time = timeOrderOf(node);
  if (time === undefined || first!.descending || first!.expression.kind !== 'column') return undefined;
  if (time === 'proctime') {
    if (onlyFirst || boundednessOf(node.input) === 'bounded') return undefined;
    return { column: first!.expression.index, exclusive: false, looksBack: true, arrival: true };
  }
  const forward = node.calls.find(call => call.frame.end.kind === 'following' || call.frame.end.kind === 'unbounded-following');
  if (forward === undefined) return { column: first!.expression.index, exclusive: false, looksBack: true };
  if (boundednessOf(node.input) === 'bounded') return undefined;
  throw notSupported('a frame that reaches forward, over an endless input,', forward.span ?? node.span);
}
