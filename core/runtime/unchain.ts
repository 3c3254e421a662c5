import type { Schema } from '../columnar/types.ts';
import type { PhysicalPlan, PlacedOperator, Stage, StageInput } from '../physical/plan.ts';
import type { AnyOperatorSpec, RuntimeServices } from './services.ts';

/** The same program with every operator in a stage of its own, joined by forward exchanges: results must not depend on chaining (law 2). */
export function unchained(plan: PhysicalPlan<AnyOperatorSpec>, services: RuntimeServices): PhysicalPlan<AnyOperatorSpec> {
  return { stages: plan.stages.flatMap(stage => split(stage, services)) };
}

/** Second inputs of the operators of one part, which are numbered anew. */
function buildInputs(stage: Stage<AnyOperatorSpec>, parts: readonly (readonly unknown[])[], index: number): StageInput[] {
  const first = parts.slice(0, index).reduce((sum, part) => sum + part.length, 0);
  return stage.inputs.flatMap(input => {
    const own = input.operator === undefined ? -1 : input.operator - first;
    return own >= 0 && own < parts[index]!.length ? [{ ...input, operator: own }] : [];
  });
}

function split(stage: Stage<AnyOperatorSpec>, services: RuntimeServices): Stage<AnyOperatorSpec>[] {
  // up to the watermark assigner rows must know their split
  const first = 1 + stage.operators.findLastIndex(operator => operator.spec.kind === 'watermark-assigner');
  const operators = [
    stage.operators.slice(0, Math.max(first, 1)),
    ...stage.operators.slice(Math.max(first, 1)).map(single => [single]),
  ];
  return operators.length < 2 ? [stage] : splitStage(stage, operators, 'chaining is off', spec => services.definition(spec));
}

/** A stage as several, one behind the other, with these operators each, joined by forward exchanges. */
export function splitStage<Spec extends AnyOperatorSpec>(
  stage: Stage<Spec>,
  operators: readonly (readonly PlacedOperator<Spec>[])[],
  reason: string,
  definition: RuntimeServices['definition'],
): Stage<Spec>[] {
  // the last part keeps the id, because other stages name this one as where their rows come from or go to
  const idOf = (index: number): string => (index === operators.length - 1 ? stage.id : `${stage.id}.${index}`);
  const schemaOf = (part: readonly PlacedOperator<Spec>[]): Schema => {
    const { spec } = part.at(-1)!;
    return definition(spec).outputSchema(spec);
  };
  return operators.map((part, index): Stage<Spec> => {
    const last = index === operators.length - 1;
    const before = operators[index - 1];
    return {
      id: idOf(index),
      parallelism: stage.parallelism,
      inputs: [
        ...(before === undefined
          ? stage.inputs.filter(input => input.operator === undefined)
          : [{ kind: 'exchange' as const, from: idOf(index - 1), schema: schemaOf(before) }]),
        ...buildInputs(stage, operators, index),
      ],
      operators: part,
      outputs: last ? stage.outputs : [{ kind: 'forward', to: idOf(index + 1) }],
      outputSchema: last ? stage.outputSchema : schemaOf(part),
      reason: index === 0 ? stage.reason : reason,
    };
  });
}
