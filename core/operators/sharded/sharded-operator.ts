import type { Compute } from '../../codegen/contract.ts';
import { gatherColumn } from '../../codegen/gather.ts';
import { compileCompute } from '../../codegen/index.ts';
import { type Batch, batchOf } from '../../columnar/batch.ts';
import { keyGroupCount, type ShardedState, type StateShard, type StateTable } from '../../state/index.ts';
import type { SpillFiles } from '../../storage/spill-files.ts';
import type { Barrier, Operator, OperatorContext, OperatorTask, Progress, ShardRule, Waiting } from '../contract.ts';
import { ShardContext } from './shard-context.ts';
import { ShardsAside } from './shards-aside.ts';

/** Top bytes of hashes of a key group. */
const bytesPerGroup = 256 / keyGroupCount;

interface ShardedParts {
  readonly rule: ShardRule;
  readonly state: ShardedState;
  /** An operator on the tables of one shard. */
  readonly create: (tables: ReadonlyMap<string, StateTable>) => Operator;
  readonly task: OperatorTask;
  readonly files: SpillFiles;
}

/** An operator over the shards of a state; may be destroyed and made again as any other. */
export const shardedOperator = (parts: ShardedParts): Operator => new ShardedOperator(parts);

/**
 * An operator over the shards of its state (state/sharded-state.ts), each as if it were a task of its own. As long as the state is one shard, that
 * one's operator does all. Then rows go to the shards in memory at once; those of shards on disk are put aside, and these come back one after another
 * when many rows wait, when a checkpoint or the end comes, or after a moment: a shard is read once for all rows that came meanwhile. Watermarks wait
 * with the rows.
 */
class ShardedOperator implements Operator {
  readonly #parts: ShardedParts;
  /** What is under way; only while a call returns `more`. */
  #work: Generator<void, void, void> | undefined;
  #batch: Batch | undefined;
  #context: ShardContext | undefined;
  readonly #keys: (Compute | undefined)[] = [];

  readonly #aside: ShardsAside;

  constructor(parts: ShardedParts) {
    const { rule, state, task, files } = parts;
    this.#parts = parts;
    state.aside ??= new ShardsAside(rule, state, task, files);
    this.#aside = state.aside as ShardsAside;
  }

  processBatch(batch: Batch, context: OperatorContext, input: number): Progress {
    const only = this.#only;
    if (this.#work === undefined && only !== undefined) return this.#operatorOf(only).processBatch(batch, context, input);
    this.#batch = batch;
    return this.#go(context, () => this.#route(input));
  }

  onWatermark(watermarkMs: number, context: OperatorContext): Progress {
    const only = this.#only;
    if (this.#work === undefined && only !== undefined) {
      this.#aside.wantedMs = this.#aside.doneMs = watermarkMs;
      return this.#operatorOf(only).onWatermark?.(watermarkMs, context) ?? 'done';
    }
    return this.#go(context, () => this.#advance(watermarkMs));
  }

  /** Rows wait no longer: a checkpoint holds state, and nothing that is still to be worked on. */
  onBarrier(barrier: Barrier, context: OperatorContext): Progress {
    const only = this.#only;
    if (this.#work === undefined && only !== undefined) return this.#operatorOf(only).onBarrier?.(barrier, context) ?? 'done';
    return this.#go(context, () => this.#settle(operator => operator.onBarrier?.(barrier, this.#context!) ?? 'done', false));
  }

  onEnd(context: OperatorContext): Progress {
    const only = this.#only;
    if (this.#work === undefined && only !== undefined) return this.#operatorOf(only).onEnd?.(context) ?? 'done';
    return this.#go(context, () => this.#settle(operator => operator.onEnd?.(this.#context!) ?? 'done', true));
  }

  onTimer(_timerMs: number, context: OperatorContext): Progress {
    return this.#go(context, () => this.#settle(undefined, false));
  }

  /** When rows have waited long enough. */
  nextTimerMs(): number | undefined {
    return this.#aside.dueMs;
  }

  outputWatermarkMs(watermarkMs: number): number {
    return this.#aside.isWaiting ? Math.min(this.#aside.doneMs, watermarkMs) : watermarkMs;
  }

  waitsFor(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const shard of this.#aside.state.shards) {
      const waiting = (shard.worker as Operator | undefined)?.waitsFor?.();
      if (waiting !== undefined && (first === undefined || waiting.neededMs < first.neededMs)) first = waiting;
    }
    return first;
  }

  close(): void {
    for (const shard of this.#aside.state.shards) {
      shard.worker?.close?.();
      shard.worker = undefined;
    }
  }

  /** The shard that is all there is, and in memory. */
  get #only(): StateShard | undefined {
    const { shards } = this.#aside.state;
    return shards.length === 1 && shards[0]!.tables !== undefined ? shards[0] : undefined;
  }

  #operatorOf(shard: StateShard): Operator {
    if (shard.worker === undefined || shard.tables === undefined) {
      const tables = this.#aside.state.load(shard);
      shard.worker = this.#parts.create(tables);
    }
    return shard.worker as Operator;
  }

  #go(context: OperatorContext, begin: () => Generator<void, void, void>): Progress {
    this.#context = new ShardContext(context);
    this.#work ??= begin();
    if (this.#work.next().done !== true) return 'more';
    this.#work = undefined;
    this.#batch = undefined;
    return 'done';
  }

  /** Rows of a batch go to their shards, or aside. One call of an operator between two yields: it may emit. */
  *#route(input: number): Generator<void, void, void> {
    const { state } = this.#aside;
    const shards = state.shards;
    const hot = shards.filter(shard => shard.tables !== undefined);
    if (hot.length < shards.length) {
      const { numbers, count, hashes } = this.#rowsOf(input, shard => shard.tables === undefined);
      if (count > 0) {
        const { memory, kernels } = this.#parts.task;
        const picked = memory.arena.allocate(4 * count);
        kernels.gather_32(count, numbers, hashes, picked);
        this.#aside.add(input, this.#pick(count, numbers), picked, this.#context!);
      }
    }
    for (const shard of hot) {
      for (;;) {
        const { numbers, count } = this.#rowsOf(input, each => each === shard);
        if (count === 0) break;
        const progress = this.#operatorOf(shard).processBatch(this.#pick(count, numbers), this.#context!, input);
        yield;
        if (progress === 'done') break;
      }
    }
    if (this.#aside.isFull) yield* this.#settle(undefined, false);
  }

  *#advance(watermarkMs: number): Generator<void, void, void> {
    const { state } = this.#aside;
    for (const shard of state.shards) {
      if (shard.tables === undefined) continue;
      while (this.#operatorOf(shard).onWatermark?.(watermarkMs, this.#context!) === 'more') yield;
      yield;
    }
    this.#aside.wantedMs = watermarkMs;
    if (this.#parts.rule.atEnd || !state.shards.some(shard => shard.tables === undefined && this.#aside.concerns(shard)))
      this.#aside.doneMs = watermarkMs;
    else if (watermarkMs === Number.POSITIVE_INFINITY || this.#aside.isFull) yield* this.#settle(undefined, false);
    else this.#aside.wait(this.#context!.processingTimeMs);
  }

  /** All that was put aside is worked on, shard by shard; then `last` is called for each. `ends`: for all of them, and for the last time. */
  *#settle(last: ((operator: Operator) => Progress) | undefined, ends: boolean): Generator<void, void, void> {
    const { state, wantedMs, doneMs } = this.#aside;
    const startedMs = this.#context!.processingTimeMs;
    for (const shard of [...state.shards]) {
      const wasCold = shard.tables === undefined;
      if (!ends && !(wasCold ? this.#aside.concerns(shard) : last !== undefined)) continue;
      if (wasCold) {
        yield* this.#replay(shard);
        if (wantedMs > doneMs) {
          while (this.#operatorOf(shard).onWatermark?.(wantedMs, this.#context!) === 'more') yield;
          yield;
        }
      }
      if (last !== undefined) {
        while (last(this.#operatorOf(shard)) === 'more') yield;
        yield;
      }
      if (ends) state.discard(shard);
      else state.relieve();
    }
    if (!this.#parts.rule.atEnd) this.#context!.emitWatermark(wantedMs);
    this.#aside.settled(this.#context!.processingTimeMs - startedMs);
  }

  /** The rows that were put aside for a shard, in the order of its inputs: what is kept comes before what looks for it. */
  *#replay(shard: StateShard): Generator<void, void, void> {
    for (let input = this.#parts.rule.inputs.length - 1; input >= 0; input--) {
      const rows = this.#aside.rows(input);
      for (let chunk = 0; chunk < rows.chunkCount; chunk++) {
        for (;;) {
          const read = rows.read(chunk, shard.range);
          if (read === undefined) break;
          this.#context!.watermarkMs = read.watermarkMs;
          const progress = this.#operatorOf(shard).processBatch(read.batch, this.#context!, input);
          yield;
          if (progress === 'done') break;
        }
      }
    }
  }

  /** Numbers (u32) of the batch's rows that belong to some shards, and the hashes of all; in the arena, made anew in each call. */
  #rowsOf(input: number, wanted: (shard: StateShard) => boolean) {
    const { memory, kernels } = this.#parts.task;
    const batch = this.#batch!;
    const { schema, keys, layout } = this.#parts.rule.inputs[input]!;
    this.#keys[input] ??= compileCompute({ input: schema, outputs: [], key: { expressions: keys, layout } }, this.#parts.task);
    const { hashes } = this.#keys[input].run(batch);
    const map = memory.arena.allocateZeroed(256);
    for (const shard of this.#aside.state.shards)
      if (wanted(shard)) memory.u8.fill(1, map + bytesPerGroup * shard.range.first, map + bytesPerGroup * shard.range.end);
    const ordinals = memory.arena.allocate(4 * batch.length);
    const offsets = memory.arena.allocate(4 * 3);
    const sorted = memory.arena.allocate(4 * batch.length);
    kernels.hash_ordinals(0, batch.length, 0, hashes, map, ordinals);
    kernels.partition_by_ordinal(0, batch.length, 0, ordinals, 2, offsets, sorted);
    const from = memory.u32[(offsets >>> 2) + 1]!;
    return { count: batch.length - from, numbers: sorted + 4 * from, hashes };
  }

  #pick(count: number, numbers: number): Batch {
    const { memory, kernels } = this.#parts.task;
    const { columns, weights, watermarkBefore } = this.#batch!;
    const picked = columns.map(column => gatherColumn(this.#parts.task, column, numbers, count));
    const ownWeights = weights === 0 ? 0 : memory.arena.allocate(count);
    if (weights !== 0) kernels.gather_8(count, numbers, weights, ownWeights);
    const before = watermarkBefore === 0 ? 0 : memory.arena.allocate(8 * count);
    if (watermarkBefore !== 0) kernels.gather_64(count, numbers, watermarkBefore, before);
    return batchOf(count, picked, ownWeights, before);
  }
}
