import type { SqlType } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Random } from '../common/environment.ts';
import type { AggregateCall, Expression } from '../plan/expressions.ts';

/** What the evaluation of a call may depend on besides its arguments. */
export interface EvaluationContext {
  readonly localTimeZone: string;
  /** Milliseconds since 1970 for CURRENT_TIMESTAMP and its like; what stands for the present is up to the caller. */
  readonly epochMs?: (() => number) | undefined;
  /** For UUID(); without it numbers nobody can foresee. */
  readonly random?: Random | undefined;
}

/** What the binder gets for a call's arguments: the types its arguments are cast to, and the result's type. */
export interface Resolution {
  readonly argumentTypes: readonly SqlType[];
  readonly resultType: SqlType;
}

/** How codegen evaluates a call. */
export type Implementation =
  /** An emitter of codegen/, by name; exhaustive there. */
  | { readonly kind: 'intrinsic'; readonly name: string }
  /** A kernel per row over wasm values; strings as addresses of 16-byte views. */
  | { readonly kind: 'kernel'; readonly export: string }
  /** Another expression, made while binding. */
  | { readonly kind: 'rewrite'; readonly expand: (args: readonly Expression[], type: SqlType) => Expression };

/** May a bounded stage hand this to DuckDB? 'same': as `name(args)`; a rewrite gives DuckDB's text from the arguments' texts. Default never. */
export type DuckdbVerdict =
  | 'never'
  | { readonly same: string }
  | {
      readonly rewrite: (args: readonly string[], types: readonly SqlType[]) => string | undefined;
      /** The text is a decimal of the result's scale, so that arithmetic and sums over it need no cast to the result's precision. */
      readonly sameScale?: true;
    };

/** A built-in scalar function. Source of semantics: Flink docs, "System (Built-in) Functions". */
export interface ScalarFunction {
  readonly name: string;
  /** SQL spellings that reach it (upper case); operators have none. */
  readonly spellings: readonly string[];
  /** The types for these argument types, or what is wrong in words (`expects a string, got INT`). `args` shows literals where a type depends on them. */
  readonly resolve: (argumentTypes: readonly SqlType[], args: readonly Expression[]) => Resolution | string;
  /** propagate: any NULL argument gives NULL, and neither reference nor implementation sees one. */
  readonly nulls: 'propagate' | 'custom';
  readonly deterministic: boolean;
  /** Slow, plain oracle (law 8). */
  readonly reference: (
    args: readonly Value[],
    types: { readonly arguments: readonly SqlType[]; readonly result: SqlType },
    context: EvaluationContext,
  ) => Value;
  readonly implementation: Implementation;
  readonly duckdb: (argumentTypes: readonly SqlType[]) => DuckdbVerdict;
  /** Flink SQL text of a call, for unparsing; default `SPELLING(a, b)`. */
  readonly flink?: ((args: readonly string[]) => string) | undefined;
  readonly doc: { readonly usage: string; readonly text: string; readonly example: string };
}

/** A built-in aggregate. Accumulation itself is generated in codegen/ by `accumulator` names; this is its meaning and oracle. */
export interface AggregateFunction {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly resolve: (
    argumentTypes: readonly SqlType[],
    options: { readonly distinct: boolean; readonly grouped: boolean },
  ) => Resolution | string;
  /** Slow, plain oracle over the argument rows of one group (already filtered; NULL rows still in). */
  readonly reference: (
    rows: readonly (readonly Value[])[],
    types: { readonly arguments: readonly SqlType[]; readonly result: SqlType },
  ) => Value;
  /** Made of other aggregates, which `add` takes: the expression over their results. Such a call never gets into a plan. */
  readonly expand?: ((call: AggregateCall, add: (call: AggregateCall) => Expression) => Expression) | undefined;
  readonly duckdb: (argumentTypes: readonly SqlType[]) => DuckdbVerdict;
  readonly doc: { readonly usage: string; readonly text: string; readonly example: string };
}
