import type { SqlType } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';

/** A user's aggregate function, as far as plans and generated code need to know it. */
export interface UserAggregate {
  /** By which a task finds it; that of its descriptor in the catalog. */
  readonly key: string;
  /** The values that an accumulator is made of, a word each; absent: a block of bytes. */
  readonly accumulators?: readonly SqlType[] | undefined;
  /** Bytes of an accumulator, a multiple of 8. */
  readonly stateBytes: number;
  /** A new accumulator, byte by byte. */
  readonly initial: readonly number[];
  /** What a group without rows gives. */
  readonly empty: Value;
  /** Arguments of which it sees NULLs. */
  readonly seesNulls: readonly boolean[];
  readonly canRetract: boolean;
  readonly canMerge: boolean;
  readonly deterministic: boolean;
  /** `partial`: the accumulator itself is the result, as bytes; `merge`: the argument is such bytes, and the result is the function's. */
  readonly phase?: 'partial' | 'merge' | undefined;
}
