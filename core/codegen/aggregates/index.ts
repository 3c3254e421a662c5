export {
  type AccumulateInput,
  AggregateCode,
  type AggregateLayout,
  type AggregatePayload,
  layoutAggregates,
  type SetLayout,
} from './aggregate-code.ts';
export { type AggregatePlan, canAccumulate, type ValueSet } from './plan.ts';
export { type ColumnName, mergedName, userSlotName } from './slot-names.ts';
