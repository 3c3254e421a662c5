import type { FunctionDescriptor } from '../catalog/descriptors.ts';
import type { Schema } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Expression } from '../plan/expressions.ts';
import type { Insert, LogicalNode, TableSink } from '../plan/nodes.ts';
import type { ColumnTypeText } from './expression-types.ts';
import type { ArrowTable, Job, Operation } from './table-types.ts';

export type TabularDescriptor = FunctionDescriptor & { readonly tabular: NonNullable<FunctionDescriptor['tabular']> };

/** Rows as they come, with one operation each; without `operations` all are +I. */
export interface PlanChunk {
  readonly rows: readonly (readonly Value[])[];
  readonly operations?: readonly Operation[] | undefined;
}

/** 'final': last rows of a bounded plan; 'changelog': every change. */
export type RunMode = 'final' | 'changelog';

/** A function of a wasm module as a program declares it. */
export interface UdfDeclaration {
  readonly file: string | URL;
  /** The export, which is also the function's name in the session. */
  readonly name: string;
  readonly argumentTypes: readonly ColumnTypeText[];
  readonly resultType: ColumnTypeText;
  /** The module's function is an aggregate: a call of it stands for all rows of a group. */
  readonly aggregate?: { readonly distinct: boolean } | undefined;
  /** A plain function in the module's place: it runs without a sandbox. */
  readonly host?: ((...values: unknown[]) => unknown) | undefined;
}

/** A function of a wasm module that makes rows. */
export interface TabularDeclaration {
  readonly kind: 'table' | 'process';
  readonly file: string | URL;
  readonly name: string;
  /** Of a table function. */
  readonly argumentTypes: readonly ColumnTypeText[];
  readonly columns: Readonly<Record<string, ColumnTypeText>>;
}

/** What runs plans: given by session/, so that builders know nothing of jobs. */
export interface PlanExecutor {
  /** Reading starts the job; leaving the loop stops it. */
  run(node: LogicalNode, mode: RunMode): AsyncIterable<PlanChunk>;
  /** The same rows as Arrow tables, one a batch. */
  runArrow(node: LogicalNode, mode: RunMode): AsyncIterable<ArrowTable>;
  /** Arrow tables of one schema as one. */
  joinArrow(schema: Schema, tables: readonly ArrowTable[]): Promise<ArrowTable>;
  insert(node: Insert): Promise<Job>;
  explain(node: LogicalNode, format: 'text' | 'json'): string;
  describe(node: LogicalNode): { readonly bounded: boolean; readonly changelog: 'append' | 'retract' | 'upsert' };
  /** For messages: the name of the source that never ends, if the plan waits for one. */
  endlessSource(node: LogicalNode): string | undefined;
  /** A call of a user function, which is added to the session when it is first used. */
  callFunction(declaration: UdfDeclaration, args: readonly Expression[]): Expression;
  /** A function that makes rows, which is added to the session when it is first used. */
  tabularFunction(declaration: TabularDeclaration): TabularDescriptor;
}

/** A table as declared: how it is read, and how it is written; each is found out when it is asked for. */
export interface DeclaredPlan {
  readonly scan: () => LogicalNode;
  readonly sink: () => TableSink;
}
