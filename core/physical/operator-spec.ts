import type {
  CollectSpec,
  ComputeOperatorSpec,
  GroupAggregateSpec,
  LimitSpec,
  SinkSpec,
  SortSpec,
  TopNSpec,
  UnionSpec,
  WatermarkAssignerSpec,
  WindowAggregateSpec,
} from '../operators/index.ts';

/** Every operator the planner places. */
export type OperatorSpec =
  | ComputeOperatorSpec
  | WatermarkAssignerSpec
  | WindowAggregateSpec
  | GroupAggregateSpec
  | SortSpec
  | TopNSpec
  | LimitSpec
  | UnionSpec
  | SinkSpec
  | CollectSpec;
