import { connectors, formats } from '../../../core/connectors/index.ts';
import type { OperatorSpec } from '../../../core/operators/index.ts';
import type { PhysicalPlan } from '../../../core/physical/plan.ts';
import { planned } from '../../../core/session/planning.ts';
import type { Session } from '../../../core/session/session.ts';
import { projectRoot } from '../source-files.ts';

/** The query as an endless program would run it, its results going into a table `out`. */
export async function insertPlan(session: Session, sql: string, parallelism: number): Promise<PhysicalPlan<OperatorSpec>> {
  const bound = await session.bind(sql, projectRoot);
  if (bound.kind !== 'query') throw new Error('a query was expected');
  session.settings.set('parallelism.default', String(parallelism));
  const { program } = planned(bound.plan, 'changelog', {
    catalog: session.catalog,
    connectors: { connectors, formats },
    settings: session.settings,
    sinkMode: () => 'changelog',
    duckdb: undefined,
  });
  return {
    ...program.plan,
    stages: program.plan.stages.map(stage => ({
      ...stage,
      operators: stage.operators.map(({ id, spec }): { id: string; spec: OperatorSpec } => {
        if (spec.kind !== 'collect') return { id, spec };
        const schema = stage.outputSchema;
        return { id: 'out', spec: { kind: 'sink', sink: { name: 'out', connector: 'out', options: {}, schema }, schema } };
      }),
    })),
  };
}
