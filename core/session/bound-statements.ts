import type { LogicalNode } from '../plan/nodes.ts';
import type { BoundStatement } from '../sql/binder/index.ts';
import { type Planned, type PlannedJob, type PlannedSet, type PlanningContext, planned, plannedSet } from './planning.ts';

/** The name of a statement set's job, whatever it writes to: its checkpoints are found again when an insert is added. */
export const statementSetName = 'statement set';

/** What a statement runs, for EXPLAIN; `ofJobs`: how what writes to tables is planned. */
export function plannedAll(
  bound: BoundStatement,
  planning: PlanningContext,
  ofJobs: PlanningContext,
): readonly (Planned | PlannedSet)[] {
  if (bound.kind === 'explain') return plannedAll(bound.statement, planning, ofJobs);
  if (bound.kind === 'statement-set') return [plannedSet(bound.plans, ofJobs)];
  return plansOf(bound).map(plan => planned(plan, 'final', planning));
}

/** The jobs that a statement starts, with the names they would have. */
export function plannedJobs(
  bound: BoundStatement,
  planning: PlanningContext,
): readonly (PlannedJob & { readonly name: string })[] {
  if (bound.kind === 'statement-set') return [{ name: statementSetName, ...plannedSet(bound.plans, planning) }];
  return plansOf(bound).flatMap(plan =>
    plan.kind === 'insert' ? [{ name: `insert into ${plan.sink.name}`, ...planned(plan, 'changelog', planning) }] : [],
  );
}

/** What the inserts of a set would be called as statements of their own. */
export function namesApart(built: PlannedJob | PlannedSet, name: string): readonly string[] | undefined {
  if (!('statements' in built)) return undefined;
  return built.statements.flatMap(({ logical }, index) => [
    ...(logical.kind === 'insert' ? [`insert into ${logical.sink.name}`] : []),
    ...(index > 0 ? [`${name} ${index + 1}`] : []),
  ]);
}

/** Queries and inserts of a statement. */
export function plansOf(bound: BoundStatement): LogicalNode[] {
  if (bound.kind === 'query' || bound.kind === 'insert') return [bound.plan];
  if (bound.kind === 'statement-set') return [...bound.plans];
  if (bound.kind === 'explain') return plansOf(bound.statement);
  if (bound.kind === 'create-table' && bound.insert !== undefined) return [bound.insert];
  return [];
}

export const isDeclaration = (bound: BoundStatement): boolean =>
  bound.kind === 'create-view' ||
  bound.kind === 'create-function' ||
  bound.kind === 'create-table' ||
  bound.kind === 'alter-table' ||
  bound.kind === 'alter-view' ||
  bound.kind === 'command';

/** CREATE TABLE … AS declares its table even where nothing is run. */
export const declarationOf = (bound: BoundStatement): BoundStatement =>
  bound.kind === 'create-table' ? { ...bound, insert: undefined } : bound;
