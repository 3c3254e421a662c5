import { type Schema, types } from '../../columnar/types.ts';
import { notSupported, type Span } from '../../common/errors.ts';
import { aggregateFunctions } from '../../functions/index.ts';
import {
  type AggregateCall,
  call,
  column,
  type Expression,
  literal,
  type SortKey,
  substituteColumns,
} from '../../plan/expressions.ts';
import {
  type Aggregate,
  aggregate,
  filter,
  type Join,
  join,
  type Limit,
  type LogicalNode,
  over,
  project,
  sort,
  unionAll,
  windowTable,
} from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { runningFrame } from '../../plan/windows.ts';
import { builtin } from './builtins.ts';
import { conjunctionOf } from './conditions.ts';
import { arrange } from './pull-conditions.ts';
import { isCorrelated, standInFrom } from './stand-ins.ts';

/**
 * The general way out of a correlated sub-query: it is computed for all different outer values at once. `domain` has one row per combination of outer
 * values; the result has the query's columns, then the domain's, and is joined to the outer rows where these are not distinct from their values.
 * Source: Neumann and Kemper, "Unnesting Arbitrary Queries" (BTW 2015).
 */
export function dependentJoin(node: LogicalNode, domain: LogicalNode, span: Span): LogicalNode {
  const width = schemaOf(domain).length;
  const visit = (inner: LogicalNode): LogicalNode => {
    if (!isCorrelated(inner)) return join('inner', inner, domain);
    switch (inner.kind) {
      case 'filter': {
        const below = visit(inner.input);
        return filter(below, bound(inner.condition, below, width));
      }
      case 'project': {
        const below = visit(inner.input);
        const added = lastColumns(below, width);
        return project(
          below,
          [...inner.expressions.map(expression => bound(expression, below, width)), ...added],
          [...inner.names, ...added.map(reference => reference.name)],
        );
      }
      case 'aggregate':
        return aggregated(inner, visit(inner.input), domain);
      case 'sort': {
        const below = visit(inner.input);
        return sort(below, boundKeys(inner.keys, below, width), inner.span);
      }
      case 'limit':
        return limited(inner, visit(sortOf(inner)?.input ?? inner.input), width);
      case 'union':
        return unionAll(inner.inputs.map(visit));
      case 'window-table': {
        const below = visit(inner.input);
        const own = schemaOf(inner.input).length;
        const table = windowTable(below, inner.timeColumn, inner.window, inner.span, inner.partitionBy);
        return arrange(table, [...range(0, own), ...range(own + width, own + width + 3), ...range(own, own + width)]);
      }
      case 'over': {
        const below = visit(inner.input);
        const own = schemaOf(inner.input).length;
        const computed = over(
          below,
          [...inner.partitionBy.map(key => bound(key, below, width)), ...lastColumns(below, width)],
          boundKeys(inner.orderBy, below, width),
          inner.calls.map(item => boundCall(item, below, width)),
          [...schemaOf(below).map(field => field.name), ...inner.names.slice(-inner.calls.length)],
          inner.span,
        );
        const last = own + width + inner.calls.length;
        return arrange(computed, [...range(0, own), ...range(own + width, last), ...range(own, own + width)]);
      }
      case 'join':
        return joined(inner, visit, domain);
      default:
        throw notSupported('a sub-query that uses values of the query around it in this place', span);
    }
  };
  return visit(node);
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(to - from, 0) }, (_, index) => from + index);

function lastColumns(node: LogicalNode, count: number) {
  const fields = schemaOf(node);
  return range(fields.length - count, fields.length).map(index => column(index, fields[index]!));
}

/** Outer values become the domain's columns, which are the last of `node`. */
const bound = (expression: Expression, node: LogicalNode, width: number): Expression => {
  const fields = schemaOf(node);
  return replaced(expression, index => column(fields.length - width + index, fields[fields.length - width + index]!));
};

const boundKeys = (keys: readonly SortKey[], node: LogicalNode, width: number): SortKey[] =>
  keys.map(key => ({ ...key, expression: bound(key.expression, node, width) }));

function boundCall<T extends { readonly arguments: readonly Expression[]; readonly filter?: Expression | undefined }>(
  item: T,
  node: LogicalNode,
  width: number,
): T {
  return {
    ...item,
    arguments: item.arguments.map(argument => bound(argument, node, width)),
    ...(item.filter && { filter: bound(item.filter, node, width) }),
  };
}

/** Groups of each combination of outer values. Without keys there is a result for each, also where no rows are left. */
function aggregated(node: Aggregate, below: LogicalNode, domain: LogicalNode): LogicalNode {
  const width = schemaOf(domain).length;
  const added = lastColumns(below, width);
  const keys = [...node.keys.map(key => bound(key, below, width)), ...added];
  const calls = node.aggregates.map(item => boundCall(item, below, width));
  const own = node.keys.length;
  const names = [...node.names.slice(0, own), ...added.map(reference => reference.name), ...node.names.slice(own)];
  const grouped = aggregate(below, keys, calls, names, node.span);
  const results = calls.map((_, index) => own + width + index);
  if (own > 0) return arrange(grouped, [...range(0, own), ...results, ...range(own, own + width)]);
  const complete = join('left', domain, grouped, sameValues(domain, schemaOf(grouped)));
  const fields = schemaOf(complete);
  const values = calls.map((item, index) => overNothing(item, column(2 * width + index, fields[2 * width + index]!)));
  return project(
    complete,
    [...values, ...range(0, width).map(index => column(index, fields[index]!))],
    [...node.names, ...range(0, width).map(index => fields[index]!.name)],
  );
}

/** An aggregate's result where a join may have found no group: what it gives for no rows. */
export function overNothing(item: AggregateCall, result: Expression): Expression {
  const argumentTypes = item.arguments.map(argument => argument.type);
  const value =
    item.user === undefined
      ? aggregateFunctions.get(item.name)!.reference([], { arguments: argumentTypes, result: item.type })
      : item.user.empty;
  return value === null ? result : builtin('coalesce', [result, literal(value, item.type)], item.span ?? { start: 0, end: 0 });
}

/** The domain's columns against the first of what is joined to it, NULL equal to NULL. */
function sameValues(domain: LogicalNode, others: Schema): Expression | undefined {
  const fields = schemaOf(domain);
  return conjunctionOf(
    fields.map((field, index) =>
      call('is-not-distinct-from', [column(index, field), column(fields.length + index, others[index]!)], types.boolean(false)),
    ),
  );
}

/** LIMIT for each combination of outer values: the first rows by number. */
function limited(node: Limit, below: LogicalNode, width: number): LogicalNode {
  const order = boundKeys(sortOf(node)?.keys ?? [], below, width);
  const fields = schemaOf(below);
  const number = { name: 'row number', type: types.bigint(false) };
  const numbered = over(
    below,
    lastColumns(below, width),
    order,
    [{ name: 'row-number', arguments: [], distinct: false, frame: runningFrame('rows'), type: number.type }],
    [...fields.map(field => field.name), number.name],
  );
  const at = column(fields.length, number);
  const bounds = [
    ...(node.offset > 0 ? [call('greater-than', [at, literal(BigInt(node.offset), number.type)], types.boolean(false))] : []),
    ...(node.count === undefined
      ? []
      : [call('less-or-equal', [at, literal(BigInt(node.offset + node.count), number.type)], types.boolean(false))]),
  ];
  const condition = conjunctionOf(bounds);
  return arrange(condition === undefined ? numbered : filter(numbered, condition), range(0, fields.length));
}

const sortOf = (node: Limit) => (node.input.kind === 'sort' ? node.input : undefined);

/** A side without outer values stays as it is; where both have some, their rows must belong to the same combination. */
function joined(node: Join, visit: (node: LogicalNode) => LogicalNode, domain: LogicalNode): LogicalNode {
  const width = schemaOf(domain).length;
  const [oldLeft, oldRight] = [schemaOf(node.left).length, schemaOf(node.right).length];
  const rightOnly = isCorrelated(node.right) && !isCorrelated(node.left) && (node.join === 'inner' || node.join === 'right');
  if (rightOnly) {
    const right = visit(node.right);
    const fields = schemaOf(right);
    const condition =
      node.condition && replaced(node.condition, index => column(oldLeft + oldRight + index, fields[oldRight + index]!));
    return Object.freeze({ ...node, right, condition });
  }
  if (node.join === 'full' || (node.join === 'right' && isCorrelated(node.left)))
    throw notSupported(`a ${node.join} join in a sub-query that uses values of the query around it`, node.span);
  const left = visit(node.left);
  const leftFields = schemaOf(left);
  const both = isCorrelated(node.right);
  const right = both ? visit(node.right) : node.right;
  const own =
    node.condition &&
    replaced(
      node.condition,
      index => column(oldLeft + index, leftFields[oldLeft + index]!),
      index => (index < oldLeft ? index : index + width),
    );
  const fields = schemaOf(domain);
  const same = both
    ? fields.map((field, index) =>
        call(
          'is-not-distinct-from',
          [column(oldLeft + index, field), column(oldLeft + width + oldRight + index, field)],
          types.boolean(false),
        ),
      )
    : [];
  const next: LogicalNode = Object.freeze({ ...node, left, right, condition: conjunctionOf([...same, ...(own ? [own] : [])]) });
  if (node.join === 'semi' || node.join === 'anti') return next;
  const kept = node.join === 'mark' ? 1 : oldRight;
  return arrange(next, [
    ...range(0, oldLeft),
    ...range(oldLeft + width, oldLeft + width + kept),
    ...range(oldLeft, oldLeft + width),
  ]);
}

/** Stand-ins for outer values replaced, other columns moved. */
export function replaced(
  expression: Expression,
  outer: (index: number) => Expression,
  place: (index: number) => number = index => index,
): Expression {
  return substituteColumns(expression, reference => {
    if (reference.index >= standInFrom.outer) return outer(reference.index - standInFrom.outer);
    const index = place(reference.index);
    return index === reference.index ? reference : Object.freeze({ ...reference, index });
  });
}
