import { ExpressionBuilder } from './expression.ts';
import type { Expr, KindOfText, Literals, SqlTypeText } from './expression-types.ts';
import { type PlainValue, typedLiteral } from './literals.ts';
import { parseTypeText } from './type-text.ts';

/**
 * A constant as a column. SQL: CAST(value AS type).
 *
 * @throws TidemillError `wrong-literal` for a text that is no date, time or number.
 * @example
 * bid.select(b => ({ ...b, source: lit('web', 'STRING') }));
 */
export function lit<S extends SqlTypeText, V extends Literals[KindOfText<S>] | null>(
  value: V,
  type: S,
): Expr<KindOfText<S>, V extends null ? null : never> {
  return new ExpressionBuilder(typedLiteral(value as PlainValue, parseTypeText(type))) as unknown as Expr<
    KindOfText<S>,
    V extends null ? null : never
  >;
}
