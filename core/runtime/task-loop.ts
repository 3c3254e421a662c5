import type { Clock } from '../common/environment.ts';
import type { Task, TaskFailure } from './task.ts';

/** How a turn over all tasks of a host ended. `waiting`: nothing can be done before a wake or a timer. */
export type TurnResult = 'progressed' | 'waiting' | 'done';

export interface LoopEvents {
  taskDone(task: Task): void;
  failed(failure: TaskFailure): void;
}

/** The tasks of one host, stepped in turn. Hosts differ only in how they wait. */
export class TaskLoop {
  readonly #tasks: Task[] = [];
  readonly #events: LoopEvents;

  constructor(events: LoopEvents) {
    this.#events = events;
  }

  add(task: Task): void {
    this.#tasks.push(task);
  }

  get tasks(): readonly Task[] {
    return this.#tasks;
  }

  /** One step of every task. */
  turn(): TurnResult {
    let progressed = false;
    for (const task of [...this.#tasks]) if (this.stepTask(task) !== 'waiting') progressed = true;
    if (this.#tasks.length === 0) return 'done';
    return progressed ? 'progressed' : 'waiting';
  }

  /** One step of one task; its end and its failure are reported. */
  stepTask(task: Task, calls?: number): TurnResult {
    try {
      const result = task.step(calls);
      if (result === 'done') {
        this.#remove(task);
        this.#events.taskDone(task);
        return 'done';
      }
      return result === 'progressed' ? 'progressed' : 'waiting';
    } catch (error) {
      const failure = task.failure(error);
      this.#remove(task);
      this.#events.failed(failure);
      return 'done';
    }
  }

  /** Milliseconds until some task wants a step without a wake; `most` when none does. */
  waitMs(clock: Clock, most: number): number {
    const nowMs = clock.epochMs();
    let wait = most;
    for (const task of this.#tasks) {
      const next = task.nextStepMs(nowMs);
      if (next !== undefined) wait = Math.min(wait, next - nowMs);
    }
    return Math.max(0, wait);
  }

  /** Ends all tasks where they are. */
  close(): void {
    for (const task of [...this.#tasks]) this.#remove(task);
  }

  #remove(task: Task): void {
    const index = this.#tasks.indexOf(task);
    if (index >= 0) this.#tasks.splice(index, 1);
    task.close();
  }
}
