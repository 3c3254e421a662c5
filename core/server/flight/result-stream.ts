import type { Schema as ArrowSchema } from 'apache-arrow';
import { arrowSchemaOf } from '../../columnar/arrow.ts';
import { type ArrowBuffers, type ArrowMessage, arrowMessageOf } from '../../columnar/arrow-message.ts';
import { type Schema, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { valuesToBatch } from '../../columnar/write-values.ts';
import { limits } from '../../common/limits.ts';
import { operationsOf } from '../../connectors/operations.ts';
import { loadKernels } from '../../kernels/index.ts';
import type { Operation } from '../../session/contract.ts';
import type { SessionQuery } from '../../session/jobs.ts';
import { TaskMemory } from '../../wasm/memory.ts';
import { flightSchemaOf } from './schemas.ts';

/** What a ticket stands for: a schema, and its batches each time it is read. A message is valid until the next is asked for. */
export interface ResultStream {
  readonly schema: ArrowSchema;
  messages(): AsyncIterable<ArrowMessage>;
  /** Ends what gives the messages, also while the next is waited for. */
  cancel?(): Promise<void>;
}

/** Rows that are there already. */
export function rowStream(schema: Schema, rows: readonly (readonly Value[])[], arrow = flightSchemaOf(schema)): ResultStream {
  return {
    schema: arrow,
    async *messages() {
      if (rows.length === 0) return;
      const memory = new TaskMemory();
      const kernels = loadKernels(memory);
      for (let from = 0; from < rows.length; from += limits.batchRows) {
        memory.arena.reset();
        yield arrowMessageOf({ memory, kernels }, valuesToBatch(memory, schema, rows.slice(from, from + limits.batchRows)));
      }
    },
  };
}

/** Rows of Flight SQL's own columns, which clients compare with what they expect: nothing else is said of them. */
export const metadataRows = (schema: Schema, rows: readonly (readonly Value[])[]): ResultStream =>
  rowStream(schema, rows, arrowSchemaOf(schema));

/** The column that comes first where rows are changes. */
export const operationField = { name: 'op', type: types.string(false) };

/** The rows of a query; with `changes` each has its operation before it: +I, -U, +U, -D. Reading starts the job, leaving the loop ends it. */
export function queryStream(query: SessionQuery, changes: boolean): ResultStream {
  const schema = changes ? [operationField, ...query.schema] : query.schema;
  return {
    schema: flightSchemaOf(schema),
    cancel: () => query.cancel(),
    async *messages() {
      for await (const result of query.batches()) {
        const { batch, memory } = result;
        if (batch.length === 0) continue;
        const before = changes ? [operationColumn(operationsOf(memory, batch, query.keys ?? []), batch.length)] : [];
        yield arrowMessageOf(result, batch, before);
      }
    },
  };
}

const operationText: Readonly<Record<Operation, number>> = {
  '+I': 0x492b,
  '-U': 0x552d,
  '+U': 0x552b,
  '-D': 0x442d,
};

/** Operations as a text column: two letters each. */
function operationColumn(operations: readonly Operation[] | undefined, rows: number): ArrowBuffers {
  const offsets = new Int32Array(rows + 1);
  const letters = new Uint16Array(rows);
  for (let row = 0; row < rows; row++) {
    offsets[row + 1] = (row + 1) * 2;
    letters[row] = operationText[operations?.[row] ?? '+I'];
  }
  return { nullCount: 0, buffers: [new Uint8Array(0), new Uint8Array(offsets.buffer), new Uint8Array(letters.buffer)] };
}
