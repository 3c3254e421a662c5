import { connectors, formats } from '../../../core/connectors/index.ts';
import type { OperatorSpec } from '../../../core/operators/index.ts';
import type { PhysicalPlan, Stage } from '../../../core/physical/plan.ts';
import { planned } from '../../../core/session/planning.ts';
import type { Session } from '../../../core/session/session.ts';
import { projectRoot } from '../source-files.ts';

/** The query as an endless program would run it, its results going into a table `out`: each task that makes rows writes them. */
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
  const { stages } = program.plan;
  const gathers = stages.find(stage => stage.operators.length === 1 && stage.operators[0]!.spec.kind === 'collect');
  const [input] = gathers?.inputs ?? [];
  const source = input?.kind === 'exchange' ? stages.find(stage => stage.id === input.from) : undefined;
  if (gathers === undefined || source === undefined || source.outputSchema !== gathers.outputSchema)
    return { ...program.plan, stages: stages.map(stage => ({ ...stage, operators: withSink(stage, stage.operators) })) };
  const operators = withSink(source, [...source.operators, ...gathers.operators]);
  const last: Stage<OperatorSpec> = { ...source, operators, outputs: [] };
  return { ...program.plan, stages: stages.filter(stage => stage !== gathers).map(stage => (stage === source ? last : stage)) };
}

type Placed = Stage<OperatorSpec>['operators'];

const withSink = ({ outputSchema: schema }: Stage<OperatorSpec>, operators: Placed): Placed =>
  operators.map(placed =>
    placed.spec.kind === 'collect'
      ? { id: 'out', spec: { kind: 'sink', sink: { name: 'out', connector: 'out', options: {}, schema }, schema } }
      : placed,
  );
