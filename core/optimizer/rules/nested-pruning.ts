import { type Expression, operands } from '../../plan/expressions.ts';
import { inputsOf, type LogicalNode, type Scan, withInputs } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { Rule } from '../rule.ts';

/** What is read of a column: the whole of it, or these fields of a ROW. */
type Use = 'all' | Set<number>;
/** By column; a column without entry is not read at all. */
type Uses = Map<number, Use>;

/** Of ROW columns a scan names the fields that are read, so that a source need not make the others. */
export const nestedPruning: Rule = {
  name: 'nested-pruning',
  apply: plan => visit(plan, new Map(schemaOf(plan).map((_, index) => [index, 'all']))),
};

function visit(node: LogicalNode, uses: Uses): LogicalNode {
  switch (node.kind) {
    case 'scan':
      return scanOf(node, uses);
    case 'values':
      return node;
    case 'filter':
      addExpression(uses, node.condition);
      return withInputs(node, [visit(node.input, uses)]);
    case 'project': {
      const below: Uses = new Map();
      for (const [index, expression] of node.expressions.entries()) {
        const use = uses.get(index);
        if (use === undefined) continue;
        if (expression.kind === 'column') addUse(below, expression.index, use);
        else addExpression(below, expression);
      }
      return withInputs(node, [visit(node.input, below)]);
    }
    case 'watermark':
      addUse(uses, node.column, 'all');
      addExpression(uses, node.watermark);
      return withInputs(node, [visit(node.input, uses)]);
    case 'window-table': {
      const width = schemaOf(node.input).length;
      const below: Uses = new Map([...uses].filter(([index]) => index < width));
      for (const index of [node.timeColumn, ...(node.partitionBy ?? [])]) addUse(below, index, 'all');
      return withInputs(node, [visit(node.input, below)]);
    }
    case 'aggregate': {
      const below: Uses = new Map();
      for (const key of node.keys) addExpression(below, key);
      for (const call of node.aggregates)
        for (const inner of [...call.arguments, ...(call.filter ? [call.filter] : [])]) addExpression(below, inner);
      return withInputs(node, [visit(node.input, below)]);
    }
    case 'sort':
      for (const key of node.keys) addExpression(uses, key.expression);
      return withInputs(node, [visit(node.input, uses)]);
    case 'limit':
      return withInputs(node, [visit(node.input, uses)]);
    case 'expand': {
      const below: Uses = new Map();
      for (const projection of node.projections) for (const index of uses.keys()) addExpression(below, projection[index]!);
      return withInputs(node, [visit(node.input, below)]);
    }
    case 'unnest': {
      if (node.condition !== undefined) addExpression(uses, node.condition);
      const below: Uses = new Map();
      for (const [place, index] of node.kept.entries()) {
        const use = uses.get(place);
        if (use !== undefined) addUse(below, index, use);
      }
      addExpression(below, node.collection);
      return withInputs(node, [visit(node.input, below)]);
    }
    case 'table-call': {
      if (node.condition !== undefined) addExpression(uses, node.condition);
      const below: Uses = new Map();
      for (const [place, index] of node.kept.entries()) {
        const use = uses.get(place);
        if (use !== undefined) addUse(below, index, use);
      }
      for (const argument of node.arguments) addExpression(below, argument);
      return withInputs(node, [visit(node.input, below)]);
    }
    case 'over': {
      const width = schemaOf(node.input).length;
      const below: Uses = new Map([...uses].filter(([index]) => index < width));
      for (const key of [...node.partitionBy, ...node.orderBy.map(sortKey => sortKey.expression)]) addExpression(below, key);
      for (const call of node.calls)
        for (const inner of [...call.arguments, ...(call.filter ? [call.filter] : [])]) addExpression(below, inner);
      return withInputs(node, [visit(node.input, below)]);
    }
    case 'match-recognize':
    case 'process-table':
    case 'set-operation':
      return withInputs(
        node,
        inputsOf(node).map(input => visit(input, new Map(schemaOf(input).map((_, index) => [index, 'all'] as const)))),
      );
    case 'union':
      return withInputs(
        node,
        node.inputs.map(input => visit(input, new Map([...uses].map(([index, use]) => [index, copied(use)])))),
      );
    case 'join': {
      if (node.condition !== undefined) addExpression(uses, node.condition);
      const width = schemaOf(node.left).length;
      const left: Uses = new Map();
      const right: Uses = new Map();
      const rightWidth = schemaOf(node.right).length;
      for (const [index, use] of uses) {
        if (index < width) addUse(left, index, use);
        else if (index - width < rightWidth) addUse(right, index - width, use);
      }
      return withInputs(node, [visit(node.left, left), visit(node.right, right)]);
    }
    case 'insert': {
      const all: Uses = new Map(schemaOf(node.input).map((_, index) => [index, 'all']));
      return withInputs(node, [visit(node.input, all)]);
    }
  }
}

const copied = (use: Use): Use => (use === 'all' ? use : new Set(use));

function addUse(uses: Uses, column: number, use: Use): void {
  const known = uses.get(column);
  if (known === undefined) uses.set(column, copied(use));
  else if (known !== 'all') {
    if (use === 'all') uses.set(column, 'all');
    else for (const field of use) known.add(field);
  }
}

function addExpression(uses: Uses, expression: Expression): void {
  if (expression.kind === 'column') {
    addUse(uses, expression.index, 'all');
    return;
  }
  if (expression.kind === 'field' && expression.input.kind === 'column') {
    addUse(uses, expression.input.index, new Set([expression.index]));
    return;
  }
  for (const operand of operands(expression)) addExpression(uses, operand);
}

function scanOf(node: Scan, uses: Uses): LogicalNode {
  if (node.filter !== undefined) addExpression(uses, node.filter);
  const usedFields = schemaOf(node).map((field, index) => {
    const use = uses.get(index);
    if (field.type.kind !== 'ROW' || use === undefined || use === 'all') return undefined;
    return [...use].sort((left, right) => left - right);
  });
  const text = JSON.stringify(usedFields);
  if (usedFields.every(used => used === undefined) || text === JSON.stringify(node.usedFields)) return node;
  return Object.freeze({ ...node, usedFields: Object.freeze(usedFields) });
}
