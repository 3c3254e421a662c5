import type { AggregateCall, Expression } from '../plan/expressions.ts';

/** What a call reads of a row: its arguments and its filter. */
export const operandsOf = (call: AggregateCall): readonly Expression[] => [
  ...call.arguments,
  ...(call.filter ? [call.filter] : []),
];

/** The same call over other operands. */
export function mapCall(call: AggregateCall, map: (expression: Expression) => Expression): AggregateCall {
  return Object.freeze({ ...call, arguments: call.arguments.map(map), ...(call.filter && { filter: map(call.filter) }) });
}
