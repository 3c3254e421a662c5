import { gatherColumn } from '../codegen/gather.ts';
import { type Batch, batchOf } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import type { Operator, OperatorContext, OperatorDefinition, Progress } from './contract.ts';

/** Each row as often as its last column (BIGINT) says, without that column; not at all from 0 down. */
export interface ReplicateSpec {
  readonly kind: 'replicate';
  readonly schema: Schema;
}

class Replicate implements Operator {
  readonly #width: number;
  /** Where the batch goes on; only while a call returns `more`. */
  #row = 0;
  #sent = 0;

  constructor(spec: ReplicateSpec) {
    this.#width = spec.schema.length;
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const { memory, kernels } = context;
    const counts = batch.columns[this.#width]!.data >> 2;
    const numbers = memory.arena.allocate(4 * limits.batchRows);
    const words = memory.u32;
    let found = 0;
    while (this.#row < batch.length && found < limits.batchRows) {
      const high = memory.i32[counts + 2 * this.#row + 1]!;
      const count = high < 0 ? 0 : high * 2 ** 32 + words[counts + 2 * this.#row]!;
      const taken = Math.min(count - this.#sent, limits.batchRows - found);
      for (let copy = 0; copy < taken; copy++) words[(numbers >> 2) + found + copy] = this.#row;
      found += Math.max(taken, 0);
      this.#sent += Math.max(taken, 0);
      if (this.#sent < count) break;
      this.#row++;
      this.#sent = 0;
    }
    if (found > 0) {
      const columns = batch.columns.slice(0, this.#width).map(column => gatherColumn(context, column, numbers, found));
      let weights = 0;
      if (batch.weights !== 0) {
        weights = memory.arena.allocate(found);
        kernels.gather_8(found, numbers, batch.weights, weights);
      }
      context.emit(batchOf(found, columns, weights));
    }
    if (this.#row < batch.length) return 'more';
    this.#row = 0;
    return 'done';
  }
}

export const replicateDefinition: OperatorDefinition<ReplicateSpec> = {
  tables: () => [],
  create: spec => new Replicate(spec),
  outputSchema: spec => spec.schema,
};
