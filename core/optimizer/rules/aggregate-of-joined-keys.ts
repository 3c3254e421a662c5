import { types } from '../../columnar/types.ts';
import { call, column, type Expression } from '../../plan/expressions.ts';
import { type Aggregate, type Join, join, type LogicalNode, project, withInputs } from '../../plan/nodes.ts';
import { boundednessOf, equalColumnsOf } from '../../plan/properties.ts';
import { rowsEstimated } from '../../plan/row-estimates.ts';
import { schemaOf } from '../../plan/schema.ts';
import { isDeterministic } from '../determinism.ts';
import { nodeRule, type OptimizerContext } from '../rule.ts';
import { conjunction } from './filter-merge.ts';

/** How many times fewer rows the other side must have than there are groups. */
const fewerTimes = 4;

/** Aggregates that have their keys: the rule is run until nothing changes. */
const restricted = new WeakSet<LogicalNode>();

/**
 * Groups that are joined by their keys with few rows of a filtered table are made of those keys alone: the rows that are aggregated are first
 * semi-joined with that table, which is read twice. Source: Mumick et al., "Magic is Relevant" (SIGMOD 1990).
 *
 * @example
 * // SELECT … FROM part JOIN (SELECT l_partkey, AVG(l_quantity) FROM lineitem GROUP BY l_partkey) ON l_partkey = p_partkey WHERE p_brand = 'x'
 */
export const aggregateOfJoinedKeys = nodeRule('aggregate-of-joined-keys', (node, context) => {
  if (node.kind !== 'join' || node.join !== 'inner') return node;
  const width = schemaOf(node.left).length;
  const pairs = equalColumnsOf(node.condition);
  const across = pairs.filter(([a, b]) => a < width && b >= width).map(([a, b]): [number, number] => [a, b - width]);
  const right = ofKeys(
    node.right,
    node.left,
    across.map(([left, own]) => [own, left]),
    context,
  );
  if (right !== node.right) return withInputs(node, [node.left, right]);
  const left = ofKeys(node.left, node.right, across, context);
  return left === node.left ? node : withInputs(node, [left, node.right]);
});

/** `side` over the keys of `other` alone; `pairs` of equal columns, of `side` and of `other`. */
function ofKeys(
  side: LogicalNode,
  other: LogicalNode,
  pairs: readonly (readonly [own: number, other: number])[],
  context: OptimizerContext,
): LogicalNode {
  if (pairs.length === 0 || !isFilteredTable(other, context)) return side;
  if (side.kind === 'project') {
    const below = pairs.flatMap(([own, place]) => {
      const expression = side.expressions[own]!;
      return expression.kind === 'column' ? [[expression.index, place] as const] : [];
    });
    const input = ofKeys(side.input, other, below, context);
    return input === side.input ? side : withInputs(side, [input]);
  }
  if (side.kind !== 'aggregate' || restricted.has(side) || boundednessOf(side) !== 'bounded') return side;
  if (rowsEstimated(other) * fewerTimes > rowsEstimated(side)) return side;
  return ofGroups(side, other, pairs);
}

function ofGroups(side: Aggregate, other: LogicalNode, pairs: readonly (readonly [own: number, other: number])[]): LogicalNode {
  const fields = schemaOf(side.input);
  const keys = pairs.flatMap(([own, place]) => {
    const key = side.keys[own];
    return key?.kind === 'column' ? [{ key, place }] : [];
  });
  if (keys.length === 0) return side;
  const others = schemaOf(other);
  const wanted = project(
    other,
    keys.map(({ place }) => column(place, others[place]!)),
    keys.map(({ place }) => others[place]!.name),
  );
  const conditions = keys.map(({ key }, index): Expression => {
    const field = schemaOf(wanted)[index]!;
    const nullable = key.type.nullable || field.type.nullable;
    return call('equals', [key, column(fields.length + index, field)], types.boolean(nullable));
  });
  const semi: Join = join('semi', side.input, wanted, conjunction(conditions));
  const made = withInputs(side, [semi]);
  restricted.add(made);
  return made;
}

/** Cheap to read twice: one table that ends, filtered, without anything else. */
function isFilteredTable(node: LogicalNode, context: OptimizerContext, filtered = false): boolean {
  switch (node.kind) {
    case 'scan':
      return (filtered || node.filter !== undefined) && node.limit === undefined && node.source.bounded;
    case 'filter':
      return isDeterministic(node.condition, context) && isFilteredTable(node.input, context, true);
    case 'project':
      return (
        node.expressions.every(expression => isDeterministic(expression, context)) &&
        isFilteredTable(node.input, context, filtered)
      );
    default:
      return false;
  }
}
