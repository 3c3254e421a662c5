import type { Schema } from '../columnar/types.ts';
import type { PhysicalPlan, PlacedOperator, Stage } from '../physical/plan.ts';
import type { AnyOperatorSpec, RuntimeServices } from './services.ts';

/** The same program with every operator in a stage of its own, joined by forward exchanges: results must not depend on chaining (law 2). */
export function unchained(plan: PhysicalPlan<AnyOperatorSpec>, services: RuntimeServices): PhysicalPlan<AnyOperatorSpec> {
  return { stages: plan.stages.flatMap(stage => split(stage, services)) };
}

function split(stage: Stage<AnyOperatorSpec>, services: RuntimeServices): Stage<AnyOperatorSpec>[] {
  // up to the watermark assigner rows must know their split
  const first = 1 + stage.operators.findLastIndex(operator => operator.spec.kind === 'watermark-assigner');
  const operators = [
    stage.operators.slice(0, Math.max(first, 1)),
    ...stage.operators.slice(Math.max(first, 1)).map(single => [single]),
  ];
  if (operators.length < 2) return [stage];
  // the last part keeps the id, because other stages name this one as where their rows come from or go to
  const idOf = (index: number): string => (index === operators.length - 1 ? stage.id : `${stage.id}.${index}`);
  const schemaOf = (part: readonly PlacedOperator<AnyOperatorSpec>[]): Schema => {
    const { spec } = part.at(-1)!;
    return services.definition(spec).outputSchema(spec);
  };
  return operators.map((part, index): Stage<AnyOperatorSpec> => {
    const last = index === operators.length - 1;
    const before = operators[index - 1];
    return {
      id: idOf(index),
      parallelism: stage.parallelism,
      inputs: before === undefined ? stage.inputs : [{ kind: 'exchange', from: idOf(index - 1), schema: schemaOf(before) }],
      operators: part,
      output: last ? stage.output : { kind: 'forward', to: idOf(index + 1) },
      outputSchema: last ? stage.outputSchema : schemaOf(part),
      reason: index === 0 ? stage.reason : 'chaining is off',
    };
  });
}
