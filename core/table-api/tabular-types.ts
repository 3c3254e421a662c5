import type { ColumnTypeText, Expr, Literals, Numeric, Parse } from './expression-types.ts';

export type TypeTexts = Readonly<Record<string, ColumnTypeText>>;

/** What may be given for an argument of type S. */
export type ArgumentOf<S extends string> =
  Parse<S> extends Expr<infer K, null> ? Expr<K extends Numeric ? Numeric : K, null> | Literals[K] : never;

/** Columns declared with types S. */
export type ColumnsOf<S extends TypeTexts> = { -readonly [P in keyof S]: Parse<S[P]> };

declare const rows: unique symbol;

/** A call of a table function over a row, whose rows have the columns C. */
export interface TableCall<out C> {
  readonly [rows]: C;
}
/** A table function, for `Table.joinLateral`: rows of a row. */
export type UdfTable<A extends readonly ColumnTypeText[], S extends TypeTexts> = (
  ...args: { readonly [I in keyof A]: ArgumentOf<A[I]> }
) => TableCall<ColumnsOf<S>>;

declare const process: unique symbol;
/** A process table function, for `Table.process`; A are its scalar arguments by name. */
export interface UdfProcess<A extends TypeTexts, S extends TypeTexts, PassThrough extends boolean> {
  readonly [process]: [A, S, PassThrough];
}
/** The values of its scalar arguments. */
export type ProcessArguments<A extends TypeTexts> = {
  readonly [P in keyof A]: Parse<A[P]> extends Expr<infer K, infer N> ? Literals[K] | N : never;
};
