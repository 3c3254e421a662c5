import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import type { Expression, UserCall } from '../plan/expressions.ts';
import { literal } from '../plan/expressions.ts';
import { aggregateList } from './aggregates.ts';
import { arithmeticFunctions } from './arithmetic.ts';
import { arrayFunctions } from './arrays.ts';
import { bitmapAggregates, bitmapFunctions } from './bitmaps.ts';
import { collectingList } from './collecting.ts';
import { comparisonFunctions } from './comparison.ts';
import { constructionFunctions } from './construction.ts';
import type { AggregateFunction, EvaluationContext, ScalarFunction } from './contract.ts';
import { evaluateWith } from './evaluate.ts';
import { hashFunctions } from './hashes.ts';
import { jsonAccessFunctions } from './json-access.ts';
import { jsonConstructionFunctions } from './json-construction.ts';
import { logicalFunctions } from './logical.ts';
import { mapFunctions } from './maps.ts';
import { regularExpressionFunctions } from './regular-expressions.ts';
import { singleValueFunctions } from './single-value.ts';
import { statisticsList } from './statistics.ts';
import { stringFunctions } from './strings.ts';
import { temporalFunctions } from './temporal.ts';
import { listAggregate, textAggregateFunctions } from './text-aggregates.ts';
import { encodingFunctions } from './text-encodings.ts';
import { textPartFunctions } from './text-parts.ts';

/** Built-in scalar functions by catalogue name. */
export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  [
    ...arithmeticFunctions,
    ...comparisonFunctions,
    ...logicalFunctions,
    ...stringFunctions,
    ...textPartFunctions,
    ...encodingFunctions,
    ...hashFunctions,
    ...regularExpressionFunctions,
    ...jsonAccessFunctions,
    ...jsonConstructionFunctions,
    ...textAggregateFunctions,
    ...temporalFunctions,
    ...constructionFunctions,
    ...arrayFunctions,
    ...mapFunctions,
    ...bitmapFunctions,
    ...singleValueFunctions,
  ].map(entry => [entry.name, entry]),
);

/** Built-in aggregates by catalogue name. */
export const aggregateFunctions: ReadonlyMap<string, AggregateFunction> = new Map(
  [...aggregateList, ...statisticsList, ...collectingList, ...bitmapAggregates, listAggregate].map(entry => [entry.name, entry]),
);

export { averageType, sumType } from './aggregates.ts';
export { expandAggregate } from './statistics.ts';
export { canCast, canCastImplicitly, castMayGiveNull, commonType } from './type-rules.ts';

/**
 * An expression over one row of values: the slow oracle of generated code, and how constants are folded.
 *
 * @param context `userFunction` evaluates user calls; without it they are refused.
 * @throws TidemillError what the row fails with, such as `division-by-zero` or `bad-cast`, at the expression's place
 * @example
 * evaluateExpression(call('plus', [literal(1, types.int(false)), literal(2, types.int(false))], types.int(false)), [], { localTimeZone: 'UTC' }) // 3
 */
export function evaluateExpression(
  expression: Expression,
  row: readonly Value[],
  context: EvaluationContext & { readonly userFunction?: ((call: UserCall, args: readonly Value[]) => Value) | undefined },
): Value {
  return evaluateWith(expression, row, { ...context, function: name => scalarFunctions.get(name) });
}

/**
 * The literal that an expression over constants stands for; the expression itself when it fails, because it must fail only when a row reaches it.
 *
 * @example
 * evaluatedConstant(call('plus', [literal(1, types.int(false)), literal(2, types.int(false))], types.int(false)), { localTimeZone: 'UTC' }) // 3
 */
export function evaluatedConstant(expression: Expression, context: EvaluationContext): Expression {
  try {
    const value = evaluateExpression(expression, [], context);
    if (value === null && !expression.type.nullable) return expression;
    return literal(value, expression.type, expression.span);
  } catch (error) {
    // a RangeError: a text longer than a JavaScript string can be, which the row that asks for it says
    if (error instanceof TidemillError || error instanceof RangeError) return expression;
    throw error;
  }
}
