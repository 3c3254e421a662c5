import { type ChangelogNormalizeSpec, changelogNormalizeDefinition } from './changelog-normalize.ts';
import { type CollectSpec, collectDefinition } from './collect.ts';
import { type ComputeOperatorSpec, computeDefinition } from './compute.ts';
import type { OperatorDefinition } from './contract.ts';
import { type GatheredAggregateSpec, gatheredAggregateDefinition } from './gathered-aggregate.ts';
import { groupAggregateDefinition } from './group-aggregate.ts';
import { joinDefinition } from './join.ts';
import type { JoinSpec } from './join-spec.ts';
import { limitDefinition } from './limit.ts';
import { localAggregateDefinition } from './local-aggregate.ts';
import { type ProcessTableSpec, processTableDefinition } from './process-table.ts';
import { type SinkSpec, sinkDefinition } from './sink.ts';
import { sortDefinition } from './sort.ts';
import type {
  GroupAggregateSpec,
  LimitSpec,
  LocalAggregateSpec,
  SortSpec,
  TopNSpec,
  WindowAggregateSpec,
} from './stateful-specs.ts';
import { type TableCallSpec, tableCallDefinition } from './table-call.ts';
import { topNDefinition } from './top-n.ts';
import { type UnionSpec, unionDefinition } from './union.ts';
import { type UnnestSpec, unnestDefinition } from './unnest.ts';
import { type WatermarkAssignerSpec, watermarkAssignerDefinition } from './watermark-assigner.ts';
import { windowAggregateDefinition } from './window-aggregate.ts';
import { type WindowTableSpec, windowTableDefinition } from './window-table.ts';
import { type WindowedSpec, windowedDefinitions } from './windowed.ts';

export type * from './changelog-normalize.ts';
export type * from './collect.ts';
export type * from './compute.ts';
export type * from './contract.ts';
export type * from './gathered-aggregate.ts';
export type * from './join-spec.ts';
export { runningCalls } from './over/running.ts';
export type * from './process-table.ts';
export type * from './sink.ts';
export type * from './stateful-specs.ts';
export type * from './table-call.ts';
export type * from './union.ts';
export type * from './unnest.ts';
export type * from './watermark-assigner.ts';
export type * from './window-table.ts';
export type * from './windowed.ts';

/** Every operator the physical planner can place; frozen, structured-cloneable data. */
export type OperatorSpec =
  | GroupAggregateSpec
  | LocalAggregateSpec
  | GatheredAggregateSpec
  | WindowAggregateSpec
  | ComputeOperatorSpec
  | WatermarkAssignerSpec
  | WindowTableSpec
  | SortSpec
  | TopNSpec
  | LimitSpec
  | UnionSpec
  | WindowedSpec
  | UnnestSpec
  | TableCallSpec
  | ProcessTableSpec
  | JoinSpec
  | ChangelogNormalizeSpec
  | SinkSpec
  | CollectSpec;

/** The one table of operators: a kind without a definition does not compile. */
export const operatorDefinitions: {
  readonly [Kind in OperatorSpec['kind']]: OperatorDefinition<Extract<OperatorSpec, { kind: Kind }>>;
} = {
  compute: computeDefinition,
  'watermark-assigner': watermarkAssignerDefinition,
  'window-table': windowTableDefinition,
  'group-aggregate': groupAggregateDefinition,
  'gathered-aggregate': gatheredAggregateDefinition,
  'local-aggregate': localAggregateDefinition,
  'window-aggregate': windowAggregateDefinition,
  sort: sortDefinition,
  'top-n': topNDefinition,
  join: joinDefinition,
  'changelog-normalize': changelogNormalizeDefinition,
  limit: limitDefinition,
  union: unionDefinition,
  ...windowedDefinitions,
  unnest: unnestDefinition,
  'table-call': tableCallDefinition,
  'process-table': processTableDefinition,
  sink: sinkDefinition,
  collect: collectDefinition,
};
