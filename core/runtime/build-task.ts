import type { TaskCode } from '../codegen/contract.ts';
import type { Batch } from '../columnar/batch.ts';
import { internalError } from '../common/errors.ts';
import { noFaults } from '../common/faults.ts';
import type { ReadContext, SinkWriter, Split } from '../connectors/contract.ts';
import { loadKernels } from '../kernels/index.ts';
import type { Barrier, OperatorTask } from '../operators/contract.ts';
import { shardedOperator } from '../operators/sharded/sharded-operator.ts';
import type { Stage } from '../physical/plan.ts';
import type { TableSink } from '../plan/nodes.ts';
import type { StateTable, TableSpec } from '../state/contract.ts';
import { keyGroupsOf } from '../state/key-groups.ts';
import { relieveMemory } from '../state/memory-relief.ts';
import { ShardedState } from '../state/sharded-state.ts';
import { countedFiles } from '../storage/spill-files.ts';
import { FunctionFailures } from '../udf/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { Chain, type ChainOperator } from './chain.ts';
import { restoreTable } from './convert-table.ts';
import { counterIndex, newCounters } from './counters.ts';
import type { LoadedImage } from './load-state.ts';
import { OwnImages } from './own-images.ts';
import type { AnyOperatorSpec, Collector, RuntimeServices } from './services.ts';
import { finishedTask, type PreparedHandle, type TaskSnapshot } from './snapshot.ts';
import { Task, type TaskOutput } from './task.ts';
import { TaskCommits } from './task-commits.ts';
import { SplitQueue, type TaskInput } from './task-input.ts';
import { TaskSnapshots } from './task-snapshots.ts';
import type { TaskState } from './task-state.ts';
import { bindUserAggregates, bindUserFunctions, type UserFunctionEntry } from './user-functions.ts';

/** Settings of a job that every task follows; plain data. */
export interface TaskSettings {
  readonly batchRows: number;
  /** A split without rows for so long no longer holds the watermark back; 0: never (as Flink). */
  readonly idleTimeoutMs: number;
  readonly localTimeZone: string;
  /** Rows an exchange gathers for a consumer before it sends them. */
  readonly channelRows: number;
  /**
   * The test configuration that destroys and rebuilds every operator from its tables between any two inputs; 'restore' makes the tables anew
   * too, from their snapshots.
   */
  readonly rebuildOperators: boolean | 'restore';
  /** Bytes of state that are copied for a checkpoint between two pieces of other work; tests take fewer. */
  readonly snapshotSliceBytes?: number | undefined;
  /** Bytes of memory a task should keep within; rows of state beyond them go to disk. 0: all that it can have. */
  readonly taskMemoryBytes: number;
  /** Where they go; undefined: the system's folder for temporary files. */
  readonly spillDirectory?: string | undefined;
  /** Sinks commit with checkpoints only. */
  readonly checkpoints: boolean;
  /** Stays the same when the program is started again. */
  readonly jobName?: string | undefined;
}

/** What one task is made of; plain data that crosses threads. */
export interface TaskDescription {
  readonly stage: Stage<AnyOperatorSpec>;
  readonly subtask: number;
  readonly memory: WebAssembly.Memory;
  /** Splits this task reads, by the stage input's position; `final`: there will be no more. */
  readonly splits: readonly { readonly port: number; readonly splits: readonly Split[]; readonly final: boolean }[];
  readonly settings: TaskSettings;
  readonly userFunctions: readonly UserFunctionEntry[];
  /** What it goes on from. */
  readonly restored?: TaskSnapshot<LoadedImage> | undefined;
}

export interface TaskWiring {
  readonly memory: TaskMemory;
  readonly services: RuntimeServices;
  readonly wake: () => void;
  /** Gets the task's code first, because exchanges compile their keys with it. */
  readonly channels: (task: TaskCode) => readonly TaskInput[];
  readonly output: (task: TaskCode) => TaskOutput;
  readonly collector?: Collector | undefined;
  readonly acknowledge: (barrier: Barrier, snapshot: TaskSnapshot) => void;
  /** All sinks of the task have prepared their last parts. */
  readonly finishing: (handles: readonly PreparedHandle[]) => void;
  /** What the task's joins keep has been read. */
  readonly built?: (() => void) | undefined;
  readonly failed: (error: unknown) => void;
  /** The task's answer to somebody's question. */
  readonly described?: ((request: number, state: TaskState) => void) | undefined;
  /** One row of counters per operator, and one for the task. */
  readonly counters: { readonly operators: readonly Float64Array[]; readonly task: Float64Array };
}

/** Makes a task's tables, operators, chain and inputs in its memory. */
export function buildTask(description: TaskDescription, wiring: TaskWiring): Task {
  const { stage, subtask, settings } = description;
  const { memory, services, wake } = wiring;
  const code = taskCode(memory, services, description);
  const writers = new Map<TableSink, SinkWriter>();
  const operatorTask = {
    ...code,
    subtask,
    wake,
    sinkWriter(sink: TableSink, operatorId: string) {
      let writer = writers.get(sink);
      if (writer === undefined) {
        const context = {
          memory,
          kernels: code.kernels,
          wake,
          subtask,
          failed: wiring.failed,
          writer: `${settings.jobName ?? ''} ${operatorId}`,
          parallelism: stage.parallelism,
          epochMs: () => services.clock.epochMs(),
          output: (text: string) => services.output(text),
          restored: description.restored?.handles.filter(each => each.operatorId === operatorId).map(each => each.handle),
        };
        writer = closedOnce(services.sink(sink).open(context));
        writers.set(sink, writer);
      }
      return writer;
    },
    collect(batch: Batch) {
      if (wiring.collector === undefined) throw internalError('a task collects but nobody reads its results');
      return wiring.collector.offer({ batch, memory, kernels: code.kernels });
    },
  };
  const { restored } = description;
  const { faults = noFaults } = services;
  const commits = settings.checkpoints
    ? new TaskCommits({ finishing: wiring.finishing, failed: wiring.failed, wake }, faults)
    : undefined;
  const limited = settings.taskMemoryBytes > 0 && services.spillFiles !== undefined;
  if (limited) memory.budgetBytes = settings.taskMemoryBytes;
  const spill = limited ? services.spillFiles!(settings.spillDirectory) : undefined;
  const images = new OwnImages(memory, restored?.tables ?? []);
  const parts = stage.operators.map((placed, index) => {
    const definition = services.definition(placed.spec);
    const counters = wiring.counters.operators[index] ?? newCounters();
    const files = spill && countedFiles(spill, bytes => void (counters[counterIndex.spilledBytes]! += bytes));
    const createOne = (spec: TableSpec): StateTable => services.createTable(spec, memory, code.kernels, { spill: files });
    const specs = definition.tables(placed.spec);
    const rule = settings.rebuildOperators === 'restore' ? undefined : definition.shards?.(placed.spec);
    const sharded = rule && files && new ShardedState(specs, createOne, memory, files);
    const tables = new Map<string, StateTable>(sharded?.tables ?? specs.map(spec => [spec.name, createOne(spec)]));
    const own = keyGroupsOf(subtask, stage.parallelism);
    for (const saved of restored?.tables ?? []) {
      if (saved.operatorId !== placed.id) continue;
      const target = tables.get(saved.table);
      if (target === undefined)
        throw internalError(`a checkpoint has a table '${saved.table}' of ${placed.id} that is not there`);
      const create = (spec: TableSpec): StateTable => services.createTable(spec, memory, code.kernels);
      const loaded = { ...saved, images: images.of(saved) };
      restoreTable(target, loaded, own, memory, create);
      // what no table wanted
      for (const image of loaded.images) image.used?.();
      if (faults.tablesRestoredTwice) target.restore(target.snapshot(), own);
    }
    const ownTask: OperatorTask = {
      ...operatorTask,
      sinkWriter: sink => operatorTask.sinkWriter(sink, placed.id),
      commits: commits?.of(placed.id),
    };
    const create = () => {
      if (settings.rebuildOperators === 'restore') restoreTables(tables, createOne);
      if (sharded === undefined) return definition.create(placed.spec, tables, ownTask);
      const createShard = (own: ReadonlyMap<string, StateTable>) => definition.create(placed.spec, own, ownTask);
      return shardedOperator({ rule: rule!, state: sharded, create: createShard, task: ownTask, files: files! });
    };
    return { placed, tables, create, counters };
  });
  const readContext: ReadContext = {
    memory,
    kernels: code.kernels,
    wake,
    epochMs: () => services.clock.epochMs(),
    openSink: sink =>
      services.sink(sink).open({
        memory,
        kernels: code.kernels,
        wake,
        subtask,
        epochMs: () => services.clock.epochMs(),
        output: text => services.output(text),
      }),
  };
  const splitQueues = description.splits.map(
    ({ port, splits, final }) => new SplitQueue(port, sourceOf(stage, port, services), splits, final, restored?.splits),
  );
  const operators = parts.map(
    (part): ChainOperator => ({ id: part.placed.id, operator: part.create(), counters: part.counters }),
  );
  const output = wiring.output(code);
  const tables = parts.filter(part => part.tables.size > 0);
  const snapshots =
    commits === undefined
      ? undefined
      : new TaskSnapshots({
          memory,
          subtask,
          parallelism: stage.parallelism,
          tables: () =>
            tables.flatMap(part => [...part.tables].map(([table, state]) => ({ operatorId: part.placed.id, table, state }))),
          sliceBytes: settings.snapshotSliceBytes,
          handles: () => commits.handles(),
          acknowledge: (checkpointId, snapshot) => wiring.acknowledge({ checkpointId }, snapshot),
          failed: wiring.failed,
          wake,
          nowMs: () => services.clock.monotonicMs(),
          faults,
        });
  return new Task({
    stageId: stage.id,
    subtask,
    memory,
    clock: services.clock,
    chain: chainOutput => new Chain(operators, chainOutput, code),
    output,
    channels: wiring.channels(code),
    buildLevels: buildLevelsOf(stage),
    splitQueues,
    readContext,
    counters: wiring.counters.task,
    batchRows: settings.batchRows,
    idleTimeoutMs: settings.idleTimeoutMs,
    acknowledge: (barrier, at) => {
      if (commits === undefined) {
        wiring.acknowledge(barrier, { ...finishedTask, splits: at.splits, watermarksMs: at.watermarksMs });
        return;
      }
      snapshots?.begin(barrier.checkpointId, at);
    },
    snapshots,
    described: wiring.described,
    built: wiring.built,
    completed: (checkpointId, final) => {
      snapshots?.completed(checkpointId);
      commits?.completed(checkpointId, final);
    },
    restored,
    faults,
    betweenInputs: settings.rebuildOperators
      ? chain => {
          for (const [index, part] of parts.entries()) chain.rebuild(index, part.create);
        }
      : undefined,
    release: () => {
      snapshots?.abort();
      for (const part of tables) for (const table of part.tables.values()) table.close();
      // of a job that was cancelled or failed: this gives files back, and there is nobody left to tell
      for (const writer of writers.values()) writer.close().catch(() => undefined);
    },
    relieve: limited
      ? () =>
          relieveMemory(
            memory,
            tables.flatMap(part => [...part.tables.values()]),
          )
      : undefined,
    stateBytes:
      tables.length === 0
        ? undefined
        : () => {
            for (const part of tables) {
              let bytes = 0;
              let diskBytes = 0;
              for (const table of part.tables.values()) {
                bytes += table.sizeBytes();
                diskBytes += table.diskBytes?.() ?? 0;
              }
              part.counters[counterIndex.stateBytes] = bytes;
              part.counters[counterIndex.diskBytes] = diskBytes;
            }
          },
  });
}

function buildLevelsOf(stage: Stage<AnyOperatorSpec>): ReadonlyMap<number, number> | undefined {
  const levels = new Map<number, number>();
  for (const [port, input] of stage.inputs.entries()) if (input.operator !== undefined) levels.set(port, input.operator);
  return levels.size === 0 ? undefined : levels;
}

function sourceOf(stage: Stage<AnyOperatorSpec>, port: number, services: RuntimeServices) {
  const input = stage.inputs[port];
  if (input?.kind === 'source') return services.source(input.request);
  if (input?.kind === 'duckdb') return services.duckdb(input);
  throw internalError(`input ${port} of stage ${stage.id} has splits but is no source`);
}

/** Puts a new table with the same rows in each one's place. */
function restoreTables(tables: Map<string, StateTable>, create: (spec: TableSpec) => StateTable): void {
  for (const [name, table] of tables) {
    const restored = create(table.spec);
    restored.restore(table.snapshot());
    table.close();
    tables.set(name, restored);
  }
}

/** A writer that a sink closes at its end, or else the task. */
function closedOnce(writer: SinkWriter): SinkWriter {
  let closed: Promise<void> | undefined;
  return {
    tryWrite: batch => writer.tryWrite(batch),
    prepare: checkpointId => writer.prepare(checkpointId),
    commit: handle => writer.commit(handle),
    abort: handle => writer.abort(handle),
    close() {
      closed ??= writer.close();
      return closed;
    },
  };
}

/** Kernels are instantiated once per memory, because that writes their static data. */
function taskCode(memory: TaskMemory, services: RuntimeServices, description: TaskDescription): TaskCode {
  const code: TaskCode = {
    memory,
    kernels: loadKernels(memory),
    localTimeZone: description.settings.localTimeZone,
    epochMs: () => services.clock.epochMs(),
    userFunction: bindUserFunctions(
      description.userFunctions,
      () => code,
      (name, task) => services.userFunction(name, task),
    ),
    userAggregate: bindUserAggregates(
      description.userFunctions,
      () => code,
      name => services.remoteModule?.(name, code),
    ),
    userModule: name => description.userFunctions.find(entry => entry.name === name),
    remoteModule: name => services.remoteModule?.(name, code),
    functionFailures: new FunctionFailures(),
  };
  return code;
}
