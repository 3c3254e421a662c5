import { evaluatedConstant, scalarFunctions } from '../../functions/index.ts';
import { type Expression, operands } from '../../plan/expressions.ts';
import { expressionRule } from '../rule.ts';

/** Types whose values a literal can carry exactly into every later step. */
const foldable = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'CHAR',
  'VARCHAR',
  'BINARY',
  'VARBINARY',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_LTZ',
  'INTERVAL_YEAR_MONTH',
  'INTERVAL_DAY_TIME',
]);

/**
 * Calls and casts of literals become literals. One that fails stays, because it must fail only when a row reaches it.
 */
export const constantFolding = expressionRule('constant-folding', (expression, context): Expression => {
  if (expression.kind !== 'call' && expression.kind !== 'cast') return expression;
  if (!foldable.has(expression.type.kind) || !operands(expression).every(operand => operand.kind === 'literal'))
    return expression;
  if (expression.kind === 'call' && !(scalarFunctions.get(expression.name)?.deterministic ?? false)) return expression;
  return evaluatedConstant(expression, context.evaluation);
});
