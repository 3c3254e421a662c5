import { type Expression, referencedColumns, substituteColumns } from '../../plan/expressions.ts';
import { filter, type Join, join, type LogicalNode } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { isDeterministic } from '../determinism.ts';
import { nodeRule, type OptimizerContext } from '../rule.ts';
import { conjunction, conjunctsOf } from './filter-merge.ts';

/** Which sides may be filtered by a join's own conditions: a row that is kept without a match may not. */
const filtersOwn: Readonly<Record<Join['join'], readonly [left: boolean, right: boolean]>> = {
  inner: [true, true],
  left: [false, true],
  right: [true, false],
  full: [false, false],
  semi: [true, true],
  anti: [false, true],
  mark: [false, true],
};

/** Parts of a join's condition that concern one side only become filters of that side, where that keeps the rows. */
export const joinConditions = nodeRule('join-conditions', (node, context) => {
  if (node.kind !== 'join' || node.condition === undefined) return node;
  const [ofLeft, ofRight] = filtersOwn[node.join];
  const sides = splitBySide(conjunctsOf(node.condition), schemaOf(node.left).length, context);
  const left = ofLeft ? sides.left : [];
  const right = ofRight ? sides.right : [];
  if (left.length + right.length === 0) return node;
  const rest = conjunctsOf(node.condition).filter(part => !left.includes(part) && !right.includes(part));
  const width = schemaOf(node.left).length;
  return Object.freeze({
    ...join(
      node.join,
      filtered(node.left, left),
      filtered(
        node.right,
        right.map(part => shifted(part, -width)),
      ),
      conjunction(rest),
      node.span,
    ),
    ...(node.id !== undefined && { id: node.id }),
  });
});

export const filtered = (node: LogicalNode, conditions: readonly Expression[]): LogicalNode =>
  conditions.length === 0 ? node : filter(node, conjunction(conditions)!);

export const shifted = (expression: Expression, by: number): Expression =>
  by === 0 ? expression : substituteColumns(expression, reference => ({ ...reference, index: reference.index + by }));

/** Conditions that read columns of one side only, and can be moved. */
export function splitBySide(conditions: readonly Expression[], width: number, context: OptimizerContext) {
  const left: Expression[] = [];
  const right: Expression[] = [];
  for (const condition of conditions) {
    const columns = [...referencedColumns([condition])];
    if (columns.length === 0 || !isDeterministic(condition, context)) continue;
    if (columns.every(index => index < width)) left.push(condition);
    else if (columns.every(index => index >= width)) right.push(condition);
  }
  return { left, right };
}
