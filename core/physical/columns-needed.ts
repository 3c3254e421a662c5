import { referencedColumns } from '../plan/expressions.ts';
import { expressionsOf } from '../plan/node-expressions.ts';
import { inputsOf, type Join, type LogicalNode } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';

/** By join: its output columns that something above reads. A node that is there several times counts for all its places. */
export function columnsNeeded(plan: LogicalNode): ReadonlyMap<Join, ReadonlySet<number>> {
  const needs = new Map<Join, Set<number>>();
  const visit = (node: LogicalNode, above: ReadonlySet<number>): void => {
    switch (node.kind) {
      case 'project':
      case 'aggregate':
        visit(node.input, referencedColumns(expressionsOf(node)));
        return;
      case 'filter':
      case 'sort':
        visit(node.input, new Set([...above, ...referencedColumns(expressionsOf(node))]));
        return;
      case 'limit':
        visit(node.input, above);
        return;
      case 'join': {
        const known = needs.get(node);
        needs.set(node, new Set([...(known ?? []), ...above]));
        const width = schemaOf(node.left).length;
        const onlyLeft = node.join === 'semi' || node.join === 'anti' || node.join === 'mark';
        const used = new Set([
          ...[...above].filter(index => !onlyLeft || index < width),
          ...referencedColumns(expressionsOf(node)),
        ]);
        visit(node.left, new Set([...used].filter(index => index < width)));
        visit(node.right, new Set([...used].flatMap(index => (index < width ? [] : [index - width]))));
        return;
      }
      default:
        for (const input of inputsOf(node)) visit(input, allColumns(input));
    }
  };
  visit(plan, allColumns(plan));
  return needs;
}

const allColumns = (node: LogicalNode): Set<number> => new Set(schemaOf(node).keys());
