import type { JobGraph } from '../job-graph.ts';
import type { JobState, TaskState } from '../task-state.ts';

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
