import { join } from 'node:path';
import { folderName } from './checkpoints.ts';
import type { JobProgress, RunningJob } from './contract.ts';
import type { StallReport } from './stall.ts';

/**
 * The jobs of a statement set that fills tables of the session itself, as one: it has ended when all have, and when one fails the others are cancelled. Each keeps
 * checkpoints of its own; a savepoint has a folder for each. All other sets are one job.
 */
export class JobSet implements RunningJob {
  readonly name: string;
  readonly bounded: boolean;
  readonly startedMs: number;
  readonly done: Promise<void>;
  readonly #jobs: readonly RunningJob[];

  private constructor(jobs: readonly RunningJob[]) {
    this.#jobs = jobs;
    this.name = jobs.map(job => job.name).join(', ');
    this.bounded = jobs.every(job => job.bounded);
    this.startedMs = Math.min(...jobs.map(job => job.startedMs));
    this.done = Promise.all(jobs.map(job => job.done)).then(
      () => undefined,
      async (error: unknown) => {
        await Promise.all(jobs.map(job => job.cancel().catch(() => undefined)));
        throw error;
      },
    );
    // whoever never asks is told by the session
    this.done.catch(() => undefined);
  }

  /** Starts them one after another; when one cannot start, those before it are cancelled. */
  static async start(starts: readonly (() => Promise<RunningJob>)[]): Promise<RunningJob> {
    const jobs: RunningJob[] = [];
    try {
      for (const start of starts) jobs.push(await start());
    } catch (error) {
      await Promise.all(jobs.map(job => job.cancel().catch(() => undefined)));
      throw error;
    }
    return jobs.length === 1 ? jobs[0]! : new JobSet(jobs);
  }

  progress(): JobProgress {
    const all = this.#jobs.map(job => job.progress());
    const sum = (of: (progress: JobProgress) => number): number => all.reduce((total, progress) => total + of(progress), 0);
    const watermarks = all.flatMap(({ watermarkMs }) => (watermarkMs === undefined ? [] : [watermarkMs]));
    return {
      rowsRead: sum(each => each.rowsRead),
      rowsWritten: sum(each => each.rowsWritten),
      lateRows: sum(each => each.lateRows),
      badRecords: sum(each => each.badRecords),
      errorRows: sum(each => each.errorRows),
      watermarkMs: watermarks.length === 0 ? undefined : Math.min(...watermarks),
      memoryBytes: sum(each => each.memoryBytes),
      operators: all.flatMap(each => each.operators),
    };
  }

  async stop(options: { readonly drain?: boolean | undefined; readonly savepoint?: string | undefined } = {}): Promise<void> {
    const { savepoint } = options;
    await this.#each(job =>
      job.stop(savepoint === undefined ? options : { ...options, savepoint: join(savepoint, folderName(job.name)) }),
    );
  }

  suspend(): Promise<void> {
    return this.#each(job => job.suspend());
  }

  savepoint(directory: string): Promise<void> {
    return this.#each(job => job.savepoint(join(directory, folderName(job.name))));
  }

  cancel(): Promise<void> {
    return this.#each(job => job.cancel());
  }

  checkpoint(): Promise<void> {
    return this.#each(job => job.checkpoint());
  }

  async explainStall(): Promise<StallReport> {
    const reports = await Promise.all(this.#jobs.map(job => job.explainStall()));
    const first = reports.find(report => report.held) ?? reports[0]!;
    return { ...first, details: reports.flatMap(report => report.details) };
  }

  async #each(act: (job: RunningJob) => Promise<void>): Promise<void> {
    await Promise.all(this.#jobs.map(act));
  }
}
