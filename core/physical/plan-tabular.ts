import { keyLayoutOf } from '../columnar/key-layout.ts';
import { withoutTimeAttribute } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import type { OperatorSpec } from '../operators/index.ts';
import { column } from '../plan/expressions.ts';
import type { ProcessTable, TableCall, Unnest } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { carriedColumns } from '../plan/tabular.ts';
import { type OpenStage, withOperator } from './open-stage.ts';
import type { PlanSteps } from './plan-steps.ts';

/** Nodes that make several rows of one. */

export function planUnnest(node: Unnest, final: boolean, steps: PlanSteps): OpenStage {
  const below = steps.visit(node.input, final);
  const columns = [...node.kept.map(index => column(index, below.fields[index]!)), node.collection];
  const { stage, filter, columns: outputs } = steps.fused(below, columns);
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'unnest',
    compute: Object.freeze({ input: stage.rows, filter, outputs }),
    outer: node.outer,
    ordinality: node.ordinality,
    condition: node.condition,
    schema,
  });
  return withOperator(stage, { id: steps.id('unnest'), spec }, schema);
}

export function planTableCall(node: TableCall, final: boolean, steps: PlanSteps): OpenStage {
  if (!node.deterministic && !steps.appends(node.input, final))
    throw notSupported(
      `${node.function}, which is not deterministic, over rows that change`,
      node.span,
      'what it made of a row has to be taken back: declare it deterministic, or call it before rows are grouped',
    );
  const below = steps.visit(node.input, final);
  const columns = [...node.kept.map(index => column(index, below.fields[index]!)), ...node.arguments];
  const { stage, filter, columns: outputs } = steps.fused(below, columns);
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'table-call',
    compute: Object.freeze({ input: stage.rows, filter, outputs }),
    keptCount: node.kept.length,
    function: node.function,
    outer: node.outer,
    condition: node.condition,
    schema,
  });
  return withOperator(stage, { id: steps.id('table-call'), spec }, schema);
}

/** Rows of a partition go to one task, in the order they come. */
export function planProcessTable(node: ProcessTable, final: boolean, steps: PlanSteps): OpenStage {
  const { shape } = node;
  if (!shape.table.updates && !steps.appends(node.input, final))
    throw notSupported(
      `${node.function} over rows that change`,
      node.span,
      'its table takes rows that are only added; aggregate after it',
    );
  const fields = schemaOf(node.input);
  const carried = carriedColumns(node, fields.length);
  const below = steps.flush(steps.visit(node.input, final));
  const place = (index: number) => column(index, below.rows[index]!);
  const rows =
    node.partitionBy === undefined
      ? below
      : steps.byKeys(below, node.partitionBy.map(place), 'partitions of a process table function');
  const partition = node.partitionBy?.map(index => carried.indexOf(index)) ?? [];
  const states = shape.states.map(state => {
    const ttlMs = steps.runtimeMode === 'batch' ? 0 : (state.ttlMs ?? steps.stateTtlMs ?? 0);
    return Object.freeze({ ...state, ttlMs });
  });
  const schema = schemaOf(node);
  const outputs = [
    ...carried.map(place),
    ...node.columns.map(place),
    ...node.arguments,
    ...(node.onTime === undefined ? [] : [place(node.onTime)]),
  ];
  const keys = partition.map(index => outputs[index]!);
  const spec: OperatorSpec = Object.freeze({
    kind: 'process-table',
    compute: Object.freeze({
      input: rows.rows,
      outputs,
      ...(keys.length > 0 && {
        key: { expressions: keys, layout: keyLayoutOf(keys.map(key => withoutTimeAttribute(key.type))) },
      }),
    }),
    function: node.function,
    carriedCount: carried.length,
    argumentCount: node.columns.length + node.arguments.length,
    hasTime: node.onTime !== undefined,
    partition,
    keyed: node.partitionBy !== undefined,
    states,
    hasTimer: shape.hasTimer && node.onTime !== undefined,
    ttl: states.length > 0 && states.every(state => state.ttlMs > 0),
    schema,
  });
  return withOperator(rows, { id: node.id ?? steps.id('process-table'), spec }, schema);
}
