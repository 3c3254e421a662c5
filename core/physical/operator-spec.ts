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
  WindowTableSpec,
} from '../operators/index.ts';

/** Every operator the planner places. */
export type OperatorSpec =
  | ComputeOperatorSpec
  | WatermarkAssignerSpec
  | WindowAggregateSpec
  | WindowTableSpec
  | GroupAggregateSpec
  | SortSpec
  | TopNSpec
  | LimitSpec
  | UnionSpec
  | SinkSpec
  | CollectSpec;
