import { type ExpandSpec, expandDefinition } from './expand.ts';
import { type MatchRecognizeSpec, matchRecognizeDefinition } from './match/match-recognize.ts';
import { type OverSpec, overDefinition } from './over/over.ts';
import { type RankSpec, rankDefinition } from './over/rank.ts';
import { type RunningSpec, runningDefinition } from './over/running.ts';
import { type ReplicateSpec, replicateDefinition } from './replicate.ts';
import { type ClosingAggregateSpec, closingAggregateDefinition } from './session/closing-aggregate.ts';
import { type SessionSpec, sessionDefinition } from './session/session.ts';
import { type SessionAggregateSpec, sessionAggregateDefinition } from './session/session-aggregate.ts';

export type { ExpandSpec } from './expand.ts';
export type { MatchRecognizeSpec } from './match/match-recognize.ts';
export type { OverSpec } from './over/over.ts';
export type { RankSpec } from './over/rank.ts';
export type { ReleaseTime } from './over/row-buffer.ts';
export type { RunningSpec } from './over/running.ts';
export type { ReplicateSpec } from './replicate.ts';
export type { ClosingAggregateSpec } from './session/closing-aggregate.ts';
export type { SessionSpec } from './session/session.ts';
export type { SessionAggregateSpec } from './session/session-aggregate.ts';

/** Operators over rows in order, and those of sets of rows. */
export type WindowedSpec =
  | MatchRecognizeSpec
  | ExpandSpec
  | ReplicateSpec
  | OverSpec
  | RankSpec
  | RunningSpec
  | SessionSpec
  | SessionAggregateSpec
  | ClosingAggregateSpec;
export const windowedDefinitions = {
  expand: expandDefinition,
  replicate: replicateDefinition,
  over: overDefinition,
  rank: rankDefinition,
  running: runningDefinition,
  session: sessionDefinition,
  'session-aggregate': sessionAggregateDefinition,
  'match-recognize': matchRecognizeDefinition,
  'closing-aggregate': closingAggregateDefinition,
} as const;
