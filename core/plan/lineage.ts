import { createHash } from 'node:crypto';
import { type AggregateCall, type Expression, type SortKey, substituteColumns } from './expressions.ts';
import type { LogicalNode } from './nodes.ts';
import { aggregateToString, expressionToString, sortKeyToString } from './print-expression.ts';
import { schemaOf } from './schema.ts';
import { carriedColumns } from './tabular.ts';
import type { FrameBound, OverCall } from './windows.ts';

/** Longer texts are named by their hash, so that columns of columns of columns stay short. */
const textMax = 160;

const known = new WeakMap<LogicalNode, Map<number, string>>();

/**
 * What an output column of a node is made of, down to the columns of tables: it stays the same when an alias is renamed, a column is added or
 * the order of columns changes. Equal texts over equal inputs mean equal values.
 *
 * @example
 * // SELECT k AS kk, v + 1 AS w FROM t
 * lineageOf(project, 1); // '(v + 1)'
 */
export function lineageOf(node: LogicalNode, index: number): string {
  let columns = known.get(node);
  if (columns === undefined) known.set(node, (columns = new Map()));
  let text = columns.get(index);
  if (text === undefined) columns.set(index, (text = short(derive(node, index))));
  return text;
}

/** An expression over a node's columns, as text over the columns of tables. */
export const canonicalExpression = (expression: Expression, input: LogicalNode): string =>
  short(expressionToString(traced(expression, input)));

/** An aggregate call over a node's columns, as text over the columns of tables. */
export const canonicalAggregate = (call: AggregateCall, input: LogicalNode): string =>
  short(
    aggregateToString({
      ...call,
      arguments: call.arguments.map(argument => traced(argument, input)),
      ...(call.filter && { filter: traced(call.filter, input) }),
    }),
  );

export const canonicalSortKey = (key: SortKey, input: LogicalNode): string =>
  short(sortKeyToString({ ...key, expression: traced(key.expression, input) }));

/** A condition of a join, whose columns are those of the left and then of the right. */
export function canonicalCondition(condition: Expression, left: LogicalNode, right: LogicalNode): string {
  const width = schemaOf(left).length;
  const named = substituteColumns(condition, reference => {
    const { index } = reference;
    const name = index < width ? `left.${lineageOf(left, index)}` : `right.${lineageOf(right, index - width)}`;
    return { ...reference, name };
  });
  return short(expressionToString(named));
}

export function canonicalOverCall(call: OverCall, input: LogicalNode): string {
  const args = call.arguments.map(argument => canonicalExpression(argument, input)).join(', ');
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${canonicalExpression(call.filter, input)})`;
  const { unit, start, end } = call.frame;
  return `${call.name}(${call.distinct ? 'DISTINCT ' : ''}${args})${filter} ${unit} ${boundText(start)} to ${boundText(end)}`;
}

const boundText = (bound: FrameBound): string =>
  bound.kind === 'preceding' || bound.kind === 'following' ? `${expressionToString(bound.offset)} ${bound.kind}` : bound.kind;

function traced(expression: Expression, input: LogicalNode): Expression {
  return substituteColumns(expression, reference => ({ ...reference, name: lineageOf(input, reference.index) }));
}

const short = (text: string): string =>
  text.length <= textMax ? text : `#${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

function derive(node: LogicalNode, index: number): string {
  switch (node.kind) {
    case 'scan':
      return node.source.schema[node.columns[index]!]!.name;
    case 'values':
      return `value ${index}`;
    case 'project':
      return canonicalExpression(node.expressions[index]!, node.input);
    case 'filter':
    case 'watermark':
    case 'sort':
    case 'limit':
    case 'insert':
      return lineageOf(node.input, index);
    case 'window-table': {
      const added = index - schemaOf(node.input).length;
      return added < 0
        ? lineageOf(node.input, index)
        : (['window start', 'window end', 'window time'][added] ?? `window ${added}`);
    }
    case 'aggregate': {
      const call = node.aggregates[index - node.keys.length];
      return call === undefined ? canonicalExpression(node.keys[index]!, node.input) : canonicalAggregate(call, node.input);
    }
    case 'join': {
      const width = schemaOf(node.left).length;
      if (index < width) return `left.${lineageOf(node.left, index)}`;
      return node.join === 'mark' ? 'found' : `right.${lineageOf(node.right, index - width)}`;
    }
    case 'union':
    case 'set-operation':
      return [...new Set(node.inputs.map(input => lineageOf(input, index)))].join(' or ');
    case 'expand':
      return [...new Set(node.projections.map(each => canonicalExpression(each[index]!, node.input)))].join(' or ');
    case 'unnest': {
      const kept = node.kept[index];
      if (kept !== undefined) return lineageOf(node.input, kept);
      return `element ${index - node.kept.length} of ${canonicalExpression(node.collection, node.input)}`;
    }
    case 'table-call': {
      const kept = node.kept[index];
      if (kept !== undefined) return lineageOf(node.input, kept);
      const given = node.arguments.map(argument => canonicalExpression(argument, node.input)).join(', ');
      return `column ${index - node.kept.length} of ${node.function}(${given})`;
    }
    case 'process-table': {
      const carried = carriedColumns(node, schemaOf(node.input).length);
      const column = carried[index];
      return column === undefined ? `column ${index - carried.length} of ${node.uid}` : lineageOf(node.input, column);
    }
    case 'over': {
      const call = node.calls[index - schemaOf(node.input).length];
      return call === undefined ? lineageOf(node.input, index) : canonicalOverCall(call, node.input);
    }
    case 'match-recognize': {
      const column = node.partitionBy[index];
      return column === undefined ? `measure ${node.names[index - node.partitionBy.length]}` : lineageOf(node.input, column);
    }
  }
}
