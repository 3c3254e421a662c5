export { type DuckdbText, type DuckdbTextOptions, duckdbTextOf } from './duckdb-plan.ts';
export { type FlinkTextOptions, flinkTextOf } from './flink-plan.ts';
