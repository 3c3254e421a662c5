import { referencedColumns } from '../plan/expressions.ts';
import { expressionsOf } from '../plan/node-expressions.ts';
import { type Filter, inputsOf, type Join, type LogicalNode } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';

/** By join and filter: its output columns that something above reads. A node that is there several times counts for all its places. */
export function columnsNeeded(plan: LogicalNode): ReadonlyMap<Join | Filter, ReadonlySet<number>> {
  const needs = new Map<Join | Filter, Set<number>>();
  const note = (node: Join | Filter, above: ReadonlySet<number>): void => {
    needs.set(node, new Set([...(needs.get(node) ?? []), ...above]));
  };
  const visit = (node: LogicalNode, above: ReadonlySet<number>): void => {
    switch (node.kind) {
      case 'project':
      case 'aggregate':
        visit(node.input, referencedColumns(expressionsOf(node)));
        return;
      case 'filter':
        note(node, above);
        visit(node.input, new Set([...above, ...referencedColumns(expressionsOf(node))]));
        return;
      case 'sort':
        visit(node.input, new Set([...above, ...referencedColumns(expressionsOf(node))]));
        return;
      case 'limit':
        visit(node.input, above);
        return;
      case 'join': {
        note(node, above);
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
