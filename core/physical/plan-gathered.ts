import { canAccumulate } from '../codegen/aggregates/index.ts';
import { isTimestamp } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import type { OperatorSpec } from '../operators/index.ts';
import { type AggregateCall, column, type Expression } from '../plan/expressions.ts';
import type { Aggregate } from '../plan/nodes.ts';
import { boundednessOf, isWindowAggregate, timeAttributeOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { windowKeysOf } from '../plan/window-properties.ts';
import { type OpenStage, withOperator, withProjection } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';

/** Whether an aggregation has a function that is computed from all rows of a group, because there is only a reference. */
export function needsAllRows(node: Aggregate, retracting: boolean): boolean {
  return !node.aggregates.every(call => canAccumulate(call, retracting));
}

/** GROUP BY that keeps all rows: keys and arguments become columns, and go to where their key is. */
export function planGathered(node: Aggregate, final: boolean, steps: PlanSteps): OpenStage {
  const close = closeOf(node, steps);
  const chosen: Expression[] = [...node.keys];
  const place = (expression: Expression): Expression => {
    const index = chosen.push(expression) - 1;
    return column(index, { name: `argument${index}`, type: expression.type }, expression.span);
  };
  const aggregates = node.aggregates.map(
    (call): AggregateCall => ({
      ...call,
      arguments: call.arguments.map(place),
      ...(call.filter && { filter: place(call.filter) }),
    }),
  );
  const fields = chosen.map((expression, index) => ({ name: `argument${index}`, type: expression.type }));
  const stage = steps.flush(withProjection(steps.visit(node.input, final), chosen, fields));
  const keys = node.keys.map((key, index) => column(index, { name: fields[index]!.name, type: key.type }));
  const placed = steps.byKeys(stage, keys, 'grouping');
  const schema = schemaOf(node);
  const ends = close === undefined && (steps.runtimeMode === 'batch' || final) && boundednessOf(node) === 'bounded';
  const spec: OperatorSpec = Object.freeze({
    kind: 'gathered-aggregate',
    input: placed.rows,
    keys,
    aggregates,
    final: ends,
    close,
    ttlMs:
      ends || close !== undefined || steps.runtimeMode === 'batch'
        ? undefined
        : (node.stateTtlMs ?? steps.stateTtlMs) || undefined,
    schema,
  });
  return withOperator(placed, { id: node.id ?? steps.id('gathered-aggregate'), spec }, schema);
}

/** When the groups are those of windows: the key that says when they end. */
function closeOf(node: Aggregate, steps: PlanSteps) {
  if (steps.runtimeMode === 'batch' || !isWindowAggregate(node)) return undefined;
  const { table, end } = windowKeysOf(node)!;
  const call = node.aggregates.find(candidate => !canAccumulate(candidate, false));
  if (timeAttributeOf(table) === 'proctime')
    throw notSupported(`${call?.name.toUpperCase().replaceAll('-', '_')} in windows of processing time`, call?.span ?? node.span);
  const { type } = schemaOf(table.input)[table.timeColumn]!;
  return Object.freeze({
    key: end[0]!,
    local: type.kind === 'TIMESTAMP_LTZ',
    precision: isTimestamp(type) ? type.precision : 3,
  });
}
