import { internalError, notSupported } from '../common/errors.ts';
import type { OperatorSpec } from '../operators/index.ts';
import { type AggregateCall, column } from '../plan/expressions.ts';
import type { Aggregate, WindowTable } from '../plan/nodes.ts';
import { boundednessOf, isWindowAggregate, type RuntimeMode, timeAttributeOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { windowKeysOf, windowPropertiesOf } from '../plan/window-properties.ts';
import { type OpenStage, withOperator } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';
import { sessionShapeOf } from './window-shape.ts';

/** SESSION as a table: rows wait for the end of their session. `rows`: the stage of the input. */
export function planSession(node: WindowTable, gapMs: number, rows: OpenStage, steps: PlanSteps): OpenStage {
  const placed = placedBySession(node, rows, steps);
  const partition = node.partitionBy ?? [];
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'session',
    input: placed.rows,
    partition,
    timeColumn: node.timeColumn,
    gapMs,
    schema,
  });
  return withOperator(placed, { id: node.id ?? steps.id('session'), spec }, schema);
}

/** Rows of sessions that may have to do with each other to one task. */
function placedBySession(node: WindowTable, rows: OpenStage, steps: PlanSteps): OpenStage {
  if (timeAttributeOf(node) === 'proctime' && steps.runtimeMode === 'streaming' && boundednessOf(node) === 'unbounded')
    throw notSupported('SESSION windows of processing time', node.span, 'use an event time attribute');
  const keys = (node.partitionBy ?? []).map(index => column(index, rows.rows[index]!));
  return steps.byKeys(rows, keys, 'sessions by partition');
}

/** Whether a session's results come from accumulators that can be put together: no values kept one by one, nor the first or last of all rows. */
const isMergeable = ({ name, distinct, user }: AggregateCall): boolean =>
  name === 'min' || name === 'max' || (!distinct && name !== 'first-value' && name !== 'last-value' && user?.canMerge !== false);

/**
 * An aggregation of sessions whose accumulators are made as rows come; undefined where its rows have to be kept. It has the state of SESSION's own operator: that
 * one's rows, of a checkpoint, go into it.
 */
function planSessionAggregate(node: Aggregate, final: boolean, steps: PlanSteps): OpenStage | undefined {
  const shape = sessionShapeOf(node);
  if (shape === undefined || !shape.aggregates.every(isMergeable) || timeAttributeOf(shape.table) === 'proctime')
    return undefined;
  const { table, gapMs, partition, aggregates, outputs } = shape;
  const rows = placedBySession(table, steps.flush(steps.visit(table.input, final)), steps);
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'session-aggregate',
    input: rows.rows,
    partition,
    timeColumn: table.timeColumn,
    gapMs,
    aggregates,
    outputs,
    schema,
  });
  return withOperator(rows, { id: table.id ?? steps.id('session'), spec }, schema);
}

/** An aggregation by the bounds of sessions, in a stream. */
export function closesSessions(node: Aggregate, mode: RuntimeMode): boolean {
  return mode === 'streaming' && isWindowAggregate(node) && windowKeysOf(node)?.table.window.kind === 'session';
}

/** An aggregation by the bounds of sessions; undefined where it is any other, or where a batch groups the rows of SESSION as any rows. */
export function planSessions(node: Aggregate, final: boolean, steps: PlanSteps): OpenStage | undefined {
  const closes = closesSessions(node, steps.runtimeMode);
  if (!closes && steps.runtimeMode === 'streaming') return undefined;
  return planSessionAggregate(node, final, steps) ?? (closes ? planClosingAggregate(node, final, steps) : undefined);
}

function planClosingAggregate(node: Aggregate, final: boolean, steps: PlanSteps): OpenStage {
  const below = steps.flush(steps.visit(node.input, final));
  const window = windowPropertiesOf(node.input) ?? missing();
  const local = schemaOf(window.table)[window.table.timeColumn]!.type.kind === 'TIMESTAMP_LTZ';
  const [time] = window.time;
  if (time === undefined && local)
    throw notSupported('sessions of TIMESTAMP_LTZ without their window_time', node.span, 'group by window_time too');
  const release = time === undefined ? { column: window.end[0]!, exclusive: true } : { column: time, exclusive: false };
  const keys = node.keys.filter(key => key.kind === 'column');
  const rows = steps.byKeys(below, keys, 'sessions by key');
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'closing-aggregate',
    input: rows.rows,
    keys: node.keys,
    aggregates: node.aggregates,
    release,
    schema,
  });
  return withOperator(rows, { id: node.id ?? steps.id('closing-aggregate'), spec }, schema);
}

const missing = (): never => {
  throw internalError('an aggregation by sessions stands over sessions');
};
