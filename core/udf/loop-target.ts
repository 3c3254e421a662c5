import { limits } from '../common/limits.ts';
import type { FunctionReference, GlobalReference, MemoryReference } from '../wasm/encoder/index.ts';
import type { ScalarSignature } from './signature.ts';

/** Values of the module's state global, which says why it trapped. */
export const trapStates = { none: 0, growthFailed: 1, resultOutOfRange: 2 } as const;

export const exportNames = {
  fuel: 'tidemill.fuel',
  row: 'tidemill.row',
  state: 'tidemill.state',
  start: 'tidemill.start',
  prepare: (name: string) => `tidemill.prepare:${name}`,
  loop: (name: string) => `tidemill.loop:${name}`,
  own: (name: string) => `own:${name}`,
} as const;

export interface LoopTarget {
  readonly signature: ScalarSignature;
  readonly target: FunctionReference;
  readonly resultHasFlag: boolean;
  /** See `ModuleEditor.isTotal`. */
  readonly total: boolean;
  /** The engine's memory. */
  readonly memory: MemoryReference;
  /** i32 globals: the row that is being computed; one of {@link trapStates}. */
  readonly row: GlobalReference;
  readonly state: GlobalReference;
}

/** Bytes of a frame: data and validity address (u32 each) of every argument, then of the result. */
export const frameBytes = (argumentCount: number): number => 8 * (argumentCount + 1);

/** Whether the loop may clear validity bits, so that the result always needs a bitmap. */
export function loopMakesNulls(signature: ScalarSignature, resultHasFlag: boolean): boolean {
  return resultHasFlag || (signature.result.nullable && signature.result.kind === 'DECIMAL');
}

export const engineMemoryLimits = { initial: 1, maximum: limits.taskMemoryPagesMax, shared: true } as const;
