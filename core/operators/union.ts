import type { Schema } from '../columnar/types.ts';
import type { Operator, OperatorDefinition } from './contract.ts';

/** UNION ALL: rows of all inputs as they come; the task merges their watermarks. */
export interface UnionSpec {
  readonly kind: 'union';
  readonly schema: Schema;
}

export const unionDefinition: OperatorDefinition<UnionSpec> = {
  tables: () => [],
  create: (): Operator => ({
    processBatch(batch, context) {
      context.emit(batch);
      return 'done';
    },
  }),
  outputSchema: spec => spec.schema,
};
