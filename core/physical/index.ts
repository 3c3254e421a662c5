export { type DuckdbRelation, type DuckdbStages, duckdbStages } from './duckdb-stages.ts';
export { operatorToString, programToJson, programToString } from './explain.ts';
export type { OperatorSpec } from './operator-spec.ts';
export type * from './plan.ts';
export { type CutReason, type PhysicalOptions, type PlannedProgram, planPhysical } from './planner.ts';
