import type { KeyLayout } from '../columnar/key-layout.ts';
import type { Schema } from '../columnar/types.ts';
import type { Expression } from '../plan/expressions.ts';

/** Which rows of a side are sent once by themselves, with NULLs (or nothing) for the other: `all` with a mark of whether they have matched. */
export type JoinSend = 'none' | 'matched' | 'unmatched' | 'all';

/** A column of a join's result. */
export type JoinOutput =
  | { readonly from: 'build' | 'probe'; readonly index: number }
  /** Whether the row has matched. */
  | { readonly from: 'mark' };

/**
 * A join of two inputs that end: input 1 is read whole and kept (`build`), then each row of input 0 (`probe`) looks for its matches. Rows match where
 * all keys are equal, in one canonical form of both sides, and `residual` is TRUE. Without keys every row meets every row.
 */
export interface JoinSpec {
  readonly kind: 'join';
  readonly build: Schema;
  readonly probe: Schema;
  readonly keys: {
    readonly build: readonly Expression[];
    readonly probe: readonly Expression[];
    readonly layout: KeyLayout;
    /** By key: whether NULL equals NULL. */
    readonly nullSafe: readonly boolean[];
  };
  /** Over the columns of the build side, then of the probe side. */
  readonly residual?: Expression | undefined;
  /** Whether matching pairs are sent. */
  readonly pairs: boolean;
  readonly sendBuild: JoinSend;
  readonly sendProbe: JoinSend;
  readonly outputs: readonly JoinOutput[];
  readonly schema: Schema;
}
