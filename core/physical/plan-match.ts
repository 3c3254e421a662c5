import { isRowtime } from '../columnar/types.ts';
import { internalError, notSupported } from '../common/errors.ts';
import type { OperatorSpec } from '../operators/index.ts';
import { column } from '../plan/expressions.ts';
import type { MatchRecognize } from '../plan/nodes.ts';
import { boundednessOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { type OpenStage, withOperator } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';

export function planMatchRecognize(node: MatchRecognize, final: boolean, steps: PlanSteps): OpenStage {
  const first = node.orderBy[0]!.expression;
  if (first.kind !== 'column') throw internalError('a pattern is ordered by a column');
  const streaming = steps.runtimeMode === 'streaming';
  const eventTime = isRowtime(first.type);
  if (streaming && !eventTime && boundednessOf(node.input) === 'unbounded')
    throw notSupported('MATCH_RECOGNIZE in order of processing time', node.span, 'order by an event time attribute');
  if (!steps.appends(node.input, final))
    throw notSupported('MATCH_RECOGNIZE over rows that change', node.span, 'match first, then aggregate');
  const below = steps.flush(steps.visit(node.input, final));
  const keys = node.partitionBy.map(index => column(index, below.rows[index]!));
  const rows = steps.byKeys(below, keys, 'patterns by partition');
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'match-recognize',
    input: rows.rows,
    partition: node.partitionBy,
    order: node.orderBy,
    timeColumn: first.index,
    ...(streaming && eventTime && { release: { column: first.index, exclusive: false } }),
    pattern: node.pattern,
    terms: node.terms,
    conditions: node.conditions,
    measures: node.measures,
    skip: node.skip,
    ...(node.withinMs !== undefined && { withinMs: node.withinMs }),
    schema,
  });
  return withOperator(rows, { id: node.id ?? steps.id('match-recognize'), spec }, schema);
}
