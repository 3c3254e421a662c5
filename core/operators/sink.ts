import type { Batch } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import { internalError } from '../common/errors.ts';
import type { SinkWriter } from '../connectors/contract.ts';
import type { TableSink } from '../plan/nodes.ts';
import type { Barrier, Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress, WatermarkMs } from './contract.ts';
import { refuseNulls } from './not-null.ts';

/** Writes to a table; nothing comes out. */
export interface SinkSpec {
  readonly kind: 'sink';
  readonly sink: TableSink;
  readonly schema: Schema;
}

/** The last part of a sink has this id: after every checkpoint. */
export const finalCheckpointId = Number.MAX_SAFE_INTEGER;

class SinkOperator implements Operator {
  readonly #spec: SinkSpec;
  readonly #writer: SinkWriter;
  readonly #task: OperatorTask;
  #closing: 'no' | 'under way' | 'done' | 'failed' = 'no';
  #error: unknown;

  constructor(spec: SinkSpec, task: OperatorTask) {
    this.#spec = spec;
    this.#writer = task.sinkWriter(spec.sink);
    this.#task = task;
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    refuseNulls(batch, this.#spec.sink, context.memory);
    return this.#writer.tryWrite(batch) ? 'done' : 'blocked';
  }

  onWatermark(watermarkMs: WatermarkMs): Progress {
    this.#writer.onWatermark?.(watermarkMs);
    return 'done';
  }

  onBarrier(barrier: Barrier): Progress {
    this.#task.commits?.prepare(this.#writer, barrier.checkpointId);
    return 'done';
  }

  onEnd(): Progress {
    if (this.#task.commits !== undefined) return this.#task.commits.finish(this.#writer);
    if (this.#closing === 'no') {
      this.#closing = 'under way';
      this.#finish().then(
        () => this.#settled('done'),
        (error: unknown) => {
          this.#error = error;
          this.#settled('failed');
        },
      );
    }
    if (this.#closing === 'failed') throw this.#error ?? internalError('a sink failed to close');
    return this.#closing === 'done' ? 'done' : 'blocked';
  }

  async #finish(): Promise<void> {
    const handle = await this.#writer.prepare(finalCheckpointId);
    if (handle !== undefined) await this.#writer.commit(handle);
    await this.#writer.close();
  }

  #settled(state: 'done' | 'failed'): void {
    this.#closing = state;
    this.#task.wake();
  }
}

export const sinkDefinition: OperatorDefinition<SinkSpec> = {
  tables: () => [],
  create: (spec, _tables, task) => new SinkOperator(spec, task),
  outputSchema: spec => spec.schema,
};
