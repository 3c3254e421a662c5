import type { Waiting } from '../operators/contract.ts';

/** One live input of a task, as {@link TaskState} tells of it. */
export interface InputState {
  readonly port: number;
  /** Id of the source split; absent for a channel. */
  readonly split?: string | undefined;
  /** Of a channel what has come through it; of a split what its rows have reached, −Infinity before the first and where nobody keeps it. */
  readonly watermarkMs: number;
  /** Counts no longer for the watermark. */
  readonly idle: boolean;
  /** Since the last row; undefined when there was none. */
  readonly silentMs: number | undefined;
  /** Rows may not be read before those of another input (the build side of a join) have ended. */
  readonly waitsForBuild: boolean;
  /** It stands at a barrier that others have not reached. */
  readonly atBarrier: boolean;
}

/** What a task is doing and what it waits for; plain data that crosses threads. Made when somebody asks, never on the way of a row. */
export interface TaskState {
  /** Work lies in the chain that nobody downstream takes. */
  readonly blocked: boolean;
  readonly inputs: readonly InputState[];
  /** Splits that nobody has opened yet. */
  readonly splitsWaiting: number;
  /** By operator of the chain: the watermark it has seen, and what of its state waits for a later one. */
  readonly operators: readonly { readonly watermarkMs: number; readonly waiting: Waiting | undefined }[];
  /** A line for each user function that gave no result for some rows. */
  readonly functionFailures: readonly string[];
}

/** A task of a job with its place; `state` is undefined of one that did not answer in time. */
export interface DescribedTask {
  readonly stageId: string;
  readonly subtask: number;
  /** Where its channels come from, in the order of the inputs without a split. */
  readonly producers: readonly { readonly stageId: string; readonly subtask: number }[];
  readonly done: boolean;
  readonly state: TaskState | undefined;
}

export interface JobState {
  readonly tasks: readonly DescribedTask[];
}
