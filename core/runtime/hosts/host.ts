import type { Barrier } from '../../operators/contract.ts';
import type { JobGraph } from '../job-graph.ts';
import type { Collector } from '../services.ts';
import type { PreparedHandle, TaskSnapshot } from '../snapshot.ts';
import type { TaskFailure, TaskMessage } from '../task.ts';
import type { TaskState } from '../task-state.ts';

/** What a host tells the job. */
export interface HostEvents {
  taskDone(taskIndex: number): void;
  failed(failure: TaskFailure): void;
  acknowledged(taskIndex: number, barrier: Barrier, snapshot: TaskSnapshot): void;
  finishing(taskIndex: number, handles: readonly PreparedHandle[]): void;
  built(taskIndex: number): void;
  /** The answer to a task message 'describe'. */
  described(taskIndex: number, request: number, state: TaskState): void;
}

/** A thread's part of a job: it builds the graph's tasks that are placed on it and drives them. */
export interface JobHost {
  start(graph: JobGraph, host: number, events: HostEvents, collector: Collector | undefined): void;
  post(taskIndex: number, message: TaskMessage): void;
  wake(): void;
  /** Ends the host's tasks where they are; settles once none of them runs any more. */
  close(): Promise<void>;
}
