export type { AggregateSignature } from './aggregate-signature.ts';
export { type AggregateStart, startOfAggregate } from './aggregate-start.ts';
export {
  type AccumulateCall,
  AggregateUdf,
  findAggregate,
  type MergeCall,
} from './aggregate-udf.ts';
export { BatchUdf } from './batch-udf.ts';
export type { ColumnCallOptions } from './column-calls.ts';
export type { RemoteModule } from './column-code.ts';
export { loadComponent } from './component.ts';
export { ComponentAggregate } from './component-aggregate.ts';
export { isComponent } from './component-code.ts';
export { ComponentProcess, type ProcessAnswer } from './component-process.ts';
export { placeRows } from './component-rows.ts';
export { ComponentStates } from './component-states.ts';
export { ComponentTable } from './component-table.ts';
export { ComponentUdf } from './component-udf.ts';
export { FunctionFailures, type OnError } from './failures.ts';
export {
  defaultUdfLimits,
  findUdfFunction,
  type LoadOptions,
  loadUdf,
  type UdfAggregate,
  type UdfFunction,
  type UdfLimits,
  type UdfModule,
} from './load-udf.ts';
export { type StatePayload, StateRecords, stateColumns, statePayload } from './process-states.ts';
export { type Attention, type ProcessedRows, ProcessUdf } from './process-udf.ts';
export { type ScalarCall, ScalarUdf, type ScalarUdfOptions } from './scalar-udf.ts';
export { type ScalarSignature, signatureSection, signatureToString, signatureVersion } from './signature.ts';
export { encodeSignatures } from './signature-section.ts';
export { type TableCall as TableUdfCall, type TableRows, TableUdf, type TableUdfOptions } from './table-udf.ts';
export { type TimerRequest, timeMsMax } from './timer-requests.ts';
