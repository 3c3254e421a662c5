import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { internalError } from '../../common/errors.ts';
import { kernelsModule } from '../../kernels/index.ts';
import { hostWord, type JobGraph } from '../job-graph.ts';
import type { TaskMessage } from '../task.ts';
import { Waker } from '../waker.ts';
import type { HostEvents, JobHost } from './host.ts';
import type { RemoteLine } from './remote-calls.ts';
import { type ControlMessage, failureFromData, type StartMessage, type WorkerReport } from './worker-messages.ts';
import type { WorkerData } from './worker-start.ts';

/** The sources run as they are in development; the published package has them compiled beside each other. */
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker-start.ts' : './worker-start.js', import.meta.url);

/**
 * Threads that run tasks, one job at a time each. Made early, so that they start while a statement is planned; an idle one does not keep
 * the process alive.
 *
 * @example
 * const pool = new WorkerPool(2, { output: text => process.stdout.write(text) });
 * const job = await startJob(plan, { services, hosts: [new MainHost(services), ...pool.take(2)] });
 */
export class WorkerPool {
  readonly #idle: PooledWorker[] = [];
  readonly #all = new Set<PooledWorker>();
  readonly #output: (text: string) => void;

  constructor(size: number, options: { readonly output: (text: string) => void }) {
    this.#output = options.output;
    this.grow(size);
  }

  /** Starts threads until there are so many. */
  grow(size: number): void {
    while (this.#all.size < size) this.#idle.push(this.#start());
  }

  /** So many hosts for one job; threads that are missing are started. `remoteLine` answers tasks that call functions of another process. */
  take(count: number, remoteLine?: (line: RemoteLine) => void): JobHost[] {
    return Array.from(
      { length: count },
      () => new WorkerHost(this.#idle.pop() ?? this.#start(), worker => this.#idle.push(worker), remoteLine),
    );
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    this.#idle.length = 0;
    await Promise.all([...this.#all].map(worker => worker.thread.terminate()));
    this.#all.clear();
  }

  #start(): PooledWorker {
    const worker = new PooledWorker(this.#output);
    this.#all.add(worker);
    worker.thread.once('exit', () => {
      this.#all.delete(worker);
      const index = this.#idle.indexOf(worker);
      if (index >= 0) this.#idle.splice(index, 1);
    });
    return worker;
  }
}

class PooledWorker {
  readonly thread: Worker;
  readonly #output: (text: string) => void;
  #listener: ((report: WorkerReport) => void) | undefined;
  #crashed: ((cause: unknown) => void) | undefined;

  constructor(output: (text: string) => void) {
    this.#output = output;
    const used = getCompileCacheDir();
    // Node puts a folder of its version below the one it is given
    const workerData: WorkerData = { compileCache: used === undefined ? undefined : dirname(used) };
    this.thread = new Worker(entry, { execArgv: [], workerData });
    this.thread.unref();
    this.thread.on('message', (report: WorkerReport) => {
      if (report.kind === 'output') this.#output(report.text);
      else this.#listener?.(report);
    });
    this.thread.on('error', error => this.#crashed?.(error));
    this.thread.on('exit', code => this.#crashed?.(new Error(`a worker thread ended with code ${code}`)));
  }

  use(listener: (report: WorkerReport) => void, crashed: (cause: unknown) => void): void {
    this.#listener = listener;
    this.#crashed = crashed;
    this.thread.ref();
  }

  leave(): void {
    this.#listener = undefined;
    this.#crashed = undefined;
    this.thread.unref();
  }
}

/** One thread's part of one job. */
class WorkerHost implements JobHost {
  readonly #worker: PooledWorker;
  readonly #giveBack: (worker: PooledWorker) => void;
  readonly #remoteLine: ((line: RemoteLine) => void) | undefined;
  #port: MessagePort | undefined;
  #waker: Waker | undefined;
  #closing: Promise<void> | undefined;
  #closed!: () => void;
  #started = false;
  #gone = false;

  constructor(
    worker: PooledWorker,
    giveBack: (worker: PooledWorker) => void,
    remoteLine: ((line: RemoteLine) => void) | undefined,
  ) {
    this.#remoteLine = remoteLine;
    this.#worker = worker;
    this.#giveBack = giveBack;
  }

  start(graph: JobGraph, host: number, events: HostEvents): void {
    const kernels = kernelsModule();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.unref();
    this.#waker = new Waker(new Int32Array(graph.control), hostWord(host));
    this.#worker.use(
      report => {
        switch (report.kind) {
          case 'task-done':
            events.taskDone(report.taskIndex);
            break;
          case 'acknowledged':
            events.acknowledged(report.taskIndex, report.barrier, report.snapshot);
            break;
          case 'finishing':
            events.finishing(report.taskIndex, report.handles);
            break;
          case 'built':
            events.built(report.taskIndex);
            break;
          case 'described':
            events.described(report.taskIndex, report.request, report.state);
            break;
          case 'failed':
            events.failed(failureFromData(report.failure));
            break;
          case 'remote-line':
            this.#remoteLine?.(report);
            break;
          case 'closed':
            this.#leave(true);
            break;
        }
      },
      cause => {
        this.#leave(false);
        const error = internalError(`a worker thread died: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
        events.failed({ error, stageId: '', subtask: 0, operatorId: undefined });
      },
    );
    const message: StartMessage = { kind: 'start', graph, host, kernels, port: port2 };
    this.#worker.thread.postMessage(message, [port2]);
    this.#started = true;
  }

  post(taskIndex: number, message: TaskMessage): void {
    this.#send({ kind: 'task', taskIndex, message });
  }

  wake(): void {
    this.#waker?.wake();
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = new Promise(resolve => {
        this.#closed = resolve;
      });
      if (!this.#started) this.#leave(true);
      if (this.#gone) this.#closed();
      else this.#send({ kind: 'close' });
    }
    return this.#closing;
  }

  #send(message: ControlMessage): void {
    this.#port?.postMessage(message);
    this.#waker?.wake();
  }

  #leave(usable: boolean): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#port?.close();
    this.#worker.leave();
    if (usable) this.#giveBack(this.#worker);
    this.#closed?.();
  }
}
