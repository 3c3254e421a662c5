import type { Call, Cast } from '../../plan/expressions.ts';
import { formOf } from '../operand.ts';
import type { Emitter } from '../row-emitter.ts';
import { arithmeticEmitters } from './arithmetic.ts';
import { canEmitCast } from './casts.ts';
import { comparisonEmitters } from './comparison.ts';
import { elementaryEmitters } from './elementary.ts';
import { logicalEmitters } from './logical.ts';
import { roundingEmitters, roundingIsKnown } from './rounding.ts';
import { stringCallIsKnown, stringEmitters } from './strings.ts';
import { movedTime, temporalCallIsKnown, temporalEmitters } from './temporal.ts';

export { emitCast } from './casts.ts';

/** Emitters of the catalogue's functions, by name. */
export const emitters: Readonly<Record<string, Emitter>> = {
  ...arithmeticEmitters,
  ...roundingEmitters,
  ...elementaryEmitters,
  ...comparisonEmitters,
  ...logicalEmitters,
  ...stringEmitters,
  ...temporalEmitters,
  plus: movedTime(arithmeticEmitters['plus']!, false),
  minus: movedTime(arithmeticEmitters['minus']!, true),
};

/** Only the NULLs of these arguments are looked at. */
const nullTests = new Set(['is-null', 'is-not-null', 'is-unknown', 'is-not-unknown']);

/** Can a loop compute this call or cast (its operands aside)? */
export function canEmit(expression: Call | Cast): boolean {
  if (expression.kind === 'cast') return canEmitCast(expression.input.type, expression.type);
  if (emitters[expression.name] === undefined) return false;
  if (nullTests.has(expression.name)) return true;
  const all = [expression.type, ...expression.arguments.map(argument => argument.type)];
  if (all.some(type => formOf(type) === 'nested')) return false;
  if (all.some(type => type.kind === 'BINARY' || type.kind === 'VARBINARY') && textOnly.has(expression.name)) return false;
  return stringCallIsKnown(expression) && temporalCallIsKnown(expression) && roundingIsKnown(expression);
}

const textOnly = new Set(['upper', 'lower', 'char-length', 'reverse', 'like', 'greatest', 'least']);
