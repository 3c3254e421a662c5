import { availableParallelism } from 'node:os';
import { limits } from '../common/limits.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import { type JobHost, WorkerPool } from '../runtime/index.ts';
import type { EngineOptions } from './options.ts';
import type { PlannedJob } from './planning.ts';
import { tasksForRowsInMemory } from './rows-in-memory.ts';
import type { Settings } from './settings.ts';

type WaysOut = Parameters<WorkerPool['take']>[1];

/** Which threads the tasks of a session run on. */
export class SessionThreads {
  readonly #engine: EngineOptions | undefined;
  readonly #settings: Settings;
  readonly #output: (text: string) => void;
  #own: WorkerPool | undefined;

  constructor(engine: EngineOptions | undefined, settings: Settings, output: (text: string) => void) {
    this.#engine = engine;
    this.#settings = settings;
    this.#output = output;
  }

  /** Whether tasks have threads of their own: one task runs on the calling thread, more get a thread each. */
  get apart(): boolean {
    const host = this.#engine?.host ?? 'auto';
    return host === 'workers' || (host === 'auto' && this.#settings.parallelism > 1);
  }

  /** Threads start while statements are bound and planned. */
  start(): void {
    if (this.apart) this.#pool(this.#settings.parallelism);
  }

  /** How many tasks a stage of a bounded plan has, whose final rows are wanted. */
  tasksFor(plan: LogicalNode): number {
    return this.#decides ? tasksForRowsInMemory(plan, availableParallelism()) : this.#settings.parallelism;
  }

  /** A table of so many rows has come: threads start before the first query over it. */
  expect(rows: number): void {
    const tasks = this.#decides ? Math.min(availableParallelism(), limits.memoryTasksMax) : 1;
    if (tasks > 1 && rows >= 2 * limits.memoryRowsPerTask) this.#pool(tasks - 1).grow(tasks - 1);
  }

  /** Threads of a job beside the calling one, and where its tasks are placed: on all of them, where the session chose how many. */
  of({ tasks }: PlannedJob, callsOut: boolean, waysOut: WaysOut): Beside {
    const { parallelism } = this.#settings;
    if (this.apart || callsOut) return { hosts: () => this.#pool(parallelism).take(parallelism, waysOut) };
    if (tasks === parallelism) return { hosts: () => [] };
    return { hosts: () => this.#pool(tasks - 1).take(tasks - 1), placement: (_stage, subtask) => subtask % tasks };
  }

  async close(): Promise<void> {
    await this.#own?.close();
    this.#own = undefined;
  }

  /** Nobody has said how many tasks there are, or where. */
  get #decides(): boolean {
    return !this.#settings.isSet('parallelism.default') && (this.#engine?.host ?? 'auto') === 'auto';
  }

  #pool(size: number): WorkerPool {
    if (this.#engine?.workers !== undefined) return this.#engine.workers;
    this.#own ??= new WorkerPool(size, { output: this.#output });
    return this.#own;
  }
}

export interface Beside {
  readonly hosts: () => JobHost[];
  readonly placement?: (stage: unknown, subtask: number) => number;
}
