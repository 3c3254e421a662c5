import type { BoundUserFunction, TaskCode } from '../codegen/contract.ts';
import type { Batch } from '../columnar/batch.ts';
import { internalError, unreachable } from '../common/errors.ts';
import type { Kernels } from '../kernels/index.ts';
import type { Operator, OperatorContext, OperatorCounter, Progress, Signal, SplitState, Waiting } from '../operators/contract.ts';
import type { FunctionFailures } from '../udf/index.ts';
import type { ArenaMark, TaskMemory } from '../wasm/memory.ts';
import { counterIndex, counterView } from './counters.ts';

/** What a chain takes in: batches, signals, and news for single operators that do not leave the chain. */
export type ChainItem =
  | { readonly kind: 'batch'; readonly batch: Batch; readonly input: number; readonly split: number }
  | Signal
  | { readonly kind: 'split'; readonly split: number; readonly state: SplitState }
  | { readonly kind: 'timer'; readonly timerMs: number };

/** What leaves a chain at its end. */
export type OutputItem = { readonly kind: 'batch'; readonly batch: Batch } | Signal;

/** Takes what leaves the chain; the batch is read during the call only. false: full, offer the same again after a wake. */
export interface ChainOutput {
  offer(item: OutputItem): boolean;
}

/** `idle`: all input is used up. `working`: the budget was. `blocked`: an output or a sink is full. */
export type ChainState = 'idle' | 'working' | 'blocked';

export interface ChainOperator {
  readonly id: string;
  readonly operator: Operator;
  readonly counters: Float64Array;
}

/**
 * A chain of operators called directly, as an explicit stack machine: level i holds the input of operator i until it is used up. One
 * operator call at a time; what it emits becomes the next level's input and is used up first, so there is at most one batch per level, and
 * a full output suspends the chain exactly where it is.
 *
 * Memory: the arena is marked before each call and released when the call's output has been used up; between two inputs it is reset.
 *
 * @example
 * chain.push({ kind: 'batch', batch, input: 0, split: 0 });
 * while (chain.advance(64, nowMs) === 'working');
 */
export class Chain {
  readonly #memory: TaskMemory;
  readonly #levels: Level[];
  readonly #output: ChainOutput;
  readonly #failures: FunctionFailures | undefined;
  /** Deepest level that has input; −1 when there is none, the number of operators when an item stands at the output. */
  #depth = -1;
  #leaving: OutputItem | undefined;
  /** Level at which the present input came in; all above it are empty. */
  #entry = 0;
  /** Operator calls of the last {@link advance}. */
  callsMade = 0;

  constructor(operators: readonly ChainOperator[], output: ChainOutput, task: TaskCode) {
    this.#memory = task.memory;
    this.#output = output;
    this.#failures = task.functionFailures;
    this.#levels = operators.map(operator => new Level(operator, task));
  }

  get idle(): boolean {
    return this.#depth < 0;
  }

  /** Id of the operator whose call is under way or comes next, for errors. */
  get operatorId(): string | undefined {
    return this.#levels[Math.min(Math.max(this.#depth, 0), this.#levels.length - 1)]?.id;
  }

  /** Starts an input; the chain must be idle. `level`: where it comes in, 0 but for timers and the end of a chain that is {@link finishedLevel}. */
  push(item: ChainItem, level = 0): void {
    if (this.#depth >= 0) throw internalError('a chain got input while it was busy');
    this.#entry = level;
    this.#enter(level, item);
  }

  /** Runs at most `calls` operator calls. */
  advance(calls: number, processingTimeMs: number): ChainState {
    this.callsMade = 0;
    while (this.#depth >= 0) {
      if (this.#depth === this.#levels.length) {
        if (!this.#output.offer(this.#leaving!)) {
          this.#blocked();
          return 'blocked';
        }
        this.#leaving = undefined;
        this.#usedUp();
        continue;
      }
      const level = this.#levels[this.#depth]!;
      if (level.pendingWatermarkMs > level.sentWatermarkMs) {
        level.sentWatermarkMs = level.pendingWatermarkMs;
        this.#enter(this.#depth + 1, { kind: 'watermark', watermarkMs: level.pendingWatermarkMs });
        continue;
      }
      if (!level.called) {
        if (this.callsMade >= calls) return 'working';
        level.mark = this.#memory.arena.mark();
        level.context.processingTimeMs = processingTimeMs;
        const progress = this.#call(level);
        const failed = this.#failures?.take() ?? 0;
        if (failed > 0) level.counters[counterIndex.errorRows]! += failed;
        if (progress === 'blocked') {
          this.#memory.arena.release(level.mark);
          level.counters[counterIndex.blockedCalls]!++;
          return 'blocked';
        }
        this.callsMade++;
        level.called = progress === 'done';
        const emitted = level.context.take();
        if (emitted !== undefined && emitted.length > 0) {
          level.counters[counterIndex.rowsOut]! += emitted.length;
          this.#enter(this.#depth + 1, { kind: 'batch', batch: emitted, input: 0, split: level.split });
        } else if (progress === 'more') this.#memory.arena.release(level.mark);
        continue;
      }
      const forward = this.#forward(level);
      if (forward === undefined) this.#usedUp();
      else this.#enter(this.#depth + 1, forward);
    }
    return 'idle';
  }

  /** Index of the last operator that needs no further input, or −1. */
  finishedLevel(): number {
    for (let index = this.#levels.length - 1; index >= 0; index--) {
      if (this.#levels[index]!.operator.finished?.() === true) return index;
    }
    return -1;
  }

  /** The earliest processing-time timer of all operators and the level it belongs to. */
  nextTimer(): { timerMs: number; level: number } | undefined {
    let next: { timerMs: number; level: number } | undefined;
    for (let level = 0; level < this.#levels.length; level++) {
      const timerMs = this.#levels[level]!.operator.nextTimerMs?.();
      if (timerMs !== undefined && (next === undefined || timerMs < next.timerMs)) next = { timerMs, level };
    }
    return next;
  }

  /** What each operator has seen and sent of the watermark; for a checkpoint, while the chain holds nothing but its barrier. */
  watermarks(): { seen: number; sent: number }[] {
    return this.#levels.map(level => ({ seen: level.watermarkMs, sent: level.sentWatermarkMs }));
  }

  /** Goes on from {@link watermarks} of an earlier run. */
  restoreWatermarks(watermarks: readonly { readonly seen: number; readonly sent: number }[]): void {
    for (const [index, { seen, sent }] of watermarks.entries()) {
      const level = this.#levels[index];
      if (level === undefined) throw internalError('a checkpoint is of another chain of operators');
      level.setWatermark(seen);
      level.pendingWatermarkMs = sent;
      level.sentWatermarkMs = sent;
    }
  }

  /** What each operator waits for; for explaining, between two calls. */
  describe(): { readonly watermarkMs: number; readonly waiting: Waiting | undefined }[] {
    return this.#levels.map(level => ({ watermarkMs: level.watermarkMs, waiting: level.operator.waitsFor?.() }));
  }

  /** What a split has reached, where an operator of the chain makes watermarks. */
  splitWatermarkMs(split: number): number | undefined {
    return this.#levels.find(level => level.operator.splitWatermarkMs !== undefined)?.operator.splitWatermarkMs?.(split);
  }

  /** A line for each user function that gave no result for some rows. */
  functionFailures(): readonly string[] {
    return this.#failures?.lines() ?? [];
  }

  get length(): number {
    return this.#levels.length;
  }

  get hasTimers(): boolean {
    return this.#levels.some(level => level.operator.nextTimerMs !== undefined);
  }

  /** Destroys the operator of a level and puts a new one in its place; only while the chain is idle. */
  rebuild(index: number, create: () => Operator): void {
    if (!this.idle) throw internalError('an operator was replaced while its chain was busy');
    const level = this.#levels[index]!;
    level.operator.close?.();
    level.operator = create();
  }

  close(): void {
    for (const level of this.#levels) level.operator.close?.();
  }

  #enter(depth: number, item: ChainItem): void {
    this.#depth = depth;
    if (depth === this.#levels.length) {
      if (item.kind === 'split' || item.kind === 'timer') this.#usedUp();
      else this.#leaving = item;
      return;
    }
    const level = this.#levels[depth]!;
    level.item = item;
    level.called = false;
    if (item.kind === 'batch') {
      level.counters[counterIndex.rowsIn]! += item.batch.length;
      level.counters[counterIndex.batchesIn]!++;
    }
  }

  /** The item at the present depth is gone: the memory of the call that made it comes back. */
  #usedUp(): void {
    if (this.#depth < this.#levels.length) {
      const level = this.#levels[this.#depth]!;
      level.item = undefined;
      level.called = false;
    }
    if (this.#depth <= this.#entry) {
      this.#depth = -1;
      return;
    }
    this.#depth--;
    this.#memory.arena.release(this.#levels[this.#depth]!.mark);
  }

  #blocked(): void {
    const last = this.#levels.at(-1);
    if (last !== undefined) last.counters[counterIndex.blockedCalls]!++;
  }

  #call(level: Level): Progress {
    const { operator, context } = level;
    const item = level.item!;
    level.counters[counterIndex.calls]!++;
    switch (item.kind) {
      case 'batch':
        return operator.processBatch(item.batch, context, item.input);
      case 'watermark':
        if (item.watermarkMs <= level.watermarkMs) return 'done';
        return operator.onWatermark?.(item.watermarkMs, context) ?? 'done';
      case 'barrier':
        return operator.onBarrier?.(item.barrier, context) ?? 'done';
      case 'end':
        return operator.onEnd?.(context) ?? 'done';
      case 'split':
        return operator.onSplit?.(item.split, item.state, context) ?? 'done';
      case 'timer':
        return operator.onTimer?.(item.timerMs, context) ?? 'done';
      case 'idle':
        return 'done';
      default:
        return unreachable(item);
    }
  }

  /** What goes on to the next level once a signal's hook is done. */
  #forward(level: Level): ChainItem | undefined {
    const item = level.item!;
    switch (item.kind) {
      case 'batch':
      case 'timer':
        return undefined;
      case 'split':
        if (level.forwarded || level.operator.onSplit !== undefined) return undefined;
        break;
      case 'watermark': {
        if (level.forwarded) return undefined;
        if (item.watermarkMs > level.watermarkMs) level.setWatermark(item.watermarkMs);
        const watermarkMs = level.operator.outputWatermarkMs?.(item.watermarkMs) ?? item.watermarkMs;
        if (watermarkMs <= level.sentWatermarkMs) return undefined;
        level.pendingWatermarkMs = watermarkMs;
        level.sentWatermarkMs = watermarkMs;
        level.forwarded = true;
        return { kind: 'watermark', watermarkMs };
      }
      default:
        if (level.forwarded) return undefined;
    }
    level.forwarded = true;
    return item;
  }
}

class Level {
  readonly id: string;
  operator: Operator;
  readonly counters: Float64Array;
  readonly context: LevelContext;
  #item: ChainItem | undefined;
  /** The operator is done with the item; what remains is to send it on. */
  called = false;
  forwarded = false;
  mark: ArenaMark = { chunk: -1, cursor: 0 };
  watermarkMs = Number.NEGATIVE_INFINITY;
  pendingWatermarkMs = Number.NEGATIVE_INFINITY;
  sentWatermarkMs = Number.NEGATIVE_INFINITY;

  constructor(placed: ChainOperator, task: TaskCode) {
    this.id = placed.id;
    this.operator = placed.operator;
    this.counters = placed.counters;
    this.context = new LevelContext(this, task);
  }

  get item(): ChainItem | undefined {
    return this.#item;
  }
  set item(item: ChainItem | undefined) {
    this.#item = item;
    this.forwarded = false;
  }

  get split(): number {
    return this.#item?.kind === 'batch' ? this.#item.split : 0;
  }

  setWatermark(watermarkMs: number): void {
    this.watermarkMs = watermarkMs;
    this.counters[counterIndex.watermarkMs] = watermarkMs;
  }
}

class LevelContext implements OperatorContext {
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
  readonly localTimeZone: string;
  readonly counters: Readonly<Record<OperatorCounter, number>>;
  processingTimeMs = 0;
  readonly #level: Level;
  readonly #task: TaskCode;
  #emitted: Batch | undefined;

  constructor(level: Level, task: TaskCode) {
    this.#level = level;
    this.#task = task;
    this.memory = task.memory;
    this.kernels = task.kernels;
    this.localTimeZone = task.localTimeZone;
    this.counters = counterView(level.counters);
  }

  get watermarkMs(): number {
    return this.#level.watermarkMs;
  }
  get split(): number {
    return this.#level.split;
  }
  userFunction(name: string): BoundUserFunction {
    return this.#task.userFunction(name);
  }
  get userAggregate(): TaskCode['userAggregate'] {
    return this.#task.userAggregate;
  }
  emit(batch: Batch): void {
    if (this.#emitted !== undefined) throw internalError(`operator ${this.#level.id} emitted two batches in one call`);
    this.#emitted = batch;
  }
  emitWatermark(watermarkMs: number): void {
    if (watermarkMs > this.#level.pendingWatermarkMs) this.#level.pendingWatermarkMs = watermarkMs;
  }
  count(counter: OperatorCounter, rows: number): void {
    this.#level.counters[counterIndex[counter]]! += rows;
  }
  take(): Batch | undefined {
    const emitted = this.#emitted;
    this.#emitted = undefined;
    return emitted;
  }
}
