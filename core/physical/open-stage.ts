import { type Field, type Schema, type SqlType, storageBytes, storageOf, typeToString } from '../columnar/types.ts';
import {
  type ColumnReference,
  column,
  type Expression,
  operands as operandsOf,
  substituteColumns,
  visitExpression,
  withOperands,
} from '../plan/expressions.ts';
import { expressionToString } from '../plan/print-expression.ts';
import { conjunctionOf } from './conditions.ts';
import type { OperatorSpec } from './operator-spec.ts';
import type { PlacedOperator, StageInput } from './plan.ts';

/** Stateless steps that have not become an operator yet: over the rows after the stage's operators. */
export interface Pending {
  readonly filter?: Expression | undefined;
  readonly outputs: readonly Expression[];
}

/** A stage under construction: frozen, each step gives a new one. */
export interface OpenStage {
  readonly inputs: readonly StageInput[];
  readonly operators: readonly PlacedOperator<OperatorSpec>[];
  /** Rows after `operators`, before `pending`. */
  readonly rows: Schema;
  readonly pending?: Pending | undefined;
  /** Columns as the logical node has them: names and types after `pending`. */
  readonly fields: Schema;
  readonly parallelism: number;
  readonly reason: string;
  /** Rows come in the order they must have at the end. */
  readonly ordered: boolean;
}

/** The expression for each of the stage's output columns, over its `rows`. */
export function outputsOf(stage: OpenStage): readonly Expression[] {
  return stage.pending?.outputs ?? stage.rows.map((field, index) => column(index, field));
}

/** An expression over the stage's output columns as one over its `rows`. */
export function inlined(stage: OpenStage, expression: Expression): Expression {
  if (stage.pending === undefined) return expression;
  const { outputs } = stage.pending;
  return substituteColumns(expression, reference => outputs[reference.index]!);
}

export function withFilter(stage: OpenStage, condition: Expression): OpenStage {
  const filter = conjunctionOf([...(stage.pending?.filter ? [stage.pending.filter] : []), inlined(stage, condition)]);
  return Object.freeze({ ...stage, pending: { filter, outputs: outputsOf(stage) } });
}

export function withProjection(stage: OpenStage, expressions: readonly Expression[], fields: Schema): OpenStage {
  const pending: Pending = { filter: stage.pending?.filter, outputs: expressions.map(expression => inlined(stage, expression)) };
  return Object.freeze({ ...stage, pending, fields });
}

/** The pending steps as an operator, unless they change nothing. */
export function flushed(stage: OpenStage, nextId: (kind: string) => string): OpenStage {
  const { pending } = stage;
  if (pending === undefined) return stage;
  const unchanged =
    pending.filter === undefined &&
    pending.outputs.length === stage.rows.length &&
    pending.outputs.every((output, index) => output.kind === 'column' && output.index === index);
  if (unchanged) return Object.freeze({ ...stage, pending: undefined });
  const spec: OperatorSpec = Object.freeze({
    kind: 'compute',
    compute: Object.freeze({ input: stage.rows, filter: pending.filter, outputs: pending.outputs }),
    schema: stage.fields,
  });
  return withOperator(Object.freeze({ ...stage, pending: undefined }), { id: nextId('compute'), spec }, stage.fields);
}

export function withOperator(stage: OpenStage, operator: PlacedOperator<OperatorSpec>, schema: Schema): OpenStage {
  return Object.freeze({
    ...stage,
    operators: [...stage.operators, Object.freeze(operator)],
    rows: schema,
    fields: schema,
    pending: undefined,
  });
}

/**
 * What must exist as columns before an exchange: `needed` as they are, and for `operands` whatever is less to send: their value, or the columns they
 * are computed from behind it. `place` gives an expression over the columns sent.
 */
export function materialised(
  stage: OpenStage,
  needed: readonly Expression[],
  operands: readonly Expression[],
): { readonly stage: OpenStage; readonly place: (expression: Expression) => Expression } {
  const places = new Map<string, number>();
  const chosen: Expression[] = [];
  const send = (expression: Expression): void => {
    if (expression.kind === 'literal' || places.has(textOf(expression))) return;
    places.set(textOf(expression), chosen.push(expression) - 1);
  };
  for (const expression of [...needed, ...operands.filter(operand => operand.kind === 'column')]) send(expression);
  for (const operand of operands) {
    const missing = columnsOf(operand).filter(reference => !places.has(textOf(reference)));
    const bytes = missing.reduce((sum, reference) => sum + sentBytes(reference.type), 0);
    if (bytes >= sentBytes(operand.type)) send(operand);
    else for (const reference of missing) send(reference);
  }
  const fields: Field[] = chosen.map((expression, index) => ({
    name: expression.kind === 'column' ? expression.name : `value${index}`,
    type: expression.type,
  }));
  const place = (expression: Expression): Expression => {
    const index = places.get(textOf(expression));
    if (index !== undefined) return column(index, fields[index]!, expression.span);
    return withOperands(expression, operandsOf(expression).map(place));
  };
  return { stage: withProjection(stage, chosen, fields), place };
}

const textOf = (expression: Expression): string =>
  `${expressionToString(expression, { positions: true })}:${typeToString(expression.type)}`;
const sentBytes = (type: SqlType): number => storageBytes(storageOf(type)) || 32;

function columnsOf(expression: Expression): ColumnReference[] {
  const found = new Map<number, ColumnReference>();
  visitExpression(expression, inner => {
    if (inner.kind === 'column') found.set(inner.index, inner);
  });
  return [...found.values()];
}

/** Whether pending expressions may go into an operator's own: plain columns, or computed for one use only. */
export function mayInline(stage: OpenStage, expressions: readonly Expression[]): boolean {
  const outputs = stage.pending?.outputs;
  if (outputs === undefined) return true;
  const uses = outputs.map(() => 0);
  for (const expression of expressions)
    visitExpression(expression, inner => {
      if (inner.kind === 'column') uses[inner.index]!++;
    });
  return outputs.every((output, index) => uses[index]! <= 1 || output.kind === 'column' || output.kind === 'literal');
}
