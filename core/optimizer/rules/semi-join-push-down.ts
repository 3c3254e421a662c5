import { referencedColumns } from '../../plan/expressions.ts';
import { type Join, withInputs } from '../../plan/nodes.ts';
import { rowsEstimated } from '../../plan/row-estimates.ts';
import { schemaOf } from '../../plan/schema.ts';
import { nodeRule } from '../rule.ts';
import { shiftedAround } from './join-columns.ts';

/**
 * A semi or anti join over an inner join moves to the side its condition asks about, where it leaves fewer rows to be joined; not when it would have
 * to look through more rows there than it spares.
 */
export const semiJoinPushDown = nodeRule('semi-join-push-down', node => {
  if (node.kind !== 'join' || (node.join !== 'semi' && node.join !== 'anti') || node.condition === undefined) return node;
  const below = node.left;
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
