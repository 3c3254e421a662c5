import type { Catalog } from '../catalog/catalog.ts';
import type { ConnectorCatalog } from '../catalog/connectors.ts';
import { optimize } from '../optimizer/optimize.ts';
import { variationsOf } from '../optimizer/variations.ts';
import { type PlannedProgram, planPhysical } from '../physical/planner.ts';
import type { LogicalNode, TableSink } from '../plan/nodes.ts';
import { type OperatorNote, withOperatorIds } from '../plan/operator-ids.ts';
import { boundednessOf, changelogOf, nodesOf, type RuntimeMode, stateBoundOf } from '../plan/properties.ts';
import { type UpsertMaterialize, withUpsertsMaterialized } from '../plan/upsert-materialize.ts';
import { validatePlan } from '../plan/validate.ts';
import type { ResultMode } from './contract.ts';
import type { Settings } from './settings.ts';

export interface PlanningContext {
  readonly catalog: Catalog;
  readonly connectors: ConnectorCatalog;
  readonly settings: Settings;
  /** The text that is being planned, for telling lines. */
  readonly text?: string | undefined;
  readonly sinkMode: (connector: string) => 'append' | 'changelog' | 'upsert';
  readonly oneWriter?: ((sink: TableSink) => boolean) | undefined;
  readonly duckdb: import('../physical/duckdb-stages.ts').DuckdbStages | undefined;
  /** How many tasks a stage of an optimised, bounded plan has whose final rows are wanted; default: what the settings say. */
  readonly tasks?: ((plan: LogicalNode) => number) | undefined;
  /** What becomes of the stages, where something has to run apart from others. */
  readonly placed?: ((plan: PlannedProgram['plan']) => PlannedProgram['plan']) | undefined;
}

export interface Planned {
  readonly logical: LogicalNode;
  readonly optimized: LogicalNode;
  readonly program: PlannedProgram;
  readonly bounded: boolean;
  /** Tasks of a stage that runs on several threads. */
  readonly tasks: number;
  /** Why rows may differ from run to run. */
  readonly variations: readonly string[];
  /** What keeps state or a position, with its place in the text. */
  readonly operators: readonly OperatorNote[];
  /** The text they stand in, when there is one. */
  readonly text?: string | undefined;
}

/** Optimises one query or insert, as the settings say. */
export function optimized(plan: LogicalNode, context: PlanningContext, note?: (note: OperatorNote) => void): LogicalNode {
  const whole = withUpsertsMaterialized(plan, {
    mode: runtimeModeOf(context.settings),
    strategy: context.settings.get('table.exec.sink.upsert-materialize') as UpsertMaterialize,
    sinkMode: context.sinkMode,
  });
  const named = withOperatorIds(whole, { given: context.settings.operatorIds, note });
  if (context.settings.get('tidemill.optimizer') === 'off') return named;
  return optimize(named, {
    connectors: context.connectors,
    evaluation: { localTimeZone: context.settings.localTimeZone },
    isDeterministicUserFunction: deterministic(context),
  });
}

const deterministic =
  (context: PlanningContext) =>
  (name: string): boolean =>
    context.catalog.listFunctions().find(entry => entry.key === name)?.deterministic ?? false;

/** From a bound plan to stages. */
export function planned(plan: LogicalNode, mode: ResultMode, context: PlanningContext): Planned {
  const runtimeMode = runtimeModeOf(context.settings);
  validatePlan(plan, { mode: runtimeMode, sinkMode: context.sinkMode });
  const operators: OperatorNote[] = [];
  const better = optimized(plan, context, note => operators.push(note));
  const bounded = boundednessOf(plan) === 'bounded';
  const tasks = (bounded && mode === 'final' ? context.tasks?.(better) : undefined) ?? context.settings.parallelism;
  const program = planPhysical([better], {
    runtimeMode,
    results: bounded ? mode : 'changelog',
    parallelism: tasks,
    stateTtlMs: context.settings.stateTtlMs,
    sinkMode: context.sinkMode,
    oneWriter: context.oneWriter,
    ...(context.settings.get('duckdb.stages') !== 'off' && context.duckdb !== undefined && { duckdb: context.duckdb }),
  });
  const variations = variationsOf(plan, { isDeterministicUserFunction: deterministic(context) });
  const placed = context.placed === undefined ? program : { ...program, plan: context.placed(program.plan) };
  return { logical: plan, optimized: better, program: placed, bounded, tasks, variations, operators, text: context.text };
}

export const runtimeModeOf = (settings: Settings): RuntimeMode =>
  settings.get('execution.runtime-mode') === 'batch' ? 'batch' : 'streaming';

/** Whether DuckDB runs a part of it. */
export const usesDuckdb = ({ program }: Planned): boolean =>
  program.plan.stages.some(stage => stage.inputs.some(input => input.kind === 'duckdb'));

/** The name of a source that never ends, if there is one below a plan that needs its end. */
export function endlessSourceOf(plan: LogicalNode): string | undefined {
  if (boundednessOf(plan) === 'bounded') return undefined;
  for (const node of nodesOf(plan)) if (node.kind === 'scan' && !node.source.bounded) return node.source.name;
  return undefined;
}

/** A warning for every operator whose state nothing bounds (law 4). */
export function stateWarnings(plan: LogicalNode, mode: RuntimeMode, ttlMs: number): string[] {
  return [...nodesOf(plan)].flatMap(node => {
    const bound = stateBoundOf(node, mode, ttlMs);
    return bound.bound === 'none' ? [`the state of ${node.kind} is not bounded: it ${bound.reason}; a window bounds it`] : [];
  });
}

export const changelogKindOf = (plan: LogicalNode, mode: RuntimeMode): 'append' | 'retract' | 'upsert' =>
  changelogOf(plan, mode).kind;
