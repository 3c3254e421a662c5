/**
 * Tidemill's Table API: typed queries over streams and batches.
 *
 * @example
 * await using tm = await open();
 * const rows = await (await tm.sql('SELECT 1 AS answer')).toArray();
 */
export { type ErrorDomain, type Place, type Span, TidemillError } from './common/errors.ts';
export { type OpenOptions, open, type SqlResult, type TableSession } from './session/table-session.ts';
export { type FunctionTypes, udf } from './session/udf.ts';
export { avg, count, countDistinct, max, min, sum } from './table-api/aggregates.ts';
export type {
  AnyExpr,
  Collection,
  Columns,
  ColumnTypeText,
  DurationText,
  Expr,
  Kind,
  Ordering,
  Row,
  SqlTypeText,
  Values,
} from './table-api/expression-types.ts';
export { lit } from './table-api/lit.ts';
export type {
  ArrowTable,
  Change,
  DeclaredTable,
  FileOptions,
  Grouped,
  Insertion,
  Job,
  KafkaOptions,
  Operation,
  OtherOptions,
  Sink,
  Table,
  TableDefinition,
  Window,
  Windowed,
  With,
} from './table-api/table-types.ts';
export type { TableCall, UdfProcess, UdfTable } from './table-api/tabular-types.ts';
export type { Udf, UdfAggregate } from './table-api/udf.ts';
export { type UnnestOptions, unnest } from './table-api/unnest.ts';
export { cumulate, hop, tumble } from './table-api/windows.ts';
