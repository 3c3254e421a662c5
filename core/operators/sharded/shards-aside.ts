import type { Batch } from '../../columnar/batch.ts';
import { limits } from '../../common/limits.ts';
import type { ShardedState, StateShard } from '../../state/index.ts';
import type { SpillFiles } from '../../storage/spill-files.ts';
import type { OperatorContext, OperatorTask, ShardRule } from '../contract.ts';
import { RowsAside } from './rows-aside.ts';

/** What waits for the shards that are on disk: rows of each input, and a watermark. Outlives the operator, as state does. */
export class ShardsAside {
  readonly state: ShardedState;
  /** The last watermark that came, and the one that all shards have seen. */
  wantedMs = Number.NEGATIVE_INFINITY;
  doneMs = Number.NEGATIVE_INFINITY;
  /** Processing time at which nothing should wait any more. */
  dueMs: number | undefined;
  readonly #rule: ShardRule;
  readonly #inputs: readonly RowsAside[];
  readonly #bytesMax: number;
  /** How long what waits is let wait: longer than it takes to work on it. */
  #patienceMs: number = limits.spillAsideMsMax;

  constructor(rule: ShardRule, state: ShardedState, task: OperatorTask, files: SpillFiles) {
    this.#rule = rule;
    this.state = state;
    this.#inputs = rule.inputs.map(({ schema }) => new RowsAside(schema, task, files));
    this.#bytesMax = task.memory.budgetBytes * limits.spillAsideShare;
  }

  get diskBytes(): number {
    return this.#inputs.reduce((sum, rows) => sum + rows.diskBytes, 0);
  }

  rows(input: number): RowsAside {
    return this.#inputs[input]!;
  }

  add(input: number, batch: Batch, hashes: number, context: OperatorContext): void {
    this.#inputs[input]!.add(batch, hashes, context.watermarkMs);
    this.wait(context.processingTimeMs);
  }

  /** Something waits from now on. */
  wait(nowMs: number): void {
    if (!this.#rule.atEnd) this.dueMs ??= nowMs + this.#patienceMs;
  }

  /** So many rows wait that their shards should come for them. */
  get isFull(): boolean {
    return !this.#rule.atEnd && this.diskBytes > this.#bytesMax;
  }

  get isWaiting(): boolean {
    return !this.#rule.atEnd && (this.wantedMs > this.doneMs || this.diskBytes > 0);
  }

  /** Whether something waits for a shard on disk. */
  concerns(shard: StateShard): boolean {
    if (this.#inputs.some(rows => rows.rowsOf(shard.range) > 0)) return true;
    return !this.#rule.atEnd && this.wantedMs > this.doneMs && shard.neededMs <= this.wantedMs;
  }

  /** Nothing waits any more; working on it took so long. */
  settled(tookMs: number): void {
    for (const rows of this.#inputs) rows.clear();
    this.doneMs = this.wantedMs;
    this.dueMs = undefined;
    this.#patienceMs = Math.max(limits.spillAsideMsMax, 4 * tookMs);
  }

  close(): void {
    for (const rows of this.#inputs) rows.close();
  }
}
