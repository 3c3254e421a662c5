import type { ColumnTypeText, Expr, NullOf, Parse, Values } from '../table-api/expression-types.ts';
import type { UdfTable } from '../table-api/tabular-types.ts';
import { parseTypeText } from '../table-api/type-text.ts';
import {
  declareUdf,
  type Udf,
  type UdfAggregate,
  udfAggregate,
  udf as udfOfFile,
  udfProcess,
  udfTable,
} from '../table-api/udf.ts';
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
): Template<Udf<A, R>> {
  return async (text, ...values) =>
    udfOfFile(
      await compiled(`@sql ${name}(${listed(types.arguments)}) RETURNS ${types.result}`, text, values),
      name,
      types.arguments,
      types.result,
    );
}

type Template<T> = (text: TemplateStringsArray, ...values: readonly (string | number | bigint)[]) => Promise<T>;

const listed = (types: readonly ColumnTypeText[]): string =>
  types.map((type, index) => `argument${index + 1} ${type}`).join(', ');

/** A module as a URL that holds it. */
async function compiled(signature: string, text: TemplateStringsArray, values: readonly unknown[]): Promise<URL> {
  const bytes = await buildAssemblyScript(`// ${signature}\n${String.raw(text, ...values)}`);
  return new URL(`data:application/wasm;base64,${Buffer.from(bytes).toString('base64')}`);
}

/**
 * An aggregate in AssemblyScript, compiled on the spot: the text exports NAME_accumulate and NAME_finish, and may export NAME_init, NAME_retract and NAME_merge.
 *
 * @param types `keeps`: what is kept of a group, as values, or the bytes of a block
 * @throws TidemillError `udf-build` with the compiler's messages.
 * @example
 * const total = await udf.assemblyscript.aggregate('total', { arguments: ['DOUBLE'], result: 'DOUBLE', keeps: ['DOUBLE'] })`
 *   export function total_accumulate(sum: f64, x: f64): f64 { return sum + x; }
 *   export function total_finish(sum: f64): f64 { return sum; }`;
 */
function assemblyscriptAggregate<const A extends readonly ColumnTypeText[], const R extends ColumnTypeText>(
  name: string,
  types: FunctionTypes<A, R> & {
    readonly keeps: readonly ('INT' | 'BIGINT' | 'FLOAT' | 'DOUBLE')[] | { readonly bytes: number };
  },
): Template<UdfAggregate<A, R>> {
  const kept = 'bytes' in types.keeps ? `${types.keeps.bytes} BYTES` : types.keeps.join(', ');
  const signature = `@sql-aggregate ${name}(${listed(types.arguments)}) RETURNS ${types.result} KEEPS ${kept}`;
  return async (text, ...values) => udfAggregate(await compiled(signature, text, values), name, types.arguments, types.result);
}

/**
 * A table function in AssemblyScript, compiled on the spot; it gives blocks of records as udf-sdk/abi says.
 *
 * @throws TidemillError `udf-build` with the compiler's messages.
 * @example
 * const series = await udf.assemblyscript.table('series', { arguments: ['INT'], columns: { k: 'INT NOT NULL' } })`
 *   const area = heap.alloc(65536);
 *   export function series(n: i32): u64 {
 *     for (let k = 0; k < n; k++) { store<u64>(area + k * 16, 0); store<i32>(area + k * 16 + 8, k); }
 *     return ((<u64>n) << 32) | area;
 *   }`;
 */
function assemblyscriptTable<const A extends readonly ColumnTypeText[], const S extends Readonly<Record<string, ColumnTypeText>>>(
  name: string,
  types: { readonly arguments: A; readonly columns: S },
): Template<UdfTable<A, S>> {
  const columns = Object.entries(types.columns).map(([column, type]) => `${column} ${type}`);
  const signature = `@sql-table ${name}(${listed(types.arguments)}) RETURNS TABLE (${columns.join(', ')})`;
  return async (text, ...values) => udfTable(await compiled(signature, text, values), name, types.arguments, types.columns);
}

/** User functions of a program: of a module's file, in AssemblyScript on the spot, or, unsandboxed, a plain function. */
export const udf: typeof udfOfFile & {
  readonly host: typeof host;
  readonly assemblyscript: typeof assemblyscript & {
    readonly aggregate: typeof assemblyscriptAggregate;
    readonly table: typeof assemblyscriptTable;
  };
  readonly aggregate: typeof udfAggregate;
  readonly table: typeof udfTable;
  readonly process: typeof udfProcess;
} = Object.assign(udfOfFile.bind(undefined) as typeof udfOfFile, {
  host,
  assemblyscript: Object.assign(assemblyscript, { aggregate: assemblyscriptAggregate, table: assemblyscriptTable }),
  aggregate: udfAggregate,
  table: udfTable,
  process: udfProcess,
});
