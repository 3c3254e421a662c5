import type { Join } from '../plan/nodes.ts';
import { rowsEstimated } from '../plan/row-estimates.ts';

/** Whether a join keeps its left side: the one with fewer rows, as far as is known; else the right one. */
export function buildsLeft(node: Join): boolean {
  return rowsEstimated(node.left) < rowsEstimated(node.right);
}
