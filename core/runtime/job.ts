import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { Split } from '../connectors/contract.ts';
import { loadKernels } from '../kernels/index.ts';
import type { SinkSpec } from '../operators/sink.ts';
import type { PhysicalPlan, Stage } from '../physical/plan.ts';
import type { RemoteFunction } from '../udf/remote-udf.ts';
import { TaskMemory } from '../wasm/memory.ts';
import { staysOnMain } from './apart-from-main.ts';
import type { TaskSettings } from './build-task.ts';
import {
  CheckpointCoordinator,
  type CheckpointOutcome,
  preparedSinks,
  type SnapshotStore,
  type SuspendMode,
} from './checkpoint-coordinator.ts';
import { tellingSources } from './checkpointed-sources.ts';
import { ResultStream } from './collector.ts';
import type { HostEvents, JobHost } from './hosts/host.ts';
import { SplitDiscovery, type WatchedSource } from './hosts/split-discovery.ts';
import { TaskQuestions } from './hosts/task-questions.ts';
import { buildJobGraph, type DiscoveredInput, type JobGraph } from './job-graph.ts';
import { loadState } from './load-state.ts';
import { type JobMetrics, readMetrics } from './metrics.ts';
import { describeProgram, type OperatorAbout, type ProgramDescription } from './program-description.ts';
import { planRestore, type RestorePlan } from './restore.ts';
import type { AnyOperatorSpec, ResultBatch, RuntimeServices } from './services.ts';
import type { JobSnapshot, PreparedHandle, StoredImage, TaskSnapshot } from './snapshot.ts';
import type { TaskFailure } from './task.ts';
import type { JobState, TaskState } from './task-state.ts';
import { unchained } from './unchain.ts';
import type { UserFunctionEntry } from './user-functions.ts';

export interface JobOptions extends Partial<Omit<TaskSettings, 'checkpoints'>> {
  readonly services: RuntimeServices;
  /** Where tasks run; the first runs on the calling thread and gets collecting stages, sources that cannot leave it, and all when it is alone. */
  readonly hosts: readonly JobHost[];
  /** Which host runs a subtask that may run anywhere; default: its number, in turn over the hosts after the first. */
  readonly placement?: ((stage: Stage<AnyOperatorSpec>, subtask: number) => number) | undefined;
  /** Wasm functions the plan calls. */
  readonly userFunctions?: readonly UserFunctionEntry[] | undefined;
  /** Functions of other processes the plan calls: the hosts after the first are threads that answer for them, and the plan is {@link apartFromMain}. */
  readonly remoteFunctions?: readonly RemoteFunction[] | undefined;
  /** Keeps checkpoints; without it sinks commit at the end of the job. */
  readonly checkpoints?: SnapshotStore | undefined;
  /** The number of the first checkpoint; default: after the restored one. */
  readonly firstCheckpointId?: number | undefined;
  /** The store of a savepoint in a directory; needed where there are `checkpoints`. */
  readonly savepoints?: ((directory: string) => SnapshotStore) | undefined;
  /** How many checkpoints in a row may fail before the job does; default 0. */
  readonly tolerableFailures?: number | undefined;
  /** The checkpoint to go on from; state goes where its operator's id is found. */
  readonly restored?: JobSnapshot<StoredImage> | undefined;
  /** Told before anything is read or written what becomes of the checkpoint's state; a throw refuses. */
  readonly restoring?: ((plan: RestorePlan) => void) | undefined;
  /** What people are told of operators, by id. */
  readonly about?: ReadonlyMap<string, OperatorAbout> | undefined;
  /** Memory of all tasks together; default: no bound but what a task can have. */
  readonly memoryBytes?: number | undefined;
  /** false: every operator becomes a stage of its own (a test configuration). */
  readonly chaining?: boolean | undefined;
}

export interface StopOptions {
  readonly drain?: boolean | undefined;
  /** The directory to put a savepoint into. */
  readonly savepoint?: string | undefined;
}

/** A running program. */
export interface Job {
  /** Settles when the job has ended; rejects with the TidemillError that failed it. */
  readonly done: Promise<void>;
  /** Batches of the collecting stage, when the plan has one; leaving the loop cancels the job. */
  readonly results: AsyncIterableIterator<ResultBatch, undefined> | undefined;
  /** Where it failed, once it has. */
  readonly failure: TaskFailure | undefined;
  /**
   * Ends the sources and lets everything under way finish; with `drain`, open windows fire too. With `savepoint` the job ends at a savepoint: nothing
   * is read after it, open windows stay in it (unless `drain`), and what sinks prepared for it is committed.
   * @throws TidemillError `no-savepoint` in a job that makes no checkpoints, and what the store throws.
   */
  stop(options?: StopOptions): Promise<void>;
  /** Like `stop` with a savepoint, but into the job's own checkpoints: the next start goes on from there. Without checkpoints: `cancel`. */
  suspend(): Promise<void>;
  /**
   * Goes on from a checkpoint made now with other functions of the same names and signatures: every row is computed by the one or the other, and no
   * result is lost or doubled. Only of jobs that can start again.
   */
  replaceFunctions?(functions: readonly UserFunctionEntry[]): Promise<void>;
  /** Ends the job where it is. */
  cancel(): Promise<void>;
  /** Sends a barrier down all streams; settles when every task has passed it. */
  barrier(): Promise<void>;
  /** Makes a checkpoint; settles when it stands, or at once when one is under way or none can be made. */
  checkpoint(): Promise<CheckpointOutcome>;
  /**
   * Writes a savepoint into a directory while the job goes on; it commits nothing (Flink: intermediate savepoints have no side effects).
   * @throws TidemillError `no-savepoint` in a job that makes no checkpoints or has ended, and what the store throws.
   */
  savepoint(directory: string): Promise<void>;
  /** Gives up on the checkpoint under way, which counts as failed: a timeout. */
  expireCheckpoint(error: TidemillError): void;
  metrics(): JobMetrics;
  /** What each task is doing and waits for, asked now; a task that does not answer within `timeoutMs` is without state. */
  describe(timeoutMs: number): Promise<JobState>;
}

/**
 * Discovers the splits of all sources, expands the plan into tasks and channels, and starts them on the hosts.
 *
 * @example
 * const job = await startJob(plan, { services, hosts: [new MainHost(services)] });
 * for await (const { batch, memory } of job.results!) print(batch, memory);
 * await job.done;
 * @throws TidemillError what a source's discovery throws, and `bad-checkpoint` for a checkpoint that is damaged
 */
export async function startJob(plan: PhysicalPlan<AnyOperatorSpec>, options: JobOptions): Promise<Job> {
  try {
    return await start(plan, options);
  } catch (error) {
    // threads that were taken for the job go back to their pool
    await Promise.all(options.hosts.map(host => host.close()));
    throw error;
  }
}

async function start(plan: PhysicalPlan<AnyOperatorSpec>, options: JobOptions): Promise<RunningJob> {
  const { services, hosts } = options;
  const settings: TaskSettings = {
    batchRows: options.batchRows ?? limits.batchRows,
    idleTimeoutMs: options.idleTimeoutMs ?? 0,
    channelRows: options.channelRows ?? limits.channelRowsSent,
    localTimeZone: options.localTimeZone ?? 'UTC',
    rebuildOperators: options.rebuildOperators ?? false,
    taskMemoryBytes: options.taskMemoryBytes ?? taskShare(plan, options.memoryBytes),
    spillDirectory: options.spillDirectory,
    checkpoints: options.checkpoints !== undefined,
    jobName: options.jobName,
  };
  const shaped = options.chaining === false ? unchained(plan, services) : plan;
  const watched: WatchedSource[] = [];
  const program = describeProgram(shaped, services, options.about);
  const restored = options.restored && planRestore(program, options.restored);
  if (restored !== undefined) options.restoring?.(restored);
  const loaded = await loadState(
    shaped.stages.flatMap(({ id, parallelism }) =>
      Array.from({ length: parallelism }, (_, subtask) => ({
        subtask,
        parallelism,
        restored: restored?.taskOf(id, subtask),
        bytesMax: (settings.taskMemoryBytes || taskShare(shaped, undefined)) * limits.loadedShareMax,
      })),
    ),
  );
  if (options.restored !== undefined) await settlePrepared(shaped, options.restored, services);
  const discovered = await discoverAll(shaped, services, watched, restored);
  // tasks of the same number share a thread, and stages of one task are spread
  const shift = new Map(shaped.stages.map((stage, index) => [stage.id, stage.parallelism === 1 ? index : 0]));
  const spread = options.placement ?? ((stage, subtask) => 1 + ((subtask + shift.get(stage.id)!) % (hosts.length - 1)));
  const hostOf = (stage: Stage<AnyOperatorSpec>, subtask: number): number =>
    hosts.length === 1 || staysOnMain(stage) ? 0 : spread(stage, subtask);
  const userFunctions = options.userFunctions ?? [];
  const graph = buildJobGraph({
    plan: shaped,
    discovered,
    settings,
    userFunctions,
    remoteFunctions: options.remoteFunctions,
    hosts: hosts.length,
    hostOf,
    loaded,
  });
  return new RunningJob(graph, program, hosts, watched, options);
}

/** What one task may keep: the same for each, and less than the most that it can address, so that there is room to work. */
function taskShare(plan: PhysicalPlan<AnyOperatorSpec>, memoryBytes: number | undefined): number {
  const tasks = plan.stages.reduce((sum, stage) => sum + stage.parallelism, 0);
  const most = limits.taskMemoryShareMax * limits.taskMemoryPagesMax * limits.wasmPageBytes;
  return Math.floor(memoryBytes === undefined ? most : Math.min(most, memoryBytes / Math.max(1, tasks)));
}

async function discoverAll(
  plan: PhysicalPlan<AnyOperatorSpec>,
  services: RuntimeServices,
  watched: WatchedSource[],
  restored: RestorePlan | undefined,
): Promise<DiscoveredInput[]> {
  const discovered: DiscoveredInput[] = [];
  for (const stage of plan.stages) {
    for (const [port, input] of stage.inputs.entries()) {
      if (input.kind === 'exchange') continue;
      const source = input.kind === 'source' ? services.source(input.request) : services.duckdb(input);
      const given = input.kind === 'source' ? input.splits : undefined;
      const final = input.kind === 'duckdb' || given !== undefined || input.request.source.bounded;
      const before = restored?.knownOf(input.id);
      // the splits of a bounded input were all there when the checkpoint was made
      const splits: readonly Split[] =
        before !== undefined && final
          ? []
          : (given ?? (await source.discover(stage.parallelism, before && new Set(before)))).filter(
              split => before?.includes(split.id) !== true,
            );
      discovered.push({ stageId: stage.id, port, splits, final });
      if (!final) {
        const known = new Set([...(before ?? []), ...splits.map(split => split.id)]);
        watched.push({ stageId: stage.id, port, parallelism: stage.parallelism, source, known });
      }
    }
  }
  return discovered;
}

/**
 * Whether rows wait in a channel until the other side of a join is read: a barrier stands behind them, and cannot be passed by the side that is
 * read first.
 */
function joinsOtherTasks(stage: Stage<AnyOperatorSpec>): boolean {
  const { inputs } = stage;
  return (
    inputs.some(input => input.operator !== undefined) &&
    inputs.some(input => input.operator === undefined && input.kind === 'exchange')
  );
}

/** Commits what sinks had prepared for the checkpoint when it was made: before anything runs, and again if need be. */
async function settlePrepared(
  parts: Pick<PhysicalPlan<AnyOperatorSpec>, 'stages'>,
  restored: JobSnapshot<StoredImage>,
  services: RuntimeServices,
): Promise<void> {
  const operators = parts.stages.flatMap(stage => stage.operators);
  const snapshot = services.faults?.handleForgottenOnRescale ? withoutVanished(restored, parts) : restored;
  const prepared = preparedSinks(snapshot, operatorId => {
    const spec = operators.find(each => each.id === operatorId)?.spec;
    // a sink that is gone was said to be, before
    if (spec?.kind !== 'sink') return undefined;
    return (spec as unknown as SinkSpec).sink;
  });
  if (services.faults?.handleForgottenOnRestore) prepared.pop();
  if (prepared.length === 0) return;
  const memory = new TaskMemory();
  const kernels = loadKernels(memory);
  for (const { sink, handle } of prepared) {
    const output = (text: string): void => services.output(text);
    const epochMs = (): number => services.clock.epochMs();
    const writer = services.sink(sink).open({ memory, kernels, wake: () => undefined, subtask: 0, epochMs, output });
    try {
      await writer.commit(handle);
    } finally {
      await writer.close();
    }
  }
}

/** Of a planted bug: what tasks had prepared that there are no more. */
function withoutVanished(
  snapshot: JobSnapshot<StoredImage>,
  { stages }: Pick<PhysicalPlan<AnyOperatorSpec>, 'stages'>,
): JobSnapshot<StoredImage> {
  const tasksOf = (operatorId: string): number =>
    stages.find(stage => stage.operators.some(operator => operator.id === operatorId))?.parallelism ?? 0;
  const tasks = snapshot.tasks.map(task => {
    const handles = task.snapshot.handles.filter(({ operatorId }) => task.subtask < tasksOf(operatorId));
    return { ...task, snapshot: { ...task.snapshot, handles } };
  });
  return { ...snapshot, tasks };
}

class RunningJob implements Job, HostEvents {
  readonly done: Promise<void>;
  readonly results: ResultStream | undefined;
  failure: TaskFailure | undefined;
  readonly #graph: JobGraph;
  readonly #hosts: readonly JobHost[];
  readonly #live: Set<number>;
  readonly #questions: TaskQuestions;
  #resolve!: () => void;
  #reject!: (error: TidemillError) => void;
  #ended = false;
  readonly #discovery: SplitDiscovery;
  #barriers = 0;
  readonly #underWay = new Map<number, { missing: Set<number>; settle: () => void }>();

  readonly #checkpoints: CheckpointCoordinator | undefined;
  readonly #options: JobOptions;

  constructor(
    graph: JobGraph,
    program: ProgramDescription,
    hosts: readonly JobHost[],
    watched: readonly WatchedSource[],
    options: JobOptions,
  ) {
    this.#graph = graph;
    this.#options = options;
    this.#questions = new TaskQuestions(graph);
    this.#hosts = hosts;
    this.#live = new Set(graph.tasks.map(task => task.index));
    this.done = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // whoever only reads the results sees the error there
    this.done.catch(() => undefined);
    if (graph.tasks.some(task => task.stage.operators.some(operator => operator.spec.kind === 'collect'))) {
      this.results = new ResultStream(
        () => hosts[0]!.wake(),
        () => void this.cancel(),
      );
    }
    const { checkpoints: store, restored } = options;
    if (store !== undefined) {
      this.#checkpoints = new CheckpointCoordinator({
        graph,
        program,
        store: tellingSources(store, watched),
        faults: options.services.faults,
        firstId: options.firstCheckpointId ?? (restored?.checkpointId ?? 0) + 1,
        known: () => watched.map(({ stageId, port, known }) => ({ stageId, port, splits: [...known] })),
        post: (taskIndex, message) => hosts[graph.tasks[taskIndex]!.host]!.post(taskIndex, message),
        failed: error => this.#failedOutside('a checkpoint could not be kept', error),
        tolerableFailures: options.tolerableFailures,
        building: graph.tasks.filter(({ stage }) => joinsOtherTasks(stage)).map(task => task.index),
        nowMs: () => options.services.clock.monotonicMs(),
      });
      this.#barriers = restored?.checkpointId ?? 0;
    }
    this.#discovery = new SplitDiscovery(watched, {
      found: ({ stageId, port }, split, subtask) => {
        const task = graph.tasks.find(node => node.stage.id === stageId && node.subtask === subtask)!;
        hosts[task.host]!.post(task.index, { kind: 'splits', port, splits: [split] });
      },
      failed: error => this.#failedOutside('new splits could not be looked for', error),
    });
    try {
      for (const [index, host] of hosts.entries()) host.start(graph, index, this, index === 0 ? this.results : undefined);
    } catch (error) {
      this.#failedOutside('a job could not start', error);
    }
    if (this.#live.size === 0) void this.#finish(undefined);
  }

  taskDone(taskIndex: number): void {
    this.#live.delete(taskIndex);
    this.#checkpoints?.taskDone(taskIndex);
    for (const id of [...this.#underWay.keys()]) this.#passed(taskIndex, id);
    if (this.#live.size === 0) void this.#finish(undefined);
  }

  failed(failure: TaskFailure): void {
    if (this.#ended) return;
    this.failure = failure;
    void this.#finish(failure.error);
  }

  acknowledged(taskIndex: number, barrier: { readonly checkpointId: number }, snapshot: TaskSnapshot): void {
    this.#checkpoints?.acknowledged(taskIndex, barrier.checkpointId, snapshot);
    this.#passed(taskIndex, barrier.checkpointId);
  }

  finishing(taskIndex: number, handles: readonly PreparedHandle[]): void {
    this.#checkpoints?.finishing(taskIndex, handles);
  }

  built(taskIndex: number): void {
    this.#checkpoints?.built(taskIndex);
  }

  checkpoint(): Promise<CheckpointOutcome> {
    return this.#ended || this.#checkpoints === undefined
      ? Promise.resolve({ state: 'skipped', because: 'ended' })
      : this.#checkpoints.checkpoint();
  }

  expireCheckpoint(error: TidemillError): void {
    this.#checkpoints?.expire(error);
  }

  async savepoint(directory: string): Promise<void> {
    await this.#coordinator().savepoint(this.#savepointStore(directory));
  }

  #savepointStore(directory: string): SnapshotStore {
    const store = this.#options.savepoints?.(directory);
    if (store === undefined) throw internalError('a job that makes checkpoints cannot make savepoints');
    return store;
  }

  async suspend(): Promise<void> {
    const { checkpoints } = this.#options;
    if (checkpoints === undefined || this.#ended) return this.cancel();
    try {
      await this.#endAt(checkpoints, 'keep');
    } catch (error) {
      // it came to its own end meanwhile
      if (!(error instanceof TidemillError && error.code === 'no-savepoint')) throw error;
      await this.done;
    }
  }

  #coordinator(): CheckpointCoordinator {
    if (this.#checkpoints !== undefined && !this.#ended) return this.#checkpoints;
    throw this.#ended
      ? new TidemillError('no-savepoint', 'the job has ended already', { domain: 'user' })
      : new TidemillError('no-savepoint', 'the job makes no checkpoints, and so no savepoints', {
          hint: "start it with --checkpoints DIR, or SET 'execution.checkpointing.dir'",
        });
  }

  async #endAt(store: SnapshotStore, mode: SuspendMode): Promise<void> {
    const snapshot = await this.#coordinator().savepoint(store, mode);
    const { services } = this.#options;
    await this.#finish(undefined, () =>
      settlePrepared({ stages: this.#graph.tasks.map(task => task.stage) }, snapshot, services),
    );
  }

  async stop(options: StopOptions = {}): Promise<void> {
    if (options.savepoint !== undefined) {
      this.#coordinator();
      return this.#endAt(this.#savepointStore(options.savepoint), options.drain === true ? 'drain' : 'keep');
    }
    this.#discovery.stop();
    for (const task of this.#graph.tasks) {
      if (task.splits.length === 0 || !this.#live.has(task.index)) continue;
      this.#hosts[task.host]!.post(task.index, { kind: 'stop', drain: options.drain ?? false });
    }
    await this.done;
  }

  async cancel(): Promise<void> {
    await this.#finish(undefined);
  }

  barrier(): Promise<void> {
    if (this.#checkpoints !== undefined) return this.checkpoint().then(() => undefined);
    if (this.#ended) return Promise.resolve();
    const checkpointId = ++this.#barriers;
    return new Promise(resolve => {
      this.#underWay.set(checkpointId, { missing: new Set(this.#live), settle: resolve });
      for (const task of this.#graph.tasks) {
        if (task.splits.length > 0 && this.#live.has(task.index)) {
          this.#hosts[task.host]!.post(task.index, { kind: 'barrier', barrier: { checkpointId } });
        }
      }
    });
  }

  describe(timeoutMs: number): Promise<JobState> {
    const live = this.#ended ? new Set<number>() : this.#live;
    const { tasks } = this.#graph;
    const ask = (index: number, request: number): void =>
      this.#hosts[tasks[index]!.host]!.post(index, { kind: 'describe', request });
    return this.#questions.ask(live, ask, timeoutMs);
  }

  described(taskIndex: number, request: number, state: TaskState): void {
    this.#questions.answered(taskIndex, request, state);
  }

  metrics(): JobMetrics {
    return readMetrics(this.#graph);
  }

  #failedOutside(what: string, error: unknown): void {
    const known = error instanceof TidemillError ? error : internalError(what, error);
    this.failed({ error: known, stageId: '', subtask: 0, operatorId: undefined });
  }

  #passed(taskIndex: number, checkpointId: number): void {
    const barrier = this.#underWay.get(checkpointId);
    if (barrier === undefined) return;
    barrier.missing.delete(taskIndex);
    if (barrier.missing.size > 0) return;
    this.#underWay.delete(checkpointId);
    barrier.settle();
  }

  /** `last`: what is to be done when no task runs any more, before the job counts as ended. */
  async #finish(error: TidemillError | undefined, last?: () => Promise<void>): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#questions.close();
    const stored = this.#checkpoints?.close();
    this.#discovery.stop();
    for (const { settle } of this.#underWay.values()) settle();
    this.#underWay.clear();
    await Promise.all(this.#hosts.map(host => host.close()));
    let ended = error;
    try {
      await stored;
      await last?.();
    } catch (thrown) {
      ended = thrown instanceof TidemillError ? thrown : internalError('what was prepared could not be committed', thrown);
    }
    this.results?.end(ended);
    if (ended === undefined) this.#resolve();
    else this.#reject(ended);
    if (last !== undefined && ended !== undefined) throw ended;
  }
}
