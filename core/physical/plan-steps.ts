import type { Expression } from '../plan/expressions.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import type { RuntimeMode } from '../plan/properties.ts';
import type { OpenStage } from './open-stage.ts';
import type { ExchangeOutput, StageInput } from './plan.ts';

/** What the planner lends to the files that plan single kinds of nodes. */
export interface PlanSteps {
  readonly runtimeMode: RuntimeMode;
  readonly parallelism: number;
  /** `table.exec.state.ttl`; undefined: state is kept for ever. */
  readonly stateTtlMs: number | undefined;
  /** The stage that gives a node's rows; `final`: where the node is bounded, only its last rows are wanted. */
  visit(node: LogicalNode, final: boolean): OpenStage;
  /** Pending steps as an operator. */
  flush(stage: OpenStage): OpenStage;
  /** All rows to one task. */
  gathered(stage: OpenStage, reason: string): OpenStage;
  /** Rows of equal keys (columns of the stage's rows) to one task; without keys, all to one. */
  byKeys(stage: OpenStage, keys: readonly Expression[], reason: string): OpenStage;
  exchanged(stage: OpenStage, output: (to: string) => ExchangeOutput, parallelism: number, reason: string): OpenStage;
  /** A stage as inputs of another of the same parallelism: its own when it does nothing, else a stage that is closed. */
  asInputs(stage: OpenStage): readonly StageInput[];
  /** Whether the rows of a node, planned this way, are never taken back. */
  appends(node: LogicalNode, final: boolean): boolean;
  /** Filter and columns, over the stage's rows, for an operator that computes them in its own loop. */
  fused(
    stage: OpenStage,
    columns: readonly Expression[],
  ): { readonly stage: OpenStage; readonly filter?: Expression | undefined; readonly columns: readonly Expression[] };
  id(kind: string): string;
}
