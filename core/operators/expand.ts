import type { Compute } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import type { Expression } from '../plan/expressions.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';

/** Each row once per projection: a batch a projection, one after the other. */
export interface ExpandSpec {
  readonly kind: 'expand';
  readonly input: Schema;
  readonly projections: readonly (readonly Expression[])[];
  readonly schema: Schema;
}

class Expand implements Operator {
  readonly #projections: readonly Compute[];
  /** The projection that is next; only while a call returns `more`. */
  #next = 0;

  constructor(spec: ExpandSpec, task: OperatorTask) {
    this.#projections = spec.projections.map(outputs => compileCompute({ input: spec.input, outputs }, task));
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    context.emit(this.#projections[this.#next]!.run(batch).batch);
    this.#next = (this.#next + 1) % this.#projections.length;
    return this.#next === 0 ? 'done' : 'more';
  }
}

export const expandDefinition: OperatorDefinition<ExpandSpec> = {
  tables: () => [],
  create: (spec, _tables, task) => new Expand(spec, task),
  outputSchema: spec => spec.schema,
};
