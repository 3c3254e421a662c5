import type { Schema } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { LogicalNode, TableSink } from '../plan/nodes.ts';
import type { ArrowTable, Job, Operation } from './table-types.ts';

/** Rows as they come, with one operation each; without `operations` all are +I. */
export interface PlanChunk {
  readonly rows: readonly (readonly Value[])[];
  readonly operations?: readonly Operation[] | undefined;
}

/** What runs plans: given by session/, so that builders know nothing of jobs. */
export interface PlanExecutor {
  /** 'final': last rows of a bounded plan. Leaving the loop stops the job. */
  run(node: LogicalNode, mode: 'final' | 'changelog'): AsyncIterable<PlanChunk>;
  /** The plan's properties after checking that it can run. */
  describe(node: LogicalNode): {
    readonly schema: Schema;
    readonly bounded: boolean;
    readonly changelog: 'append' | 'retract' | 'upsert';
  };
  insert(node: LogicalNode): Promise<Job>;
  /** Rows as one Arrow table. */
  toArrow(schema: Schema, chunk: PlanChunk): Promise<ArrowTable>;
  explain(node: LogicalNode, format: 'text' | 'json'): string;
  /** For messages: the name of the source that never ends, if one does. */
  endlessSource(node: LogicalNode): string | undefined;
}

/** A table as declared: how it is read, and how it is written. */
export interface DeclaredPlan {
  readonly node: LogicalNode;
  readonly sink: TableSink;
}
