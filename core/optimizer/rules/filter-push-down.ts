import { type Expression, referencedColumns, substituteColumns } from '../../plan/expressions.ts';
import { type Filter, filter, type Join, type LogicalNode, unionAll, withInputs } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { windowKeysOf } from '../../plan/window-properties.ts';
import { isDeterministic } from '../determinism.ts';
import { nodeRule, type OptimizerContext } from '../rule.ts';
import { conjunction, conjunctsOf } from './filter-merge.ts';
import { splitBySide } from './join-conditions.ts';

/**
 * Filters move towards the sources: through projections, unions, sorts, an aggregation's keys, and window table functions. Never past a watermark,
 * which filtered rows would no longer move, nor past a limit.
 */
export const filterPushDown = nodeRule('filter-push-down', (node, context) =>
  node.kind === 'filter' ? push(node, context) : node,
);

function push(node: Filter, context: OptimizerContext): LogicalNode {
  const input = node.input;
  const conditions = conjunctsOf(node.condition);
  if (!conditions.every(condition => isDeterministic(condition, context))) return node;
  switch (input.kind) {
    case 'project': {
      const pushable = conditions.every(condition =>
        [...referencedColumns([condition])].every(column => isDeterministic(input.expressions[column]!, context)),
      );
      if (!pushable) return node;
      const below = conditions.map(condition => substituteColumns(condition, reference => input.expressions[reference.index]!));
      return withInputs(input, [push(filter(input.input, conjunction(below)!), context)]);
    }
    case 'union':
      return unionAll(input.inputs.map(branch => push(filter(branch, onBranch(node, branch)), context)));
    case 'set-operation':
      return withInputs(
        input,
        input.inputs.map(branch => push(filter(branch, onBranch(node, branch)), context)),
      );
    case 'over': {
      // what holds for a whole partition may be asked before it is made
      const partitioned = new Set(input.partitionBy.flatMap(key => (key.kind === 'column' ? [key.index] : [])));
      return splitBelow(node, context, column => partitioned.has(column));
    }
    case 'sort':
      return withInputs(input, [push(filter(input.input, node.condition), context)]);
    case 'window-table': {
      const width = schemaOf(input.input).length;
      // a session is made of the rows that are left
      const { window, partitionBy = [] } = input;
      return splitBelow(node, context, column => (window.kind === 'session' ? partitionBy.includes(column) : column < width));
    }
    case 'aggregate': {
      const window = windowKeysOf(input);
      const ofWindow = [...(window?.start ?? []), ...(window?.end ?? []), ...(window?.time ?? [])];
      return splitBelow(
        node,
        context,
        column => column < input.keys.length && !ofWindow.includes(column) && isDeterministic(input.keys[column]!, context),
      );
    }
    case 'join':
      return pushIntoJoin(node, input, context);
    default:
      return node;
  }
}

/** A filter keeps rows of a side that is never made up of NULLs; over an inner join it is a part of the condition. */
function pushIntoJoin(node: Filter, below: Join, context: OptimizerContext): LogicalNode {
  const width = schemaOf(below.left).length;
  const onlyLeft = below.join === 'semi' || below.join === 'anti' || below.join === 'mark';
  const conditions = conjunctsOf(node.condition);
  const sides = splitBySide(conditions, width, context);
  const left = below.join === 'right' || below.join === 'full' ? [] : sides.left;
  const right = below.join === 'inner' || below.join === 'right' ? sides.right : [];
  const rest = conditions.filter(part => !left.includes(part) && !right.includes(part));
  const joins = below.join === 'inner' && !onlyLeft && rest.length > 0;
  if (left.length + right.length === 0 && !joins) return node;
  const retyped = (part: Expression, input: LogicalNode, by: number): Expression => {
    const fields = schemaOf(input);
    return substituteColumns(part, reference => ({
      ...reference,
      index: reference.index - by,
      type: fields[reference.index - by]!.type,
    }));
  };
  const pushed = (input: LogicalNode, parts: readonly Expression[], by: number): LogicalNode =>
    parts.length === 0 ? input : push(filter(input, conjunction(parts.map(part => retyped(part, input, by)))!), context);
  const own = below.condition === undefined ? [] : conjunctsOf(below.condition);
  const condition = joins ? conjunction([...own, ...rest]) : below.condition;
  const next: Join = Object.freeze({
    ...below,
    left: pushed(below.left, left, 0),
    right: pushed(below.right, right, width),
    condition,
  });
  return joins || rest.length === 0 ? next : filter(next, conjunction(rest)!);
}

/** A branch of a union may have stricter types than the union. */
function onBranch(node: Filter, branch: LogicalNode): Filter['condition'] {
  const fields = schemaOf(branch);
  return substituteColumns(node.condition, reference => ({ ...reference, type: fields[reference.index]!.type }));
}

/** Conditions over passable columns go below the filter's input; the others stay. */
function splitBelow(node: Filter, context: OptimizerContext, passes: (column: number) => boolean): LogicalNode {
  const input = node.input;
  if (input.kind !== 'window-table' && input.kind !== 'aggregate' && input.kind !== 'over') return node;
  const conditions = conjunctsOf(node.condition);
  const down = conditions.filter(condition => {
    const columns = [...referencedColumns([condition])];
    return columns.length > 0 && columns.every(passes);
  });
  if (down.length === 0) return node;
  const below = down.map(condition =>
    substituteColumns(condition, reference => (input.kind === 'aggregate' ? input.keys[reference.index]! : reference)),
  );
  const pushed = withInputs(input, [push(filter(input.input, conjunction(below)!), context)]);
  const rest = conjunction(conditions.filter(condition => !down.includes(condition)));
  return rest === undefined ? pushed : filter(pushed, rest);
}
