import { heapOffset } from './loop-target.ts';
import type { ProcessSignature } from './process-signature.ts';
import { columnOffset, picksOffset } from './table-loop.ts';

/** Places in a call's context; see udf-sdk/abi. */
export const contextPlaces = {
  time: 0,
  watermark: 8,
  flags: 16,
  nameAddress: 20,
  nameBytes: 24,
  weight: 28,
  requests: 32,
  requestCount: 36,
  cleared: 40,
} as const;
export const contextFlags = { time: 1, watermark: 2, fresh: 4 } as const;

/** Words of a frame behind its columns: weights, times, time units a millisecond, flags. */
const tailPlaces = { weights: 0, times: 4, units: 8, flags: 12 } as const;

export interface ProcessFrame {
  readonly bytes: number;
  readonly picks: number;
  /** Address of the numbers of the rows, in the order they are taken. */
  readonly order: number;
  readonly heap: number;
  column(index: number): number;
  readonly weights: number;
  readonly times: number;
  readonly units: number;
  readonly flags: number;
}

/** Places in the frame of a process function. */
export function processFrame(signature: Omit<ProcessSignature, 'hasTimer'>): ProcessFrame {
  const count = signature.table.columns.length + signature.arguments.length;
  const tail = columnOffset(count, signature.columns.length);
  return {
    bytes: tail + 16,
    picks: picksOffset(count),
    order: picksOffset(count) + 4,
    heap: heapOffset(count),
    column: index => columnOffset(count, index),
    weights: tail + tailPlaces.weights,
    times: tail + tailPlaces.times,
    units: tail + tailPlaces.units,
    flags: tail + tailPlaces.flags,
  };
}
