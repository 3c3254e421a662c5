import { type Schema, withNullable } from '../../columnar/types.ts';
import { scalarFunctions } from '../../functions/index.ts';
import { cast, column, type Expression } from '../../plan/expressions.ts';
import { type Join, type LogicalNode, project, withInputs } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { nodeRule } from '../rule.ts';

/** A filter that no row of NULLs passes makes an outer join of what it filters an inner one, or a full join a one-sided one. */
export const outerToInner = nodeRule('outer-to-inner', node => {
  if (node.kind !== 'filter' || node.input.kind !== 'join') return node;
  const { input } = node;
  if (input.join !== 'left' && input.join !== 'right' && input.join !== 'full') return node;
  const width = schemaOf(input.left).length;
  const noLeft = rejectsNulls(node.condition, index => index < width);
  const noRight = rejectsNulls(node.condition, index => index >= width);
  const kind = narrowed(input.join, noLeft, noRight);
  if (kind === input.join) return node;
  return restored(withInputs(node, [Object.freeze({ ...input, join: kind })]), node);
});

/** `noLeft`: rows without a left side are refused. */
function narrowed(kind: 'left' | 'right' | 'full', noLeft: boolean, noRight: boolean): Join['join'] {
  const keepsLeft = kind !== 'right' && !noRight;
  const keepsRight = kind !== 'left' && !noLeft;
  return keepsLeft ? (keepsRight ? 'full' : 'left') : keepsRight ? 'right' : 'inner';
}

/** Columns that can no longer be NULL keep the type they had. */
function restored(next: LogicalNode, before: LogicalNode): LogicalNode {
  return withNullability(next, schemaOf(before));
}

/** The same columns with the nullability of `fields`. */
export function withNullability(node: LogicalNode, fields: Schema): LogicalNode {
  const actual = schemaOf(node);
  if (actual.every((field, index) => field.type.nullable === fields[index]!.type.nullable)) return node;
  return project(
    node,
    actual.map((field, index) => {
      const wanted = fields[index]!.type.nullable;
      const reference = column(index, field);
      return wanted === field.type.nullable ? reference : cast(reference, withNullable(field.type, wanted));
    }),
    fields.map(field => field.name),
  );
}

const comparisons = new Set([
  'equals',
  'not-equals',
  'less-than',
  'less-or-equal',
  'greater-than',
  'greater-or-equal',
  'like',
  'in',
]);

/** Whether a condition is FALSE or NULL where all columns that `nulls` names are NULL. */
export function rejectsNulls(condition: Expression, nulls: (index: number) => boolean): boolean {
  if (condition.kind !== 'call') return false;
  const [first] = condition.arguments;
  switch (condition.name) {
    case 'and':
      return condition.arguments.some(part => rejectsNulls(part, nulls));
    case 'or':
      return condition.arguments.every(part => rejectsNulls(part, nulls));
    case 'is-not-null':
    case 'is-true':
      return isNull(first!, nulls);
    case 'in':
    case 'like':
      return isNull(first!, nulls);
    default:
      return comparisons.has(condition.name) && condition.arguments.some(argument => isNull(argument, nulls));
  }
}

/** Whether a value is NULL when those columns are. */
function isNull(expression: Expression, nulls: (index: number) => boolean): boolean {
  switch (expression.kind) {
    case 'column':
      return nulls(expression.index);
    case 'cast':
    case 'field':
      return isNull(expression.input, nulls);
    case 'call':
      return (
        scalarFunctions.get(expression.name)?.nulls === 'propagate' &&
        expression.arguments.some(argument => isNull(argument, nulls))
      );
    default:
      return false;
  }
}
