import type { SqlType } from '../columnar/types.ts';
import type { Span } from '../common/errors.ts';
import type { Expression, Literal } from './expressions.ts';
import type { UserAggregate } from './user-aggregate.ts';

/** Where a frame begins or ends; `offset` is a number of rows, or for RANGE a distance in the order's own units. */
export type FrameBound =
  | { readonly kind: 'unbounded-preceding' }
  | { readonly kind: 'preceding'; readonly offset: Literal }
  | { readonly kind: 'current-row' }
  | { readonly kind: 'following'; readonly offset: Literal }
  | { readonly kind: 'unbounded-following' };

/** Rows around the current one that a function sees. The current row of a RANGE is all rows of equal order. */
export interface Frame {
  readonly unit: 'rows' | 'range';
  readonly start: FrameBound;
  readonly end: FrameBound;
}

/** Functions that only make sense with OVER; every aggregate of the catalogue may be one too. */
export const overFunctions = ['row-number', 'rank', 'dense-rank', 'percent-rank', 'cume-dist', 'ntile', 'lag', 'lead'] as const;
export type OverFunction = (typeof overFunctions)[number];
export const isOverFunction = (name: string): name is OverFunction => (overFunctions as readonly string[]).includes(name);

/** A function with OVER; its arguments are bound to the node's input. */
export interface OverCall {
  /** One of {@link overFunctions}, or an aggregate's name. */
  readonly name: string;
  /** A user's aggregate, not one of the catalogue. */
  readonly user?: UserAggregate | undefined;
  readonly arguments: readonly Expression[];
  readonly distinct: boolean;
  readonly filter?: Expression | undefined;
  readonly frame: Frame;
  readonly type: SqlType;
  readonly span?: Span | undefined;
}

export const runningFrame = (unit: Frame['unit']): Frame =>
  Object.freeze<Frame>({ unit, start: { kind: 'unbounded-preceding' }, end: { kind: 'current-row' } });
export const wholeFrame: Frame = Object.freeze<Frame>({
  unit: 'rows',
  start: { kind: 'unbounded-preceding' },
  end: { kind: 'unbounded-following' },
});
