import { limits } from '../../common/limits.ts';
import { buildHostTasks } from '../host-tasks.ts';
import { hostWord, type JobGraph } from '../job-graph.ts';
import type { Collector, RuntimeServices } from '../services.ts';
import type { Task, TaskMessage } from '../task.ts';
import { TaskLoop } from '../task-loop.ts';
import { Waker } from '../waker.ts';
import type { HostEvents, JobHost } from './host.ts';

/** Runs tasks on the calling thread and gives the event loop a turn every {@link limits.mainThreadSliceMs}. */
export class MainHost implements JobHost {
  readonly #services: RuntimeServices;
  #tasks: Map<number, Task> = new Map();
  #loop: TaskLoop | undefined;
  #waker: Waker | undefined;
  #remote = false;
  #woken = false;
  #resume: (() => void) | undefined;
  #closed = false;
  #running: Promise<void> = Promise.resolve();

  constructor(services: RuntimeServices) {
    this.#services = services;
  }

  start(graph: JobGraph, host: number, events: HostEvents, collector: Collector | undefined): void {
    this.#waker = new Waker(new Int32Array(graph.control), hostWord(host));
    this.#remote = graph.tasks.some(task => task.host !== host);
    const indexes = new Map<Task, number>();
    const loop = new TaskLoop({
      taskDone: task => events.taskDone(indexes.get(task)!),
      failed: failure => events.failed(failure),
    });
    this.#loop = loop;
    this.#tasks = buildHostTasks(graph, host, this.#services, {
      wakeSelf: () => this.wake(),
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
    this.#running = this.#run(loop);
  }

  post(taskIndex: number, message: TaskMessage): void {
    this.#tasks.get(taskIndex)?.post(message);
  }

  wake(): void {
    this.#woken = true;
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#loop?.close();
    this.wake();
    await this.#running;
  }

  async #run(loop: TaskLoop): Promise<void> {
    const { clock } = this.#services;
    // the caller gets its job before the first step
    await new Promise<void>(resolve => setImmediate(resolve));
    while (!this.#closed) {
      const sliceEndMs = clock.monotonicMs() + limits.mainThreadSliceMs;
      this.#woken = false;
      let result = loop.turn();
      while (result === 'progressed' && clock.monotonicMs() < sliceEndMs && !this.#closed) result = loop.turn();
      if (result === 'done') return;
      if (result === 'progressed' || this.#woken) await new Promise<void>(resolve => setImmediate(resolve));
      else await this.#sleep(loop);
    }
  }

  async #sleep(loop: TaskLoop): Promise<void> {
    const waitMs = loop.waitMs(this.#services.clock, limits.hostSleepMsMax);
    let timer: NodeJS.Timeout | undefined;
    const local = new Promise<void>(resolve => {
      this.#resume = resolve;
      // the timer also keeps the process alive, which a pending Atomics.waitAsync does not
      timer = setTimeout(resolve, waitMs);
    });
    if (this.#remote) {
      this.#waker!.announceSleep();
      // what came between the last turn and the announcement
      if (loop.turn() === 'waiting') {
        const remote = this.#waker!.sleepAsync(waitMs);
        if (remote !== undefined && !this.#woken) await Promise.race([remote, local]);
      }
      this.#waker!.stayAwake();
    } else if (!this.#woken) await local;
    clearTimeout(timer);
    this.#resume = undefined;
  }
}
