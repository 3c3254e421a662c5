import { column } from '../plan/expressions.ts';
import type { LogicalNode, Scan } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { type OpenStage, withProjection } from './open-stage.ts';
import type { OperatorSpec } from './operator-spec.ts';
import type { ExchangeOutput, Stage, StageInput } from './plan.ts';

/** Rows that are made once for several plans, by a stage that gives all of them to each: `columns` of the source that stands for them, in the order of `plan`'s. */
export interface SharedRows {
  readonly plan: LogicalNode;
  readonly columns: readonly number[];
}

/** One more consumer of a stage, whoever that will be. */
export function addOutput(stages: Stage<OperatorSpec>[], id: string): void {
  const index = stages.findIndex(stage => stage.id === id);
  const producer = stages[index]!;
  const output: ExchangeOutput = { kind: 'forward', to: '' };
  stages[index] = Object.freeze({ ...producer, outputs: [...producer.outputs, output] });
}

/** What one plan reads of shared rows that the stage `from` makes. */
export function sharedColumns(node: Scan, { columns }: SharedRows, from: string, { rows, parallelism }: OpenStage): OpenStage {
  const input: StageInput = { kind: 'exchange', from, schema: rows };
  const given: OpenStage = Object.freeze({
    inputs: [input],
    operators: [],
    rows,
    fields: rows,
    parallelism,
    reason: 'reads what is read once for several',
    ordered: false,
  });
  const places = node.columns.map(index => columns.indexOf(index));
  return withProjection(
    given,
    places.map(place => column(place, rows[place]!)),
    schemaOf(node),
  );
}
