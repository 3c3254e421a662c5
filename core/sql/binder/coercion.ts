import {
  isCharacter,
  isTimestamp,
  type SqlType,
  sameType,
  types,
  typeToString,
  withNullable,
  withoutTimeAttribute,
} from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { canCast, canCastImplicitly, castMayGiveNull, commonType } from '../../functions/type-rules.ts';
import { cast, type Expression, literal } from '../../plan/expressions.ts';

const shown = (type: SqlType): string => typeToString(withoutTimeAttribute(type), false);

/** The expression as `type`, with its own nullability; unchanged when it has the type already. */
export function coerce(expression: Expression, type: SqlType): Expression {
  if (sameType(expression.type, type)) return expression;
  if (expression.kind === 'literal' && expression.value === null) return literal(null, withNullable(type, true), expression.span);
  const nullable = expression.type.nullable || castMayGiveNull(expression.type, type);
  return cast(expression, withNullable(withoutTimeAttribute(type), nullable), false, expression.span);
}

/** A cast Flink makes by itself, as for arguments and sinks. Errors: type-mismatch. */
export function implicitCast(expression: Expression, type: SqlType, what: string): Expression {
  if (sameType(expression.type, type) || expression.type.kind === 'NULL') return coerce(expression, type);
  if (canCastImplicitly(expression.type, type)) return coerce(expression, type);
  throw new TidemillError('type-mismatch', `${what} is ${shown(expression.type)} where ${shown(type)} is needed`, {
    span: expression.span,
    hint: canCast(expression.type, type) ? `write CAST(… AS ${shown(type)})` : undefined,
  });
}

/** CAST and TRY_CAST as written. */
export function explicitCast(operand: Expression, type: SqlType, safe: boolean, span: Span): Expression {
  if (operand.type.kind !== 'NULL' && !canCast(operand.type, type))
    throw new TidemillError('type-mismatch', `${shown(operand.type)} cannot be cast to ${shown(type)}`, { span });
  const target = withNullable(type, safe || operand.type.nullable || castMayGiveNull(operand.type, type));
  if (operand.kind === 'literal' && operand.value === null) return literal(null, withNullable(type, true), span);
  if (sameType(operand.type, target) && !isTimeAttribute(operand.type)) return safe ? cast(operand, target, true, span) : operand;
  return cast(operand, target, safe, span);
}

const isTimeAttribute = (type: SqlType): boolean => isTimestamp(type) && type.attribute !== undefined;

/** The type that all can be brought to, nullable when one is. Errors: type-mismatch at the first that does not fit. */
export function commonTypeOf(expressions: readonly Expression[], span: Span, what: string): SqlType {
  const known = expressions.filter(expression => expression.type.kind !== 'NULL');
  if (known.length === 0) return types.null;
  let type: SqlType = withoutTimeAttribute(known[0]!.type);
  for (const expression of known.slice(1)) {
    const next = withoutTimeAttribute(expression.type);
    const joined = commonType([type, next]);
    if (joined === undefined)
      throw new TidemillError('type-mismatch', `${what}: ${shown(type)} and ${shown(next)} have no common type`, {
        span: expression.span ?? span,
        hint: isCharacter(type) || isCharacter(next) ? 'write CAST(… AS STRING)' : `write CAST(… AS ${shown(type)})`,
      });
    type = joined;
  }
  return withNullable(
    type,
    expressions.some(expression => expression.type.nullable),
  );
}

/** A condition as WHERE, HAVING, FILTER and WHEN need one. */
export function requireBoolean(expression: Expression, clause: string): Expression {
  if (expression.type.kind === 'BOOLEAN') return expression;
  if (expression.type.kind === 'NULL') return coerce(expression, types.boolean());
  throw new TidemillError(
    'type-mismatch',
    `${clause} needs a condition, and this is ${typeToString(withoutTimeAttribute(expression.type), false)}`,
    {
      span: expression.span,
      hint: isTimestamp(expression.type) ? undefined : 'compare it with something: = , <> , < , IS NOT NULL',
    },
  );
}
