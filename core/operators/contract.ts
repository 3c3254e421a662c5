import type { TaskCode } from '../codegen/contract.ts';
import type { Batch } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import type { StateTable, TableSpec } from '../state/contract.ts';

/** `more`: call again with the same input before anything else; `done`: the input is used up. */
export type Progress = 'done' | 'more';

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
  /** Watermark before the current input. */
  readonly watermarkMs: WatermarkMs;
  /** Epoch ms, read once per task step. */
  readonly processingTimeMs: number;
  /** Adds to one of the operator's counters, e.g. 'lateRows'; always on, cheap. */
  count(counter: OperatorCounter, rows: number): void;
  readonly counters: Readonly<Record<OperatorCounter, number>>;
}
export type OperatorCounter = 'rowsIn' | 'rowsOut' | 'lateRows' | 'errorRows' | 'windowsFired';

/**
 * One operator of a chain. All that must outlive a call with `done` lives in its state tables: the runtime may destroy and rebuild an operator
 * between any two inputs. Between two calls with `more` the input batch stays valid; other arena memory does not.
 * Signals are forwarded downstream by the runtime once the hook is `done`; a missing hook is `done` at once.
 */
export interface Operator {
  processBatch(batch: Batch, context: OperatorContext, input: number): Progress;
  onWatermark?(watermarkMs: WatermarkMs, context: OperatorContext): Progress;
  /** Processing-time timers that are due. */
  onTimer?(timerMs: number, context: OperatorContext): Progress;
  onBarrier?(barrier: Barrier, context: OperatorContext): Progress;
  onEnd?(context: OperatorContext): Progress;
  /** The watermark passed on, where it is not the one that came in. */
  outputWatermarkMs?(watermarkMs: WatermarkMs): WatermarkMs;
  close?(): void;
}

/** How the runtime makes an operator of a kind from its spec (frozen, structured-cloneable data). */
export interface OperatorDefinition<Spec> {
  /** State the operator declares; the runtime owns it, names it by operator id and table name. */
  tables(spec: Spec): readonly TableSpec[];
  create(spec: Spec, tables: ReadonlyMap<string, StateTable>, task: TaskCode): Operator;
  outputSchema(spec: Spec): Schema;
}
