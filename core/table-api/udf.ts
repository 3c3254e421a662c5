import { TidemillError } from '../common/errors.ts';
import type { PlanExecutor, TabularDeclaration, UdfDeclaration } from './executor.ts';
import { ExpressionBuilder, toPlan } from './expression.ts';
import type { ColumnTypeText, Expr, NullOf, Parse } from './expression-types.ts';
import { TableFunctionCall } from './tabular.ts';
import type { ArgumentOf, UdfProcess, UdfTable } from './tabular-types.ts';
import { parseTypeText } from './type-text.ts';

type KindOf<E> = E extends Expr<infer K, null> ? K : never;

/** A user function: where an argument is NULL, so is the result. */
export type Udf<A extends readonly ColumnTypeText[], R extends ColumnTypeText> = <
  const X extends { readonly [I in keyof A]: ArgumentOf<A[I]> },
>(
  ...args: X
) => Expr<KindOf<Parse<R>>, NullOf<X[number]> | NullOf<Parse<R>>>;

/**
 * A scalar function of a WebAssembly module, typed; `udf build` writes this declaration beside the module. The file is a URL, or a path
 * relative to the session's directory. Its signature is compared with the module's when it is first used.
 *
 * @throws TidemillError when it is first used: `unreadable-file`, `udf-export`, `udf-signature`, `not-supported` for text and bytes.
 * @example
 * const late = udf('late.wasm', 'late', ['DOUBLE NOT NULL'], 'DOUBLE NOT NULL');
 * const shares = bid.select(b => ({ share: late(b.price) }));
 */
export function udf<const A extends readonly ColumnTypeText[], const R extends ColumnTypeText>(
  file: string | URL,
  name: string,
  argumentTypes: A,
  resultType: R,
): Udf<A, R> {
  return declareUdf<A, R>({ file, name, argumentTypes, resultType });
}

/** A user's aggregate: over no rows it gives what the module says. */
export type UdfAggregate<A extends readonly ColumnTypeText[], R extends ColumnTypeText> = {
  (...args: { readonly [I in keyof A]: ArgumentOf<A[I]> }): Parse<R>;
  /** Over different combinations of its arguments. */
  distinct(...args: { readonly [I in keyof A]: ArgumentOf<A[I]> }): Parse<R>;
};

/**
 * An aggregate function of a WebAssembly module, typed; it stands where `sum(x)` can, also with `.filter(…)`.
 *
 * @throws TidemillError when it is first used: as {@link udf}.
 * @example
 * const weighted = udf.aggregate('weighted.wasm', 'weighted', ['DOUBLE', 'BIGINT'], 'DOUBLE');
 * const prices = bid.groupBy('auction').agg(b => ({ price: weighted(b.price, b.auction) }));
 */
export function udfAggregate<const A extends readonly ColumnTypeText[], const R extends ColumnTypeText>(
  file: string | URL,
  name: string,
  argumentTypes: A,
  resultType: R,
): UdfAggregate<A, R> {
  const declared = (distinct: boolean) => declareUdf({ file, name, argumentTypes, resultType, aggregate: { distinct } });
  return Object.assign(declared(false), { distinct: declared(true) }) as unknown as UdfAggregate<A, R>;
}

/**
 * A table function of a WebAssembly module, typed, for `joinLateral` and `leftOuterJoinLateral`.
 *
 * @throws TidemillError when it is first used: as {@link udf}.
 * @example
 * const words = udf.table('words.wasm', 'words', ['STRING'], { word: 'STRING NOT NULL', length: 'INT NOT NULL' });
 * const all = line.joinLateral(l => words(l.text), (l, w) => ({ id: l.id, word: w.word }));
 */
export function udfTable<const A extends readonly ColumnTypeText[], const S extends Readonly<Record<string, ColumnTypeText>>>(
  file: string | URL,
  name: string,
  argumentTypes: A,
  columns: S,
): UdfTable<A, S> {
  const declaration: TabularDeclaration = { kind: 'table', file, name, argumentTypes, columns };
  return ((...args: unknown[]) => new TableFunctionCall(declaration, args)) as unknown as UdfTable<A, S>;
}

/**
 * A process table function of a WebAssembly module, typed, for `process`.
 *
 * @param types its scalar arguments by name, the columns of its rows, and whether rows out have all columns of the row in front of them
 * @throws TidemillError when it is first used: as {@link udf}.
 * @example
 * const sessions = udf.process('sessions.wasm', 'sessions', { arguments: { gap: 'BIGINT NOT NULL' }, columns: { total: 'DOUBLE NOT NULL' } });
 * const totals = bid.process(sessions, { partitionBy: ['auction'], onTime: 'at', arguments: { gap: 10_000 } });
 */
export function udfProcess<
  const S extends Readonly<Record<string, ColumnTypeText>>,
  const A extends Readonly<Record<string, ColumnTypeText>> = Record<never, never>,
  const PassThrough extends boolean = false,
>(
  file: string | URL,
  name: string,
  types: { readonly columns: S; readonly arguments?: A; readonly passThrough?: PassThrough },
): UdfProcess<A, S, PassThrough> {
  const declaration: TabularDeclaration = { kind: 'process', file, name, argumentTypes: [], columns: types.columns };
  return { declaration } as unknown as UdfProcess<A, S, PassThrough>;
}

/** {@link udf} of what was declared in another way. */
export function declareUdf<A extends readonly ColumnTypeText[], R extends ColumnTypeText>(
  declaration: UdfDeclaration,
): Udf<A, R> {
  const { name, argumentTypes } = declaration;
  const wanted = argumentTypes.map(parseTypeText);
  const call = (...args: unknown[]): ExpressionBuilder => {
    if (current === undefined)
      throw new TidemillError('wrong-argument', `${name}() is called outside of a row callback`, {
        hint: `call it in one, such as select(row => ({ value: ${name}(…) }))`,
      });
    const plans = args.map((argument, index) => toPlan(argument as ExpressionBuilder, wanted[index]));
    return new ExpressionBuilder(current.callFunction(declaration, plans));
  };
  return call as unknown as Udf<A, R>;
}

let current: PlanExecutor | undefined;

/** Calls a row callback; user functions it calls belong to this executor's session. */
export function inCallback<T>(executor: PlanExecutor, callback: () => T): T {
  const outer = current;
  current = executor;
  try {
    return callback();
  } finally {
    current = outer;
  }
}
