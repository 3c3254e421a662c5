import type { ArrowContent } from '../columnar/table-content.ts';
import type { Field, Schema, SqlType } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Span } from '../common/errors.ts';
import type { AggregateCall, Expression, SortKey } from './expressions.ts';
import type { MatchSkip, MatchTerm, Pattern } from './patterns.ts';
import type { ProcessShape } from './tabular-shapes.ts';
import type { OverCall } from './windows.ts';

/**
 * Logical nodes: frozen data. SQL, the Table API and Python all make these (law 9). Schema, boundedness, changelog mode and the like
 * are derived (properties.ts), never stored; the schema of a scan or values node is its definition.
 */
export type LogicalNode =
  | Scan
  | Values
  | Filter
  | Project
  | WatermarkAssigner
  | WindowTable
  | Aggregate
  | Sort
  | Limit
  | UnionAll
  | SetOperation
  | Expand
  | Over
  | MatchRecognize
  | Join
  | Unnest
  | TableCall
  | ProcessTable
  | Insert;
export type LogicalKind = LogicalNode['kind'];

/** Stable name of a node that has state or a position, given before optimisation (operator-ids.ts); rewrites carry it on. */
export type OperatorId = string;

/** A declared or inferred table as the plan sees it: data only, resolved from the catalog. */
export interface TableSource {
  /** Name for EXPLAIN and errors: the table's path, or the file in `FROM 'f.parquet'`. */
  readonly name: string;
  readonly connector: string;
  /** Options of WITH after defaults and hints; secrets still as `${env:…}` references. */
  readonly options: Readonly<Record<string, string>>;
  /** Physical columns as the connector delivers them, before computed columns. */
  readonly schema: Schema;
  readonly bounded: boolean;
  /** Its rows are upserts by primary key (weight −1: a deleted key) and not facts of their own; absent: rows are appended. */
  readonly changelog?: 'upsert' | undefined;
  readonly primaryKey?: readonly string[] | undefined;
  /** How many rows there are, where the source can tell without reading them; only for choosing between plans. */
  readonly rowCount?: number | undefined;
  /** Columns of `schema` whose values are in the names of directories. */
  readonly partitionedBy?: readonly string[] | undefined;
  /** Columns of `schema`, the last ones, that the connector makes itself: the connector's key by column name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Where records go that cannot be read, if the table says so. */
  readonly deadLetters?: TableSink | undefined;
  /** Named here so that relative paths mean the same in every room: directory of the SQL file. */
  readonly baseDirectory?: string | undefined;
  /** All rows of it, for the connector 'values' that runs a values node. */
  readonly rows?: readonly (readonly Value[])[] | undefined;
  /** All rows of it, for the connector 'memory': Arrow data that a client put. */
  readonly content?: ArrowContent | undefined;
}
export interface Scan {
  readonly kind: 'scan';
  readonly id?: OperatorId | undefined;
  readonly source: TableSource;
  /** Indexes of the source's columns that are read, in output order. */
  readonly columns: readonly number[];
  /** A condition (over the output columns) that the source must apply. */
  readonly filter?: Expression | undefined;
  /** At most so many rows are needed. */
  readonly limit?: number | undefined;
  /** By output column: the children of a ROW column that are read, or undefined for all. */
  readonly usedFields?: readonly (readonly number[] | undefined)[] | undefined;
  readonly span?: Span | undefined;
}
export interface Values {
  readonly kind: 'values';
  readonly id?: OperatorId | undefined;
  readonly schema: Schema;
  readonly rows: readonly (readonly Value[])[];
}
export interface Filter {
  readonly kind: 'filter';
  readonly input: LogicalNode;
  readonly condition: Expression;
}
export interface Project {
  readonly kind: 'project';
  readonly input: LogicalNode;
  readonly expressions: readonly Expression[];
  readonly names: readonly string[];
}
/** Makes column `column` the rowtime attribute; `watermark` is an expression over the input, NULL emits none. */
export interface WatermarkAssigner {
  readonly kind: 'watermark';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly column: number;
  readonly watermark: Expression;
}
export type WindowKind = AlignedWindow | SessionWindow;
/** Windows whose bounds follow from a row's time alone. */
export type AlignedWindow =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'hop'; readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number }
  | { readonly kind: 'cumulate'; readonly sizeMs: number; readonly stepMs: number; readonly offsetMs: number };
/** Rows of one partition without a pause of `gapMs` between them. */
export interface SessionWindow {
  readonly kind: 'session';
  readonly gapMs: number;
}
/** A window table function: adds window_start, window_end, window_time to the input's columns. */
export interface WindowTable {
  readonly kind: 'window-table';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly timeColumn: number;
  readonly window: WindowKind;
  /** Of a session window: columns whose equal rows make sessions of their own. */
  readonly partitionBy?: readonly number[] | undefined;
  readonly span?: Span | undefined;
}
/** Output: keys in order, then aggregates. No aggregates: DISTINCT. `names` covers both. */
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly names: readonly string[];
  /** How long groups without input are kept, by the hint STATE_TTL; 0: for ever. Absent: as `table.exec.state.ttl` says. */
  readonly stateTtlMs?: number | undefined;
  readonly span?: Span | undefined;
}
export interface Sort {
  readonly kind: 'sort';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly keys: readonly SortKey[];
  readonly span?: Span | undefined;
}
/** `count` undefined: only an offset. Over a sort this is a TopN. */
export interface Limit {
  readonly kind: 'limit';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly count?: number | undefined;
  readonly offset: number;
}
export interface UnionAll {
  readonly kind: 'union';
  readonly inputs: readonly LogicalNode[];
}
/**
 * `semi` and `anti`: rows of the left for which there is, or is not, a row of the right that meets the condition. `mark`: all rows of the left, with a
 * column that says whether there is one. Output of the others: columns of the left, then of the right.
 */
export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'mark';
export interface Join {
  readonly kind: 'join';
  readonly id?: OperatorId | undefined;
  readonly join: JoinKind;
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  /** Over the columns of the left, then of the right; rows match where it is TRUE. Absent: all rows match. */
  readonly condition?: Expression | undefined;
  readonly span?: Span | undefined;
}
/** EXCEPT and INTERSECT, of rows as a bag with `all`; the inputs have the same types. Equal NULLs count as equal. UNION is a {@link UnionAll}. */
export interface SetOperation {
  readonly kind: 'set-operation';
  readonly id?: OperatorId | undefined;
  readonly operator: 'except' | 'intersect';
  readonly all: boolean;
  readonly inputs: readonly LogicalNode[];
  readonly span?: Span | undefined;
}
/** Each row once per projection: what GROUPING SETS do before they group. */
export interface Expand {
  readonly kind: 'expand';
  readonly input: LogicalNode;
  readonly projections: readonly (readonly Expression[])[];
  readonly names: readonly string[];
}
/**
 * Each row once per element of a collection (an ARRAY, MAP or MULTISET of the input). Output: the input's columns at `kept`, then the element's
 * (plan/unnest.ts), then its place from 1 with `ordinality`; `names` are the added columns'. `outer`: a row none of whose elements meets
 * `condition` (over the output) comes once, with NULLs; without `outer` there is no condition.
 */
export interface Unnest {
  readonly kind: 'unnest';
  readonly input: LogicalNode;
  readonly kept: readonly number[];
  readonly collection: Expression;
  readonly outer: boolean;
  readonly ordinality: boolean;
  readonly condition?: Expression | undefined;
  readonly names: readonly string[];
  readonly span?: Span | undefined;
}
/**
 * LATERAL TABLE(f(…)): each row once per row that a table function makes of it. Output: the input's columns at `kept`, then the function's.
 * `outer`: a row for which none meets `condition` (over the output) comes once, with NULLs; without `outer` there is no condition.
 */
export interface TableCall {
  readonly kind: 'table-call';
  readonly input: LogicalNode;
  readonly kept: readonly number[];
  /** Key of the user function. */
  readonly function: string;
  readonly arguments: readonly Expression[];
  /** The columns of its rows. */
  readonly fields: Schema;
  readonly outer: boolean;
  /** Equal arguments give equal rows. */
  readonly deterministic: boolean;
  readonly condition?: Expression | undefined;
  /** Of the function's columns. */
  readonly names: readonly string[];
  readonly span?: Span | undefined;
}
/**
 * f(TABLE t PARTITION BY …): a process table function over the input. Output: columns of PARTITION BY (or all), then the function's, then, with
 * `onTime`, the time.
 */
export interface ProcessTable {
  readonly kind: 'process-table';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  /** Key of the user function. */
  readonly function: string;
  readonly shape: ProcessShape;
  /** Its state is kept under this name; default the function's. */
  readonly uid: string;
  /** Columns whose equal rows make a partition; undefined with row semantics. */
  readonly partitionBy?: readonly number[] | undefined;
  /** The input's columns for those of `shape.table.columns`. */
  readonly columns: readonly number[];
  /** Constants. */
  readonly arguments: readonly Expression[];
  /** The time attribute that rows and timers follow. */
  readonly onTime?: number | undefined;
  /** Of all output columns. */
  readonly names: readonly string[];
  readonly span?: Span | undefined;
}
/** Functions with OVER, all of one PARTITION BY and ORDER BY. Output: the input's columns, then a column a call. */
export interface Over {
  readonly kind: 'over';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortKey[];
  readonly calls: readonly OverCall[];
  readonly names: readonly string[];
  readonly span?: Span | undefined;
}
/** MATCH_RECOGNIZE, ONE ROW PER MATCH. Output: the partition's columns, then the measures. */
export interface MatchRecognize {
  readonly kind: 'match-recognize';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly partitionBy: readonly number[];
  readonly orderBy: readonly SortKey[];
  readonly pattern: Pattern;
  /** What `conditions` and `measures` see behind the columns of the input: terms over the rows matched so far. */
  readonly terms: readonly MatchTerm[];
  /** By variable; one without condition takes every row. */
  readonly conditions: Readonly<Record<string, Expression>>;
  readonly measures: readonly Expression[];
  /** Names of the measures. */
  readonly names: readonly string[];
  readonly skip: MatchSkip;
  readonly withinMs?: number | undefined;
  readonly span?: Span | undefined;
}
export interface TableSink {
  readonly name: string;
  readonly connector: string;
  readonly options: Readonly<Record<string, string>>;
  readonly schema: Schema;
  /** Columns of `schema` that are not data: the connector's key by column name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly primaryKey?: readonly string[] | undefined;
  readonly partitionedBy?: readonly string[] | undefined;
  /** INSERT OVERWRITE: the rows take the place of the table's, or of those in the partitions they belong to. */
  readonly overwrite?: boolean | undefined;
  /** Partition columns that the statement gives a value to, in the order of `partitionedBy`. */
  readonly fixedPartition?: readonly string[] | undefined;
  readonly baseDirectory?: string | undefined;
  /** Where the table stands in the catalog, of one that is held there with its rows. */
  readonly path?: { readonly catalog: string; readonly database: string; readonly name: string } | undefined;
}
/** Rows of the input, whose columns match the sink's by position. */
export interface Insert {
  readonly kind: 'insert';
  readonly id?: OperatorId | undefined;
  readonly input: LogicalNode;
  readonly sink: TableSink;
  readonly overwrite: boolean;
  /** What becomes of rows with the same primary key that the query does not have as its own key. */
  readonly onConflict?: 'DEDUPLICATE' | 'NOTHING' | 'ERROR' | undefined;
  readonly span?: Span | undefined;
}

const frozen = <T extends object>(node: T): Readonly<T> => Object.freeze(node);

export const scan = (source: TableSource, columns?: readonly number[], span?: Span): Scan =>
  frozen({ kind: 'scan', source, columns: columns ?? source.schema.map((_, index) => index), ...(span && { span }) });
export const values = (schema: Schema, rows: readonly (readonly Value[])[]): Values => frozen({ kind: 'values', schema, rows });
export const filter = (input: LogicalNode, condition: Expression): Filter => frozen({ kind: 'filter', input, condition });
export const project = (input: LogicalNode, expressions: readonly Expression[], names: readonly string[]): Project =>
  frozen({ kind: 'project', input, expressions, names });
export const watermark = (input: LogicalNode, timeColumn: number, expression: Expression): WatermarkAssigner =>
  frozen({ kind: 'watermark', input, column: timeColumn, watermark: expression });
export const windowTable = (
  input: LogicalNode,
  timeColumn: number,
  window: WindowKind,
  span?: Span,
  partitionBy?: readonly number[],
): WindowTable =>
  frozen({ kind: 'window-table', input, timeColumn, window, ...(span && { span }), ...(partitionBy && { partitionBy }) });
export const aggregate = (
  input: LogicalNode,
  keys: readonly Expression[],
  aggregates: readonly AggregateCall[],
  names: readonly string[],
  span?: Span,
): Aggregate => frozen({ kind: 'aggregate', input, keys, aggregates, names, ...(span && { span }) });
export const sort = (input: LogicalNode, keys: readonly SortKey[], span?: Span): Sort =>
  frozen({ kind: 'sort', input, keys, ...(span && { span }) });
export const limit = (input: LogicalNode, count: number | undefined, offset = 0): Limit =>
  frozen({ kind: 'limit', input, count, offset });
export const unionAll = (inputs: readonly LogicalNode[]): UnionAll => frozen({ kind: 'union', inputs });
export const join = (
  kind: JoinKind,
  left: LogicalNode,
  right: LogicalNode,
  condition?: Expression | undefined,
  span?: Span | undefined,
): Join => frozen({ kind: 'join', join: kind, left, right, ...(condition && { condition }), ...(span && { span }) });
export const setOperation = (
  operator: SetOperation['operator'],
  all: boolean,
  left: LogicalNode,
  right: LogicalNode,
  span?: Span,
): SetOperation => frozen({ kind: 'set-operation', operator, all, inputs: [left, right], ...(span && { span }) });
export const expand = (input: LogicalNode, projections: readonly (readonly Expression[])[], names: readonly string[]): Expand =>
  frozen({ kind: 'expand', input, projections, names });
export const matchRecognize = (parts: Omit<MatchRecognize, 'kind'>): MatchRecognize =>
  frozen({ kind: 'match-recognize', ...parts });
export const over = (
  input: LogicalNode,
  partitionBy: readonly Expression[],
  orderBy: readonly SortKey[],
  calls: readonly OverCall[],
  names: readonly string[],
  span?: Span,
): Over => frozen({ kind: 'over', input, partitionBy, orderBy, calls, names, ...(span && { span }) });
export const unnest = (
  input: LogicalNode,
  collection: Expression,
  options: Pick<Unnest, 'outer' | 'ordinality' | 'condition' | 'names' | 'span'> & { readonly kept: readonly number[] },
): Unnest => frozen({ kind: 'unnest', input, collection, ...options });
export const tableCall = (parts: Omit<TableCall, 'kind'>): TableCall => frozen({ kind: 'table-call', ...parts });
export const processTable = (parts: Omit<ProcessTable, 'kind'>): ProcessTable => frozen({ kind: 'process-table', ...parts });
export const insert = (
  input: LogicalNode,
  sink: TableSink,
  overwrite = false,
  span?: Span,
  onConflict?: Insert['onConflict'],
): Insert => frozen({ kind: 'insert', input, sink, overwrite, ...(onConflict && { onConflict }), ...(span && { span }) });

export function inputsOf(node: LogicalNode): readonly LogicalNode[] {
  switch (node.kind) {
    case 'scan':
    case 'values':
      return [];
    case 'union':
    case 'set-operation':
      return node.inputs;
    case 'join':
      return [node.left, node.right];
    default:
      return [node.input];
  }
}

export function withInputs(node: LogicalNode, inputs: readonly LogicalNode[]): LogicalNode {
  if (inputsOf(node).every((input, index) => input === inputs[index])) return node;
  switch (node.kind) {
    case 'scan':
    case 'values':
      return node;
    case 'union':
    case 'set-operation':
      return frozen({ ...node, inputs });
    case 'join':
      return frozen({ ...node, left: inputs[0]!, right: inputs[1]! });
    default:
      return frozen({ ...node, input: inputs[0]! });
  }
}

/** Rewrites bottom-up. */
export function transformNode(node: LogicalNode, rewrite: (node: LogicalNode) => LogicalNode): LogicalNode {
  return rewrite(
    withInputs(
      node,
      inputsOf(node).map(input => transformNode(input, rewrite)),
    ),
  );
}

/** Names the columns of a projection-like node. */
export function fieldsOf(names: readonly string[], fieldTypes: readonly SqlType[]): Field[] {
  return names.map((name, index) => ({ name, type: fieldTypes[index]! }));
}
