import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { realClock } from '../../common/environment.ts';
import { internalError, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { statementsSettled } from '../../duckdb/running.ts';
import { useKernelsModule } from '../../kernels/index.ts';
import { isColumnSignature, remoteModule as remoteModuleOf } from '../../udf/remote-columns.ts';
import { RemoteUdf } from '../../udf/remote-udf.ts';
import { defaultServices } from '../default-services.ts';
import { buildHostTasks } from '../host-tasks.ts';
import { hostWord, type JobGraph } from '../job-graph.ts';
import type { RuntimeServices } from '../services.ts';
import type { Task } from '../task.ts';
import { TaskLoop } from '../task-loop.ts';
import { Waker } from '../waker.ts';
import { BlockingChannel } from './remote-calls.ts';
import { type ControlMessage, failureToData, type StartMessage, type WorkerReport } from './worker-messages.ts';

const report = (message: WorkerReport): void => parentPort!.postMessage(message);

/** The tasks of one job on this thread, until they have ended or the job is closed. */
class WorkerJob {
  readonly #port: MessagePort;
  readonly #waker: Waker;
  readonly #loop: TaskLoop;
  #tasks = new Map<number, Task>();
  /** Only the event loop can complete reads and writes of files and sockets. */
  readonly #hasIo: boolean;
  readonly #channels: BlockingChannel[] = [];
  #closed = false;

  constructor(message: StartMessage) {
    const { graph, host } = message;
    this.#port = message.port;
    this.#waker = new Waker(new Int32Array(graph.control), hostWord(host));
    const indexes = new Map<Task, number>();
    this.#loop = new TaskLoop({
      taskDone: task => report({ kind: 'task-done', taskIndex: indexes.get(task)! }),
      failed: failure => report({ kind: 'failed', failure: failureToData(failure) }),
    });
    this.#hasIo = hasIo(graph, host);
    try {
      this.#tasks = buildHostTasks(graph, host, this.#services(graph), {
        wakeSelf: () => this.#waker.wake(),
        acknowledge: (taskIndex, barrier, snapshot) => report({ kind: 'acknowledged', taskIndex, barrier, snapshot }),
        finishing: (taskIndex, handles) => report({ kind: 'finishing', taskIndex, handles }),
        built: taskIndex => report({ kind: 'built', taskIndex }),
        described: (taskIndex, request, state) => report({ kind: 'described', taskIndex, request, state }),
      });
    } catch (error) {
      const known = error instanceof TidemillError ? error : internalError('a worker could not build its tasks', error);
      report({ kind: 'failed', failure: failureToData({ error: known, stageId: '', subtask: 0, operatorId: undefined }) });
    }
    for (const [index, task] of this.#tasks) {
      indexes.set(task, index);
      this.#loop.add(task);
    }
  }

  #services({ remoteFunctions }: JobGraph): RuntimeServices {
    const output = (text: string): void => report({ kind: 'output', text });
    const channelTo = (key: string): BlockingChannel => {
      const isEnding = (): boolean => {
        this.#receive();
        return this.#closed;
      };
      const channel = new BlockingChannel(
        key,
        line => parentPort!.postMessage({ kind: 'remote-line', ...line } satisfies WorkerReport, [line.port]),
        isEnding,
      );
      this.#channels.push(channel);
      return channel;
    };
    const userFunction: RuntimeServices['userFunction'] = (key, { memory, kernels }) => {
      const found = remoteFunctions.find(each => each.key === key);
      if (found === undefined) throw internalError(`user function '${key}' was not given to the job`);
      return new RemoteUdf(found, memory, channelTo(key), { kernels });
    };
    const remoteModule: RuntimeServices['remoteModule'] = (key, { memory, kernels }) => {
      const found = remoteFunctions.find(each => each.key === key);
      if (found === undefined || !isColumnSignature(found.signature)) return undefined;
      return remoteModuleOf(found.signature, { memory, kernels }, channelTo(key));
    };
    return defaultServices({ output, userFunction, remoteModule });
  }

  async run(): Promise<void> {
    let idleTurns = 0;
    let sliceEndMs = realClock.monotonicMs() + limits.mainThreadSliceMs;
    for (;;) {
      this.#receive();
      if (this.#closed) break;
      const result = this.#loop.turn();
      if (result === 'progressed') {
        idleTurns = 0;
        if (this.#hasIo && realClock.monotonicMs() >= sliceEndMs) {
          await new Promise<void>(resolve => setImmediate(resolve));
          sliceEndMs = realClock.monotonicMs() + limits.mainThreadSliceMs;
        }
      } else if (result === 'done' || ++idleTurns > limits.turnsBeforeSleep) {
        await this.#sleep(result === 'done');
        idleTurns = 0;
        sliceEndMs = realClock.monotonicMs() + limits.mainThreadSliceMs;
      }
    }
    this.#loop.close();
    this.#port.close();
    for (const channel of this.#channels) channel.close();
    await statementsSettled();
    report({ kind: 'closed' });
  }

  /** Until woken or a task's timer is due; with all tasks done, until the job is closed. */
  async #sleep(allDone: boolean): Promise<void> {
    const waker = this.#waker;
    waker.announceSleep();
    // what came between the last turn and the announcement
    if (this.#receive() || (!allDone && this.#loop.turn() === 'progressed')) return waker.stayAwake();
    const waitMs = this.#loop.waitMs(realClock, limits.hostSleepMsMax);
    if (!this.#hasIo) return waker.sleep(waitMs);
    const waiting = waker.sleepAsync(waitMs);
    if (waiting !== undefined) {
      // a pending waitAsync does not keep a thread alive, a timer does
      const keepAlive = setTimeout(() => undefined, limits.hostSleepMsMax * 2);
      await waiting;
      clearTimeout(keepAlive);
    }
    waker.stayAwake();
  }

  #receive(): boolean {
    let any = false;
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      any = true;
      const message = entry.message as ControlMessage;
      if (message.kind === 'close') this.#closed = true;
      else this.#tasks.get(message.taskIndex)?.post(message.message);
    }
    return any;
  }
}

function hasIo(graph: JobGraph, host: number): boolean {
  return graph.tasks.some(
    task =>
      task.host === host && (task.splits.length > 0 || task.stage.operators.some(operator => operator.spec.kind === 'sink')),
  );
}

parentPort!.on('message', (message: StartMessage) => {
  useKernelsModule(message.kernels);
  void new WorkerJob(message).run();
});
