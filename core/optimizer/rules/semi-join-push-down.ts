import { referencedColumns } from '../../plan/expressions.ts';
import { type Join, type LogicalNode, type Project, project, withInputs } from '../../plan/nodes.ts';
import { rowsEstimated } from '../../plan/row-estimates.ts';
import { schemaOf } from '../../plan/schema.ts';
import { nodeRule } from '../rule.ts';
import { shiftedAround } from './join-columns.ts';

/** Under columns that only change places. */
function belowProjection(node: Join, columns: Project): LogicalNode {
  const places = columns.expressions.map(expression => (expression.kind === 'column' ? expression.index : -1));
  if (columns.input.kind !== 'join' || places.includes(-1)) return node;
  const width = schemaOf(columns.input).length;
  const condition = shiftedAround(node.condition!, index =>
    index < places.length ? places[index]! : index - places.length + width,
  );
  const names = schemaOf(columns).map(field => field.name);
  return project(Object.freeze({ ...node, left: columns.input, condition }), columns.expressions, names);
}

/**
 * A semi or anti join over an inner join moves to the side its condition asks about, where it leaves fewer rows to be joined; not when it would have
 * to look through more rows there than it spares.
 */
export const semiJoinPushDown = nodeRule('semi-join-push-down', node => {
  if (node.kind !== 'join' || (node.join !== 'semi' && node.join !== 'anti') || node.condition === undefined) return node;
  const below = node.left;
  if (below.kind === 'project') return belowProjection(node, below);
  if (below.kind !== 'join' || (below.join !== 'inner' && below.join !== 'left')) return node;
  const width = schemaOf(below.left).length;
  const total = schemaOf(below).length;
  const asked = [...referencedColumns([node.condition])].filter(index => index < total);
  if (asked.length === 0) return node;
  const ofLeft = asked.every(index => index < width);
  const ofRight = asked.every(index => index >= width) && below.join === 'inner';
  if (!ofLeft && !ofRight) return node;
  const side = ofLeft ? below.left : below.right;
  if (rowsEstimated(node.right) > rowsEstimated(side)) return node;
  const condition = shiftedAround(node.condition, index =>
    index >= total ? index - total + schemaOf(side).length : ofLeft ? index : index - width,
  );
  const pushed: Join = Object.freeze({ ...node, left: side, condition });
  return withInputs(below, ofLeft ? [pushed, below.right] : [below.left, pushed]);
});
