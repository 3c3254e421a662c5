import { types } from '../columnar/types.ts';
import type { OperatorSpec } from '../operators/index.ts';
import { type AggregateCall, call, caseOf, column, type Expression, literal } from '../plan/expressions.ts';
import { aggregate, type Expand, filter, type LogicalNode, project, type SetOperation, unionAll } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { type OpenStage, withOperator } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';

const bigint = types.bigint(false);
const zero = literal(0n, bigint);
const one = literal(1n, bigint);

/** EXCEPT and INTERSECT count, row by row, how often each side has it: an aggregation over both sides. */
export function planSetOperation(node: SetOperation, final: boolean, steps: PlanSteps): OpenStage {
  const fields = schemaOf(node);
  const names = fields.map(field => field.name);
  const columns = fields.map((field, index) => column(index, field));
  const sides = node.inputs.map((input, side) =>
    project(
      input,
      [...schemaOf(input).map((field, index) => column(index, field)), side === 0 ? one : zero, side === 0 ? zero : one],
      [...names, 'left', 'right'],
    ),
  );
  const both = unionAll(sides);
  const countOf = (index: number): AggregateCall => ({
    name: 'sum',
    arguments: [column(fields.length + index, schemaOf(both)[fields.length + index]!)],
    distinct: false,
    type: bigint,
  });
  const keys = schemaOf(both)
    .slice(0, fields.length)
    .map((field, index) => column(index, field));
  const counted = Object.freeze({
    ...aggregate(both, keys, [countOf(0), countOf(1)], [...names, 'left', 'right']),
    ...(node.id !== undefined && { id: node.id }),
  });
  const [left, right] = [0, 1].map(side => column(fields.length + side, schemaOf(counted)[fields.length + side]!));
  if (!node.all) {
    const wanted = node.operator === 'except' ? test('equals', right!, zero) : test('greater-than', right!, zero);
    const kept = filter(counted, call('and', [test('greater-than', left!, zero), wanted], types.boolean(false)));
    return steps.visit(project(kept, columns, names), final);
  }
  const count =
    node.operator === 'except'
      ? call('minus', [left!, right!], bigint)
      : caseOf([{ when: test('less-than', left!, right!), result: left! }], right!, bigint);
  const numbered: LogicalNode = project(counted, [...columns, count], [...names, 'count']);
  const stage = steps.flush(steps.visit(numbered, final));
  const spec: OperatorSpec = Object.freeze({ kind: 'replicate', schema: fields });
  return withOperator(stage, { id: steps.id('replicate'), spec }, fields);
}

const test = (name: string, left: Expression, right: Expression): Expression => call(name, [left, right], types.boolean(false));

export function planExpand(node: Expand, final: boolean, steps: PlanSteps): OpenStage {
  const stage = steps.flush(steps.visit(node.input, final));
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({ kind: 'expand', input: stage.rows, projections: node.projections, schema });
  return withOperator(stage, { id: steps.id('expand'), spec }, schema);
}
