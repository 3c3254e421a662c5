import type { Waiting } from '../operators/contract.ts';
import type { JobGraph } from './job-graph.ts';

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

interface Question {
  readonly missing: Set<number>;
  readonly answers: Map<number, TaskState>;
  readonly settle: () => void;
}

/**
 * Asks the tasks of a job what they are doing, and gathers the answers.
 *
 * @example
 * const state = await questions.ask(live, taskIndex => post(taskIndex, { kind: 'describe', request }), 500);
 */
export class TaskQuestions {
  readonly #graph: JobGraph;
  readonly #open = new Map<number, Question>();
  #next = 0;

  constructor(graph: JobGraph) {
    this.#graph = graph;
  }

  /** Settles when all live tasks have answered, or after `timeoutMs`: a task in a long call answers after it. */
  async ask(live: ReadonlySet<number>, post: (taskIndex: number, request: number) => void, timeoutMs: number): Promise<JobState> {
    const request = this.#next++;
    const answers = new Map<number, TaskState>();
    const asked = new Set(live);
    if (asked.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>(settle => {
        timer = setTimeout(settle, timeoutMs);
        this.#open.set(request, { missing: new Set(asked), answers, settle });
        for (const index of asked) post(index, request);
      });
      clearTimeout(timer);
      this.#open.delete(request);
    }
    return {
      tasks: this.#graph.tasks.map(({ index, stage, subtask }) => ({
        stageId: stage.id,
        subtask,
        producers: this.#graph.channels.flatMap(({ consumer, producer }) => {
          if (consumer !== index) return [];
          const from = this.#graph.tasks[producer]!;
          return [{ stageId: from.stage.id, subtask: from.subtask }];
        }),
        done: !asked.has(index),
        state: answers.get(index),
      })),
    };
  }

  answered(taskIndex: number, request: number, state: TaskState): void {
    const question = this.#open.get(request);
    if (question === undefined) return;
    question.answers.set(taskIndex, state);
    question.missing.delete(taskIndex);
    if (question.missing.size === 0) question.settle();
  }

  /** Lets go of whoever waits: the job has ended. */
  close(): void {
    for (const { settle } of this.#open.values()) settle();
  }
}
