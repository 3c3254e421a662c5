import type { Clock, Random } from '../../common/environment.ts';
import { buildHostTasks } from '../host-tasks.ts';
import type { JobGraph } from '../job-graph.ts';
import type { Collector, RuntimeServices } from '../services.ts';
import type { Task, TaskMessage } from '../task.ts';
import { TaskLoop } from '../task-loop.ts';
import type { HostEvents, JobHost } from './host.ts';

/** A clock that moves only when it is told to, and by a little with every step. */
export class SimulatedClock implements Clock {
  #nowMs: number;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }
  epochMs(): number {
    return this.#nowMs;
  }
  monotonicMs(): number {
    return this.#nowMs;
  }
  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/**
 * Runs all tasks of a job in one thread, one step at a time, the next task picked by a seed: a run with the same seed and input is the same
 * run. When nothing can go on, the clock jumps to the next timer, and the event loop gets a turn for what test sources left there.
 */
export class SimulationHost implements JobHost {
  readonly #services: RuntimeServices;
  readonly #clock: SimulatedClock;
  readonly #random: Random;
  #tasks = new Map<number, Task>();
  #loop: TaskLoop | undefined;
  #closed = false;
  #running: Promise<void> = Promise.resolve();
  /** Steps taken, for tests that want to see that a run is repeated. */
  steps = 0;

  readonly #stepsPerTurn: number;

  /** `stepsPerTurn`: the event loop gets a turn after so many steps at most, so that checkpoints and crashes come in between. */
  constructor(services: RuntimeServices, clock: SimulatedClock, random: Random, stepsPerTurn = Number.POSITIVE_INFINITY) {
    this.#stepsPerTurn = stepsPerTurn;
    this.#services = services;
    this.#clock = clock;
    this.#random = random;
  }

  start(graph: JobGraph, host: number, events: HostEvents, collector: Collector | undefined): void {
    const indexes = new Map<Task, number>();
    const loop = new TaskLoop({
      taskDone: task => events.taskDone(indexes.get(task)!),
      failed: failure => events.failed(failure),
    });
    this.#tasks = buildHostTasks(graph, host, this.#services, {
      wakeSelf: () => undefined,
      acknowledge: (index, barrier, snapshot) => events.acknowledged(index, barrier, snapshot),
      finishing: (index, handles) => events.finishing(index, handles),
      built: index => events.built(index),
      described: (index, request, state) => events.described(index, request, state),
      collector,
    });
    for (const [index, task] of this.#tasks) {
      indexes.set(task, index);
      loop.add(task);
    }
    this.#loop = loop;
    this.#running = this.#run(loop);
  }

  post(taskIndex: number, message: TaskMessage): void {
    this.#tasks.get(taskIndex)?.post(message);
  }

  wake(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    this.#loop?.close();
    await this.#running;
  }

  async #run(loop: TaskLoop): Promise<void> {
    await new Promise<void>(resolve => setImmediate(resolve));
    let waiting = 0;
    while (!this.#closed && loop.tasks.length > 0) {
      const task = loop.tasks[this.#random.next32() % loop.tasks.length]!;
      this.steps++;
      // a step of few calls, so that tasks are interleaved in more ways
      const result = loop.stepTask(task, 1 + (this.#random.next32() % 8));
      if (this.steps % this.#stepsPerTurn === 0) await new Promise<void>(resolve => setImmediate(resolve));
      if (result !== 'waiting') {
        waiting = 0;
        this.#clock.advance(this.#random.next32() % 2);
      } else if (++waiting > 4 * loop.tasks.length) {
        waiting = 0;
        this.#clock.advance(loop.waitMs(this.#clock, 1));
        await new Promise<void>(resolve => setImmediate(resolve));
      }
    }
  }
}
