import type { Schema } from '../columnar/types.ts';
import type { PhysicalPlan, Stage } from '../physical/plan.ts';
import type { AnyOperatorSpec, RuntimeServices } from './services.ts';
import { splitStage } from './unchain.ts';

/** Whether only the thread of the session can run a stage: results are handed over there, and DuckDB's connection is there. */
export function staysOnMain(stage: Stage<AnyOperatorSpec>): boolean {
  return (
    stage.operators.some(operator => operator.spec.kind === 'collect') || stage.inputs.some(input => input.kind === 'duckdb')
  );
}

const reason = 'a function of another process is waited for on a thread of its own';

/**
 * The same program, where operators that `block` are in no stage that stays on the thread of the session: what DuckDB reads and what is collected become
 * stages of their own, joined to the rest by forward exchanges.
 */
export function apartFromMain<Spec extends AnyOperatorSpec>(
  plan: PhysicalPlan<Spec>,
  definition: RuntimeServices['definition'],
  blocks: (spec: Spec) => boolean,
): PhysicalPlan<Spec> {
  return {
    stages: plan.stages.flatMap(stage => {
      if (!staysOnMain(stage) || !stage.operators.some(({ spec }) => blocks(spec))) return [stage];
      const reads: Stage<Spec>[] = [];
      const inputs = stage.inputs.map((input, port) => {
        if (input.kind !== 'duckdb') return input;
        const { operator, ...own } = input;
        const id = `${stage.id}.read${port}`;
        reads.push(readingStage(id, own, stage));
        const exchange = { kind: 'exchange' as const, from: id, schema: own.schema };
        return operator === undefined ? exchange : { ...exchange, operator };
      });
      const collect = stage.operators.findIndex(({ spec }) => spec.kind === 'collect');
      const parts = [stage.operators.slice(0, collect), stage.operators.slice(collect)];
      const rest = { ...stage, inputs };
      return [...reads, ...(collect > 0 ? splitStage(rest, parts, reason, definition) : [rest])];
    }),
  };
}

function readingStage<Spec extends AnyOperatorSpec>(
  id: string,
  input: {
    readonly kind: 'duckdb';
    readonly id: string;
    readonly sql: string;
    readonly schema: Schema;
    readonly ordered: boolean;
  },
  stage: Stage<Spec>,
): Stage<Spec> {
  return {
    id,
    parallelism: stage.parallelism,
    inputs: [input],
    operators: [],
    outputs: [{ kind: 'forward', to: stage.id }],
    outputSchema: input.schema,
    reason,
  };
}
