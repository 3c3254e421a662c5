import type { KeyLayout } from '../columnar/key-layout.ts';
import type { Schema } from '../columnar/types.ts';
import type { ScanRequest, Split } from '../connectors/contract.ts';
import type { Expression } from '../plan/expressions.ts';

/**
 * A program cut into stages: frozen, structured-cloneable data. A stage runs as `parallelism` tasks; each task is one chain of operators over
 * one or more inputs. Stages of a stream run at once, joined by channels; DuckDB runs a whole bounded subtree as one source.
 */
export interface PhysicalPlan<OperatorSpec> {
  readonly stages: readonly Stage<OperatorSpec>[];
}
export interface Stage<OperatorSpec> {
  readonly id: string;
  readonly parallelism: number;
  readonly inputs: readonly StageInput[];
  readonly operators: readonly PlacedOperator<OperatorSpec>[];
  /** How rows leave, all of them by each; none for a stage that ends in a sink operator. */
  readonly outputs: readonly ExchangeOutput[];
  readonly outputSchema: Schema;
  /** Why the plan was cut above this stage, for EXPLAIN. */
  readonly reason: string;
}
export interface PlacedOperator<OperatorSpec> {
  /** Stable id: state is kept by it (design §6). */
  readonly id: string;
  readonly spec: OperatorSpec;
}
export type StageInput = StageInputSource & {
  /** The number of the operator that takes these rows as its second input; without it they come in at the chain's begin, after all those. */
  readonly operator?: number | undefined;
};
export type StageInputSource =
  | {
      readonly kind: 'source';
      /** Stable id: where its splits are read to is kept by it. */
      readonly id: string;
      readonly request: ScanRequest;
      readonly splits?: readonly Split[] | undefined;
      readonly schema: Schema;
    }
  /** One statement for DuckDB; its rows in order. */
  | { readonly kind: 'duckdb'; readonly id: string; readonly sql: string; readonly schema: Schema; readonly ordered: boolean }
  | { readonly kind: 'exchange'; readonly from: string; readonly schema: Schema };
export type ExchangeOutput =
  | { readonly kind: 'hash'; readonly keys: readonly Expression[]; readonly layout: KeyLayout; readonly to: string }
  /** All rows to one task. */
  | { readonly kind: 'single'; readonly to: string }
  /** Task i to task i. */
  | { readonly kind: 'forward'; readonly to: string };
