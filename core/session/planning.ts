import type { Catalog } from '../catalog/catalog.ts';
import type { ConnectorCatalog } from '../catalog/connectors.ts';
import { optimize } from '../optimizer/optimize.ts';
import { variationsOf } from '../optimizer/variations.ts';
import { type PhysicalOptions, type PlannedProgram, planPhysical } from '../physical/planner.ts';
import { column } from '../plan/expressions.ts';
import { type Insert, type LogicalNode, project, type TableSink, type TableSource } from '../plan/nodes.ts';
import { type OperatorNote, withOperatorIds } from '../plan/operator-ids.ts';
import { boundednessOf, changelogOf, nodesOf, type RuntimeMode, stateBoundOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { sharedSources } from '../plan/shared-sources.ts';
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

/** A program that is ready to start. */
export interface PlannedJob {
  readonly program: PlannedProgram;
  readonly bounded: boolean;
  /** Tasks of a stage that runs on several threads. */
  readonly tasks: number;
  /** What keeps state or a position, with its place in the text. */
  readonly operators: readonly OperatorNote[];
  /** The text they stand in, when there is one. */
  readonly text?: string | undefined;
}

/** One query or insert, optimised. */
export interface PlannedStatement {
  readonly logical: LogicalNode;
  readonly optimized: LogicalNode;
  /** Why rows may differ from run to run. */
  readonly variations: readonly string[];
}
export interface Planned extends PlannedJob, PlannedStatement {}

/** The inserts of a statement set, as one program. */
export interface PlannedSet extends PlannedJob {
  readonly statements: readonly PlannedStatement[];
  /** What several of them read, once. */
  readonly shared: readonly { readonly name: string; readonly optimized: LogicalNode }[];
}

/** Optimises one query or insert, as the settings say. */
export function optimized(plan: LogicalNode, context: PlanningContext, note?: (note: OperatorNote) => void): LogicalNode {
  return better(withOperatorIds(materialized(plan, context), { given: context.settings.operatorIds, note }), context);
}

const materialized = (plan: LogicalNode, context: PlanningContext): LogicalNode =>
  withUpsertsMaterialized(plan, {
    mode: runtimeModeOf(context.settings),
    strategy: context.settings.get('table.exec.sink.upsert-materialize') as UpsertMaterialize,
    sinkMode: context.sinkMode,
  });

function better(named: LogicalNode, context: PlanningContext, isPart = false): LogicalNode {
  if (context.settings.get('tidemill.optimizer') === 'off') return named;
  return optimize(named, {
    connectors: context.connectors,
    evaluation: { localTimeZone: context.settings.localTimeZone },
    isDeterministicUserFunction: deterministic(context),
    keepsWatermarks: isPart,
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
  const program = physical([better], context, { results: bounded ? mode : 'changelog', parallelism: tasks });
  const variations = variationsOf(plan, { isDeterministicUserFunction: deterministic(context) });
  return { logical: plan, optimized: better, program, bounded, tasks, variations, operators, text: context.text };
}

function physical(
  plans: readonly LogicalNode[],
  context: PlanningContext,
  own: Pick<PhysicalOptions, 'results' | 'parallelism' | 'shared'>,
): PlannedProgram {
  const program = planPhysical(plans, {
    ...own,
    runtimeMode: runtimeModeOf(context.settings),
    stateTtlMs: context.settings.stateTtlMs,
    sinkMode: context.sinkMode,
    oneWriter: context.oneWriter,
    duckdb: duckdbOf(context),
  });
  return context.placed === undefined ? program : { ...program, plan: context.placed(program.plan) };
}

const duckdbOf = (context: PlanningContext): PlanningContext['duckdb'] =>
  context.settings.get('duckdb.stages') === 'off' ? undefined : context.duckdb;

/**
 * The inserts of a statement set as one program: what they read in common is read once (Flink: `table.optimizer.reuse-source-enabled`), and what each keeps is known by its
 * sink, so that adding or removing one leaves the others' state alone.
 */
export function plannedSet(plans: readonly Insert[], context: PlanningContext): PlannedSet {
  const runtimeMode = runtimeModeOf(context.settings);
  for (const plan of plans) validatePlan(plan, { mode: runtimeMode, sinkMode: context.sinkMode });
  const wholes = plans.map(plan => materialized(plan, context));
  // what DuckDB reads it reads as fast as it could be handed on
  const sources = sharedSources(
    wholes,
    scan => duckdbOf(context)?.tryStage(scan, { final: true, runtimeMode })?.kind !== 'stage',
  );
  const operators = new Map<string, OperatorNote>();
  const sinks = new Map<string, number>();
  const named = wholes.map((whole, index) => {
    const sink = plans[index]!.sink.name;
    const ordinal = (sinks.get(sink) ?? 0) + 1;
    sinks.set(sink, ordinal);
    return withOperatorIds(whole, {
      given: context.settings.operatorIds,
      note: note => operators.set(note.id, operators.get(note.id) ?? note),
      scope: { name: ordinal === 1 ? sink : `${sink} ${ordinal}`, ordinal, isShared: sources.isShared },
    });
  });
  const replaced = sources.replace(named);
  const betters = replaced.plans.map(plan => better(plan, context));
  const shared = new Map(
    replaced.shared.map(({ source, plan }) => {
      const columns = columnsRead(betters, source);
      const fields = schemaOf(plan);
      const chosen = project(
        plan,
        columns.map(index => column(index, fields[index]!)),
        columns.map(index => fields[index]!.name),
      );
      return [source, { plan: better(chosen, context, true), columns }] as const;
    }),
  );
  const { parallelism } = context.settings;
  return {
    program: physical(betters, context, { results: 'changelog', parallelism, shared }),
    bounded: plans.every(plan => boundednessOf(plan) === 'bounded'),
    tasks: parallelism,
    operators: [...operators.values()],
    text: context.text,
    statements: plans.map((logical, index) => ({
      logical,
      optimized: betters[index]!,
      variations: variationsOf(logical, { isDeterministicUserFunction: deterministic(context) }),
    })),
    shared: [...shared].map(([{ name }, { plan }]) => ({ name, optimized: plan })),
  };
}

/** Columns of a source that plans read, ascending; one at least. */
function columnsRead(plans: readonly LogicalNode[], source: TableSource): number[] {
  const read = new Set<number>();
  for (const plan of plans)
    for (const node of nodesOf(plan))
      if (node.kind === 'scan' && node.source === source) for (const index of node.columns) read.add(index);
  return read.size === 0 ? [0] : [...read].sort((left, right) => left - right);
}

export const runtimeModeOf = (settings: Settings): RuntimeMode =>
  settings.get('execution.runtime-mode') === 'batch' ? 'batch' : 'streaming';

/** Whether DuckDB runs a part of it. */
export const usesDuckdb = ({ program }: PlannedJob): boolean =>
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
