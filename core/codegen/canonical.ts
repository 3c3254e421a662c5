import { typeToString } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Expression } from '../plan/expressions.ts';

const known = new WeakMap<Expression, string>();

/** Text that is equal for expressions of equal meaning and types over equal inputs; places in the statement are left out. */
export function canonicalText(expression: Expression): string {
  let text = known.get(expression);
  if (text === undefined) {
    text = `${body(expression)}:${typeToString(expression.type)}`;
    known.set(expression, text);
  }
  return text;
}

function body(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return `$${expression.index}`;
    case 'literal':
      return `=${valueText(expression.value)}`;
    case 'call':
      return `${expression.name}(${expression.arguments.map(canonicalText).join()})`;
    case 'user-call':
      return `!${JSON.stringify(expression.name)}(${expression.arguments.map(canonicalText).join()})`;
    case 'case':
      return `case(${expression.branches.map(branch => `${canonicalText(branch.when)}?${canonicalText(branch.result)}`).join()},${canonicalText(expression.otherwise)})`;
    case 'cast':
      return `${expression.safe ? 'try-cast' : 'cast'}(${canonicalText(expression.input)})`;
    case 'field':
      return `${canonicalText(expression.input)}.${expression.index}`;
  }
}

export function valueText(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  return `[${value.map(valueText).join()}]`;
}
