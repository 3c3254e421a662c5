import { internalError } from '../common/errors.ts';
import type { Split } from '../connectors/contract.ts';
import type { ExchangeOutput, PhysicalPlan, Stage } from '../physical/plan.ts';
import type { RemoteFunction } from '../udf/remote-udf.ts';
import type { TaskSettings } from './build-task.ts';
import { countersPerOperator } from './counters.ts';
import type { LoadedTask } from './load-state.ts';
import { ringWords } from './ring.ts';
import type { AnyOperatorSpec } from './services.ts';
import type { UserFunctionEntry } from './user-functions.ts';

/** A plan expanded to tasks, channels and shared memories: structured-cloneable, so every host gets the whole and builds its own part. */
export interface JobGraph {
  readonly tasks: readonly TaskNode[];
  readonly channels: readonly ChannelNode[];
  /** One word per host to sleep on (a cache line apart), then the rings. */
  readonly control: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly settings: TaskSettings;
  readonly userFunctions: readonly UserFunctionEntry[];
  /** Functions of other processes, which only tasks on threads of their own can call. */
  readonly remoteFunctions: readonly RemoteFunction[];
}

export interface TaskNode extends LoadedTask {
  readonly index: number;
  readonly stage: Stage<AnyOperatorSpec>;
  readonly subtask: number;
  readonly host: number;
  readonly splits: readonly { readonly port: number; readonly splits: readonly Split[]; readonly final: boolean }[];
  /** First 64-bit word of the task's counters; its operators' follow, a row each. */
  readonly counters: number;
  /** How rows leave the task: for each output the consumers in order of their subtasks. */
  readonly outputs: readonly { readonly exchange: ExchangeOutput; readonly channels: readonly number[] }[];
}

export interface ChannelNode {
  readonly index: number;
  readonly producer: number;
  readonly consumer: number;
  /** Which of the consumer's stage inputs it feeds. */
  readonly port: number;
  /** First 32-bit word of its ring in `control`. */
  readonly ring: number;
}

const wordsPerHost = 16;
export const hostWord = (host: number): number => host * wordsPerHost;

/** Splits of a source or DuckDB input of a stage, discovered before the job starts. */
export interface DiscoveredInput {
  readonly stageId: string;
  readonly port: number;
  readonly splits: readonly Split[];
  readonly final: boolean;
}

export interface JobGraphOptions {
  readonly plan: PhysicalPlan<AnyOperatorSpec>;
  readonly discovered: readonly DiscoveredInput[];
  readonly settings: TaskSettings;
  readonly userFunctions: readonly UserFunctionEntry[];
  readonly remoteFunctions?: readonly RemoteFunction[] | undefined;
  readonly hosts: number;
  readonly hostOf: (stage: Stage<AnyOperatorSpec>, subtask: number) => number;
  /** By task, in the order of stages and subtasks. */
  readonly loaded: readonly LoadedTask[];
}

export function buildJobGraph(options: JobGraphOptions): JobGraph {
  const { plan, discovered, settings, userFunctions, remoteFunctions = [], hosts, hostOf, loaded } = options;
  const stages = new Map(plan.stages.map(stage => [stage.id, stage]));
  const tasks: (TaskNode & { readonly outputs: readonly { exchange: ExchangeOutput; channels: number[] }[] })[] = [];
  const firstTask = new Map<string, number>();
  let counters = 0;
  for (const stage of plan.stages) {
    firstTask.set(stage.id, tasks.length);
    for (let subtask = 0; subtask < stage.parallelism; subtask++) {
      tasks.push({
        index: tasks.length,
        stage,
        subtask,
        host: hostOf(stage, subtask),
        ...loaded[tasks.length]!,
        splits: discovered
          .filter(input => input.stageId === stage.id)
          .map(({ port, splits, final }) => ({
            port,
            splits: splits.filter((_, index) => index % stage.parallelism === subtask),
            final,
          })),
        counters,
        outputs: stage.outputs.map(exchange => ({ exchange, channels: [] })),
      });
      counters += countersPerOperator * (stage.operators.length + 1);
    }
  }
  const channels: ChannelNode[] = [];
  const ringsStart = hosts * wordsPerHost;
  for (const stage of plan.stages) {
    for (const [port, input] of stage.inputs.entries()) {
      if (input.kind !== 'exchange') continue;
      const from = stages.get(input.from);
      const place = from === undefined ? -1 : outputFor(from, stage, port);
      const output = from?.outputs[place];
      if (from === undefined || output === undefined)
        throw internalError(`stage ${stage.id} reads from ${input.from}, which sends nothing`);
      for (let producer = 0; producer < from.parallelism; producer++) {
        for (const consumer of consumersOf(output, producer, stage.parallelism)) {
          const index = channels.length;
          const producerTask = firstTask.get(from.id)! + producer;
          tasks[producerTask]!.outputs[place]!.channels.push(index);
          channels.push({
            index,
            producer: producerTask,
            consumer: firstTask.get(stage.id)! + consumer,
            port,
            ring: ringsStart + index * ringWords,
          });
        }
      }
    }
  }
  return {
    tasks,
    channels,
    control: new SharedArrayBuffer(4 * (ringsStart + channels.length * ringWords)),
    counters: new SharedArrayBuffer(8 * counters),
    settings,
    userFunctions,
    remoteFunctions,
  };
}

/** Which output of a stage feeds an input: a consumer that reads the same rows twice has an output for each time. */
function outputFor(from: Stage<AnyOperatorSpec>, to: Stage<AnyOperatorSpec>, port: number): number {
  const before = to.inputs.slice(0, port).filter(input => input.kind === 'exchange' && input.from === from.id).length;
  // the first part of a stage that was split has the id with a number behind it
  const places = from.outputs.flatMap((output, place) =>
    output.to === to.id || to.id.startsWith(`${output.to}.`) ? [place] : [],
  );
  return places[before] ?? -1;
}

function consumersOf(output: ExchangeOutput, producer: number, parallelism: number): number[] {
  switch (output.kind) {
    case 'hash':
      return Array.from({ length: parallelism }, (_, consumer) => consumer);
    case 'single':
      return [0];
    case 'forward':
      return [producer % parallelism];
  }
}
