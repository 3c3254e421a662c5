import type { Schema } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import type { JoinOutput, JoinSend, JoinSpec } from '../operators/index.ts';
import { column, nullLiteral, substituteColumns } from '../plan/expressions.ts';
import type { Join } from '../plan/nodes.ts';
import { boundednessOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { type JoinCondition, joinConditionOf } from './join-keys.ts';
import { type OpenStage, withOperator } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';

/** Which rows go out, when the right side is kept: pairs, rows of the left (probing), rows of the right (kept). */
const sends: Readonly<Record<Join['join'], readonly [pairs: boolean, left: JoinSend, right: JoinSend]>> = {
  inner: [true, 'none', 'none'],
  left: [true, 'unmatched', 'none'],
  right: [true, 'none', 'unmatched'],
  full: [true, 'unmatched', 'unmatched'],
  semi: [false, 'matched', 'none'],
  anti: [false, 'unmatched', 'none'],
  mark: [false, 'all', 'none'],
};

/**
 * A join of bounded inputs. One side is kept in a table (`buildLeft`: the left one), the rows of the other go down the chain and look for matches.
 * With several tasks both sides are sent by their keys, or, without keys, to one.
 */
export function planJoin(node: Join, needed: ReadonlySet<number> | undefined, buildLeft: boolean, steps: PlanSteps): OpenStage {
  if (boundednessOf(node.left) === 'unbounded' || boundednessOf(node.right) === 'unbounded')
    throw notSupported('a regular join over endless inputs', node.span, 'bounded inputs can be joined');
  const width = schemaOf(node.left).length;
  const condition = joinConditionOf(node.condition, width);
  const left = steps.flush(steps.visit(node.left, true));
  const right = steps.flush(steps.visit(node.right, true));
  const probe = placed(buildLeft ? right : left, buildLeft ? condition.right : condition.left, condition, steps);
  const build = placed(buildLeft ? left : right, buildLeft ? condition.left : condition.right, condition, steps);
  const [pairs, sendLeft, sendRight] = sends[node.join];
  const schema = schemaOf(node);
  const used = [...schema.keys()].filter(index => needed === undefined || needed.has(index));
  const outputs = used.map((index): JoinOutput => {
    if (node.join === 'mark' && index === width) return { from: 'mark' };
    const ofLeft = index < width;
    return { from: ofLeft === buildLeft ? 'build' : 'probe', index: ofLeft ? index : index - width };
  });
  const fields: Schema = used.map(index => schema[index]!);
  const buildWidth = build.rows.length;
  // the operator sees the build side first
  const residual =
    condition.residual &&
    substituteColumns(condition.residual, reference => {
      const ofLeft = reference.index < width;
      const own = ofLeft ? reference.index : reference.index - width;
      return { ...reference, index: ofLeft === buildLeft ? own : buildWidth + own };
    });
  const spec: JoinSpec = Object.freeze({
    kind: 'join',
    build: build.rows,
    probe: probe.rows,
    keys: {
      build: buildLeft ? condition.left : condition.right,
      probe: buildLeft ? condition.right : condition.left,
      layout: condition.layout,
      nullSafe: condition.nullSafe,
    },
    residual,
    pairs,
    sendBuild: buildLeft ? sendLeft : sendRight,
    sendProbe: buildLeft ? sendRight : sendLeft,
    outputs,
    schema: fields,
  });
  const inputs = [...probe.inputs, ...steps.asInputs(build).map(input => ({ ...input, operator: probe.operators.length }))];
  const joined = withOperator({ ...probe, inputs, ordered: false }, { id: node.id ?? steps.id('join'), spec }, fields);
  if (used.length === schema.length) return Object.freeze({ ...joined, fields: schema });
  const outputsOfAll = schema.map(({ type }, index) => {
    const place = used.indexOf(index);
    return place < 0 ? nullLiteral(type) : column(place, fields[place]!);
  });
  return Object.freeze({ ...joined, pending: { filter: undefined, outputs: outputsOfAll }, fields: schema });
}

/** A side where its rows meet those of the other. */
function placed(side: OpenStage, keys: JoinCondition['left'], { layout }: JoinCondition, steps: PlanSteps): OpenStage {
  if (steps.parallelism === 1 && side.parallelism === 1) return side;
  if (keys.length === 0) return steps.gathered(side, 'rows that meet all others');
  return steps.exchanged(side, to => ({ kind: 'hash', keys, layout, to }), steps.parallelism, 'rows that may match');
}
