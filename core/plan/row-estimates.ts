import type { Expression } from './expressions.ts';
import type { LogicalNode } from './nodes.ts';
import { uniqueKeysOf } from './properties.ts';

const unknownRows = 100_000;

/** What a condition lets through, by its form: an equality a tenth, a range a third. */
function passes(condition: Expression): number {
  if (condition.kind !== 'call') return 0.5;
  switch (condition.name) {
    case 'and':
      return condition.arguments.reduce((share, argument) => share * passes(argument), 1);
    case 'or':
      return Math.min(
        condition.arguments.reduce((share, argument) => share + passes(argument), 0),
        1,
      );
    case 'not':
      return 1 - passes(condition.arguments[0]!) * 0.9;
    case 'equals':
      return 0.1;
    case 'in':
      return Math.min(0.1 * (condition.arguments.length - 1), 0.5);
    case 'like':
      return 0.1;
    case 'is-not-null':
    case 'not-equals':
      return 0.9;
    default:
      return 0.35;
  }
}

const estimates = new WeakMap<LogicalNode, number>();

/** About how many rows a node gives: from what sources tell about themselves, and rules of thumb. Only for choosing between plans. */
export function rowsEstimated(node: LogicalNode): number {
  let rows = estimates.get(node);
  if (rows === undefined) {
    rows = Math.max(estimate(node), 1);
    estimates.set(node, rows);
  }
  return rows;
}

function estimate(node: LogicalNode): number {
  switch (node.kind) {
    case 'scan': {
      const rows = (node.source.rowCount ?? unknownRows) * (node.filter === undefined ? 1 : passes(node.filter));
      return node.limit === undefined ? rows : Math.min(rows, node.limit);
    }
    case 'values':
      return node.rows.length;
    case 'filter':
      return rowsEstimated(node.input) * passes(node.condition);
    case 'aggregate':
      return node.keys.length === 0 ? 1 : rowsEstimated(node.input) * 0.3;
    case 'limit':
      return node.count === undefined ? rowsEstimated(node.input) : Math.min(rowsEstimated(node.input), node.count);
    case 'union':
    case 'set-operation':
      return node.inputs.reduce((sum, input) => sum + rowsEstimated(input), 0);
    case 'join': {
      const [left, right] = [rowsEstimated(node.left), rowsEstimated(node.right)];
      if (node.join === 'semi') return left * 0.5;
      if (node.join === 'anti') return left * 0.5;
      if (node.join === 'mark') return left;
      if (node.condition === undefined) return left * right;
      const one = uniqueKeysOf(node.right).some(key => key.length === 0) || uniqueKeysOf(node.left).some(key => key.length === 0);
      if (one) return Math.max(left, right);
      return joinedRows(left, right, sizeOf(node.left), sizeOf(node.right));
    }
    case 'expand':
      return rowsEstimated(node.input) * node.projections.length;
    case 'unnest':
    case 'table-call':
      return rowsEstimated(node.input) * 4;
    case 'match-recognize':
      return rowsEstimated(node.input) * 0.1;
    case 'project':
    case 'watermark':
    case 'window-table':
    case 'sort':
    case 'over':
    case 'process-table':
    case 'insert':
      return rowsEstimated(node.input);
  }
}

/** Each row of the larger table finds its row of the smaller one, as far as that has not been filtered away. */
export function joinedRows(left: number, right: number, leftSize: number, rightSize: number): number {
  return (left * right) / Math.max(Math.min(leftSize, rightSize), 1);
}

/** Rows of the largest table below, before anything is filtered: about how many different keys there are. */
export function sizeOf(node: LogicalNode): number {
  switch (node.kind) {
    case 'scan':
      return node.source.rowCount ?? unknownRows;
    case 'values':
      return Math.max(node.rows.length, 1);
    case 'union':
    case 'set-operation':
      return node.inputs.reduce((sum, input) => sum + sizeOf(input), 0);
    case 'join':
      return Math.max(sizeOf(node.left), sizeOf(node.right));
    case 'aggregate':
      return rowsEstimated(node);
    default:
      return sizeOf(node.input);
  }
}
