import { limits } from '../common/limits.ts';
import type { FunctionReference, GlobalReference, MemoryReference } from '../wasm/encoder/index.ts';
import { isText, type ScalarSignature } from './signature.ts';

/**
 * Values of the module's state global: why it trapped, or, for `heapFull`, that the loop stopped before it had a place for the text that the
 * function returned for the row (it is in the pending global).
 */
export const trapStates = {
  none: 0,
  growthFailed: 1,
  resultOutOfRange: 2,
  badAllocation: 3,
  resultOutside: 4,
  heapFull: 5,
  blockOutside: 6,
  noNextBlock: 7,
  nullInColumn: 8,
  resultNull: 9,
  /** The loop ended because the function says that the row has an error; its message is in the pending global. */
  rowError: 10,
} as const;

/** Export of a module whose functions take text or bytes: gives room in its memory for so many bytes, until it is called again. */
export const allocateExport = 'tidemill_allocate';

export const exportNames = {
  fuel: 'tidemill.fuel',
  row: 'tidemill.row',
  state: 'tidemill.state',
  start: 'tidemill.start',
  pending: 'tidemill.pending',
  prepare: (name: string) => `tidemill.prepare:${name}`,
  loop: (name: string) => `tidemill.loop:${name}`,
  /** Of table and process functions: how far the rows have come that they made. */
  block: (part: string) => `tidemill.block:${part}`,
  table: (name: string) => `tidemill.table:${name}`,
  process: (name: string) => `tidemill.process:${name}`,
  partitions: (name: string) => `tidemill.partitions:${name}`,
  timer: (name: string) => `tidemill.timer:${name}`,
  own: (name: string) => `own:${name}`,
} as const;

export interface LoopTarget {
  readonly signature: ScalarSignature;
  readonly target: FunctionReference;
  readonly resultHasFlag: boolean;
  /** The function writes its result to the place in {@link TextTarget.place}, and returns nothing. */
  readonly byPlace?: boolean | undefined;
  /** See `ModuleEditor.isTotal`. */
  readonly total: boolean;
  /** The engine's memory. */
  readonly memory: MemoryReference;
  /** i32 globals: the row that is being computed; one of {@link trapStates}. */
  readonly row: GlobalReference;
  readonly state: GlobalReference;
  /** Of a module that has a memory: what text needs. */
  readonly text: TextTarget | undefined;
}

export interface TextTarget {
  /** The module's own memory. */
  readonly guest: MemoryReference;
  /** {@link allocateExport}; absent where no function takes text. */
  readonly allocate: FunctionReference | undefined;
  /** i32 globals: the room the arguments' text is copied to, and its size. */
  readonly room: GlobalReference;
  readonly roomBytes: GlobalReference;
  /** i32: where functions write results that they do not return; 0 as long as there is no place. */
  readonly place: GlobalReference;
  /** i64: what a function returned when there was no place for it. */
  readonly pending: GlobalReference;
}

/** Bytes of a frame: data and validity address (u32 each) of every argument, then of the result. */
export const frameBytes = (argumentCount: number): number => 8 * (argumentCount + 1);

/** Where a frame goes on for a function that makes text: the place of the next long one, and the end of the room for them (u32 each). */
export const heapOffset = frameBytes;
/** Of those words, behind them in loops that give one text a row: u32, 1 when some text may hold bytes beyond ASCII, so that it is to be checked. */
export const charactersOffset = 8;
export const heapWordsBytes = 12;

/** Whether the loop may clear validity bits, so that the result always needs a bitmap. */
export function loopMakesNulls(signature: ScalarSignature, resultHasFlag: boolean, byPlace = false): boolean {
  return (
    resultHasFlag ||
    (byPlace && signature.result.nullable) ||
    (signature.result.nullable && (signature.result.kind === 'DECIMAL' || isText(signature.result)))
  );
}

export const engineMemoryLimits = { initial: 1, maximum: limits.taskMemoryPagesMax, shared: true } as const;
