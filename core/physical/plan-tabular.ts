import type { OperatorSpec } from '../operators/index.ts';
import { column } from '../plan/expressions.ts';
import type { TableCall, Unnest } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { type OpenStage, withOperator } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';

/** Nodes that make several rows of one. */

export function planUnnest(node: Unnest, final: boolean, steps: PlanSteps): OpenStage {
  const below = steps.visit(node.input, final);
  const columns = [...node.kept.map(index => column(index, below.fields[index]!)), node.collection];
  const { stage, filter, columns: outputs } = steps.fused(below, columns);
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'unnest',
    compute: Object.freeze({ input: stage.rows, filter, outputs }),
    outer: node.outer,
    ordinality: node.ordinality,
    condition: node.condition,
    schema,
  });
  return withOperator(stage, { id: steps.id('unnest'), spec }, schema);
}

export function planTableCall(node: TableCall, final: boolean, steps: PlanSteps): OpenStage {
  const below = steps.visit(node.input, final);
  const columns = [...node.kept.map(index => column(index, below.fields[index]!)), ...node.arguments];
  const { stage, filter, columns: outputs } = steps.fused(below, columns);
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'table-call',
    compute: Object.freeze({ input: stage.rows, filter, outputs }),
    keptCount: node.kept.length,
    function: node.function,
    outer: node.outer,
    condition: node.condition,
    schema,
  });
  return withOperator(stage, { id: steps.id('table-call'), spec }, schema);
}
