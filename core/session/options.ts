import type { WorkerPool } from '../runtime/index.ts';
import type { AllowPath } from './allowed-paths.ts';
import type { CheckpointOptions } from './checkpoints.ts';

/** How a session is opened. */
export interface SessionOptions {
  /** Settings as SET makes them, e.g. `execution.runtime-mode`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly parallelism?: number;
  /** Values for `'${env:NAME}'`; default: none. */
  readonly secret?: (name: string) => string | undefined;
  /** Told about ignored options and unbounded state, once each. */
  readonly notice?: (text: string) => void;
  /** Where the print connector writes. */
  readonly output?: (text: string) => void;
  /** Where jobs that write to tables keep checkpoints; setting `execution.checkpointing.dir` does the same. */
  readonly checkpoints?: CheckpointOptions;
  /** Throws for files that statements may not use; default: all may be. */
  readonly allowPath?: AllowPath;
  /** Nothing is fetched from a registry: a component that needs jco for the first time is refused. */
  readonly offline?: boolean;
  /** A folder of this user in which modules of functions are kept as they were rewritten; default: they are rewritten each time. */
  readonly keptModules?: string;
  /** Test configurations of the engine. */
  readonly engine?: EngineOptions;
}

export interface EngineOptions {
  /** Rows per batch. */
  readonly batchRows?: number;
  /** Destroy every operator and rebuild it from its state tables between any two inputs; 'restore': the tables too, from their snapshots. */
  readonly rebuildOperators?: boolean | 'restore';
  /** Memory of each task, however small: what the budget would give it otherwise. */
  readonly taskMemoryBytes?: number;
  /** false: every operator in a task of its own. */
  readonly chaining?: boolean;
  readonly optimizer?: 'on' | 'off';
  /** Where tasks run: on the main thread, in worker threads, or by need. */
  readonly host?: 'main' | 'workers' | 'auto';
  /** Threads shared with other sessions: they stay when this one is closed. Default: threads of its own. */
  readonly workers?: WorkerPool;
}
