import type { Batch } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import type { ReadContext, Source, Split, SplitPosition, SplitReader } from '../connectors/contract.ts';
import type { Signal } from '../operators/contract.ts';
import type { SplitSnapshot } from './snapshot.ts';

export type InputEvent = { readonly kind: 'batch'; readonly batch: Batch } | Signal;

/** One live input of a task: a split of a source, or a channel from another task. */
export interface TaskInput {
  readonly kind: 'split' | 'channel';
  /** Which of the stage's inputs this belongs to. */
  readonly port: number;
  /**
   * The next event, or undefined when there is none now. A batch lies in the task's arena. Never waits. `peers`: inputs of the same port
   * that may be read now; what they have ready may come in the same batch.
   */
  take(rowsMax: number, peers: readonly TaskInput[]): InputEvent | undefined;
  /** True when nothing will wake the task, so that it has to ask again. */
  readonly polls: boolean;
  /** Records left out and values made NULL since the last call. */
  newBadRecords?(): number;
  /** No more is wanted: whoever writes to this input may stop. */
  close(): void;
}

export class SplitInput implements TaskInput {
  readonly kind = 'split';
  readonly port: number;
  readonly split: Split;
  readonly #reader: SplitReader;
  polls = false;
  #closed = false;
  #badRecords = 0;

  /** What it was when the checkpoint it goes on from was made. */
  readonly resumed: SplitSnapshot['open'];

  constructor(port: number, split: Split, reader: SplitReader, resumed?: SplitSnapshot['open']) {
    this.resumed = resumed;
    this.port = port;
    this.split = split;
    this.#reader = reader;
  }

  take(rowsMax: number): InputEvent | undefined {
    const result = this.#reader.tryRead(rowsMax);
    this.polls = result.kind === 'idle';
    switch (result.kind) {
      case 'batch':
        return result;
      case 'end':
        this.close();
        return { kind: 'end' };
      default:
        return undefined;
    }
  }

  position(): SplitPosition {
    return this.#reader.position();
  }

  newBadRecords(): number {
    const counted = this.#reader.badRecords?.() ?? 0;
    const more = counted - this.#badRecords;
    this.#badRecords = counted;
    return more;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.close();
  }
}

/** The splits of one source that a task has been given; opens them in order, at most {@link limits.openSplitsMax} at a time unless the source says otherwise. */
export class SplitQueue {
  readonly port: number;
  readonly #source: Source;
  readonly #waiting: SplitSnapshot[] = [];
  #open = 0;
  /** No further splits will be added. */
  final: boolean;

  /** `resumed`: splits of an earlier run that goes on, open ones first. */
  constructor(port: number, source: Source, splits: readonly Split[], final: boolean, resumed: readonly SplitSnapshot[] = []) {
    this.port = port;
    this.#source = source;
    this.#waiting.push(...resumed.filter(split => split.port === port));
    this.add(splits);
    this.final = final;
  }

  add(splits: readonly Split[]): void {
    this.#waiting.push(...splits.map(split => ({ port: this.port, split })));
  }

  /** Splits that nobody has opened yet. */
  get waiting(): readonly SplitSnapshot[] {
    return this.#waiting;
  }

  /** The next split as an input, when there is one and room for it. */
  open(context: ReadContext): SplitInput | undefined {
    if (this.#open >= (this.#source.openSplitsMax ?? limits.openSplitsMax)) return undefined;
    const next = this.#waiting.shift();
    if (next === undefined) return undefined;
    this.#open++;
    const { split, open } = next;
    return new SplitInput(this.port, split, this.#source.open(split, open?.position, context), open);
  }

  ended(): void {
    this.#open--;
  }

  get exhausted(): boolean {
    return this.final && this.#open === 0 && this.#waiting.length === 0;
  }

  /** Forgets all splits not opened yet. */
  stop(): void {
    this.#waiting.length = 0;
    this.final = true;
  }
}
