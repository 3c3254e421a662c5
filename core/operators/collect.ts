import type { Schema } from '../columnar/types.ts';
import type { Operator, OperatorDefinition } from './contract.ts';

/** Hands result batches to the caller, one at a time: the chain waits until each has been read. */
export interface CollectSpec {
  readonly kind: 'collect';
  readonly schema: Schema;
}

export const collectDefinition: OperatorDefinition<CollectSpec> = {
  tables: () => [],
  create: (_spec, _tables, task): Operator => ({
    processBatch(batch) {
      return task.collect(batch) ? 'done' : 'blocked';
    },
  }),
  outputSchema: spec => spec.schema,
};
