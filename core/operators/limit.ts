import type { Batch } from '../columnar/batch.ts';
import type { RecordTable } from '../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, Progress } from './contract.ts';
import { recordTable } from './record-table.ts';
import { sliceBatch } from './slice.ts';
import type { LimitSpec } from './stateful-specs.ts';

class LimitOperator implements Operator {
  readonly #record: RecordTable;
  readonly #from: number;
  readonly #to: number;
  #seen: number;

  constructor(spec: LimitSpec, record: RecordTable) {
    this.#record = record;
    this.#from = spec.offset;
    this.#to = spec.count === undefined ? Number.POSITIVE_INFINITY : spec.offset + spec.count;
    this.#seen = record.get('seen') ?? 0;
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const from = Math.max(0, this.#from - this.#seen);
    const to = Math.min(batch.length, this.#to - this.#seen);
    this.#seen += batch.length;
    this.#record.set('seen', this.#seen);
    if (from < to) context.emit(sliceBatch(batch, from, to, context));
    return 'done';
  }

  finished(): boolean {
    return this.#seen >= this.#to;
  }
}

export const limitDefinition: OperatorDefinition<LimitSpec> = {
  tables: () => [{ kind: 'record', name: 'rows', fields: ['seen'], merge: { seen: 'sum' } }],
  create: (spec, tables) => new LimitOperator(spec, recordTable(tables, 'rows')),
  outputSchema: spec => spec.schema,
};
