import type { ColumnTypeText, Expr, NullOf, Parse, Values } from '../table-api/expression-types.ts';
import { parseTypeText } from '../table-api/type-text.ts';
import { declareUdf, type Udf, udfAggregate, udf as udfOfFile } from '../table-api/udf.ts';
import { buildAssemblyScript } from '../udf/build-assemblyscript.ts';
import { checkHostResult } from '../udf/host-udf.ts';

type ValueOf<S extends string> = Parse<S> extends Expr<infer K, null> ? Values[K] : never;

/** Argument types and the type of the result of a function, as SQL writes them. */
export interface FunctionTypes<A extends readonly ColumnTypeText[], R extends ColumnTypeText> {
  readonly arguments: A;
  readonly result: R;
}

/**
 * A plain function of the program as a user function. It is **not sandboxed**: it runs on the program's thread, can do what the program can, and is there in
 * this program only; plans show it as `unsandboxed:name`. For tests and first tries; a module is faster, too. Where an argument is NULL it is not called.
 *
 * @param types the result is BOOLEAN, an integer, FLOAT, DOUBLE, STRING, BYTES or TIMESTAMP_LTZ
 * @throws TidemillError `not-supported` for another result, and with parallelism; when it runs, `udf-trap` and `udf-result`.
 * @example
 * const risk = udf.host({ arguments: ['DOUBLE', 'STRING'], result: 'DOUBLE NOT NULL' }, (price, channel) => price * channel.length);
 * const risky = bid.where(b => risk(b.price, b.channel).gt(100));
 */
function host<const A extends readonly ColumnTypeText[], const R extends ColumnTypeText>(
  types: FunctionTypes<A, R>,
  run: (...values: { readonly [I in keyof A]: ValueOf<A[I]> }) => ValueOf<R> | NullOf<Parse<R>>,
): Udf<A, R> {
  checkHostResult(parseTypeText(types.result));
  return declareUdf<A, R>({
    file: '',
    name: run.name || 'function',
    argumentTypes: types.arguments,
    resultType: types.result,
    host: run as (...values: unknown[]) => unknown,
  });
}

/**
 * A function in AssemblyScript, compiled on the spot and run in the sandbox like any module. Needs the package `assemblyscript`. The text is a module whose export
 * `name` is the function; its values are those of udf-sdk/abi.
 *
 * @throws TidemillError `udf-build` with the compiler's messages.
 * @example
 * const late = await udf.assemblyscript('late', { arguments: ['DOUBLE NOT NULL'], result: 'BOOLEAN NOT NULL' })`
 *   export function late(delay: f64): bool { return delay > 15; }`;
 */
function assemblyscript<const A extends readonly ColumnTypeText[], const R extends ColumnTypeText>(
  name: string,
  types: FunctionTypes<A, R>,
): (text: TemplateStringsArray, ...values: readonly (string | number | bigint)[]) => Promise<Udf<A, R>> {
  return async (text, ...values) => {
    const list = types.arguments.map((type, index) => `argument${index + 1} ${type}`).join(', ');
    const source = String.raw(text, ...values);
    const bytes = await buildAssemblyScript(`// @sql ${name}(${list}) RETURNS ${types.result}\n${source}`);
    return udfOfFile(
      new URL(`data:application/wasm;base64,${Buffer.from(bytes).toString('base64')}`),
      name,
      types.arguments,
      types.result,
    );
  };
}

/** User functions of a program: of a module's file, in AssemblyScript on the spot, or, unsandboxed, a plain function. */
export const udf: typeof udfOfFile & {
  readonly host: typeof host;
  readonly assemblyscript: typeof assemblyscript;
  readonly aggregate: typeof udfAggregate;
} = Object.assign(udfOfFile.bind(undefined) as typeof udfOfFile, { host, assemblyscript, aggregate: udfAggregate });
