import { call, type Expression, trueLiteral } from '../../plan/expressions.ts';
import { expressionToString } from '../../plan/print-expression.ts';
import { expressionRule } from '../rule.ts';
import { conjunction, conjunctsOf } from './filter-merge.ts';

const text = (expression: Expression): string => expressionToString(expression, { positions: true });

/** `(a AND b) OR (a AND c)` is `a AND (b OR c)`. */
export const orFactoring = expressionRule('or-factoring', factor);

function factor(expression: Expression): Expression {
  if (expression.kind !== 'call' || expression.name !== 'or') return expression;
  const branches = expression.arguments.map(conjunctsOf);
  const common = branches[0]!.filter(part => branches.every(branch => branch.some(other => text(other) === text(part))));
  if (common.length === 0) return expression;
  const texts = new Set(common.map(text));
  const rest = branches.map(branch => conjunction(branch.filter(part => !texts.has(text(part)))) ?? trueLiteral);
  const tail = rest.some(part => part === trueLiteral) ? [] : [call('or', rest, expression.type, expression.span)];
  return conjunction([...common, ...tail])!;
}
