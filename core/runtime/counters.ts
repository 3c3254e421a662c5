import type { OperatorCounter } from '../operators/contract.ts';

/** Places of the numbers of one operator, in 64-bit floats; all of a job lie in one shared buffer, so that any thread reads them live. */
export const counterIndex = {
  rowsIn: 0,
  rowsOut: 1,
  lateRows: 2,
  errorRows: 3,
  windowsFired: 4,
  batchesIn: 5,
  calls: 6,
  blockedCalls: 7,
  watermarkMs: 8,
  stateBytes: 9,
  /** Bytes of state that are on disk, and all that were ever written there, because memory did not suffice. */
  diskBytes: 10,
  spilledBytes: 11,
} as const;
export type CounterName = keyof typeof counterIndex;
export const countersPerOperator = 16;

/** Places of the numbers of one task; times are shares of its steps, because the clock is read once per step. */
export const taskCounterIndex = {
  steps: 0,
  stepsProgressed: 1,
  stepsIdle: 2,
  stepsBlocked: 3,
  memoryBytes: 4,
  /** Rows read from the task's source splits. */
  rowsRead: 5,
  /** 1 for a task that reads a source, else 0. */
  readsSource: 6,
  /** The last watermark that left the task's chain; −Infinity before the first. */
  watermarkMs: 7,
  /** Records left out of the source splits and values made NULL, as the tables' options for bad records say. */
  badRecords: 8,
} as const;
export type TaskCounterName = keyof typeof taskCounterIndex;

export function newCounters(buffer?: ArrayBufferLike, byteOffset = 0): Float64Array {
  const counters =
    buffer === undefined ? new Float64Array(countersPerOperator) : new Float64Array(buffer, byteOffset, countersPerOperator);
  counters[counterIndex.watermarkMs] = Number.NEGATIVE_INFINITY;
  return counters;
}

/** A live view of an operator's own counters. */
export function counterView(counters: Float64Array): Readonly<Record<OperatorCounter, number>> {
  return {
    get rowsIn() {
      return counters[counterIndex.rowsIn]!;
    },
    get rowsOut() {
      return counters[counterIndex.rowsOut]!;
    },
    get lateRows() {
      return counters[counterIndex.lateRows]!;
    },
    get errorRows() {
      return counters[counterIndex.errorRows]!;
    },
    get windowsFired() {
      return counters[counterIndex.windowsFired]!;
    },
  };
}
