import type { MessagePort } from 'node:worker_threads';
import { type ErrorDetails, TidemillError } from '../../common/errors.ts';
import type { Barrier } from '../../operators/contract.ts';
import type { JobGraph } from '../job-graph.ts';
import type { PreparedHandle, TaskSnapshot } from '../snapshot.ts';
import type { TaskFailure, TaskMessage } from '../task.ts';
import type { TaskState } from '../task-state.ts';

/** To a worker that has no job. */
export interface StartMessage {
  readonly kind: 'start';
  readonly graph: JobGraph;
  readonly host: number;
  readonly kernels: WebAssembly.Module;
  /** What comes while the job runs; read by polling, because the thread may sleep on its word. */
  readonly port: MessagePort;
}

/** To a worker at work. */
export type ControlMessage =
  | { readonly kind: 'task'; readonly taskIndex: number; readonly message: TaskMessage }
  | { readonly kind: 'close' };

/** From a worker. */
export type WorkerReport =
  | { readonly kind: 'task-done'; readonly taskIndex: number }
  | { readonly kind: 'acknowledged'; readonly taskIndex: number; readonly barrier: Barrier; readonly snapshot: TaskSnapshot }
  | { readonly kind: 'finishing'; readonly taskIndex: number; readonly handles: readonly PreparedHandle[] }
  | { readonly kind: 'built'; readonly taskIndex: number }
  | { readonly kind: 'described'; readonly taskIndex: number; readonly request: number; readonly state: TaskState }
  | { readonly kind: 'failed'; readonly failure: FailureData }
  | { readonly kind: 'output'; readonly text: string }
  /** A task calls a function of another process; its port comes along. */
  | { readonly kind: 'remote-line'; readonly key: string; readonly port: MessagePort; readonly answered: SharedArrayBuffer }
  | { readonly kind: 'closed' };

/** A failure as data: errors lose their class between threads. */
export interface FailureData extends Omit<TaskFailure, 'error'> {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Omit<ErrorDetails, 'cause'>;
    readonly cause: string | undefined;
  };
}

export function failureToData({ error, stageId, subtask, operatorId }: TaskFailure): FailureData {
  const { code, message, domain, span, place, hint, cause } = error;
  const causeText = cause === undefined ? undefined : cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return { stageId, subtask, operatorId, error: { code, message, details: { domain, span, place, hint }, cause: causeText } };
}

export function failureFromData({ error, ...rest }: FailureData): TaskFailure {
  return { ...rest, error: new TidemillError(error.code, error.message, { ...error.details, cause: error.cause }) };
}
