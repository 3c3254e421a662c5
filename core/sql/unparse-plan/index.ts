export { type DuckdbText, type DuckdbTextOptions, duckdbTextOf } from './duckdb-plan.ts';
