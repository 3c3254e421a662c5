import type { TaskCode } from '../codegen/contract.ts';
import type { Batch } from '../columnar/batch.ts';
import type { KeyLayout } from '../columnar/key-layout.ts';
import type { Schema } from '../columnar/types.ts';
import type { SinkWriter } from '../connectors/contract.ts';
import type { Expression } from '../plan/expressions.ts';
import type { TableSink } from '../plan/nodes.ts';
import type { StateTable, TableSpec } from '../state/contract.ts';

/**
 * `more`: call again with the same input before anything else; `done`: the input is used up. `blocked`: nothing was done (a sink that is
 * full, a commit under way); call again with the same input after a wake, and nothing was emitted.
 */
export type Progress = 'done' | 'more' | 'blocked';

/** Milliseconds since 1970; −Infinity before the first, +Infinity at the end of the input. */
export type WatermarkMs = number;

export interface Barrier {
  readonly checkpointId: number;
}

/** What travels in a chain and a channel besides batches, in band. */
export type Signal =
  | { readonly kind: 'watermark'; readonly watermarkMs: WatermarkMs }
  | { readonly kind: 'barrier'; readonly barrier: Barrier }
  | { readonly kind: 'idle'; readonly idle: boolean }
  | { readonly kind: 'end' };

/** Given to every call; valid during the call. */
export interface OperatorContext extends TaskCode {
  /** Hands one output batch to the next operator; at most once per call. It lies in the arena (or in state that stays put till `done`). */
  emit(batch: Batch): void;
  /** Sends a watermark downstream, after the batch this call emits; one that is not above the last is dropped. */
  emitWatermark(watermarkMs: WatermarkMs): void;
  /** Watermark before the current input. */
  readonly watermarkMs: WatermarkMs;
  /** Which of the task's source splits the current batch was read from; 0 where rows come from other stages. */
  readonly split: number;
  /** Epoch ms, read once per task step. */
  readonly processingTimeMs: number;
  /** Adds to one of the operator's counters, e.g. 'lateRows'; always on, cheap. */
  count(counter: OperatorCounter, rows: number): void;
  readonly counters: Readonly<Record<OperatorCounter, number>>;
}
export type OperatorCounter = 'rowsIn' | 'rowsOut' | 'lateRows' | 'errorRows' | 'windowsFired';

/** State that event time has to reach before anything comes of it, for explaining why there is no output. Times in ms of UTC. */
export interface Waiting {
  /** A window with rows, or rows that wait for their turn. */
  readonly what: 'window' | 'rows';
  /** In the window's own (local) time. */
  readonly startMs?: number | undefined;
  readonly endMs: number;
  /** The watermark at which it goes on. */
  readonly neededMs: number;
}

/**
 * One operator of a chain. All that must outlive a call with `done` lives in its state tables: the runtime may destroy and rebuild an operator
 * between any two inputs. Between two calls with `more` the input batch stays valid; other arena memory does not.
 * Signals are forwarded downstream by the runtime once the hook is `done`; a missing hook is `done` at once.
 */
export interface Operator {
  /** `input`: which of the stage's inputs the batch came from; 0 for all but the first operator of a chain. */
  processBatch(batch: Batch, context: OperatorContext, input: number): Progress;
  onWatermark?(watermarkMs: WatermarkMs, context: OperatorContext): Progress;
  /** Processing-time timers that are due. */
  onTimer?(timerMs: number, context: OperatorContext): Progress;
  onBarrier?(barrier: Barrier, context: OperatorContext): Progress;
  onEnd?(context: OperatorContext): Progress;
  /** A split of the task's source began, paused or ended; the first operator with this hook keeps the news. */
  onSplit?(split: number, state: SplitState, context: OperatorContext): Progress;
  /** Earliest processing time at which onTimer wants to be called; kept in the state tables. */
  nextTimerMs?(): number | undefined;
  /** True once no further input can change the output (a LIMIT that is full): the task then ends without reading on. */
  finished?(): boolean;
  /** The earliest that the operator keeps for a later watermark; asked for when somebody wants to know, never on the way of a row. */
  waitsFor?(): Waiting | undefined;
  /** What a split of the task's source has reached, in ms; of the operator that makes watermarks. */
  splitWatermarkMs?(split: number): WatermarkMs;
  /** The watermark passed on, where it is not the one that came in. */
  outputWatermarkMs?(watermarkMs: WatermarkMs): WatermarkMs;
  close?(): void;
}

export type SplitState = 'active' | 'idle' | 'ended';

/** What an operator gets of its task when it is made. What must outlive the operator but is no state (open files) belongs to the task. */
export interface OperatorTask extends TaskCode {
  readonly subtask: number;
  /** Ends the task's wait. */
  readonly wake: () => void;
  /** The writer of the task's sink, opened once, however often the operator is rebuilt. */
  sinkWriter(sink: TableSink): SinkWriter;
  /** Present in a job that makes checkpoints. */
  readonly commits?: SinkCommits | undefined;
  /** Hands a result batch to the caller; false while the one before is still being read. */
  collect(batch: Batch): boolean;
}

/** The two phases of a sink, as far as an operator takes part in them (design §6). */
export interface SinkCommits {
  /** At a barrier: what was written so far is prepared, and committed once the checkpoint stands. */
  prepare(writer: SinkWriter, checkpointId: number): void;
  /** At the end of the input: `done` once the last part is committed and the writer closed; a wake comes then. */
  finish(writer: SinkWriter): 'done' | 'blocked';
}

/** How the runtime makes an operator of a kind from its spec (frozen, structured-cloneable data). */
export interface OperatorDefinition<Spec> {
  /** State the operator declares; the runtime owns it, names it by operator id and table name. */
  tables(spec: Spec): readonly TableSpec[];
  create(spec: Spec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask): Operator;
  outputSchema(spec: Spec): Schema;
  /** Where parts of the state may be on disk while others are worked on; without: it stays in memory, or its tables spill by themselves. */
  shards?(spec: Spec): ShardRule | undefined;
}

/** How an operator's state is cut into shards: rows of other keys have nothing to do with each other, and no timers of processing time. */
export interface ShardRule {
  /** By input: what says which key group a row belongs to; as of the tables' owner, so that their rows are found again. */
  readonly inputs: readonly { readonly schema: Schema; readonly keys: readonly Expression[]; readonly layout: KeyLayout }[];
  /** Nothing comes of the rows before the input has ended. */
  readonly atEnd: boolean;
}
