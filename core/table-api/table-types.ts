import type {
  Accepts,
  AnyExpr,
  Columns,
  ColumnTypeText,
  DurationText,
  Expr,
  Flat,
  Optional,
  Ordering,
  Parse,
  Row,
} from './expression-types.ts';

/** Columns of a table declared with types S, of which W have a watermark. */
export type Declared<S extends Record<string, ColumnTypeText>, W extends string> = {
  -readonly [P in keyof S]: P extends W ? Expr<'ROWTIME'> : Parse<S[P]>;
};

declare const columns: unique symbol;
declare const accepts: unique symbol;

/** A windowing of a table's rows, made by tumble, hop or cumulate. */
export interface Window {
  readonly kind: 'tumble' | 'hop' | 'cumulate';
}
interface WindowColumns {
  window_start: Expr<'TIMESTAMP'>;
  window_end: Expr<'TIMESTAMP'>;
  window_time: Expr<'ROWTIME'>;
}

export type Operation = '+I' | '-U' | '+U' | '-D';
export interface Change<C> {
  readonly op: Operation;
  readonly row: Row<C>;
}

/** Columns of a batch of results as Arrow; see apache-arrow. */
export type ArrowTable = import('apache-arrow').Table;

/**
 * A query: immutable, nothing runs until a result is asked for. C maps column names to their expressions.
 *
 * @example
 * const hot = bid.where(b => b.price.gt(100)).groupBy('auction').agg(() => ({ bids: count() }));
 */
export interface Table<C> {
  readonly [columns]: C;
  where(condition: (row: C) => Expr<'BOOLEAN', null>): Table<C>;
  select<S extends Columns>(select: (row: C) => S): Table<S>;
  window(window: (row: C) => Window): Windowed<C>;
  groupBy<P extends keyof C & string>(...keys: P[]): Grouped<C, P>;
  join<D, S extends Columns>(
    other: Table<D>,
    on: (left: C, right: D) => Expr<'BOOLEAN', null>,
    select: (left: C, right: D) => S,
  ): Table<S>;
  leftJoin<D, S extends Columns>(
    other: Table<D>,
    on: (left: C, right: D) => Expr<'BOOLEAN', null>,
    select: (left: C, right: Optional<D>) => S,
  ): Table<S>;
  distinct(): Table<C>;
  unionAll(other: Table<C>): Table<C>;
  orderBy(keys: (row: C) => AnyExpr | Ordering | readonly (AnyExpr | Ordering)[]): Table<C>;
  limit(count: number, offset?: number): Table<C>;

  /** Starts a job that writes every row; the callback's columns must fit the sink's. */
  insertInto<A>(sink: Sink<A>, select: (row: C) => NoInfer<A>): Promise<Job>;
  /** Every change as it happens; leaving the loop stops the job. */
  changes(): AsyncIterable<Change<C>>;
  /** Rows of a query that never takes one back. @throws error[updating] when it does: use changes(). */
  rows(): AsyncIterable<Row<C>>;
  /** Results in Arrow batches, as they come. */
  batches(): AsyncIterable<ArrowTable>;
  /** One JSON object a line, encoded as the command line does. */
  ndjson(): AsyncIterable<string>;
  /** The final rows of a bounded query. @throws error[endless] when it never ends. */
  toArray(): Promise<Row<C>[]>;
  toArrow(): Promise<ArrowTable>;
  explain(format?: 'text' | 'json'): string;
}

export interface Windowed<C> {
  groupBy<P extends keyof C & string>(...keys: P[]): Grouped<C & WindowColumns, P | 'window_start' | 'window_end'>;
}
export interface Grouped<C, P extends keyof C> {
  /** Keys are kept; the callback adds aggregates. */
  agg<S extends Columns>(aggregates: (row: C) => S): Table<Flat<Pick<C, P> & S>>;
}
export interface Sink<in C> {
  readonly [accepts]: (row: C) => void;
}
export interface DeclaredTable<C, A> extends Table<C>, Sink<A> {}

export interface Job {
  readonly done: Promise<void>;
  stop(options?: { readonly savepoint?: string }): Promise<void>;
}

export interface KafkaOptions {
  readonly connector: 'kafka';
  readonly topic: string;
  readonly 'properties.bootstrap.servers': string;
  readonly format: 'json' | 'csv' | 'avro' | 'raw';
  readonly 'scan.startup.mode'?: 'earliest-offset' | 'latest-offset' | 'group-offsets' | 'timestamp' | 'specific-offsets';
  readonly [option: string]: string | undefined;
}
export interface FileOptions {
  readonly connector: 'filesystem';
  readonly path: string;
  readonly format: 'parquet' | 'csv' | 'json' | 'arrow' | 'raw';
  readonly [option: string]: string | undefined;
}
export interface OtherOptions {
  readonly connector: 'datagen' | 'nexmark' | 'print' | 'blackhole' | 'values';
  readonly [option: string]: string | undefined;
}
/** The WITH of a table: the connector and its options. */
export type With = KafkaOptions | FileOptions | OtherOptions;

export interface TableDefinition<S extends Record<string, ColumnTypeText>, W extends string> {
  readonly columns: S;
  /** Columns that get a watermark, and by how much rows may be out of order. */
  readonly watermark?: { readonly [P in W]: DurationText };
  readonly primaryKey?: readonly (keyof S & string)[];
  readonly with: With;
}
export type TableOf<S extends Record<string, ColumnTypeText>, W extends string> = DeclaredTable<
  Declared<S, W>,
  Accepts<Declared<S, never>>
>;
