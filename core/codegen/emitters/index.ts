import type { Call, Cast } from '../../plan/expressions.ts';
import { formOf } from '../operand.ts';
import type { Emitter } from '../row-emitter.ts';
import { arithmeticEmitters } from './arithmetic.ts';
import { canEmitCast } from './casts.ts';
import { comparisonEmitters } from './comparison.ts';
import { logicalEmitters } from './logical.ts';

export { emitCast } from './casts.ts';

/** Emitters of the catalogue's functions, by name. */
export const emitters: Readonly<Record<string, Emitter>> = {
  ...arithmeticEmitters,
  ...comparisonEmitters,
  ...logicalEmitters,
};

/** Only the NULLs of these arguments are looked at. */
const nullTests = new Set(['is-null', 'is-not-null', 'is-unknown', 'is-not-unknown']);
const arithmetic = new Set(['plus', 'minus', 'times', 'divide', 'mod', 'negate', 'abs', 'sign']);

/** Can a loop compute this call or cast (its operands aside)? */
export function canEmit(expression: Call | Cast): boolean {
  if (expression.kind === 'cast') return canEmitCast(expression.input.type, expression.type);
  if (emitters[expression.name] === undefined) return false;
  if (nullTests.has(expression.name)) return true;
  const all = [expression.type, ...expression.arguments.map(argument => argument.type)];
  if (all.some(type => formOf(type) === 'nested')) return false;
  if (arithmetic.has(expression.name)) return all.every(type => !temporal.has(type.kind));
  return true;
}

const temporal = new Set(['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ']);
