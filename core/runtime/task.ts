import type { Clock } from '../common/environment.ts';
import { internalError, TidemillError, unreachable } from '../common/errors.ts';
import { type Faults, noFaults } from '../common/faults.ts';
import { limits } from '../common/limits.ts';
import type { ReadContext, Split } from '../connectors/contract.ts';
import type { Barrier } from '../operators/contract.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Chain, ChainItem, ChainOutput, OutputItem } from './chain.ts';
import { taskCounterIndex } from './counters.ts';
import type { SplitSnapshot, TaskSnapshot } from './snapshot.ts';
import { type InputEvent, SplitInput, type SplitQueue, type TaskInput } from './task-input.ts';
import type { AtBarrier, TaskSnapshots } from './task-snapshots.ts';
import type { TaskState } from './task-state.ts';

/** `progressed`: call again soon. `blocked`: an output is full. `idle`: no input. Both are over after a wake. `done`: never call again. */
export type StepResult = 'progressed' | 'blocked' | 'idle' | 'done';

/** What reaches a task from outside, taken at its next step. */
export type TaskMessage =
  /** `suspend`: nothing is read after it; with `drain` the last watermark is sent before it, so that windows fire. */
  | { readonly kind: 'barrier'; readonly barrier: Barrier; readonly suspend?: 'keep' | 'drain' | undefined }
  | { readonly kind: 'splits'; readonly port: number; readonly splits: readonly Split[] }
  /** End all inputs now; with `drain` the last watermark is sent first, so that windows fire. */
  | { readonly kind: 'stop'; readonly drain: boolean }
  /** A checkpoint stands: what sinks prepared for it is committed; `final`: it has this task's end. */
  | { readonly kind: 'completed'; readonly checkpointId: number; readonly final: boolean }
  /** Somebody wants to know what the task is doing. */
  | { readonly kind: 'describe'; readonly request: number }
  /** Something asynchronous failed. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** Where a job failed; plain data but for the error. */
export interface TaskFailure {
  readonly error: TidemillError;
  readonly stageId: string;
  readonly subtask: number;
  readonly operatorId: string | undefined;
}

/** Where a chain ends: an exchange, or nothing after a sink. */
export interface TaskOutput extends ChainOutput {
  /** Sends what was gathered; false when there is no room. */
  flush(): boolean;
  /** True once nobody downstream wants more. */
  closed(): boolean;
  close(): void;
}

export interface TaskParts {
  readonly stageId: string;
  readonly subtask: number;
  readonly memory: TaskMemory;
  readonly clock: Clock;
  /** Makes the chain over the given output. */
  readonly chain: (output: ChainOutput) => Chain;
  readonly output: TaskOutput;
  readonly channels: readonly TaskInput[];
  /** By port: the level of the operator that takes its rows as second input. These are read to their end before all others. */
  readonly buildLevels?: ReadonlyMap<number, number> | undefined;
  readonly splitQueues: readonly SplitQueue[];
  readonly readContext: ReadContext;
  readonly counters: Float64Array;
  readonly batchRows: number;
  /** A split without rows for so long no longer holds the watermark back; 0: never. */
  readonly idleTimeoutMs: number;
  /** Called when a barrier has left the chain, with where the splits were read to when it came. */
  readonly acknowledge: (barrier: Barrier, at: AtBarrier) => void;
  /** Copies state for checkpoints between two steps. */
  readonly snapshots?: TaskSnapshots | undefined;
  readonly completed?: ((checkpointId: number, final: boolean) => void) | undefined;
  /** Called once what joins keep has been read, in a task that has such inputs. */
  readonly built?: (() => void) | undefined;
  /** Takes the answer to 'describe'. */
  readonly described?: ((request: number, state: TaskState) => void) | undefined;
  /** What the task goes on from. */
  readonly restored?: Pick<TaskSnapshot, 'finished' | 'watermarksMs'> | undefined;
  /** Called whenever all input so far has been used up; rebuilds operators in the test configuration. */
  readonly betweenInputs?: ((chain: Chain) => void) | undefined;
  /** Called between two inputs, when nobody holds addresses of rows in state: keeps the task within its memory. */
  readonly relieve?: (() => void) | undefined;
  readonly stateBytes?: (() => void) | undefined;
  readonly faults?: Faults | undefined;
  /** Gives back tables and sinks when the task closes. */
  readonly release?: (() => void) | undefined;
}

interface Leaf {
  readonly input: TaskInput;
  readonly queue: SplitQueue | undefined;
  /** Ordinal among the task's splits; −1 for channels. */
  readonly split: number;
  watermarkMs: number;
  idle: boolean;
  ended: boolean;
  barrier: Barrier | undefined;
  lastRowMs: number;
}

/**
 * One task: the inputs of a stage's subtask, merged, driven through its chain. `step` does a bounded piece of work and never waits.
 *
 * The watermark is the minimum over live inputs (ended and idle ones excluded); barriers are aligned at batch boundaries (an ended input
 * counts as aligned); when all inputs have ended the last watermark, +Infinity, and then the end go down the chain.
 */
export class Task {
  readonly stageId: string;
  readonly subtask: number;
  readonly #parts: TaskParts;
  readonly #chain: Chain;
  readonly #leaves: Leaf[] = [];
  readonly #mailbox: TaskMessage[] = [];
  /** Signals that go down the chain before the next input. */
  readonly #pending: { item: ChainItem; level: number }[] = [];
  #next = 0;
  #watermarkMs = Number.NEGATIVE_INFINITY;
  #idle = false;
  #pendingBarrier: Barrier | undefined;
  /** What is to be done at the barrier on its way, and whether it has been done. */
  #suspend: 'keep' | 'drain' | undefined;
  #suspended = false;
  #built = false;
  #passedBarrier = 0;
  #splitsAtBarrier: readonly SplitSnapshot[] = [];
  /** When the first input had the barrier that is being aligned, and how long the last one took. */
  #alignedFromMs: number | undefined;
  #alignMs = 0;
  #ending = false;
  #ended = false;
  #fresh = true;
  readonly #hasTimers: boolean;
  readonly #faults: Faults;

  constructor(parts: TaskParts) {
    this.#parts = parts;
    this.#faults = parts.faults ?? noFaults;
    this.stageId = parts.stageId;
    this.subtask = parts.subtask;
    parts.counters[taskCounterIndex.watermarkMs] = Number.NEGATIVE_INFINITY;
    parts.counters[taskCounterIndex.readsSource] = parts.splitQueues.length > 0 ? 1 : 0;
    this.#chain = parts.chain({ offer: item => this.#offer(item) });
    this.#hasTimers = this.#chain.hasTimers;
    for (const input of parts.channels) this.#addLeaf(input, undefined);
    if (parts.restored?.finished === true) this.#end(this.#chain.length, false);
    else if (parts.restored !== undefined) this.#chain.restoreWatermarks(parts.restored.watermarksMs);
  }

  post(message: TaskMessage): void {
    this.#mailbox.push(message);
    this.#parts.readContext.wake();
  }

  get done(): boolean {
    return this.#ended;
  }

  /** Runs at most so many operator calls and inputs. A throw is the end of the task: see {@link failure}. */
  step(calls: number = limits.stepCalls): StepResult {
    const { counters, snapshots } = this.#parts;
    snapshots?.step();
    let result = this.#step(calls);
    // what a snapshot still needs must not wait for rows, and the task does not end before it is out
    const state = snapshots?.state ?? 'none';
    if (state === 'work' && result !== 'progressed') result = 'progressed';
    else if (state === 'waiting' && result === 'done') result = 'idle';
    counters[taskCounterIndex.steps]!++;
    if (result === 'blocked') counters[taskCounterIndex.stepsBlocked]!++;
    else if (result === 'idle') counters[taskCounterIndex.stepsIdle]!++;
    else counters[taskCounterIndex.stepsProgressed]!++;
    counters[taskCounterIndex.memoryBytes] = this.#parts.memory.sizeBytes;
    return result;
  }

  /** Epoch ms at which the task wants a step even without a wake. */
  nextStepMs(nowMs: number): number | undefined {
    let next: number | undefined;
    const earlier = (timeMs: number): void => {
      if (next === undefined || timeMs < next) next = timeMs;
    };
    if (this.#hasTimers) {
      const timer = this.#chain.nextTimer();
      if (timer !== undefined) earlier(timer.timerMs);
    }
    const { idleTimeoutMs } = this.#parts;
    for (const leaf of this.#leaves) {
      if (leaf.ended || leaf.split < 0) continue;
      if (leaf.input.polls) earlier(nowMs + limits.idlePollMs);
      if (idleTimeoutMs > 0 && !leaf.idle) earlier(leaf.lastRowMs + idleTimeoutMs);
    }
    return next;
  }

  /** What a throw of `step` means, with the place it came from. */
  failure(error: unknown): TaskFailure {
    const known =
      error instanceof TidemillError ? error : internalError(error instanceof Error ? error.message : String(error), error);
    return { error: known, stageId: this.stageId, subtask: this.subtask, operatorId: this.#chain.operatorId };
  }

  close(): void {
    for (const leaf of this.#leaves) leaf.input.close();
    this.#parts.output.close();
    this.#chain.close();
    this.#parts.release?.();
  }

  #step(calls: number): StepResult {
    if (this.#ended) return 'done';
    const nowMs = this.#parts.clock.epochMs();
    while (this.#mailbox.length > 0) this.#receive(this.#mailbox.shift()!);
    let progressed = false;
    for (let left = calls; left > 0; ) {
      if (!this.#chain.idle) {
        const state = this.#chain.advance(left, nowMs);
        left -= Math.max(this.#chain.callsMade, 1);
        if (state === 'blocked') {
          this.#pauseIdleness(nowMs);
          return progressed || this.#chain.callsMade > 0 ? 'progressed' : 'blocked';
        }
        progressed = true;
        if (state === 'working') return 'progressed';
        if (this.#ended) return 'done';
        this.#settle();
        continue;
      }
      left--;
      const next = this.#nextItem(nowMs);
      if (next === undefined) {
        if (progressed) return 'progressed';
        return this.#parts.output.flush() ? 'idle' : 'blocked';
      }
      this.#chain.push(next.item, next.level);
    }
    return 'progressed';
  }

  /** Between two inputs: memory of the last one comes back, and in the test configuration operators are rebuilt. */
  #settle(): void {
    // a batch that waits behind news of its split lies in the arena already
    if (!this.#pending.some(({ item }) => item.kind === 'batch')) this.#parts.memory.arena.reset();
    this.#parts.betweenInputs?.(this.#chain);
    this.#parts.relieve?.();
    this.#parts.stateBytes?.();
    this.#checkFinished();
  }

  #checkBuilt(): void {
    if (this.#built || this.#parts.buildLevels === undefined || this.#buildsOpen()) return;
    this.#built = true;
    this.#parts.built?.();
  }

  #checkFinished(): void {
    this.#checkBuilt();
    if (this.#ending) return;
    const level = this.#chain.finishedLevel();
    if (level >= 0) this.#end(level + 1, true);
    else if (this.#parts.output.closed()) this.#end(0, false);
  }

  #nextItem(nowMs: number): { item: ChainItem; level: number } | undefined {
    if (this.#fresh) {
      this.#fresh = false;
      this.#openSplits(nowMs);
      this.#checkFinished();
    }
    const pending = this.#pending.shift();
    if (pending !== undefined) return pending;
    if (this.#ending || this.#suspended) return undefined;
    if (this.#hasTimers) {
      const timer = this.#chain.nextTimer();
      if (timer !== undefined && timer.timerMs <= nowMs) {
        return { item: { kind: 'timer', timerMs: timer.timerMs }, level: timer.level };
      }
    }
    for (let tried = 0; tried < this.#leaves.length; tried++) {
      const leaf = this.#leaves[this.#next++ % this.#leaves.length]!;
      if (leaf.ended || leaf.barrier !== undefined || this.#waitsForBuild(leaf)) continue;
      const event = leaf.input.take(this.#parts.batchRows, this.#peersOf(leaf));
      if (leaf.split >= 0) this.#parts.counters[taskCounterIndex.badRecords]! += leaf.input.newBadRecords?.() ?? 0;
      if (event === undefined) {
        this.#watchIdleness(leaf, nowMs);
        continue;
      }
      if (event.kind === 'batch') {
        leaf.lastRowMs = nowMs;
        if (leaf.split >= 0) this.#parts.counters[taskCounterIndex.rowsRead]! += event.batch.length;
        if (leaf.idle && leaf.split >= 0) this.#setIdle(leaf, false);
        // news of the split goes first
        const level = this.#parts.buildLevels?.get(leaf.input.port);
        const input = level === undefined ? leaf.input.port : 1;
        const item: ChainItem = { kind: 'batch', batch: event.batch, input, split: Math.max(leaf.split, 0) };
        this.#pending.push({ item, level: level ?? 0 });
      } else this.#signal(leaf, event, nowMs);
      const first = this.#pending.shift();
      if (first !== undefined) return first;
      tried = -1;
    }
    this.#checkEnd();
    return this.#pending.shift();
  }

  /** Whether rows of a build side are still to come, before which no others may be read. */
  #waitsForBuild(leaf: Leaf): boolean {
    const levels = this.#parts.buildLevels;
    return levels !== undefined && !levels.has(leaf.input.port) && this.#buildsOpen();
  }

  #buildsOpen(): boolean {
    const levels = this.#parts.buildLevels!;
    return (
      this.#leaves.some(other => !other.ended && levels.has(other.input.port)) ||
      this.#parts.splitQueues.some(queue => levels.has(queue.port) && !queue.exhausted)
    );
  }

  #signal(leaf: Leaf, signal: Exclude<InputEvent, { kind: 'batch' }>, nowMs: number): void {
    switch (signal.kind) {
      case 'watermark':
        if (signal.watermarkMs > leaf.watermarkMs) leaf.watermarkMs = signal.watermarkMs;
        this.#mergeWatermarks();
        break;
      case 'barrier':
        if (signal.barrier.checkpointId <= this.#passedBarrier) break;
        leaf.barrier = signal.barrier;
        this.#align();
        break;
      case 'idle':
        this.#setIdle(leaf, signal.idle);
        break;
      case 'end':
        leaf.ended = true;
        if (leaf.split >= 0) {
          leaf.queue?.ended();
          this.#enqueue({ kind: 'split', split: leaf.split, state: 'ended' });
          this.#openSplits(nowMs);
        }
        this.#checkBuilt();
        this.#mergeWatermarks();
        this.#align();
        this.#checkEnd();
        break;
      default:
        unreachable(signal);
    }
  }

  #receive(message: TaskMessage): void {
    switch (message.kind) {
      case 'barrier':
        // tasks with channels get it in band; a task of both kinds aligns its splits with its channels
        for (const leaf of this.#leaves) if (leaf.split >= 0 && !leaf.ended) leaf.barrier = message.barrier;
        this.#pendingBarrier = message.barrier;
        this.#suspend = message.suspend;
        this.#align();
        break;
      case 'splits':
        this.#parts.splitQueues.find(queue => queue.port === message.port)?.add(message.splits);
        this.#openSplits(this.#parts.clock.epochMs());
        break;
      case 'stop':
        if (!this.#ending) this.#end(0, message.drain);
        break;
      case 'completed':
        this.#parts.completed?.(message.checkpointId, message.final);
        break;
      case 'describe':
        this.#parts.described?.(message.request, this.#describe());
        break;
      case 'failed':
        throw message.error;
      default:
        unreachable(message);
    }
  }

  #describe(): TaskState {
    const nowMs = this.#parts.clock.epochMs();
    return {
      blocked: !this.#chain.idle,
      inputs: this.#leaves
        .filter(leaf => !leaf.ended || leaf.split < 0)
        .map(leaf => ({
          port: leaf.input.port,
          ...(leaf.input instanceof SplitInput && { split: leaf.input.split.id }),
          watermarkMs: leaf.ended
            ? Number.POSITIVE_INFINITY
            : leaf.split < 0
              ? leaf.watermarkMs
              : (this.#chain.splitWatermarkMs(leaf.split) ?? leaf.watermarkMs),
          idle: leaf.idle,
          silentMs: leaf.lastRowMs === 0 ? undefined : nowMs - leaf.lastRowMs,
          waitsForBuild: !leaf.ended && this.#waitsForBuild(leaf),
          atBarrier: leaf.barrier !== undefined,
        })),
      splitsWaiting: this.#parts.splitQueues.reduce((sum, queue) => sum + queue.waiting.length, 0),
      operators: this.#chain.describe(),
      functionFailures: this.#chain.functionFailures(),
    };
  }

  #openSplits(nowMs: number): void {
    // ended leaves of splits are dropped so that a watched directory can go on for ever
    for (let index = this.#leaves.length - 1; index >= 0; index--) {
      const leaf = this.#leaves[index]!;
      if (leaf.ended && leaf.split >= 0) this.#leaves.splice(index, 1);
    }
    for (const queue of this.#parts.splitQueues) {
      for (let input = queue.open(this.#parts.readContext); input !== undefined; input = queue.open(this.#parts.readContext)) {
        const leaf = this.#addLeaf(input, queue);
        leaf.lastRowMs = nowMs;
        // who keeps news of splits has those of a resumed one in its tables
        if (input.resumed === undefined) this.#enqueue({ kind: 'split', split: leaf.split, state: 'active' });
        else leaf.idle = input.resumed.idle;
      }
    }
  }

  #addLeaf(input: TaskInput, queue: SplitQueue | undefined): Leaf {
    const leaf: Leaf = {
      input,
      queue,
      split: input instanceof SplitInput ? (input.resumed?.ordinal ?? this.#freeSplit()) : -1,
      watermarkMs: Number.NEGATIVE_INFINITY,
      idle: false,
      ended: false,
      barrier: undefined,
      lastRowMs: 0,
    };
    this.#leaves.push(leaf);
    return leaf;
  }

  #peersOf(leaf: Leaf): readonly TaskInput[] {
    if (leaf.split >= 0 || this.#leaves.length === 1) return [];
    const { port } = leaf.input;
    return this.#leaves
      .filter(other => other !== leaf && !other.ended && other.barrier === undefined && other.input.port === port)
      .map(other => other.input);
  }

  /** Ordinals are used again, so that state by split stays small. */
  #freeSplit(): number {
    for (let split = 0; ; split++) if (!this.#leaves.some(leaf => leaf.split === split)) return split;
  }

  #setIdle(leaf: Leaf, idle: boolean): void {
    if (leaf.idle === idle) return;
    leaf.idle = idle;
    if (leaf.split >= 0) this.#enqueue({ kind: 'split', split: leaf.split, state: idle ? 'idle' : 'active' });
    this.#mergeWatermarks();
  }

  #watchIdleness(leaf: Leaf, nowMs: number): void {
    const { idleTimeoutMs } = this.#parts;
    if (idleTimeoutMs <= 0 || leaf.split < 0 || leaf.idle || nowMs - leaf.lastRowMs < idleTimeoutMs) return;
    this.#setIdle(leaf, true);
  }

  /** A source that may not read is not idle: design §6. */
  #pauseIdleness(nowMs: number): void {
    if (this.#parts.idleTimeoutMs > 0) for (const leaf of this.#leaves) leaf.lastRowMs = nowMs;
  }

  #mergeWatermarks(): void {
    let live = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    let active = 0;
    let known = 0;
    for (const leaf of this.#leaves) {
      if (leaf.ended) continue;
      known++;
      highest = Math.max(highest, leaf.watermarkMs);
      if (leaf.idle) continue;
      active++;
      live = Math.min(live, leaf.watermarkMs);
    }
    if (known === 0) return;
    const idle = active === 0;
    // as Flink's StatusWatermarkValve: when all are idle, what the furthest of them reached
    const watermarkMs = idle ? highest : live;
    if (watermarkMs > this.#watermarkMs) {
      this.#watermarkMs = watermarkMs;
      this.#enqueue({ kind: 'watermark', watermarkMs });
    }
    if (idle !== this.#idle) {
      this.#idle = idle;
      this.#enqueue({ kind: 'idle', idle });
    }
  }

  #align(): void {
    let barrier: Barrier | undefined = this.#pendingBarrier;
    if (this.#alignedFromMs === undefined && (barrier !== undefined || this.#leaves.some(leaf => leaf.barrier !== undefined)))
      this.#alignedFromMs = this.#parts.clock.monotonicMs();
    for (const leaf of this.#leaves) {
      // what is not read yet cannot hold up what has been
      if (leaf.ended || (leaf.barrier === undefined && this.#waitsForBuild(leaf))) continue;
      if (leaf.barrier === undefined && this.#faults.barrierNotAligned && barrier !== undefined) continue;
      if (leaf.barrier === undefined) return;
      barrier = leaf.barrier;
    }
    if (barrier === undefined) return;
    this.#pendingBarrier = undefined;
    this.#passedBarrier = barrier.checkpointId;
    this.#alignMs = this.#parts.clock.monotonicMs() - (this.#alignedFromMs ?? 0);
    this.#alignedFromMs = undefined;
    this.#splitsAtBarrier = this.#splits();
    for (const leaf of this.#leaves) leaf.barrier = undefined;
    if (this.#suspend === 'drain' && this.#watermarkMs < Number.POSITIVE_INFINITY) {
      this.#watermarkMs = Number.POSITIVE_INFINITY;
      this.#enqueue({ kind: 'watermark', watermarkMs: Number.POSITIVE_INFINITY });
    }
    this.#suspended = this.#suspend !== undefined;
    this.#enqueue({ kind: 'barrier', barrier });
  }

  /** Where each split is read to, and those still to come; all that was read is in the chain or before the next signal. */
  #splits(): SplitSnapshot[] {
    const open = this.#leaves.flatMap(({ input, ended, split: ordinal, idle }): SplitSnapshot[] =>
      ended || !(input instanceof SplitInput)
        ? []
        : [{ port: input.port, split: input.split, open: { position: input.position(), ordinal, idle } }],
    );
    if (this.#faults.waitingSplitsDropped) return open;
    return [...open, ...this.#parts.splitQueues.flatMap(queue => queue.waiting)];
  }

  #checkEnd(): void {
    if (this.#ending || this.#leaves.some(leaf => !leaf.ended) || this.#parts.splitQueues.some(queue => !queue.exhausted)) return;
    this.#end(0, true);
  }

  /** No more input: the chain from `level` on is told, and whoever writes to this task may stop. */
  #end(level: number, lastWatermark: boolean): void {
    this.#ending = true;
    if (level > 0) this.#pending.length = 0;
    for (const leaf of this.#leaves) {
      leaf.ended = true;
      leaf.input.close();
    }
    for (const queue of this.#parts.splitQueues) queue.stop();
    if (lastWatermark) this.#enqueue({ kind: 'watermark', watermarkMs: Number.POSITIVE_INFINITY }, level);
    this.#enqueue({ kind: 'end' }, level);
  }

  #enqueue(item: ChainItem, level = 0): void {
    this.#pending.push({ item, level });
  }

  #offer(item: OutputItem): boolean {
    if (!this.#parts.output.offer(item)) return false;
    if (item.kind === 'barrier') {
      const watermarksMs = this.#chain.watermarks();
      const now = (): SplitSnapshot[] => this.#splits();
      const alignMs = this.#alignMs;
      const late = {
        alignMs,
        watermarksMs,
        get splits() {
          return now();
        },
      };
      this.#parts.acknowledge(
        item.barrier,
        this.#faults.positionAfterBarrier ? late : { splits: this.#splitsAtBarrier, watermarksMs, alignMs },
      );
    }
    if (item.kind === 'end') this.#ended = true;
    else if (item.kind === 'watermark') this.#parts.counters[taskCounterIndex.watermarkMs] = item.watermarkMs;
    return true;
  }
}
