import type { SqlType } from '../columnar/types.ts';
import { typeToString } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError, notSupported, TidemillError } from '../common/errors.ts';
import type { Expression, UserCall } from '../plan/expressions.ts';
import { CastFailure, castValue } from './cast-value.ts';
import type { EvaluationContext, ScalarFunction } from './contract.ts';

/** What {@link evaluateExpression} needs beyond the row. */
export interface EvaluateRow extends EvaluationContext {
  readonly function: (name: string) => ScalarFunction | undefined;
  readonly userFunction?: ((call: UserCall, args: readonly Value[]) => Value) | undefined;
}

/** An expression over one row, by the references of the catalogue: the oracle of generated code, and constant folding. */
export function evaluateWith(expression: Expression, row: readonly Value[], context: EvaluateRow): Value {
  switch (expression.kind) {
    case 'column':
      return row[expression.index] ?? null;
    case 'literal':
      return expression.value;
    case 'call':
      return evaluateCall(expression, row, context);
    case 'user-call': {
      if (context.userFunction === undefined) throw notSupported(`${expression.name} outside a job`, expression.span);
      return context.userFunction(
        expression,
        expression.arguments.map(argument => evaluateWith(argument, row, context)),
      );
    }
    case 'case': {
      for (const branch of expression.branches) {
        if (evaluateWith(branch.when, row, context) === true) return evaluateWith(branch.result, row, context);
      }
      return evaluateWith(expression.otherwise, row, context);
    }
    case 'cast': {
      const value = evaluateWith(expression.input, row, context);
      return castOrFail(value, expression.input.type, expression, context);
    }
    case 'field': {
      const value = evaluateWith(expression.input, row, context);
      return value === null ? null : ((value as readonly Value[])[expression.index] ?? null);
    }
  }
}

/** CAST of one value, as an expression asks for it. @throws TidemillError `bad-cast` unless it is a TRY_CAST. */
export function castOrFail(
  value: Value,
  from: SqlType,
  cast: { readonly type: SqlType; readonly safe: boolean; readonly span?: TidemillError['span'] },
  context: EvaluationContext,
): Value {
  try {
    return castValue(value, from, cast.type, context);
  } catch (error) {
    if (!(error instanceof CastFailure)) throw error;
    if (cast.safe) return null;
    const shown = typeof value === 'string' ? `'${value}'` : 'the value';
    throw new TidemillError('bad-cast', `${shown} cannot be cast to ${typeToString(cast.type, false)}`, {
      span: cast.span,
      hint: 'TRY_CAST gives NULL instead of failing.',
    });
  }
}

interface CallTypes {
  readonly arguments: readonly SqlType[];
  readonly result: SqlType;
}
const callTypes = new WeakMap<Expression, CallTypes>();
/** One object a call, because a sequence of random numbers belongs to its call. */
function typesOf(expression: Expression & { kind: 'call' }): CallTypes {
  const found = callTypes.get(expression) ?? {
    arguments: expression.arguments.map(argument => argument.type),
    result: expression.type,
  };
  callTypes.set(expression, found);
  return found;
}

function evaluateCall(expression: Expression & { kind: 'call' }, row: readonly Value[], context: EvaluateRow): Value {
  const { name, arguments: args } = expression;
  // the connectives and COALESCE evaluate only what they need
  if (name === 'and' || name === 'or') {
    let result: Value = name === 'and';
    for (const argument of args) {
      const value = evaluateWith(argument, row, context);
      if (value === (name === 'or')) return value;
      if (value === null) result = null;
    }
    return result;
  }
  if (name === 'coalesce') {
    for (const argument of args) {
      const value = evaluateWith(argument, row, context);
      if (value !== null) return value;
    }
    return null;
  }
  const entry = context.function(name);
  if (entry === undefined) throw internalError(`no function ${name}`);
  const values = args.map(argument => evaluateWith(argument, row, context));
  if (entry.nulls === 'propagate' && values.includes(null)) return null;
  try {
    return entry.reference(values, typesOf(expression), context);
  } catch (error) {
    if (error instanceof TidemillError && error.span === undefined) {
      throw new TidemillError(error.code, error.message, { domain: error.domain, span: expression.span, hint: error.hint });
    }
    throw error;
  }
}
