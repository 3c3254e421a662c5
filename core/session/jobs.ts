import { readRows } from '../columnar/read-values.ts';
import type { Schema } from '../columnar/types.ts';
import { realClock } from '../common/environment.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { operationsOf } from '../connectors/operations.ts';
import { isRowError } from '../duckdb/errors.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import type { AnyOperatorSpec, Job, JobMetrics, ResultBatch, StopOptions } from '../runtime/index.ts';
import type { JobProgress, QueryResult, ResultChunk, RunningJob } from './contract.ts';
import { explainStall, type StallReport } from './stall.ts';

type ProgramPlan = PhysicalPlan<AnyOperatorSpec>;

/** A job as callers of the session see it. */
export class SessionJob implements RunningJob {
  readonly name: string;
  readonly bounded: boolean;
  readonly startedMs = realClock.epochMs();
  readonly done: Promise<void>;
  readonly #job: Job;

  readonly #plan: ProgramPlan;

  constructor(name: string, bounded: boolean, job: Job, plan: ProgramPlan, done: Promise<void> = job.done) {
    this.name = name;
    this.bounded = bounded;
    this.#job = job;
    this.#plan = plan;
    this.done = done;
  }

  get plan(): ProgramPlan {
    return this.#plan;
  }

  cancel(): Promise<void> {
    return this.#job.cancel();
  }

  stop(options: StopOptions = {}): Promise<void> {
    return this.#job.stop(options);
  }

  suspend(): Promise<void> {
    return this.#job.suspend();
  }

  savepoint(directory: string): Promise<void> {
    return this.#job.savepoint(directory);
  }

  async explainStall(): Promise<StallReport> {
    const state = await this.#job.describe(limits.describeMs);
    const report = explainStall(this.#plan, state);
    const failures = state.tasks.flatMap(task =>
      (task.state?.functionFailures ?? []).map(line => `${task.stageId}/${task.subtask}: ${line}`),
    );
    return { ...report, details: [...report.details, ...failures, ...spilledLines(this.#job.metrics())] };
  }

  async checkpoint(): Promise<void> {
    await this.#job.checkpoint();
  }

  barrier(): Promise<void> {
    return this.#job.barrier();
  }

  progress(): JobProgress {
    return progressOf(this.#job, this.#plan);
  }
}

/** What of the operators' state does not fit into memory: it slows them down. */
function spilledLines({ tasks }: JobMetrics): string[] {
  return tasks.flatMap(task =>
    task.operators
      .filter(operator => operator.spilledBytes > 0)
      .map(
        ({ id, diskBytes, spilledBytes }) =>
          `${task.stageId}/${task.subtask}: ${id} has ${mebibytes(diskBytes)} of its state on disk, and wrote ${mebibytes(spilledBytes)} there: more memory (--memory) would spare that`,
      ),
  );
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function progressOf(job: Job, plan: ProgramPlan): JobProgress {
  const readsOutside = (stageId: string): boolean =>
    plan.stages.find(stage => stage.id === stageId)!.inputs.some(input => input.kind !== 'exchange');
  const { tasks } = job.metrics();
  let rowsRead = 0;
  let rowsWritten = 0;
  let lateRows = 0;
  let badRecords = 0;
  let errorRows = 0;
  let memoryBytes = 0;
  let watermarkMs = Number.POSITIVE_INFINITY;
  const operators = tasks.flatMap(task => {
    memoryBytes += task.memoryBytes;
    badRecords += task.badRecords;
    if (readsOutside(task.stageId)) rowsRead += task.operators[0]?.rowsIn ?? 0;
    return task.operators.map(operator => {
      lateRows += operator.lateRows;
      errorRows += operator.errorRows;
      if (operator.kind === 'sink' || operator.kind === 'collect') {
        rowsWritten += operator.rowsIn;
        watermarkMs = Math.min(watermarkMs, operator.watermarkMs);
      }
      return {
        operator: operator.id,
        rowsIn: operator.rowsIn,
        rowsOut: operator.rowsOut,
        lateRows: operator.lateRows,
        errorRows: operator.errorRows,
        stateBytes: operator.stateBytes,
        diskBytes: operator.diskBytes,
        spilledBytes: operator.spilledBytes,
      };
    });
  });
  return {
    rowsRead,
    rowsWritten,
    lateRows,
    badRecords,
    errorRows,
    memoryBytes,
    watermarkMs: Number.isFinite(watermarkMs) ? watermarkMs : undefined,
    operators,
  };
}

export interface QueryParts {
  readonly name: string;
  readonly schema: Schema;
  readonly bounded: boolean;
  readonly changelog: QueryResult['changelog'];
  /** Output columns that identify a row, for −U and +U. */
  readonly keys: readonly number[] | undefined;
  readonly plan: ProgramPlan;
  /** Hears of the job when it has started. */
  readonly started: (job: SessionJob) => void;
  readonly start: () => Promise<Job>;
  /** The same without DuckDB, when a row failed in it; absent when DuckDB has no part in the plan. */
  readonly startOnOperators?: (() => Promise<Job>) | undefined;
}

/** A query that starts when its rows are read. */
export class SessionQuery implements QueryResult {
  readonly schema: Schema;
  readonly bounded: boolean;
  readonly changelog: QueryResult['changelog'];
  readonly keys: readonly number[] | undefined;
  readonly #parts: QueryParts;
  #job: SessionJob | undefined;
  #cancelled = false;

  constructor(parts: QueryParts) {
    this.#parts = parts;
    this.schema = parts.schema;
    this.bounded = parts.bounded;
    this.changelog = parts.changelog;
    this.keys = parts.keys;
  }

  get job(): RunningJob | undefined {
    return this.#job;
  }

  /** Result batches in their task's memory, for those who read columns themselves. */
  async *batches(): AsyncGenerator<ResultBatch> {
    const { startOnOperators } = this.#parts;
    let given = false;
    try {
      for await (const result of this.#batchesOf(await this.#parts.start())) {
        given = true;
        yield result;
      }
      return;
    } catch (error) {
      // a DuckDB stage gives its rows when it has ended, so that nothing has come of it yet
      if (given || startOnOperators === undefined || !isRowError(error)) throw error;
    }
    yield* this.#batchesOf(await startOnOperators());
  }

  async *#batchesOf(job: Job): AsyncGenerator<ResultBatch> {
    this.#job = new SessionJob(this.#parts.name, this.bounded, job, this.#parts.plan);
    this.#parts.started(this.#job);
    if (this.#cancelled) await job.cancel();
    if (job.results === undefined) throw new TidemillError('internal', 'a query has no collecting stage', { domain: 'internal' });
    try {
      for await (const result of job.results) yield result;
      await job.done;
    } finally {
      await job.cancel();
    }
  }

  async *chunks(): AsyncGenerator<ResultChunk> {
    for await (const { batch, memory } of this.batches()) {
      const operations = operationsOf(memory, batch, this.#parts.keys ?? []);
      yield { rows: readRows(memory, batch), ...(operations !== undefined && { operations }) };
    }
  }

  async cancel(): Promise<void> {
    this.#cancelled = true;
    await this.#job?.cancel();
  }
}
