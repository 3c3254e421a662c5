import { TidemillError } from '../common/errors.ts';
import { column, type Expression, visitExpression } from '../plan/expressions.ts';
import { type JoinKind, join, type LogicalNode, project } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { requireBoolean } from '../sql/binder/coercion.ts';
import { type Argument, ExpressionBuilder, toPlan } from './expression.ts';
import { type Counts, countsOf, type Selected } from './row.ts';

/** A side of a join: its plan, and which of its columns count rows. */
export interface Side {
  readonly node: LogicalNode;
  readonly counts: Counts;
}
type Columns = Record<string, ExpressionBuilder>;
export type JoinCondition = (left: Columns, right: Columns) => Argument;
export type JoinSelect = (left: Columns, right: Columns) => Selected;

/**
 * Both tables joined where `on` holds, and the columns that `select` makes of the rows of both; without it those of the left.
 *
 * @throws TidemillError `type-mismatch` for a condition that is none, `foreign-column` for columns of other rows
 */
export function joined(
  kind: JoinKind,
  left: Side,
  right: Side,
  on: JoinCondition,
  select: JoinSelect | undefined,
  method: string,
) {
  const width = schemaOf(left.node).length;
  const columnsOf = (node: LogicalNode) => joinColumns(node, left.counts, right.counts, width);
  const sides = columnsOf(join('inner', left.node, right.node));
  const condition = conditionOf(sides, on, method);
  const node = join(kind, left.node, right.node, condition);
  if (select === undefined) return { node, counts: left.counts };
  return selectedOf(node, columnsOf(node), select, method);
}

/** What `on` asks of both sides. @throws TidemillError `type-mismatch`, `foreign-column` */
export const conditionOf = (sides: ReturnType<typeof joinColumns>, on: JoinCondition, method: string): Expression =>
  requireBoolean(sides.check(toPlan(on(sides.left, sides.right)), method), method);

/** How each row is joined with the rows that are made of it. */
export interface LateralParts {
  readonly outer: boolean;
  readonly on: JoinCondition | undefined;
  readonly select: JoinSelect;
  /** The method that was called, for errors. */
  readonly method: string;
}

/** The columns that `select` makes of both sides of a join. @throws TidemillError `no-columns` when it makes none, `foreign-column` */
export function selectedOf(node: LogicalNode, sides: ReturnType<typeof joinColumns>, select: JoinSelect, method: string) {
  const given = select(sides.left, sides.right);
  const selected = Object.entries(given);
  if (selected.length === 0) throw new TidemillError('no-columns', `${method}() is given no columns`);
  const plan = project(
    node,
    selected.map(([, value]) => sides.check(toPlan(value), method)),
    selected.map(([name]) => name),
  );
  return { node: plan, counts: countsOf(given) };
}

/** The columns of a join's two sides, the first `width` of the node being the left's, and a check that nothing else is used. */
export function joinColumns(node: LogicalNode, leftCounts: Counts, rightCounts: Counts, width: number) {
  const own = new Set<unknown>();
  const fields = schemaOf(node);
  const builders = (counts: Counts, from: number, to: number): Columns =>
    Object.fromEntries(
      fields.slice(from, to).map((field, index) => {
        const plan = column(from + index, field);
        own.add(plan);
        return [field.name, new ExpressionBuilder(plan, counts.has(field.name))];
      }),
    );
  const check = <E extends Parameters<typeof visitExpression>[0]>(expression: E, method: string): E => {
    visitExpression(expression, inner => {
      if (inner.kind === 'column' && !own.has(inner))
        throw new TidemillError('foreign-column', `'${inner.name}' is a column of another row than those ${method}() is given`, {
          hint: 'use the rows that the callback gets as its arguments',
        });
    });
    return expression;
  };
  return { left: builders(leftCounts, 0, width), right: builders(rightCounts, width, fields.length), check };
}
