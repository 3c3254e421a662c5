import { join } from 'node:path';
import { type Schema, types } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { type Clock, realClock } from '../common/environment.ts';
import { type Span, TidemillError } from '../common/errors.ts';
import type { Job } from '../runtime/index.ts';
import type { Command } from '../sql/binder/index.ts';
import type { StatementResult } from './contract.ts';
import type { SessionJob } from './jobs.ts';

interface ListedJob {
  readonly id: string;
  readonly name: string;
  readonly job: Job;
  readonly running: SessionJob;
  readonly startedMs: number;
  status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELED';
}

/** The INSERT jobs of a session, for SHOW JOBS, DESCRIBE JOB and STOP JOB. */
export class JobList {
  readonly #jobs: ListedJob[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock = realClock) {
    this.#clock = clock;
  }

  add(name: string, job: Job, running: SessionJob): void {
    const id = (this.#jobs.length + 1).toString(16).padStart(32, '0');
    const listed: ListedJob = { id, name, job, running, startedMs: this.#clock.epochMs(), status: 'RUNNING' };
    this.#jobs.push(listed);
    job.done.then(
      () => this.#settle(listed, 'FINISHED'),
      () => this.#settle(listed, 'FAILED'),
    );
  }

  /** The rows of SHOW JOBS, or of DESCRIBE JOB. Errors: unknown-job. */
  list(id?: string, span?: Span): StatementResult {
    const jobs = id === undefined ? this.#jobs : [this.#find(id, span)];
    const rows = jobs.map((entry): Value[] => [entry.id, entry.name, entry.status, BigInt(entry.startedMs) * 1000n]);
    return { kind: 'listing', schema: jobSchema, rows };
  }

  /** What holds the named job up, or each that runs. Errors: unknown-job. */
  async explainStall({ job: wanted }: Extract<Command, { kind: 'explain-stall' }>): Promise<StatementResult> {
    const found =
      wanted === undefined ? this.#jobs.filter(each => each.status === 'RUNNING') : [this.#find(wanted.value, wanted.span)];
    if (found.length === 0) return { kind: 'text', text: 'no job of this session runs' };
    const texts = found.map(async ({ name, running }) => {
      const { reason, details } = await running.explainStall();
      return [`${name}: ${reason}`, ...details.map(line => `  ${line}`)].join('\n');
    });
    return { kind: 'text', text: (await Promise.all(texts)).join('\n') };
  }

  /**
   * Ends a job's sources and waits until its sinks are closed; WITH SAVEPOINT it ends at a savepoint, in a folder of its own in `savepoints`.
   * Errors: unknown-job, no-savepoint.
   */
  async stop(command: Extract<Command, { kind: 'stop-job' }>, savepoints: string | undefined): Promise<StatementResult> {
    const found = this.#find(command.job.value, command.job.span);
    if (found.status === 'RUNNING') {
      if (command.withSavepoint) return this.#stopAtSavepoint(found, command, savepoints);
      found.status = 'CANCELED';
      await found.job.stop();
    }
    return { kind: 'done', message: `job ${found.name} stopped` };
  }

  /** Gives a job the functions as they are now. Errors: unknown-job, no-savepoint, udf-signature. */
  async refresh(
    wanted: { readonly value: string; readonly span: Span },
    refresh: (job: Job, running: SessionJob) => Promise<readonly string[]>,
  ): Promise<StatementResult> {
    const found = this.#find(wanted.value, wanted.span);
    if (found.status !== 'RUNNING')
      throw new TidemillError('no-savepoint', `job ${found.name} does not run any more`, { span: wanted.span });
    const changed = await refresh(found.job, found.running);
    const what = changed.length === 0 ? 'has the functions of now already' : `goes on with ${changed.join(', ')}`;
    return { kind: 'done', message: `job ${found.name} ${what}` };
  }

  async #stopAtSavepoint(
    found: ListedJob,
    command: Extract<Command, { kind: 'stop-job' }>,
    savepoints: string | undefined,
  ): Promise<StatementResult> {
    if (savepoints === undefined)
      throw new TidemillError('no-savepoint', 'nobody said where savepoints go', {
        span: command.job.span,
        hint: "SET 'execution.checkpointing.savepoint-dir' = 'DIR'",
      });
    const path = join(savepoints, `savepoint-${found.id.replace(/^0+/, '')}-${this.#clock.epochMs().toString(36)}`);
    await found.job.stop({ savepoint: path, drain: command.withDrain });
    if (found.status === 'RUNNING') found.status = 'FINISHED';
    return { kind: 'listing', schema: [{ name: 'savepoint path', type: types.string(false) }], rows: [[path]] };
  }

  #settle(listed: ListedJob, status: 'FINISHED' | 'FAILED'): void {
    if (listed.status === 'RUNNING') listed.status = status;
  }

  #find(id: string, span?: Span): ListedJob {
    const found = this.#jobs.find(entry => entry.id === id || entry.name === id);
    if (found !== undefined) return found;
    throw new TidemillError('unknown-job', `there is no job '${id}'`, { span, hint: 'SHOW JOBS lists them' });
  }
}

const jobSchema: Schema = [
  { name: 'job id', type: types.string(false) },
  { name: 'job name', type: types.string(false) },
  { name: 'status', type: types.string(false) },
  { name: 'start time', type: types.timestampLtz(3, false) },
];
