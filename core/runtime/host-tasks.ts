import { limits } from '../common/limits.ts';
import type { Barrier } from '../operators/contract.ts';
import { TaskMemory } from '../wasm/memory.ts';
import { BufferReader } from './buffer-reader.ts';
import { buildTask } from './build-task.ts';
import { counterIndex, countersPerOperator } from './counters.ts';
import { ExchangeInput } from './exchange-input.ts';
import { exchangeOutput, outputToAll } from './exchange-output.ts';
import { hostWord, type JobGraph } from './job-graph.ts';
import { Ring } from './ring.ts';
import type { Collector, RuntimeServices } from './services.ts';
import type { PreparedHandle, TaskSnapshot } from './snapshot.ts';
import type { Task } from './task.ts';
import type { TaskState } from './task-state.ts';
import { Waker } from './waker.ts';

/** What a host does with its tasks' news. */
export interface HostHooks {
  /** Called on this thread by its own tasks' readers and sinks. */
  readonly wakeSelf: () => void;
  readonly acknowledge: (taskIndex: number, barrier: Barrier, snapshot: TaskSnapshot) => void;
  readonly finishing: (taskIndex: number, handles: readonly PreparedHandle[]) => void;
  /** What the task's joins keep has been read. */
  readonly built: (taskIndex: number) => void;
  readonly described: (taskIndex: number, request: number, state: TaskState) => void;
  readonly collector?: Collector | undefined;
}

/** Builds the tasks of a job that are placed on one host, by their index in the graph. */
export function buildHostTasks(graph: JobGraph, host: number, services: RuntimeServices, hooks: HostHooks): Map<number, Task> {
  const words = new Int32Array(graph.control);
  const built = new Map<number, Task>();
  const wakers = new Map<number, () => void>([[host, hooks.wakeSelf]]);
  const wakerOf = (taskIndex: number): (() => void) => {
    const target = graph.tasks[taskIndex]!.host;
    let wake = wakers.get(target);
    if (wake === undefined) {
      const waker = new Waker(words, hostWord(target));
      wake = () => waker.wake();
      wakers.set(target, wake);
    }
    return wake;
  };
  for (const node of graph.tasks) {
    if (node.host !== host) continue;
    const memory = new TaskMemory({ memory: node.memory, top: node.memoryTop });
    const description = {
      stage: node.stage,
      subtask: node.subtask,
      memory: node.memory,
      splits: node.splits,
      settings: graph.settings,
      userFunctions: graph.userFunctions,
      restored: node.restored,
    };
    const outgoing = node.outputs.map(({ exchange, channels }) => ({
      exchange,
      targets: channels.map(index => {
        const channel = graph.channels[index]!;
        return { ring: new Ring(words, channel.ring), wakeConsumer: wakerOf(channel.consumer) };
      }),
    }));
    const incoming = graph.channels.filter(channel => channel.consumer === node.index);
    const rows = Array.from(
      { length: node.stage.operators.length + 1 },
      (_, row) => new Float64Array(graph.counters, 8 * (node.counters + row * countersPerOperator), countersPerOperator),
    );
    for (const row of rows.slice(1)) row[counterIndex.watermarkMs] = Number.NEGATIVE_INFINITY;
    const task = buildTask(description, {
      memory,
      services,
      wake: hooks.wakeSelf,
      collector: hooks.collector,
      acknowledge: (barrier, snapshot) => hooks.acknowledge(node.index, barrier, snapshot),
      finishing: handles => hooks.finishing(node.index, handles),
      built: () => hooks.built(node.index),
      described: (request, state) => hooks.described(node.index, request, state),
      failed: error => built.get(node.index)?.post({ kind: 'failed', error }),
      counters: { task: rows[0]!, operators: rows.slice(1) },
      channels: code => {
        const readers = new Map<number, BufferReader>();
        return incoming.map(channel => {
          const { port } = channel;
          let reader = readers.get(port);
          if (reader === undefined) {
            reader = new BufferReader(node.stage.inputs[port]!.schema, memory, code.kernels);
            readers.set(port, reader);
          }
          return new ExchangeInput({
            port,
            reader,
            ring: new Ring(words, channel.ring),
            consumerMemory: memory.memory,
            producerMemory: graph.tasks[channel.producer]!.memory,
            wakeProducer: wakerOf(channel.producer),
            rowsMax: limits.channelMessagesPerBatch * graph.settings.channelRows,
          });
        });
      },
      output: code =>
        outputToAll(
          outgoing.map(({ exchange, targets }) =>
            exchangeOutput({
              exchange,
              schema: node.stage.outputSchema,
              targets,
              code,
              rowsSent: graph.settings.channelRows,
              faults: services.faults,
            }),
          ),
        ),
    });
    built.set(node.index, task);
  }
  return built;
}
