import { operatorToString } from '../physical/explain.ts';
import type { OperatorSpec } from '../physical/operator-spec.ts';
import type { Stage } from '../physical/plan.ts';
import { planToJson, planToString, type RuntimeMode } from '../plan/index.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import { expressionToString } from '../plan/print-expression.ts';
import { changelogOf, uniqueKeysOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { checkedQuery } from './check.ts';
import { endlessSourceOf, type Planned, type PlannedJob, type PlannedSet, type PlannedStatement } from './planning.ts';

/** EXPLAIN for people: the plan as written, the optimised plan with its properties, the stages and why they were cut. */
export function explainText(plans: readonly (Planned | PlannedSet)[], mode: RuntimeMode, ttlMs: number): string {
  return plans
    .map(plan => [...statementsOf(plan).flatMap(each => statementLines(each, mode, ttlMs)), ...programLines(plan)].join('\n'))
    .join('\n\n');
}

const statementsOf = (plan: Planned | PlannedSet): readonly PlannedStatement[] =>
  'statements' in plan ? plan.statements : [plan];

function statementLines({ logical, optimized, variations }: PlannedStatement, mode: RuntimeMode, ttlMs: number): string[] {
  return [
    '== Query ==',
    ...summaryLines(logical, mode, ttlMs),
    '',
    '== Logical plan ==',
    planToString(logical),
    '',
    '== Optimized plan ==',
    planToString(optimized, { properties: { mode, ttlMs } }),
    ...variations.map(reason => `rows may differ from run to run: ${reason}`),
    '',
  ];
}

/** What the statements of a set read in common, and the stages of all of them. */
function programLines(plan: Planned | PlannedSet): string[] {
  const shared = 'shared' in plan ? plan.shared : [];
  return [
    ...shared.flatMap(({ name, optimized }) => [`== Read once: ${name} ==`, planToString(optimized), '']),
    '== Stages ==',
    ...plan.program.plan.stages.flatMap(stageLines),
    ...new Set(plan.program.cuts.map(cut => `not in DuckDB: ${cut.text}`)),
  ];
}

const changeWords = { append: 'rows are only added', retract: 'rows are taken back and replaced', upsert: 'rows are replaced' };

/** Boundedness, changelog mode and state bound, a line each. */
function summaryLines(plan: LogicalNode, mode: RuntimeMode, ttlMs: number): string[] {
  const { bounded, changelog, state } = checkedQuery(plan, 1, mode, ttlMs);
  const endless = endlessSourceOf(plan);
  const key = uniqueKeysOf(plan)[0]?.map(index => schemaOf(plan)[index]!.name) ?? [];
  const kept = state.map(
    ({ operator, bound, reason }) => `${bound === 'none' && !bounded ? 'WITHOUT BOUND: ' : ''}${operator}: ${reason}`,
  );
  return [
    ...(plan.kind === 'insert' ? [`writes:  ${plan.sink.name}`] : []),
    `input:   ${bounded ? 'ends' : `never ends${endless === undefined ? '' : `: ${endless}`}`}`,
    `changes: ${bounded && mode === 'batch' ? changeWords.append : changeWords[changelog]}${changelog === 'append' || key.length === 0 ? '' : `, by key (${key.join(', ')})`}`,
    `state:   ${kept.length === 0 ? 'none' : kept.join(`\n         `)}`,
  ];
}

function stageLines(stage: Stage<OperatorSpec>): string[] {
  const lines = [`${stage.id} × ${stage.parallelism}: ${stage.reason}`];
  for (const input of stage.inputs) {
    if (input.kind === 'exchange') lines.push(`  from ${input.from}`);
    else if (input.kind === 'duckdb') lines.push(`  duckdb: ${input.sql}`);
    else {
      const { source, columns, filter, limit } = input.request;
      const names = columns.map(index => source.schema[index]!.name).join(', ');
      lines.push(
        `  read ${source.name} by ${source.connector} (${names})${filter === undefined ? '' : ` where ${expressionToString(filter)}`}${limit === undefined ? '' : ` limit ${limit}`}`,
      );
    }
  }
  for (const operator of stage.operators) lines.push(`  ${operatorToString(operator.spec)}  (${operator.id})`);
  for (const output of stage.outputs) {
    const by = output.kind === 'hash' ? `hash of ${output.keys.map(key => expressionToString(key)).join(', ')}` : output.kind;
    lines.push(`  to ${output.to} by ${by}`);
  }
  return lines;
}

/** EXPLAIN for programs: one JSON document. */
export function explainJson(plans: readonly (Planned | PlannedSet)[], mode: RuntimeMode, ttlMs: number): string {
  const documents = plans.map(plan => ({
    bounded: plan.bounded,
    ...('statements' in plan
      ? {
          statements: plan.statements.map(each => statementJson(each, mode, ttlMs)),
          shared: plan.shared.map(({ name, optimized }) => ({ name, optimized: planToJson(optimized, mode, ttlMs) })),
        }
      : statementJson(plan, mode, ttlMs)),
    ...programJson(plan),
  }));
  return JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 2);
}

const statementJson = ({ logical, optimized, variations }: PlannedStatement, mode: RuntimeMode, ttlMs: number) => ({
  changelog: changelogOf(logical, mode).kind,
  state: checkedQuery(logical, 1, mode, ttlMs).state,
  logical: planToJson(logical, mode, ttlMs),
  optimized: planToJson(optimized, mode, ttlMs),
  variations,
});

function programJson({ program }: PlannedJob) {
  return {
    stages: program.plan.stages.map(stage => ({
      id: stage.id,
      parallelism: stage.parallelism,
      reason: stage.reason,
      inputs: stage.inputs.map(input =>
        input.kind === 'source'
          ? {
              kind: 'source',
              table: input.request.source.name,
              connector: input.request.source.connector,
              columns: input.request.columns.map(index => input.request.source.schema[index]!.name),
            }
          : input.kind === 'duckdb'
            ? { kind: 'duckdb', sql: input.sql }
            : { kind: 'exchange', from: input.from },
      ),
      operators: stage.operators.map(operator => ({ id: operator.id, kind: operator.spec.kind })),
      ...(stage.outputs.length === 1 && { output: { kind: stage.outputs[0]!.kind, to: stage.outputs[0]!.to } }),
      ...(stage.outputs.length > 1 && { outputs: stage.outputs.map(({ kind, to }) => ({ kind, to })) }),
    })),
    cuts: program.cuts.map(cut => cut.text),
  };
}
