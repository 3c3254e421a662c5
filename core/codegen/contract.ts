import type { Batch, Column } from '../columnar/batch.ts';
import type { KeyLayout } from '../columnar/key-layout.ts';
import type { Schema } from '../columnar/types.ts';
import type { Random } from '../common/environment.ts';
import type { Kernels } from '../kernels/index.ts';
import type { Expression } from '../plan/expressions.ts';
import type { AccumulateCall, FunctionFailures, MergeCall, OnError, RemoteModule, UdfModule } from '../udf/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** A user function as codegen sees it: an object per task that runs it over columns. */
export interface BoundUserFunction {
  readonly name: string;
  /** See udf/: computes all selected rows of a batch into a result column in the arena. */
  call(rows: number, args: readonly Column[], selection: number): Column;
}

/** A user aggregate as generated code sees it: its loops over groups. */
export interface BoundUserAggregate {
  readonly name: string;
  accumulate(work: AccumulateCall): void;
  merge(work: MergeCall): void;
  /** The results of the groups at `rows`, in the arena. */
  finish(count: number, rows: number, base: number): Column;
}

/** A registered wasm function, for operators that call it themselves. */
export interface UserModule {
  readonly module: UdfModule;
  /** The export's name in the module. */
  readonly export: string;
  readonly onTrap?: OnError | undefined;
}

/** What generated code needs of its task. */
export interface TaskCode {
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
  readonly localTimeZone: string;
  /** Milliseconds since 1970 for CURRENT_TIMESTAMP and PROCTIME(), read once a batch; without it they are 1970. */
  readonly epochMs?: (() => number) | undefined;
  /** For RAND() and UUID(); without it numbers nobody can foresee. */
  readonly random?: Random | undefined;
  userFunction(name: string): BoundUserFunction;
  /** Functions that make rows; absent where none is registered. */
  readonly userModule?: ((name: string) => UserModule | undefined) | undefined;
  /** An aggregate or table function that another process runs. */
  readonly remoteModule?: ((name: string) => RemoteModule | undefined) | undefined;
  /** Rows that went without the result of a function. */
  readonly functionFailures?: FunctionFailures | undefined;
  /** Absent where no function is registered. */
  readonly userAggregate?: ((name: string) => BoundUserAggregate) | undefined;
}

/**
 * Adjacent stateless steps as one loop: keep rows whose filter is TRUE, compute `outputs`, and, with `key`, also the canonical key rows and
 * their hashes. Weights and watermarkBefore of the input are kept for the rows that stay.
 */
export interface ComputeSpec {
  readonly input: Schema;
  readonly filter?: Expression | undefined;
  readonly outputs: readonly Expression[];
  readonly key?: { readonly expressions: readonly Expression[]; readonly layout: KeyLayout } | undefined;
}

export interface ComputeResult {
  readonly batch: Batch;
  /** Address of `batch.length` key rows of layout.strideBytes, in the arena; 0 without key. */
  readonly keyRows: number;
  /** Address of one u32 hash per row; 0 without key. Key groups are its top bits; table slots use the low bits. */
  readonly hashes: number;
}

/** Compiled once per spec and task. `run` throws a TidemillError that names the expression's place when a row fails. */
export interface Compute {
  run(batch: Batch): ComputeResult;
}

/** `compileCompute(spec, task)` in codegen/index.ts. An output that is a plain column of an unfiltered input is passed through, not copied. */
export type CompileCompute = (spec: ComputeSpec, task: TaskCode) => Compute;
