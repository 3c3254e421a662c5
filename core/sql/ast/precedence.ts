import type { BinaryOperator } from './query.ts';

/**
 * Binding powers, weakest first: Calcite's, which Flink uses. BETWEEN, IN and LIKE bind tighter than comparisons, and `||` as tight as `*`.
 * Source: Calcite's SQL reference, "Operator precedence".
 */
export const precedence = {
  or: 22,
  and: 24,
  not: 26,
  is: 28,
  comparison: 30,
  range: 32,
  sum: 40,
  product: 60,
  sign: 80,
  access: 100,
} as const;

export const binaryPrecedence: Readonly<Record<BinaryOperator, number>> = {
  OR: precedence.or,
  AND: precedence.and,
  '=': precedence.comparison,
  '<>': precedence.comparison,
  '<': precedence.comparison,
  '<=': precedence.comparison,
  '>': precedence.comparison,
  '>=': precedence.comparison,
  'IS DISTINCT FROM': precedence.comparison,
  'IS NOT DISTINCT FROM': precedence.comparison,
  OVERLAPS: precedence.comparison,
  '+': precedence.sum,
  '-': precedence.sum,
  '*': precedence.product,
  '/': precedence.product,
  '%': precedence.product,
  '||': precedence.product,
};
