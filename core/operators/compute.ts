import type { Compute, ComputeSpec } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';

/** Adjacent stateless steps as one generated loop: filter, projection, computed columns. `compute.key` is not used here. */
export interface ComputeOperatorSpec {
  readonly kind: 'compute';
  readonly compute: ComputeSpec;
  readonly schema: Schema;
}

/** Compiled code has no state of its own: a rebuilt operator takes what its task compiled before. */
const compiled = new WeakMap<OperatorTask, Map<ComputeSpec, Compute>>();

function computeOf(spec: ComputeSpec, task: OperatorTask): Compute {
  let known = compiled.get(task);
  if (known === undefined) compiled.set(task, (known = new Map()));
  let compute = known.get(spec);
  if (compute === undefined) known.set(spec, (compute = compileCompute(spec, task)));
  return compute;
}

class ComputeOperator implements Operator {
  readonly #compute: Compute;

  constructor(spec: ComputeOperatorSpec, task: OperatorTask) {
    this.#compute = computeOf(spec.compute, task);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    context.emit(this.#compute.run(batch).batch);
    return 'done';
  }
}

export const computeDefinition: OperatorDefinition<ComputeOperatorSpec> = {
  tables: () => [],
  create: (spec, _tables, task) => new ComputeOperator(spec, task),
  outputSchema: spec => spec.schema,
};
