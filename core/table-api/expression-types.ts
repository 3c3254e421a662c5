/** JavaScript value of each kind in results. COUNT is a BIGINT that counts rows, read as a number; ROWTIME a TIMESTAMP with a watermark. */
export interface Values {
  BOOLEAN: boolean;
  INT: number;
  BIGINT: bigint;
  COUNT: number;
  DOUBLE: number;
  DECIMAL: string;
  STRING: string;
  DATE: string;
  TIME: string;
  TIMESTAMP: string;
  ROWTIME: string;
  TIMESTAMP_LTZ: Date;
  BYTES: Uint8Array;
  /** An ARRAY, MAP or MULTISET: `unnest` makes rows of its elements. */
  COLLECTION: unknown;
}
export type Kind = keyof Values;
export type Numeric = 'INT' | 'BIGINT' | 'COUNT' | 'DOUBLE' | 'DECIMAL';
export type Temporal = 'TIMESTAMP' | 'ROWTIME' | 'DATE' | 'TIMESTAMP_LTZ';
type Timestamps = 'TIMESTAMP' | 'ROWTIME' | 'TIMESTAMP_LTZ';

/** Which kinds a kind may be compared with. */
interface Comparable {
  BOOLEAN: 'BOOLEAN';
  INT: Numeric;
  BIGINT: Numeric;
  COUNT: Numeric;
  DOUBLE: Numeric;
  DECIMAL: Numeric;
  STRING: 'STRING';
  DATE: Temporal;
  TIME: 'TIME';
  TIMESTAMP: Temporal;
  ROWTIME: Temporal;
  TIMESTAMP_LTZ: Temporal;
  BYTES: 'BYTES';
  COLLECTION: never;
}
/** Plain values that stand for a kind. */
export interface Literals {
  BOOLEAN: boolean;
  INT: number;
  BIGINT: number | bigint;
  COUNT: number | bigint;
  DOUBLE: number;
  DECIMAL: number | string;
  STRING: string;
  DATE: string;
  TIME: string;
  TIMESTAMP: string;
  ROWTIME: string;
  TIMESTAMP_LTZ: Date | string;
  BYTES: Uint8Array;
  COLLECTION: never;
}
export type Operand<K extends Kind> = Expr<Comparable[K], null> | Literals[K];
/** `null` for an expression that can be NULL. */
export type NullOf<A> = A extends Expr<Kind, infer N> ? N : never;

interface NoArithmetic {
  INT: never;
  BIGINT: never;
  COUNT: never;
  DOUBLE: never;
  DECIMAL: never;
  plain: never;
}
/**
 * Kind of a sum, difference, product or quotient of two kinds. A plain number keeps the kind
 * it is used with; one that does not fit is refused when the query is built. Tables, not conditional types: only so is `Expr` covariant in K.
 */
interface Arithmetic {
  INT: { INT: 'INT'; BIGINT: 'BIGINT'; COUNT: 'COUNT'; DOUBLE: 'DOUBLE'; DECIMAL: 'DECIMAL'; plain: 'INT' };
  BIGINT: { INT: 'BIGINT'; BIGINT: 'BIGINT'; COUNT: 'BIGINT'; DOUBLE: 'DOUBLE'; DECIMAL: 'DECIMAL'; plain: 'BIGINT' };
  COUNT: { INT: 'COUNT'; BIGINT: 'BIGINT'; COUNT: 'COUNT'; DOUBLE: 'DOUBLE'; DECIMAL: 'DECIMAL'; plain: 'COUNT' };
  DOUBLE: { INT: 'DOUBLE'; BIGINT: 'DOUBLE'; COUNT: 'DOUBLE'; DOUBLE: 'DOUBLE'; DECIMAL: 'DOUBLE'; plain: 'DOUBLE' };
  DECIMAL: { INT: 'DECIMAL'; BIGINT: 'DECIMAL'; COUNT: 'DECIMAL'; DOUBLE: 'DOUBLE'; DECIMAL: 'DECIMAL'; plain: 'DECIMAL' };
  BOOLEAN: NoArithmetic;
  STRING: NoArithmetic;
  DATE: NoArithmetic;
  TIME: NoArithmetic;
  TIMESTAMP: NoArithmetic;
  ROWTIME: NoArithmetic;
  TIMESTAMP_LTZ: NoArithmetic;
  BYTES: NoArithmetic;
  COLLECTION: NoArithmetic;
}
/** DECIMAL is NULL where a result has too many digits. */
interface Overflow extends Record<Exclude<Kind, 'DECIMAL'>, never> {
  DECIMAL: null;
}
/** Over no rows, all aggregates but counts are NULL. */
interface OverNothing extends Record<Exclude<Kind, 'COUNT'>, null> {
  COUNT: never;
}
type Result<K extends Kind, N extends null, L extends Numeric | 'plain', M extends null> = Expr<
  Arithmetic[K][L],
  N | NoInfer<M> | Overflow[Arithmetic[K][L]]
>;

/** What MIN, MAX, SUM and AVG give: of a rowtime a plain TIMESTAMP, of a count a BIGINT. */
interface Plain {
  BOOLEAN: 'BOOLEAN';
  INT: 'INT';
  BIGINT: 'BIGINT';
  COUNT: 'BIGINT';
  DOUBLE: 'DOUBLE';
  DECIMAL: 'DECIMAL';
  STRING: 'STRING';
  DATE: 'DATE';
  TIME: 'TIME';
  TIMESTAMP: 'TIMESTAMP';
  ROWTIME: 'TIMESTAMP';
  TIMESTAMP_LTZ: 'TIMESTAMP_LTZ';
  BYTES: 'BYTES';
  COLLECTION: 'COLLECTION';
}
export type Extreme<K extends Kind, N extends null> = Expr<Plain[K], N>;
export type Summed<K extends Kind, N extends null> = Expr<Plain[K], N | Overflow[K]>;

declare const phantom: unique symbol;

/**
 * A value of SQL kind K in a row; N is `null` when it can be NULL, else `never`. Immutable; methods make new expressions.
 *
 * @example
 * bid.where(b => b.price.gt(100).and(b.channel.like('channel-%')));
 */
export interface Expr<out K extends Kind, out N extends null = never> {
  readonly [phantom]: [K, N];

  eq<A extends Operand<K>>(other: A): Expr<'BOOLEAN', N | NullOf<A>>;
  ne<A extends Operand<K>>(other: A): Expr<'BOOLEAN', N | NullOf<A>>;
  gt<A extends Operand<K>>(other: A): Expr<'BOOLEAN', N | NullOf<A>>;
  ge<A extends Operand<K>>(other: A): Expr<'BOOLEAN', N | NullOf<A>>;
  lt<A extends Operand<K>>(other: A): Expr<'BOOLEAN', N | NullOf<A>>;
  le<A extends Operand<K>>(other: A): Expr<'BOOLEAN', N | NullOf<A>>;
  between<A extends Operand<K>, B extends Operand<K>>(low: A, high: B): Expr<'BOOLEAN', N | NullOf<A> | NullOf<B>>;
  in(...values: Literals[K][]): Expr<'BOOLEAN', N>;
  isNull(): Expr<'BOOLEAN'>;
  isNotNull(): Expr<'BOOLEAN'>;
  /** This, or the value given where this is NULL. */
  orElse(other: Literals[K]): Expr<K>;

  and<M extends null>(this: Expr<'BOOLEAN', null>, other: Expr<'BOOLEAN', M>): Expr<'BOOLEAN', N | M>;
  or<M extends null>(this: Expr<'BOOLEAN', null>, other: Expr<'BOOLEAN', M>): Expr<'BOOLEAN', N | M>;
  not(this: Expr<'BOOLEAN', null>): Expr<'BOOLEAN', N>;

  plus<L extends Numeric | 'plain' = 'plain', M extends null = never>(
    this: Expr<Numeric, null>,
    other: Expr<L & Numeric, M> | number,
  ): Result<K, N, L, M>;
  minus<L extends Numeric | 'plain' = 'plain', M extends null = never>(
    this: Expr<Numeric, null>,
    other: Expr<L & Numeric, M> | number,
  ): Result<K, N, L, M>;
  times<L extends Numeric | 'plain' = 'plain', M extends null = never>(
    this: Expr<Numeric, null>,
    other: Expr<L & Numeric, M> | number,
  ): Result<K, N, L, M>;
  dividedBy<L extends Numeric | 'plain' = 'plain', M extends null = never>(
    this: Expr<Numeric, null>,
    other: Expr<L & Numeric, M> | number,
  ): Result<K, N, L, M>;
  /** The rest of a division, with the sign of this. SQL: MOD, which has the type of the divisor. */
  mod(this: Expr<'INT' | 'BIGINT' | 'COUNT', null>, other: number): Expr<'INT', N>;
  abs(this: Expr<Numeric, null>): Expr<K, N>;

  upper(this: Expr<'STRING', null>): Expr<'STRING', N>;
  lower(this: Expr<'STRING', null>): Expr<'STRING', N>;
  trim(this: Expr<'STRING', null>): Expr<'STRING', N>;
  charLength(this: Expr<'STRING', null>): Expr<'INT', N>;
  substring(this: Expr<'STRING', null>, start: number, length?: number): Expr<'STRING', N>;
  like(this: Expr<'STRING', null>, pattern: string): Expr<'BOOLEAN', N>;
  concat<A extends Expr<'STRING', null> | string>(this: Expr<'STRING', null>, other: A): Expr<'STRING', N | NullOf<A>>;

  year(this: Expr<Temporal, null>): Expr<'BIGINT', N>;
  month(this: Expr<Temporal, null>): Expr<'BIGINT', N>;
  day(this: Expr<Temporal, null>): Expr<'BIGINT', N>;
  hour(this: Expr<Timestamps, null>): Expr<'BIGINT', N>;
  minute(this: Expr<Timestamps, null>): Expr<'BIGINT', N>;
  dateFormat(this: Expr<Timestamps, null>, pattern: string): Expr<'STRING', N>;

  /** CAST: a value that does not fit fails the job. */
  cast<S extends SqlTypeText>(type: S): Expr<KindOfText<S>, N>;
  /** TRY_CAST: a value that does not fit is NULL. */
  tryCast<S extends SqlTypeText>(type: S): Expr<KindOfText<S>, null>;

  /** In an ordering: largest first. */
  desc(): Ordering;
  /** In an ordering: smallest first, which is the default. */
  asc(): Ordering;
  /** On an aggregate: only rows for which the condition is TRUE; without any, all but counts are NULL. */
  filter(condition: Expr<'BOOLEAN', null>): Expr<K, N | OverNothing[K]>;
}
export type AnyExpr = Expr<Kind, null>;

declare const elements: unique symbol;
/** An ARRAY, MAP or MULTISET, whose elements have the columns E: see `unnest`. */
export interface Collection<out E, out N extends null = never> extends Expr<'COLLECTION', N> {
  readonly [elements]: E;
}
export interface Ordering {
  readonly ordering: 'ascending' | 'descending';
}

/** Named expressions: what a row callback returns. */
export interface Columns {
  readonly [name: string]: AnyExpr;
}
/** A result row of these columns. */
export type Row<C> = { [P in keyof C]: C[P] extends Expr<infer K, infer N> ? Values[K] | N : never } & {};

interface KindOfBase {
  BOOLEAN: 'BOOLEAN';
  TINYINT: 'INT';
  SMALLINT: 'INT';
  INT: 'INT';
  BIGINT: 'BIGINT';
  FLOAT: 'DOUBLE';
  DOUBLE: 'DOUBLE';
  STRING: 'STRING';
  CHAR: 'STRING';
  VARCHAR: 'STRING';
  DATE: 'DATE';
  TIME: 'TIME';
  BYTES: 'BYTES';
  DECIMAL: 'DECIMAL';
  TIMESTAMP: 'TIMESTAMP';
  TIMESTAMP_LTZ: 'TIMESTAMP_LTZ';
}
type Base<S extends string> = S extends `${infer B}(${string}` ? B : S;
export type KindOfText<S extends string> = Base<S> extends keyof KindOfBase ? KindOfBase[Base<S>] : never;
/** Type of an element declared as S. Collections of collections are columns without a kind: `tm.sql` has them. */
type Element<S extends string> = S extends `${infer T} NOT NULL` ? Expr<KindOfText<T>> : Expr<KindOfText<S>, null>;
type Typed<S extends string, N extends null> = S extends `${'ARRAY' | 'MULTISET'}<${infer E}>`
  ? Collection<{ value: Element<E> }, N>
  : S extends `MAP<${infer K}, ${infer V}>`
    ? Collection<{ key: Element<K>; value: Element<V> }, N>
    : Expr<KindOfText<S>, N>;
/** Type of a column declared as S; nullable unless NOT NULL. */
export type Parse<S extends string> = S extends `${infer T} NOT NULL` ? Typed<T, never> : Typed<S, null>;

export type SqlTypeText =
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'STRING'
  | 'DATE'
  | 'TIME'
  | 'BYTES'
  | 'TIMESTAMP'
  | 'TIMESTAMP_LTZ'
  | `DECIMAL(${number}, ${number})`
  | `DECIMAL(${number})`
  | `CHAR(${number})`
  | `VARCHAR(${number})`
  | `TIMESTAMP(${number})`
  | `TIMESTAMP_LTZ(${number})`;
/** A column's declared type, in Flink's spelling. */
export type ColumnTypeText = `${SqlTypeText | `${'ARRAY' | 'MAP' | 'MULTISET'}<${string}>`}${'' | ' NOT NULL'}`;

/** What may be written into a column of a kind. */
export interface Assignable {
  BOOLEAN: 'BOOLEAN';
  INT: 'INT';
  BIGINT: 'INT' | 'BIGINT' | 'COUNT';
  COUNT: 'COUNT';
  DOUBLE: Numeric;
  DECIMAL: 'INT' | 'BIGINT' | 'COUNT' | 'DECIMAL';
  STRING: 'STRING';
  DATE: 'DATE';
  TIME: 'TIME';
  TIMESTAMP: 'TIMESTAMP' | 'ROWTIME';
  ROWTIME: 'ROWTIME';
  TIMESTAMP_LTZ: 'TIMESTAMP_LTZ';
  BYTES: 'BYTES';
  COLLECTION: 'COLLECTION';
}
export type Accepts<C> = { [P in keyof C]: C[P] extends Expr<infer K, infer N> ? Expr<Assignable[K], N> : never };
/** Aggregates over all rows. */
export type Overall<C> = { [P in keyof C]: C[P] extends Expr<infer K, infer N> ? Expr<K, N | OverNothing[K]> : never };
export type Optional<C> = { [P in keyof C]: C[P] extends Expr<infer K, null> ? Expr<K, null> : never };
export type Flat<T> = { [P in keyof T]: T[P] } & {};
export type DurationText =
  `${number} ${'ms' | 'millisecond' | 'milliseconds' | 'second' | 'seconds' | 'minute' | 'minutes' | 'hour' | 'hours' | 'day' | 'days'}`;
