import type { Schema } from '../columnar/types.ts';
import type { AggregateCall, Expression, SortKey } from '../plan/expressions.ts';
import type { AlignedWindow } from '../plan/nodes.ts';

/** Specs of the operators that keep state: frozen data, made by physical/. Expressions are bound to `input`. */

/** Where a row's window comes from. */
export type WindowTime =
  /** Event time: the i64 of a rowtime column. */
  | { readonly kind: 'rowtime'; readonly column: number }
  /** The processing time at which the row is seen. */
  | { readonly kind: 'proctime' }
  /** The row carries its window already: `endColumn` is the window_end of a window made by `window`. */
  | { readonly kind: 'attached'; readonly endColumn: number };

/** A column of a window aggregate's result. */
export type WindowOutput =
  | { readonly kind: 'key'; readonly index: number }
  | { readonly kind: 'aggregate'; readonly index: number }
  | { readonly kind: 'window'; readonly property: 'start' | 'end' | 'time' };

/**
 * GROUP BY over TUMBLE, HOP or CUMULATE windows. `keys` are without window_start and window_end; no keys: one group per window.
 * Rows of `input` for which `filter` is not TRUE are left out. `outputs` in the order of `schema`.
 */
export interface WindowAggregateSpec {
  readonly kind: 'window-aggregate';
  /**
   * `local`: gives the groups of each slice once it has ended, before windows are made of them, for another window aggregate of the same window
   * that merges them after an exchange. Its output `time` is the slice's last moment; rows that are late for some of their windows carry the
   * watermark they were behind.
   */
  readonly phase?: 'local' | undefined;
  readonly input: Schema;
  readonly filter?: Expression | undefined;
  readonly window: AlignedWindow;
  readonly time: WindowTime;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly outputs: readonly WindowOutput[];
  readonly schema: Schema;
}

/**
 * GROUP BY without windows. Output: keys, then aggregates; no aggregates: DISTINCT. `retracting`: input rows may have weights.
 * `final`: a bounded program, result rows only at the end (and one row for an empty input without keys); else a changelog with weights.
 */
export interface GroupAggregateSpec {
  readonly kind: 'group-aggregate';
  /** `local`: one group of what a task has read, for another aggregate that merges those of all tasks. */
  readonly phase?: 'local' | undefined;
  readonly input: Schema;
  readonly filter?: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly retracting: boolean;
  readonly final: boolean;
  /** Groups without input for so long go (`table.exec.state.ttl`); not where `final`. */
  readonly ttlMs?: number | undefined;
  readonly schema: Schema;
}

/**
 * Partial results of GROUP BY, per key of each batch, for a group aggregate that merges them after an exchange. Output: keys, then aggregates;
 * none of them DISTINCT. Input rows have no weights. `final`: a bounded program: results are kept from batch to batch, until there are many.
 */
export interface LocalAggregateSpec {
  readonly kind: 'local-aggregate';
  readonly final: boolean;
  readonly input: Schema;
  readonly filter?: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly schema: Schema;
}

/** ORDER BY of a bounded input, with an optional OFFSET and LIMIT applied to the sorted rows. */
export interface SortSpec {
  readonly kind: 'sort';
  readonly schema: Schema;
  readonly keys: readonly SortKey[];
  readonly offset: number;
  readonly count?: number | undefined;
}

/**
 * ORDER BY … LIMIT `count` OFFSET `offset`. `final`: only the rows at the end, in order; else a changelog that keeps the first rows up to
 * date. `retracting`: input rows may have weights, so that all rows are kept; else only the best `offset + count`.
 */
export interface TopNSpec {
  readonly kind: 'top-n';
  readonly schema: Schema;
  readonly keys: readonly SortKey[];
  readonly offset: number;
  readonly count: number;
  readonly retracting: boolean;
  readonly final: boolean;
  /** Rows that did not come again for so long go; not where `final`. */
  readonly ttlMs?: number | undefined;
}

/** LIMIT without order, over rows that are only appended: the first `count` after `offset`. */
export interface LimitSpec {
  readonly kind: 'limit';
  readonly schema: Schema;
  readonly offset: number;
  readonly count?: number | undefined;
}
