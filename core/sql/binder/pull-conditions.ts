import { column, type Expression, referencedColumns, substituteColumns } from '../../plan/expressions.ts';
import { type Aggregate, aggregate, filter, type Join, type LogicalNode, project, withInputs } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { conjunctionOf, conjunctsOf } from './conditions.ts';
import { hasOuter, isCorrelated, standInFrom } from './stand-ins.ts';

/** A plan without values from outside, and what must hold between its columns and those values. Columns it has gained come last. */
export interface Pulled {
  readonly node: LogicalNode;
  /** Over the node's columns and stand-ins for outer values. */
  readonly conditions: readonly Expression[];
}

/**
 * The cheap way out of a correlated sub-query: conditions on outer values move up to where the query is joined. Undefined where they cannot, because
 * something between them and the top would give another result. Without `emptyGroups`, an aggregation without keys gives no row where it has none to
 * aggregate.
 */
export function pullConditions(node: LogicalNode, emptyGroups = true): Pulled | undefined {
  if (!isCorrelated(node)) return { node, conditions: [] };
  switch (node.kind) {
    case 'filter': {
      const below = pullConditions(node.input, emptyGroups);
      if (below === undefined) return undefined;
      const conditions = conjunctsOf(node.condition);
      const kept = conjunctionOf(conditions.filter(condition => !hasOuter(condition)));
      return {
        node: kept === undefined ? below.node : filter(below.node, kept),
        conditions: [...below.conditions, ...conditions.filter(hasOuter)],
      };
    }
    case 'project': {
      const below = pullConditions(node.input, emptyGroups);
      if (below === undefined || node.expressions.some(hasOuter)) return undefined;
      return exposed(below, node.expressions, node.names);
    }
    case 'aggregate':
      // a group that has lost its rows must still be there when there are no keys
      return node.keys.length === 0 && emptyGroups ? undefined : pullFromAggregate(node);
    case 'sort': {
      const below = pullConditions(node.input);
      return below && { node: withInputs(node, [below.node]), conditions: below.conditions };
    }
    case 'join':
      return pullFromJoin(node);
    default:
      return undefined;
  }
}

/** A projection that also passes on the columns that conditions need. */
function exposed(below: Pulled, expressions: readonly Expression[], names: readonly string[]): Pulled {
  const fields = schemaOf(below.node);
  const output = [...expressions];
  const outputNames = [...names];
  const places = new Map<number, number>();
  for (const index of innerColumns(below.conditions)) {
    let place = output.findIndex(expression => expression.kind === 'column' && expression.index === index);
    if (place < 0) {
      place = output.push(column(index, fields[index]!)) - 1;
      outputNames.push(fields[index]!.name);
    }
    places.set(index, place);
  }
  const node = project(below.node, output, outputNames);
  return { node, conditions: below.conditions.map(condition => moved(condition, index => places.get(index)!)) };
}

/** Conditions that say which group's rows belong to an outer row become keys. */
export function pullFromAggregate(node: Aggregate): Pulled | undefined {
  const below = pullConditions(node.input);
  if (below === undefined || [...node.keys, ...node.aggregates.flatMap(call => call.arguments)].some(hasOuter)) return undefined;
  if (node.aggregates.some(call => call.filter !== undefined && hasOuter(call.filter))) return undefined;
  const equalities = below.conditions.map(equalityOf);
  const keys = [...node.keys];
  const keyNames = node.names.slice(0, node.keys.length);
  const fields = schemaOf(below.node);
  const placeOf = (index: number): number => {
    const known = keys.findIndex(key => key.kind === 'column' && key.index === index);
    if (known >= 0) return known;
    keyNames.push(fields[index]!.name);
    return keys.push(column(index, fields[index]!)) - 1;
  };
  const inner = innerColumns(below.conditions);
  // each outer row must meet one value of the new keys, or the keys themselves stand in the way
  const own = new Set(node.keys.flatMap(key => (key.kind === 'column' ? [key.index] : [])));
  const pinned = new Set(equalities.flatMap(equality => (equality === undefined ? [] : [equality])));
  if (inner.some(index => !own.has(index) && !pinned.has(index))) return undefined;
  const places = new Map(inner.map(index => [index, placeOf(index)]));
  const grouped = aggregate(below.node, keys, node.aggregates, [...keyNames, ...node.names.slice(node.keys.length)], node.span);
  const added = keys.length - node.keys.length;
  const order = [
    ...node.keys.map((_, index) => index),
    ...node.aggregates.map((_, index) => keys.length + index),
    ...Array.from({ length: added }, (_, index) => node.keys.length + index),
  ];
  const arranged = added === 0 ? grouped : arrange(grouped, order);
  const conditions = below.conditions.map(condition => moved(condition, index => order.indexOf(places.get(index)!)));
  return { node: arranged, conditions };
}

/** The inner column of `column = value from outside`. */
function equalityOf(condition: Expression): number | undefined {
  if (condition.kind !== 'call' || condition.name !== 'equals') return undefined;
  const [left, right] = condition.arguments as [Expression, Expression];
  const [inner, outer] = hasOuter(left) ? [right, left] : [left, right];
  if (hasOuter(inner) || inner.kind !== 'column' || innerColumns([outer]).length > 0) return undefined;
  return inner.index;
}

function pullFromJoin(node: Join): Pulled | undefined {
  const inner = node.join === 'inner';
  const condition = node.condition === undefined ? [] : conjunctsOf(node.condition);
  if (!inner && (isCorrelated(node.right) || condition.some(hasOuter))) return undefined;
  if (node.join === 'right' || node.join === 'full') return undefined;
  const left = pullConditions(node.left);
  const right = pullConditions(node.right);
  if (left === undefined || right === undefined) return undefined;
  const [oldLeft, oldRight] = [schemaOf(node.left).length, schemaOf(node.right).length];
  const [newLeft, newRight] = [schemaOf(left.node).length, schemaOf(right.node).length];
  const shift = (index: number): number => (index < oldLeft ? index : index - oldLeft + newLeft);
  const own = conjunctionOf(condition.filter(part => !hasOuter(part)).map(part => moved(part, shift)));
  const joined: LogicalNode = Object.freeze({ ...node, left: left.node, right: right.node, condition: own });
  const conditions = [
    ...left.conditions,
    ...right.conditions.map(part => moved(part, index => index + newLeft)),
    ...condition.filter(hasOuter).map(part => moved(part, shift)),
  ];
  if (newLeft === oldLeft && newRight === oldRight) return { node: joined, conditions };
  if (node.join === 'semi' || node.join === 'anti') return { node: joined, conditions };
  const kept = node.join === 'mark' ? 1 : oldRight;
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
  const last = node.join === 'mark' ? newLeft + 1 : newLeft + newRight;
  const order = [
    ...range(0, oldLeft),
    ...range(newLeft, newLeft + kept),
    ...range(oldLeft, newLeft),
    ...range(newLeft + kept, last),
  ];
  return {
    node: arrange(joined, order),
    conditions: conditions.map(part => moved(part, index => order.indexOf(index))),
  };
}

/** The same rows with their columns in another order. */
export function arrange(node: LogicalNode, order: readonly number[]): LogicalNode {
  const fields = schemaOf(node);
  return project(
    node,
    order.map(index => column(index, fields[index]!)),
    order.map(index => fields[index]!.name),
  );
}

const innerColumns = (conditions: readonly Expression[]): number[] =>
  [...referencedColumns(conditions)].filter(index => index < standInFrom.outer);

/** An expression whose inner columns have other places; stand-ins stay. */
export function moved(expression: Expression, place: (index: number) => number): Expression {
  return substituteColumns(expression, reference =>
    reference.index >= standInFrom.outer ? reference : Object.freeze({ ...reference, index: place(reference.index) }),
  );
}
