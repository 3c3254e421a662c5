import type { BoundUserFunction, TaskCode } from '../codegen/contract.ts';
import type { Batch } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import type { Clock } from '../common/environment.ts';
import type { Faults } from '../common/faults.ts';
import type { ScanRequest, Sink, Source } from '../connectors/contract.ts';
import type { Kernels } from '../kernels/index.ts';
import type { Operator, OperatorDefinition, OperatorTask, ShardRule } from '../operators/contract.ts';
import type { StageInput } from '../physical/plan.ts';
import type { TableSink } from '../plan/nodes.ts';
import type { StateTable, TableSpec } from '../state/contract.ts';
import type { TableOptions } from '../state/index.ts';
import type { SpillFiles } from '../storage/spill-files.ts';
import type { RemoteModule } from '../udf/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** What the runtime knows of an operator's spec: its kind; the rest is between the spec and its definition. */
export interface AnyOperatorSpec {
  readonly kind: string;
}
export type DuckdbInput = Extract<StageInput, { kind: 'duckdb' }>;
export type SourceInput = Extract<StageInput, { kind: 'source' }>;

/**
 * What tasks on one thread are made with. A worker makes its own from the static tables; tests give theirs to the main and simulation hosts.
 */
export interface RuntimeServices {
  readonly clock: Clock;
  /** The definition of an operator's kind, its spec type erased. */
  definition(spec: AnyOperatorSpec): ErasedDefinition;
  createTable(spec: TableSpec, memory: TaskMemory, kernels: Kernels, options?: TableOptions): StateTable;
  /** Where rows go that do not fit into memory; default: the system's folder for temporary files. Absent: they stay in memory. */
  spillFiles?(folder: string | undefined): SpillFiles;
  source(request: ScanRequest): Source;
  /** A source with one split that runs the statement. */
  duckdb(input: DuckdbInput): Source;
  sink(sink: TableSink): Sink;
  /** A user function that is no wasm (a plain function of the caller's, which cannot leave its thread), bound to a task. */
  userFunction(name: string, task: TaskCode): BoundUserFunction;
  /** An aggregate or table function that another process runs, bound to a task. */
  remoteModule?(name: string, task: TaskCode): RemoteModule | undefined;
  /** Where `print` and the like write. */
  output(text: string): void;
  /** Bugs a test has planted. */
  readonly faults?: Faults | undefined;
}

export interface ErasedDefinition {
  tables(spec: AnyOperatorSpec): readonly TableSpec[];
  create(spec: AnyOperatorSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask): Operator;
  outputSchema(spec: AnyOperatorSpec): Schema;
  shards?(spec: AnyOperatorSpec): ShardRule | undefined;
}

/** Looks operators up in a table of definitions; each gets only specs of its own kind. */
export function definitionsOf<Spec extends AnyOperatorSpec>(
  definitions: { readonly [Kind in Spec['kind']]: OperatorDefinition<Extract<Spec, { kind: Kind }>> },
): (spec: AnyOperatorSpec) => ErasedDefinition {
  const table = new Map(Object.entries(definitions) as [string, ErasedDefinition][]);
  return spec => {
    const definition = table.get(spec.kind);
    if (definition === undefined) throw new Error(`no operator of kind '${spec.kind}'`);
    return definition;
  };
}

/** A batch of results; columns lie in `memory` and are valid until the next one is asked for. */
export interface ResultBatch {
  readonly batch: Batch;
  readonly memory: TaskMemory;
  /** On that memory; what they allocate is gone with the batch. */
  readonly kernels: Kernels;
}

/** Where a collecting task leaves its batch until the caller has read it. */
export interface Collector {
  offer(batch: ResultBatch): boolean;
}
