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
  Overall,
  Parse,
  Row,
} from './expression-types.ts';
import type { ColumnsOf, ProcessArguments, TableCall, UdfProcess } from './tabular-types.ts';

/** How a process table function is called. */
export interface ProcessCallOptions<A extends Readonly<Record<string, ColumnTypeText>>, P extends string, T extends string> {
  readonly partitionBy?: readonly P[];
  /** The column with a watermark that rows and timers follow. */
  readonly onTime?: T;
  readonly uid?: string;
  readonly arguments?: ProcessArguments<A>;
}

/** Columns of a table declared with types S, of which W have a watermark. */
export type Declared<S extends Record<string, ColumnTypeText>, W extends string> = {
  -readonly [P in keyof S]: P extends W ? Expr<'ROWTIME'> : Parse<S[P]>;
};

declare const columns: unique symbol;
declare const accepts: unique symbol;
declare const inserts: unique symbol;

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

/** What a join wants to know of its other table: to compare all methods of two tables would cost the compiler more than all else. */
export interface TableColumns<C> {
  readonly [columns]: C;
}

/**
 * A query: immutable, nothing runs until a result is asked for. C maps column names to their expressions.
 *
 * @example
 * const hot = bid.where(b => b.price.gt(100)).groupBy('auction').agg(() => ({ bids: count() }));
 */
export interface Table<C> extends TableColumns<C> {
  /** Rows for which the condition is TRUE, neither FALSE nor NULL. After `agg` this is SQL's HAVING. */
  where(condition: (row: C) => Expr<'BOOLEAN', null>): Table<C>;
  /**
   * Exactly the columns that the callback returns, in their order.
   *
   * @example
   * bid.select(b => ({ ...b, euros: b.price.times(0.92) }));
   */
  select<S extends Columns>(select: (row: C) => S): Table<S>;
  /**
   * Puts rows into windows of event time.
   *
   * @example
   * bid.window(b => tumble(b.at, '10 minutes')).groupBy('auction').agg(() => ({ bids: count() }));
   */
  window(window: (row: C) => Window): Windowed<C>;
  groupBy<P extends keyof C & string = never>(...keys: P[]): Grouped<C, P>;
  /** Aggregates over all rows: one row. */
  agg<S extends Columns>(aggregates: (row: C) => S): Table<Flat<Overall<S>>>;
  /**
   * Rows of both where the condition holds; the callback makes the columns. Bounded tables only, so far.
   *
   * @example
   * order.join(customer, (o, c) => o.customer.eq(c.id), (o, c) => ({ ...o, name: c.name }));
   */
  join<D, S extends Columns>(
    other: TableColumns<D>,
    on: (left: C, right: D) => Expr<'BOOLEAN', null>,
    select: (left: C, right: D) => S,
  ): Table<S>;
  /** As `join`, with all rows of this table: where none matches, the other's columns are NULL. */
  leftJoin<D, S extends Columns>(
    other: TableColumns<D>,
    on: (left: C, right: D) => Expr<'BOOLEAN', null>,
    select: (left: C, right: Optional<D>) => S,
  ): Table<S>;
  rightJoin<D, S extends Columns>(
    other: TableColumns<D>,
    on: (left: C, right: D) => Expr<'BOOLEAN', null>,
    select: (left: Optional<C>, right: D) => S,
  ): Table<S>;
  fullOuterJoin<D, S extends Columns>(
    other: TableColumns<D>,
    on: (left: C, right: D) => Expr<'BOOLEAN', null>,
    select: (left: Optional<C>, right: Optional<D>) => S,
  ): Table<S>;
  /**
   * Rows for which the other table has one that meets the condition: SQL's WHERE EXISTS.
   *
   * @example
   * order.semiJoin(customer, (o, c) => o.customer.eq(c.id));
   */
  semiJoin<D>(other: TableColumns<D>, on: (left: C, right: D) => Expr<'BOOLEAN', null>): Table<C>;
  /** Rows for which the other table has none: WHERE NOT EXISTS. */
  antiJoin<D>(other: TableColumns<D>, on: (left: C, right: D) => Expr<'BOOLEAN', null>): Table<C>;
  /**
   * Each row with the rows that a table function makes of it; a row without any is left out. With `on` only those for which it holds.
   *
   * @example
   * line.joinLateral(l => words(l.text), (l, w) => ({ id: l.id, word: w.word }));
   */
  joinLateral<D, S extends Columns>(call: (row: C) => TableCall<D>, select: (row: C, made: D) => S): Table<S>;
  joinLateral<D, S extends Columns>(
    call: (row: C) => TableCall<D>,
    on: (row: C, made: D) => Expr<'BOOLEAN', null>,
    select: (row: C, made: D) => S,
  ): Table<S>;
  /** As `joinLateral`, and a row for which the function makes none (or none for which `on` holds) comes once, with NULLs. */
  leftOuterJoinLateral<D, S extends Columns>(call: (row: C) => TableCall<D>, select: (row: C, made: Optional<D>) => S): Table<S>;
  leftOuterJoinLateral<D, S extends Columns>(
    call: (row: C) => TableCall<D>,
    on: (row: C, made: D) => Expr<'BOOLEAN', null>,
    select: (row: C, made: Optional<D>) => S,
  ): Table<S>;
  /**
   * The rows that a process table function makes of this table's, partition by partition: the columns of `partitionBy` (or all, if it passes them through), then
   * its own, then, with `onTime`, `rowtime`. State is kept under `uid`, the function's name by default.
   *
   * @example
   * bid.process(sessions, { partitionBy: ['auction'], onTime: 'at', arguments: { gap: 10_000 } });
   */
  process<
    A extends Readonly<Record<string, ColumnTypeText>>,
    S extends Readonly<Record<string, ColumnTypeText>>,
    PassThrough extends boolean,
    P extends keyof C & string = never,
    T extends keyof C & string = never,
  >(
    definition: UdfProcess<A, S, PassThrough>,
    ...options: Record<never, never> extends A
      ? [options?: ProcessCallOptions<A, P, T>]
      : [options: ProcessCallOptions<A, P, T> & { readonly arguments: ProcessArguments<A> }]
  ): Table<
    Flat<
      (PassThrough extends true ? C : Pick<C, P>) &
        ColumnsOf<S> &
        ([T] extends [never] ? Record<never, never> : { rowtime: Expr<'ROWTIME'> })
    >
  >;
  /** Each different row once. */
  distinct(): Table<C>;
  /** Rows of both; columns go by their names. */
  unionAll(other: Table<C>): Table<C>;
  /** Each different row of the two once. */
  union(other: Table<C>): Table<C>;
  /** Rows of this that the other has not: each once, or with `All` as often as it has more of them. */
  minus(other: Table<C>): Table<C>;
  minusAll(other: Table<C>): Table<C>;
  /** Rows that both have: each once, or with `All` as often as both have it. */
  intersect(other: Table<C>): Table<C>;
  intersectAll(other: Table<C>): Table<C>;
  /**
   * Rows in order: ascending with NULLs first, or `desc()` with NULLs last. An endless table needs `limit` behind it.
   *
   * @example
   * bid.orderBy(b => [b.price.desc(), b.auction]).limit(3);
   */
  orderBy(keys: (row: C) => AnyExpr | Ordering | readonly (AnyExpr | Ordering)[]): Table<C>;
  limit(count: number, offset?: number): Table<C>;

  /**
   * Starts a job that writes every row; the callback's columns must fit the sink's.
   *
   * @example
   * const job = await hot.insertInto(sink, h => ({ auction: h.auction, bids: h.bids }));
   * await job.done;
   */
  insertInto<A>(sink: Sink<A>, select: (row: C) => NoInfer<A>): Promise<Job>;
  /**
   * What `insertInto` would write, for a job with others: `tm.statementSet(…)`.
   *
   * @example
   * const all = hot.insertion(sink, h => ({ auction: h.auction, bids: h.bids }));
   */
  insertion<A>(sink: Sink<A>, select: (row: C) => NoInfer<A>): Insertion;
  /**
   * Every change as it happens; leaving the loop stops the job.
   *
   * @example
   * for await (const { op, row } of hot.changes()) console.log(op, row.auction, row.bids);
   */
  changes(): AsyncIterable<Change<C>>;
  /** Rows of a query that never takes one back; leaving the loop stops the job. @throws error[updating] when it does: use changes(). */
  rows(): AsyncIterable<Row<C>>;
  /** Rows as Arrow tables, one a batch, as they come; leaving the loop stops the job. @throws error[updating] as `rows`. */
  batches(): AsyncIterable<ArrowTable>;
  /** One JSON object a row, encoded as the command line does; of a query that takes rows back, each change with its `op`. */
  ndjson(): AsyncIterable<string>;
  /**
   * The final rows of a query that ends.
   *
   * @throws error[endless] when it never does.
   * @example
   * const top = await bid.orderBy(b => b.price.desc()).limit(3).toArray();
   */
  toArray(): Promise<Row<C>[]>;
  /** The final rows as one Arrow table. @throws error[endless] as `toArray`. */
  toArrow(): Promise<ArrowTable>;
  /** The plan, its stages, and what bounds its state. */
  explain(format?: 'text' | 'json'): string;
}

export interface Windowed<C> {
  /** Keys beside the window's start and end, which always are keys. */
  groupBy<P extends keyof (C & WindowColumns) & string = never>(
    ...keys: P[]
  ): Grouped<C & WindowColumns, P | 'window_start' | 'window_end'>;
  /** Aggregates per window. */
  agg<S extends Columns>(
    aggregates: (row: C & WindowColumns) => S,
  ): Table<Flat<Pick<WindowColumns, 'window_start' | 'window_end'> & S>>;
}
export interface Grouped<C, P extends keyof C> {
  /**
   * Keys are kept, with window_start and window_end; the callback adds expressions over aggregates and keys.
   *
   * @example
   * bid.groupBy('auction').agg(b => ({ bids: count(), spread: max(b.price).minus(min(b.price)) }));
   */
  agg<S extends Columns>(aggregates: (row: C) => S): Table<Flat<Pick<C, P> & S>>;
}
/** A query and the table it goes to, made by `insertion`; nothing runs before `tm.statementSet(…)`. */
export interface Insertion {
  readonly [inserts]: true;
}

export interface Sink<in C> {
  readonly [accepts]: (row: C) => void;
}
export interface DeclaredTable<C, A> extends Table<C>, Sink<A> {}

export interface Job {
  /** Settles when the job has ended; rejects with its error. */
  readonly done: Promise<void>;
  /** Ends the sources, lets what is under way finish, and closes the sinks. */
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
  readonly connector: 'datagen' | 'nexmark' | 'print' | 'blackhole';
  readonly [option: string]: string | undefined;
}
/** The WITH of a table: the connector and its options. */
export type With = KafkaOptions | FileOptions | OtherOptions;

/** Columns that can carry a watermark. */
export type TimeColumn<S> = { [P in keyof S]: S[P] extends `TIMESTAMP(${string}` | 'TIMESTAMP' ? P : never }[keyof S] & string;

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
