import { type ExpandSpec, expandDefinition } from './expand.ts';
import { type OverSpec, overDefinition } from './over/over.ts';
import { type RankSpec, rankDefinition } from './over/rank.ts';
import { type ReplicateSpec, replicateDefinition } from './replicate.ts';

export type { ExpandSpec } from './expand.ts';
export type { OverSpec } from './over/over.ts';
export type { RankSpec } from './over/rank.ts';
export type { ReleaseTime } from './over/row-buffer.ts';
export type { ReplicateSpec } from './replicate.ts';

/** Operators over rows in order, and those of sets of rows. */
export type WindowedSpec = ExpandSpec | ReplicateSpec | OverSpec | RankSpec;
export const windowedDefinitions = {
  expand: expandDefinition,
  replicate: replicateDefinition,
  over: overDefinition,
  rank: rankDefinition,
} as const;
