import { inputsOf, type LogicalNode, type WatermarkAssigner, withInputs } from '../../plan/nodes.ts';
import { sortsByTime } from '../../plan/properties.ts';
import { schemaOf } from '../../plan/schema.ts';
import { carriedColumns } from '../../plan/tabular.ts';
import type { Rule } from '../rule.ts';

/** A watermark nobody waits for is not computed: no window and no order by time reads its column. */
export const unusedWatermark: Rule = {
  name: 'unused-watermark',
  apply(plan, { keepsWatermarks }) {
    if (keepsWatermarks === true) return plan;
    const used = new Set<WatermarkAssigner>();
    collect(plan, used);
    return drop(plan, used);
  },
};

function collect(node: LogicalNode, used: Set<WatermarkAssigner>): void {
  if (node.kind === 'window-table') trace(node.input, node.timeColumn, used);
  if (node.kind === 'sort' && sortsByTime(node)) {
    const first = node.keys[0]!.expression;
    if (first.kind === 'column') trace(node.input, first.index, used);
  }
  if (node.kind === 'over' || node.kind === 'match-recognize')
    for (const { expression } of node.orderBy) if (expression.kind === 'column') trace(node.input, expression.index, used);
  // its timers, and what it is told of the time, follow the watermark whatever is read of its rows
  if (node.kind === 'process-table' && node.onTime !== undefined) trace(node.input, node.onTime, used);
  for (const input of inputsOf(node)) collect(input, used);
}

/** Follows a column down to the watermark that makes it a time attribute. */
function trace(node: LogicalNode, column: number, used: Set<WatermarkAssigner>): void {
  switch (node.kind) {
    case 'watermark':
      if (node.column === column) used.add(node);
      trace(node.input, column, used);
      return;
    case 'project': {
      const expression = node.expressions[column]!;
      if (expression.kind === 'column') trace(node.input, expression.index, used);
      return;
    }
    case 'aggregate': {
      const key = node.keys[column];
      if (key?.kind === 'column') trace(node.input, key.index, used);
      return;
    }
    case 'window-table':
      // its own columns stand for the time column below, which collect() follows
      if (column < schemaOf(node.input).length) trace(node.input, column, used);
      return;
    case 'over':
      if (column < schemaOf(node.input).length) trace(node.input, column, used);
      return;
    case 'expand':
      for (const projection of node.projections) {
        const expression = projection[column]!;
        if (expression.kind === 'column') trace(node.input, expression.index, used);
      }
      return;
    case 'unnest':
    case 'table-call': {
      const kept = node.kept[column];
      if (kept !== undefined) trace(node.input, kept, used);
      return;
    }
    case 'process-table': {
      const carried = carriedColumns(node, schemaOf(node.input).length)[column];
      if (carried !== undefined) trace(node.input, carried, used);
      return;
    }
    case 'match-recognize':
      if (column < node.partitionBy.length) trace(node.input, node.partitionBy[column]!, used);
      return;
    case 'set-operation':
    case 'union':
      for (const input of node.inputs) trace(input, column, used);
      return;
    case 'join': {
      const width = schemaOf(node.left).length;
      if (column < width) trace(node.left, column, used);
      else if (node.join !== 'mark') trace(node.right, column - width, used);
      return;
    }
    case 'filter':
    case 'sort':
    case 'limit':
      trace(node.input, column, used);
      return;
    case 'scan':
    case 'values':
    case 'insert':
      return;
  }
}

function drop(node: LogicalNode, used: ReadonlySet<WatermarkAssigner>): LogicalNode {
  if (node.kind === 'watermark' && !used.has(node)) return drop(node.input, used);
  return withInputs(
    node,
    inputsOf(node).map(input => drop(input, used)),
  );
}
