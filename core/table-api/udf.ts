import { TidemillError } from '../common/errors.ts';
import type { PlanExecutor, UdfDeclaration } from './executor.ts';
import { ExpressionBuilder, toPlan } from './expression.ts';
import type { ColumnTypeText, Expr, Literals, NullOf, Numeric, Parse } from './expression-types.ts';
import { parseTypeText } from './type-text.ts';

type ArgumentOf<S extends string> =
  Parse<S> extends Expr<infer K, null> ? Expr<K extends Numeric ? Numeric : K, null> | Literals[K] : never;
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
