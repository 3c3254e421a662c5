import type { FunctionDescriptor } from '../../catalog/descriptors.ts';
import { withNullable } from '../../columnar/types.ts';
import type { Span } from '../../common/errors.ts';
import { type Expression, userCall } from '../../plan/expressions.ts';
import { implicitCast } from './coercion.ts';

/**
 * A call of a user's scalar function. It can be NULL as its result can, and where a NULL can come into an argument with which the function is not called.
 * @throws TidemillError `type-mismatch`.
 */
export function boundUserCall(
  { key, argumentTypes, resultType, seesNulls }: FunctionDescriptor,
  args: readonly Expression[],
  written: string,
  span?: Span,
): Expression {
  const cast = args.map((argument, index) =>
    implicitCast(argument, withNullable(argumentTypes[index]!, true), `argument ${index + 1} of ${written}`),
  );
  const skips = cast.some((argument, index) => argument.type.nullable && seesNulls?.[index] !== true);
  return userCall(key, cast, skips ? withNullable(resultType, true) : resultType, span);
}
